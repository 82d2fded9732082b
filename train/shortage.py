"""What to change when memory ran out, with what each change would save.

Knows the memory formula, the request and the base's shape. It must not load anything: memory is short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.train.base_facts import HALF_WEIGHTS_FROM, cpu_has_bfloat16, read_architecture
from tuneproof.train.memory import Work, estimate_work
from tuneproof.train.settings import CHECKPOINTED_BASE, MICRO_BATCH

PLAIN = "Lower [train] batch_size or max_length, or use a smaller base."
SIGNS = ("can't allocate memory", "out of memory", "not enough memory", "Cannot allocate memory")


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory ran out; torch on a CPU says so as a RuntimeError."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError | OSError) and any(sign in str(error) for sign in SIGNS)


def what_to_change(request: Mapping[str, Any], cuda: bool) -> str:
    """Return the changes that would save most, each with the bytes needed then, by the formula."""
    train = Train.model_validate(request["train"])
    base = Path(request["base"])
    if not base.is_dir():
        return PLAIN
    try:
        shape = read_architecture(base)
    except ModelError:
        return PLAIN
    large = shape.parameters >= CHECKPOINTED_BASE
    work = Work(
        batch=min(train.batch_size, MICRO_BATCH) if large else train.batch_size,
        length=train.max_length,
        half_weights=cuda or shape.parameters >= HALF_WEIGHTS_FROM,
        autocast=cuda or cpu_has_bfloat16(),
        recompute=large,
        cuda=cuda,
        method=train.method,
        optimizer=train.optimizer,
        rank=train.rank,
        top_layers=train.top_layers,
    )
    now = estimate_work(shape, work).total
    changes = {
        f"batch_size = {max(1, work.batch // 2)}": replace(work, batch=max(1, work.batch // 2)),
        f"max_length = {max(64, work.length // 2)}": replace(work, length=max(64, work.length // 2)),
        'method = "lora"': replace(work, method="lora"),
        'method = "qlora"': replace(work, method="qlora"),
        'optimizer = "adamw_8bit"': replace(work, optimizer="adamw_8bit"),
    }
    needs = {name: estimate_work(shape, changed).total for name, changed in changes.items()}
    better = sorted((need, name) for name, need in needs.items() if need < 0.97 * now)[:3]
    if not better:
        return PLAIN
    words = ", ".join(f"{name} needs {need / 1e9:.1f} GB" for need, name in better)
    return f"This run needs about {now / 1e9:.1f} GB; under [train], {words}."
