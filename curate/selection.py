"""Which pairs fill the budget: quotas over kinds of case and topics, variety of wording, people first.

Knows shares and supply. It must not know likeness by vectors nor where rows are stored. Every row leaves with a
reason that a person can read, selected or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import CODE, words
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Split

SPLIT_SHARES: Mapping[Split, float] = {"train": 0.70, "validation": 0.10, "test": 0.20}
GENERATOR_SHARE = 0.30
Key = Callable[[PairRow], Hashable]
K = TypeVar("K", bound=Hashable)


class Choice(NamedTuple):
    """Whether a pair is in the set by the budget's rules, and why."""

    selected: bool
    reason: str


def select(rows: Sequence[PairRow], budget: int, seed: int, max_train: int | None = None) -> dict[str, Choice]:
    """Return the choice for every row, by pair id; the order of ``rows`` does not matter.

    The budget is shared out over the splits by 70, 10 and 20%, a split that has less leaving its rest to the
    others; ``max_train`` then caps train alone. Inside a split, what a person accepted goes in first; then no
    generator takes more than 30% while others have pairs left, case types share evenly (so a rare one keeps all of
    its pairs), and topics share evenly inside a case type (in the held-out splits documents come first, so that
    each of them stays in the test).
    """
    by_split: dict[Split, list[PairRow]] = defaultdict(list)
    choices: dict[str, Choice] = {}
    for row in sorted(rows, key=lambda one: one.pair_id):
        if row.split is None:
            choices[row.pair_id] = Choice(False, "in none of train, validation and test")
        else:
            by_split[row.split].append(row)
    supply = {split: len(found) for split, found in by_split.items()}
    places = _split_places(supply, budget)
    if max_train is not None and "train" in places:
        places["train"] = min(places["train"], max_train)
    for split, found in by_split.items():
        choices.update(_select_in_split(found, places[split], seed, split))
    return choices


def water_fill(supply: Mapping[K, int], places: int) -> dict[K, int]:
    """Return how many of ``places`` each key gets: as even as supply allows, none more than it has.

    Places that do not divide evenly go to the keys with the most supply, of equals to the last.
    """
    filled = dict.fromkeys(supply, 0)
    open_keys = sorted(supply, key=lambda key: supply[key])
    left = min(places, sum(supply.values()))
    for at, key in enumerate(open_keys):
        filled[key] = min(supply[key], left // (len(open_keys) - at))
        left -= filled[key]
    return filled


def _split_places(supply: Mapping[Split, int], budget: int) -> dict[Split, int]:
    places = {split: min(count, round(budget * SPLIT_SHARES[split])) for split, count in supply.items()}
    for split in ("train", "test", "validation"):
        left = budget - sum(places.values())
        if split in supply:
            places[split] += max(min(left, supply[split] - places[split]), min(left, 0))
    return places


def _select_in_split(rows: Sequence[PairRow], places: int, seed: int, split: Split) -> dict[str, Choice]:
    if len(rows) <= places:
        return {row.pair_id: Choice(True, f"all {len(rows)} pairs of {split} fit the budget") for row in rows}
    order = _preference(rows, seed)
    topic: tuple[Key, ...] = (_case_type, _cluster, _document)
    keys = topic if split == "train" else (_document, _case_type)
    accepted = [row for row in rows if row.status == "accepted"]
    chosen = {row.pair_id for row in _fill(accepted, places, keys, order)}
    others = [row for row in rows if row.status != "accepted"]
    left = places - len(chosen)
    allowed = _cap_generators(others, left, keys, order)
    filled = {row.pair_id for row in _fill(allowed, left, keys, order)}
    in_reach = {row.pair_id for row in allowed}
    held = Counter(row.generator for row in allowed)
    types = Counter(row.case_type for row in rows)
    taken = Counter(row.case_type for row in rows if row.pair_id in chosen or row.pair_id in filled)
    choices = {}
    for row in rows:
        kind = f"{taken[row.case_type]} of {types[row.case_type]} {row.case_type} pairs of {split}"
        if row.pair_id in chosen:
            choices[row.pair_id] = Choice(True, "accepted by a person")
        elif row.pair_id in filled:
            choices[row.pair_id] = Choice(True, f"within its quota: {kind} went in")
        elif row.status != "accepted" and row.pair_id not in in_reach:
            reason = (
                f"over budget: {row.generator} is held to {held[row.generator]} pairs of {split}, so that others fit"
            )
            choices[row.pair_id] = Choice(False, reason)
        else:
            choices[row.pair_id] = Choice(False, f"over budget: {kind} went in")
    return choices


def _preference(rows: Sequence[PairRow], seed: int) -> dict[str, int]:
    """Return each row's rank, 0 the most wanted: new wording first, then grounded, then by a seeded hash.

    Wording is the answer's words outside code, numbers aside: answers that differ in names and figures alone read
    alike, and the second of them waits behind every first one.
    """
    shuffled = sorted(rows, key=lambda row: (not _grounded(row), digest("select", seed, row.pair_id)))
    repeats: Counter[str] = Counter()
    keyed = []
    for at, row in enumerate(shuffled):
        wording = " ".join(word for word in words(" ".join(CODE.split(row.answer)[::2])) if not word.isdigit())
        keyed.append((repeats[wording], at, row.pair_id))
        repeats[wording] += 1
    return {pair_id: rank for rank, (_, _, pair_id) in enumerate(sorted(keyed))}


def _cap_generators(
    rows: Sequence[PairRow], places: int, keys: tuple[Key, ...], order: Mapping[str, int]
) -> list[PairRow]:
    """Return the rows within reach once no generator holds more than its share, as far as supply allows."""
    supply = Counter(row.generator for row in rows)
    cap = max(int(GENERATOR_SHARE * places), max(water_fill(supply, places).values(), default=0))
    groups = _group(rows, lambda row: row.generator)
    return [row for _, found in groups for row in _fill(found, min(cap, len(found)), keys, order)]


def _fill(rows: Sequence[PairRow], places: int, keys: tuple[Key, ...], order: Mapping[str, int]) -> list[PairRow]:
    """Return ``places`` of ``rows``: even over the first key, then inside each value over the next."""
    if len(rows) <= places:
        return list(rows)
    if places <= 0:
        return []
    if not keys:
        return sorted(rows, key=lambda row: order[row.pair_id])[:places]
    groups = _group(rows, keys[0])
    # Of equally large groups the one with the most wanted row is served first, not the one first in the alphabet.
    groups.sort(key=lambda group: min(order[row.pair_id] for row in group[1]), reverse=True)
    quotas = water_fill({at: len(found) for at, (_, found) in enumerate(groups)}, places)
    return [row for at, (_, found) in enumerate(groups) for row in _fill(found, quotas[at], keys[1:], order)]


def _group(rows: Sequence[PairRow], key: Key) -> list[tuple[Hashable, list[PairRow]]]:
    groups: dict[Hashable, list[PairRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return sorted(groups.items(), key=lambda item: str(item[0]))


def _case_type(row: PairRow) -> Hashable:
    return row.case_type


def _cluster(row: PairRow) -> Hashable:
    return row.cluster


def _document(row: PairRow) -> Hashable:
    return row.document_id


def _grounded(row: PairRow) -> bool:
    return row.origin == "template" or bool(row.chunk_ids)
