"""Commands as a person meets them: exit codes, two-line errors, and nothing lost when something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tuneproof.curate.embeddings import offline_folder
from tuneproof.curate.ingest import ingest
from tuneproof.datasets.workspace import verdicts
from tuneproof.datasets.workspace.archive import back_up, restore
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.errors import WorkspaceError
from tuneproof.datasets.workspace.journal import Journal
from tuneproof.datasets.workspace.snapshots import newest
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.train.launch import prepare_run
from tuneproof.tui.cli import run
from tuneproof.tui.commands import COMMANDS

DOCS = {
    "guide.md": "# Kettle\n\nA kettle boils water for tea and coffee.\n\n## Descale the kettle\n\nFill it with vinegar "
    "and water, boil it once, and rinse it twice.\n\n## Limits\n\nThe kettle holds at most 1.7 litres.\n",
    "faq.md": "# Questions\n\n## How long does the kettle take?\n\nIt takes about four minutes for a full kettle.\n",
}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with two Markdown files as its source, not built yet; the current folder is inside it."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in DOCS.items():
        (docs / name).write_text(text)
    made = Workspace.init(tmp_path / "ws")
    monkeypatch.chdir(made.root)
    assert run(["add", str(docs)]) == 0
    return made


def _said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_a_usage_error_with_exit_code_1(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--no-such-option"]) == 1
    said = _said(capsys)
    assert said[0].startswith("error: ")
    assert said[1].startswith("try:   ")
    assert len(said) == 2


def test_without_a_command_the_help_is_said_and_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: tuneproof")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Usage: tuneproof" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["build"], ["select"], ["gate"], ["plan"], ["train"], ["evaluate"], ["ask", "what?"], ["report"], ["status"],
     ["sql", "SELECT 1"], ["backup", "x.tar.gz"], ["review"], ["add", "."]],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_outside_a_workspace_every_command_says_how_to_make_one(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 1
    assert _said(capsys)[1] == "try:   Run: tuneproof init"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["gate"], "tuneproof build"),
        (["plan"], "tuneproof gate"),
        (["train"], "tuneproof gate"),
        (["evaluate"], "tuneproof train"),
        (["ask", "what?"], "tuneproof train"),
        (["report"], "tuneproof gate"),
        (["report", "model"], "tuneproof evaluate"),
    ],
)
def test_a_step_taken_too_early_names_the_one_before_it(
    workspace: Workspace, arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1
    assert hint in _said(capsys)[-1]


def test_a_missing_path_is_an_error_that_names_it(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["add", "no/such/folder"]) == 1
    assert "no/such/folder" in _said(capsys)[0]


def test_a_binary_file_that_was_named_is_an_error(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("picture.md").write_bytes(b"\x00\x01\x02" * 500)
    assert run(["add", "picture.md"]) == 1
    assert "picture.md" in _said(capsys)[0]


def test_a_binary_file_met_in_a_folder_is_skipped_with_its_reason(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "docs" / "blob.md").write_bytes(b"\x00\xff" * 500)
    assert run(["build"]) == 0
    with workspace.read() as connection:
        row = connection.execute("SELECT state, reason FROM store.documents WHERE path = 'blob.md'").fetchone()
    assert row is not None
    assert row[0] in ("excluded", "failed")
    assert row[1]


def test_a_source_that_moved_keeps_its_pairs_under_its_name(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.md").write_text(DOCS["guide.md"])
    assert run(["add", str(tmp_path / "elsewhere"), "--name", "docs"]) == 1
    (tmp_path / "docs").rename(tmp_path / "manual")
    assert run(["build"]) == 1
    assert "--name docs" in _said(capsys)[-1]
    assert run(["add", str(tmp_path / "manual"), "--name", "docs", "--licence", "MIT"]) == 0
    capsys.readouterr()
    assert run(["build", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ingested"]["current"] == 2
    with workspace.read() as connection:
        assert connection.execute("SELECT licence FROM sources").fetchall() == [("MIT",)]


def test_sources_are_added_all_or_none(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    assert run(["add", str(tmp_path / "more"), str(tmp_path / "nowhere")]) == 1
    with workspace.read() as connection:
        assert connection.execute("SELECT source FROM sources").fetchall() == [("docs",)]


def test_an_empty_folder_and_a_source_without_a_usable_pair_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "bare.md").write_text("# \n")
    for name, said in (("empty", "document"), ("bare", "pairs")):
        monkeypatch.chdir(Workspace.init(tmp_path / f"ws-{name}").root)
        run(["add", str(tmp_path / name)])
        assert run(["build"]) == 1
        assert said in _said(capsys)[-2]


def test_a_broken_config_stops_every_step_with_its_line(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.config_path.write_text("[select]\nbudgett = 5\n")
    assert run(["build"]) == 1
    assert "'budget'" in _said(capsys)[-1]


def test_another_tokenizer_in_the_same_place_makes_the_pairs_anew(workspace: Workspace, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(base_folder("tuneproof-base", workspace.root), base)
    workspace.config_path.write_text(f'[base]\nmodel = "{base}"\n')
    fresh = Workspace(workspace.root)
    assert ingest(fresh, base, lambda _done, _total, _note: None).new == 2
    tokenizer = base / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text() + "\n")
    assert ingest(fresh, base, lambda _done, _total, _note: None).changed == 2


def test_folders_in_the_config_are_relative_to_the_workspace(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(offline_folder(), workspace.root / "minilm")
    (workspace.root / "prose").mkdir()
    (workspace.root / "prose" / "prose.txt").write_text("The sea was calm and grey that morning. " * 400)
    config = '[embed]\nmodel = "minilm"\n[train]\nreplay_source = "prose"\n'
    workspace.config_path.write_text(config)
    (workspace.root / "inside").mkdir()
    monkeypatch.chdir(workspace.root / "inside")
    assert run(["build"]) == 0
    assert run(["gate"]) == 2
    assert run(["plan", "--no-measure"]) == 0


def test_a_base_that_is_no_model_is_refused(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("not-a-model").mkdir()
    workspace.config_path.write_text('[base]\nmodel = "not-a-model"\n')
    assert run(["build"]) == 1
    assert "no model folder" in _said(capsys)[-2]


def test_a_second_build_changes_nothing_and_a_changed_document_only_its_own_pairs(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    capsys.readouterr()
    assert run(["build", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["ingested"]["new"] == again["ingested"]["changed"] == 0
    assert again["arranged"]["unchanged"]
    with workspace.read() as connection:
        before = dict(connection.execute("SELECT pair_id, status FROM pairs").fetchall())
    guide = tmp_path / "docs" / "guide.md"
    guide.write_text(guide.read_text().replace("1.7 litres", "1.5 litres"))
    assert run(["build", "--json"]) == 0
    with workspace.read() as connection:
        after = dict(connection.execute("SELECT pair_id, status FROM pairs").fetchall())
    stale = {pair for pair, status in after.items() if status == "stale"}
    assert before.keys() <= after.keys()
    assert 0 < len(stale) < len(before)


def test_a_stale_pair_keeps_the_decision_that_was_made_on_it(workspace: Workspace, tmp_path: Path) -> None:
    assert run(["build"]) == 0
    with workspace.write() as connection:
        pairs = [row[0] for row in connection.execute("SELECT pair_id FROM pairs").fetchall()]
        Journal("ada").judge(connection, "accept", pairs)
    guide = tmp_path / "docs" / "guide.md"
    guide.write_text(guide.read_text() + "\n## Colour\n\nThe kettle is red or blue.\n")
    assert run(["build"]) == 0
    with workspace.read() as connection:
        kept = {row[0] for row in connection.execute("SELECT pair_id FROM pairs WHERE status = 'accepted'").fetchall()}
    assert kept == set(pairs)


def test_a_document_that_vanishes_and_comes_back_has_its_pairs_again(workspace: Workspace, tmp_path: Path) -> None:
    guide, aside = tmp_path / "docs" / "guide.md", tmp_path / "guide.md"
    (tmp_path / "docs" / "toaster.md").write_text(DOCS["guide.md"].replace("kettle", "toaster"))
    count = """
    SELECT count(*) FILTER (status = 'stale'), count(*) FILTER (status <> 'stale'),
        (SELECT count(*) FROM chunks JOIN documents USING (document_id) WHERE path = 'guide.md')
    FROM pairs JOIN documents USING (document_id) WHERE path = 'guide.md'
    """
    assert run(["build"]) == 0
    counts = []
    for before, after in ((guide, aside), (aside, guide)):
        before.rename(after)
        assert run(["build"]) == 0
        with workspace.read() as connection:
            counts.append(connection.execute(count).fetchall()[0])
    (stale, live, chunks), back = counts
    assert stale > 0
    assert (live, chunks) == (0, 0)
    assert back[:2] == (0, stale)
    assert back[2] > 0


def test_a_first_build_cut_off_does_not_read_its_documents_again(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(55):
        (tmp_path / "docs" / f"page{number}.md").write_text(f"# Page {number}\n\nPage {number} says {number * 7}.\n")
    base = base_folder(workspace.config.base.model, workspace.root)

    def cut(done: int, _total: int, _note: str) -> None:
        if done == 52:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(workspace, base, cut)
    rest = ingest(workspace, base, lambda _done, _total, _note: None)
    assert (rest.current, rest.new) == (50, 7)


def test_a_build_cut_off_after_a_change_of_settings_leaves_nothing_of_them_once_they_are_taken_back(
    workspace: Workspace, tmp_path: Path
) -> None:
    for number in range(55):
        (tmp_path / "docs" / f"page{number}.md").write_text(f"# Page {number}\n\nPage {number} says {number * 7}.\n")
    assert run(["build"]) == 0
    base = base_folder(workspace.config.base.model, workspace.root)
    before = workspace.config_path.read_text()

    def cut(done: int, _total: int, _note: str) -> None:
        if done == 52:
            raise KeyboardInterrupt

    workspace.config_path.write_text(before + "[pairs]\nmax_answer_chars = 20\n")
    with pytest.raises(KeyboardInterrupt):
        ingest(Workspace(workspace.root), base, cut)
    workspace.config_path.write_text(before)
    assert ingest(Workspace(workspace.root), base, lambda _done, _total, _note: None).changed == 57


def test_gate_fails_a_set_of_few_pairs_with_exit_code_2_and_a_report(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    capsys.readouterr()
    assert run(["gate", "--json"]) == 2
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["verdict"] == "FAIL"
    assert "too_few_pairs" in verdict["cause"]
    assert len(list(workspace.reports_dir.glob("*/verdict.html"))) == 1
    assert run(["train"]) == 1
    assert "--override" in _said(capsys)[-1]


def test_on_a_terminal_both_stages_of_build_are_drawn_by_one_display(workspace: Workspace) -> None:
    ours, theirs = os.openpty()
    code = "import sys; from tuneproof.tui.cli import run; sys.exit(run(['build']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=theirs) as child:
        os.close(theirs)
        written = b"".join(_all_of(ours))
    assert child.returncode == 0
    # A display hides the cursor when it begins and shows it again when it ends.
    assert (written.count(b"\x1b[?25l"), written.count(b"\x1b[?25h")) == (1, 1)
    assert b"reading" in written
    assert b"embedding" in written


def _all_of(terminal: int) -> Iterator[bytes]:
    # Linux answers the end of a terminal with an error.
    with os.fdopen(terminal, "rb", buffering=0) as file, suppress(OSError):
        while data := file.read(1 << 16):
            yield data


def test_a_set_that_was_frozen_before_is_the_newest_again_once_it_comes_back(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = tmp_path / "docs" / "guide.md"
    texts = [DOCS["guide.md"], DOCS["guide.md"].replace("1.7", "1.5"), DOCS["guide.md"]]
    frozen = []
    for text in texts:
        guide.write_text(text)
        assert run(["build"]) == 0
        capsys.readouterr()
        assert run(["gate", "--json"]) == 2
        frozen.append(json.loads(capsys.readouterr().out)["subject_id"])
        assert run(["status", "--json"]) == 0
        status = json.loads(capsys.readouterr().out)
        assert (status["snapshot"], status["data_verdict"]) == (frozen[-1], "FAIL")
        with workspace.read() as connection:
            assert newest(connection, workspace.root).snapshot_id == frozen[-1]
    assert frozen[0] == frozen[2] != frozen[1]


def test_an_edit_that_makes_a_pair_too_long_fails_the_gate_without_another_build(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    with workspace.write() as connection:
        row = connection.execute("SELECT pair_id FROM pairs WHERE selected AND split = 'train' LIMIT 1").fetchone()
        assert row is not None
        Journal("ada").judge(connection, "edit", [row[0]], answer="Fill the kettle. " * 500)
    capsys.readouterr()
    assert run(["gate", "--json", "--explain", "truncated"]) == 2
    assert json.loads(capsys.readouterr().out)["status"] == "fail"


@pytest.mark.parametrize("name", ["train.jsonl", "snapshot.json"])
def test_a_snapshot_that_somebody_edited_is_refused_until_gate_freezes_it_again(
    workspace: Workspace, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    assert run(["gate"]) == 2
    path = next(workspace.snapshots_dir.glob("*/" + name))
    before = path.read_text()
    path.write_text(before.replace("tuneproof-base", "other").replace("kettle", "pan"))
    assert path.read_text() != before
    assert run(["train", "--override", "try"]) == 1
    assert "tuneproof gate" in _said(capsys)[-1]
    assert run(["gate"]) == 2
    assert name == "snapshot.json" or path.read_text() == before
    with workspace.read() as connection:
        assert newest(connection, workspace.root).facts["base"] == "tuneproof-base"


def test_status_speaks_of_the_newest_snapshot_and_of_runs_that_died(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    assert run(["gate"]) == 2
    with workspace.read() as connection:
        snapshot = newest(connection, workspace.root)
    base = base_folder("tuneproof-base", workspace.root)
    killed = prepare_run(workspace.runs_dir, snapshot.path, base, workspace.config.train, "try")
    (killed / "status.json").write_text('{"state": "running", "pid": 1}')
    capsys.readouterr()
    assert run(["status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["run"], status["run_state"]) == (killed.name, "failed")
    assert run(["evaluate"]) == 1
    assert "tuneproof train" in _said(capsys)[-1]
    guide = tmp_path / "docs" / "guide.md"
    guide.write_text(guide.read_text().replace("1.7", "1.5"))
    assert run(["build"]) == 0
    assert run(["gate"]) == 2
    capsys.readouterr()
    assert run(["status"]) == 0
    shown = capsys.readouterr().out
    assert "run         none" in shown
    assert "--override" in shown


def test_gate_explains_a_check_and_names_them_when_asked_for_another(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    assert run(["gate", "--explain", "pairs_train"]) == 2
    assert "status    fail" in capsys.readouterr().out
    assert run(["gate", "--explain", "pairs_train", "--json"]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["status"]) == ("pairs_train", "fail")
    assert shown["rows"][0]["split"] == "train"
    assert run(["gate", "--explain", "nonsense"]) == 1
    assert "pairs_train" in _said(capsys)[-1]


def test_report_without_a_kind_shows_the_newest_verdict_of_both(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build"]) == 0
    assert run(["gate"]) == 2
    with workspace.write() as connection:
        data = verdicts.newest(connection, "data")
        assert data is not None
        verdicts.record(connection, replace(data, kind="model", as_of="2001-01-01T00:00:00+00:00"))
    capsys.readouterr()
    assert run(["report", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "data"
    assert run(["report", "--json", "--markdown"]) == 1


def test_status_and_sql_answer_as_json(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sources"] == 1
    assert run(["sql", "SELECT source FROM sources", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"source": "docs"}]
    assert run(["sql", "DELETE FROM store.sources"]) == 1
    assert run(["sql", "SELECT nonsense FROM pairs"]) == 1


def test_a_locked_workspace_is_named_by_the_command(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    code = f"import duckdb; c = duckdb.connect({str(workspace.database)!r}); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline()
        capsys.readouterr()
        assert run(["status"]) == 1
        assert str(holder.pid) in _said(capsys)[0]
        holder.communicate(b"\n")


def test_a_build_that_is_killed_leaves_a_workspace_that_carries_on(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / "docs" / f"page{number}.md").write_text(f"# Page {number}\n\nPage {number} says {number * 7}.\n")
    command = [sys.executable, "-c", "from tuneproof.tui.cli import main; main()", "build"]
    for seconds in (0.6, 1.2, 2.0):
        child = subprocess.Popen(command, cwd=workspace.root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    assert run(["build"]) == 0
    with workspace.read() as connection:
        documents = connection.execute("SELECT count(DISTINCT document_id) FROM chunks").fetchone()
    assert documents == (62,)


def test_a_backup_restores_to_the_same_rows_and_a_damaged_one_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    assert run(["build"]) == 0
    target = tmp_path / "ws.tar.gz"
    back_up(workspace, target)
    twin = restore(target, tmp_path / "twin")
    with workspace.read() as ours, twin.read() as theirs:
        for view in ("documents", "chunks", "pairs", "findings"):
            rows = f"SELECT * FROM {view} ORDER BY ALL"
            assert ours.execute(rows).fetchall() == theirs.execute(rows).fetchall()
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 0xFF
    target.write_bytes(bytes(data))
    with pytest.raises(WorkspaceError):
        restore(target, tmp_path / "third")
    assert not (tmp_path / "third").exists()


def test_a_backup_with_a_broken_list_or_a_file_too_many_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "ws.tar.gz"
    back_up(workspace, target)
    with tarfile.open(target) as archive:
        archive.extractall(tmp_path / "inside", filter="data")
    manifest = (tmp_path / "inside" / "backup.json").read_text()
    for name, text in (("backup.json", manifest[:-9]), ("runs.py", "print()")):
        with tarfile.open(tmp_path / f"{name}.tar.gz", "w:gz") as archive:
            for path in (tmp_path / "inside").iterdir():
                archive.add(path, path.name)
            (tmp_path / name).write_text(text)
            archive.add(tmp_path / name, name)
        with pytest.raises(WorkspaceError):
            restore(tmp_path / f"{name}.tar.gz", tmp_path / "third")
        assert not (tmp_path / "third").exists()


def test_review_without_a_terminal_says_what_to_do_instead(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["review"]) == 1
    assert "tuneproof pairs list" in _said(capsys)[-1]


def test_doctor_finds_this_installation_in_order(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build"]) == 0
    capsys.readouterr()
    code = run(["doctor", "--json"])
    findings = {finding["name"]: finding["ok"] for finding in json.loads(capsys.readouterr().out)}
    assert findings["base model"] and findings["embeddings"] and findings["workspace"] and findings["snapshots"]
    assert code == int(not all(findings.values()))


def test_doctor_finds_a_chunk_that_is_off_its_bytes(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build"]) == 0
    with workspace.write() as connection:
        connection.execute("UPDATE store.documents SET content = 'ä' || content")
        connection.execute("UPDATE store.chunks SET start_byte = start_byte + 1")
    capsys.readouterr()
    assert run(["doctor", "--json"]) == 1
    findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert not findings["workspace"]["ok"]


def test_a_demo_does_not_touch_a_folder_that_holds_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run(["demo", str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_held_out_items_are_clustered_by_what_the_split_kept_together(workspace: Workspace) -> None:
    assert run(["build"]) == 0
    run(["gate"])
    snapshot = next(workspace.snapshots_dir.glob("*/items.jsonl"))
    items = [json.loads(line) for line in snapshot.read_text().splitlines()]
    with workspace.read() as connection:
        groups = dict(connection.execute("SELECT pair_id, split_group FROM store.placements").fetchall())
    assert items
    assert {item["pair_id"]: item["cluster"] for item in items} == {
        item["pair_id"]: groups[item["pair_id"]] for item in items
    }


def test_an_edit_that_breaks_a_pair_after_the_build_fails_the_gate(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    from tuneproof.datasets.workspace.journal import Journal

    assert run(["build"]) == 0
    with workspace.write() as connection:
        row = connection.execute("SELECT pair_id FROM pairs WHERE selected ORDER BY pair_id").fetchone()
        assert row is not None
        Journal("ada").judge(connection, "edit", [row[0]], answer="Fill it like this:\n```\nfill kettle")
    capsys.readouterr()
    assert run(["gate", "--json"]) == 2
    checks = {check["id"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["blocking_findings"]["status"] == "fail"
    assert checks["blocking_findings"]["evidence"]["ids"] == [row[0]]
