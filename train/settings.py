"""The settings of a run: what the configuration leaves open is chosen here, each choice with its reason.

Knows counts of rows and the size of the base. It must not know files, models or trainers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import ConfigError
from tuneproof.train.child import all_cores
from tuneproof.train.methods import METHODS, OPTIMIZERS, WHOLE

EVALUATIONS = 7  # of the selection rows during a run, the one before the first step not counted
SMALL_BASE = 50_000_000  # parameters; below it the rate measured on tuneproof-base holds
LARGE_BASE = 3_000_000_000
CHECKPOINTED_BASE = 200_000_000  # from here on activations are recomputed, and batches split, to save memory
MICRO_BATCH = 4  # rows at once on such a base


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides a run. ``reasons`` says for each chosen value why; ``steps`` are optimiser steps."""

    epochs: float
    learning_rate: float
    rank: int
    alpha: int
    batch_size: int
    micro_batch: int
    max_length: int
    warmup_steps: int
    weight_decay: float
    seed: int
    threads: int
    steps_per_epoch: int
    steps: int
    evaluate_at: tuple[int, ...]
    recompute_activations: bool
    reasons: Mapping[str, str]
    method: str = "lora"
    optimizer: str = "adamw"
    top_layers: int = 2
    dropout: float = 0.0
    neftune: float = 0.0
    packing: bool = False
    patience: int = 0
    processes: int = 1


def resolve(train: Train, pairs: int, rows: int, parameters: int) -> Settings:
    """Return the settings for ``pairs`` pairs among ``rows`` rows (replay included) on a base of ``parameters``.

    Raises:
        ConfigError: an optimizer without a measured default has no learning rate, or processes can't share a batch.
    """
    epochs, why_epochs = _epochs(train, pairs)
    rate, why_rate = _learning_rate(train, parameters)
    if train.batch_size % train.processes:
        raise ConfigError(
            f"[train] batch_size = {train.batch_size} can't be shared by {train.processes} processes.",
            f"Set batch_size to a multiple of {train.processes}.",
        )
    share = train.batch_size // train.processes
    micro = share if parameters < CHECKPOINTED_BASE else _divisor(share, MICRO_BATCH)
    per_epoch = math.ceil(rows / train.batch_size)
    steps = math.ceil(per_epoch * epochs)
    warmup, why_warmup = _warmup(train, steps)
    alpha, why_alpha = _alpha(train)
    reasons = {
        "epochs": why_epochs,
        "learning_rate": why_rate,
        "warmup_steps": why_warmup,
        "alpha": why_alpha,
        "method": METHODS[train.method],
        "optimizer": OPTIMIZERS[train.optimizer],
        "threads": "every core this process may use" if train.threads == 0 else "set in the configuration",
    }
    return Settings(
        epochs=epochs,
        learning_rate=rate,
        rank=train.rank,
        alpha=alpha,
        batch_size=train.batch_size,
        micro_batch=micro,
        max_length=train.max_length,
        warmup_steps=warmup,
        weight_decay=train.weight_decay,
        seed=train.seed,
        threads=all_cores(train.threads),
        steps_per_epoch=per_epoch,
        steps=steps,
        evaluate_at=tuple(sorted({math.ceil(steps * k / EVALUATIONS) for k in range(1, EVALUATIONS + 1)})),
        recompute_activations=parameters >= CHECKPOINTED_BASE,
        reasons=reasons,
        method=train.method,
        optimizer=train.optimizer,
        top_layers=train.top_layers,
        dropout=train.dropout,
        neftune=train.neftune,
        packing=train.packing,
        patience=train.patience,
        processes=train.processes,
    )


def _alpha(train: Train) -> tuple[int, str]:
    if train.method == "rslora":
        return 8, "8: at rank 16 the scale is LoRA's 2, at others it goes with one over the root of the rank"
    return 2 * train.rank, "twice the rank, so that the rate does not depend on the rank"


def _epochs(train: Train, pairs: int) -> tuple[float, str]:
    if train.epochs is not None:
        return train.epochs, "set in the configuration"
    if pairs < 2_000:
        return 3.0, f"3 for {pairs} pairs: under 2,000, more passes fit the wording of the rows, not the subject"
    if pairs < 10_000:
        return 2.0, f"2 for {pairs} pairs (2,000 to 10,000)"
    return 1.0, f"1 for {pairs} pairs (10,000 and more): each row is worth one look"


def _learning_rate(train: Train, parameters: int) -> tuple[float, str]:
    if train.learning_rate is None and train.optimizer == "sgd":
        raise ConfigError(
            "No learning rate of sgd was measured, and it depends on the base and the data.",
            "Set [train] learning_rate (try 0.1, then a third of it), or another optimizer.",
        )
    rate, why = _adapter_rate(train, parameters)
    if train.learning_rate is None and train.method in WHOLE:
        return rate / 10, f"a tenth of an adapter's ({why})"
    return rate, why


def _adapter_rate(train: Train, parameters: int) -> tuple[float, str]:
    size = f"{parameters / 1e6:,.1f}M parameters"
    if train.learning_rate is not None:
        return train.learning_rate, "set in the configuration"
    if parameters < SMALL_BASE:
        return (
            3e-4,
            f"3e-4 for a base of {size}: tuneproof-base gains 0.65 nats a token on held-out answers instead of 0.75 at "
            "5e-4, and loses a third less of general prose",
        )
    if parameters <= LARGE_BASE:
        return 2e-4, f"2e-4 for a base of {size}: the usual rate of LoRA up to 3B"
    return 1e-4, f"1e-4 for a base of {size}: the usual rate of LoRA above 3B"


def _warmup(train: Train, steps: int) -> tuple[int, str]:
    if train.warmup == 0:
        return 0, "none: set in the configuration"
    if steps < 10:
        return 0, f"none: of {steps} steps, one of warm-up would be spent at a rate of zero"
    found = max(1, round(train.warmup * steps))
    return found, f"{train.warmup:.0%} of {steps} steps"


def _divisor(number: int, limit: int) -> int:
    return max(part for part in range(1, min(number, limit) + 1) if number % part == 0)
