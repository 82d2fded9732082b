"""The training of tuneproof-base: optimizers, schedule, checkpoints that a killed run carries on from.

Knows the loop. Must not know which documents there are or how the result is judged.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.train.base.model import new_model
from tuneproof.train.base.tokenizer import CONTEXT

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM

    from tuneproof.train.base.mixture import Sequences

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """One training run: `minutes` of wall-clock time, or `tokens` if given, whatever the speed."""

    minutes: float = 55.0
    tokens: int | None = None
    optimizer: str = "muon"
    tied: bool = True
    rate: float = 3e-3
    muon_rate: float = 5e-3
    rows: int = 32
    length: int = 256
    long_from: float = 0.75
    decay_from: float = 0.70
    warmup_steps: int = 100
    save_every_minutes: float = 4.0
    threads: int = 2
    seed: int = 0
    compiled: bool = True


@dataclass(slots=True)
class Progress:
    """Where a run stands; `curve` holds (step, tokens, minutes, smoothed loss in nats)."""

    step: int = 0
    tokens: int = 0
    minutes: float = 0.0
    curve: list[tuple[int, int, float, float]] = field(default_factory=list)

    def share(self, settings: Settings) -> float:
        """How much of the budget is spent, from 0 to 1."""
        spent = self.tokens / settings.tokens if settings.tokens else self.minutes / settings.minutes
        return min(1.0, spent)


def rate_factor(step: int, share: float, settings: Settings) -> float:
    """Warm up, stay, then fall in a straight line to nothing: the rate's factor at this step."""
    warm = min(1.0, (step + 1) / settings.warmup_steps)
    late = (1.0 - share) / (1.0 - settings.decay_from)
    return max(0.0, min(warm, late))


def train(
    settings: Settings, draw: Callable[[int], Sequences], folder: Path, log: Log
) -> tuple[LlamaForCausalLM, Progress]:
    """Train until the budget is spent, saving into `folder`; carries on from a checkpoint that lies there.

    `draw` makes the sequences from a seed; a run that carries on draws others than it has had.
    """
    import torch

    torch.set_num_threads(settings.threads)
    folder.mkdir(parents=True, exist_ok=True)
    model = new_model(settings.tied, settings.seed)
    optimizers = make_optimizers(model, settings)
    progress = _resume(folder, model, optimizers, log)
    sequences = draw(settings.seed + progress.step)
    step_loss = torch.compile(_loss, dynamic=False) if settings.compiled else _loss
    model.train()
    started = time.monotonic() - progress.minutes * 60
    saved = shown = progress.minutes
    smooth = None
    while progress.share(settings) < 1.0:
        share = progress.share(settings)
        long = share >= settings.long_from
        length = CONTEXT if long else settings.length
        rows = settings.rows * settings.length // length
        factor = rate_factor(progress.step, share, settings)
        value = _step(model, optimizers, step_loss, sequences.batch(rows, length), factor)
        smooth = value if smooth is None else 0.98 * smooth + 0.02 * value
        progress.step += 1
        progress.tokens += rows * length
        progress.minutes = (time.monotonic() - started) / 60
        if progress.minutes - shown >= 0.5:
            shown = progress.minutes
            progress.curve.append((progress.step, progress.tokens, round(progress.minutes, 2), round(smooth, 4)))
            log(f"step {progress.step} tokens {progress.tokens} min {progress.minutes:.1f} loss {smooth:.4f}")
        if progress.minutes - saved >= settings.save_every_minutes:
            saved = progress.minutes
            _save(folder, model, optimizers, progress)
    _save(folder, model, optimizers, progress)
    return model, progress


def mean_with(model: LlamaForCausalLM, checkpoints: Sequence[Path]) -> None:
    """Put the mean of this model's weights and those of `checkpoints` into the model, each counting the same.

    Ends of one long training, each at a rate of nothing, lie around a better point than any of them (Izmailov et al.,
    Averaging Weights Leads to Wider Optima, 2018).

    Raises:
        UsageError: a checkpoint cannot be read or holds weights of another shape.
    """
    import torch

    own = model.state_dict()
    summed = {name: weights.double() for name, weights in own.items()}
    for path in checkpoints:
        try:
            other = torch.load(path, weights_only=True)["model"]
        except (OSError, KeyError, RuntimeError, UnpicklingError) as error:
            raise UsageError(f"{path} is not a checkpoint of this recipe: {error}", "Name a checkpoint.pt.") from None
        if {n: w.shape for n, w in other.items()} != {n: w.shape for n, w in own.items()}:
            raise UsageError(f"{path} holds a model of another shape.", "Name a checkpoint of the same recipe.")
        for name, weights in other.items():
            summed[name] += weights.double()
    model.load_state_dict({name: (total / (1 + len(checkpoints))).float() for name, total in summed.items()})


def make_optimizers(model: LlamaForCausalLM, settings: Settings) -> list[torch.optim.Optimizer]:
    """AdamW for everything, or Muon for the matrices between embedding and head and AdamW for the rest."""
    import torch

    inner = [p for n, p in model.named_parameters() if p.ndim == 2 and ".layers." in n]
    inner_ids = {id(p) for p in inner}
    outer = [p for p in model.parameters() if id(p) not in inner_ids]
    adam: dict[str, Any] = {"lr": settings.rate, "betas": (0.9, 0.95), "fused": True}
    if settings.optimizer == "adamw":
        return [
            torch.optim.AdamW([{"params": inner, "weight_decay": 0.1}, {"params": outer, "weight_decay": 0.0}], **adam)
        ]
    muon = torch.optim.Muon(
        inner, lr=settings.muon_rate, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"
    )
    return [muon, torch.optim.AdamW(outer, weight_decay=0.0, **adam)]


def _step(
    model: LlamaForCausalLM,
    optimizers: list[torch.optim.Optimizer],
    step_loss: Callable[..., torch.Tensor],
    batch: tuple[Any, Any],
    factor: float,
) -> float:
    import torch

    tokens = torch.from_numpy(batch[0].astype("int64"))
    weights = torch.from_numpy(batch[1])
    with torch.autocast("cpu", torch.bfloat16):
        loss = step_loss(model, tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous(), weights[:, 1:].contiguous())
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("full_rate", group["lr"])
            group["lr"] = group["full_rate"] * factor
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _loss(model: LlamaForCausalLM, inputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean of the tokens' cross-entropy, in nats."""
    from torch.nn.functional import cross_entropy

    logits = model(input_ids=inputs, use_cache=False).logits
    each = cross_entropy(logits.float().flatten(0, 1), labels.flatten(), reduction="none")
    return (each * weights.flatten()).sum() / weights.sum()


def _save(folder: Path, model: LlamaForCausalLM, optimizers: list[torch.optim.Optimizer], progress: Progress) -> None:
    import torch

    state = {"model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers]}
    torch.save(state, folder / "checkpoint.new")
    (folder / "checkpoint.new").replace(folder / "checkpoint.pt")
    (folder / "progress.json").write_text(json.dumps(asdict(progress)))


def _resume(folder: Path, model: LlamaForCausalLM, optimizers: list[torch.optim.Optimizer], log: Log) -> Progress:
    import torch

    if not (folder / "checkpoint.pt").exists():
        return Progress()
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    progress = Progress(**json.loads((folder / "progress.json").read_text()))
    log(f"carrying on from step {progress.step}")
    return progress
