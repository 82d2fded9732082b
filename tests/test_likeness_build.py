"""Likeness through the arrangement of a workspace: people's word outlives it, benchmarks meet train."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tuneproof.curate.arrange import arrange
from tuneproof.curate.judging.gate import judge_data
from tuneproof.curate.judging.gate_inputs import GateInputs
from tuneproof.curate.likeness.benchmarks import BenchmarkItem, benchmark_leaks, read_benchmark
from tuneproof.curate.likeness.preview import preview
from tuneproof.curate.members import members, read_duplicates, read_findings
from tuneproof.curate.rows import PairRow
from tuneproof.curate.splits import assign_splits
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.journal import Journal
from tuneproof.datasets.workspace.workspace import Workspace

PAIRS = {
    "a": ("What does `flush` do?", "It writes the buffer to the disk and empties it."),
    "b": ("Explain what `flush` does.", "It writes the buffer to the disk and empties it."),
    "c": ("What does `flush` do", "It writes the buffer to the disk and empties it"),
    "d": ("How long does the client wait?", "The client waits for 5 seconds."),
    "e": ("How long does the client wait?", "The client waits for 50 seconds."),
    "f": (
        "Which colour has the sky over the northern harbour at noon in June?",
        "It is blue: air scatters it.",
    ),
}


def silent(_done: int, _total: int, _note: str) -> None: ...


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.init(tmp_path)
    with made.write() as con:
        for pair_id, (question, answer) in PAIRS.items():
            con.execute(
                "INSERT INTO store.pairs VALUES (?, NULL, NULL, ?, ?, 'what_is', 'import', 'import', false, 20)",
                [pair_id, question, answer],
            )
    return made


def states(workspace: Workspace) -> dict[tuple[str, str], str]:
    with workspace.read() as con:
        return {(one.pair_id, one.kept_id): one.state for one in read_duplicates(con)}


def selected(workspace: Workspace) -> set[str]:
    with workspace.read() as con:
        return {row[0] for row in con.execute("SELECT pair_id FROM pairs WHERE selected").fetchall()}


def test_a_pair_that_a_person_told_apart_stays_apart_after_a_rebuild(workspace: Workspace) -> None:
    arrange(workspace, silent)
    before = states(workspace)
    assert before["b", "a"] == "merged"
    assert "b" not in selected(workspace)
    journal = Journal("ann")
    with workspace.write() as con:
        journal.judge(con, "unmerge", ["b"])
    assert not arrange(workspace, silent).unchanged
    assert states(workspace)["b", "a"] != "merged"
    assert "b" in selected(workspace)
    with workspace.write() as con:
        journal.undo(con)
    arrange(workspace, silent)
    assert states(workspace) == before
    assert "b" not in selected(workspace)


def test_a_merge_by_a_person_stays_and_can_be_undone(workspace: Workspace) -> None:
    arrange(workspace, silent)
    journal = Journal("ann")
    with workspace.write() as con:
        journal.judge(con, "merge", ["f"], into="d")
    arrange(workspace, silent)
    assert states(workspace)["f", "d"] == "merged"
    assert "f" not in selected(workspace)
    with workspace.read() as con:
        assert ("f", "d") in {(one.pair_id, one.kept_id) for one in preview(con, semantic=0.99, merge=1.0).duplicates}
    with workspace.write() as con:
        journal.undo(con)
    arrange(workspace, silent)
    assert ("f", "d") not in states(workspace)


def test_a_preview_is_what_a_build_at_those_thresholds_writes(workspace: Workspace) -> None:
    arrange(workspace, silent)
    with workspace.read() as con:
        seen = preview(con, near=0.99, semantic=0.99, merge=1.0)
    settings = "\n[duplicates]\nnear = 0.99\nsemantic = 0.99\nmerge = 1.0\n"
    file = workspace.root / "tuneproof.toml"
    file.write_text(file.read_text("utf-8") + settings, "utf-8")
    fresh = Workspace(workspace.root)
    arrange(fresh, silent)
    assert states(fresh) == {(one.pair_id, one.kept_id): one.state for one in seen.duplicates}


def test_a_contradiction_is_never_merged_and_is_found_with_both_sides(workspace: Workspace) -> None:
    arrange(workspace, silent)
    both = {frozenset(pair): state for pair, state in states(workspace).items()}
    assert both[frozenset("de")] == "contradiction"
    with workspace.read() as con:
        found = [one for one in read_findings(con) if one.check_name == "contradiction"]
    assert len(found) == 1
    assert {found[0].subject_id, found[0].evidence["other"]} == {"d", "e"}
    assert set(found[0].evidence["values"]) == {"5 s", "50 s"}  # type: ignore[call-overload]


def test_benchmark_items_in_train_fail_the_gate_with_their_figures(workspace: Workspace) -> None:
    items = [
        {"question": "Which colour has the sky over the northern harbour at noon in June?", "answer": "blue"},
        {"question": "What does `flush` do?", "choices": ["It reads", "writes the buffer to the disk"], "answer": 1},
        {"question": "Who painted the ceiling of the chapel?", "answer": "Nobody knows"},
    ]
    (workspace.root / "mine.jsonl").write_text("\n".join(json.dumps(one) for one in items), "utf-8")
    file = workspace.root / "tuneproof.toml"
    text = file.read_text("utf-8")
    if "[policy.data]" in text:
        text = text.replace("[policy.data]", '[policy.data]\nbenchmarks = ["mine.jsonl"]', 1)
    else:
        text += '\n[policy.data]\nbenchmarks = ["mine.jsonl"]\n'
    file.write_text(text, "utf-8")
    fresh = Workspace(workspace.root)
    arrange(fresh, silent)
    with fresh.read() as con:
        rows = members(con, accepted_only=False)
        found = read_findings(con)
        inputs = GateInputs("s", rows, found, read_duplicates(con))
    figures = next(one for one in found if one.check_name == "leaked" and one.subject == "set")
    train = {row.pair_id for row in rows if row.split == "train"}
    given_away = ("f" in train) + bool({"a", "b", "c"} & train)
    assert given_away >= 1
    assert (figures.evidence["items"], figures.evidence["leaked"]) == (3, given_away)
    verdict = judge_data(inputs, fresh.config, "2026-11-21")
    check = next(one for one in verdict.checks if one.id == "benchmark_overlap")
    assert check.status == "fail"
    assert check.value == pytest.approx(given_away / 3)
    assert f"{given_away} of 3 items of mine.jsonl" in check.message
    assert "leakage" in verdict.cause


def test_a_benchmark_that_says_something_else_gives_no_leak(tmp_path: Path) -> None:
    rows = [PairRow(key, question, answer, "what_is", "import", "import") for key, (question, answer) in PAIRS.items()]
    other = BenchmarkItem("b", 1, "How long does the client wait?", "for 7 seconds")
    assert benchmark_leaks(rows, [other]) == []
    known = BenchmarkItem("b", 1, "How long does the client wait", "5 seconds")
    assert [(one.pair_id, one.measure) for one in benchmark_leaks(rows, [known])] == [("d", "answer_key")]
    (tmp_path / "bad.jsonl").write_text('{"nothing": 1}\n', "utf-8")
    with pytest.raises(DataError, match="has a question"):
        read_benchmark(tmp_path / "bad.jsonl")
    with pytest.raises(DataError, match="can't be read"):
        read_benchmark(tmp_path / "none.jsonl")


def test_a_held_out_pair_that_train_says_again_leaves_with_a_reason() -> None:
    rows = [
        PairRow(
            f"{group}-{at}", f"What is thing {group} {at}?", f"An answer of its own, {group} and {at}.", "what_is",
            "t", "template", document_id=f"d{group}", source="s", path=f"{group}.md",
        )
        for group in range(30) for at in range(2)
    ]  # fmt: skip
    plain = assign_splits(rows, 0)
    train = min(key for key, one in plain.items() if one.split == "train")
    test = min(key for key, one in plain.items() if one.split == "test")
    other = min(key for key, one in plain.items() if one.split == "train" and key != train)
    placed = assign_splits(rows, 0, said_again={(train, test): "so", (test, train): "so", (train, other): "so"})
    assert placed[test].split is None
    assert placed[test].reason == f"held out, then dropped because pair {train} in train repeats it: so"
    assert {key: one for key, one in placed.items() if key != test} == {
        key: one for key, one in plain.items() if key != test
    }


def test_the_gate_finds_a_test_pair_said_again_in_train() -> None:
    from tuneproof.datasets.workspace.records import Duplicate

    rows = [
        PairRow("a", "What is it?", "This.", "what_is", "t", "template", split="train"),
        PairRow("b", "Which is it?", "That one there.", "what_is", "t", "template", split="test"),
    ]
    for state, status in (("suggested", "fail"), ("variant", "pass")):
        repeat = Duplicate("b", "a", "semantic", 0.93, state, "alike")  # type: ignore[arg-type]
        verdict = judge_data(GateInputs("s", rows, (), [repeat]), Config(), "2026-11-21")
        assert next(one for one in verdict.checks if one.id == "overlap_meaning").status == status


def test_a_sibling_of_an_item_with_its_boilerplate_is_no_leak() -> None:
    said = "removes one entry from the store, closes the transaction, and tells every listener what has been removed"
    item = BenchmarkItem("b", 1, "What does `delete_row` do?", f"It {said}.")
    sibling = PairRow(
        "a", "What does `delete_column` do?", f"It first looks and then {said}.", "what_is", "x", "import"
    )
    again = PairRow("b", "Tell me what `delete_row` does.", f"It {said}.", "what_is", "x", "import")
    assert {leak.pair_id for leak in benchmark_leaks([again], [item])} == {"b"}
    vectors = np.ones((1, 1), dtype=np.float32)
    other = PairRow("c", "What does `delete_row` do?", "It removes 3 entries.", "what_is", "x", "import")
    known = BenchmarkItem("b", 2, "What does `delete_row` do?", "It removes 2 entries.")
    assert benchmark_leaks([other], [known], vectors, vectors) == []
    assert "ngram" not in {leak.measure for leak in benchmark_leaks([sibling], [item])}
