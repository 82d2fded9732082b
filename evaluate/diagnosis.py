"""Why a run failed, and what to set next: likely causes with their evidence, from what training and both gates left.

Knows a verdict, a manifest, the loss curves and the verdict on the data. It must not judge: the verdict and its cause
stand, and a cause named here explains a check that failed or could not be settled. Rules and their limits are written
beside each; they name what the records show, and several may hold at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneproof.datasets.verdict.verdict import Check, Verdict
from tuneproof.datasets.workspace.config import DataPolicy, Train
from tuneproof.train.settings import resolve

Points = Sequence[tuple[int, float]]
#: What each cause is called to a reader.
CAUSES: Mapping[str, str] = {
    "wrong_template": "another chat template",
    "leak": "held-out questions among the trained ones",
    "rate_too_high": "the learning rate is too high",
    "too_few_pairs": "too few pairs",
    "too_many_epochs": "too many epochs",
    "duplicates": "pairs that repeat each other",
    "style_drift": "answers that do not share one style",
    "too_little_replay": "too little general text in between",
    "too_little_training": "too little training",
    "too_few_documents": "too few held-out documents to tell",
}
#: How far above the chosen rate a configured one counts as high, and what it is divided by where nothing is known.
HIGH_RATE, DIVIDE = 2.0, 3.0
#: A selection loss that ends this far above its best, in nats a token, has turned.
TURNED = 0.01
#: Share of its whole fall that the selection loss still fell by between its last two looks: it was not done.
STILL_FALLING = 0.05
#: Ids of the data gate's checks that speak for a cause, where they warn or fail.
_LEAKS = ("overlap_ngram", "overlap_questions", "benchmark_overlap")
_COPIES = ("near_duplicates", "opener_share", "template_share")
_STYLE = ("style_outliers", "style_split")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One likely cause: the checks that it explains, what speaks for it, and the next setting to try.

    ``setting`` is a key of ``tuneproof.toml`` with its value ``now`` and ``next`` ("" where no key mends it);
    ``advice`` says in a sentence what to do.
    """

    cause: str
    checks: tuple[str, ...]
    evidence: tuple[str, ...]
    advice: str
    setting: str = ""
    now: str = ""
    next: str = ""

    @property
    def title(self) -> str:
        """The cause as a reader is told it."""
        return CAUSES[self.cause]


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that rules look at; ``failing`` holds ids of checks that failed or could not be settled."""

    verdict: Verdict
    failing: tuple[str, ...]
    settings: Mapping[str, Any]
    rows: Mapping[str, Any]
    replay_tokens: int | None
    loss: Points
    selection: Points
    data: Mapping[str, Check]

    def of(self, *prefixes: str) -> tuple[str, ...]:
        """Return the failing checks whose ids begin with one of ``prefixes``."""
        return tuple(one for one in self.failing if one.startswith(prefixes))

    def told(self, names: Sequence[str]) -> list[Check]:
        """Return the data gate's checks of those names that warn or fail."""
        return [self.data[name] for name in names if name in self.data and self.data[name].status in ("warn", "fail")]

    @property
    def pairs(self) -> int | None:
        """How many pairs were trained on."""
        found = self.rows.get("trained_pairs", self.rows.get("pairs"))
        return None if found is None else int(found)

    @property
    def chosen(self) -> Any:
        """The settings that would be chosen for as many pairs, on a base of tuneproof-base's size."""
        pairs = self.pairs or 1
        return resolve(Train(), pairs, pairs, 1)


def diagnose(
    verdict: Verdict, manifest: Mapping[str, Any], curves: Mapping[str, Points], data: Verdict | None = None
) -> tuple[Diagnosis, ...]:
    """Return the likely causes of a model verdict's failures, likeliest first; none where nothing failed.

    ``curves`` maps ``loss`` and ``eval_loss`` to (step, nats a token); ``data`` is the verdict on the data. What is
    missing is not guessed: a rule that needs it says nothing.
    """
    failing = [check.id for check in verdict.checks if check.severity == "block"
               and check.status in ("fail", "inconclusive")]  # fmt: skip
    failing += [check.id for check in verdict.checks if check.id == "curve.selection" and check.status == "warn"]
    overfit = verdict.check("D4.overfitting")
    if "overfitting" in verdict.cause and overfit is not None and overfit.id not in failing:
        failing.append(overfit.id)
    case = _Case(
        verdict=verdict,
        failing=tuple(failing),
        settings=manifest.get("settings") or {},
        rows=manifest.get("rows") or {},
        replay_tokens=_replay_tokens(manifest),
        loss=sorted(curves.get("loss", ())),
        selection=sorted(curves.get("eval_loss", ())),
        data={check.id: check for check in data.checks} if data else {},
    )
    return tuple(found for rule in _RULES for found in rule(case)) if failing else ()


def _template(case: _Case) -> Iterator[Diagnosis]:
    if checks := case.of("D0.template"):
        said = "The template that training recorded is not the one that the base has now."
        yield Diagnosis("wrong_template", checks, (said,), "Put the base's chat template back, or train again.")


def _leak(case: _Case) -> Iterator[Diagnosis]:
    checks, told = case.of("D0.leakage"), case.told(_LEAKS)
    if checks or (told and case.of("D1", "D4")):
        own = case.verdict.check("D0.leakage")
        said = [own.message] if own and checks else []
        advice = "Freeze the set anew, which keeps them apart, and train on that: tuneproof gate && tuneproof train"
        yield Diagnosis("leak", checks or case.of("D1", "D4"), (*said, *(one.message for one in told)), advice)


def _rate(case: _Case) -> Iterator[Diagnosis]:
    rate = case.settings.get("learning_rate")
    blown, harmed = case.of("D1.trained", "D0.scores"), case.of("D2", "D3", "D4")
    if rate is None or not (blown or harmed):
        return
    chosen = case.chosen.learning_rate
    high = rate >= HIGH_RATE * chosen and _configured(case, "learning_rate")
    evidence = []
    if high:
        evidence.append(f"The rate is {rate:.1e}, set in the configuration; {chosen:.0e} is chosen where none is.")
    if blown and (rise := _rose(case.loss)) is not None:
        evidence.append(f"Training loss rose from {rise[0]:.2f} to {rise[1]:.2f} nats a token.")
    if blown and not evidence:
        evidence.append(f"Even the trained answers got worse at a rate of {rate:.1e}.")
    if evidence:
        lower = chosen if high else rate / (10 if blown else DIVIDE)
        yield _set("rate_too_high", blown or harmed, evidence, "learning_rate", f"{rate:.1e}", f"{lower:.1e}")


def _pairs(case: _Case) -> Iterator[Diagnosis]:
    enough = DataPolicy().warn_under_pairs
    checks = case.of("D1.gain", "D2", "D3", "D4", "curve")
    if case.pairs is None or case.pairs >= enough or not checks or case.of("D1.trained", "D0"):
        return
    told = case.data.get("pairs_train")
    said = told.message if told else f"{case.pairs} pairs were trained on."
    advice = (
        f"Add documents or raise [select] budget until {enough} pairs or more are trained on instead of {case.pairs}: "
        "tuneproof add, then tuneproof build"
    )
    yield Diagnosis("too_few_pairs", checks, (said,), advice, "[select] budget", str(case.pairs), str(enough))


def _epochs(case: _Case) -> Iterator[Diagnosis]:
    epochs = case.settings.get("epochs")
    checks = case.of("D2", "D3", "D4", "curve", "D1.gain")
    if epochs is None or not checks or case.of("D1.trained", "D0"):
        return
    chosen = float(case.chosen.epochs)
    best = _turned(case)
    evidence, wanted = [], float(epochs)
    if epochs > chosen:
        evidence.append(f"{epochs:g} epochs were trained; {chosen:g} are chosen for {case.pairs} pairs.")
        wanted = min(wanted, chosen)
    if best is not None:
        step, at, rise = best
        evidence.append(
            f"Selection loss was lowest at step {step} of {case.selection[-1][0]} (epoch {at:.1f}) and rose by "
            f"{rise:.3f} nats a token after it."
        )
        wanted = min(wanted, max(1.0, math.floor(at * 2) / 2))
    if wanted < epochs and evidence:
        yield _set("too_many_epochs", checks, evidence, "epochs", f"{epochs:g}", f"{wanted:g}")


def _duplicates(case: _Case) -> Iterator[Diagnosis]:
    told, checks = case.told(_COPIES), case.of("D1.gain", "D2", "D3", "D4", "curve")
    if told and checks:
        advice = "Merge or reject what repeats itself in review, freeze the set anew, and train: tuneproof review"
        yield Diagnosis("duplicates", checks, tuple(one.message for one in told), advice)


def _style(case: _Case) -> Iterator[Diagnosis]:
    told, checks = case.told(_STYLE), case.of("D1.gain", "D4", "curve")
    if told and checks:
        advice = "Mend the answers that stand out on the Style screen, freeze the set anew, and train: tuneproof review"
        yield Diagnosis("style_drift", checks, tuple(one.message for one in told), advice)


def _replay(case: _Case) -> Iterator[Diagnosis]:
    # Longer passages are the last resort: they cost time, and what a run forgets mostly has another cause.
    checks, pairs, replayed = case.of("D2", "D3"), case.pairs, case.rows.get("replay")
    if not checks or not pairs or replayed is None or case.of("D1.trained", "D0"):
        return
    share, default = replayed / pairs, Train().replay
    said = f"{replayed} passages of general text were trained on beside {pairs} pairs."
    if share < 0.9 * default:
        yield _set("too_little_replay", checks, [said], "replay", f"{share:.2g}", f"{default:g}")
    elif case.replay_tokens and not any(True for rule in (_rate, _pairs, _epochs) for _ in rule(case)):
        now, longer = case.replay_tokens, 2 * case.replay_tokens
        said = f"{said} Each had up to {now} tokens."
        yield _set("too_little_replay", checks, [said], "replay_tokens", str(now), str(longer))


def _more(case: _Case) -> Iterator[Diagnosis]:
    checks = case.of("D1.gain", "D0.effect", "D1.trained")
    gained = case.verdict.check("D1.trained")
    learnt = gained.value if gained is not None else None
    slow = learnt is not None and 0 <= learnt < 0.2
    if not checks or case.of("D2", "D3", "D4", "D0.template", "D0.leakage", "D0.scores"):
        return
    evidence = []
    if slow:
        evidence.append(f"Even the trained answers gained only {learnt:.3f} nats a token.")
    falling = _falling(case.selection)
    if falling is not None:
        evidence.append(f"Selection loss was still falling at the end, by {falling:.0%} of its whole fall.")
    rate, epochs = case.settings.get("learning_rate"), case.settings.get("epochs")
    if not evidence or rate is None or epochs is None:
        return
    if rate < case.chosen.learning_rate / HIGH_RATE:
        to = f"{case.chosen.learning_rate:.1e}"
        yield _set("too_little_training", checks, evidence, "learning_rate", f"{rate:.1e}", to)
    else:
        yield _set("too_little_training", checks, evidence, "epochs", f"{epochs:g}", f"{2 * epochs:g}")


def _documents(case: _Case) -> Iterator[Diagnosis]:
    for name in case.of("D1.gain"):
        check = case.verdict.check(name)
        if check is not None and check.status == "inconclusive" and check.remedy.startswith(("Hold out", "Add")):
            yield Diagnosis("too_few_documents", (name,), (check.message,), check.remedy)


_RULES: tuple[Callable[[_Case], Iterator[Diagnosis]], ...] = (
    _template, _leak, _rate, _pairs, _epochs, _duplicates, _style, _replay, _more, _documents,
)  # fmt: skip


def _set(cause: str, checks: tuple[str, ...], evidence: Sequence[str], key: str, now: str, following: str) -> Diagnosis:
    advice = f"Set [train] {key} to {following} (it was {now}), then run: tuneproof train && tuneproof evaluate"
    return Diagnosis(cause, checks, tuple(evidence), advice, f"[train] {key}", now, following)


def _configured(case: _Case, name: str) -> bool:
    reasons = case.settings.get("reasons") or {}
    return "configuration" in str(reasons.get(name, "configuration"))


def _replay_tokens(manifest: Mapping[str, Any]) -> int | None:
    """Return the longest that a replayed passage may have been, from how many there were and their tokens."""
    replay, rows = manifest.get("replay") or {}, manifest.get("rows") or {}
    if not replay.get("tokens") or not rows.get("replay"):
        return None
    return max(Train().replay_tokens, round(float(replay["tokens"]) / int(rows["replay"])))


def _rose(points: Points) -> tuple[float, float] | None:
    """Return the mean of the first and of the last tenth of a loss that rose; of a loss that is no number, infinity."""
    if len(points) < 4:
        return None
    values = [value if math.isfinite(value) else math.inf for _, value in points]
    few = max(2, len(values) // 10)
    before, after = sum(values[:few]) / few, sum(values[-few:]) / few
    return (before, after) if after > before else None


def _turned(case: _Case) -> tuple[int, float, float] | None:
    """Return step and epoch of the lowest selection loss and how far it rose after, None where it did not turn."""
    per_epoch = case.settings.get("steps_per_epoch")
    if len(case.selection) < 3 or not (per_epoch or case.settings.get("epochs")):
        return None
    per_epoch = per_epoch or case.selection[-1][0] / case.settings["epochs"]
    step, best = min(case.selection, key=lambda point: point[1])
    rise = case.selection[-1][1] - best
    return (step, step / per_epoch, rise) if rise > TURNED else None


def _falling(points: Points) -> float | None:
    """Return what share of its whole fall a loss fell by between its last two looks, None where it was done."""
    if len(points) < 3:
        return None
    whole, last = points[0][1] - points[-1][1], points[-2][1] - points[-1][1]
    return last / whole if whole > 0 and last / whole > STILL_FALLING else None
