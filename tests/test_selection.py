"""The budget is kept, rare cases stay, no template floods the set, and every row leaves with a reason."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.curate.rows import PairRow
from tuneproof.curate.selection import select, water_fill
from tuneproof.curate.splits import assign_splits
from tuneproof.datasets.workspace.records import CaseType


def rows_of(count: int, case_type: CaseType = "what_is", generator: str = "a", **changes: object) -> list[PairRow]:
    made = [
        PairRow(
            f"{case_type}-{generator}-{at:04}", f"Question {at}?", f"Answer {chr(97 + at % 26)}{at} of its own.",
            case_type, generator, "template", document_id=f"doc{at % 30}", split="train", cluster=at % 7,
        )
        for at in range(count)
    ]  # fmt: skip
    return [replace(row, **changes) for row in made]  # type: ignore[arg-type]


def selected(rows: list[PairRow], budget: int, seed: int = 0) -> list[PairRow]:
    choices = select(rows, budget, seed)
    assert choices.keys() == {row.pair_id for row in rows}
    assert all(choice.reason for choice in choices.values())
    return [row for row in rows if choices[row.pair_id].selected]


def test_everything_goes_in_while_the_budget_lasts() -> None:
    assert len(selected(rows_of(80), 100)) == 80
    assert select([], 100, 0) == {}


def test_a_rare_kind_of_case_keeps_all_of_its_pairs() -> None:
    rows = rows_of(500, generator="a") + rows_of(500, generator="b") + rows_of(500, "parameter", "c")
    rows += rows_of(9, "deprecation", "d") + rows_of(40, "error", "e")
    kinds = Counter(row.case_type for row in selected(rows, 200))
    assert kinds["deprecation"] == 9
    assert kinds["error"] == 40
    assert sum(kinds.values()) == 200


def test_no_generator_takes_more_than_thirty_percent_while_others_have_pairs() -> None:
    rows = (
        rows_of(900, generator="a")
        + rows_of(90, generator="b")
        + rows_of(90, generator="c")
        + rows_of(90, "error", "d")
    )
    made = Counter(row.generator for row in selected(rows, 200))
    assert max(made.values()) <= 60
    assert sum(made.values()) == 200
    alone = Counter(row.generator for row in selected(rows_of(900, generator="a") + rows_of(20, generator="b"), 200))
    assert alone == {"a": 180, "b": 20}


def test_topics_share_evenly() -> None:
    rows = [replace(row, cluster=0 if at < 600 else 1 + at % 4) for at, row in enumerate(rows_of(800))]
    topics = Counter(row.cluster for row in selected(rows, 100))
    assert set(topics.values()) == {20}


def test_what_a_person_accepted_goes_in_first() -> None:
    rows = [replace(row, status="accepted") if at % 10 == 0 else row for at, row in enumerate(rows_of(1000))]
    taken = selected(rows, 150)
    assert sum(row.status == "accepted" for row in taken) == 100
    assert len(taken) == 150
    assert len(selected([replace(row, status="accepted") for row in rows], 150)) == 150


def test_wordings_that_repeat_wait_behind_new_ones() -> None:
    same = [replace(row, answer=f"The default is `{at}`.", cluster=0) for at, row in enumerate(rows_of(100))]
    fresh = [
        replace(row, cluster=0, answer=f"{row.answer} {'x' * at}") for at, row in enumerate(rows_of(40, generator="b"))
    ]
    taken = selected(same + fresh, 45)
    assert sum(row.generator == "b" for row in taken) >= 22
    only_same = [replace(row, document_id="one") for row in same] + [
        replace(fresh[0], generator="a", document_id="one")
    ]
    assert fresh[0].pair_id in {row.pair_id for row in selected(only_same, 5)}


def test_each_split_gets_its_share_and_leaves_what_it_lacks_to_others() -> None:
    rows = rows_of(700) + [replace(row, split="test") for row in rows_of(300, generator="t")]
    rows += [replace(row, split="validation") for row in rows_of(5, generator="v")]
    sides = Counter(row.split for row in selected(rows, 100))
    assert sides == {"train": 75, "test": 20, "validation": 5}
    choices = select(rows, 100, 0, max_train=15)
    assert Counter(row.split for row in rows if choices[row.pair_id].selected) == {
        "train": 15, "test": 20, "validation": 5,
    }  # fmt: skip


def test_a_pair_in_no_split_is_not_selected() -> None:
    rows = [replace(row, split=None) for row in rows_of(3)]
    assert all(not choice.selected and "none of" in choice.reason for choice in select(rows, 10, 0).values())


def test_the_test_split_keeps_all_of_its_documents() -> None:
    rows = [replace(row, split="test") for row in rows_of(600)]
    assert len({row.document_id for row in selected(rows, 40)}) == 30


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 50), max_size=8), st.integers(0, 200))
def test_water_filling_is_fair_and_uses_every_place(supply: dict[str, int], places: int) -> None:
    filled = water_fill(dict(supply), places)
    assert sum(filled.values()) == min(places, sum(supply.values()))
    assert all(0 <= filled[key] <= supply[key] for key in supply)
    full = max(filled.values(), default=0)
    # Whoever has less than the fullest has nothing left to give, or lies one behind.
    assert all(filled[key] >= full - 1 or filled[key] == supply[key] for key in supply)


def test_selection_is_settled_by_the_seed_and_not_by_the_order(library_pairs: list[PairRow]) -> None:
    sides = assign_splits(library_pairs, 0)
    rows = [replace(row, split=sides[row.pair_id].split, cluster=len(row.answer) % 20) for row in library_pairs]
    shuffled = random.Random(0).sample(rows, len(rows))
    assert select(shuffled, 300, 0) == select(rows, 300, 0)
    assert select(rows, 300, 1) != select(rows, 300, 0)
    assert len(selected(rows, 300)) == 300
