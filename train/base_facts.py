"""What is known of a base before it is loaded, and of the device that will train it.

Knows ``config.json``, safetensors headers and the machine. It must not know rows or settings.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.identity import sha256

HALF_WEIGHTS_FROM = 1_000_000_000  # parameters; a smaller base is held in float32 on a CPU
HASHED_SUFFIXES = (".json", ".jinja", ".safetensors", ".model", ".txt")


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of a decoder: counts of layers and heads, widths, and parameters in all."""

    parameters: int
    layers: int
    hidden: int
    inner: int
    heads: int
    key_value_heads: int
    vocabulary: int
    tied: bool
    head_width: int | None = None  # where it is not hidden over heads

    @property
    def query_width(self) -> int:
        """Width of the queries of one layer."""
        return (self.head_width or self.hidden // self.heads) * self.heads

    @property
    def key_value_width(self) -> int:
        """Width of the keys and of the values of one layer."""
        return (self.head_width or self.hidden // self.heads) * self.key_value_heads

    @property
    def embeddings(self) -> int:
        """Parameters of the embeddings, and of the head where it has weights of its own."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def linear(self) -> int:
        """Parameters of the linear layers but the head: what 4-bit storage rounds."""
        attention = 2 * self.hidden * (self.query_width + self.key_value_width)
        return self.layers * (attention + 3 * self.hidden * self.inner)


@dataclass(frozen=True, slots=True)
class Device:
    """Where training runs: ``autocast`` computes in bfloat16, ``half_weights`` stores the base in it too."""

    kind: Literal["cpu", "cuda"]
    name: str
    autocast: bool
    half_weights: bool
    reason: str


def read_architecture(base: Path) -> Architecture:
    """Return the shape of the model in the folder ``base``, counted from its files without loading it.

    Raises:
        ModelError: the folder holds no causal language model in safetensors, or one that is no plain decoder.
    """
    return shape_of_config(_read_config(base), _count_parameters(base), base / "config.json")


def shape_of_config(config: Mapping[str, Any], parameters: int | None, path: Path) -> Architecture:
    """Return the shape that a ``config.json`` gives; ``parameters`` of None are counted from the shape.

    Raises:
        ModelError: it describes no plain decoder.
    """
    try:
        heads = int(config["num_attention_heads"])
        shape = Architecture(
            parameters=parameters or 0,
            layers=int(config["num_hidden_layers"]),
            hidden=int(config["hidden_size"]),
            inner=int(config["intermediate_size"]),
            heads=heads,
            key_value_heads=int(config.get("num_key_value_heads") or heads),
            vocabulary=int(config["vocab_size"]),
            tied=bool(config.get("tie_word_embeddings", False)),
            head_width=int(config["head_dim"]) if config.get("head_dim") else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path} does not describe a plain decoder: {error} is missing or no number.",
            "Use a text-only causal language model (Llama, Qwen, Mistral, Gemma, ... shapes).",
        ) from error
    return count_of_shape(shape, parameters)


def count_of_shape(shape: Architecture, stated: int | None) -> Architecture:
    """Return ``shape`` with its parameters: as ``stated``, else linear layers, embeddings and norms added up."""
    norms = (2 * shape.layers + 1) * shape.hidden
    return replace(shape, parameters=stated or shape.linear + shape.embeddings + norms)


def base_hashes(base: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of ``base`` that a model is loaded from, by name."""
    files = sorted(path for path in base.iterdir() if path.is_file() and path.suffix in HASHED_SUFFIXES)
    return {path.name: sha256(path.read_bytes()) for path in files}


def choose_device(parameters: int) -> Device:
    """Return the device for a base of ``parameters``: the first CUDA card if there is one, else the CPU."""
    import torch

    if torch.cuda.is_available():
        return Device("cuda", torch.cuda.get_device_name(0), True, True, "bfloat16 on a CUDA card")
    name = processor_name()
    half = parameters >= HALF_WEIGHTS_FROM
    if cpu_has_bfloat16():
        return Device("cpu", name, True, half, "bfloat16 autocast: this processor has instructions for it")
    return Device("cpu", name, False, half, "float32: this processor has no bfloat16 instructions")


def cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware, as Linux lists its features."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(_cpu_field("flags", "Features").split()))


def processor_name() -> str:
    """Return the processor's name as Linux gives it."""
    return _cpu_field("model name", "CPU implementer") or "unknown processor"


def _cpu_field(*names: str) -> str:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return ""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in names:
            return value.strip()
    return ""


def _read_config(base: Path) -> Mapping[str, Any]:
    hint = "Name a folder with config.json, tokenizer.json and model.safetensors in [base] model."
    try:
        config: dict[str, Any] = json.loads((base / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{base} is no model folder: config.json: {error}.", hint) from error
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) else config


def _count_parameters(base: Path) -> int:
    files = sorted(base.glob("*.safetensors"))
    if not files:
        raise ModelError(
            f"{base} holds no safetensors.", "Convert the weights to safetensors; pickled weights are not loaded."
        )
    return sum(_count_tensors(path) for path in files)


def _count_tensors(path: Path) -> int:
    """Sum the sizes in a safetensors header: 8 bytes of length (little endian), then that many of JSON."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: dict[str, Any] = json.loads(file.read(length))
    except (struct.error, ValueError, MemoryError) as error:
        raise ModelError(f"{path} is no safetensors file.", "Download or export the model again.") from error
    total = 0
    for name, tensor in header.items():
        if name != "__metadata__":
            size = 1
            for dimension in tensor["shape"]:
                size *= dimension
            total += size
    return total
