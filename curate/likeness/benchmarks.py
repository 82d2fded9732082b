"""What of a benchmark stands in the training data: by runs of words, by meaning, and by its key.

Knows benchmark files and likeness. It must not know what is done about a leak. A benchmark is a JSON Lines file; of
each line the question and the expected answer are read, by the names that common sets give them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tuneproof.curate.likeness.guards import hard_difference
from tuneproof.curate.likeness.links import similar_wording
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import jaccard, ngrams, normal_form, short_shingles, words
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import finding_id
from tuneproof.datasets.workspace.records import Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Measure = Literal["ngram", "meaning", "answer_key"]
QUESTION_KEYS = ("question", "prompt", "instruction", "query", "problem", "input", "text", "sentence", "ctx")
ANSWER_KEYS = ("answer", "reference", "target", "output", "completion", "response", "solution", "best_answer", "gold")
CHOICE_KEYS = ("choices", "options", "endings")
RUN = 8  # words in a row that make a hit; an item of fewer is compared as a whole
LONG_RUN = 13  # words in a row that settle it alone (Brown et al. 2020, appendix C)
OVERLAP, WHOLE = 0.70, 0.95  # of an item's runs; of so many it matters no more what the pair asks
NEAR_ANSWER = 0.75  # true Jaccard of wording of two answers to one question: one slip in ten words
NEAR = 0.85  # true Jaccard of wording of two questions
MEANING = 0.95  # cosine of question and answer
FEWEST_WORDS = 3  # a question of fewer words is asked everywhere
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class BenchmarkItem:
    """One line of a benchmark: ``number`` counts from 1; ``answer`` is empty where the line has none."""

    benchmark: str
    number: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class BenchmarkLeak:
    """Pair ``pair_id`` gives away ``item``; ``score`` is how much of it, 0..1, by ``measure``."""

    item: BenchmarkItem
    pair_id: str
    measure: Measure
    score: float
    reason: str


def read_benchmark(path: Path) -> list[BenchmarkItem]:
    """Return the items of a JSON Lines file.

    Raises:
        DataError: the file can't be read, a line is no JSON object, or no line has a question.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The benchmark {path} can't be read: {error}.", "Correct [policy.data] benchmarks in tuneproof.toml."
        ) from error
    items = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}, line {number} is no JSON: {error.msg}.", "Give one JSON object a line."
            ) from error
        if isinstance(values, dict) and (found := _item(path.name, number, values)) is not None:
            items.append(found)
    if not items:
        raise DataError(
            f"No line of the benchmark {path} has a question.", f"Name it one of: {', '.join(QUESTION_KEYS)}."
        )
    return items


def _item(benchmark: str, number: int, values: Mapping[str, Any]) -> BenchmarkItem | None:
    if isinstance(messages := values.get("messages"), list):
        said = {one.get("role"): str(one.get("content", "")) for one in reversed(messages) if isinstance(one, dict)}
        question, answer = said.get("user", ""), said.get("assistant", "")
        return BenchmarkItem(benchmark, number, question, answer) if question.strip() else None
    texts = [values[key] for key in QUESTION_KEYS if isinstance(values.get(key), str) and values[key].strip()]
    if not texts:
        return None
    # Alpaca's input belongs to its instruction; other second fields are context, which is not asked.
    question = "\n".join(texts[:2]) if "instruction" in values else texts[0]
    return BenchmarkItem(benchmark, number, question, _answer(values))


def _answer(values: Mapping[str, Any]) -> str:
    choices = next((values[key] for key in CHOICE_KEYS if values.get(key)), None)
    if isinstance(choices, dict):
        choices = choices.get("text")
    for key in (*ANSWER_KEYS, "label", "answerKey"):
        answer = values.get(key)
        if isinstance(choices, list):
            place = _place(answer)
            if place is not None and place < len(choices):
                return str(choices[place])
        if isinstance(answer, str) and answer.strip():
            return answer
        if isinstance(answer, (int, float)) and not isinstance(answer, bool):
            return str(answer)
    return ""


def _place(answer: object) -> int | None:
    if isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0:
        return answer
    if isinstance(answer, str) and len(answer.strip()) == 1 and answer.strip().upper() in "ABCDEFGH":
        return "ABCDEFGH".index(answer.strip().upper())
    return None


def benchmark_leaks(
    rows: Sequence[PairRow],
    items: Sequence[BenchmarkItem],
    vectors: NDArray[np.float32] | None = None,
    item_vectors: NDArray[np.float32] | None = None,
) -> list[BenchmarkLeak]:
    """Return what ``rows`` give away of ``items``, at most once for each item and measure, the strongest.

    ``vectors`` and ``item_vectors`` are unit rows of question and answer, (n, d); without them meaning is not asked.
    """
    found: dict[tuple[str, int, Measure], BenchmarkLeak] = {}
    for leak in (
        *_by_runs(rows, items),
        *_by_key(rows, items),
        *_by_answer(rows, items),
        *_by_meaning(rows, items, vectors, item_vectors),
    ):
        key = leak.item.benchmark, leak.item.number, leak.measure
        best = found.get(key)
        if best is None or (-leak.score, leak.pair_id) < (-best.score, best.pair_id):
            found[key] = leak
    return [found[key] for key in sorted(found)]


def _by_runs(rows: Sequence[PairRow], items: Sequence[BenchmarkItem]) -> Iterator[BenchmarkLeak]:
    wanted: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes = []
    for at, item in enumerate(items):
        said = words(f"{item.question} {item.answer}")
        grams = set(ngrams(said, RUN))
        sizes.append(len(grams))
        for gram in grams:
            wanted[gram].append(at)
    long = {gram: at for at, item in enumerate(items) for gram in ngrams(words(item.question), LONG_RUN)}
    for row in rows:
        said = words(f"{row.question} {row.answer}")
        hits = Counter(at for gram in set(ngrams(said, RUN)) for at in wanted.get(gram, ()))
        settled = {long[gram] for gram in ngrams(said, LONG_RUN) if gram in long}
        for at, count in hits.items():
            share = count / sizes[at]
            if (share >= OVERLAP and (share >= WHOLE or _asks_it(items[at], row))) or at in settled:
                why = f"{share:.0%} of the item's runs of {RUN} words stand in the pair"
                why += f", {LONG_RUN} of its question in a row" if at in settled else ""
                yield BenchmarkLeak(items[at], row.pair_id, "ngram", round(share, 4), why)


def _by_key(rows: Sequence[PairRow], items: Sequence[BenchmarkItem]) -> Iterator[BenchmarkLeak]:
    """Yield the rows that ask an item's question, or nearly so, and hold its answer."""
    asked: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        if len(words(item.question)) >= FEWEST_WORDS:
            asked[normal_form(item.question).strip(" ?.")].append(at)
    mine: dict[str, list[PairRow]] = defaultdict(list)
    for row in rows:
        mine[normal_form(row.question).strip(" ?.")].append(row)
    same = [(form, form, 1.0) for form in asked if form in mine]
    bare = [PairRow(str(at), form, "-", "what_is", "", "import") for at, form in enumerate([*mine, *asked])]
    for alike in similar_wording(
        [*bare[: len(mine)], *(one for one in bare[len(mine) :] if one.question not in mine)], NEAR
    ):
        left, right = int(alike.left), int(alike.right)
        if left < len(mine) <= right and hard_difference(bare[left].question, bare[right].question) is None:
            same.append((bare[left].question, bare[right].question, alike.question or 0.0))
    for ours, theirs, score in same:
        for at in asked[theirs]:
            key = " ".join(words(items[at].answer))
            for row in mine[ours]:
                holds = bool(key) and f" {key} " in f" {' '.join(words(row.answer))} "
                holds = holds or (bool(key) and _nearly(items[at].answer, row.answer))
                if holds or not key:
                    why = f"the pair asks the item's question ({score:.0%} alike in wording)"
                    why += " and holds its answer" if key else ", whose answer the file does not give"
                    yield BenchmarkLeak(items[at], row.pair_id, "answer_key", round(score, 4), why)


def _asks_it(item: BenchmarkItem, row: PairRow) -> bool:
    """Return whether a pair asks what the item asks: siblings share most of their words and ask of another thing."""
    return hard_difference(item.question, row.question, asked=True) is None


def _tells_it(item: BenchmarkItem, row: PairRow) -> bool:
    """Return whether nothing in a pair's answer turns the item's into another: a number, an opposite, a direction."""
    if not item.answer:
        return True
    found = hard_difference(item.answer, row.answer)
    return found is None or found.cue not in ("numbers", "opposites", "direction")


def _nearly(expected: str, answer: str) -> bool:
    """Return whether an answer is the expected one but for a slip of the pen: nothing that matters differs."""
    if jaccard(short_shingles(expected), short_shingles(answer)) < NEAR_ANSWER:
        return False
    return hard_difference(expected, answer) is None


def _by_answer(rows: Sequence[PairRow], items: Sequence[BenchmarkItem]) -> Iterator[BenchmarkLeak]:
    """Yield the rows whose answer holds most of an item's long one, whatever they ask: who learns it knows the item."""
    wanted: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes = dict.fromkeys(range(len(items)), 0)
    for at, item in enumerate(items):
        said = words(item.answer)
        if len(said) < LONG_RUN:
            continue
        grams = set(ngrams(said, RUN))
        sizes[at] = len(grams)
        for gram in grams:
            wanted[gram].append(at)
    for row in rows if wanted else ():
        grams = set(ngrams(words(row.answer), RUN))
        hits = Counter(at for gram in grams for at in wanted.get(gram, ()))
        for at, count in hits.items():
            share = count / sizes[at]
            # Both ways: one sentence of a long passage is not what the passage answers.
            if share >= OVERLAP and count >= OVERLAP * len(grams) and _tells_it(items[at], row):
                why = f"{share:.0%} of the runs of {RUN} words of the item's answer stand in the pair's answer"
                yield BenchmarkLeak(items[at], row.pair_id, "answer_key", round(share, 4), why)


def _by_meaning(
    rows: Sequence[PairRow],
    items: Sequence[BenchmarkItem],
    vectors: NDArray[np.float32] | None,
    item_vectors: NDArray[np.float32] | None,
) -> Iterator[BenchmarkLeak]:
    import numpy as np

    if vectors is None or item_vectors is None or not len(rows) or not items:
        return
    for start in range(0, len(items), BLOCK):
        cosines = item_vectors[start : start + BLOCK] @ vectors.T
        for at, row_at in zip(*np.nonzero(cosines >= MEANING), strict=True):
            item, row = items[start + int(at)], rows[int(row_at)]
            if hard_difference(item.question, row.question) is None and _tells_it(item, row):
                score = min(1.0, round(float(cosines[at, row_at]), 4))
                why = f"item and pair are {score:.2f} alike in meaning (cosine of question and answer)"
                yield BenchmarkLeak(item, row.pair_id, "meaning", score, why)


def leak_findings(items: Sequence[BenchmarkItem], leaks: Sequence[BenchmarkLeak]) -> Iterator[Finding]:
    """Yield a finding for every leak, on its pair, and one for every benchmark with its figures, on the set."""
    for leak in leaks:
        key = {"benchmark": leak.item.benchmark, "item": leak.item.number, "measure": leak.measure}
        evidence = {**key, "question": leak.item.question, "score": leak.score}
        message = f"Item {leak.item.number} of {leak.item.benchmark} is given away: {leak.reason}."
        identity = finding_id("leaked", "pair", leak.pair_id, key)
        yield Finding(identity, "pair", leak.pair_id, "leaked", "warn", message, evidence, leak.score)
    for name in sorted({item.benchmark for item in items}):
        count = sum(item.benchmark == name for item in items)
        mine = [leak for leak in leaks if leak.item.benchmark == name]
        numbers = sorted({leak.item.number for leak in mine})
        by_measure: dict[str, object] = dict(sorted(Counter(str(leak.measure) for leak in mine).items()))
        evidence = {"benchmark": name, "items": count, "leaked": len(numbers), **by_measure, "numbers": numbers[:50]}
        message = f"{len(numbers)} of {count} items of {name} stand in the training data."
        identity = finding_id("leaked", "set", name)
        yield Finding(identity, "set", name, "leaked", "info", message, evidence, len(numbers) / count)
