"""A model as one GGUF file, for llama.cpp, Ollama and whatever reads what they read.

Knows the order of a GGUF file and how weights are rounded. Which name and form each tensor has is the architecture's
business, what the tokenizer is the vocabulary's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tuneproof.datasets.exchange.gguf_architecture import (
    Architecture,
    convert,
    read_architecture,
    rope_factors,
    tensor_name,
    write_shape,
)
from tuneproof.datasets.exchange.gguf_vocabulary import read_vocabulary, write_vocabulary
from tuneproof.datasets.exchange.merging import load_merged
from tuneproof.datasets.workspace.errors import ModelError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFWriter

    Array = np.ndarray[Any, Any]

GgufPrecision = Literal["f32", "f16", "q8_0"]
PRECISIONS: tuple[GgufPrecision, ...] = ("f32", "f16", "q8_0")
_FILE_TYPES = {"f32": "ALL_F32", "f16": "MOSTLY_F16", "q8_0": "MOSTLY_Q8_0"}
_BLOCK = 32  # elements that share one scale in Q8_0
_F16_MAX = 65_504.0


@dataclass(frozen=True, slots=True)
class GgufFile:
    """What was written: the file, its rounding, and how many tensors and bytes it holds."""

    path: Path
    precision: str
    architecture: str
    pretokenizer: str
    tensors: int
    size: int


def require_gguf() -> None:
    """Check that the package ``gguf`` is installed.

    Raises:
        UsageError: it is not.
    """
    from importlib.util import find_spec

    if find_spec("gguf") is None:
        raise UsageError("The package gguf is not installed.", "Run: pip install 'tuneproof[gguf]'")


def write_gguf(
    base: Path, adapter: Path | None, target: Path, precision: GgufPrecision, about: Mapping[str, str]
) -> GgufFile:
    """Write ``base`` with ``adapter`` merged in as ``target``, whole or not at all, and return what was written.

    Matrices are rounded to ``precision``; vectors (norms, biases) stay float32, as llama.cpp wants them. ``about``
    are texts for GGUF's ``general`` keys (``name``, ``license``, ``description``).

    Raises:
        ModelError: the architecture, the tokenizer or a weight can't be written exactly.
        UsageError: the package gguf is missing.
        OSError: the file can't be written.
    """
    require_gguf()
    model = load_merged(base, adapter)
    shape = read_architecture(model.config)
    vocabulary = read_vocabulary(base, shape.vocabulary)
    draft = target.with_name(f".{target.name}.draft")
    try:
        tensors = _write(draft, shape, vocabulary, _named(model, shape), precision, about)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return GgufFile(target, precision, shape.gguf_name, vocabulary.pretokenizer.name, tensors, target.stat().st_size)


def _named(model: Any, shape: Architecture) -> dict[str, tuple[str, Any]]:
    """Return every tensor to write by its name there: its name here, and its values."""
    found: dict[str, tuple[str, Any]] = {}
    for name, tensor in model.state_dict().items():
        if (name == "lm_head.weight" and shape.tied) or name.endswith(".inv_freq"):
            continue
        found[tensor_name(shape, name)] = (name, tensor)
    return found


def _write(
    path: Path,
    shape: Architecture,
    vocabulary: Any,
    named: Mapping[str, tuple[str, Any]],
    precision: GgufPrecision,
    about: Mapping[str, str],
) -> int:
    from gguf import GGUFWriter, LlamaFileType

    writer = GGUFWriter(path, shape.gguf_name)
    writer.add_type("model")
    for key in ("name", "license", "description"):
        if about.get(key):
            getattr(writer, f"add_{key}")(about[key])
    writer.add_file_type(LlamaFileType[_FILE_TYPES[precision]])
    writer.add_quantization_version(2)
    write_shape(writer, shape)
    write_vocabulary(writer, vocabulary)
    factors = rope_factors(shape)
    if factors is not None:
        _announce(writer, "rope_freqs.weight", factors.shape, _kind(factors.shape, "f32"))
    for name, (_, tensor) in named.items():
        _announce(writer, name, tuple(tensor.shape), _kind(tuple(tensor.shape), precision))
    # Tensors follow one by one, so that no second copy of the model is held.
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    if factors is not None:
        writer.write_tensor_data(factors)
    for origin, tensor in named.values():
        values = convert(shape, origin, tensor.detach().numpy())
        writer.write_tensor_data(_rounded(origin, values, _kind(values.shape, precision)))
    assert writer.fout is not None
    for file in writer.fout:
        file.flush()
        os.fsync(file.fileno())
    writer.close()
    return len(named) + (factors is not None)


def _kind(shape: tuple[int, ...], precision: GgufPrecision) -> GGMLQuantizationType:
    from gguf import GGMLQuantizationType

    if precision == "f32" or len(shape) == 1:
        return GGMLQuantizationType.F32
    # Rows that hold no whole blocks stay at half precision, as llama.cpp's own converter leaves them.
    if precision == "f16" or shape[-1] % _BLOCK:
        return GGMLQuantizationType.F16
    return GGMLQuantizationType.Q8_0


def _announce(writer: GGUFWriter, name: str, shape: tuple[int, ...], kind: GGMLQuantizationType) -> None:
    import math

    import numpy as np
    from gguf import GGMLQuantizationType
    from gguf.quants import quant_shape_to_byte_shape

    if kind is GGMLQuantizationType.Q8_0:
        stored = quant_shape_to_byte_shape(shape, kind)
        writer.add_tensor_info(name, stored, np.dtype(np.uint8), math.prod(stored), raw_dtype=kind)
        return
    dtype = np.dtype(np.float32 if kind is GGMLQuantizationType.F32 else np.float16)
    writer.add_tensor_info(name, shape, dtype, math.prod(shape) * dtype.itemsize)


def _rounded(name: str, values: Array, kind: GGMLQuantizationType) -> Array:
    import numpy as np
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if not np.isfinite(values).all():
        raise ModelError(f"The tensor {name} holds NaN or infinity.", "Train again: this model is broken.")
    if kind is GGMLQuantizationType.F32:
        return np.ascontiguousarray(values, dtype=np.float32)
    if kind is GGMLQuantizationType.Q8_0:
        return quantize(np.ascontiguousarray(values, dtype=np.float32), kind)
    if np.abs(values).max() > _F16_MAX:
        raise ModelError(f"The tensor {name} does not fit float16.", "Export it with --precision f32.")
    return np.ascontiguousarray(values, dtype=np.float16)
