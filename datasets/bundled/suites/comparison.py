"""Which number is larger or smaller, which list is longer. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import PLAIN_NOUNS


def draw(rng: Random, level: int) -> Problem:
    """Level 1: two numbers whose first digits differ; 2: two longer numbers or lists; 3: four numbers."""
    if level == 1:
        tens = rng.sample(range(1, 10), 2)
        return _numbers(rng, 1, [t * 10 + rng.randint(0, 9) for t in tens])
    if level == 2:
        return _lists(rng) if rng.random() < 0.4 else _numbers(rng, 2, _close_pair(rng))
    return _numbers(rng, 3, rng.sample(range(10, 100), 4))


def _close_pair(rng: Random) -> list[int]:
    hundred = rng.randint(1, 9) * 100
    return [hundred + n for n in rng.sample(range(100), 2)]


def _numbers(rng: Random, level: int, numbers: list[int]) -> Problem:
    word = rng.choice(("largest", "smallest") if len(numbers) > 2 else ("larger", "smaller"))
    right = max(numbers) if word.startswith("larg") else min(numbers)
    listed = f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}"
    template = rng.choice(("which", "of"))
    prompt = f"Which is {word}, {listed}? Answer:" if template == "which" else f"Of {listed}, the {word} is"
    choices = (right, *(n for n in numbers if n != right))
    content = f"{word}:{','.join(map(str, sorted(numbers)))}"
    return Problem(level, f"comparison/{template}/{word}", content, prompt, tuple(f" {c}" for c in choices))


def _lists(rng: Random) -> Problem:
    word = rng.choice(("longer", "shorter"))
    sizes = rng.sample(range(2, 7), 2)
    words = rng.sample(PLAIN_NOUNS, sum(sizes))
    lists = words[: sizes[0]], words[sizes[0] :]
    first_wins = (sizes[0] > sizes[1]) == (word == "longer")
    right, wrong = ("A", "B") if first_wins else ("B", "A")
    prompt = f"A: {' '.join(lists[0])}. B: {' '.join(lists[1])}. The {word} list is"
    return Problem(2, f"comparison/list/{word}", f"{word}:{prompt}", prompt, (f" {right}", f" {wrong}"))
