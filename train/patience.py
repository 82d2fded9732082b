"""When to stop early: after evaluations of the selection rows that brought no lower loss, back to the best of them.

Knows losses by step, as the trainer's state keeps them through a resume. It must not know checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Patience:
    """How many evaluations in a row may pass without a lower loss; 0 never ends a run."""

    limit: int

    def is_over(self, points: Sequence[Point]) -> bool:
        """Whether the lowest of ``points`` lies ``limit`` evaluations or more back."""
        if not self.limit or not points:
            return False
        losses = [loss for _, loss in points]
        return len(losses) - 1 - losses.index(min(losses)) >= self.limit


def evaluations(state: Any) -> list[Point]:
    """Return the (step, loss) of each evaluation that a trainer's state has logged, in order."""
    return [(int(entry["step"]), float(entry["eval_loss"])) for entry in state.log_history if "eval_loss" in entry]


def best_step(points: Sequence[Point]) -> int:
    """Return the step of the lowest loss, the earlier of equals."""
    return min(points, key=lambda point: (point[1], point[0]))[0]
