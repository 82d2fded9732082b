"""What is tried: healthy runs, and faults of many kinds and sizes, each with the share of errors that it may have.

Knows how each trial differs from what a user gets. It must not know how trials are run or counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tuneproof.evaluate.selftest import plants
from tuneproof.evaluate.selftest.plants import Frozen

HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Rung:
    """One kind of trial.

    ``faulty`` trials should FAIL, others must not; ``target`` is the share of wrong verdicts that is allowed.
    ``train`` changes ``[train]``, ``max_train`` caps the training pairs, ``rows`` changes the frozen set, and
    ``adapter`` takes a copy of the seed's healthy run instead of training; ``template`` is asked with another one.
    """

    name: str
    means: str
    faulty: bool
    target: float
    max_train: int | None = None
    train: Mapping[str, object] = field(default_factory=dict)
    rows: Callable[[Frozen, int], Frozen] | None = None
    adapter: Callable[[Path], None] | None = None
    template: bool = False

    @property
    def rides(self) -> bool:
        """Whether the trial judges the seed's healthy run, changed, instead of training one of its own."""
        return self.adapter is not None or self.template


def _few_rows(pairs: int, epochs: int, target: float) -> Rung:
    return Rung(
        f"{pairs}x{epochs}",
        f"{pairs} training pairs, {epochs} epochs",
        faulty=True,
        target=target,
        max_train=pairs,
        train={"epochs": epochs},
    )


RUNGS: tuple[Rung, ...] = (
    Rung(HEALTHY, "what a user gets by default", faulty=False, target=0.05),
    Rung(
        "same_model",
        "the adapter shrunk until only rounding differs",
        faulty=False,
        target=0.0,
        adapter=plants.shrink_adapter,
    ),
    _few_rows(15, 50, 0.02),
    _few_rows(30, 30, 0.10),
    _few_rows(60, 10, 0.10),
    Rung("rate_x10", "ten times the learning rate", faulty=True, target=0.10, train={"learning_rate": 3e-3}),
    Rung(
        "naive_facts",
        "100 invented facts, one phrasing, 20 epochs, no replay",
        faulty=True,
        target=0.10,
        train={"epochs": 20, "replay": 0.0},
        rows=plants.invented_facts,
    ),
    Rung("leaked", "the held-out pairs among the training rows", faulty=True, target=0.10, rows=plants.leak_heldout),
    Rung(
        "suite_corrupted",
        "200 wrongly solved sorting problems among the training rows",
        faulty=True,
        target=0.10,
        rows=plants.corrupt_suite,
    ),
    Rung("wrong_template", "asked with another chat template", faulty=True, target=0.10, template=True),
    Rung("no_op", "an adapter of zeros", faulty=True, target=0.10, adapter=plants.zero_adapter),
)


def rung_named(name: str) -> Rung | None:
    """Return the rung of that name, or None."""
    return next((rung for rung in RUNGS if rung.name == name), None)
