"""What a model knows and where it has it from: closed book, with examples, with the passage, with a changed passage.

Knows altered facts, a loaded base with its adapter, and how likelihoods are measured. Each fact is put as a choice
between what the documentation says and the same sentence with another value, so form and length hardly count; whichever
is likelier is what the model says. It gates nothing: what comes out is advice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from tuneproof.datasets.verdict.intervals import cluster_mean
from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Item, Model
from tuneproof.evaluate.alterations import Altered
from tuneproof.evaluate.ask import WITH_PASSAGE
from tuneproof.evaluate.encoding import encode
from tuneproof.evaluate.models import LoadedModel
from tuneproof.evaluate.scoring import harness, loglikelihoods

if TYPE_CHECKING:
    from lm_eval.models.huggingface import HFLM

Condition = Literal["closed", "examples", "passage", "changed"]
SHOTS, SAMPLE, LEAST = 3, 40, 12
ALPHA = 0.05
#: Points by which following a changed passage must drop before it is said that the model clings to what it learnt.
CLINGS = 0.10
WAYS: Mapping[tuple[Model, Condition], str] = {
    ("base", "closed"): "base, closed book",
    ("base", "examples"): "base with three examples in the prompt",
    ("base", "passage"): "base with the passage",
    ("tuned", "closed"): "tuned, closed book",
    ("tuned", "passage"): "tuned with the passage",
    ("base", "changed"): "base follows a changed passage",
    ("tuned", "changed"): "tuned follows a changed passage",
}


@dataclass(frozen=True, slots=True)
class Known:
    """How often one model in one condition told the value that counts, of ``n`` facts; ``bits`` a byte of the answer.

    The value that counts is the documentation's, and with a changed passage the changed one. Chance is one half.
    """

    role: str
    model: Model
    condition: Condition
    n: int
    groups: int
    share: float
    interval: Interval | None
    bits: float


@dataclass(frozen=True, slots=True)
class Gap:
    """One comparison, first minus second over the same facts, with its 95% interval and one-sided p of "above 0"."""

    role: str
    name: str
    change: float
    interval: Interval | None
    p: float


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the probe found: figures, comparisons and advice in plain words. ``too_long`` facts did not fit."""

    figures: tuple[Known, ...]
    gaps: tuple[Gap, ...]
    advice: tuple[str, ...]
    too_long: int

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Told:
    """One fact under every condition: whether the value that counts was told, and bits a byte of that answer."""

    role: str
    group: str
    right: Mapping[tuple[Model, Condition], bool]
    bits: Mapping[tuple[Model, Condition], float]


def sample_facts(altered: Sequence[Altered], count: int = SAMPLE) -> list[Altered]:
    """Return at most ``count`` facts of each role, the same ones every time, by hash of their items' ids."""
    ranked = sorted(altered, key=lambda one: digest("knowledge", one.item.item_id))
    roles = dict.fromkeys(one.item.role for one in ranked)
    return [one for role in roles for one in [fact for fact in ranked if fact.item.role == role][:count]]


def probe_knowledge(loaded: LoadedModel, facts: Sequence[Altered], shots: Sequence[Item]) -> Knowledge:
    """Ask base and tuned for every fact under every condition, and say what follows; ``shots`` are answered examples.

    Raises:
        DataError: there are under twelve facts, or too few fit the model.
    """
    if len(facts) < LEAST:
        raise DataError(
            f"{len(facts)} facts of the answers can be changed by rule and stand in their passage; {LEAST} are needed.",
            "Add documents that state values: defaults, limits, names.",
        )
    lm = harness(loaded)
    history = tuple(turn for shot in shots[:SHOTS] for turn in (("user", shot.prompt), ("assistant", shot.reference)))
    measured: dict[tuple[Model, Condition], list[tuple[float, float] | None]] = {}
    for model, condition in WAYS:
        asked = [_asked(fact, condition, history) for fact in facts]
        with loaded.state(model):
            measured[model, condition] = _pairs(lm, loaded, facts, asked)
    told = [_told(fact, {way: rows[at] for way, rows in measured.items()}) for at, fact in enumerate(facts)]
    fitting = [one for one in told if one is not None]
    if len(fitting) < LEAST:
        raise DataError(
            f"Only {len(fitting)} of {len(facts)} facts fit the model.", "Use a base with a longer context."
        )
    return settle(fitting, len(facts) - len(fitting))


def settle(told: Sequence[Told], too_long: int = 0) -> Knowledge:
    """Return figures, comparisons and advice of facts that were told."""
    roles = sorted({one.role for one in told})
    figures = [_figure(role, way, [one for one in told if one.role == role]) for role in roles for way in WAYS]
    gaps = [gap for role in roles for gap in _gaps(role, [one for one in told if one.role == role])]
    return Knowledge(tuple(figures), tuple(gaps), tuple(_advice(figures, gaps)), too_long)


def _asked(fact: Altered, condition: Condition, history: tuple[Any, ...]) -> Item:
    if condition == "examples":
        return replace(fact.item, history=history)
    if condition == "closed":
        return fact.item
    passage = fact.passage if condition == "passage" else fact.new_passage
    return replace(fact.item, prompt=WITH_PASSAGE.format(passage=passage, question=fact.item.prompt))


def _pairs(
    lm: HFLM, loaded: LoadedModel, facts: Sequence[Altered], asked: Sequence[Item]
) -> list[tuple[float, float] | None]:
    """Return the log-likelihoods of the old and of the new answer, None where a prompt does not fit whole."""
    requests = [
        [encode(replace(item, reference=text), loaded.tokenizer, loaded.max_length)
         for text in (fact.item.reference, fact.reference)]
        for fact, item in zip(facts, asked, strict=True)
    ]  # fmt: skip
    whole = [all(own and not own[0].cut for own in both) for both in requests]
    values = iter(
        loglikelihoods(lm, [own[0] for both, fits in zip(requests, whole, strict=True) if fits for own in both])
    )
    return [(next(values), next(values)) if fits else None for fits in whole]


def _told(fact: Altered, found: Mapping[tuple[Model, Condition], tuple[float, float] | None]) -> Told | None:
    if any(pair is None or not all(map(math.isfinite, pair)) for pair in found.values()):
        return None
    right, bits = {}, {}
    for way, pair in found.items():
        old, new = pair or (0.0, 0.0)
        changed = way[1] == "changed"
        right[way] = new > old if changed else old > new
        size = len((fact.reference if changed else fact.item.reference).encode("utf-8"))
        bits[way] = -(new if changed else old) / size / math.log(2)
    return Told(fact.item.role, fact.item.cluster, right, bits)


def _figure(role: str, way: tuple[Model, Condition], told: Sequence[Told]) -> Known:
    values = [float(one.right[way]) for one in told]
    groups = [one.group for one in told]
    around = None
    if len(set(groups)) > 1:
        ends = cluster_mean(values, groups).interval()
        # A share can't leave its range, whatever a t distribution says.
        around = Interval(max(0.0, ends.low or 0.0), min(1.0, ends.high or 0.0))
    bits = sum(one.bits[way] for one in told) / len(told)
    return Known(role, *way, len(told), len(set(groups)), sum(values) / len(values), around, bits)


_COMPARED: tuple[tuple[str, Callable[[Told], float]], ...] = (
    ("retrieval", lambda one: one.right["base", "passage"] - one.right["tuned", "closed"]),
    ("learnt", lambda one: one.right["tuned", "closed"] - one.right["base", "closed"]),
    ("both", lambda one: one.right["tuned", "passage"] - one.right["base", "passage"]),
    ("clings", lambda one: one.right["base", "changed"] - one.right["tuned", "changed"]),
    ("form", lambda one: one.bits["base", "examples"] - one.bits["tuned", "closed"]),
)


def _gaps(role: str, told: Sequence[Told]) -> Iterator[Gap]:
    groups = [one.group for one in told]
    for name, of in _COMPARED:
        values = [float(of(one)) for one in told]
        if len(set(groups)) < 2:
            yield Gap(role, name, sum(values) / len(values), None, 1.0)
            continue
        found = cluster_mean(values, groups)
        yield Gap(role, name, found.mean, found.interval(), found.p_above())


def _advice(figures: Sequence[Known], gaps: Sequence[Gap]) -> Iterator[str]:
    share = {(one.role, one.model, one.condition): one.share for one in figures}
    gap = {(one.role, one.name): one for one in gaps}
    roles = [role for role in ("heldout", "train") if (role, "retrieval") in gap]
    for role in roles:
        where = "facts of documents that it never saw" if role == "heldout" else "facts that it was trained on"
        passage, closed = share[role, "base", "passage"], share[role, "tuned", "closed"]
        said = f"given the passage the base tells the right value {passage:.0%} of the time, the tuned model without it"
        better = gap[role, "retrieval"].p < ALPHA
        start = "Retrieval serves better than this fine-tune" if better else "Retrieval is not seen to serve better"
        yield f"{start} for {where}: {said} {closed:.0%}."
    if "train" in roles:
        before, after = share["train", "base", "closed"], share["train", "tuned", "closed"]
        taught = gap["train", "learnt"].p < ALPHA
        start = "Tuning taught facts" if taught else "Tuning is not seen to have taught facts"
        yield f"{start}: of those it was trained on it tells {after:.0%} from memory, the base {before:.0%}."
    for role in roles[:1]:
        yield _of_prompts(gap[role, "form"])
        yield _of_passages(gap[role, "clings"])


def _of_prompts(form: Gap) -> str:
    bits = f"{abs(form.change):.2f} bits a byte {'more' if form.change > 0 else 'less'}"
    said = f"with three examples in it the base spends {bits} on the documentation's answers than the tuned model"
    if form.p < ALPHA:
        return f"A prompt would not do: {said}."
    start = "A prompt would do as well" if form.change <= 0 else "Whether a prompt would do can't be told"
    return f"{start}: {said}."


def _of_passages(clings: Gap) -> str:
    if clings.p < ALPHA and clings.change >= CLINGS:
        return (
            f"It clings to what it learnt: it follows a changed passage {clings.change:.0%} less often than the base. "
            "Train on pairs with passages in them, or train less."
        )
    return "It follows a changed passage about as often as the base does."
