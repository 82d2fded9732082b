"""Scores of base and tuned side by side: for each role and suite, the items that both states have a figure for.

Knows how scores are matched. It must not know what they are compared for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuneproof.datasets.workspace.records import Item, Model, Role, Score


@dataclass(frozen=True, slots=True)
class Paired:
    """Figures of both states on the same items, in item order: ``base[i]`` and ``tuned[i]`` are of ``ids[i]``."""

    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    base: tuple[float, ...]
    tuned: tuple[float, ...]

    @property
    def differences(self) -> list[float]:
        """Tuned minus base, item by item."""
        return [after - before for before, after in zip(self.base, self.tuned, strict=True)]

    @property
    def groups(self) -> int:
        """How many clusters there are."""
        return len(set(self.clusters))

    def worst(self, count: int, sign: float) -> tuple[str, ...]:
        """Return ids of the items with the largest ``sign * difference``: what to look at first."""
        ranked = sorted(zip(self.differences, self.ids, strict=True), key=lambda pair: (-sign * pair[0], pair[1]))
        return tuple(item_id for _, item_id in ranked[:count])


class ScoreTable:
    """Scores by state, item and metric, with the items that they are of."""

    def __init__(self, items: Sequence[Item], scores: Sequence[Score]) -> None:
        self.items = tuple(items)
        self._members: dict[tuple[Role, str], list[Item]] = {}
        for item in self.items:
            self._members.setdefault((item.role, item.suite), []).append(item)
        self._values: Mapping[tuple[Model, str, str], float] = {
            (score.model, score.item_id, score.metric): score.value for score in scores
        }

    def value(self, model: Model, item_id: str, metric: str) -> float | None:
        """Return one figure, or None where there is none."""
        return self._values.get((model, item_id, metric))

    def with_metric(self, metric: str, model: Model | None = None) -> list[Item]:
        """Return the items that have a figure of ``metric`` in ``model``, or in any state."""
        states: tuple[Model, ...] = (model,) if model else ("base", "tuned")
        return [i for i in self.items if any((state, i.item_id, metric) in self._values for state in states)]

    def paired(self, role: Role, suite: str | None, metric: str) -> Paired:
        """Return the figures of one role (and one suite of it) that exist in both states."""
        rows = [
            (item.item_id, item.cluster, before, after)
            for item in self.members(role, suite)
            if (before := self.value("base", item.item_id, metric)) is not None
            and (after := self.value("tuned", item.item_id, metric)) is not None
        ]
        ids, clusters, base, tuned = zip(*rows, strict=True) if rows else ((), (), (), ())
        return Paired(ids, clusters, base, tuned)

    def members(self, role: Role, suite: str | None = None) -> list[Item]:
        """Return the items of a role, or of one suite of it."""
        if suite is not None:
            return self._members.get((role, suite), [])
        return [item for name in self.suites(role) for item in self._members[role, name]]

    def suites(self, role: Role) -> list[str]:
        """Return the suites of a role in the order of their first items."""
        return [suite for of_role, suite in self._members if of_role == role]

    def differing(self) -> int:
        """Return how many figures differ between the two states."""
        return sum(
            value != self._values.get(("tuned", item_id, metric))
            for (model, item_id, metric), value in self._values.items()
            if model == "base"
        )
