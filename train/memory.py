"""The memory that training takes, part by part, before anything is loaded.

Knows shapes and the formula. It must not know rows or how the machine's memory is read, except in `available`.

Per parameter: 4 bytes in float32, 2 in bfloat16, and in NF4 half a byte with a scale for every 64. An adapter of rank r
holds, a layer, r times the widths that enter and leave each linear layer. What is trained is float32: weights,
gradients, and what the optimizer keeps of each (`KEPT`). What a layer keeps for the way back was counted on random
Llama shapes with and without adapters (`LAYER_BYTES`): bytes a token for each of hidden and inner width, and under
autocast the rounded copy of each weight. With recomputation only the hidden state of each layer stays, and one layer is
whole. The head's loss is made from whole logits where they are small, on a CPU, else in tiles.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tuneproof.train.base_facts import HALF_WEIGHTS_FROM, Architecture

CPU_RUNTIME = 550_000_000  # bytes of Python with torch, transformers, TRL and peft imported: measured
CUDA_CONTEXT = 1_400_000_000
FRAGMENTATION = 1.1
#: Bytes that a layer keeps: a token and hidden width, a token and inner width, a linear weight; by autocast.
LAYER_BYTES = {True: (31.0, 8.0, 2.4), False: (38.0, 16.0, 0.0)}
#: A tile of logits in TRL's head, in positions and entries, and what its torch code holds of each at once: the tile,
#: seven float32 copies and a mask. On a card a kernel needs only the tile.
TILE = (4096, 32_768)
TILE_BYTES, CARD_TILE_BYTES = 31, 4
WHOLE_LOGIT_BYTES = 16  # in bfloat16, its log-probability in float32 and two gradients
#: Bytes of whole logits (in bfloat16 and twice in float32) up to which a CPU computes the loss from them.
WHOLE_LOGITS = 512_000_000
FIRST_STEP = 150_000_000  # what libraries load and compile when a CPU takes its first step: measured
#: Bytes a trained parameter that an optimizer keeps: two float32 moments, two of 8 bits, factored sums, nothing.
KEPT = {"adamw": 8.0, "adamw_8bit": 2.0, "adafactor": 0.1, "sgd": 0.0}
NF4_DOUBLE_BYTES = 0.516  # its scales rounded to 8 bits themselves
METHODS = ("full", "lora", "qlora")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes by part; ``runtime`` is what imports take. ``total`` counts 10% for fragmentation on top of the rest."""

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
    hidden, inner, copied = LAYER_BYTES[work.autocast]
    layer = round(tokens * (hidden * shape.hidden + inner * shape.inner) + copied * shape.linear / shape.layers)
    kept = tokens * shape.hidden * (2 if work.half_weights else 4) * shape.layers
    activations = kept + layer if work.recompute else layer * shape.layers
    logits = _logit_bytes(shape, work, tokens)
    weights = _weight_bytes(shape, work, trained)
    adapter = 0 if work.method in ("full", "top_layers") else 4 * trained
    optimizer = round(KEPT[work.optimizer] * trained)
    parts = weights + adapter + 4 * trained + optimizer + activations + logits
    runtime, first = (CUDA_CONTEXT, 0) if work.cuda else (CPU_RUNTIME, FIRST_STEP)
    return Memory(
        weights=weights,
        adapter=adapter,
        gradients=4 * trained,
        optimizer=optimizer,
        activations=activations,
        logits=logits,
        runtime=runtime,
        total=round(parts * FRAGMENTATION) + first + runtime,
    )


def by_method(shape: Architecture, rank: int, batch: int, length: int, cuda: bool, autocast: bool) -> dict[str, Memory]:
    """Return the memory of full training, LoRA and QLoRA for one batch, as this tool would run each."""
    half = cuda or shape.parameters >= HALF_WEIGHTS_FROM
    recompute = shape.parameters >= 200_000_000
    works = {
        method: Work(batch, length, half, autocast, recompute, cuda, method=method, rank=rank) for method in METHODS
    }
    return {method: estimate_work(shape, work) for method, work in works.items()}


def whole_logits(tokens: int, vocabulary: int, cuda: bool) -> bool:
    """Whether a batch of ``tokens`` positions has its loss computed from whole logits, and not tile by tile."""
    return not cuda and tokens * vocabulary * 10 <= WHOLE_LOGITS


def _logit_bytes(shape: Architecture, work: Work, tokens: int) -> int:
    if whole_logits(tokens, shape.vocabulary, work.cuda):
        return tokens * shape.vocabulary * WHOLE_LOGIT_BYTES
    positions, entries = min(tokens, TILE[0]), min(shape.vocabulary, TILE[1])
    weights = entries * shape.hidden * 6  # the tile's part of the head in bfloat16 and in float32
    return positions * entries * (CARD_TILE_BYTES if work.cuda else TILE_BYTES) + weights


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
