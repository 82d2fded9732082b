"""The split keeps documents whole, stays put when documents come and go, and leaks nothing."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from tuneproof.curate.likeness.leakage import known_answers, repeated_pairs
from tuneproof.curate.rows import PairRow
from tuneproof.curate.splits import assign_splits, group_counts, group_rows

WORDS = [f"word{at}" for at in range(400)]


def documents(count: int, pairs: int, sections: int = 1, prefix: str = "doc") -> list[PairRow]:
    """Rows of ``count`` documents with ``pairs`` pairs each, spread over ``sections``; every answer is its own."""
    rows = []
    for number in range(count):
        for at in range(pairs):
            name = f"{prefix}{number}"
            draw = random.Random(f"{name} {at}")
            rows.append(
                PairRow(
                    f"{name}-{at}", f"What is {' '.join(draw.sample(WORDS, 6))}?", " ".join(draw.sample(WORDS, 20)),
                    "what_is", "import", "import", document_id=name, source="s", path=f"{name}.md",
                    section=f"part {at % sections}",
                )
            )  # fmt: skip
    return rows


def test_a_document_is_never_on_two_sides() -> None:
    rows = documents(80, 6)
    placed = assign_splits(rows, seed=0)
    sides: dict[str | None, set[str | None]] = {}
    for row in rows:
        sides.setdefault(row.document_id, set()).add(placed[row.pair_id].split)
    assert all(len(found) == 1 for found in sides.values())
    assert Counter(next(iter(found)) for found in sides.values()) == {"train": 56, "test": 16, "validation": 8}
    roles = {(one.split, one.role) for one in placed.values()}
    assert roles == {("train", "train"), ("validation", "selection"), ("test", "heldout")}


def test_large_documents_are_cut_into_whole_sections_where_documents_are_few() -> None:
    rows = documents(3, 60, sections=6) + documents(2, 5, sections=5, prefix="small")
    groups = group_rows(rows)
    assert len(set(groups.values())) == 3 * 6 + 2
    placed = assign_splits(rows, seed=0)
    for group in set(groups.values()):
        members = {placed[pair].split for pair, its in groups.items() if its == group}
        assert len(members) == 1
    many = documents(40, 30, sections=6)
    assert len(set(group_rows(many).values())) == 40


def test_imports_without_a_document_are_groups_of_their_own() -> None:
    rows = [replace(row, document_id=None, source=None, path=None) for row in documents(1, 30)]
    assert len(set(group_rows(rows).values())) == 30


def test_the_same_rows_in_another_order_get_the_same_places() -> None:
    rows = documents(50, 4)
    shuffled = random.Random(1).sample(rows, len(rows))
    assert assign_splits(shuffled, seed=3) == assign_splits(rows, seed=3)
    assert assign_splits(rows, seed=4) != assign_splits(rows, seed=3)


@pytest.mark.parametrize("count", [30, 60, 120, 300])
def test_a_new_document_moves_at_most_two_others_and_none_from_test_to_validation(count: int) -> None:
    rows = documents(count, 3)
    before = assign_splits(rows, seed=0)
    for extra in range(8):
        after = assign_splits([*rows, *documents(1, 3, prefix=f"new{extra}")], seed=0)
        moved = {
            (one.group, one.split, after[pair].split) for pair, one in before.items() if one.split != after[pair].split
        }
        assert len(moved) <= 2
        assert not any({old, new} == {"test", "validation"} for _, old, new in moved)


def test_train_keeps_half_of_any_number_of_groups() -> None:
    for groups in range(400):
        test, validation = group_counts(groups)
        assert test + validation <= groups // 2
        assert test >= max(12, 0.2 * groups) or groups < 30
        assert test >= 6 or groups < 16
        assert validation >= 2 or groups < 10


def test_one_huge_document_stays_in_train() -> None:
    for seed in range(20):
        rows = documents(60, 2) + documents(1, 400, prefix="huge")
        placed = assign_splits(rows, seed)
        assert {placed[row.pair_id].split for row in rows if row.document_id == "huge0"} == {"train"}
        assert sum(one.split == "train" for one in placed.values()) >= len(rows) / 2


def test_nothing_to_split_is_no_error() -> None:
    assert assign_splits([], seed=0) == {}
    assert [one.split for one in assign_splits(documents(1, 3), seed=0).values()] == ["train"] * 3


def test_a_held_out_pair_that_train_answers_leaves_with_a_reason() -> None:
    rows = documents(60, 3)
    placed = assign_splits(rows, seed=0)
    train = next(row for row in rows if placed[row.pair_id].split == "train")
    test = next(row for row in rows if placed[row.pair_id].split == "test")
    copied = replace(test, question=train.question.upper(), answer=train.answer)
    quoted = replace(test, question="Tell me all about it", answer=f"In short: {train.answer}")
    for leaking in (copied, quoted):
        after = assign_splits([leaking if row is test else row for row in rows], seed=0)
        assert after[test.pair_id].split is None
        assert after[test.pair_id].role is None
        assert train.pair_id in after[test.pair_id].reason
        assert sum(one.split is None for one in after.values()) == 1


def test_every_copy_of_a_leaking_pair_leaves_not_just_the_first() -> None:
    train = documents(1, 1)
    heldout = [replace(train[0], pair_id=f"copy{at}", document_id="other") for at in range(3)]
    assert set(repeated_pairs(train, heldout)) == {"copy0", "copy1", "copy2"}
    assert repeated_pairs([], heldout) == {}
    assert repeated_pairs(heldout, []) == {}


def test_a_templated_question_or_a_short_answer_alone_is_no_leak() -> None:
    train = [PairRow("a", "What is the default of `indent` in `json.dump`?", "`None`", "default", "t", "template")]
    other = PairRow("b", "What is the default of `check` in `subprocess.run`?", "`None`", "default", "t", "template")
    same_question = replace(train[0], pair_id="c", answer="It writes one line, without spaces after the separators.")
    assert repeated_pairs(train, [other, same_question]) == {}
    assert known_answers(train, [other, same_question], 13, 0.7) == {}


def test_a_variant_of_a_train_pair_is_no_leak() -> None:
    words = "How does the function `{}` of the standard library treat a value that is not serialisable by itself?"
    train = [PairRow("a", words.format("dump"), "It raises `TypeError`.", "error", "t", "template")]
    variant = PairRow("b", words.format("dumps"), "It raises `TypeError`.", "error", "t", "template")
    assert repeated_pairs(train, [variant]) == {}


def test_a_real_library_is_split_without_leaks(library_pairs: list[PairRow]) -> None:
    placed = assign_splits(library_pairs, seed=0)
    kept = {split: [r for r in library_pairs if placed[r.pair_id].split == split] for split in ("train", "test")}
    assert len(kept["test"]) > 100
    assert known_answers(kept["train"], kept["test"], 13, 0.7) == {}
    assert repeated_pairs(kept["train"], kept["test"]) == {}
    assert all(one.reason for one in placed.values())
