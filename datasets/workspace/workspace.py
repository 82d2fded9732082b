"""The workspace: a folder with ``tuneproof.toml`` and one DuckDB file, opened for as long as it is needed.

Knows where things lie, how the file is opened, locked and brought to the current schema. It must not know what
the rows mean: each table's statements live beside the code that owns it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.atomic import write_text_atomic
from tuneproof.datasets.workspace.errors import UsageError, WorkspaceError, WorkspaceLocked

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.config import Config

CONFIG_NAME = "tuneproof.toml"
DATABASE_NAME = "tuneproof.duckdb"
# Applied in this order, each in one transaction; a file's schema version is how many it has had.
MIGRATIONS = ("schema.sql",)
MEMORY_LIMIT = "1GB"
LOCK_PATIENCE_SECONDS = 2.0

_VERSION = "SELECT value FROM store.meta WHERE key = 'schema_version'"
_HAS_META = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'store' AND table_name = 'meta'"
_SET_VERSION = "INSERT OR REPLACE INTO store.meta VALUES ('schema_version', ?)"

TEMPLATE = """\
# What this workspace is for and how it judges. Everything left out keeps its default.

[goal]
intent = "domain"        # style | domain | both

[select]
budget = 1000            # how many pairs go into the set

[base]
model = "tuneproof-base" # a folder or a hub name works as well

[train]
replay = 1.0             # general text mixed in, as a share of the pairs: keeps what the base can do
"""


class Workspace:
    """A workspace's places and its DuckDB file. Making one opens nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.config_path = self.root / CONFIG_NAME
        self.database = self.root / DATABASE_NAME
        self.snapshots_dir = self.root / "datasets"
        self.runs_dir = self.root / "runs"
        self.reports_dir = self.root / "reports"

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """Return the workspace that holds ``start`` (the current folder), looking upwards.

        Raises:
            WorkspaceError: there is none.
        """
        here = (start or Path.cwd()).absolute()
        for folder in (here, *here.parents):
            if (folder / CONFIG_NAME).is_file():
                return cls(folder)
        raise WorkspaceError(f"No workspace here: {here} and its parents hold no {CONFIG_NAME}.", "Run: tuneproof init")

    @classmethod
    def init(cls, root: Path, config: str = TEMPLATE) -> Workspace:
        """Make a workspace in ``root``, which may exist as long as it holds none; ``config`` is its configuration.

        The configuration is written last and in one move: a folder that holds it is a workspace whole.

        Raises:
            UsageError: ``root`` holds a workspace, or can't be made.
        """
        workspace = cls(root)
        if workspace.config_path.exists():
            raise UsageError(f"{workspace.root} is a workspace already.", "Go there and run: tuneproof status")
        try:
            workspace.root.mkdir(parents=True, exist_ok=True)
            with workspace.write():
                pass
            write_text_atomic(workspace.config_path, config)
        except OSError as error:
            raise UsageError(
                f"{workspace.root} can't be made a workspace: {error.strerror}.", "Choose a folder you can write to."
            ) from error
        return workspace

    @cached_property
    def config(self) -> Config:
        """What ``tuneproof.toml`` says, read once."""
        from tuneproof.datasets.workspace.config import read_config

        return read_config(self.config_path)

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hold the file for reading and writing inside the block, at the current schema."""
        connection = self._connect(read_only=False)
        try:
            self._migrate(connection)
            yield connection
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hold the file for reading inside the block; other readers get in, writers wait."""
        if not self.database.is_file():
            raise WorkspaceError(
                f"{self.database} is missing.", "Run: tuneproof build, or: tuneproof restore BACKUP into a new folder"
            )
        connection = self._connect(read_only=True)
        try:
            if self._version(connection) == len(MIGRATIONS):
                yield connection
                return
        finally:
            connection.close()
        with self.write() as upgraded:
            yield upgraded

    def _connect(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": os.cpu_count() or 1,
            "memory_limit": MEMORY_LIMIT,
        }
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            try:
                return duckdb.connect(str(self.database), read_only=read_only, config=settings)
            except duckdb.IOException as error:
                if "lock" not in str(error):
                    raise _unreadable(self.database, error) from error
                if time.monotonic() > deadline:
                    raise _locked(self.database, str(error)) from error
                time.sleep(0.05)

    def _version(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Return how many migrations the file has had.

        Raises:
            WorkspaceError: more than this version of tuneproof knows.
        """
        row = connection.execute(_HAS_META).fetchone()
        if not row or not row[0]:
            return 0
        row = connection.execute(_VERSION).fetchone()
        version = int(row[0]) if row else 0
        if version > len(MIGRATIONS):
            raise WorkspaceError(
                f"{self.database} has schema version {version}, this tuneproof knows {len(MIGRATIONS)}.",
                "Upgrade tuneproof: a newer version wrote this workspace.",
            )
        return version

    def _migrate(self, connection: duckdb.DuckDBPyConnection) -> None:
        for number, name in enumerate(MIGRATIONS[self._version(connection) :], self._version(connection) + 1):
            statements = resources.files("tuneproof.datasets.workspace").joinpath(name).read_text("utf-8")
            connection.execute("BEGIN TRANSACTION")
            connection.execute(statements)
            connection.execute(_SET_VERSION, [str(number)])
            connection.execute("COMMIT")


# How much is told of the command that holds a file.
COMMAND_CHARS = 60


def _locked(path: Path, message: str) -> WorkspaceLocked:
    found = re.search(r"\(PID (\d+)\)", message)
    if not found:
        return WorkspaceLocked(f"{path} is held by another process.", "Close it, then run this again.")
    process = int(found[1])
    return WorkspaceLocked(
        f"{path} is held by process {process} ({_command_of(process)}).",
        "Wait for it to finish or close it, then run this again.",
    )


def _command_of(process: int) -> str:
    """Return what a process was started as, or its bare name where the system does not tell."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "command unknown"
    shown = " ".join(" ".join([Path(words[0]).name, *words[1:3]]).split())
    return shown if len(shown) <= COMMAND_CHARS else shown[: COMMAND_CHARS - 1] + "…"


def _unreadable(path: Path, error: Exception) -> WorkspaceError:
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        return WorkspaceError(f"{path.parent} can't be written to.", "Check the folder's owner and mode.")
    first_line = str(error).splitlines()[0]
    return WorkspaceError(
        f"{path} can't be opened: {first_line}",
        "If the disk is full, free some space; if the file is damaged, run: tuneproof restore BACKUP NEW_FOLDER",
    )
