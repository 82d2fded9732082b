"""What llama.cpp calls the parts of a model, for the architectures whose every detail is carried over.

Knows the configurations of Llama, Qwen2, Qwen3 and Gemma 3, their GGUF keys, and how llama.cpp wants each tensor. A
setting that the runtime would ignore is refused: the file would load and answer differently. Facts are those of
llama.cpp's ``convert_hf_to_gguf.py`` and its model code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGUFWriter

    Array = np.ndarray[Any, Any]

_NAMES = {"llama": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3", "gemma3_text": "GEMMA3"}
GEMMA_PERIOD = 6  # every sixth layer sees everything; llama.cpp's gemma3 takes that for granted
GEMMA_LOCAL_BASE = 10_000.0
GEMMA_27B_LAYERS = 62
_HINT = "Convert this model with llama.cpp's own convert_hf_to_gguf.py."


@dataclass(frozen=True, slots=True)
class Architecture:
    """One model's shape under GGUF's names; lengths are in elements."""

    name: str
    model_type: str
    layers: int
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head_size: int
    context: int
    vocabulary: int
    epsilon: float
    tied: bool
    rope: Mapping[str, Any]
    local_rope: Mapping[str, Any] | None
    window: int | None

    @property
    def gguf_name(self) -> str:
        """The value of ``general.architecture``."""
        return "gemma3" if self.model_type == "gemma3_text" else self.model_type


def read_architecture(config: Any) -> Architecture:
    """Return the shape of a loaded transformers configuration.

    Raises:
        ModelError: another architecture, or a setting that llama.cpp would not follow.
    """
    kind = config.model_type
    if kind not in _NAMES:
        raise ModelError(
            f"The architecture {kind!r} can't be written as GGUF here; known: llama, qwen2, qwen3, gemma3.", _HINT
        )
    _refuse(config, kind)
    heads = config.num_attention_heads
    rope = dict(config.rope_parameters or {})
    local = None
    if kind == "gemma3_text":
        rope, local = dict(rope["full_attention"]), dict(rope["sliding_attention"])
        _check_gemma(config, local)
    _check_rope(rope)
    return Architecture(
        name=_NAMES[kind],
        model_type=kind,
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        inner=config.intermediate_size,
        heads=heads,
        kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        head_size=getattr(config, "head_dim", None) or config.hidden_size // heads,
        context=config.max_position_embeddings,
        vocabulary=config.vocab_size,
        epsilon=config.rms_norm_eps,
        tied=bool(config.tie_word_embeddings),
        rope=rope,
        local_rope=local,
        window=config.sliding_window if kind == "gemma3_text" else None,
    )


def write_shape(writer: GGUFWriter, shape: Architecture) -> None:
    """Hand the shape's keys to ``writer``."""
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(float(shape.rope["rope_theta"]))
    writer.add_vocab_size(shape.vocabulary)
    if shape.rope.get("rope_type") == "linear":
        from gguf import RopeScalingType

        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(float(shape.rope["factor"]))
    if shape.window is not None and shape.local_rope is not None:
        writer.add_sliding_window(shape.window)
        writer.add_rope_freq_base_swa(float(shape.local_rope["rope_theta"]))


def tensor_name(shape: Architecture, name: str) -> str:
    """Return GGUF's name of the transformers tensor ``name``.

    Raises:
        ModelError: the architecture has no such tensor.
    """
    from gguf import MODEL_ARCH, get_tensor_name_map

    found = get_tensor_name_map(MODEL_ARCH[shape.name], shape.layers).get_name(name, try_suffixes=(".weight", ".bias"))
    if found is None:
        raise ModelError(f"The tensor {name} has no place in a GGUF file of {shape.gguf_name}.", _HINT)
    return str(found)


def convert(shape: Architecture, name: str, values: Array) -> Array:
    """Return the values of the transformers tensor ``name`` as llama.cpp reads them; float32 in and out.

    Llama's queries and keys are permuted, for llama.cpp turns neighbouring elements where transformers turns halves;
    Gemma's norms are stored less one.
    """
    if shape.model_type == "llama":
        if name.endswith((".q_proj.weight", ".q_proj.bias")):
            return permute(values, shape.heads)
        if name.endswith((".k_proj.weight", ".k_proj.bias")):
            return permute(values, shape.kv_heads)
    if shape.model_type == "gemma3_text" and name.endswith("norm.weight"):
        return values + 1
    return values


def permute(values: Array, heads: int) -> Array:
    """Return rows ordered for neighbouring pairs from rows ordered for halves; shape (heads * head_size, ...)."""
    rest = values.shape[1:]
    return values.reshape(heads, 2, values.shape[0] // heads // 2, *rest).swapaxes(1, 2).reshape(values.shape)


def rope_factors(shape: Architecture) -> Array | None:
    """Return Llama 3's divisor of each rotary frequency, shape (head_size / 2,), or None where there is none.

    The formula is that of transformers' ``_compute_llama3_parameters``.
    """
    import numpy as np

    rope = shape.rope
    if rope.get("rope_type") != "llama3":
        return None
    factor, low, high = float(rope["factor"]), float(rope["low_freq_factor"]), float(rope["high_freq_factor"])
    trained = float(rope["original_max_position_embeddings"])
    factors = []
    for at in range(0, shape.head_size, 2):
        wavelength = 2 * math.pi * float(rope["rope_theta"]) ** (at / shape.head_size)
        if wavelength < trained / high:
            factors.append(1.0)
        elif wavelength > trained / low:
            factors.append(factor)
        else:
            smooth = (trained / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, dtype=np.float32)


def _refuse(config: Any, kind: str) -> None:
    activation = "gelu_pytorch_tanh" if kind == "gemma3_text" else "silu"
    wanted: dict[str, tuple[object, ...]] = {
        "hidden_activation" if kind == "gemma3_text" else "hidden_act": (activation,),
        "quantization_config": (None,),
        "attn_logit_softcapping": (None,),
        "final_logit_softcapping": (None,),
        "use_bidirectional_attention": (None, False),
    }
    if kind in ("qwen3", "gemma3_text"):
        wanted["attention_bias"] = (None, False)
    if kind in ("qwen2", "qwen3"):
        wanted["use_sliding_window"] = (None, False)
    for key, allowed in wanted.items():
        if getattr(config, key, None) not in allowed:
            raise ModelError(f"{kind} with {key} = {getattr(config, key)!r} can't be written as GGUF here.", _HINT)


def _check_gemma(config: Any, local: Mapping[str, Any]) -> None:
    layers = config.num_hidden_layers
    pattern = ["full_attention" if (at + 1) % GEMMA_PERIOD == 0 else "sliding_attention" for at in range(layers)]
    size = config.hidden_size // config.num_attention_heads if layers == GEMMA_27B_LAYERS else config.head_dim
    faults = {
        "layer_types": list(config.layer_types) != pattern,
        "query_pre_attn_scalar": config.query_pre_attn_scalar != size,
        "local rope": local.get("rope_type", "default") != "default" or float(local["rope_theta"]) != GEMMA_LOCAL_BASE,
    }
    for what, differs in faults.items():
        if differs:
            raise ModelError(f"This Gemma 3 has a {what} of its own, which llama.cpp takes as fixed.", _HINT)


def _check_rope(rope: Mapping[str, Any]) -> None:
    kind = rope.get("rope_type", "default")
    if kind not in ("default", "linear", "llama3") or rope.get("partial_rotary_factor", 1.0) != 1.0:
        raise ModelError(f"Rotary positions of the kind {kind!r} can't be written as GGUF here.", _HINT)
    if "rope_theta" not in rope:
        raise ModelError("The configuration states no rope_theta.", "Save the model again with transformers 5.")
