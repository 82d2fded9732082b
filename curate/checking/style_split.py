"""Two hands in one set: do the answers fall into two kinds that differ in register, and in which?

Knows what is counted in each answer and how two latent classes are told from one. It must not know what to do about it.
Two classes of independent yes-or-no features (latent class analysis, Lazarsfeld 1950) are fitted by expectation
maximisation and count only if they predict a half of the answers that they were not fitted on, differ in several
features by far, and are not kinds of case or templates, which differ by right.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.curate.checking.style_features import Features, read_features, verbatim
from tuneproof.curate.rows import PairRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_ROWS = 60
MIN_SIDE = 0.15  # share of the answers that the smaller kind has at least
FITTED = 6000
STARTS = 4
STEPS = 60
APART = 0.35  # difference of shares from which on a feature tells the two apart
FAR = 0.6  # at least one feature of voice differs so much: long and short answers alone are no two hands
FEATURES_APART = 2
MIN_SEPARATION = 1.1  # summed differences of the shares of telling features
MIN_GAIN = 0.10  # nats an answer that two kinds predict held-out answers better than one
BY_RIGHT = 0.5  # share of the uncertainty about the kind that case type or template settles, from which on it is form
ONE_HABIT = 0.25  # a convention that between a quarter and three quarters of the answers follow is none
# What a hand does or does not do, each enough to split a set if half of it does: none comes with the subject.
_HABITS = (
    "filler_opener", "filler_closer", "exclamations", "emoji", "no_stop", "small_start", "headings", "shouting",
    "opinions", "informal", "formal", "listed",
)  # fmt: skip
_BY_MOST = ("shouting", "listed")  # a share of the words, of which most make the habit
_VOICES = (
    "second_person", "first_person", "contractions", "opinions", "hedges", "intensifiers", "informal", "formal",
    "politeness", "exclamations", "emoji", "filler_opener", "filler_closer", "ai_self", "headings", "bold", "no_stop",
    "small_start", "questions", "bare_fences", "listed",
)  # fmt: skip
_SHAPES: Mapping[str, float] = {"words": 0.55, "sentence_words": 6.0, "lists": 1.0, "dashes": 1.0, "passive": 0.5}


@dataclass(frozen=True, slots=True)
class Telling:
    """A feature that tells two kinds apart: the share of either that has it."""

    feature: str
    one: float
    other: float


@dataclass(frozen=True, slots=True)
class Split:
    """Two kinds of answers: their places in the rows, what tells them apart and how surely.

    ``kind`` is ``modes`` or the one habit that splits; ``gain`` is BIC per answer in nats, ``held_out`` the mean
    log-likelihood per answer that two kinds win on the half they were not fitted on; ``grouping`` names what the kinds
    coincide with (generator, source, topic), if anything, and ``group`` which of it.
    """

    kind: str
    one: tuple[int, ...]
    other: tuple[int, ...]
    features: tuple[Telling, ...]
    separation: float
    gain: float
    held_out: float
    grouping: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class _Fit:
    """Two classes: ``share`` of the first, ``rates`` of shape (2, features), and the mean log-likelihood."""

    share: float
    rates: NDArray[np.float64]
    likelihood: float


def find_split(rows: Sequence[PairRow], sources: Sequence[str]) -> Iterator[Split]:
    """Yield the split of ``rows``, if there is one; ``sources`` hold the text that each rests on, "" for none."""
    if len(rows) < MIN_ROWS:
        return
    features = [read_features(row.answer, source) for row, source in zip(rows, sources, strict=True)]
    names, table = _indicators(rows, sources, features)
    found = _modes(rows, names, table)
    if found is not None:
        yield found
        return
    for name in _HABITS:
        split = _habit(rows, name, features)
        if split is not None:
            yield split


def _indicators(
    rows: Sequence[PairRow], sources: Sequence[str], features: Sequence[Features]
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the names of features and a table of 0 and 1 of shape (rows, features); rare ones are left out."""
    import numpy as np

    groups: dict[str, list[float]] = defaultdict(list)
    for row, each in zip(rows, features, strict=True):
        for name in _SHAPES:
            groups[f"{name} {_form(row)}"].append(each.values[name])
    middles = {key: sorted(values)[len(values) // 2] for key, values in groups.items()}
    columns: dict[str, list[float]] = {name: [float(each.values[name] > 0) for each in features] for name in _VOICES}
    copied = [bool(source) and verbatim(row.answer, source) for row, source in zip(rows, sources, strict=True)]
    for name, step in _SHAPES.items():
        above = [each.values[name] - middles[f"{name} {_form(row)}"] for row, each in zip(rows, features, strict=True)]
        columns[name] = [float(by >= step and not same) for by, same in zip(above, copied, strict=True)]
    names = [name for name, column in columns.items() if 0.03 <= sum(column) / len(rows) <= 0.97]
    table = np.array([columns[name] for name in names], dtype=np.float64).T.reshape(len(rows), len(names))
    return names, table


def _form(row: PairRow) -> str:
    """Return what dictates the length and layout of an answer: its template, else its kind of case."""
    return row.generator if row.origin == "template" else row.case_type


def _modes(rows: Sequence[PairRow], names: Sequence[str], table: NDArray[np.float64]) -> Split | None:
    import numpy as np

    if len(names) < FEATURES_APART:
        return None
    stride = max(1, len(rows) // FITTED)
    sample = table[::stride]
    fit = _fit(sample)
    if fit is None:
        return None
    likely = _posterior(table, fit)
    kinds = likely >= 0.5
    shares = np.array([table[kinds].mean(axis=0), table[~kinds].mean(axis=0)]) if 0 < kinds.sum() < len(rows) else None
    if shares is None or not MIN_SIDE <= kinds.mean() <= 1 - MIN_SIDE:
        return None
    telling = _telling(names, shares)
    separation = sum(abs(one.one - one.other) for one in telling)
    alone = _single(sample)
    gain = fit.likelihood - alone - (len(names) + 1) * math.log(len(sample)) / (2 * len(sample))
    held_out = _held_out(sample)
    far = any(abs(one.one - one.other) >= FAR for one in telling if one.feature in _VOICES)
    if not far or len(telling) < FEATURES_APART or separation < MIN_SEPARATION or min(gain, held_out) < MIN_GAIN:
        return None
    return _described(rows, "modes", kinds.tolist(), telling, separation, gain, held_out)


def _habit(rows: Sequence[PairRow], name: str, features: Sequence[Features]) -> Split | None:
    """Return a split by one habit that about half of the answers have and half have not."""
    kinds = [each.values[name] > (0.5 if name in _BY_MOST else 0) for each in features]
    share = sum(kinds) / len(kinds)
    if not ONE_HABIT <= share <= 1 - ONE_HABIT:
        return None
    return _described(rows, name, kinds, [Telling(name, 1.0, 0.0)], 1.0, 0.0, 0.0)


def _described(
    rows: Sequence[PairRow],
    kind: str,
    kinds: Sequence[bool],
    telling: Sequence[Telling],
    separation: float,
    gain: float,
    held_out: float,
) -> Split | None:
    """Return the split with what it coincides with, or None if case types or templates account for it."""
    templates = all(row.origin == "template" for row in rows)
    if _settled(kinds, [row.case_type for row in rows]) >= BY_RIGHT:
        return None
    if templates and _settled(kinds, [row.generator for row in rows]) >= BY_RIGHT:
        return None
    grouping, group = _coincides(rows, kinds)
    one = tuple(at for at, first in enumerate(kinds) if first)
    other = tuple(at for at, first in enumerate(kinds) if not first)
    return Split(kind, one, other, tuple(telling), separation, gain, held_out, grouping, group)


def _coincides(rows: Sequence[PairRow], kinds: Sequence[bool]) -> tuple[str, str]:
    """Return the grouping that settles most of which kind an answer is, if half of it, and its most telling group."""
    groupings: dict[str, list[Hashable]] = {
        "generator": [row.generator for row in rows],
        "source": [row.source for row in rows],
        "topic": [row.cluster for row in rows],
    }
    best, name = max((_settled(kinds, values), name) for name, values in groupings.items())
    if best < BY_RIGHT:
        return "", ""
    firsts: Counter[Hashable] = Counter(value for value, kind in zip(groupings[name], kinds, strict=True) if kind)
    return name, str(firsts.most_common(1)[0][0])


def _settled(kinds: Sequence[bool], values: Sequence[Hashable]) -> float:
    """Return the share of the entropy of ``kinds`` that ``values`` take away (Theil's U), 0..1; small groups aside."""
    whole = _entropy(sum(kinds), len(kinds))
    totals, firsts = Counter(values), Counter(value for value, kind in zip(values, kinds, strict=True) if kind)
    left = sum(
        count / len(kinds) * (_entropy(firsts[value], count) if count >= 5 else whole)
        for value, count in totals.items()
    )
    return 1 - left / whole if whole else 0.0


def _entropy(part: int, whole: int) -> float:
    share = part / whole
    return -sum(p * math.log(p) for p in (share, 1 - share) if p > 0)


def _telling(names: Sequence[str], shares: NDArray[np.float64]) -> list[Telling]:
    found = [Telling(name, float(shares[0, at]), float(shares[1, at])) for at, name in enumerate(names)]
    telling = [one for one in found if abs(one.one - one.other) >= APART]
    return sorted(telling, key=lambda one: (-abs(one.one - one.other), one.feature))


def _fit(table: NDArray[np.float64]) -> _Fit | None:
    """Return the likeliest of several fits of two classes, each begun from another split of the answers."""
    import numpy as np

    centred = table - table.mean(axis=0)
    _, _, axes = np.linalg.svd(centred[: min(len(centred), 2000)], full_matrices=False)
    fits = []
    for axis in axes[:STARTS]:
        along = centred @ axis
        first = along > np.median(along) if (along > np.median(along)).any() else along > along.mean()
        if 0 < first.sum() < len(first):
            fits.append(_climb(table, first.astype(np.float64) * 0.8 + 0.1))
    return max(fits, key=lambda fit: fit.likelihood, default=None)


def _climb(table: NDArray[np.float64], weights: NDArray[np.float64]) -> _Fit:
    """Return the classes that expectation maximisation reaches; one pseudo-answer keeps every rate off 0 and 1."""
    import numpy as np

    fit = _Fit(0.5, np.zeros((2, table.shape[1])), -math.inf)
    for _ in range(STEPS):
        both = np.stack([weights, 1 - weights])
        totals = both.sum(axis=1, keepdims=True)
        rates = (both @ table + 0.5) / (totals + 1)
        share = float(np.clip(weights.mean(), 0.01, 0.99))
        logs = _joint(table, share, rates)
        whole = np.logaddexp(logs[:, 0], logs[:, 1])
        before, fit = fit.likelihood, _Fit(share, rates, float(whole.mean()))
        weights = np.exp(logs[:, 0] - whole)
        if fit.likelihood - before < 1e-6:
            break
    return fit


def _joint(table: NDArray[np.float64], share: float, rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log of class share times likelihood, shape (answers, 2)."""
    import numpy as np

    logs = table @ np.log(rates).T + (1 - table) @ np.log(1 - rates).T
    found: NDArray[np.float64] = logs + np.log([share, 1 - share])
    return found


def _posterior(table: NDArray[np.float64], fit: _Fit) -> NDArray[np.float64]:
    import numpy as np

    logs = _joint(table, fit.share, fit.rates)
    found: NDArray[np.float64] = np.exp(logs[:, 0] - np.logaddexp(logs[:, 0], logs[:, 1]))
    return found


def _single(table: NDArray[np.float64], rates: NDArray[np.float64] | None = None) -> float:
    """Return the mean log-likelihood of ``table`` under one class, with its own rates unless others are given."""
    import numpy as np

    used = (table.sum(axis=0) + 0.5) / (len(table) + 1) if rates is None else rates
    return float((table @ np.log(used) + (1 - table) @ np.log(1 - used)).mean())


def _held_out(table: NDArray[np.float64]) -> float:
    """Return what two classes win over one, in nats an answer, on the half that neither was fitted on."""
    import numpy as np

    wins = []
    for start in (0, 1):
        fitted, judged = table[start::2], table[1 - start :: 2]
        fit = _fit(fitted)
        if fit is None:
            return 0.0
        logs = _joint(judged, fit.share, fit.rates)
        rates = (fitted.sum(axis=0) + 0.5) / (len(fitted) + 1)
        wins.append(float(np.logaddexp(logs[:, 0], logs[:, 1]).mean()) - _single(judged, rates))
    return sum(wins) / len(wins)
