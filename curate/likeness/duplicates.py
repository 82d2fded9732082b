"""Which pairs repeat each other: exactly, nearly, or with the same question and another answer.

Knows likeness of wording and the rule by which one of two is kept. It must not know sentence vectors, and it never
removes anything: every row says what it matched and why, and only `merged` ones are safe without a person.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tuneproof.curate.likeness.guards import difference, same_content, same_words
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import LONG_WORDS, jaccard, long_shingles, normal_form, short_shingles, words
from tuneproof.datasets.workspace.records import Duplicate, DuplicateKind, DuplicateState

NEAR = 0.85  # the true Jaccard that questions and answers must both reach
PERMUTATIONS = 128
BANDS, BAND_ROWS = 18, 7  # finds 99.9% of what is alike by 0.85 and 13% of what is alike by 0.5
SLACK = 8  # answers of 40 to 47 words are compared in both ways, so that no near repeat falls between two lengths
Shingler = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two pairs whose questions and answers are both at least ``NEAR`` alike, by true Jaccard."""

    left: str
    right: str
    question: float
    answer: float

    @property
    def score(self) -> float:
        """The weaker of the two, 0..1."""
        return min(self.question, self.answer)


def find_duplicates(pairs: Sequence[PairRow]) -> list[Duplicate]:
    """Return one row for every two pairs that repeat each other, whatever order ``pairs`` come in.

    Star rule: the best pair (accepted by a person, then grounded, then the longer answer, then the lower id) is
    kept and absorbs its direct neighbours only, never the neighbours' neighbours. What survives is linked at most
    once more for each kind, to the best survivor it resembles.
    """
    ranked = sorted(pairs, key=_rank)
    exact = _exact(ranked)
    absorbed = {row.pair_id for row in exact}
    rest = [row for row in ranked if row.pair_id not in absorbed]
    near = _near(rest)
    absorbed |= {row.pair_id for row in near if row.state == "merged"}
    linked = {(row.pair_id, row.kept_id) for row in near}
    again = _same_question([row for row in rest if row.pair_id not in absorbed])
    return [*exact, *near, *(row for row in again if (row.pair_id, row.kept_id) not in linked)]


def similar_pairs(pairs: Sequence[PairRow]) -> Iterator[Likeness]:
    """Yield every two pairs alike by ``NEAR`` in question and in answer, each two once.

    Where several are equal in both (case and spacing aside), the first of them in ``pairs`` stands for all: the
    others are linked to it at 1.0 and to nothing else.

    Candidates come from MinHash bands over question and answer together: where both are alike by 0.85, so is their
    union. Every candidate is then verified by true Jaccard. Memory grows with the shingles, time with n and matches.
    """
    forms: dict[tuple[str, str], list[PairRow]] = defaultdict(list)
    for pair in pairs:
        forms[normal_form(pair.question), normal_form(pair.answer)].append(pair)
    for group in forms.values():
        yield from (Likeness(group[0].pair_id, other.pair_id, 1.0, 1.0) for other in group[1:])
    heads = [group[0] for group in forms.values()]
    lengths = [len(words(pair.answer)) for pair in heads]
    short = [pair for pair, length in zip(heads, lengths, strict=True) if length < LONG_WORDS + SLACK]
    long = [pair for pair, length in zip(heads, lengths, strict=True) if length >= LONG_WORDS]
    both = {pair.pair_id for pair in short} & {pair.pair_id for pair in long}
    yield from _banded(short, short_shingles, skip=both)
    yield from _banded(long, long_shingles, skip=set())


def _banded(pairs: Sequence[PairRow], shingles: Shingler, skip: set[str]) -> Iterator[Likeness]:
    """Yield the likenesses among ``pairs``; two that are both in ``skip`` are compared elsewhere."""
    from datasketch import MinHashLSH  # type: ignore[import-untyped]

    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, BAND_ROWS))
    for at, pair in enumerate(pairs):
        signature = _signature(pair.question, pair.answer, shingles)
        for other in sorted(index.query(signature)):
            partner = pairs[other]
            if pair.pair_id in skip and partner.pair_id in skip:
                continue
            question = jaccard(short_shingles(pair.question), short_shingles(partner.question))
            if question >= NEAR and (answer := jaccard(shingles(pair.answer), shingles(partner.answer))) >= NEAR:
                yield Likeness(partner.pair_id, pair.pair_id, question, answer)
        index.insert(at, signature, check_duplication=False)


@lru_cache(maxsize=16384)
def _signature(question: str, answer: str, shingles: Shingler) -> Any:
    """Return the MinHash of question and answer: half a KiB, kept because several stages ask for the same rows."""
    from datasketch import MinHash

    signature = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=zlib.crc32)
    sides = (("q", short_shingles(question)), ("a", shingles(answer)))
    signature.update_batch([f"{side}{one}".encode() for side, some in sides for one in some])
    return signature


def _rank(pair: PairRow) -> tuple[bool, bool, int, str]:
    grounded = pair.origin == "template" or bool(pair.chunk_ids)
    return pair.status != "accepted", not grounded, -len(pair.answer), pair.pair_id


def _exact(ranked: Sequence[PairRow]) -> list[Duplicate]:
    kept: dict[tuple[str, str], PairRow] = {}
    found = []
    for pair in ranked:
        first = kept.setdefault((normal_form(pair.question), normal_form(pair.answer)), pair)
        if first is not pair:
            reason = "the same question and answer, apart from case and spacing outside code"
            if (first.question, first.answer) == (pair.question, pair.answer):
                reason = "the same question and answer, letter by letter"
            found.append(Duplicate(pair.pair_id, first.pair_id, "exact", 1.0, "merged", reason))
    return found


def _near(ranked: Sequence[PairRow]) -> list[Duplicate]:
    order = {pair.pair_id: at for at, pair in enumerate(ranked)}
    neighbours: dict[int, list[tuple[int, Likeness]]] = defaultdict(list)
    for alike in similar_pairs(ranked):
        better, worse = sorted((order[alike.left], order[alike.right]))
        neighbours[worse].append((better, alike))
    absorbed: set[int] = set()
    found = []
    for worse in sorted(neighbours):
        judged = [
            (better, alike, *_judge(ranked[better], ranked[worse]))
            for better, alike in sorted(neighbours[worse], key=lambda one: one[0])
            if better not in absorbed
        ]
        # A safe merge comes first, then the best-ranked survivor; a pair whose likes are all absorbed stands alone.
        judged.sort(key=lambda one: (one[2] != "merged", one[2] != "suggested", one[0]))
        if not judged:
            continue
        better, alike, state, reason = judged[0]
        if state == "merged":
            absorbed.add(worse)
        said = f"questions {alike.question:.0%} and answers {alike.answer:.0%} alike in wording; {reason}"
        kind: DuplicateKind = "same_question" if alike.question == 1.0 and state != "merged" else "near"
        found.append(Duplicate(ranked[worse].pair_id, ranked[better].pair_id, kind, round(alike.score, 4), state, said))
    return found


def _judge(better: PairRow, worse: PairRow) -> tuple[DuplicateState, str]:
    """Return what becomes of two near repeats and why; only articles in the question and punctuation merge."""
    for side, left, right in (
        ("questions", better.question, worse.question),
        ("answers", better.answer, worse.answer),
    ):
        if (cue := difference(left, right)) is not None:
            same = side == "answers" and normal_form(better.question) == normal_form(worse.question)
            return ("contradiction" if same and _conflicts(better, worse) else "variant"), f"{side}' {cue}"
    if same_content(better.question, worse.question) and same_words(better.answer, worse.answer):
        return "merged", "they differ in articles or punctuation only"
    return "suggested", "no number, name, negation or opposite tells them apart"


def _conflicts(left: PairRow, right: PairRow) -> bool:
    cue = difference(left.answer, right.answer)
    return cue is not None and cue.cue in ("numbers", "negation", "opposites", "direction")


def _same_question(ranked: Iterable[PairRow]) -> list[Duplicate]:
    """Link every pair to the best-ranked one with the same question, whose answer is another."""
    kept: dict[str, PairRow] = {}
    found = []
    for pair in ranked:
        first = kept.setdefault(normal_form(pair.question), pair)
        if first is pair:
            continue
        cue = difference(first.answer, pair.answer)
        alike = jaccard(short_shingles(first.answer), short_shingles(pair.answer))
        state: DuplicateState = "suggested"
        if cue is not None:
            # Nearly the same sentence with another number is a quarrel; another sentence is another thing's answer.
            state = "contradiction" if alike >= NEAR and _conflicts(first, pair) else "variant"
        reason = f"the same question, answers {alike:.0%} alike in wording"
        reason += f"; answers' {cue}" if cue is not None else "; no number or name tells the answers apart"
        found.append(Duplicate(pair.pair_id, first.pair_id, "same_question", round(alike, 4), state, reason))
    return found
