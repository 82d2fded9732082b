"""The next of some numbers or words in sorted order. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import PLAIN_NOUNS


def draw(rng: Random, level: int) -> Problem:
    """Level 1: five two-digit numbers; 2: six numbers of three digits; 3: six words by the alphabet."""
    if level == 3:
        initials = {w[0]: w for w in rng.sample(PLAIN_NOUNS, len(PLAIN_NOUNS))}
        name, ordered = "words", sorted(rng.sample(sorted(initials.values()), 6))
    else:
        name, numbers, count = ("numbers", range(10, 100), 5) if level == 1 else ("long numbers", range(100, 1000), 6)
        ordered = [str(n) for n in sorted(rng.sample(numbers, count))]
    shown = rng.sample(ordered, len(ordered))
    done = rng.randint(0, 2)
    prompt = f"Sort: {', '.join(shown)}. Sorted:{''.join(f' {v}' for v in ordered[:done])}"
    # Wrong choices are what is still to come, and what stands there already.
    right, others = ordered[done], [v for v in ordered if v != ordered[done]]
    choices = (right, *rng.sample(others, 3))
    return Problem(
        level, f"sorting/{name}/{done}", f"{name}:{','.join(ordered)}", prompt, tuple(f" {c}" for c in choices)
    )
