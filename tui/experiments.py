"""Trials on the newest snapshot: folds, a curve over sizes, a sweep. Composed here from admission, base and training.

Knows where trials lie in a workspace and how their figures are said. They are no runs: nothing judges or exports them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.datasets.workspace.snapshots import Snapshot
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui import console
from tuneproof.tui.comparison import local_folder
from tuneproof.tui.road import admit, train_settings

if TYPE_CHECKING:
    from tuneproof.train.sweep import Found
    from tuneproof.train.trials import Trial

FOLDER = "trials"


@dataclass(frozen=True, slots=True)
class Ground:
    """What trials are made on."""

    snapshot: Snapshot
    base: Path
    settings: Train
    folder: Path


def ground(workspace: Workspace, override: str | None) -> Ground:
    """Return the newest snapshot, the base and the settings, if they may be trained.

    Raises:
        DataError: there is no snapshot, or it was never judged.
        GateRefused: the set did not pass, or the base's licence stands in the way.
    """
    from tuneproof.train.licences import require_licence

    admission = admit(workspace, override)
    model = workspace.config.base.model
    require_licence(model, local_folder(model, workspace.root), workspace.config.train.accept_licence)
    base = base_folder(model, workspace.root)
    return Ground(admission.snapshot, base, train_settings(workspace), workspace.root / FOLDER)


def cross_validate(on: Ground, folds: int, seeds: int) -> list[Trial]:
    """Train ``folds`` times with another fold of documents held out, for each of ``seeds`` seeds.

    Raises:
        UsageError: there are fewer than two folds, or no seed.
        DataError: there are fewer documents than folds.
        RunError: a trial failed.
    """
    from tuneproof.train.folds import fold_of, freeze_fold, grouped_rows
    from tuneproof.train.trials import run_trial

    if folds < 2 or seeds < 1:
        raise UsageError("Cross-validation takes two folds or more and one seed or more.", "tuneproof train --folds 5")
    rows = grouped_rows(on.snapshot)
    places = fold_of(rows, folds, on.settings.seed)
    found = []
    for seed in range(on.settings.seed, on.settings.seed + seeds):
        for fold in range(folds):
            part = freeze_fold(on.folder / "datasets", on.snapshot, rows, places, fold)
            name = f"fold {fold + 1}" if seeds == 1 else f"fold {fold + 1} seed {seed}"
            console.say(f"Training {name} of {folds} ...")
            settings = on.settings.model_copy(update={"seed": seed})
            found.append(run_trial(name, on.folder / "runs", part.path, on.base, settings))
    return found


def learning_curve(on: Ground) -> list[Trial]:
    """Train on growing shares of the rows, each for as many steps as the whole set takes.

    Raises:
        DataError: there are no validation rows, or too few rows for two sizes.
        RunError: a trial failed.
    """
    from tuneproof.train.folds import FEWEST, SHARES, freeze_share, grouped_rows
    from tuneproof.train.settings import resolve
    from tuneproof.train.trials import run_trial

    count = len(grouped_rows(on.snapshot))
    epochs = resolve(on.settings, count, count, 1).epochs
    found: list[Trial] = []
    for share in SHARES:
        if share * count < FEWEST:
            continue
        part = freeze_share(on.folder / "datasets", on.snapshot, share, on.settings.seed)
        rows = part.counts["train"]
        if found and rows == found[-1].rows:
            continue
        console.say(f"Training on {rows} of {count} pairs ...")
        settings = on.settings.model_copy(update={"epochs": epochs * count / rows})
        found.append(run_trial(f"{rows} pairs", on.folder / "runs", part.path, on.base, settings))
    return found


def trial_lines(trials: Sequence[Trial]) -> Iterator[str]:
    """Return the figures of trials as a table with their mean."""
    from tuneproof.train.trials import spread

    yield f"{'trial':<16} {'rows':>6} {'before':>8} {'best':>8} {'gain':>8} {'epoch':>6} {'last':>8} {'seconds':>8}"
    for one in trials:
        yield (
            f"{one.name:<16} {one.rows:>6} {one.base_loss:>8.4f} {one.best_loss:>8.4f} {one.gain:>8.4f} "
            f"{one.best_epoch:>6.1f} {one.last_loss:>8.4f} {one.seconds:>8.0f}"
        )
    if trials[0].rows != trials[-1].rows and trials[0].name.endswith("pairs"):
        return  # sizes on purpose different have no mean
    gain, best = spread([one.gain for one in trials]), spread([one.best_loss for one in trials])
    yield f"best loss {best.mean:.4f} ± {best.error:.4f}, gain {gain.mean:.4f} ± {gain.error:.4f} nats a token"


def fold_words(trials: Sequence[Trial]) -> str:
    """Return what the folds say of the gain and of the number of epochs."""
    from tuneproof.train.trials import spread

    gain = spread([one.gain for one in trials])
    late = spread([one.last_loss - one.best_loss for one in trials])
    epochs = spread([one.best_epoch for one in trials])
    sure = "holds in every fold" if min(one.gain for one in trials) > 0 else "does not hold in every fold"
    words = f"The gain of {gain.mean:.3f} nats {sure}; the loss is lowest after {epochs.mean:.1f} epochs"
    return f"{words}, and {late.mean:.3f} nats higher at the end." if late.mean > 0 else f"{words}."


def sweep_words(found: Found) -> Iterator[str]:
    """Return a search's result as lines, the settings ready to be pasted."""
    yield f"finished {found.finished}, pruned {found.pruned}, failed {found.failed}"
    yield f"best loss {found.trial.best_loss:.4f} (gain {found.trial.gain:.4f}) at epoch {found.trial.best_epoch:.1f}"
    yield "[train]"
    for name, value in sorted(found.best.items()):
        yield f"{name} = {_toml(value)}"


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:.6g}"
