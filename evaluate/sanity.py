"""D0: was the right thing measured at all? Every other endpoint rests on these.

Knows the signs of a broken comparison. It must not know whether the fine-tune is good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.datasets.verdict.intervals import above_chance
from tuneproof.datasets.verdict.verdict import Check, Evidence, Status
from tuneproof.datasets.workspace.records import Item
from tuneproof.evaluate import queries
from tuneproof.evaluate.paired import ScoreTable

#: A suite is measured where the base is above guessing at this level.
CHANCE_ALPHA = 0.01
#: Share of items with a cut context or no score from which the report warns.
MAX_CUT_SHARE = 0.02
#: Share of held-out items found in the training rows from which the held-out gain is worth nothing.
MAX_LEAKED_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Templates:
    """Hashes of the chat template that training recorded (None: it recorded none) and the one scored with."""

    trained: str | None
    scored: str


def sanity_checks(table: ScoreTable, templates: Templates, leaked: Sequence[str], run_id: str) -> list[Check]:
    """Return the checks on scores, effect, template, leaks, length and usable suites; ``leaked`` are held-out ids."""
    return [
        broken_scores(table, run_id),
        effect(table, run_id),
        chat_template(templates, run_id),
        leakage(table, leaked, run_id),
        length(table, run_id),
        usable(table, run_id),
    ]


def broken_scores(table: ScoreTable, run_id: str) -> Check:
    """FAIL where a model state gave no finite number for an item."""
    broken = table.with_metric("broken")
    count = len(broken)
    return Check(
        id="D0.scores",
        title="Every score is a finite number",
        status="fail" if broken else "pass",
        severity="block",
        value=count,
        unit="items",
        op="==",
        limit=0,
        message=f"{count} of {len(table.items)} items got no finite score." if broken else "All scores are finite.",
        n=len(table.items),
        evidence=Evidence(queries.with_metric(run_id, "broken"), _ids(broken)),
        remedy="Lower [train] learning_rate: the adapter's weights have overflowed." if broken else "",
    )


def effect(table: ScoreTable, run_id: str) -> Check:
    """FAIL where base and tuned agree to the last digit: then nothing that was trained was at work."""
    differing = table.differing()
    return Check(
        id="D0.effect",
        title="The adapter changes the model",
        status="pass" if differing else "fail",
        severity="block",
        value=differing,
        unit="figures",
        op=">=",
        limit=1,
        message=f"{differing} figures differ." if differing else "Base and tuned scores are identical.",
        n=len(table.items),
        evidence=Evidence(queries.changed_figures(run_id)),
        remedy="" if differing else "Raise [train] learning_rate or epochs, and look whether the loss fell at all.",
    )


def chat_template(templates: Templates, run_id: str) -> Check:
    """FAIL where the model was trained with another chat template than the one it is asked with."""
    known = templates.trained is not None
    same = templates.trained == templates.scored
    said = {
        (True, True): "Training and scoring used the same chat template.",
        (True, False): "The adapter was trained with another chat template than the base has now.",
    }.get((known, same), "The adapter's manifest records no chat template, so this can't be checked.")
    return Check(
        id="D0.template",
        title="Trained and scored with the same chat template",
        status=("pass" if same else "fail") if known else "skipped",
        severity="block",
        value=float(same) if known else None,
        unit="same",
        op="==",
        limit=1,
        message=said,
        evidence=Evidence(queries.manifest(run_id)),
        remedy="Restore the base's chat template, or train again with this one." if known and not same else "",
    )


def leakage(table: ScoreTable, leaked: Sequence[str], run_id: str) -> Check:
    """FAIL where more than a few held-out items stand in the rows that were trained on: their gain proves nothing."""
    held = len(table.members("heldout"))
    share = len(leaked) / max(1, held)
    status: Status = "fail" if share > MAX_LEAKED_SHARE else "warn" if leaked else "pass"
    return Check(
        id="D0.leakage",
        title="Held-out items were not trained on",
        status=status,
        severity="block",
        value=share,
        unit="share of items",
        op="<=",
        limit=MAX_LEAKED_SHARE,
        message=f"{len(leaked)} of {held} held-out items stand, word for word or nearly so, in the training rows.",
        n=held,
        evidence=Evidence(queries.comparison(run_id, "heldout", None, "nll_per_token"), tuple(leaked[:10])),
        remedy="Freeze the set again with tuneproof gate, which keeps them apart, and train on that." if leaked else "",
    )


def length(table: ScoreTable, run_id: str) -> Check:
    """WARN where items did not fit the model's context: cut at the left, or not scored."""
    cut, left_out = table.with_metric("context_cut"), table.with_metric("unscored")
    share = len({item.item_id for item in (*cut, *left_out)}) / max(1, len(table.items))
    return Check(
        id="D0.length",
        title="Items fit the model's context",
        status="warn" if share > MAX_CUT_SHARE else "pass",
        severity="warn",
        value=share,
        unit="share of items",
        op="<=",
        limit=MAX_CUT_SHARE,
        message=f"{len(cut)} prompts were cut at the left, {len(left_out)} items are too long to score.",
        n=len(table.items),
        evidence=Evidence(queries.with_metric(run_id, "context_cut"), _ids([*cut, *left_out])),
        remedy="Shorten those pairs or choose a base with a longer context." if share > MAX_CUT_SHARE else "",
    )


def usable(table: ScoreTable, run_id: str) -> Check:
    """List the suites on which the base only guesses: they can't show forgetting and are left out."""
    names = table.suites("general")
    dropped = dropped_suites(table)
    listed = ", ".join(f"{name} ({accuracy:.0%})" for name, accuracy in dropped.items())
    return Check(
        id="D0.suites",
        title="Suites that the base can do",
        status="warn" if dropped else "pass",
        severity="warn",
        value=len(names) - len(dropped),
        unit="suites",
        op=">=",
        limit=len(names),
        message=f"Left out, since the base only guesses: {listed}." if dropped else "The base can do every suite.",
        n=len(names),
        evidence=Evidence(queries.with_metric(run_id, "correct")),
        remedy="Name other suites in [general] suites, or use a stronger base." if dropped else "",
    )


def dropped_suites(table: ScoreTable) -> dict[str, float]:
    """Return the suites on which the base isn't above chance at p < .01, with its accuracy."""
    dropped = {}
    for name in table.suites("general"):
        paired = table.paired("general", name, "correct")
        right, n = int(sum(paired.base)), len(paired.ids)
        chance = _chance(table.members("general", name))
        if n == 0 or above_chance(right, n, chance) >= CHANCE_ALPHA:
            dropped[name] = right / n if n else 0.0
    return dropped


def _chance(items: Sequence[Item]) -> float:
    # What is not a choice is not guessed right.
    return sum(1 / len(item.choices) if item.choices else 0.0 for item in items) / len(items)


def _ids(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(item.item_id for item in items[:10])
