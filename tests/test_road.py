"""The whole road by its commands, small but real: sources to verdict, every row traced back to its bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

MODULES = ("bisect", "calendar", "cmd", "csv", "fractions", "getopt", "glob", "heapq", "queue", "shlex", "shutil",
           "statistics", "tempfile", "textwrap")  # fmt: skip
CONFIG = """\
[select]
budget = 140

[general]
per_suite = 20

[train]
epochs = 1
max_length = 128
"""


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, int]]:
    """A workspace that has gone the whole road, and the exit code of each step."""
    with pytest.MonkeyPatch.context() as patch:
        workspace = Workspace.init(tmp_path_factory.mktemp("road") / "ws")
        workspace.config_path.write_text(CONFIG)
        patch.chdir(workspace.root)
        steps = {
            "add": ["add", *(f"python:{name}" for name in MODULES)],
            "build": ["build"],
            "gate": ["gate"],
            "plan": ["plan", "--no-measure"],
            "train": ["train", "--override", "a small set for a test"],
            "evaluate": ["evaluate"],
        }
        codes = {name: run(arguments) for name, arguments in steps.items()}
    return workspace, codes


def test_every_step_ends_with_the_code_that_its_verdict_says(road: tuple[Workspace, dict[str, int]]) -> None:
    workspace, codes = road
    with workspace.read() as connection:
        verdicts = dict(connection.execute("SELECT kind, verdict FROM verdicts").fetchall())
    meaning = {"PASS": 0, "FAIL": 2, "INCONCLUSIVE": 3}
    assert codes == {
        "add": 0,
        "build": 0,
        "gate": meaning[verdicts["data"]],
        "plan": 0,
        "train": 0,
        "evaluate": meaning[verdicts["model"]],
    }


def test_every_training_row_leads_back_to_the_bytes_it_came_from(road: tuple[Workspace, dict[str, int]]) -> None:
    workspace, _ = road
    with workspace.read() as connection:
        contents = dict(connection.execute("SELECT document_id, content FROM documents").fetchall())
        chunks = dict(connection.execute("SELECT chunk_id, text FROM chunks").fetchall())
    snapshot = next(workspace.snapshots_dir.glob("*/snapshot.json")).parent
    rows = [json.loads(line) for line in (snapshot / "train.jsonl").read_text().splitlines()]
    lineage = [json.loads(line) for line in (snapshot / "lineage.jsonl").read_text().splitlines()]
    traced = [entry for entry in lineage if entry["split"] == "train"]
    assert len(rows) == len(traced) > 50
    for row, entry in zip(rows, traced, strict=True):
        assert list(row) == ["messages"]
        assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
        data = contents[entry["document_id"]].encode()
        for chunk, (start, end) in zip(entry["chunk_ids"], entry["spans"], strict=True):
            assert data[start:end] == chunks[chunk].encode()


def test_no_group_stands_on_two_sides_of_the_split(road: tuple[Workspace, dict[str, int]]) -> None:
    workspace, _ = road
    with workspace.read() as connection:
        sides = connection.execute(
            "SELECT split_group, count(DISTINCT split) FROM store.placements WHERE split IS NOT NULL GROUP BY 1"
        ).fetchall()
    assert len(sides) > 12
    assert all(count == 1 for _, count in sides)


def test_base_and_tuned_are_scored_on_every_item(road: tuple[Workspace, dict[str, int]]) -> None:
    workspace, _ = road
    with workspace.read() as connection:
        scored = dict(connection.execute("SELECT model, count(DISTINCT item_id) FROM scores GROUP BY model").fetchall())
        items = connection.execute("SELECT count(*) FROM items").fetchone()
    assert items is not None
    assert scored == {"base": items[0], "tuned": items[0]}


def test_the_override_is_shown_by_the_verdict_and_by_its_report(road: tuple[Workspace, dict[str, int]]) -> None:
    workspace, _ = road
    reports = [json.loads(path.read_text()) for path in workspace.reports_dir.glob("*/verdict.json")]
    model = next(document for document in reports if document["kind"] == "model")
    with workspace.read() as connection:
        data = connection.execute("SELECT verdict FROM verdicts WHERE kind = 'data'").fetchone()
    expected = None if data == ("PASS",) else "a small set for a test"
    assert model["override"] == expected
    pages = [path.read_text() for path in workspace.reports_dir.glob("*/verdict.html")]
    assert len(pages) == 2
    assert sum("a small set for a test" in page for page in pages) == (expected is not None)


def test_taking_runs_in_twice_is_the_same_as_once(road: tuple[Workspace, dict[str, int]]) -> None:
    from tuneproof.datasets.workspace import runs

    workspace, _ = road
    with workspace.write() as connection:
        before = connection.execute("SELECT count(*) FROM scores").fetchone()
        assert runs.ingest(connection, workspace.runs_dir) == []
        connection.execute("DELETE FROM store.meta WHERE key LIKE 'run:%'")
        assert len(runs.ingest(connection, workspace.runs_dir)) == 1
        assert connection.execute("SELECT count(*) FROM scores").fetchone() == before


def test_training_the_same_again_is_the_run_that_there_is(
    road: tuple[Workspace, dict[str, int]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = road
    monkeypatch.chdir(workspace.root)
    runs = sorted(path.parent.name for path in workspace.runs_dir.glob("*/request.json"))
    capsys.readouterr()
    assert run(["train", "--override", "a small set for a test"]) == 0
    assert (
        [capsys.readouterr().out.strip()]
        == runs
        == sorted(path.parent.name for path in workspace.runs_dir.glob("*/request.json"))
    )


def test_ask_answers_three_ways(
    road: tuple[Workspace, dict[str, int]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = road
    monkeypatch.chdir(workspace.root)
    capsys.readouterr()
    assert run(["ask", "What does textwrap.wrap do?", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert "textwrap" in answers["passage"]
    assert answers["tuned"] is not None
    assert answers["base"] != answers["base_with_passage"]


def test_the_report_is_written_again_and_its_path_printed(
    road: tuple[Workspace, dict[str, int]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = road
    monkeypatch.chdir(workspace.root)
    for kind in ("data", "model"):
        capsys.readouterr()
        assert run(["report", kind]) == 0
        page = Path(capsys.readouterr().out.strip())
        assert page.is_file()
        assert "http" not in {line.split(":")[0].strip() for line in page.read_text().splitlines() if "src=" in line}


def test_a_second_training_run_of_the_same_set_is_counted_as_another_look(
    road: tuple[Workspace, dict[str, int]],
) -> None:
    from tuneproof.datasets.workspace.runs import looks_before

    workspace, _ = road
    with workspace.read() as connection:
        row = connection.execute("SELECT run_id, snapshot_id FROM runs").fetchone()
        assert row is not None
        assert looks_before(connection, row[1], row[0]) == 0
        assert looks_before(connection, row[1], "another") == 1
