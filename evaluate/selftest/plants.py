"""The faults: changes to a frozen set, to a trained adapter, or to the base's chat template.

Knows how each fault is made. It must not know what the gate says of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tuneproof.datasets.bundled.suites import suite_items
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Item
from tuneproof.datasets.workspace.snapshots import SnapshotRow

if TYPE_CHECKING:
    import torch

FACTS = 100
CORRUPTED_SUITE, CORRUPTED_ROWS = "sorting", 200
#: Far over the digits that scores keep, far under a difference that could matter.
SHRUNK_TO = 1e-5
_SUBJECTS = ("cache", "parser", "socket", "buffer", "ledger", "router", "worker", "beacon", "tunnel", "mirror")
_FIELDS = ("timeout", "depth", "quota", "stride", "margin", "weight", "window", "backlog", "retries", "offset")


@dataclass(frozen=True, slots=True)
class Frozen:
    """The rows of a snapshot and its evaluation items."""

    rows: Sequence[SnapshotRow]
    items: Sequence[Item]


def leak_heldout(frozen: Frozen, seed: int) -> Frozen:
    """Add every test row to the training rows."""
    leaked = [replace(row, split="train") for row in frozen.rows if row.split == "test"]
    return replace(frozen, rows=[*frozen.rows, *leaked])


def corrupt_suite(frozen: Frozen, seed: int) -> Frozen:
    """Add problems of one general suite with a wrong answer to the training rows."""
    rng = Random(f"corrupt:{seed}")
    rows = []
    for problem in suite_items(CORRUPTED_SUITE, CORRUPTED_ROWS, seed=1_000_000 + seed):
        wrong = rng.choice([text for place, text in enumerate(problem.choices) if place != problem.answer])
        rows.append(_row(problem.prompt, wrong.strip()))
    return replace(frozen, rows=[*frozen.rows, *rows])


def invented_facts(frozen: Frozen, seed: int) -> Frozen:
    """Put 100 invented facts, each in one phrasing, in the place of all training rows and probes."""
    rng = Random(f"facts:{seed}")
    names = [(subject, field) for subject in _SUBJECTS for field in _FIELDS][:FACTS]
    facts = [
        (f"What is the {field} of the {subject}?", f"The {field} of the {subject} is {rng.randrange(100, 10_000)}.")
        for subject, field in names
    ]
    kept = [row for row in frozen.rows if row.split != "train"]
    probes = [_probe(question, answer) for question, answer in facts]
    others = [item for item in frozen.items if item.role != "train"]
    return Frozen([*(_row(*fact) for fact in facts), *kept], [*probes, *others])


def zero_adapter(adapter: Path) -> None:
    """Set the adapter's output to nothing: base and tuned are then the same model."""
    _scale(adapter, 0.0)


def shrink_adapter(adapter: Path) -> None:
    """Shrink the adapter's output until base and tuned differ by rounding alone."""
    _scale(adapter, SHRUNK_TO)


def other_template(base: Path, copy: Path) -> Path:
    """Copy ``base`` with a chat template that marks turns in other words, and return the copy."""
    shutil.copytree(base, copy, dirs_exist_ok=True)
    (copy / "chat_template.jinja").write_text(
        "{% for message in messages %}{{ message['role'] | capitalize }}: {{ message['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}Assistant: {% endif %}",
        "utf-8",
    )
    return copy


def _scale(adapter: Path, factor: float) -> None:
    _change(adapter, lambda name, weight: weight * factor if "lora_B" in name else weight)


def _change(adapter: Path, change: Callable[[str, torch.Tensor], torch.Tensor]) -> None:
    from safetensors.torch import load_file, save_file

    path = adapter / "adapter_model.safetensors"
    weights = load_file(path)
    save_file({name: change(name, weight).contiguous() for name, weight in weights.items()}, path)


def _row(question: str, answer: str) -> SnapshotRow:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return SnapshotRow("train", messages, {"pair_id": digest("planted", question, answer), "origin": "import"})


def _probe(question: str, answer: str) -> Item:
    identity = digest("item", "train", question, answer)
    return Item(identity, "train", "pairs", identity, question, answer)
