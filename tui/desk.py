"""The review's one hand on the workspace file: a thread that opens it when asked and lets go when idle.

Knows how long the file is held and whether somebody changed it meanwhile. It must not know any SQL, nor the screen.
All work runs on one thread in the order it was asked for, so a verdict is never overtaken by the next key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from tuneproof.datasets.workspace.errors import WorkspaceError

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.workspace import Workspace

IDLE_SECONDS = 30.0
Result = TypeVar("Result")


class Desk:
    """Runs work on the workspace's connection, held between calls until ``idle_seconds`` passed without one."""

    def __init__(self, workspace: Workspace, idle_seconds: float = IDLE_SECONDS) -> None:
        self.workspace = workspace
        self.idle_seconds = idle_seconds
        # Grows whenever the file turns out changed by somebody else after a pause: what was read before may be stale.
        self.generation = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="workspace")
        self._held: ExitStack | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._left_as: tuple[int, int] | None = None
        self._used = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether the file is held right now."""
        return self._held is not None

    def submit(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Future[Result]:
        """Queue ``work`` and return its future. It raises what ``work`` raises, WorkspaceLocked, or WorkspaceError."""
        self._used = time.monotonic()
        return self._thread.submit(self._run, work)

    async def run(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Run ``work`` and return its result, leaving the screen free meanwhile. Raises as ``submit`` says."""
        return await asyncio.wrap_future(self.submit(work))

    def release_if_idle(self) -> None:
        """Let go of the file when nobody asked for it lately."""
        if self.is_open and time.monotonic() - self._used >= self.idle_seconds:
            self._thread.submit(self._release)

    async def let_go(self) -> None:
        """Let go of the file now; the next work opens it again."""
        await asyncio.wrap_future(self._thread.submit(self._release))

    def close(self) -> None:
        """Finish what is queued, let go of the file and end the thread."""
        self._thread.submit(self._release)
        self._thread.shutdown(wait=True)

    def _run(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        import duckdb

        try:
            return work(self._open())
        except duckdb.Error as error:
            self._release()
            raise WorkspaceError(
                f"The workspace file answered: {str(error).splitlines()[0]}",
                "Nothing was changed. If the disk is full, free some space; else run: tuneproof doctor",
            ) from error

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            stack = ExitStack()
            self._connection = stack.enter_context(self.workspace.write())
            self._held = stack
            # The database would draw its own bar across the screen where it takes the program for a prompt.
            self._connection.execute("SET enable_progress_bar = false")
            if self._left_as is not None and self._left_as != self._stamp():
                self.generation += 1
        return self._connection

    def _release(self) -> None:
        if self._held is None:
            return
        held, self._held, self._connection = self._held, None, None
        held.close()
        self._left_as = self._stamp()

    def _stamp(self) -> tuple[int, int]:
        found = self.workspace.database.stat()
        return found.st_size, found.st_mtime_ns
