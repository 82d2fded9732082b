"""Everything that a run needs in memory before its trainer is built.

Knows how a request becomes rows, a loaded base, replay and settings. It must not know TRL or run folders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, ModelError
from tuneproof.datasets.workspace.snapshots import Snapshot, load_snapshot
from tuneproof.train.base_facts import Device, choose_device
from tuneproof.train.child import all_cores
from tuneproof.train.methods import freeze_below, keep_gradients, loading
from tuneproof.train.replay import Replay, make_replay
from tuneproof.train.rows import Conversation, conversations, selection_rows, token_counts
from tuneproof.train.settings import Settings, resolve


@dataclass(frozen=True, slots=True)
class Job:
    """A run about to begin; ``lengths`` are tokens of each pair before anything is cut."""

    snapshot: Snapshot
    base: str
    pairs: tuple[Conversation, ...]
    selection: tuple[Conversation, ...]
    lengths: tuple[int, ...]
    replay: Replay
    settings: Settings
    device: Device
    model: Any
    tokenizer: Any

    @property
    def truncated(self) -> int:
        """Pairs longer than ``max_length``: their answers are cut."""
        return sum(length > self.settings.max_length for length in self.lengths)


def load_job(request: Mapping[str, Any]) -> Job:
    """Read the snapshot, load the base and settle everything that ``request`` leaves open.

    Raises:
        DataError: the snapshot has changed or has no rows, or there is no text to replay.
        ModelError: the base can't be asked questions.
    """
    train = Train.model_validate(request["train"])
    snapshot = load_snapshot(Path(request["snapshot"]))
    if snapshot.sha256 != request["snapshot_sha256"]:
        raise DataError(f"{snapshot.path} is not the snapshot that was asked for.", "Prepare the run again.")
    pairs = conversations(snapshot, "train")
    if not pairs:
        raise DataError("The snapshot has no training rows.", "Build a larger set and freeze it: tuneproof gate")
    selection = selection_rows(snapshot)
    if train.patience and not selection:
        raise DataError(
            "[train] patience compares losses of the validation rows, and the snapshot has none.",
            "Set patience = 0, or make more pairs and freeze the set again: tuneproof gate",
        )
    model, tokenizer, device, parameters = _load_base(request["base"], train)
    lengths = token_counts(pairs, tokenizer)
    _refuse_beyond_context(lengths, train.max_length, model.config.get_text_config())
    replay = make_replay(train, len(pairs), tokenizer)
    settings = resolve(train, len(pairs), len(pairs) + len(replay.rows), parameters)
    if request.get("max_steps"):
        steps = min(settings.steps, int(request["max_steps"]))
        settings = replace(settings, steps=steps, evaluate_at=())
    return Job(
        snapshot=snapshot,
        base=request["base"],
        pairs=tuple(pairs),
        selection=tuple(selection),
        lengths=tuple(lengths),
        replay=replay,
        settings=settings,
        device=device,
        model=model,
        tokenizer=tokenizer,
    )


def _refuse_beyond_context(lengths: Sequence[int], max_length: int, config: Any) -> None:
    context = getattr(config, "max_position_embeddings", None)
    trained = [min(length, max_length) for length in lengths]
    if context and max(trained) > context:
        beyond = sum(length > context for length in trained)
        raise DataError(
            f"{beyond} of {len(trained)} pairs are longer than the {context:,} tokens that the base reads.",
            f"Set [train] max_length = {context}: their answers are then cut; or use a base with a longer context.",
        )


def _load_base(base: str, train: Train) -> tuple[Any, Any, Device, int]:
    import datasets
    import torch
    import transformers
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(max(1, all_cores(train.threads) // train.processes))
    logging: Any = transformers.utils.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=False)
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        lacks = "chat template" if not tokenizer.chat_template else "end-of-turn token"
        raise ModelError(
            f"{base} has no {lacks}, so it can't be asked questions.", "Use the instruct version of the base."
        )
    with torch.device("meta"):
        models: Any = AutoModelForCausalLM
        shape = models.from_config(AutoConfig.from_pretrained(base, trust_remote_code=False))
    # Counted on the empty model: 4-bit storage holds two weights in one number.
    parameters = sum(weight.numel() for weight in shape.parameters())
    device = choose_device(parameters)
    model = AutoModelForCausalLM.from_pretrained(base, trust_remote_code=False, **loading(train.method, device))
    if train.method == "qlora":
        keep_gradients(model)
    elif train.method == "top_layers":
        freeze_below(model, train.top_layers)
    return model, tokenizer, device, parameters
