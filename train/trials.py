"""Trials: short-lived runs whose held-out losses are compared, beside the runs that a workspace keeps.

Knows how one is run in a child process and what its figures say together. It must not know snapshots' making.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import RunError
from tuneproof.train.launch import prepare_run, run_of_request, start, stop
from tuneproof.train.patience import best_step
from tuneproof.train.progress import RunFolder, read_status

POLL_SECONDS = 0.5
#: Share of the whole gain that the last doubling of the rows must bring for more rows to be advised.
WORTH = 0.05
Watch = Callable[[int, float], bool]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial came to, in nats a token of the held-out rows; ``best_epoch`` is where the loss was lowest."""

    name: str
    run_id: str
    rows: int
    base_loss: float
    best_loss: float
    best_epoch: float
    last_loss: float
    seconds: float

    @property
    def gain(self) -> float:
        """Nats a token that training took off the loss at its best."""
        return self.base_loss - self.best_loss

    def to_document(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {**asdict(self), "gain": self.gain}


class Pruned(RunError):
    """A trial was stopped because it was falling behind the others."""


def run_trial(
    name: str, runs_dir: Path, snapshot: Path, base: Path, settings: Train, watch: Watch | None = None
) -> Trial:
    """Run a trial to its end and return its figures; one that has run before is read, not run again.

    ``watch`` is told (step, loss) of each evaluation as it comes, and ends the trial by returning True.

    Raises:
        Pruned: ``watch`` ended it.
        RunError: training failed, or nothing was held out.
    """
    folder = run_of_request(runs_dir, snapshot, base, settings, None)
    folder = folder or prepare_run(runs_dir, snapshot, base, settings, None)
    if read_status(folder).state != "finished":
        _run(folder, watch)
    return read_trial(name, folder)


def _run(folder: Path, watch: Watch | None) -> None:
    child = start(folder)
    seen = 0
    try:
        while child.poll() is None:
            time.sleep(POLL_SECONDS)
            points = [point for point in RunFolder(folder).series("eval_loss") if point[0] > 0]
            for step, loss in points[seen:]:
                if watch and watch(step, loss):
                    raise Pruned(f"Trial {folder.name} was falling behind.", "Nothing: the others go on.")
            seen = len(points)
    finally:
        if child.poll() is None:
            stop(child)
    status = read_status(folder)
    if status.state != "finished":
        raise RunError(f"Trial {folder.name}: {status.message}", status.hint or f"Read {folder / 'train.log'}.")


def read_trial(name: str, folder: Path) -> Trial:
    """Return the figures of a finished trial.

    Raises:
        RunError: nothing was held out, so there are none.
    """
    manifest = read_json(folder / "manifest.json")
    points = RunFolder(folder).series("eval_loss")
    trained = [point for point in points if point[0] > 0]
    if not trained or points[0][0] != 0:
        raise RunError(f"Trial {folder.name} held nothing out.", "Freeze a set with validation rows.")
    best = best_step(trained)
    return Trial(
        name=name,
        run_id=folder.name,
        rows=int(manifest["rows"]["pairs"]),
        base_loss=points[0][1],
        best_loss=dict(trained)[best],
        best_epoch=best / int(manifest["settings"]["steps_per_epoch"]),
        last_loss=trained[-1][1],
        seconds=sum(manifest["seconds"].values()),
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean of several figures, and its standard error by their scatter (0 for a single one)."""

    mean: float
    error: float


def spread(values: Sequence[float]) -> Spread:
    """Return mean and standard error of ``values``."""
    return Spread(mean(values), stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0)


def more_pairs_help(curve: Sequence[Trial]) -> tuple[bool, str]:
    """Return whether more pairs would help by a curve over growing sizes, and why, in words.

    Raises:
        RunError: the curve has a single size.
    """
    if len(curve) < 2:
        raise RunError("A single size is no curve.", "Make more pairs first.")
    before, whole = curve[-2], curve[-1]
    won = before.best_loss - whole.best_loss
    if whole.gain <= 0:
        return False, "training on all pairs lowers the held-out loss at no evaluation: mend the set before it grows"
    share = won / whole.gain
    if won <= 0:
        return (
            False,
            f"with {whole.rows} pairs the held-out loss is no lower than with {before.rows}: mend the set first",
        )
    grown = f"from {before.rows} to {whole.rows} pairs the held-out loss fell by {won:.3f} nats a token"
    if share >= WORTH:
        return True, f"{grown}, {share:.0%} of the whole gain: the curve still falls"
    return False, f"{grown}, {share:.0%} of the whole gain: the curve is flat"
