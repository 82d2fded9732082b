"""A base model and what was tuned of it in memory, loaded once: an adapter on and off, or weights put in and out.

Knows what makes a folder a usable model and says so when it is none. It must not know what is asked of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.identity import sha256
from tuneproof.datasets.workspace.records import Model
from tuneproof.train.base_facts import base_hashes

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

#: Where a model's configuration names no longest input.
DEFAULT_CONTEXT = 2048
#: The file by which a folder is a whole model; an adapter has a configuration of its own name.
WHOLE_MODEL = "config.json"
#: Where transformers keeps a chat template; its bytes are the template itself.
TEMPLATE_FILE = "chat_template.jinja"
_CHOOSE = "Check [base] model in tuneproof.toml; it names a folder or a model of the hub."
_AGAIN = "Train again: tuneproof train"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Model, tokenizer and the longest input in tokens; ``tuned`` tells whether anything was trained over the base.

    ``base_weights`` holds, by name, the base's own tensors of every weight that a whole-model run changed; it is empty
    for an adapter. Outside of `state` the model is in the tuned state.
    """

    model: Any
    tokenizer: PreTrainedTokenizerBase
    max_length: int
    tuned: bool
    base_weights: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def state(self, name: Model) -> Iterator[None]:
        """Hold the model in the base or the tuned state inside the block."""
        if name == "tuned" or not self.tuned:
            yield
            return
        if not self.base_weights:
            with self.model.disable_adapter():
                yield
            return
        tuned = _put(self.model, self.base_weights)
        try:
            yield
        finally:
            _put(self.model, tuned)


def load_model(base: str, tuned: Path | None, threads: int = 0) -> LoadedModel:
    """Load a base and what was tuned of it, in float32 on the CPU or in the base's own type on an accelerator.

    ``tuned`` is an adapter's folder, or that of a whole model with the base's shape: then the weights that differ are
    held twice and exchanged in place, so that whatever holds the model sees either state.

    Raises:
        ModelError: the folder is no model, the tokenizer has no end-of-turn token or chat template, or what was tuned
            is broken or belongs to another base.
    """
    import torch

    if threads:
        torch.set_num_threads(threads)
    model, tokenizer = _load_base(base)
    whole = tuned is not None and (tuned / WHOLE_MODEL).is_file()
    changed: dict[str, Any] = {}
    if tuned is not None:
        _refuse_another_base(base, tuned)
        if whole:
            changed = _changed_weights(model, tuned)
        else:
            model = _load_adapter(model, tuned)
    model.to(device="cuda" if torch.cuda.is_available() else "cpu")
    base_weights = _put(model, changed)
    # A whole model equal to its base has no weight to exchange: both states are then the base.
    return LoadedModel(
        model.eval(),
        tokenizer,
        _context(model.config),
        bool(base_weights) if whole else tuned is not None,
        base_weights,
    )


def template_sha256(tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the hash of a tokenizer's chat template."""
    return sha256(str(tokenizer.chat_template or ""))


def trained_template_sha256(tuned: Path) -> str | None:
    """Return the hash of the chat template that a tuned model was trained with, or None where none is recorded."""
    manifest = read_manifest(tuned)
    recorded = manifest.get("chat_template_sha256") or manifest.get("base", {}).get("files", {}).get(TEMPLATE_FILE)
    return str(recorded) if recorded else None


def _load_base(base: str) -> tuple[Any, Any]:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    local = Path(base).is_dir()
    dtype = "auto" if torch.cuda.is_available() else torch.float32
    try:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, local_files_only=local, use_safetensors=True)
        tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=local)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{base} can't be loaded as a model: {_first_line(error)}", _CHOOSE) from error
    if tokenizer.eos_token_id is None:
        raise ModelError(
            f"The tokenizer of {base} names no end-of-turn token (eos_token), so answers would never end.",
            "Set eos_token in its tokenizer_config.json.",
        )
    if not tokenizer.chat_template:
        raise ModelError(
            f"The tokenizer of {base} has no chat template, so questions can't be put to the model.",
            "Use an instruct model, or add chat_template.jinja to its folder.",
        )
    return model, tokenizer


def _changed_weights(model: Any, tuned: Path) -> dict[str, Any]:
    """Return the weights of the whole model in ``tuned`` that differ from those of the base ``model``."""
    import torch

    trained, _ = _load_base(str(tuned))
    base, own = dict(model.named_parameters()), dict(trained.named_parameters())
    if {name: weight.shape for name, weight in base.items()} != {name: weight.shape for name, weight in own.items()}:
        raise ModelError(f"{tuned} has another shape than its base, so the two can't be compared.", _AGAIN)
    return {name: weight.data for name, weight in own.items() if not torch.equal(weight, base[name])}


def _put(model: Any, weights: Mapping[str, Any]) -> dict[str, Any]:
    """Put ``weights`` into the model in place and return what they replaced."""
    parameters = dict(model.named_parameters())
    replaced = {}
    for name, weight in weights.items():
        replaced[name] = parameters[name].data
        parameters[name].data = weight.to(replaced[name].device, replaced[name].dtype)
    return replaced


def _load_adapter(model: Any, adapter: Path) -> Any:
    from peft import PeftModel
    from safetensors import SafetensorError

    try:
        return PeftModel.from_pretrained(model, str(adapter), is_trainable=False)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{adapter} can't be loaded as an adapter: {_first_line(error)}", _AGAIN) from error


def _refuse_another_base(base: str, tuned: Path) -> None:
    recorded = _weights(read_manifest(tuned).get("base", {}).get("files", {}))
    if recorded and Path(base).is_dir() and recorded != _weights(base_hashes(Path(base))):
        raise ModelError(
            f"{tuned} was trained on another base than {base}: the weights' hashes differ.",
            "Set [base] model back to the one it was trained on, or train again: tuneproof train",
        )


def read_manifest(tuned: Path) -> dict[str, Any]:
    """Return the manifest of the run that made an adapter or a model; one from elsewhere has none."""
    path = tuned.parent / "manifest.json"
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is no readable manifest: {error}.", _AGAIN) from error
    return document


def _weights(files: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in files.items() if name.endswith(".safetensors")}


def _context(config: Any) -> int:
    for name in ("max_position_embeddings", "n_positions", "n_ctx"):
        found = getattr(config, name, None)
        if isinstance(found, int) and found > 0:
            return found
    return DEFAULT_CONTEXT


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
