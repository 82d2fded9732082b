"""Watch a child process through the files it writes: progress while it lives, its own words when it fails.

Knows ``status.json`` and ``metrics.jsonl`` of a run folder. It must not know what is trained or scored. Closing
the terminal leaves the child alone; Ctrl-C asks it to stop, and it keeps its last checkpoint.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import read_json, read_jsonl
from tuneproof.datasets.workspace.errors import RunError
from tuneproof.train.launch import stop
from tuneproof.tui import console

POLL_SECONDS = 0.2


def watch(child: subprocess.Popen[bytes], folder: Path, label: str, steps: int = 0) -> Mapping[str, Any]:
    """Show the progress of ``child`` until it ends and return its last status; ``steps`` is how many a run takes.

    Raises:
        RunError: it failed, with its own message and hint, or it did not stop when it was asked to.
        KeyboardInterrupt: a person stopped it; the child has stopped too.
    """
    try:
        with console.progress(label) as advance:
            planned = False
            while child.poll() is None:
                planned = planned or _say_plan(folder)
                _show(folder, advance, steps)
                time.sleep(POLL_SECONDS)
            _show(folder, advance, steps)
    except KeyboardInterrupt:
        stop(child)
        raise
    status = _status(folder)
    if status.get("state") == "finished":
        return status
    message = status.get("message") or f"{label} ended with code {child.returncode} and left no message."
    hint = status.get("hint") or f"Read {folder}/*.log, then run the same command again: it carries on."
    raise RunError(str(message), str(hint))


def _status(folder: Path) -> dict[str, Any]:
    path = folder / "status.json"
    return dict(read_json(path)) if path.is_file() else {}


def _say_plan(folder: Path) -> bool:
    """Say what the child means to do, where it says so; returns whether it did."""
    plan = _status(folder).get("plan")
    if plan:
        console.say(str(plan))
    return bool(plan)


def _show(folder: Path, advance: console.Advance, steps: int) -> None:
    status = _status(folder)
    rows = read_jsonl(folder / "metrics.jsonl")
    done = int(rows[-1]["step"]) if rows else int(status.get("done", 0))
    newest = {row["name"]: row["value"] for row in rows}
    shown = [f"{name} {newest[name]:.3f}" for name in ("loss", "eval_loss") if name in newest]
    advance(done, steps or int(status.get("total", 0)), ", ".join(shown))
