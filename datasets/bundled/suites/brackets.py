"""Which sequence closes the open brackets. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_TEMPLATES = {"close": "Close the brackets: {seq} ->", "balanced": "Balanced: {seq}"}


def draw(rng: Random, level: int) -> Problem:
    """Level 1: two or three open; 2: four or five open; 3: three to five open after others were closed."""
    depth = rng.randint(*((2, 3), (4, 5), (3, 5))[level - 1])
    opened = _stack(rng, depth)
    shown = list(opened)
    if level == 3:
        for _ in range(rng.randint(1, 2)):
            kind = rng.choice(sorted(_PAIRS))
            at = rng.randint(1, len(shown))
            shown[at:at] = [kind, _PAIRS[kind]]
    right = [_PAIRS[b] for b in reversed(opened)]
    choices = [right]
    while len(choices) < 4:
        wrong = list(right)
        if rng.random() < 0.5:
            i, j = rng.sample(range(depth), 2)
            wrong[i], wrong[j] = wrong[j], wrong[i]
        else:
            wrong[rng.randrange(depth)] = rng.choice(sorted(_PAIRS.values()))
        if wrong not in choices:
            choices.append(wrong)
    name = rng.choice(sorted(_TEMPLATES))
    sequence = " ".join(shown)
    prompt = _TEMPLATES[name].format(seq=sequence)
    return Problem(level, f"brackets/{name}", sequence, prompt, tuple(" " + " ".join(c) for c in choices))


def _stack(rng: Random, depth: int) -> list[str]:
    """Brackets of at least two kinds, or every order of closing them would be the same."""
    while True:
        opened = [rng.choice(sorted(_PAIRS)) for _ in range(depth)]
        if len(set(opened)) > 1:
            return opened
