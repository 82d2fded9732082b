"""The verbs of the review as commands: what they print, what they journal, and what they refuse."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.review_workspace import HOSTILE, QUEUE, enrich, fill
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run
from tuneproof.tui.commands import GROUPS
from tuneproof.tui.queries.filters import Filter, parse

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    made = Workspace.init(tmp_path / "shop")
    fill(made)
    enrich(made)
    monkeypatch.chdir(made.root)
    return made


def asked(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with workspace.read() as con:
        return con.execute(sql).fetchall()


def printed(capsys: Capture, *arguments: str) -> list[dict[str, object]]:
    assert run([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def listed(capsys: Capture, wanted: str, *more: str) -> list[object]:
    return [row["pair_id"] for row in printed(capsys, "pairs", "list", "--filter", wanted, *more)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("selected:yes", QUEUE),
        ("", [*QUEUE, "p11"]),
        ("type:limit", ["p01", "p08"]),
        ("topic:1 source:handbook", ["p02", "p04"]),
        ("split:test selected:yes", ["p09", "p10"]),
        ("finding:short_answer", ["p06"]),
        ("finding:any source:handbook", ["p03"]),
        ("finding:none split:test", ["p10", "p11"]),
        ("origin:import", ["p11"]),
        ('"thirty days"', ["p01"]),
        ("days type:default", ["p06"]),
        ("100%", []),
        ("flag:yes", []),
        ("document:d2", ["p05", "p06", "p07"]),
    ],
)
def test_a_filter_of_words_lets_its_pairs_through(
    workspace: Workspace, capsys: Capture, wanted: str, expected: list[str]
) -> None:
    assert sorted(str(name) for name in listed(capsys, wanted)) == expected


def test_a_list_has_an_order_and_a_limit(workspace: Workspace, capsys: Capture) -> None:
    assert listed(capsys, "", "--order", "longest", "--limit", "2")[0] == "p09"
    assert listed(capsys, "order:findings", "--limit", "2") == ["p09", "p06"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("colour:red", "no side 'colour'"),
        ("status:done", "status:done is unknown"),
        ("topic:x", "topic:x is no number"),
        ('"open', "open quotation mark"),
        ("type:", "type: has no value"),
        ("order:size", "order:size is unknown"),
    ],
)
def test_a_filter_that_can_not_be_is_refused(workspace: Workspace, capsys: Capture, wanted: str, message: str) -> None:
    assert run(["pairs", "list", "--filter", wanted]) == 1
    assert message in capsys.readouterr().err


def test_a_filter_reads_back_what_it_says_of_itself() -> None:
    for wanted in (
        Filter(status="to judge", selected=True, type="limit", topic=3, source="a b", text="it's 5%"),
        Filter(flag=False, finding="none", split="test", order="longest"),
    ):
        assert parse(wanted.typed()) == wanted


@pytest.mark.parametrize(("verb", "expected"), [("accept", "accepted"), ("reject", "rejected"), ("later", "pending")])
def test_verdicts_by_id_and_by_filter_are_one_step_each(
    workspace: Workspace, capsys: Capture, verb: str, expected: str
) -> None:
    assert run(["pairs", verb, "p01", "p02", "--as", "bob", "--reason", "seen"]) == 0
    assert run(["pairs", verb, "--filter", "source:shop"]) == 0
    assert capsys.readouterr().err.splitlines() == [f"{verb}: 2 pairs, in one step.", f"{verb}: 3 pairs, in one step."]
    assert asked(workspace, f"SELECT count(*) FROM pairs WHERE status = '{expected}'") == [
        (5 if expected != "pending" else 11,)
    ]
    assert asked(workspace, "SELECT count(DISTINCT batch) FROM decisions") == [(2,)]
    assert asked(workspace, "SELECT DISTINCT who, reason FROM decisions WHERE subject_id = 'p01'") == [("bob", "seen")]
    assert run(["pairs", "undo", "--steps", "5"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "There is nothing more to undo."
    assert asked(workspace, "SELECT count(*) FROM pairs WHERE status <> 'pending'") == [(0,)]
    assert run(["pairs", "redo"]) == 0
    assert capsys.readouterr().err.splitlines() == [f"Redid {verb} of 2 pairs."]


def test_a_flag_an_edit_and_a_merge_are_shown_by_the_pair(
    workspace: Workspace, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["pairs", "flag", "p01", "--reason", "too short"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("Thirty days.\nNo more.\n"))
    assert run(["pairs", "edit", "p01", "--answer", "-"]) == 0
    assert run(["pairs", "merge", "p02", "--into", "p01"]) == 0
    assert run(["pairs", "unmerge", "p06"]) == 0
    capsys.readouterr()
    shown = printed(capsys, "pairs", "show", "p01")[0]
    assert shown["flag"] == "too short"
    assert shown["answer"] == "Thirty days.\nNo more."
    assert asked(
        workspace, "SELECT pair_id, kept_id, state FROM duplicates WHERE pair_id IN ('p02', 'p06') ORDER BY 1"
    ) == [
        ("p02", "p01", "merged"),
        ("p06", "p05", "variant"),
    ]
    assert run(["pairs", "show", "p01"]) == 0
    assert "flag      too short" in capsys.readouterr().out


def test_ids_come_from_standard_input_too(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("p01\np03\n"))
    assert run(["pairs", "accept", "-"]) == 0
    assert asked(workspace, "SELECT subject_id FROM decisions ORDER BY seq") == [("p01",), ("p03",)]


def test_what_is_printed_can_not_steer_the_terminal(workspace: Workspace, capsys: Capture) -> None:
    assert run(["pairs", "show", "p09"]) == 0
    assert run(["pairs", "list"]) == 0
    out = capsys.readouterr().out
    assert HOSTILE not in out
    assert not any(char in out for char in ("\x1b", "\x07", "\u202e"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["accept"], "Which pairs to accept?"),
        (["accept", "p99"], "No pair p99"),
        (["show", "p99"], "No pair p99"),
        (["reject", "--filter", "type:error split:test"], "lets no pair through"),
        (["edit", "p01"], "a new question, answer or both"),
        (["merge", "p01", "--into", "p01"], "one other pair to merge into"),
    ],
)
def test_a_verb_without_its_pair_changes_nothing(
    workspace: Workspace, capsys: Capture, arguments: list[str], message: str
) -> None:
    assert run(["pairs", *arguments]) == 1
    said = capsys.readouterr().err.splitlines()
    assert message in said[0]
    assert said[1].startswith("try:   ")
    assert asked(workspace, "SELECT count(*) FROM decisions") == [(0,)]


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_its_verb_or_with_an_unknown_option_is_a_usage_error(group: str, capsys: Capture) -> None:
    assert run([group]) == 1
    assert run([group, "--no-such-option"]) == 1
    assert run([group, "--help"]) == 0
