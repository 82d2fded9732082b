"""Which number is larger, smaller or next to it, which list is longer. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import PLAIN_NOUNS


def draw(rng: Random, level: int) -> Problem:
    """Level 1: two close numbers of three digits, or lists; 2: four such numbers; 3: the second of five."""
    if level == 1:
        return _lists(rng) if rng.random() < 0.4 else _numbers(rng, 1, _close(rng, 2))
    if level == 2:
        return _numbers(rng, 2, _close(rng, 4))
    return _second(rng, rng.sample(range(10, 100), 5))


def _close(rng: Random, count: int) -> list[int]:
    hundred = rng.randint(1, 9) * 100
    return [hundred + n for n in rng.sample(range(100), count)]


def _second(rng: Random, numbers: list[int]) -> Problem:
    word = rng.choice(("second largest", "second smallest"))
    ordered = sorted(numbers, reverse=word == "second largest")
    listed = f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
    choices = (ordered[1], ordered[0], *ordered[2:])
    content = f"{word}:{','.join(map(str, sorted(numbers)))}"
    return Problem(3, f"comparison/{word}", content, f"Of {listed}, the {word} is", tuple(f" {c}" for c in choices))


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
    sizes = rng.sample(range(3, 9), 2)
    words = rng.sample(PLAIN_NOUNS, sum(sizes))
    lists = words[: sizes[0]], words[sizes[0] :]
    first_wins = (sizes[0] > sizes[1]) == (word == "longer")
    right, wrong = ("A", "B") if first_wins else ("B", "A")
    prompt = f"A: {' '.join(lists[0])}. B: {' '.join(lists[1])}. The {word} list is"
    return Problem(1, f"comparison/list/{word}", f"{word}:{prompt}", prompt, (f" {right}", f" {wrong}"))
