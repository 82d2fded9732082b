"""What a run leaves on disk while it goes and at its end: complete checkpoints and one whole adapter.

Knows folders and the names of files in them. It must not know why a run ended.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import FILE_MODE, read_json, write_json_atomic
from tuneproof.datasets.workspace.errors import RunError

COMPLETE = "complete.json"  # marks a checkpoint whose files are all written
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


def mark_complete(checkpoint: Path, step: int) -> None:
    """Say that every file of ``checkpoint`` has been written."""
    write_json_atomic(checkpoint / COMPLETE, {"step": step})


def last_complete(checkpoints: Path) -> tuple[Path, int] | None:
    """Return the newest complete checkpoint and its step, or None."""
    marks = [(int(read_json(mark)["step"]), mark.parent) for mark in checkpoints.glob(f"checkpoint-*/{COMPLETE}")]
    if not marks:
        return None
    step, folder = max(marks)
    return folder, step


def clear_drafts(run_dir: Path) -> None:
    """Remove what a killed or failed attempt left half-written: checkpoints without their mark, an adapter draft."""
    for folder in (run_dir / "checkpoints").glob("checkpoint-*"):
        if not (folder / COMPLETE).exists():
            shutil.rmtree(folder, ignore_errors=True)
    for name in ("adapter", "model"):
        shutil.rmtree(_draft(run_dir / name), ignore_errors=True)


def save_adapter(model: Any, target: Path) -> None:
    """Write a peft model's adapter to ``target``, whole or not at all: two files, readable by everybody.

    The library's model card is left out, and the names of the adapted modules, a set that it writes in any order,
    are sorted, so that equal adapters have equal files.

    Raises:
        OSError: the disk can't take it.
        RunError: the library wrote something else than an adapter.
    """
    draft = _draft(target)
    shutil.rmtree(draft, ignore_errors=True)
    model.save_pretrained(str(draft), safe_serialization=True)
    missing = [name for name in ADAPTER_FILES if not (draft / name).is_file()]
    if missing:
        raise RunError(f"The adapter was saved without {missing[0]}.", "Check the version of peft that is installed.")
    for path in draft.iterdir():
        if path.name not in ADAPTER_FILES:
            path.unlink()
    config = read_json(draft / "adapter_config.json")
    if isinstance(config.get("target_modules"), list):
        config["target_modules"].sort()
    write_json_atomic(draft / "adapter_config.json", config)
    for name in ADAPTER_FILES:
        (draft / name).chmod(FILE_MODE)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def save_model(model: Any, tokenizer: Any, target: Path) -> None:
    """Write a whole model with its tokenizer to ``target``, whole or not at all, readable by everybody.

    Raises:
        OSError: the disk can't take it.
    """
    draft = _draft(target)
    shutil.rmtree(draft, ignore_errors=True)
    model.save_pretrained(str(draft))
    tokenizer.save_pretrained(str(draft))
    for path in draft.iterdir():
        path.chmod(FILE_MODE)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def _draft(target: Path) -> Path:
    return target.with_name(f".{target.name}.draft")
