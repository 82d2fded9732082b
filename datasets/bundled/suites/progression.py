"""The next number of an evenly stepping sequence. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem

_TEMPLATES = {"bare": "{seq},", "next": "Sequence: {seq}. Next:", "question": "What comes after {seq}? Answer:"}


def draw(rng: Random, level: int) -> Problem:
    """Level 1: steps of 1, 2, 5 or 10 upwards; 2: steps of 3 to 9 upwards; 3: steps of 2 to 9 downwards."""
    terms = rng.randint(4, 5)
    if level == 1:
        step, start = rng.choice((1, 2, 5, 10)), rng.randint(1, 60)
    elif level == 2:
        step, start = rng.choice((3, 4, 6, 7, 8, 9)), rng.randint(1, 40)
    else:
        step = -rng.randint(2, 9)
        start = rng.randint(-step * terms, 99)
    sequence = [start + i * step for i in range(terms)]
    right = start + terms * step
    name = rng.choice(sorted(_TEMPLATES))
    prompt = _TEMPLATES[name].format(seq=", ".join(map(str, sequence)))
    near = [right + d for d in (1, -1, 2, -2, 10, -10, 3, -3, 4, -4)]
    wrong = [n for n in near if n >= 0 and len(str(n)) == len(str(right)) and n != sequence[-1]][:5]
    choices = (right, *rng.sample(wrong, 3))
    return Problem(level, f"progression/{name}", f"{start}:{step}", prompt, tuple(f" {c}" for c in choices))
