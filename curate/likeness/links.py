"""Every two pairs that may repeat each other, with how strongly and what keeps them apart; no threshold yet.

Knows wording, vectors and guards. It must not know which likeness is enough nor which pair stays: those are moved
without looking at a text again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tuneproof.curate.likeness.conflicts import Conflict, answers_conflict
from tuneproof.curate.likeness.guards import (
    Difference,
    cues_of,
    difference,
    hard_difference,
    same_code,
    same_content,
    same_matter,
    same_words,
    shared_matter,
)
from tuneproof.curate.likeness.minhash import candidates, signatures
from tuneproof.curate.likeness.neighbours import close_pairs
from tuneproof.curate.likeness.polarity import intents_of
from tuneproof.curate.likeness.shingles import gram_hashes, long_sets, short_sets
from tuneproof.curate.likeness.slips import without_slip
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import LONG_WORDS, TOKEN, normal_form
from tuneproof.datasets.workspace.records import DuplicateState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDING_FLOOR, MEANING_FLOOR = 0.70, 0.80  # where looking begins
REMEMBERED = 0.85  # of closeness: thresholds move above this without recomputing
# Two pairs that share most of their words in question and answer are closer than their cosine says: on pairs of five
# sets of documentation, rewordings at 0.80 to 0.90 were told from neighbours by that alone.
LIFT, LIFTED = 0.10, 0.50
BATCH = 4096  # rows signed together
SLACK = 8  # answers of 40 to 47 words are compared in both ways, so that no near repeat falls between two lengths
ESTIMATE_SLACK = 0.13  # three standard errors of a signature's estimate at 0.7
SAME_ASKED = 6  # earlier answers to one question that a further one is held against
SAME_SUBJECT = 0.5  # of the matter of two questions, from which on their answers can contradict each other
CLEAR = 0.95  # cosine from which no shared fact needs to speak for two pairs
# Of the matter of two answers that agree in names and numbers: with a fact of their own and one intent, one, neither.
SAME_FACT, SAME_ANSWER, SAME_WORDS = 0.0, 0.22, 0.5
_CAPITAL = re.compile(r"(?<=\w )[A-Z][\w-]*|(?<=[(:] )[A-Z][\w-]*|(?<=\()[A-Z][\w-]*")
Merges = Literal["", "wording", "meaning"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two pairs and how much alike: ``question`` and ``answer`` by true Jaccard of wording, ``meaning`` by cosine.

    None where it was not measured, being under the floor. ``words`` is the share of what matters, the weaker of
    questions and answers: their words, or all where they ask the same of the same and state the same facts. ``asked``
    says that the questions are the same but for case and spacing.
    """

    left: str
    right: str
    question: float | None = None
    answer: float | None = None
    meaning: float | None = None
    words: float = 0.0
    asked: bool = False

    @property
    def closeness(self) -> float | None:
        """Cosine, lifted by up to a tenth where at least half of what matters is shared, 0..1."""
        if self.meaning is None:
            return None
        return min(1.0, round(self.meaning + (LIFT * self.words if self.words >= LIFTED else 0.0), 4))

    @property
    def wording(self) -> float | None:
        """The weaker of question and answer, 0..1."""
        return None if self.question is None or self.answer is None else min(self.question, self.answer)

    @property
    def score(self) -> float:
        """The strongest that speaks for it."""
        return max(self.wording or 0.0, self.closeness or 0.0)


@dataclass(frozen=True, slots=True)
class Link:
    """A likeness, judged: ``state`` is the most that guards allow, whatever the thresholds.

    ``merges`` says what a merge may rest on: the same words but articles and punctuation, or the same words in
    another frame. ``guard`` says what keeps the two apart; ``conflict`` what they disagree on.
    """

    pair_id: str
    kept_id: str
    likeness: Likeness
    state: DuplicateState
    merges: Merges = ""
    guard: str = ""
    conflict: Conflict | None = None


def find_links(ranked: Sequence[PairRow], vectors: NDArray[np.float32] | None = None) -> list[Link]:
    """Return the links among ``ranked``, the best pair first; each leads from the worse pair to the better one.

    ``vectors`` are unit rows in the same order, shape (n, d); without them only wording speaks.
    """
    found: dict[tuple[int, int], Likeness] = {}
    place = {row.pair_id: at for at, row in enumerate(ranked)}
    for alike in similar_wording(ranked):
        found[place[alike.left], place[alike.right]] = alike
    if vectors is not None and len(ranked) > 1:
        left, right, cosines = close_pairs(vectors, MEANING_FLOOR)
        for one, other, cosine in zip(left.tolist(), right.tolist(), cosines.tolist(), strict=True):
            alike = found.get((one, other)) or Likeness(ranked[one].pair_id, ranked[other].pair_id)
            found[one, other] = replace(alike, meaning=min(1.0, round(cosine, 4)))
    for one, other in _same_asked(ranked):
        alike = found.get((one, other)) or Likeness(ranked[one].pair_id, ranked[other].pair_id)
        found[one, other] = replace(alike, asked=True)
    links = []
    for one, other in sorted(found):
        better, worse, alike = ranked[one], ranked[other], found[one, other]
        if alike.meaning is not None:
            asks = shared_matter(better.question, worse.question)
            told = shared_matter(better.answer, worse.answer)
            words = round(min(asks, told), 4)
            if alike.meaning < CLEAR and words < 1.0 and _agree(better, worse, told):
                words = 1.0
            alike = replace(alike, words=words)
            near = alike.wording is not None or alike.asked or (alike.closeness or 0.0) >= REMEMBERED
            if not near and asks < LIFTED and not _same_names(better.question, worse.question):
                continue
        link = _judge(better, worse, alike)
        if link.conflict or alike.asked or alike.wording is not None or (alike.closeness or 0.0) >= REMEMBERED:
            links.append(link)
    return links


def similar_wording(rows: Sequence[PairRow], floor: float = WORDING_FLOOR) -> Iterator[Likeness]:
    """Yield every two of ``rows`` alike by ``floor`` in question and in answer, each two once, ``left`` the earlier.

    Candidates come from MinHash bands over the characters of question and answer together; every one is verified by
    true Jaccard: words, word pairs and characters of the question and of a short answer, five words in a row of a
    long one. Rows must differ in normal form, or a bucket of copies hides others.
    """
    import numpy as np

    if len(rows) < 2:
        return
    signed = np.concatenate([_signed(rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)])
    left, right = candidates(signed, floor - ESTIMATE_SLACK)
    yield from _verified(rows, left.tolist(), right.tolist(), floor)


def _signed(rows: Sequence[PairRow]) -> NDArray[np.uint32]:
    """Return the signatures of question and answer together, shape (n, permutations)."""
    import numpy as np

    asked, asked_at = gram_hashes([row.question for row in rows])
    said, said_at = gram_hashes([row.answer for row in rows])
    # The two sides count apart: a word of the question is no word of the answer.
    hashes = np.concatenate([asked, said ^ np.uint64(0x5555555555555555)])
    sizes = np.concatenate([np.diff(np.append(asked_at, len(asked))), np.diff(np.append(said_at, len(said)))])
    owner = np.repeat(np.concatenate([np.arange(len(rows), dtype=np.int32)] * 2), sizes)
    order = np.argsort(owner, kind="stable")
    return signatures(hashes[order], np.searchsorted(owner[order], np.arange(len(rows))))


def _verified(rows: Sequence[PairRow], left: list[int], right: list[int], floor: float) -> Iterator[Likeness]:
    questions, answers = [row.question for row in rows], [row.answer for row in rows]
    # In blocks, for the sets of a hundred thousand texts would fill some gigabytes.
    for at in range(0, len(left), BATCH):
        pairs = list(zip(left[at : at + BATCH], right[at : at + BATCH], strict=True))
        asked = _overlaps(pairs, questions, floor, short_sets)
        lengths = {one: len(TOKEN.findall(normal_form(answers[one]))) for pair in asked for one in pair}
        long = [pair for pair in asked if min(lengths[one] for one in pair) >= LONG_WORDS]
        short = [pair for pair in asked if max(lengths[one] for one in pair) < LONG_WORDS + SLACK]
        told = _overlaps(long, answers, floor, long_sets)
        told |= _overlaps([pair for pair in short if pair not in told], answers, floor, short_sets)
        for one, other in sorted(told):
            alike = round(asked[one, other], 4), round(told[one, other], 4)
            yield Likeness(rows[one].pair_id, rows[other].pair_id, *alike)


def _overlaps(
    pairs: Sequence[tuple[int, int]],
    texts: Sequence[str],
    floor: float,
    sets: Callable[[Sequence[str]], Iterator[frozenset[int]]],
) -> dict[tuple[int, int], float]:
    """Return the Jaccard of those of ``pairs`` (places in ``texts``) that reach ``floor``."""
    equal = {pair for pair in pairs if normal_form(texts[pair[0]]) == normal_form(texts[pair[1]])}
    needed = sorted({at for pair in pairs if pair not in equal for at in pair})
    held = dict(zip(needed, sets([texts[at] for at in needed]), strict=True))
    found = {pair: 1.0 if pair in equal else _jaccard(held[pair[0]], held[pair[1]]) for pair in pairs}
    return {pair: alike for pair, alike in found.items() if alike >= floor}


def _jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)


def _same_asked(ranked: Sequence[PairRow]) -> Iterator[tuple[int, int]]:
    """Yield the places of two rows with one question, each against the first few that ask it."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(ranked):
        group = groups[normal_form(row.question)]
        for earlier in group:
            yield earlier, at
        if len(group) < SAME_ASKED:
            group.append(at)


def _judge(better: PairRow, worse: PairRow, alike: Likeness) -> Link:
    link = Link(worse.pair_id, better.pair_id, alike, "suggested")
    asks = None if alike.asked else hard_difference(better.question, worse.question, asked=True)
    if asks is not None:
        return replace(link, state="variant", guard=f"questions' {asks}")
    same = alike.asked or _same_subject(better, worse, alike)
    if same or _same_names(better.question, worse.question):
        ours, theirs = without_slip(better.answer, worse.answer) or (better.answer, worse.answer)
        conflict = answers_conflict(ours, theirs, better.question, worse.question, loose=not same)
        if conflict is not None:
            return replace(link, state="contradiction", guard=f"answers disagree, {conflict}", conflict=conflict)
    says = hard_difference(better.answer, worse.answer)
    if says is not None:
        return replace(link, state="variant", guard=f"answers' {says}")
    soft = _soft(better, worse)
    if soft is not None:
        return replace(link, guard=soft)
    if not same_code(better.question, worse.question) or not same_code(better.answer, worse.answer):
        return replace(link, guard="code is not the same letter by letter")
    if same_content(better.question, worse.question) and same_words(better.answer, worse.answer):
        return replace(link, state="merged", merges="wording")
    if same_matter(better.question, worse.question) and same_content(better.answer, worse.answer):
        return replace(link, state="merged", merges="meaning")
    return link


def _same_subject(better: PairRow, worse: PairRow, alike: Likeness) -> bool:
    return (alike.question or 0.0) >= WORDING_FLOOR or shared_matter(better.question, worse.question) >= SAME_SUBJECT


def _agree(better: PairRow, worse: PairRow, told: float) -> bool:
    """Return whether two pairs ask the same of the same named things and state the same names and numbers of them.

    An answer may repeat what its question names. ``told`` is how much of the words of the answers is shared: where
    they state a fact that the question does not name, or two of one intent, a little of them is enough.
    """
    if not _same_names(better.question, worse.question) or _elsewhere(better.question, worse.question):
        return False
    ours, theirs = (_facts(row) for row in (better, worse))
    if ours != theirs:
        return False
    same = intents_of(better.question) == intents_of(worse.question)
    return told >= (SAME_FACT if same and ours else SAME_ANSWER if same or ours else SAME_WORDS)


def _elsewhere(left: str, right: str) -> bool:
    """Return whether each question names a place, by words with a capital, that the other does not."""
    ours, theirs = (frozenset(_CAPITAL.findall(question)) for question in (left, right))
    return bool(ours - theirs) and bool(theirs - ours)


def _facts(row: PairRow) -> frozenset[str]:
    """Return the names and numbers that an answer states beside those of its question."""
    said = cues_of(row.answer)
    counted = {name for name in said.numbers if name.isdigit() and int(name) == len(said.coded)}
    return (said.names | said.numbers) - cues_of(row.question).names - counted


def _same_names(left: str, right: str) -> bool:
    """Return whether two questions name the same things in code, and at least one."""
    ours, theirs = cues_of(left), cues_of(right)
    return bool(ours.coded) and ours.coded == theirs.coded


def _soft(better: PairRow, worse: PairRow) -> str | None:
    """Return what a rewording may leave out and a merge may not, in words."""
    for side, left, right in (
        ("questions", better.question, worse.question),
        ("answers", better.answer, worse.answer),
    ):
        found: Difference | None = difference(left, right)
        if found is not None:
            return f"{side}' {found}"
    return None
