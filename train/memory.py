"""The memory that training a LoRA adapter takes, part by part, before anything is loaded.

Knows shapes and the formula. It must not know rows or how the machine's memory is read, except in `available`.

Per parameter: 4 bytes in float32, 2 in bfloat16. An adapter of rank r holds, a layer, r times the widths that enter
and leave each linear layer; its weights, gradients and the two moments of AdamW are float32: 4, 4 and 8 bytes.
Activations of one layer hold about 8H + 2K + 3M values a token (H hidden, K keys or values, M inner width); with
recomputation only H a token stay of each layer, and one layer is whole. The head's logits are made in tiles.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tuneproof.train.base_facts import Architecture

CPU_RUNTIME = (
    1_000_000_000  # bytes of Python with torch, transformers, TRL and peft, and their compiled kernels: measured
)
CUDA_CONTEXT = 1_400_000_000
FRAGMENTATION = 1.1
LOGIT_TILE = 1024  # positions whose logits exist at once
LOGIT_BYTES = 12  # a logit: its value, the working copy and the gradient in float32


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes by part. ``total`` counts 10% for fragmentation on top of everything but the runtime."""

    weights: int
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    runtime: int
    total: int

    def to_document(self) -> dict[str, int]:
        """Return the parts as JSON values, in bytes."""
        return asdict(self)


def adapter_parameters(shape: Architecture, rank: int) -> int:
    """Return the trainable parameters of an adapter of ``rank`` on every linear layer but the head."""
    h, k, m = shape.hidden, shape.key_value_width, shape.inner
    widths = 2 * h + 2 * (h + k) + 2 * h + 3 * (h + m)  # q, k and v, o, then gate, up and down
    return shape.layers * rank * widths


def estimate(
    shape: Architecture, rank: int, batch: int, length: int, half_weights: bool, autocast: bool, recompute: bool,
    cuda: bool,
) -> Memory:  # fmt: skip
    """Return the memory for batches of ``batch`` rows of ``length`` tokens."""
    trainable = adapter_parameters(shape, rank)
    tokens = batch * length
    layer = tokens * (8 * shape.hidden + 2 * shape.key_value_width + 3 * shape.inner) * (2 if autocast else 4)
    kept = tokens * shape.hidden * 2 * shape.layers
    weights = shape.parameters * (2 if half_weights else 4)
    activations = kept + layer if recompute else layer * shape.layers
    logits = min(tokens, LOGIT_TILE) * shape.vocabulary * LOGIT_BYTES
    parts = weights + 16 * trainable + activations + logits
    runtime = CUDA_CONTEXT if cuda else CPU_RUNTIME
    return Memory(
        weights=weights,
        adapter=4 * trainable,
        gradients=4 * trainable,
        optimizer=8 * trainable,
        activations=activations,
        logits=logits,
        runtime=runtime,
        total=round(parts * FRAGMENTATION) + runtime,
    )


def available(cuda: bool) -> int:
    """Return the bytes free for training: on the first card, or what Linux and the control group leave."""
    if cuda:
        import torch

        return int(torch.cuda.mem_get_info(0)[0])
    free = _meminfo_available()
    for limit, used in (("memory.max", "memory.current"),):
        root = Path("/sys/fs/cgroup")
        try:
            bound, now = (root / limit).read_text().strip(), (root / used).read_text().strip()
        except OSError:
            continue
        if bound.isdigit() and now.isdigit():
            free = min(free, max(0, int(bound) - int(now)))
    return free


def _meminfo_available() -> int:
    path = Path("/proc/meminfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
