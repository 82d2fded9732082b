"""Which pairs repeat each other: exactly, nearly, in other words, or with the same question and another answer.

Knows the rule by which one of two is kept, and thresholds. It must not know how likeness is measured, and it never
removes anything: every row says what it matched and why, and only `merged` ones are safe without a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.curate.likeness.links import LIFTED, Link, find_links
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import normal_form
from tuneproof.datasets.workspace.config import Duplicates
from tuneproof.datasets.workspace.records import Duplicate, DuplicateKind, DuplicateState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SUGGESTIONS = 3  # survivors that a pair is held against, so that a family of repeats does not make a row of every two


@dataclass(frozen=True, slots=True)
class Repeats:
    """What repeats what: ``duplicates`` at the configured thresholds, ``links`` for any others.

    ``order`` are the ids of the pairs that no exact repeat took away, the best first.
    """

    duplicates: tuple[Duplicate, ...]
    links: tuple[Link, ...]
    order: tuple[str, ...]


def find_duplicates(
    pairs: Sequence[PairRow],
    vectors: NDArray[np.float32] | None = None,
    limits: Duplicates | None = None,
    decided: Mapping[str, str] | None = None,
) -> list[Duplicate]:
    """Return one row for every two pairs that repeat each other, whatever order ``pairs`` come in: see `repeats`."""
    return list(repeats(pairs, vectors, limits, decided).duplicates)


def repeats(
    pairs: Sequence[PairRow],
    vectors: NDArray[np.float32] | None = None,
    limits: Duplicates | None = None,
    decided: Mapping[str, str] | None = None,
) -> Repeats:
    """Return what repeats what among ``pairs``, whatever their order; ``vectors`` are their unit rows, (n, d).

    Star rule: the best pair (accepted by a person or chosen to stand for another, then grounded, then the longer
    answer, then the lower id) is kept and absorbs its direct neighbours only, never the neighbours' neighbours.
    ``decided`` maps pairs to what a person said: the id of the pair it is merged into, or "" for one that stays.
    """
    import numpy as np

    limits = limits or Duplicates()
    decided = dict(decided or {})
    chosen = set(decided.values())
    places = sorted(range(len(pairs)), key=lambda at: rank(pairs[at], chosen))
    ranked = [pairs[at] for at in places]
    by_hand = _by_hand(ranked, decided)
    gone = {row.pair_id for row in by_hand}
    exact = _exact([row for row in ranked if row.pair_id not in gone], decided)
    gone |= {row.pair_id for row in exact}
    stay = [at for at, row in enumerate(ranked) if row.pair_id not in gone]
    rest = [ranked[at] for at in stay]
    rows = None if vectors is None else np.asarray(vectors, dtype=np.float32)[[places[at] for at in stay]]
    links = find_links(rest, rows)
    order = tuple(row.pair_id for row in rest)
    apart = frozenset(pair_id for pair_id, into in decided.items() if not into)
    return Repeats((*by_hand, *exact, *star(links, order, limits, apart)), tuple(links), order)


def rank(pair: PairRow, chosen: Iterable[str] = ()) -> tuple[bool, bool, int, str]:
    """Return the sorting key by which the better of two repeats is told: lower stays."""
    grounded = pair.origin == "template" or bool(pair.chunk_ids)
    return not (pair.status == "accepted" or pair.pair_id in chosen), not grounded, -len(pair.answer), pair.pair_id


def star(
    links: Iterable[Link], order: Sequence[str], limits: Duplicates, apart: frozenset[str] = frozenset()
) -> list[Duplicate]:
    """Return the duplicates that ``links`` make at ``limits``; ``order`` has the best pair first.

    A pair is absorbed by the best-ranked survivor that it may be merged into. One that survives keeps its strongest
    suggestions (else its strongest variant), its nearest pair with the same question, and everything it contradicts.
    """
    place = {pair_id: at for at, pair_id in enumerate(order)}
    neighbours: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        neighbours[link.pair_id].append(link)
    absorbed: set[str] = set()
    found: list[Duplicate] = []
    for pair_id in sorted(neighbours, key=place.__getitem__):
        alive = [link for link in neighbours[pair_id] if link.kept_id not in absorbed]
        states = [(link, state) for link in alive if (state := state_at(link, limits)) is not None]
        merges = [link for link, state in states if state == "merged"]
        if merges and pair_id not in apart:
            absorbed.add(pair_id)
            found.append(_duplicate(min(merges, key=lambda link: place[link.kept_id]), "merged", limits))
            continue
        # What a person told apart is no suggestion again.
        states = [
            (link, "variant" if pair_id in apart and state in ("merged", "suggested") else state)
            for link, state in states
        ]
        found.extend(_duplicate(link, state, limits) for link, state in _shown(states, place))
    return found


def state_at(link: Link, limits: Duplicates) -> DuplicateState | None:
    """Return what becomes of ``link`` at ``limits``, None if it is too weak to be shown."""
    wording, meaning = link.likeness.wording or 0.0, link.likeness.meaning or 0.0
    closeness = link.likeness.closeness or 0.0
    if link.state == "contradiction":
        return "contradiction"
    alike = wording >= limits.near or closeness >= limits.semantic
    if not alike and not link.likeness.asked:
        return None
    if link.state != "merged":
        return link.state
    by_wording = link.merges == "wording" and wording >= limits.near
    return "merged" if by_wording or (link.merges and meaning >= limits.merge) else "suggested"


def kind_at(link: Link, state: DuplicateState, limits: Duplicates) -> DuplicateKind:
    """Return what speaks for ``link`` at ``limits``: the same question, the wording, or the meaning."""
    if link.likeness.asked and state != "merged":
        return "same_question"
    return "near" if (link.likeness.wording or 0.0) >= limits.near else "semantic"


def said_again(
    links: Iterable[Link], limits: Duplicates, decided: Mapping[str, str] | None = None
) -> dict[tuple[str, str], str]:
    """Return why, for every two pairs that repeat each other at ``limits`` and that nothing tells apart, both ways."""
    found = {}
    apart = {pair_id for pair_id, into in (decided or {}).items() if not into}
    for link in links:
        if link.pair_id in apart or link.kept_id in apart:
            continue
        state = state_at(link, limits)
        alike = link.likeness
        strong = (alike.wording or 0.0) >= limits.near or (alike.closeness or 0.0) >= limits.semantic
        if state in ("merged", "suggested") and strong:
            said = _duplicate(link, state, limits).reason
            found[link.pair_id, link.kept_id] = found[link.kept_id, link.pair_id] = said
    return found


_Seen = list[tuple[Link, DuplicateState]]


def _shown(states: _Seen, place: Mapping[str, int]) -> _Seen:
    def strength(one: tuple[Link, DuplicateState]) -> tuple[float, int]:
        return one[0].likeness.score, -place[one[0].kept_id]

    shown = [one for one in states if one[1] == "contradiction"]
    for wanted in ("suggested", "variant"):
        if some := [one for one in states if one[1] == wanted]:
            shown += sorted(some, key=strength, reverse=True)[: SUGGESTIONS if wanted == "suggested" else 1]
            break
    asked = [one for one in states if one[0].likeness.asked]
    if asked and not any(one[0].likeness.asked for one in shown):
        shown.append(max(asked, key=strength))
    return shown


def _duplicate(link: Link, state: DuplicateState, limits: Duplicates) -> Duplicate:
    alike = link.likeness
    said = ["the same question"] if alike.asked else []
    if alike.wording is not None:
        said.append(f"questions {alike.question:.0%} and answers {alike.answer:.0%} alike in wording")
    if alike.meaning is not None:
        lifted = f", {alike.closeness:.2f} with {alike.words:.0%} of what matters" if alike.words >= LIFTED else ""
        said.append(f"{alike.meaning:.2f} alike in meaning (cosine of question and answer{lifted})")
    if state == "merged":
        words = (
            "articles or punctuation" if link.merges == "wording" else "articles, endings and how the question is put"
        )
        said.append(f"they differ in {words} only")
    elif link.guard:
        said.append(link.guard)
    else:
        said.append("no number, name, negation or opposite tells them apart")
    kind = kind_at(link, state, limits)
    score = (alike.closeness if kind == "semantic" else alike.wording) or alike.score
    return Duplicate(link.pair_id, link.kept_id, kind, round(score, 4), state, "; ".join(said))


def _by_hand(ranked: Sequence[PairRow], decided: Mapping[str, str]) -> list[Duplicate]:
    known = {row.pair_id for row in ranked}
    return [
        Duplicate(row.pair_id, decided[row.pair_id], "semantic", 0.0, "merged", "merged by a person")
        for row in ranked
        if decided.get(row.pair_id) and decided[row.pair_id] in known
    ]


def _exact(ranked: Sequence[PairRow], decided: Mapping[str, str]) -> list[Duplicate]:
    kept: dict[tuple[str, str], PairRow] = {}
    found = []
    for pair in ranked:
        first = kept.setdefault((normal_form(pair.question), normal_form(pair.answer)), pair)
        if first is pair or decided.get(pair.pair_id) == "":
            continue
        reason = "the same question and answer, apart from case and spacing outside code"
        if (first.question, first.answer) == (pair.question, pair.answer):
            reason = "the same question and answer, letter by letter"
        found.append(Duplicate(pair.pair_id, first.pair_id, "exact", 1.0, "merged", reason))
    return found
