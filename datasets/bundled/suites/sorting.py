"""The next of some numbers or words in sorted order. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import PLAIN_NOUNS


def draw(rng: Random, level: int) -> Problem:
    """Level 1: four digits; 2: five two-digit numbers; 3: four words by the alphabet."""
    if level == 3:
        initials = {w[0]: w for w in rng.sample(PLAIN_NOUNS, len(PLAIN_NOUNS))}
        name, ordered = "words", sorted(rng.sample(sorted(initials.values()), 5))
    else:
        name, numbers = ("digits", range(1, 10)) if level == 1 else ("numbers", range(10, 100))
        ordered = [str(n) for n in sorted(rng.sample(numbers, 5))]
    shown = rng.sample(ordered, len(ordered))
    done = rng.randint(0, 1)
    prompt = f"Sort: {', '.join(shown)}. Sorted:{''.join(f' {v}' for v in ordered[:done])}"
    rest = ordered[done:]
    choices = (rest[0], *rng.sample(rest[1:], 3))
    return Problem(
        level, f"sorting/{name}/{done}", f"{name}:{','.join(ordered)}", prompt, tuple(f" {c}" for c in choices)
    )
