"""Removing a source: its text is nowhere any more, what used it is marked, other sources are untouched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tuneproof.curate.documents import write_documents
from tuneproof.curate.ingest import ingest
from tuneproof.curate.removal import remove_source
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace import runs, snapshots
from tuneproof.datasets.workspace.atomic import write_json_atomic, write_jsonl_atomic
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.errors import GateRefused, UsageError
from tuneproof.datasets.workspace.journal import Journal, rebuild
from tuneproof.datasets.workspace.removals import REDACTED, marks, read_removals, refuse_marked
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

SECRET = "Zanzibarquux"
PAGE = """# {name}

The {name} of {word} boils water for tea and coffee.

## Limits of the {name}

The {name} of {word} holds at most 1.7 litres.

## Descale the {name}

Fill the {name} with vinegar of {word}, boil it once, and rinse it twice.
"""


_OF_SOURCE = "SELECT pair_id FROM pairs JOIN documents USING (document_id) WHERE source = ? ORDER BY pair_id"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two sources and a workspace: built, frozen, a run with its evaluation, decisions on both."""
    folder = tmp_path_factory.mktemp("removal")
    for source, word in (("kept", "Ordinarium"), ("going", SECRET)):
        (folder / source).mkdir()
        for number in range(4):
            text = PAGE.format(name=f"{source} kettle {number}", word=word)
            (folder / source / f"page{number}.md").write_text(text)
    made = Workspace.init(folder / "ws")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        for source in ("kept", "going"):
            assert run(["add", f"../{source}", "--licence", "MIT"]) == 0
        assert run(["build"]) == 0
        with made.write() as connection:
            journal = Journal("ann")
            for source, word in (("kept", "Ordinarium"), ("going", SECRET)):
                pair = connection.execute(_OF_SOURCE, [source]).fetchone()
                assert pair is not None
                journal.judge(connection, "edit", [pair[0]], answer=f"Edited by hand, says {word}.")
                journal.judge(connection, "accept", [pair[0]], reason=f"as {word} says")
        assert run(["build"]) == 0
        run(["gate"])
    with made.write() as connection:
        _leave_run(made, snapshots.newest(connection, made.root))
        runs.ingest(connection, made.runs_dir)
    return folder


@pytest.fixture
def workspace(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of it that is this test's own."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    copied = Workspace(tmp_path / "ws")
    with copied.write() as connection:
        connection.execute("UPDATE store.sources SET location = replace(location, ?, ?)", [str(built), str(tmp_path)])
    monkeypatch.chdir(copied.root)
    return copied


def _leave_run(workspace: Workspace, snapshot: snapshots.Snapshot) -> None:
    folder = workspace.runs_dir / "run-1"
    (folder / "evaluation").mkdir(parents=True)
    request = {"snapshot_id": snapshot.snapshot_id, "base": "b", "train": {"method": "lora"}, "created_at": "2026"}
    write_json_atomic(folder / "request.json", request)
    items = [json.loads(line) for line in (snapshot.path / "items.jsonl").read_text().splitlines()]
    write_jsonl_atomic(folder / "evaluation" / "items.jsonl", items)
    outputs = [{"model": "base", "item_id": one["item_id"], "text": f"It says {one['reference']}"} for one in items]
    write_jsonl_atomic(folder / "evaluation" / "outputs.jsonl", outputs)
    score = {"model": "base", "item_id": items[0]["item_id"]}
    write_jsonl_atomic(folder / "evaluation" / "scores.jsonl", [{**score, "metric": "nats", "value": 1.0}])
    verdict = Verdict("model", "run-1", "PASS", (), "2026-11-20T10:00:00", "0" * 64, ())
    write_json_atomic(folder / "evaluation" / "verdict.json", verdict.to_document())
    write_json_atomic(folder / "evaluation" / "status.json", {"state": "finished"})


def rows(workspace: Workspace, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with workspace.read() as connection:
        return connection.execute(statement, list(values)).fetchall()


def mentions(workspace: Workspace, word: str) -> dict[str, int]:
    """Return how many rows of each table hold ``word`` anywhere."""
    found = {}
    with workspace.read() as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'store'").fetchall()
        for (table,) in tables:
            statement = f"SELECT count(*) FROM store.{table} t WHERE contains(lower(t::VARCHAR), ?)"
            count = connection.execute(statement, [word.lower()]).fetchone()
            assert count is not None
            if count[0]:
                found[table] = count[0]
    return found


def test_nothing_of_a_removed_source_is_left_in_any_table_or_in_the_file(workspace: Workspace) -> None:
    before = mentions(workspace, SECRET)
    assert {"documents", "chunks", "pairs", "decisions", "judgements", "items", "outputs"} <= before.keys()
    vectors = rows(workspace, "SELECT count(*) FROM store.embeddings")[0][0]
    assert run(["remove", "going", "--reason", "withdrawn by its author"]) == 0
    assert mentions(workspace, SECRET) == {}
    assert SECRET.encode() not in workspace.database.read_bytes()
    assert rows(workspace, "SELECT source FROM sources") == [("kept",)]
    assert 0 < rows(workspace, "SELECT count(*) FROM store.embeddings")[0][0] < vectors
    assert not list(workspace.root.glob(".*draft*"))


def test_other_sources_keep_their_pairs_decisions_and_vectors(workspace: Workspace) -> None:
    statement = (
        "SELECT p.pair_id, p.question, p.answer, p.status FROM pairs p JOIN documents d USING (document_id) "
        "WHERE d.source = 'kept' ORDER BY ALL"
    )
    before = rows(workspace, statement)
    decided = rows(workspace, "SELECT * FROM decisions WHERE subject_id IN (SELECT pair_id FROM pairs) ORDER BY seq")
    assert run(["remove", "going", "--reason", "licence"]) == 0
    assert rows(workspace, statement) == before
    kept = {row[0] for row in before}
    assert rows(workspace, "SELECT * FROM decisions WHERE list_contains(?, subject_id) ORDER BY seq", list(kept)) == [
        row for row in decided if row[7] in kept
    ]
    views = rows(workspace, "SELECT count(*) FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal")
    assert views == [(16,)]
    assert run(["build", "--json"]) == 0


def test_the_journal_keeps_its_rows_with_a_mark_and_can_be_replayed(workspace: Workspace) -> None:
    count = rows(workspace, "SELECT count(*) FROM decisions")
    assert run(["remove", "going", "--reason", "licence"]) == 0
    assert rows(workspace, "SELECT count(*) FROM decisions") == count
    redacted = rows(workspace, "SELECT verb, after->>'answer', reason FROM decisions WHERE contains(after::VARCHAR, ?) "
                    "ORDER BY seq", REDACTED)  # fmt: skip
    assert redacted == [("edit", REDACTED, None), ("accept", REDACTED, REDACTED)]
    with workspace.write() as connection:
        rebuild(connection)
        assert Journal("ann").undo(connection) is not None
        texts = connection.execute("SELECT question, answer FROM store.judgements").fetchall()
    assert not any(REDACTED in str(text) for text in texts)


def test_snapshots_and_runs_that_used_it_are_marked_and_shown(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    [(snapshot,)] = rows(workspace, "SELECT snapshot_id FROM snapshots")
    capsys.readouterr()
    assert run(["remove", "going", "--reason", "personal data"]) == 0
    said = capsys.readouterr()
    assert f"still holds {workspace.snapshots_dir / snapshot}" in said.out
    assert "run-1" in said.out
    assert "--purge" in said.err
    with workspace.read() as connection:
        [removal] = read_removals(connection)
        assert marks(connection, snapshot) == marks(connection, "run-1") == [removal]
    assert (removal.source, removal.reason, removal.documents, removal.licence) == ("going", "personal data", 4, "MIT")
    assert removal.pairs > 4
    assert run(["status"]) == 0
    assert "going on 20" in capsys.readouterr().out
    assert run(["report", "data", "--markdown"]) == 0
    assert "Not to be used" in capsys.readouterr().out
    html = next(workspace.reports_dir.glob("*/verdict.html")).read_text()
    assert "personal data" in html


def test_a_marked_snapshot_is_trained_and_exported_only_against_a_reason(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    [(snapshot,)] = rows(workspace, "SELECT snapshot_id FROM snapshots")
    assert run(["remove", "going", "--reason", "licence"]) == 0
    for command in (["train"], ["export", "--to", "openai", "--out", "out"]):
        capsys.readouterr()
        assert run(command) == 1
        said = capsys.readouterr().err
        assert "going" in said
        assert "--override" in said
    with workspace.read() as connection:
        refuse_marked(connection, snapshot, "our lawyer agreed", "train")
        with pytest.raises(GateRefused):
            refuse_marked(connection, snapshot, None, "train")
    assert run(["export", "--to", "openai", "--out", "out", "--override", "our lawyer agreed"]) == 0


def test_a_set_that_is_frozen_without_it_is_not_marked(workspace: Workspace) -> None:
    assert run(["remove", "going", "--reason", "licence"]) == 0
    assert run(["build"]) == 0
    run(["gate"])
    with workspace.read() as connection:
        assert not marks(connection, snapshots.newest_id(connection))
        assert len(connection.execute("FROM snapshots").fetchall()) == 2


def test_purging_deletes_snapshots_and_reports_and_redacts_runs(workspace: Workspace) -> None:
    [(snapshot,)] = rows(workspace, "SELECT snapshot_id FROM snapshots")
    run(["report", "data"])
    assert run(["remove", "going", "--reason", "licence"]) == 0
    assert run(["remove", "going", "--reason", "licence"]) == 1
    assert run(["remove", "going", "--reason", "licence", "--purge"]) == 0
    assert not (workspace.snapshots_dir / snapshot).exists()
    for path in workspace.root.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    evaluation = workspace.runs_dir / "run-1" / "evaluation"
    kept = [line for line in (evaluation / "items.jsonl").read_text().splitlines() if "Ordinarium" in line]
    assert kept
    assert REDACTED in (evaluation / "outputs.jsonl").read_text()
    with workspace.write() as connection:
        [removal] = read_removals(connection)
        assert removal.purged
        connection.execute("DELETE FROM store.meta WHERE key LIKE 'run:%'")
        runs.ingest(connection, workspace.runs_dir)
    assert mentions(workspace, SECRET) == {}


def test_a_run_that_is_taken_in_again_does_not_bring_the_text_back(workspace: Workspace) -> None:
    assert run(["remove", "going", "--reason", "licence"]) == 0
    with workspace.write() as connection:
        connection.execute("DELETE FROM store.meta WHERE key LIKE 'run:%'")
        assert runs.ingest(connection, workspace.runs_dir) == ["run-1"]
    assert mentions(workspace, SECRET) == {}


def test_pairs_that_no_document_makes_any_more_go_with_their_source(workspace: Workspace) -> None:
    for path in (workspace.root.parent / "going").glob("*.md"):
        path.write_text(f"# Other\n\nNothing of the old text is left, and {SECRET} is new here.\n")
    ingest(workspace, base_folder("tuneproof-base", workspace.root), lambda *_: None)
    assert rows(workspace, "SELECT count(*) FROM pairs WHERE status = 'stale'")[0][0] > 0
    assert run(["remove", "going", "--reason", "licence"]) == 0
    assert mentions(workspace, SECRET) == {}
    assert rows(workspace, "SELECT count(*) FROM pairs WHERE status = 'stale'") == [(0,)]


def test_a_removal_that_is_cut_off_has_done_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mentions(workspace, SECRET)
    with workspace.write() as connection:
        # An id that is taken makes the last statement of the transaction fail.
        connection.execute("ALTER TABLE store.removals ADD COLUMN more VARCHAR")
        connection.execute("ALTER TABLE store.removals RENAME COLUMN reason TO why")
    with pytest.raises(duckdb.Error):
        remove_source(workspace, "going", reason="licence", who="ann", purge=True)
    assert mentions(workspace, SECRET) == before
    assert list(workspace.snapshots_dir.iterdir())


@pytest.mark.parametrize(("name", "reason", "words"), [("nothing", "x", "no source"), ("kept", " ", "needs a reason")])
def test_a_removal_names_what_is_wrong(tmp_path: Path, name: str, reason: str, words: str) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    with workspace.write() as connection:
        connection.execute("INSERT INTO store.sources VALUES ('kept', 'x', NULL, '2026-01-01')")
        assert write_documents(connection, []) == 0
    with pytest.raises(UsageError, match=words):
        remove_source(workspace, name, reason=reason, who="ann", purge=False)
