"""Repeating words: backwards, every second one, or with two exchanged. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import PLAIN_NOUNS


def draw(rng: Random, level: int) -> Problem:
    """Level 1: reverse 3 to 6 words; 2: every second of 6 to 12 words; 3: 5 to 8 words with two changing places."""
    words = rng.sample(PLAIN_NOUNS, rng.randint(*((3, 6), (6, 12), (5, 8))[level - 1]))
    listed = " ".join(words)
    if level == 1:
        name, right, prompt = "reverse", words[::-1], f"Words: {listed}. Reversed:"
    elif level == 2:
        name, right, prompt = "alternate", words[::2], f"Words: {listed}. Every second one:"
    else:
        one, other = sorted(rng.sample(range(len(words)), 2))
        right = list(words)
        right[one], right[other] = right[other], right[one]
        name, prompt = "exchange", f"Words: {listed}. With {words[one]} and {words[other]} exchanged:"
    content = f"{name}:{listed}" if level < 3 else f"{name}:{prompt}"
    choices = (right, *_corrupted(rng, right))
    rendered = tuple(" " + " ".join(c) + "." for c in choices)
    return Problem(level, f"copying/{name}", content, prompt, rendered)


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
