"""The memory that training takes, part by part, before anything is loaded.

Knows shapes and the formula. It must not know rows or how the machine's memory is read, except in `available`.

Per parameter: 4 bytes in float32, 2 in bfloat16, and in NF4 half a byte with a scale for every 64. An adapter of rank r
holds, a layer, r times the widths that enter and leave each linear layer. What is trained is float32: weights,
gradients, and what the optimizer keeps of each (`KEPT`). Activations of one layer hold about 8H + 2K + 3M values a
token (H hidden, K keys or values, M inner width); with recomputation only H a token stay of each layer, and one is
whole. The head's logits are made in tiles.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tuneproof.train.base_facts import HALF_WEIGHTS_FROM, Architecture

CPU_RUNTIME = (
    1_000_000_000  # bytes of Python with torch, transformers, TRL and peft, and their compiled kernels: measured
)
CUDA_CONTEXT = 1_400_000_000
FRAGMENTATION = 1.1
LOGIT_TILE = 1024  # positions whose logits exist at once
LOGIT_BYTES = 12  # a logit: its value, the working copy and the gradient in float32
#: Bytes a trained parameter that an optimizer keeps: two float32 moments, two of 8 bits, factored sums, nothing.
KEPT = {"adamw": 8.0, "adamw_8bit": 2.0, "adafactor": 0.1, "sgd": 0.0}
NF4_DOUBLE_BYTES = 0.516  # its scales rounded to 8 bits themselves
METHODS = ("full", "lora", "qlora")


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


@dataclass(frozen=True, slots=True)
class Work:
    """One step as the formula sees it: rows of tokens, what computes them, and how the weights are trained."""

    batch: int
    length: int
    half_weights: bool
    autocast: bool
    recompute: bool
    cuda: bool
    method: str = "lora"
    optimizer: str = "adamw"
    rank: int = 16
    top_layers: int = 2


def adapter_parameters(shape: Architecture, rank: int) -> int:
    """Return the trainable parameters of an adapter of ``rank`` on every linear layer but the head."""
    h, q, k, m = shape.hidden, shape.query_width, shape.key_value_width, shape.inner
    widths = (h + q) + 2 * (h + k) + (q + h) + 3 * (h + m)  # q, k and v, o, then gate, up and down
    return shape.layers * rank * widths


def trained_parameters(shape: Architecture, work: Work) -> int:
    """Return how many parameters a method trains: all, those of the top layers, or an adapter's."""
    if work.method == "full":
        return shape.parameters
    if work.method == "top_layers":
        layer = shape.linear // shape.layers + 2 * shape.hidden
        return min(work.top_layers, shape.layers) * layer + shape.hidden
    return adapter_parameters(shape, work.rank)


def estimate(
    shape: Architecture, rank: int, batch: int, length: int, half_weights: bool, autocast: bool, recompute: bool,
    cuda: bool,
) -> Memory:  # fmt: skip
    """Return the memory of LoRA with AdamW for batches of ``batch`` rows of ``length`` tokens."""
    return estimate_work(shape, Work(batch, length, half_weights, autocast, recompute, cuda, rank=rank))


def estimate_work(shape: Architecture, work: Work) -> Memory:
    """Return the memory that ``work`` takes on a base of ``shape``."""
    trained = trained_parameters(shape, work)
    tokens = work.batch * work.length
    values = tokens * (8 * shape.hidden + 2 * shape.key_value_width + 3 * shape.inner)
    layer = values * (2 if work.autocast else 4)
    kept = tokens * shape.hidden * 2 * shape.layers
    activations = kept + layer if work.recompute else layer * shape.layers
    logits = min(tokens, LOGIT_TILE) * shape.vocabulary * LOGIT_BYTES
    weights = _weight_bytes(shape, work, trained)
    adapter = 0 if work.method in ("full", "top_layers") else 4 * trained
    optimizer = round(KEPT[work.optimizer] * trained)
    parts = weights + adapter + 4 * trained + optimizer + activations + logits
    runtime = CUDA_CONTEXT if work.cuda else CPU_RUNTIME
    return Memory(
        weights=weights,
        adapter=adapter,
        gradients=4 * trained,
        optimizer=optimizer,
        activations=activations,
        logits=logits,
        runtime=runtime,
        total=round(parts * FRAGMENTATION) + runtime,
    )


def by_method(shape: Architecture, rank: int, batch: int, length: int, cuda: bool, autocast: bool) -> dict[str, Memory]:
    """Return the memory of full training, LoRA and QLoRA for one batch, as this tool would run each."""
    half = cuda or shape.parameters >= HALF_WEIGHTS_FROM
    recompute = shape.parameters >= 200_000_000
    works = {
        method: Work(batch, length, half, autocast, recompute, cuda, method=method, rank=rank) for method in METHODS
    }
    return {method: estimate_work(shape, work) for method, work in works.items()}


def _weight_bytes(shape: Architecture, work: Work, trained: int) -> int:
    stored = 2 if work.half_weights else 4
    if work.method == "full":
        return 4 * shape.parameters  # what is trained is float32, however the base stores it
    if work.method == "top_layers":
        return 4 * trained + stored * (shape.parameters - trained)
    if work.method == "qlora":
        return round(NF4_DOUBLE_BYTES * shape.linear) + stored * (shape.parameters - shape.linear)
    return stored * shape.parameters


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
