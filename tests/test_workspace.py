"""The workspace's file: made whole, upgraded, refused when too new, and honest about who holds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tuneproof.datasets.workspace.config import Config, read_config
from tuneproof.datasets.workspace.errors import ConfigError, UsageError, WorkspaceError, WorkspaceLocked
from tuneproof.datasets.workspace.workspace import MIGRATIONS, Workspace

CONTRACT = {
    "sources": "source location licence added_at",
    "documents": "document_id source path format sha256 bytes title state content",
    "chunks": "chunk_id document_id kind heading_path start_byte end_byte locator text tokens",
    "pairs": "pair_id chunk_id document_id question answer messages case_type generator origin status selected role "
    "split cluster_id",
    "pair_chunks": "pair_id chunk_id ordinal",
    "duplicates": "pair_id kept_id kind score state reason",
    "clusters": "cluster_id title size",
    "findings": "finding_id subject subject_id check_name severity message evidence score",
    "decisions": "decision_id seq decided_at who session batch subject subject_id verb before after reason undoes",
    "snapshots": "snapshot_id sha256 created_at train validation test path",
    "runs": "run_id parent_id snapshot_id base method status manifest",
    "metrics": "run_id step name value",
    "items": "item_id snapshot_id role suite document_id pair_id prompt reference",
    "scores": "run_id model item_id metric value",
    "outputs": "run_id model item_id text",
    "verdicts": "verdict_id kind subject_id verdict decided_at policy_sha256 document",
}


@pytest.mark.parametrize("view", CONTRACT)
def test_every_public_view_has_the_columns_it_promises(tmp_path: Path, view: str) -> None:
    with Workspace.init(tmp_path / "ws").read() as connection:
        columns = [row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()]
    assert columns == CONTRACT[view].split()


def test_init_writes_a_config_that_reads_back_as_the_defaults(tmp_path: Path) -> None:
    assert Workspace.init(tmp_path / "ws").config == Config()


def test_a_second_init_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    before = workspace.config_path.read_bytes(), workspace.database.read_bytes()
    with pytest.raises(UsageError, match="workspace already"):
        Workspace.init(tmp_path / "ws")
    assert (workspace.config_path.read_bytes(), workspace.database.read_bytes()) == before


def test_the_workspace_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    inside = workspace.root / "docs" / "deep"
    inside.mkdir(parents=True)
    assert Workspace.find(inside).root == workspace.root


def test_outside_a_workspace_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as error:
        Workspace.find(tmp_path)
    assert error.value.hint == "Run: tuneproof init"


def test_a_locked_workspace_names_the_process_that_holds_it(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(workspace.database)!r}); print(flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout and holder.stdout.readline()
    try:
        with pytest.raises(WorkspaceLocked, match=f"process {holder.pid} ") as error, workspace.read():
            pass
        assert "close it" in error.value.hint
    finally:
        holder.communicate(b"\n")


def test_a_workspace_of_a_newer_version_is_refused_unharmed(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    with workspace.write() as connection:
        connection.execute("UPDATE store.meta SET value = ? WHERE key = 'schema_version'", [str(len(MIGRATIONS) + 1)])
    with pytest.raises(WorkspaceError, match="schema version"), workspace.write():
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    workspace.database.write_bytes(b"not a database" * 100)
    with pytest.raises(WorkspaceError, match="can't be opened"), workspace.read():
        pass


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[train]\nepoch = 3\n", "unknown key 'train.epoch'", "'epochs'"),
        ("[trian]\n", "unknown key 'trian'", "'train'"),
        ("[policy.data]\nwarn_shares = 0.1\n", "unknown key 'policy.data.warn_shares'", "'warn_share'"),
        ("[select]\nbudget = 0\n", "select.budget", "Correct"),
        ("[select\n", "not valid TOML", "Mend"),
        ("[[waivers]]\ncheck = 'x'\nowner = 'y'\nreason = 'z'\nexpire = 2030-01-01\n", "waivers.0.expire", "'expires'"),
    ],
)
def test_a_broken_config_says_what_is_wrong_and_what_was_meant(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    path = tmp_path / "tuneproof.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_config(path)
    assert message in error.value.message
    assert hint in error.value.hint
