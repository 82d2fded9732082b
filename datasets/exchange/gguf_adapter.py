"""A LoRA adapter as a GGUF file of its own, to be laid over the base's GGUF at run time.

Knows peft's files and where llama.cpp's formula (scale = alpha / rank, added to the base's product) is exactly peft's.
Everything else is refused, with the advice to merge.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from tuneproof.datasets.exchange.gguf_architecture import Architecture, permute, read_architecture, tensor_name
from tuneproof.datasets.exchange.gguf_model import GgufFile, require_gguf
from tuneproof.datasets.workspace.errors import ModelError

_FACTOR = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight$")
_HINT = "Export the merged model instead: tuneproof export --to gguf"
#: Ways to begin that leave the base's weights as they are; the others make the adapter relative to changed ones.
_PLAIN_STARTS = (True, False, "gaussian", "orthogonal", "eva")


def write_gguf_adapter(base: Path, adapter: Path, target: Path) -> GgufFile:
    """Write the peft folder ``adapter`` as ``target``, whole or not at all; factors stay float32.

    Raises:
        ModelError: the adapter does something that llama.cpp's formula does not say.
        UsageError: the package gguf is missing.
        OSError: the file can't be written.
    """
    require_gguf()
    from gguf import GGUFWriter
    from transformers import AutoConfig

    shape = read_architecture(AutoConfig.from_pretrained(base, local_files_only=True, trust_remote_code=False))
    stated = _read_config(adapter)
    alpha = float(stated["lora_alpha"]) * (math.sqrt(stated["r"]) if stated.get("use_rslora") else 1.0)
    factors = _factors(adapter, shape)
    draft = target.with_name(f".{target.name}.draft")
    try:
        writer = GGUFWriter(draft, shape.gguf_name)
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", alpha)
        for name, values in factors.items():
            writer.add_tensor(name, values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return GgufFile(target, "f32", shape.gguf_name, "", len(factors), target.stat().st_size)


def _read_config(adapter: Path) -> dict[str, Any]:
    try:
        stated: dict[str, Any] = json.loads((adapter / "adapter_config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{adapter} is no adapter: {error}.", "Export the run that made it.") from error
    if stated.get("peft_type") != "LORA":
        raise ModelError(f"An adapter of the kind {stated.get('peft_type')!r} can't be a GGUF adapter.", _HINT)
    refused = ("use_dora", "use_qalora", "modules_to_save", "rank_pattern", "alpha_pattern", "layer_replication",
               "fan_in_fan_out", "lora_bias", "target_parameters", "trainable_token_indices")  # fmt: skip
    for name in refused:
        if stated.get(name):
            raise ModelError(f"An adapter with {name} can't be a GGUF adapter.", _HINT)
    if stated.get("bias", "none") != "none":
        raise ModelError("An adapter with biases can't be a GGUF adapter.", _HINT)
    if stated.get("init_lora_weights", True) not in _PLAIN_STARTS:
        raise ModelError(
            f"An adapter begun by {stated['init_lora_weights']} is relative to changed base weights.", _HINT
        )
    return stated


def _factors(adapter: Path, shape: Architecture) -> dict[str, Any]:
    import numpy as np
    from safetensors.numpy import load_file

    path = adapter / "adapter_model.safetensors"
    if not path.is_file():
        raise ModelError(f"{adapter} holds no adapter_model.safetensors.", "Export the run that made it.")
    found: dict[str, Any] = {}
    for name, values in sorted(load_file(path).items()):
        match = _FACTOR.match(name)
        if match is None:
            raise ModelError(f"The adapter's tensor {name} has no place in a GGUF adapter.", _HINT)
        module, side = match["module"], match["side"]
        if module.endswith(("lm_head", "embed_tokens")):
            raise ModelError(f"An adapter on {module} can't be a GGUF adapter.", _HINT)
        rows = values.astype(np.float32)
        if side == "B" and shape.model_type == "llama":
            # The base's queries and keys are permuted, so what is added to them is.
            heads = {"q_proj": shape.heads, "k_proj": shape.kv_heads}.get(module.rpartition(".")[2])
            rows = permute(rows, heads) if heads else rows
        found[f"{tensor_name(shape, module + '.weight')}.lora_{side.lower()}"] = np.ascontiguousarray(rows)
    return found
