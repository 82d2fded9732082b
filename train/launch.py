"""How a run is prepared, started, stopped and taken up again, seen from the parent process.

Knows run folders and the child's command line. It must not import torch or know how training is done.
"""

from __future__ import annotations

import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import ModelError, RunError
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.train.base_facts import read_architecture
from tuneproof.train.child import all_cores, spawn
from tuneproof.train.progress import RunFolder, busy
from tuneproof.train.replay import check_source
from tuneproof.train.rows import conversations
from tuneproof.train.tracking import check_installed

STOP_SECONDS = 120.0


def prepare_run(
    runs_dir: Path,
    snapshot: Path,
    base: Path | str,
    settings: Train,
    override: str | None,
    parent_id: str | None = None,
    max_steps: int | None = None,
) -> Path:
    """Write the request of a new run below ``runs_dir`` and return the run's folder.

    The id names the request's content; a counter tells apart runs of the same request. ``base`` is a folder, or a
    hub name. ``max_steps`` ends the run early (for measuring).

    Raises:
        DataError: the snapshot is broken, has no rows to train on, or there is no text to replay.
        ModelError: ``base`` is a path that is no model.
        UsageError: a tracker that is asked for is not installed.
        OSError: the folder can't be written.
    """
    check_installed(settings.tracking)
    request = _request(snapshot, base, settings, override, parent_id, max_steps)
    run_dir = _new_folder(runs_dir, digest("run", canonical_json(request)))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    # Samples are read by a person and change nothing of the run: its id, made of the rest, does not know them.
    shown: dict[str, object] = {"samples": settings.samples} if settings.samples else {}
    if settings.tracking:
        shown["tracking"] = list(settings.tracking)
    write_json_atomic(run_dir / "request.json", {"run_id": run_dir.name, "created_at": created, **request, **shown})
    return run_dir


def run_of_request(
    runs_dir: Path, snapshot: Path, base: Path | str, settings: Train, override: str | None
) -> Path | None:
    """Return the newest run of this very request, or None: unless it has finished, starting it takes it up again.

    Raises:
        DataError: the snapshot is broken.
        ModelError: ``base`` is a path that is no model.
    """
    request = _request(snapshot, base, settings, override, None, None)
    found = [path.parent for path in runs_dir.glob(f"{digest('run', canonical_json(request))}*/request.json")]
    return max(found, key=lambda run_dir: (run_dir / "request.json").stat().st_mtime_ns, default=None)


def _request(
    snapshot: Path,
    base: Path | str,
    settings: Train,
    override: str | None,
    parent_id: str | None,
    max_steps: int | None,
) -> dict[str, object]:
    frozen = load_snapshot(snapshot)
    rows = conversations(frozen, "train")
    where = _base_name(base)
    check_source(settings, where)
    return {
        "snapshot": str(snapshot.resolve()),
        "snapshot_id": frozen.snapshot_id,
        "snapshot_sha256": frozen.sha256,
        "base": where,
        "train": settings.model_dump(mode="json", exclude={"samples"}),
        "seed": settings.seed,
        "override": override,
        "parent_id": parent_id,
        "max_steps": max_steps,
        "pairs": len(rows),
    }


def start(run_dir: Path) -> subprocess.Popen[bytes]:
    """Start, or take up again, the run in ``run_dir`` as a child process; its output goes to ``train.log``.

    Raises:
        RunError: another process is at this run.
        DataError: the request can't be read.
    """
    run = RunFolder(run_dir)
    if run.is_held():
        raise busy(run_dir)
    request = read_json(run.request)
    train = Train.model_validate(request["train"])
    threads = all_cores(train.threads)
    return spawn("tuneproof.train.worker", run_dir, run.log, threads, str(request["base"]), processes=train.processes)


def stop(process: subprocess.Popen[bytes], wait: float = STOP_SECONDS) -> int:
    """Ask a child to stop, which training does at its next step with a checkpoint, and return its exit code.

    Raises:
        RunError: it did not stop in ``wait`` seconds.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(wait)
    except subprocess.TimeoutExpired as error:
        raise RunError(
            f"The process {process.pid} did not stop in {wait:.0f} seconds.",
            f"End it with: kill -9 {process.pid}. It carries on from what is on disk when started again.",
        ) from error


def _base_name(base: Path | str) -> str:
    path = Path(base)
    if path.is_dir():
        read_architecture(path)
        if not (path / "tokenizer.json").is_file():
            raise ModelError(f"{path} has no tokenizer.json.", "Use a base with a fast tokenizer.")
        return str(path.resolve())
    if isinstance(base, Path) or path.is_absolute() or str(base).startswith("."):
        raise ModelError(f"There is no folder {base}.", "Correct [base] model in tuneproof.toml.")
    return base


def _new_folder(runs_dir: Path, content: str) -> Path:
    runs_dir.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = runs_dir / f"{content}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
