"""Sums and differences of whole numbers below 100. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem

_TEMPLATES = {
    "symbol": "{a} {op} {b} =",
    "question": "What is {a} {word} {b}? Answer:",
    "sentence": "The result of {a} {word} {b} is",
}
_WORDS = {"+": "plus", "-": "minus"}


def draw(rng: Random, level: int) -> Problem:
    """Level 1: a number below 20 and a digit; 2: two digits and one; 3: two digits and two."""
    op = rng.choice("+-")
    a, b = _operands(rng, level, op)
    right = a + b if op == "+" else a - b
    name = rng.choice(sorted(_TEMPLATES))
    prompt = _TEMPLATES[name].format(a=a, b=b, op=op, word=_WORDS[op])
    choices = (right, *_near_misses(rng, right))
    return Problem(level, f"arithmetic/{name}/{op}", f"{a}{op}{b}", prompt, tuple(f" {c}" for c in choices))


def _operands(rng: Random, level: int, op: str) -> tuple[int, int]:
    low, high = ((2, 19), (21, 98), (21, 98))[level - 1]
    a = rng.randint(low, high)
    b = rng.randint(1, 9) if level < 3 else rng.randint(11, 98)
    if op == "-" and b > a:
        return b, a
    return a, b


def _near_misses(rng: Random, right: int) -> list[int]:
    """Three wrong results that have as many digits as the right one, so that none is likelier by its length."""
    near = [right + d for d in (-10, -2, -1, 1, 2, 10, -3, 3, -4, 4)]
    fitting = [n for n in near if n >= 0 and len(str(n)) == len(str(right))]
    return rng.sample(fitting[:6], 3)
