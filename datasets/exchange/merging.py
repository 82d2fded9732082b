"""A base and its adapter as one model: merged in float32, rounded once, when it is stored.

Knows transformers and peft folders. It must not know which run an adapter comes from, nor whether it may be handed on.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tuneproof.datasets.exchange.chat_format import inference_template
from tuneproof.datasets.workspace.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Precision = Literal["float32", "float16", "bfloat16"]
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json")
FILE_MODE = 0o644  # safetensors writes for its owner alone


def load_merged(base: Path, adapter: Path | None) -> PreTrainedModel:
    """Return ``base`` in float32, in evaluation mode, with ``adapter`` (a peft folder) merged into its weights.

    A quantised base is refused: what is merged into rounded weights is rounded again.

    Raises:
        ModelError: a folder is no model, or the adapter does not fit the base.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        loading: Any = AutoModelForCausalLM
        model = loading.from_pretrained(base, dtype=torch.float32, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{base} is no model folder: {error}.", "Name a folder with safetensors weights.") from error
    if getattr(model.config, "quantization_config", None) is not None:
        raise ModelError(f"{base} is quantised.", "Merge into the base as it was before it was quantised.")
    if adapter is not None:
        model = _merge(model, adapter)
    model.eval()
    return model  # type: ignore[no-any-return]


def save_merged(base: Path, adapter: Path | None, folder: Path, precision: Precision) -> None:
    """Write the merged model to ``folder`` as safetensors of ``precision``, with the base's tokenizer and template.

    Raises:
        ModelError: the two do not fit together.
        OSError: the folder can't be written.
    """
    import torch

    model: Any = load_merged(base, adapter)
    model = model.to(dtype=getattr(torch, precision))
    model.config.dtype = getattr(torch, precision)
    model.save_pretrained(folder)
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    template = folder / "chat_template.jinja"
    if template.is_file():
        # Tags of training are nothing to those who serve it.
        template.write_text(inference_template(template.read_text("utf-8")), "utf-8", newline="")
    for path in folder.iterdir():
        path.chmod(FILE_MODE)


def _merge(model: Any, adapter: Path) -> Any:
    from peft import PeftModel
    from safetensors import SafetensorError

    try:
        tuned: Any = PeftModel.from_pretrained(model, str(adapter), local_files_only=True)
        return tuned.merge_and_unload(safe_merge=True)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"The adapter {adapter} does not fit its base: {first}", "Export the run that made it."
        ) from error
