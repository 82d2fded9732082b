"""The null: base and tuned scores swapped by chance, cluster by cluster, and judged again.

Knows that the verdict is a function of scores. Under a swap nothing is better or worse, so a FAIL is a false alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.records import Item, Model, Score
from tuneproof.evaluate.judge import Run, judge_model

_OTHER: Mapping[Model, Model] = {"base": "tuned", "tuned": "base"}


def permuted_verdicts(
    items: Sequence[Item], scores: Sequence[Score], config: Config, run: Run, as_of: str, count: int, seed: int
) -> Iterator[Verdict]:
    """Yield ``count`` verdicts on the scores with both states swapped in half of the clusters, chosen anew each time.

    A document keeps its items together whatever their role; in the suites each item stands alone.
    """
    rng = Random(f"permute:{seed}")
    units = {item.item_id: _unit(item) for item in items}
    names = sorted(set(units.values()))
    for _ in range(count):
        swapped = {name for name in names if rng.random() < 0.5}
        moved = [
            replace(score, model=_OTHER[score.model]) if units[score.item_id] in swapped else score for score in scores
        ]
        yield judge_model(items, moved, config, run, 1, as_of)


def _unit(item: Item) -> str:
    return item.item_id if item.role == "general" else f"{item.role}:{item.cluster}"
