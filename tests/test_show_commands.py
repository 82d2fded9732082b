"""What the screens show and propose, as commands: the same rows, the same verbs, one step each in the journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.review_workspace import RUN, enrich, fill, store_verdict
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run
from tuneproof.tui.commands import COMMANDS, GROUPS
from tuneproof.tui.keys import KEYS, SCREENS

Capture = pytest.CaptureFixture[str]
# The verbs of the keys, and the command that does the same. What moves, opens, closes or chooses what is seen has none.
TWINS = {
    "accept": "pairs accept", "reject": "pairs reject", "later": "pairs later", "flag": "pairs flag",
    "edit": "pairs edit", "editor": "pairs edit", "undo": "pairs undo", "redo": "pairs redo",
    "accept_marked": "pairs accept", "reject_marked": "pairs reject", "later_marked": "pairs later",
    "flag_marked": "pairs flag", "merge": "pairs merge", "separate": "pairs unmerge", "take": "pairs take",
    "fix": "pairs fix", "prefer_a": "prefer", "prefer_b": "prefer", "prefer_tie": "prefer", "prefer_skip": "prefer",
    "blind": "preferences list", "wrong": "show evaluation", "find": "pairs list", "filter": "pairs list",
    "typed": "pairs list", "sort": "pairs list", "stricter": "show duplicates", "looser": "show duplicates",
}  # fmt: skip
SEEN = {
    "next_hit", "previous_hit", "clear", "mark", "mark_range", "mark_all", "zoom", "left", "right", "save", "open",
    "back", "quit", "side", "palette", "reread", "copy", "next", "previous", "top", "bottom", "down", "up", "half_down",
    "half_up", "page_down", "page_up", "previous_screen", "next_screen", "help",
}  # fmt: skip
SHOWN = {
    "Sources": "sources", "Duplicates": "duplicates", "Clusters": "clusters", "Style": "style", "Coverage": "coverage",
    "Gate": "gate", "Train": "training", "Evaluate": "evaluation",
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    made = Workspace.init(tmp_path / "shop")
    fill(made)
    enrich(made)
    monkeypatch.chdir(made.root)
    return made


def printed(capsys: Capture, *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def asked(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with workspace.read() as con:
        return con.execute(sql).fetchall()


def test_every_verb_of_the_screens_has_its_command_and_every_screen_its_list() -> None:
    verbs = {key.id for key in KEYS if not key.id.startswith("screen_")}
    assert verbs == TWINS.keys() | SEEN
    known = {*COMMANDS} | {f"{name} {one.name}" for name, group in GROUPS.items() for one in group.registered_commands}
    assert set(TWINS.values()) <= known
    assert {*SHOWN, "Pairs"} == set(SCREENS)
    assert {f"show {name}" for name in SHOWN.values()} | {"pairs list"} <= known


def test_sources_are_listed_with_the_reason_why_one_was_not_read(workspace: Workspace, capsys: Capture) -> None:
    found = printed(capsys, "show", "sources")
    assert [(row["document_id"], row["state"], row["pairs"]) for row in found][:2] == [
        ("d4", "failed", 0),
        ("d1", "current", 4),
    ]
    assert found[0]["reason"] == "not UTF-8 at byte 3"
    assert run(["show", "sources", "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1].strip() == "not UTF-8 at byte 3"


def test_groups_of_duplicates_are_listed_and_their_merges_taken_in_one_step_each(
    workspace: Workspace, capsys: Capture
) -> None:
    found = printed(capsys, "show", "duplicates", "--threshold", "0.85")
    assert [(row["group"], row["pair_id"], row["state"]) for row in found] == [
        (1, "p01", "stays"), (1, "p02", "suggested"), (2, "p03", "stays"), (2, "p04", "suggested"),
        (3, "p05", "stays"), (3, "p06", "merged"),
    ]  # fmt: skip
    assert printed(capsys, "pairs", "merge-proposed", "--threshold", "0.9") == {"pair_ids": ["p02"]}
    assert asked(workspace, "SELECT state FROM duplicates WHERE pair_id IN ('p02', 'p04') ORDER BY pair_id") == [
        ("merged",),
        ("suggested",),
    ]
    assert run(["pairs", "undo"]) == 0
    assert asked(workspace, "SELECT state FROM duplicates WHERE pair_id = 'p02'") == [("suggested",)]


def test_what_style_proposes_is_listed_taken_and_undone(workspace: Workspace, capsys: Capture) -> None:
    assert {row["pair_id"]: row["proposed"] for row in printed(capsys, "show", "style")} == {
        None: None,
        "p03": "The shift lead signs it off.",
    }
    assert printed(capsys, "pairs", "take", "--all") == {"pair_ids": ["p03"]}
    assert asked(workspace, "SELECT answer FROM pairs WHERE pair_id = 'p03'") == [("The shift lead signs it off.",)]
    assert run(["pairs", "take", "p03"]) == 1
    assert "Nothing is proposed for p03" in capsys.readouterr().err
    assert run(["pairs", "undo"]) == 0
    assert asked(workspace, "SELECT answer FROM pairs WHERE pair_id = 'p03'") == [("The shift lead.",)]
    assert run(["pairs", "take"]) == 1
    assert run(["pairs", "take", "p01"]) == 1
    assert asked(workspace, "SELECT count(*) FROM decisions") == [(2,)]


def test_coverage_is_listed_cell_by_cell_and_by_its_holes(workspace: Workspace, capsys: Capture) -> None:
    cells = {(row["topic"], row["kind"]): row for row in printed(capsys, "show", "coverage")}
    assert len(cells) == 2 * 6
    assert cells[0, "what_is"]["selected"] == 2
    assert cells[0, "what_is"]["pairs"] == 3
    assert cells[1, "error"]["pairs"] == 0
    holes = printed(capsys, "show", "coverage", "--holes")
    assert [(one["chunk_id"], one["message"]) for one in holes] == [
        ("c2", "No pair asks about refunds above 500 euros.")
    ]
    assert [row["size"] for row in printed(capsys, "show", "clusters")] == [6, 5]


def test_the_stored_verdict_is_listed_without_judging_anew_with_the_pairs_behind_a_check(
    workspace: Workspace, capsys: Capture
) -> None:
    assert run(["show", "gate"]) == 1
    assert "no data verdict yet" in capsys.readouterr().err
    store_verdict(workspace)
    assert [one["id"] for one in printed(capsys, "show", "gate")][:2] == ["duplicates", "short_answers"]
    assert printed(capsys, "show", "gate", "--pairs", "duplicates") == [{"pair_id": "p01"}, {"pair_id": "p02"}]
    assert run(["show", "gate", "--pairs", "nothing"]) == 1
    assert "no check 'nothing'" in capsys.readouterr().err
    assert asked(workspace, "SELECT count(*) FROM verdicts") == [(1,)]


def test_the_figures_of_a_run_are_listed_from_its_live_files(workspace: Workspace, capsys: Capture) -> None:
    folder = workspace.runs_dir / RUN
    folder.mkdir(parents=True)
    request = {
        "created_at": "2026-11-20T21:00:00+00:00",
        "snapshot_id": "s1",
        "base": "b",
        "max_steps": 40,
        "train": {},
    }
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "status.json").write_text(json.dumps({"state": "finished", "pid": 1, "message": None, "hint": None}))
    rows = [{"step": 8, "name": "loss", "value": 0.5}, {"step": 8, "name": "eval_loss", "value": 0.75}]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (found,) = printed(capsys, "show", "training")
    assert (found["step"], found["steps"], found["loss"], found["heldout_loss"]) == (8, 40, 0.5, 0.75)


def test_evaluated_items_are_listed_by_what_changed_and_a_wrong_one_is_flagged_as_a_fix(
    workspace: Workspace, capsys: Capture
) -> None:
    assert [one["item_id"] for one in printed(capsys, "show", "evaluation")] == ["i2", "i4", "i3", "i1"]
    assert [one["item_id"] for one in printed(capsys, "show", "evaluation", "--way", "better")] == ["i1"]
    assert [one["item_id"] for one in printed(capsys, "show", "evaluation", "--role", "general")] == ["i3"]
    assert isinstance(printed(capsys, "show", "evaluation", "--wrong"), list)
    assert run(["show", "evaluation", "--way", "odd"]) == 1
    assert "Use one of: all, changed, better, worse, answered." in capsys.readouterr().err
    assert printed(capsys, "pairs", "fix", "i2") == {"pair_ids": ["p08"]}
    assert asked(workspace, "SELECT verb, subject_id, reason FROM decisions") == [
        ("flag", "p08", "run 01234567 answers: 十日以内です。")
    ]
    for item, words in (("i3", "was not made of a pair"), ("i9", "No evaluated item i9")):
        assert run(["pairs", "fix", item]) == 1
        assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", SHOWN.values())
def test_lines_hold_no_character_that_could_steer_a_terminal(workspace: Workspace, capsys: Capture, name: str) -> None:
    store_verdict(workspace)
    with workspace.write() as con:
        con.execute("UPDATE store.documents SET path = 'a\x1b[2Jb\u202e.md' WHERE document_id = 'd1'")
        con.execute("UPDATE store.pairs SET question = 'a\x1b[2Jb\u202e' WHERE pair_id = 'p01'")
        con.execute("UPDATE store.items SET prompt = 'a\x1b[2Jb\u202e' WHERE item_id = 'i1'")
        con.execute("UPDATE store.clusters SET title = 'a\x1b[2Jb\u202e'")
    assert run(["show", name]) == 0
    out = capsys.readouterr().out
    assert not {"\x1b", "\u202e"} & set(out)
