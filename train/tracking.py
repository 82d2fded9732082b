"""Trackers that a run's figures are sent to beside ``metrics.jsonl``, each imported only where it is asked for.

Knows TensorBoard, trackio, MLflow and Weights & Biases (extra ``tracking``). Nothing is sent over a network unless the
environment names a server: MLflow writes to the run's folder without MLFLOW_TRACKING_URI, W&B is offline without
WANDB_MODE. It must not know trainers.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import UsageError

PROJECT = "tuneproof"
#: The module that each tracker lives in.
MODULES = {"tensorboard": "tensorboard", "trackio": "trackio", "mlflow": "mlflow", "wandb": "wandb"}


@dataclass(frozen=True, slots=True)
class Tracker:
    """One open tracker: what writes the figures of a step, and what ends it."""

    name: str
    record: Callable[[int, Mapping[str, float]], None]
    close: Callable[[], None]


def check_installed(names: Sequence[str]) -> None:
    """Make sure before a run that every tracker asked for can be imported.

    Raises:
        UsageError: one is not installed.
    """
    missing = [name for name in names if importlib.util.find_spec(MODULES[name]) is None]
    if missing:
        raise UsageError(
            f"[train] tracking asks for {' and '.join(missing)}, which is not installed.",
            "pip install 'tuneproof[tracking]', or take it out of [train] tracking; metrics.jsonl is always written.",
        )


def open_trackers(names: Sequence[str], run_id: str, folder: Path, settings: Mapping[str, Any]) -> list[Tracker]:
    """Open each tracker for the run ``run_id``, whose files go below ``folder`` where they are files.

    Raises:
        UsageError: one is not installed.
    """
    check_installed(names)
    return [_OPEN[name](run_id, folder, settings) for name in names]


def _tensorboard(run_id: str, folder: Path, settings: Mapping[str, Any]) -> Tracker:
    writers: Any = importlib.import_module("torch.utils.tensorboard")
    writer = writers.SummaryWriter(log_dir=str(folder / "tensorboard"))
    writer.add_text("settings", "\n".join(f"    {name} = {value}" for name, value in settings.items()))

    def record(step: int, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return Tracker("tensorboard", record, writer.close)


def _trackio(run_id: str, folder: Path, settings: Mapping[str, Any]) -> Tracker:
    os.environ.setdefault("TRACKIO_DIR", str(folder / "trackio"))
    trackio: Any = importlib.import_module("trackio")
    trackio.init(project=PROJECT, name=run_id, config=dict(settings))

    def record(step: int, figures: Mapping[str, float]) -> None:
        trackio.log({**figures, "train/step": step}, step=step)

    return Tracker("trackio", record, trackio.finish)


def _mlflow(run_id: str, folder: Path, settings: Mapping[str, Any]) -> Tracker:
    mlflow: Any = importlib.import_module("mlflow")
    if "MLFLOW_TRACKING_URI" not in os.environ:
        mlflow.set_tracking_uri((folder / "mlflow").as_uri())
    mlflow.set_experiment(PROJECT)
    mlflow.start_run(run_name=run_id)
    mlflow.log_params(dict(settings))

    def record(step: int, figures: Mapping[str, float]) -> None:
        mlflow.log_metrics(dict(figures), step=step)

    return Tracker("mlflow", record, mlflow.end_run)


def _wandb(run_id: str, folder: Path, settings: Mapping[str, Any]) -> Tracker:
    wandb: Any = importlib.import_module("wandb")
    mode = os.environ.get("WANDB_MODE", "offline")
    run = wandb.init(project=PROJECT, name=run_id, dir=str(folder), config=dict(settings), mode=mode)

    def record(step: int, figures: Mapping[str, float]) -> None:
        run.log(dict(figures), step=step)

    return Tracker("wandb", record, run.finish)


_OPEN: dict[str, Callable[[str, Path, Mapping[str, Any]], Tracker]] = {
    "tensorboard": _tensorboard,
    "trackio": _trackio,
    "mlflow": _mlflow,
    "wandb": _wandb,
}
