"""The ways to train: which weights move, what moves them, and how a base is loaded for each.

Knows peft, bitsandbytes and the layers of a decoder, imported where they are used. It must not know rows.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import ModelError

if TYPE_CHECKING:
    from tuneproof.train.base_facts import Device
    from tuneproof.train.settings import Settings

METHODS = {
    "lora": "small matrices beside every linear layer; the base stays as it is",
    "rslora": "LoRA whose scale falls with the root of the rank: for ranks of 64 and more",
    "dora": "LoRA with a trained length for each column: a little better at low ranks, slower",
    "qlora": "LoRA over a base rounded to 4 bits (NF4): least memory, for a base that fits no other way",
    "top_layers": "the last layers themselves (top_layers of them) and the final norm; the rest stays as it is",
    "full": "every weight: most memory, and most forgetting",
}
OPTIMIZERS = {
    "adamw": "two float32 moments a weight: the usual one",
    "adamw_8bit": "the same with moments of 8 bits: a quarter of their memory (bitsandbytes)",
    "adafactor": "sums of rows and columns instead of moments: hardly any memory",
    "sgd": "no moments at all: least memory, and a learning rate of its own to be found",
}
WHOLE = ("full", "top_layers")  # methods that train weights of the base itself


def loading(method: str, device: Device) -> dict[str, Any]:
    """Return what ``from_pretrained`` is told for a method on a device."""
    import torch

    half = torch.bfloat16 if device.half_weights else torch.float32
    if method == "full":
        return {"dtype": torch.float32}  # moments and small updates need it; autocast computes in bfloat16
    if method != "qlora":
        return {"dtype": half}
    from transformers import BitsAndBytesConfig

    config: Any = BitsAndBytesConfig
    rounded = config(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if device.autocast else torch.float32,
    )
    return {"dtype": half, "quantization_config": rounded, "device_map": {"": device.kind}}


def keep_gradients(model: Any) -> int:
    """Stop 4-bit layers on a CPU from packing themselves for inference; return how many there are.

    On processors with bfloat16 instructions bitsandbytes repacks a layer's weights at its first forward pass in
    evaluation mode, never unpacks them, and the packed path passes no gradient on: after one evaluation the layers
    below are no longer trained, without an error (bitsandbytes 0.50.2, ``Linear4bit.forward``).
    """
    kind = importlib.import_module("bitsandbytes.nn").Linear4bit
    layers: list[Any] = [module for module in model.modules() if isinstance(module, kind)]
    for layer in layers:
        layer.support_avx512bf16_for_cpu = False
    return len(layers)


def freeze_below(model: Any, top_layers: int) -> None:
    """Leave only the last ``top_layers`` layers and the final norm to be trained, in float32.

    Raises:
        ModelError: the model keeps its layers elsewhere.
    """
    decoder = model.get_decoder()
    layers, norm = getattr(decoder, "layers", None), getattr(decoder, "norm", None)
    if layers is None or norm is None:
        raise ModelError(
            f"{type(model).__name__} does not say where its layers are, so its top can't be trained alone.",
            'Set [train] method = "lora".',
        )
    model.requires_grad_(False)
    for part in (*layers[-top_layers:], norm):
        for weight in part.parameters():
            weight.data = weight.data.float()
            weight.requires_grad_(True)


def adapter_config(settings: Settings) -> Any:
    """Return peft's configuration for the run, or None where weights of the base itself are trained."""
    if settings.method in WHOLE:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear",
        bias="none",
        task_type="CAUSAL_LM",
        use_dora=settings.method == "dora",
        use_rslora=settings.method == "rslora",
    )


def optimizer_name(optimizer: str) -> str:
    """Return transformers' name of an optimizer."""
    return {"adamw": "adamw_torch", "adamw_8bit": "adamw_bnb_8bit"}.get(optimizer, optimizer)
