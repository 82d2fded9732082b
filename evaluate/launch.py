"""How an evaluation is prepared and started, seen from the parent process.

Knows the request and the child's command line. It must not import torch or know how scores are made.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import RunError, UsageError
from tuneproof.evaluate.folder import EvaluationFolder, busy


def prepare_evaluation(
    run_dir: Path, config: Config, look: int, as_of: str | None = None, snapshot: Path | None = None
) -> Path:
    """Write ``evaluation/request.json`` of a finished run and return the evaluation folder.

    ``look`` counts the evaluations of runs on the same held-out items, this one included, from 1. ``as_of`` (an
    ISO time) is when the verdict counts from, by default when it is reached. ``snapshot`` is where the run's snapshot
    lies now, by default where it lay when the run was asked for.

    Raises:
        RunError: the run has no adapter yet.
        DataError: the run's request can't be read.
        UsageError: ``look`` is under 1.
    """
    folder = EvaluationFolder(run_dir)
    if look < 1:
        raise UsageError(f"Looks are counted from 1, here {look}.", "Count this evaluation as a look.")
    trained = read_json(run_dir / "request.json")
    if not (folder.adapter / "adapter_config.json").is_file():
        raise RunError(f"Run {run_dir.name} has no adapter: it did not finish.", f"Finish it: {_RESUME}")
    folder.path.mkdir(exist_ok=True)
    request = {
        "run_id": run_dir.name,
        "snapshot": str(snapshot or trained["snapshot"]),
        "base": trained["base"],
        "override": trained.get("override"),
        "config": config.model_dump(mode="json"),
        "look": look,
        "as_of": as_of,
        "threads": threads(config),
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
    with folder.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tuneproof.evaluate.worker", str(run_dir)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **_environment(int(request["threads"]), Path(request["base"]).is_dir())},
        )


def threads(config: Config) -> int:
    """Return how many threads torch gets: as set for training, else every core this process may use."""
    return config.train.threads or len(os.sched_getaffinity(0))


def _environment(count: int, offline: bool) -> dict[str, str]:
    return {
        "OMP_NUM_THREADS": str(count),
        "MKL_NUM_THREADS": str(count),
        # Threads that spin while they wait for one another are lost as soon as a core is shared: measured, two
        # spinning threads beside another job gave a tenth of the tokens a second of a single one.
        "OMP_WAIT_POLICY": "passive",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1" if offline else "0",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
    }


_RESUME = "tuneproof train"
