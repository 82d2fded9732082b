"""The evaluation folder of a run: its files, its state, and the lock that keeps two processes out of it.

Knows names and states. It must not know how anything in the files was made.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.errors import RunError
from tuneproof.train.child import hold, is_held
from tuneproof.train.progress import RunFolder

State = Literal["requested", "running", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class Status:
    """Where an evaluation stands: ``done`` of ``total`` item scorings; both sentences of an error if it failed.

    ``plan`` is what it said it would cost, once that is known.
    """

    state: State
    pid: int | None = None
    done: int = 0
    total: int = 0
    message: str | None = None
    hint: str | None = None
    plan: str | None = None


class EvaluationFolder:
    """``RUN/evaluation``: every file of it by name."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.path = run_dir / "evaluation"
        self.request = self.path / "request.json"
        self.status = self.path / "status.json"
        self.inputs = self.path / "inputs.json"
        self.items = self.path / "items.jsonl"
        self.scores = self.path / "scores.jsonl"
        self.outputs = self.path / "outputs.jsonl"
        self.verdict = self.path / "verdict.json"
        self.evidence = self.path / "evidence.json"
        self.log = self.path / "evaluate.log"
        self.product = RunFolder(run_dir).product

    def lock(self) -> AbstractContextManager[None]:
        """Hold the folder inside the block; the lock ends with the process, however that ends.

        Raises:
            RunError: another process holds it.
        """
        return hold(self.path, busy(self.run_dir))

    def is_held(self) -> bool:
        """Whether some process holds the lock right now."""
        return is_held(self.path)

    def set_status(self, status: Status) -> None:
        """Write where this process's evaluation stands."""
        write_json_atomic(self.status, {**asdict(status), "pid": os.getpid()})


def busy(run_dir: Path) -> RunError:
    """Return the error for a folder that another process holds."""
    return RunError(f"Run {run_dir.name} is being evaluated by another process.", "Wait for it, or stop it first.")


def read_status(run_dir: Path) -> Status:
    """Return where an evaluation stands; one whose process is gone without a word counts as failed.

    Raises:
        DataError: status.json can't be read.
    """
    folder = EvaluationFolder(run_dir)
    if not folder.status.exists():
        return Status("requested")
    status = _read(folder.status)
    if status.state != "running" or folder.is_held():
        return status
    # The child may have finished between the two looks.
    again = _read(folder.status)
    if again.state != "running":
        return again
    return Status(
        "failed",
        again.pid,
        again.done,
        again.total,
        f"The evaluation process {again.pid} ended without a word: it was killed, or the machine went down.",
        f"Run the command again, it carries on where it stopped; the end of {folder.log} may say more.",
    )


def _read(path: Path) -> Status:
    document: dict[str, Any] = read_json(path)
    return Status(**document)
