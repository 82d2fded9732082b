"""The live files of a run folder: its lock, status.json and metrics.jsonl, and who may write them.

Knows file names and states. It must not know models; the child process calls it, the parent reads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tuneproof.datasets.workspace.atomic import (
    append_jsonl,
    read_json,
    read_jsonl,
    write_json_atomic,
    write_jsonl_atomic,
)
from tuneproof.datasets.workspace.errors import RunError, TuneproofError
from tuneproof.train.child import hold, is_held

State = Literal["requested", "running", "finished", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Status:
    """Where a run stands; ``message`` and ``hint`` are filled when it failed or was stopped.

    ``steps`` is how many it takes in all, None until its child knows.
    """

    state: State
    pid: int | None = None
    message: str | None = None
    hint: str | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run and the few writes that its child makes while it runs."""

    path: Path

    @property
    def request(self) -> Path:
        """What was asked for: written once, before the child starts."""
        return self.path / "request.json"

    @property
    def status(self) -> Path:
        """The state of the run."""
        return self.path / "status.json"

    @property
    def metrics(self) -> Path:
        """One figure of one step a line."""
        return self.path / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """One answer of one step a line, if the run was asked for samples."""
        return self.path / "samples.jsonl"

    @property
    def log(self) -> Path:
        """Everything that the child and its libraries print."""
        return self.path / "train.log"

    @property
    def checkpoints(self) -> Path:
        """What a killed run carries on from."""
        return self.path / "checkpoints"

    @property
    def adapter(self) -> Path:
        """The trained adapter: there once the run is finished, whole."""
        return self.path / "adapter"

    @property
    def model(self) -> Path:
        """The whole trained model, where a method trains weights of the base itself."""
        return self.path / "model"

    @property
    def product(self) -> Path:
        """What the run has made: its adapter, or its model; the adapter's place while there is neither."""
        return self.model if self.model.exists() else self.adapter

    @property
    def manifest(self) -> Path:
        """What was done, with what, and what came of it."""
        return self.path / "manifest.json"

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run's lock; the kernel frees it however the process ends.

        Raises:
            RunError: another process is at this run.
        """
        return hold(self.path, busy(self.path))

    def is_held(self) -> bool:
        """Whether some process holds the lock right now."""
        return is_held(self.path)

    def set_status(
        self, state: State, message: str | None = None, hint: str | None = None, *, steps: int | None = None
    ) -> None:
        """Write the state of this process's run; ``steps`` once written stay."""
        if steps is None and self.status.exists():
            steps = read_json(self.status).get("steps")
        write_json_atomic(
            self.status, {"state": state, "pid": os.getpid(), "message": message, "hint": hint, "steps": steps}
        )

    def set_failed(self, error: TuneproofError) -> None:
        """Write the state ``failed`` with both sentences of ``error``."""
        self.set_status("failed", error.message, error.hint)

    def record(self, step: int, figures: Mapping[str, float]) -> None:
        """Append the figures of a step."""
        append_jsonl(self.metrics, [{"step": step, "name": name, "value": v} for name, v in figures.items()])

    def record_samples(self, step: int, answers: Sequence[tuple[str, str, str]]) -> None:
        """Append what the model answered at a step: question, reference, answer."""
        append_jsonl(
            self.samples,
            [
                {"step": step, "question": question, "reference": reference, "answer": answer}
                for question, reference, answer in answers
            ],
        )

    def forget_after(self, step: int) -> None:
        """Take back the figures and samples of steps after ``step``: a resumed run makes them again."""
        for path in (self.metrics, self.samples):
            if path.exists():
                write_jsonl_atomic(path, [row for row in read_jsonl(path) if row["step"] <= step])

    def series(self, name: str) -> list[tuple[int, float]]:
        """Return the (step, value) pairs of one figure in order."""
        return [(row["step"], row["value"]) for row in read_jsonl(self.metrics) if row["name"] == name]


def busy(run_dir: Path) -> RunError:
    """Return the error for a run that another process trains."""
    return RunError(f"Run {run_dir.name} is being trained by another process.", "Wait for it, or stop it first.")


def read_status(run_dir: Path) -> Status:
    """Return where a run stands; one whose process is gone without a word counts as failed.

    Raises:
        DataError: status.json can't be read.
    """
    run = RunFolder(run_dir)
    if not run.status.exists():
        return Status("requested")
    status = _status(read_json(run.status))
    if status.state != "running" or run.is_held():
        return status
    # The child may have finished between the two looks.
    again = _status(read_json(run.status))
    if again.state != "running":
        return again
    return Status(
        "failed",
        status.pid,
        f"The training process {status.pid} ended without a word: it was killed, or the machine went down.",
        f"Start the run again, it carries on from its last checkpoint; the end of {run.log} may say more.",
        status.steps,
    )


def _status(document: Mapping[str, Any]) -> Status:
    names = ("pid", "message", "hint", "steps")
    return Status(document["state"], *(document.get(name) for name in names))
