"""The general suites: generated problems that show what a model could do before it was fine-tuned.

Knows the kept families and the wall between items and training text. Must not know any model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from random import Random

from tuneproof.datasets.bundled.suites import (
    comparison,
    copying,
    facts,
    sorting,
)
from tuneproof.datasets.bundled.suites.problem import Draw, Problem, Side, SuiteItem, TrainingText, split_of
from tuneproof.datasets.workspace.errors import UsageError

__all__ = ["ALL", "SUITES", "SuiteItem", "TrainingText", "split_of", "suite_items", "training_texts"]

#: Every family.
_DRAWS: dict[str, Draw] = {
    "comparison": comparison.draw,
    "copying": copying.draw,
    "facts": facts.draw,
    "sorting": sorting.draw,
}
#: How many training texts are drawn of a family where of the others one is.
_SHARES = {"comparison": 2}
ALL: tuple[str, ...] = tuple(_DRAWS)
#: The suites that measure: neither at chance nor at the ceiling for the bundled base model.
SUITES: tuple[str, ...] = ALL
LEVELS = (1, 2, 3)
#: Draws without anything new after which a level counts as exhausted.
_PATIENCE = 1_000


def suite_items(suite: str, n: int = 400, seed: int = 0) -> list[SuiteItem]:
    """Generate `n` different items over the levels in turn; the same for the same suite, n and seed.

    Returns fewer where the family holds fewer different problems on the item side.
    """
    draw = _draw_of(suite)
    rng = Random(f"{suite}:items:{seed}")
    items: dict[str, SuiteItem] = {}
    open_levels = list(LEVELS)
    while open_levels and len(items) < n:
        level = open_levels[len(items) % len(open_levels)]
        fresh = next((i for i in _drawn(draw, suite, level, rng) if i.item_id not in items), None)
        if fresh is None:
            open_levels.remove(level)
        else:
            items[fresh.item_id] = fresh
    return list(items.values())


def training_texts(seed: int, suites: Sequence[str] = ALL) -> Iterator[TrainingText]:
    """Yield solved problems without end, none of which can be an item of any seed."""
    rng = Random(f"texts:{seed}")
    weighted = [s for s in suites for _ in range(_SHARES.get(s, 1))]
    while True:
        suite = rng.choice(weighted)
        problem = _on_side(_draw_of(suite), rng, rng.choice(LEVELS), "text")
        answer = problem.choices[0]
        yield TrainingText(suite, problem.prompt, answer.strip(), problem.prompt + answer)


def _drawn(draw: Draw, suite: str, level: int, rng: Random) -> Iterator[SuiteItem]:
    for _ in range(_PATIENCE):
        yield _item(suite, _on_side(draw, rng, level, "item"), rng)


def _draw_of(suite: str) -> Draw:
    if suite not in _DRAWS:
        raise UsageError(f"there is no general suite named {suite!r}", hint=f"Choose from {', '.join(ALL)}.")
    return _DRAWS[suite]


def _on_side(draw: Draw, rng: Random, level: int, side: Side) -> Problem:
    while True:
        problem = draw(rng, level)
        if split_of(problem.content) == side:
            return problem


def _item(suite: str, problem: Problem, rng: Random) -> SuiteItem:
    order = list(range(len(problem.choices)))
    rng.shuffle(order)
    choices = tuple(problem.choices[i] for i in order)
    key = f"{suite}\0{problem.prompt}\0{problem.choices[0]}"
    item_id = blake2b(key.encode(), digest_size=8).hexdigest()
    return SuiteItem(item_id, suite, problem.level, problem.template, problem.prompt, choices, order.index(0))
