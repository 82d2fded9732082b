"""How an evaluation is prepared and started, seen from the parent process.

Knows the request and the child's command line. It must not import torch or know how scores are made.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import RunError, UsageError
from tuneproof.evaluate.folder import EvaluationFolder, busy
from tuneproof.evaluate.items import beyond_bundled
from tuneproof.train.child import all_cores, spawn


def prepare_evaluation(
    run_dir: Path, config: Config, look: int, as_of: str | None = None, snapshot: Path | None = None
) -> Path:
    """Write ``evaluation/request.json`` of a finished run and return the evaluation folder.

    ``look`` counts the evaluations of runs on the same held-out items, this one included, from 1. ``as_of`` (an
    ISO time) is when the verdict counts from, by default when it is reached. ``snapshot`` is where the run's snapshot
    lies now, by default where it lay when the run was asked for.

    Raises:
        RunError: the run has made nothing yet.
        DataError: the run's request can't be read.
        UsageError: ``look`` is under 1.
    """
    folder = EvaluationFolder(run_dir)
    if look < 1:
        raise UsageError(f"Looks are counted from 1, here {look}.", "Count this evaluation as a look.")
    trained = read_json(run_dir / "request.json")
    if not any((folder.product / name).is_file() for name in ("adapter_config.json", "config.json")):
        raise RunError(f"Run {run_dir.name} has no adapter: it did not finish.", "Finish it: tuneproof train")
    folder.path.mkdir(exist_ok=True)
    request = {
        "run_id": run_dir.name,
        "snapshot": str(snapshot or trained["snapshot"]),
        "snapshot_id": trained["snapshot_id"],
        "base": trained["base"],
        "override": trained.get("override"),
        "config": _rooted(config, run_dir).model_dump(mode="json"),
        "look": look,
        "as_of": as_of,
        "threads": all_cores(config.train.threads),
    }
    write_json_atomic(folder.request, request)
    folder.status.unlink(missing_ok=True)
    return folder.path


def start(run_dir: Path) -> subprocess.Popen[bytes]:
    """Start, or take up again, the evaluation in ``run_dir`` as a child process; its output goes to a log.

    Raises:
        RunError: another process is at it.
        DataError: the request can't be read.
    """
    folder = EvaluationFolder(run_dir)
    if folder.is_held():
        raise busy(run_dir)
    request = read_json(folder.request)
    fetches = bool(beyond_bundled(Config.model_validate(request["config"]).general))
    threads = int(request["threads"])
    return spawn("tuneproof.evaluate.worker", run_dir, folder.log, threads, request["base"], fetches)


def _rooted(config: Config, run_dir: Path) -> Config:
    """Return the configuration with the folder of tasks as seen from anywhere; it counts from the workspace."""
    if config.general.tasks_folder is None:
        return config
    folder = (run_dir.resolve().parent.parent / config.general.tasks_folder).resolve()
    return config.model_copy(update={"general": config.general.model_copy(update={"tasks_folder": str(folder)})})
