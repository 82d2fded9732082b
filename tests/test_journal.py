"""The journal: every verb is on disk at once, everything can be taken back, and the rows alone tell the state."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.journal import Journal, Verb, rebuild
from tuneproof.datasets.workspace.workspace import Workspace

PAIRS = ("p0", "p1", "p2", "p3")
ADD_PAIR = "INSERT INTO store.pairs VALUES (?, NULL, NULL, ?, ?, 'what_is', 'python.summary', 'template', false, 9)"
States = dict[str, tuple[str | None, str | None, str | None]]


def workspace_with_pairs(root: Path) -> Workspace:
    workspace = Workspace.init(root)
    with workspace.write() as con:
        con.executemany(ADD_PAIR, [[pair, f"question {pair}", f"answer {pair}"] for pair in PAIRS])
    return workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_with_pairs(tmp_path / "ws")


@pytest.fixture
def con(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    with workspace.write() as connection:
        yield connection


def states(con: duckdb.DuckDBPyConnection) -> States:
    rows = con.execute("SELECT pair_id, status, question, answer FROM store.judgements").fetchall()
    return {row[0]: row[1:] for row in rows if row[1:] != (None, None, None)}


def status(con: duckdb.DuckDBPyConnection, pair: str) -> str:
    row = con.execute("SELECT status FROM pairs WHERE pair_id = ?", [pair]).fetchone()
    assert row
    return str(row[0])


@pytest.mark.parametrize(
    ("verb", "expected"),
    [("accept", "accepted"), ("reject", "rejected"), ("later", "pending"), ("flag", "pending")],
)
def test_a_verb_sets_the_status_that_the_view_shows(con: duckdb.DuckDBPyConnection, verb: Verb, expected: str) -> None:
    Journal("ada").judge(con, verb, ["p1"], reason="looked at it")
    assert status(con, "p1") == expected
    assert con.execute("SELECT who, verb, subject, subject_id, reason FROM decisions").fetchall() == [
        ("ada", verb, "pair", "p1", "looked at it")
    ]


def test_a_flag_leaves_an_accepted_pair_accepted(con: duckdb.DuckDBPyConnection) -> None:
    journal = Journal("ada")
    journal.judge(con, "accept", ["p0"])
    journal.judge(con, "flag", ["p0"])
    assert status(con, "p0") == "accepted"


def test_an_edit_shows_the_new_text_and_keeps_the_machines(con: duckdb.DuckDBPyConnection) -> None:
    Journal("ada").judge(con, "edit", ["p2"], answer="a better answer")
    assert con.execute("SELECT question, answer FROM pairs WHERE pair_id = 'p2'").fetchone() == (
        "question p2",
        "a better answer",
    )
    assert con.execute("SELECT answer FROM store.pairs WHERE pair_id = 'p2'").fetchone() == ("answer p2",)
    before, after = con.execute("SELECT before, after FROM decisions").fetchall()[0]
    assert json.loads(before) == {"status": None, "question": None, "answer": None}
    assert json.loads(after) == {"status": None, "question": None, "answer": "a better answer"}


def test_one_batch_of_many_pairs_is_one_undo(con: duckdb.DuckDBPyConnection) -> None:
    journal = Journal("ada")
    batch = journal.judge(con, "reject", [*PAIRS, "p0"])
    rows = con.execute("SELECT batch, seq FROM decisions ORDER BY seq").fetchall()
    assert rows == [(batch, number) for number in range(1, len(PAIRS) + 1)]
    undone = journal.undo(con)
    assert undone and (undone.batch, undone.verb, undone.pair_ids) == (batch, "reject", PAIRS)
    assert states(con) == {}


def test_undo_survives_a_restart_and_reaches_the_first_decision(workspace: Workspace) -> None:
    verbs: tuple[Verb, ...] = ("accept", "reject", "accept")
    for verb in verbs:
        with workspace.write() as con:
            Journal("ada").judge(con, verb, ["p0", "p1"])
    for expected in ("rejected", "accepted", "pending"):
        with workspace.write() as con:
            assert Journal("bob").undo(con)
            assert status(con, "p1") == expected
    with workspace.write() as con:
        assert Journal("ada").undo(con) is None
        assert [Journal("ada").redo(con) is not None for _ in range(4)] == [True, True, True, False]
        assert status(con, "p0") == "accepted"


def test_a_fresh_verb_after_an_undo_ends_the_redo_but_not_the_record(con: duckdb.DuckDBPyConnection) -> None:
    journal = Journal("ada")
    journal.judge(con, "accept", ["p0"])
    journal.undo(con)
    journal.judge(con, "reject", ["p1"])
    journal.undo(con)
    redone = journal.redo(con)
    assert redone and redone.pair_ids == ("p1",)
    assert journal.redo(con) is None
    verbs = con.execute("SELECT verb FROM decisions ORDER BY seq").fetchall()
    assert [row[0] for row in verbs] == ["accept", "undo", "reject", "undo", "redo"]


def test_an_unknown_pair_is_refused_and_nothing_is_written(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(DataError, match="No pair p9"):
        Journal("ada").judge(con, "accept", ["p0", "p9"])
    assert con.execute("SELECT count(*) FROM decisions").fetchone() == (0,)
    assert states(con) == {}


@pytest.mark.parametrize(
    ("verb", "pairs", "texts", "message"),
    [
        ("undo", ["p0"], {}, "no verb"),
        ("accept", [], {}, "no pair to accept"),
        ("accept", ["p0"], {"answer": "x"}, "changes no text"),
        ("edit", ["p0"], {}, "takes one pair"),
        ("edit", ["p0", "p1"], {"answer": "x"}, "takes one pair"),
        ("edit", ["p0"], {"answer": " \n"}, "empty"),
    ],
)
def test_a_request_that_can_not_be_is_refused(
    con: duckdb.DuckDBPyConnection, verb: Verb, pairs: list[str], texts: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        Journal("ada").judge(con, verb, pairs, **texts)
    assert con.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_a_decision_outlives_a_process_that_is_killed_right_after_it(workspace: Workspace) -> None:
    program = (
        "import os, signal, sys, pathlib\n"
        "from tuneproof.datasets.workspace.journal import Journal\n"
        "from tuneproof.datasets.workspace.workspace import Workspace\n"
        "with Workspace(pathlib.Path(sys.argv[1])).write() as con:\n"
        "    Journal('ada').judge(con, 'accept', ['p3'])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(workspace.root)], check=False)
    assert ended.returncode == -9
    with workspace.read() as con:
        assert status(con, "p3") == "accepted"
        assert con.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


some_pairs = st.lists(st.sampled_from(PAIRS), min_size=1, max_size=3, unique=True)
moves = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["accept", "reject", "later", "flag"]), some_pairs),
        st.tuples(st.just("edit"), some_pairs.map(lambda pairs: pairs[:1])),
        st.tuples(st.sampled_from(["undo", "redo"]), st.just([])),
        st.tuples(st.just("restart"), st.just([])),
    ),
    max_size=25,
)


class Model:
    """The journal as two stacks in memory: what the real one must equal after any moves."""

    def __init__(self) -> None:
        self.state: States = {}
        self.past: list[States] = []
        self.future: list[States] = []

    def judge(self, verb: str, pairs: list[str], text: str) -> None:
        self.past.append(dict(self.state))
        self.future.clear()
        for pair in pairs:
            old = self.state.get(pair, (None, None, None))
            new = {"accept": "accepted", "reject": "rejected", "later": "pending"}.get(verb, old[0])
            self.state[pair] = (new, old[1], text if verb == "edit" else old[2])

    def turn(self, source: list[States], target: list[States]) -> bool:
        if not source:
            return False
        target.append(self.state)
        self.state = source.pop()
        return True

    def standing(self) -> States:
        return {pair: state for pair, state in self.state.items() if state != (None, None, None)}


@settings(max_examples=40, deadline=None)
@given(moves)
def test_any_road_of_verbs_undos_and_redos_equals_the_model_and_can_be_replayed(
    road: list[tuple[str, list[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = workspace_with_pairs(Path(folder) / "ws")
        con = duckdb.connect(str(workspace.database))
        model, journal = Model(), Journal("ada")
        for number, (verb, pairs) in enumerate(road):
            if verb == "undo":
                assert (journal.undo(con) is not None) == model.turn(model.past, model.future)
            elif verb == "redo":
                assert (journal.redo(con) is not None) == model.turn(model.future, model.past)
            elif verb == "restart":
                con.close()
                con = duckdb.connect(str(workspace.database))
                journal = Journal("ada")
            else:
                text = f"text {number}"
                journal.judge(con, verb, pairs, answer=text if verb == "edit" else None)  # type: ignore[arg-type]
                model.judge(verb, pairs, text)
            assert states(con) == model.standing()
        numbers = [row[0] for row in con.execute("SELECT seq FROM store.decisions ORDER BY rowid").fetchall()]
        assert numbers == sorted(set(numbers))
        rebuild(con)
        assert states(con) == model.standing()
        con.close()
