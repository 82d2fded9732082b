"""A folder for another program: its files, the one command that uses them, and what can't be done there.

Knows rows, folders and how one is put in place whole or not at all. It must not know any target's format.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.snapshots import Snapshot

Message = Mapping[str, str]
Conversation = Sequence[Message]
FILE_MODE, FOLDER_MODE = 0o644, 0o755
TRAIN, VALID = "data/train.jsonl", "data/validation.jsonl"
_ASK, _SAY = {"role": "user", "content": "How, {{ then }}?"}, {"role": "assistant", "content": "So:\n`x`"}
_TELL = {"role": "system", "content": "Be brief."}
#: Conversations that show how a template writes: with a system text and without, of one answer and of two.
TRIALS: tuple[Conversation, ...] = (
    (_ASK, _SAY), (_TELL, _ASK, _SAY), (_ASK, _SAY, _ASK, _SAY), (_TELL, _ASK, _SAY, _ASK, _SAY)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """The conversations of a snapshot by split; each is proved to fit every loader when this is made by ``read``."""

    train: tuple[Conversation, ...]
    validation: tuple[Conversation, ...]
    test: tuple[Conversation, ...]

    @property
    def single(self) -> bool:
        """Whether every conversation has one answer."""
        return all(
            sum(message["role"] == "assistant" for message in row) == 1
            for rows in (self.train, self.validation)
            for row in rows
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """The figures that a trainer's configuration is filled with; ``base`` as the configuration names it.

    ``warmup`` is a share of all steps; ``family`` is the base's ``model_type``; ``template`` its chat template, and
    ``written`` what that makes of each of ``TRIALS``, empty where it can't render them all.
    """

    base: str
    family: str
    template: str
    written: tuple[str, ...]
    quantised: bool
    epochs: float
    learning_rate: float
    rank: int
    alpha: int
    batch_size: int
    max_length: int
    warmup: float
    weight_decay: float
    seed: int


@dataclass(frozen=True, slots=True)
class Handoff:
    """What goes to a target: ``files`` by relative path, the ``command`` that uses them there, and its limits."""

    target: str
    files: Mapping[str, str]
    command: str
    limits: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_rows(snapshot: Snapshot) -> Rows:
    """Return a snapshot's conversations.

    Raises:
        DataError: one is not of the shape that all loaders take: texts only, at most one system message and that
            first, user and assistant in turn, the assistant last; or there is nothing to train on.
    """
    found = [tuple(_checked(row, f"{split}.jsonl, row {n}") for n, row in enumerate(snapshot.rows(split), 1))
             for split in ("train", "validation", "test")]  # fmt: skip
    if not found[0]:
        raise DataError("The snapshot has no training rows.", "Build a larger set and freeze it: tuneproof gate")
    return Rows(*found)


def messages_lines(rows: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """Return JSON lines of ``{"messages": [...]}`` and nothing else: loaders choke on further keys."""
    return "".join(json.dumps({"messages": list(row)}, ensure_ascii=False) + "\n" for row in rows)


def both_splits(rows: Rows) -> dict[str, str]:
    """Return the training rows and, where there are any, the validation rows under their usual names."""
    files = {TRAIN: messages_lines(rows.train)}
    return {**files, VALID: messages_lines(rows.validation)} if rows.validation else files


def yaml_text(values: Mapping[str, Any]) -> str:
    """Return ``values`` as YAML in their order."""
    import yaml

    return str(yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, default_flow_style=None))


def place_folder(out: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Let ``fill`` write a folder beside ``out`` and move it there: ``out`` is as it was, or the new one whole.

    Raises:
        UsageError: ``out`` holds something and ``force`` is not given, or can't be written.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not force):
        raise UsageError(f"{out} is not empty.", "Name another folder, or replace what is there: --force")
    if out.resolve() == Path.cwd().resolve() or out.resolve() in Path.cwd().resolve().parents:
        raise UsageError(f"{out} holds the current folder.", "Name a folder inside it.")
    draft, old = out.with_name(f".{out.name}.draft"), out.with_name(f".{out.name}.old")
    for remains in (draft, old):
        shutil.rmtree(remains, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        fill(draft)
        _open_to_all(draft)
        if out.exists():
            out.rename(old)
        draft.rename(out)
    except OSError as error:
        if old.exists() and not out.exists():
            old.rename(out)
        raise UsageError(
            f"{out} can't be written: {error.strerror or error}.", "Free some space or mend its rights."
        ) from error
    finally:
        for remains in (draft, old):
            shutil.rmtree(remains, ignore_errors=True)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts as UTF-8 with the line ends they have, making folders as needed."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def readme(handoff: Handoff, base: str, verdict: str) -> str:
    """Return the page that lies in the folder: the command, what is there, and what it can't do."""
    limits = "".join(f"- {limit}\n" for limit in handoff.limits) or "- nothing known\n"
    listed = "".join(f"- `{name}`\n" for name in sorted(handoff.files))
    return (
        f"# For {handoff.target}\n\nRun this in this folder:\n\n```console\n{handoff.command}\n```\n\n"
        f"Base: `{base}`. {verdict}\n\n## What it can't do\n\n{limits}\n## Files\n\n{listed}"
        "- `lineage.jsonl`: where each row comes from, in the order of train, validation, test; no loader reads it\n"
        "- `tuneproof.json`: the snapshot, its verdict, the settings, and the command again\n"
    )


def _checked(row: Conversation, where: str) -> Conversation:
    body = list(row[1:] if row and row[0].get("role") == "system" else row)
    wanted = ["user", "assistant"] * (len(body) // 2)
    if not body or [message.get("role") for message in body] != wanted:
        raise DataError(
            f"{where}: the turns are not user and assistant in turn.", "Mend that pair, then: tuneproof gate"
        )
    for message in row:
        if (
            set(message) != {"role", "content"}
            or not isinstance(message["content"], str)
            or not message["content"].strip()
        ):
            raise DataError(
                f"{where}: a message without text, or with more than text.", "Mend that pair, then: tuneproof gate"
            )
    return tuple({"role": message["role"], "content": message["content"]} for message in row)


def _open_to_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
