"""The plan of a run: what will be trained on what, for how long, and whether this machine can take it.

Knows counts, the settings that they lead to, the memory formula, and how to measure a few steps by running them. It
must not load a model into this process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, RunError
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.train import memory
from tuneproof.train.advice import Advice, advise
from tuneproof.train.base_facts import HALF_WEIGHTS_FROM, cpu_has_bfloat16, read_architecture
from tuneproof.train.launch import prepare_run, start
from tuneproof.train.memory import Memory
from tuneproof.train.progress import RunFolder, read_status
from tuneproof.train.replay import check_source, replay_count
from tuneproof.train.rows import conversations, selection_rows, token_counts
from tuneproof.train.settings import Settings, resolve

MEASURED_STEPS = 4  # the first of them, which warms caches, is not counted
LONG_ROWS = 0.02  # share of pairs cut at max_length from which the plan warns


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds of a run, from steps measured on this machine; ``tokens_per_second`` counts no padding."""

    start: float
    training: float
    evaluation: float
    total: float
    tokens_per_second: float
    measured_steps: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do. Tokens are counted without padding; memory and ``available`` are in bytes."""

    pairs: int
    replay_rows: int
    selection_rows: int
    truncated: int
    longest: int
    tokens_per_epoch: int
    tokens: int
    settings: Settings
    base_parameters: int
    trainable_parameters: int
    memory: Memory
    available: int
    device: str
    seconds: Duration | None
    warnings: tuple[str, ...]
    memory_by_method: Mapping[str, Memory]
    cost: float | None  # of the whole run, where [train] price_per_hour is set and steps were measured
    advice: tuple[Advice, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the estimated memory is there right now."""
        return self.memory.total <= self.available

    def to_document(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {**asdict(self), "fits": self.fits, "warnings": list(self.warnings)}


def make_plan(
    snapshot: Path, base: Path, settings: Train, measure: bool = False, intent: str = "domain", must_refuse: int = 0
) -> Plan:
    """Return the plan for training on ``snapshot`` with ``base``; ``measure`` runs a few real steps for the time.

    Raises:
        DataError: the snapshot is broken or empty, or there is no text to replay.
        ModelError: ``base`` is no model folder.
        RunError: the measured steps failed.
    """
    frozen = load_snapshot(snapshot)
    check_source(settings, base)
    shape = read_architecture(base)
    pairs = conversations(frozen, "train")
    if not pairs:
        raise DataError("The snapshot has no training rows.", "Build a larger set and freeze it: tuneproof gate")
    lengths = token_counts(pairs, _tokenizer(base))
    replayed = replay_count(settings, len(pairs))
    resolved = resolve(settings, len(pairs), len(pairs) + replayed, shape.parameters)
    cut = [min(length, settings.max_length) for length in lengths]
    per_epoch = sum(cut) + replayed * settings.replay_tokens
    longest = max(*cut, settings.replay_tokens if replayed else 0)
    cuda = has_cuda()
    work = memory.Work(
        batch=resolved.micro_batch,
        length=longest,
        half_weights=cuda or shape.parameters >= HALF_WEIGHTS_FROM,
        autocast=cuda or cpu_has_bfloat16(),
        recompute=resolved.recompute_activations,
        cuda=cuda,
        method=settings.method,
        optimizer=settings.optimizer,
        rank=settings.rank,
        top_layers=settings.top_layers,
    )
    need = memory.estimate_work(shape, work)
    tokens = round(per_epoch * resolved.steps / resolved.steps_per_epoch)
    selection = len(selection_rows(frozen))
    free = memory.available(cuda)
    autocast = cuda or cpu_has_bfloat16()
    seconds = _measure(snapshot, base, settings, resolved, tokens) if measure else None
    return Plan(
        pairs=len(pairs),
        replay_rows=replayed,
        selection_rows=selection,
        truncated=sum(length > settings.max_length for length in lengths),
        longest=max(lengths),
        tokens_per_epoch=per_epoch,
        tokens=tokens,
        settings=resolved,
        base_parameters=shape.parameters,
        trainable_parameters=memory.trained_parameters(shape, work),
        memory=need,
        available=free,
        device="cuda" if cuda else "cpu",
        seconds=seconds,
        warnings=_warnings(lengths, settings, selection, need.total, free),
        memory_by_method=memory.by_method(shape, settings.rank, resolved.micro_batch, longest, cuda, autocast),
        cost=settings.price_per_hour * seconds.total / 3600 if seconds and settings.price_per_hour else None,
        advice=tuple(advise(len(pairs), intent, must_refuse)),
    )


def _measure(snapshot: Path, base: Path, train: Train, settings: Settings, tokens: int) -> Duration:
    """Run a few steps as a run of its own in a temporary folder, and scale what they took to the whole."""
    with tempfile.TemporaryDirectory(prefix="tuneproof-plan-") as folder:
        run_dir = prepare_run(Path(folder), snapshot, base, train, None, max_steps=MEASURED_STEPS)
        code = start(run_dir).wait()
        if code != 0:
            status = read_status(run_dir)
            raise RunError(f"The measured steps failed: {status.message}", status.hint or "Train with fewer rows.")
        manifest = read_json(run_dir / "manifest.json")
        speeds = [value for step, value in RunFolder(run_dir).series("tokens_per_second") if step > 1]
    if not speeds:
        raise RunError("The set gives a single step, so there is nothing to measure.", "Plan without measuring.")
    speed = len(speeds) / sum(1 / value for value in speeds)
    took = manifest["seconds"]
    begin = sum(took[name] for name in ("imports", "load", "tokenise", "mask_proof", "saving"))
    training = tokens / speed
    evaluation = took.get("evaluation", 0.0) * (1 + len(settings.evaluate_at))
    return Duration(begin, training, evaluation, begin + training + evaluation, speed, len(speeds))


def _warnings(lengths: Sequence[int], train: Train, selection: int, need: int, free: int) -> tuple[str, ...]:
    found = []
    cut = sum(length > train.max_length for length in lengths)
    if cut > LONG_ROWS * len(lengths):
        found.append(
            f"{cut} of {len(lengths)} pairs are longer than {train.max_length} tokens and lose their end: raise "
            f"[train] max_length (the longest has {max(lengths)})."
        )
    if not selection:
        found.append("The snapshot has no validation rows, so nothing shows overfitting while training runs.")
    if need > free:
        found.append(
            f"About {need / 1e9:.1f} GB of memory is needed and {free / 1e9:.1f} GB is free: lower [train] batch_size "
            "or max_length."
        )
    return tuple(found)


def _tokenizer(base: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    # The generic class reads tokenizer.json with the tokenizers library and needs no torch.
    return PreTrainedTokenizerFast.from_pretrained(base, local_files_only=True)


def has_cuda() -> bool:
    """Whether there is a CUDA card that torch can use."""
    if not Path("/proc/driver/nvidia").exists():
        return False  # torch, which takes seconds to import, is asked only where there may be a card
    import torch

    return bool(torch.cuda.is_available())
