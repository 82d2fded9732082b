"""Repeating a list of words: as it is, without one of them, or backwards. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import PLAIN_NOUNS


def draw(rng: Random, level: int) -> Problem:
    """Level 1: repeat 8 to 12 words; 2: repeat 4 to 7 words leaving out one; 3: reverse 3 to 6 words."""
    words = rng.sample(PLAIN_NOUNS, rng.randint(*((8, 12), (4, 7), (3, 6))[level - 1]))
    listed = " ".join(words)
    if level == 1:
        name, right, prompt = "repeat", words, f"Repeat: {listed}. Repeated:"
    elif level == 2:
        left_out = rng.choice(words)
        right = [w for w in words if w != left_out]
        name, prompt = "without", f"Words: {listed}. Without {left_out}:"
    else:
        name, right, prompt = "reverse", words[::-1], f"Words: {listed}. Reversed:"
    choices = (right, *_corrupted(rng, right))
    rendered = tuple(" " + " ".join(c) + "." for c in choices)
    return Problem(level, f"copying/{name}", f"{name}:{listed}", prompt, rendered)


def _corrupted(rng: Random, right: list[str]) -> list[list[str]]:
    """Three lists of the same length: two with neighbours swapped, one with a word replaced."""
    at, other = rng.sample(range(len(right) - 1), 2) if len(right) > 2 else (0, 0)
    wrong = []
    for place in (at, other):
        swapped = list(right)
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        wrong.append(swapped)
    replaced = list(right)
    replaced[rng.randrange(len(right))] = rng.choice([w for w in PLAIN_NOUNS if w not in right])
    return [*wrong, replaced]
