"""What stored answers and scores measure beside the verdict: wording, form, variety, declining, style, confidence.

Knows questions with both models' answers, and likelihoods. It loads no model and gates nothing: the figures describe
what changed, base beside tuned.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from tuneproof.curate.wording import jaccard, ngrams, normal_form, short_shingles, words
from tuneproof.datasets.verdict.intervals import cluster_mean
from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.evaluate.examined import Examined
from tuneproof.evaluate.faults import declines, format_of, token_f1

if TYPE_CHECKING:
    import duckdb

    from tuneproof.curate.checking.style_profile import StyleProfile

Unit = Literal["share", "points", "words", "distance", "bits/byte"]
BINS = 10
_POLAR = re.compile(r"\W{0,3}(yes|no)\b", re.IGNORECASE)
_LIKELIHOODS = """
SELECT i.role, CASE WHEN i.role = 'text' THEN i.suite ELSE '' END AS suite, n.model, sum(n.value), sum(b.value),
    count(*)
FROM scores n
JOIN scores b ON b.run_id = n.run_id AND b.model = n.model AND b.item_id = n.item_id AND b.metric = 'bytes'
JOIN runs r ON r.run_id = n.run_id JOIN items i ON i.item_id = n.item_id AND i.snapshot_id = r.snapshot_id
WHERE n.run_id = ? AND n.metric = 'nll' AND isfinite(n.value) GROUP BY ALL ORDER BY ALL
"""
_MARGINS = """
SELECT i.suite, s.model, s.value FROM scores s
JOIN runs r ON r.run_id = s.run_id JOIN items i ON i.item_id = s.item_id AND i.snapshot_id = r.snapshot_id
WHERE s.run_id = ? AND s.metric = 'margin' AND isfinite(s.value) ORDER BY i.suite, s.model, i.item_id
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of both models over ``n`` answers; ``better`` says which way is, "" where neither.

    ``interval`` is of the paired change tuned minus base at 95%, by groups of the split; None where a figure is of
    the answers as a whole, or of fewer than two groups.
    """

    name: str
    title: str
    unit: Unit
    better: Literal["more", "less", ""]
    n: int
    base: float
    tuned: float
    interval: Interval | None = None

    @property
    def change(self) -> float:
        """Tuned minus base."""
        return self.tuned - self.base


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How well one of two classes is told; None where nothing was told, or nothing was there to be."""

    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None
    mcc: float | None


@dataclass(frozen=True, slots=True)
class Classes:
    """Answers that fall into two classes: ``positives`` of ``n`` are of the class that is looked for."""

    name: str
    title: str
    n: int
    positives: int
    base: ClassScores
    tuned: ClassScores


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that is measured beside the verdict."""

    answers: tuple[Measure, ...] = ()
    classes: tuple[Classes, ...] = ()
    likelihoods: tuple[Measure, ...] = ()
    calibration: tuple[Measure, ...] = ()


def find_measures(
    con: duckdb.DuckDBPyConnection, run_id: str, examined: Sequence[Examined], profile: StyleProfile | None = None
) -> Measures:
    """Return what the stored answers and scores of a run measure; ``profile`` is the style of the trained answers."""
    held = [one for one in examined if one.role == "heldout" and one.base is not None and one.tuned is not None]
    return Measures(
        answers=tuple(measure_answers(held, profile)),
        classes=tuple(two_classes(held)),
        likelihoods=tuple(_bits_per_byte(con.execute(_LIKELIHOODS, [run_id]).fetchall())),
        calibration=tuple(_calibration(con.execute(_MARGINS, [run_id]).fetchall())),
    )


def measure_answers(held: Sequence[Examined], profile: StyleProfile | None = None) -> Iterator[Measure]:
    """Yield the measures of answers that both models gave; nothing where there is none."""
    if not held:
        return
    yield _paired("exact_match", "The documentation's own words", "share", "more", held, _same)
    yield _paired("token_f1", "Words shared with the documentation's answer (F1)", "share", "more", held,
                  lambda one, text: token_f1(one.reference, text))  # fmt: skip
    yield _paired("chrf", "Runs of characters shared with it (chrF)", "points", "more", held,
                  lambda one, text: chrf(one.reference, text))  # fmt: skip
    formed = [one for one in held if format_of(one.reference) != "prose"]
    if formed:
        yield _paired("format", "Code, list or JSON where the documentation gives it", "share", "more", formed,
                      lambda one, text: float(format_of(text) == format_of(one.reference)))  # fmt: skip
    yield _paired("words", "Length", "words", "", held, lambda one, text: float(len(words(text))))
    if profile is not None:
        yield _paired("style", "Distance from the style of the trained answers (outlier from 3.5)", "distance", "less",
                      held, lambda one, text: profile.distance(text, one.case_type, _source(one)))  # fmt: skip
    before, after = ([one.base or "" for one in held], [one.tuned or "" for one in held])
    for name, title, better, measure in _OF_ALL:
        yield Measure(name, title, "share", better, len(held), measure(before), measure(after))


def chrf(reference: str, answer: str) -> float:
    """Return chrF of one answer, 0 to 100, as sacrebleu computes it (Popović 2015)."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().sentence_score(answer, [reference]).score)


def distinct(texts: Sequence[str], size: int) -> float:
    """Return the share of different runs of ``size`` words among all of ``texts`` (Li and others 2016)."""
    runs = [run for text in texts for run in ngrams(words(text), size)]
    return len(set(runs)) / len(runs) if runs else 0.0


def self_similarity(texts: Sequence[str]) -> float:
    """Return the mean Jaccard of the shingles of any two of ``texts``: 1 where all say the same."""
    pairs = [jaccard(short_shingles(left), short_shingles(right)) for left, right in combinations(texts, 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def two_classes(held: Sequence[Examined]) -> Iterator[Classes]:
    """Yield how well either model declines where it should, and says yes or no as the documentation does."""
    unsaid = [one.case_type == "unanswerable" or declines(one.reference) for one in held]
    if any(unsaid):
        yield _classes("declining", "Declines what the documentation does not say", held, unsaid, declines)
    polar = [(one, match[1].casefold() == "yes") for one in held if (match := _POLAR.match(one.reference))]
    if polar:
        asked, truth = [one for one, _ in polar], [yes for _, yes in polar]
        yield _classes("yes_no", "Says yes where the documentation does", asked, truth, _says_yes)


def class_scores(truth: Sequence[bool], told: Sequence[bool]) -> ClassScores:
    """Return accuracy, precision, recall, F1 and Matthews' correlation (Matthews 1975) of two classes."""
    cells = Counter(zip(truth, told, strict=True))
    hit, miss, alarm, rest = cells[True, True], cells[True, False], cells[False, True], cells[False, False]
    precision = hit / (hit + alarm) if hit + alarm else None
    recall = hit / (hit + miss) if hit + miss else None
    whole = math.sqrt((hit + alarm) * (hit + miss) * (rest + alarm) * (rest + miss))
    return ClassScores(
        accuracy=(hit + rest) / len(truth),
        precision=precision,
        recall=recall,
        f1=2 * hit / (2 * hit + alarm + miss) if hit + alarm + miss else None,
        mcc=(hit * rest - alarm * miss) / whole if whole else None,
    )


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Return the expected calibration error over ``bins`` equal bins of confidence (Guo and others 2017)."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for sure, was in zip(confidence, right, strict=True):
        held.setdefault(min(int(sure * bins), bins - 1), []).append((sure, was))
    gaps = (abs(sum(sure for sure, _ in rows) - sum(was for _, was in rows)) for rows in held.values())
    return sum(gaps) / len(confidence)


_OF_ALL: tuple[tuple[str, str, Literal["more", "less", ""], Callable[[Sequence[str]], float]], ...] = (
    ("distinct_1", "Different words among all", "more", lambda texts: distinct(texts, 1)),
    ("distinct_2", "Different pairs of words among all", "more", lambda texts: distinct(texts, 2)),
    ("self_similarity", "Likeness of any two answers", "less", self_similarity),
)


def _paired(
    name: str,
    title: str,
    unit: Unit,
    better: Literal["more", "less", ""],
    held: Sequence[Examined],
    of: Callable[[Examined, str], float],
) -> Measure:
    before = [of(one, one.base or "") for one in held]
    after = [of(one, one.tuned or "") for one in held]
    groups = [one.group for one in held]
    around = None
    if len(set(groups)) > 1:
        around = cluster_mean([b - a for a, b in zip(before, after, strict=True)], groups).interval()
    return Measure(name, title, unit, better, len(held), sum(before) / len(held), sum(after) / len(held), around)


def _classes(
    name: str, title: str, held: Sequence[Examined], truth: Sequence[bool], told: Callable[[str], bool]
) -> Classes:
    base, tuned = (class_scores(truth, [told(text or "") for text in texts])
                   for texts in ([one.base for one in held], [one.tuned for one in held]))  # fmt: skip
    return Classes(name, title, len(held), sum(truth), base, tuned)


def _bits_per_byte(rows: Sequence[tuple[str, str, str, float, float, int]]) -> Iterator[Measure]:
    found: dict[tuple[str, str], dict[str, tuple[float, int]]] = {}
    for role, suite, model, nll, size, n in rows:
        if size:
            found.setdefault((role, suite), {})[model] = (nll / size / math.log(2), n)
    for (role, suite), by in found.items():
        if by.keys() == {"base", "tuned"}:
            name = f"{role}: {suite}" if suite else role
            yield Measure(f"bits_per_byte.{name}", name, "bits/byte", "less", by["tuned"][1], by["base"][0],
                          by["tuned"][0])  # fmt: skip


def _calibration(rows: Sequence[tuple[str, str, float]]) -> Iterator[Measure]:
    """Yield, for each suite, how far confidence is from accuracy between the right choice and the best wrong one."""
    margins: dict[str, dict[str, list[float]]] = {}
    for suite, model, margin in rows:
        margins.setdefault(suite, {}).setdefault(model, []).append(margin)
    for suite, by in margins.items():
        if by.keys() == {"base", "tuned"}:
            base, tuned = (_pair_error(by[model]) for model in ("base", "tuned"))
            yield Measure(f"calibration.{suite}", suite, "share", "less", len(by["tuned"]), base, tuned)


def _pair_error(margins: Sequence[float]) -> float:
    # Of two choices with these likelihoods the likelier is chosen with this confidence.
    return calibration_error([1 / (1 + math.exp(-min(abs(one), 700))) for one in margins], [one > 0 for one in margins])


def _same(one: Examined, text: str) -> float:
    return float(normal_form(text) == normal_form(one.reference))


def _says_yes(text: str) -> bool:
    found = _POLAR.match(text)
    return found is not None and found[1].casefold() == "yes"


def _source(one: Examined) -> str:
    return "\n".join(chunk.text for chunk in one.chunks)
