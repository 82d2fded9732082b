"""Child processes that work on a run folder: how one is started, what it is told, and the lock that keeps others out.

Knows processes, locks and environment variables. It must not know what a child does.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuneproof.datasets.workspace.errors import RunError

#: How far children step back where something else wants the processor, on the scale of ``nice``.
NICENESS = 10


@contextmanager
def hold(folder: Path, busy: RunError) -> Iterator[None]:
    """Hold the lock of ``folder`` inside the block; the kernel frees it however the process ends.

    Raises:
        RunError: ``busy``, if another process holds it.
    """
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise busy from error
        yield


def is_held(folder: Path) -> bool:
    """Whether some process holds the lock of ``folder`` right now."""
    try:
        with (folder / ".lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def spawn(
    module: str, run_dir: Path, log: Path, threads: int, base: str, fetches: bool = False, processes: int = 1
) -> subprocess.Popen[bytes]:
    """Start ``python -m module RUN_DIR``, its output appended to ``log``; a base that is a folder needs no network.

    ``fetches`` tells that data sets are named that may lie on the hub. Several ``processes`` are started by
    ``accelerate launch``, each with its share of the ``threads``.
    The child gives way to whatever a person does meanwhile: alone on the machine it is as fast as ever.
    """
    with log.open("ab") as file:
        child = subprocess.Popen(
            # -P: folders where the user happens to stand, such as mlx/ or torch/, are not packages to import.
            [sys.executable, "-P", "-m", *_launcher(processes), module, str(run_dir)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={
                **os.environ,
                **_environment(max(1, threads // processes), Path(base).is_dir() and not fetches, fetches),
            },
        )
    os.setpriority(os.PRIO_PROCESS, child.pid, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    return child


def _launcher(processes: int) -> list[str]:
    if processes == 1:
        return []
    # Its name for several processes on one machine, on a CPU as on cards; the port is any free one.
    words = f"--multi_gpu --num_machines 1 --num_processes {processes} --main_process_port 0 --mixed_precision no"
    return ["accelerate.commands.launch", *words.split(), "--dynamo_backend", "no", "--module"]


def process_rank() -> int:
    """Return which of a run's processes this is; the first, 0, alone writes its files."""
    return int(os.environ.get("RANK", "0"))


def all_cores(threads: int) -> int:
    """Return how many threads torch gets: ``threads``, or every core this process may use if it is 0."""
    return threads or len(os.sched_getaffinity(0))


def _environment(threads: int, offline: bool, fetches: bool) -> dict[str, str]:
    return {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        # Threads that spin while they wait for one another are lost as soon as a core is shared: measured, two
        # spinning threads beside another job gave a quarter to a tenth of the tokens a second.
        "OMP_WAIT_POLICY": "passive",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1" if offline else "0",
        "HF_DATASETS_OFFLINE": "0" if fetches else "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
    }
