"""Questions about invented facts that stand in the prompt. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import CITIES, COLOURS, NAMES, PLAIN_NOUNS

#: Relation: the values it takes, how it is told, how it is told to change, and how it is asked.
_RELATIONS: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "keeps": (PLAIN_NOUNS, "{n} keeps the {v}.", "Now {n} keeps the {v}.", "What does {n} keep? Answer: the"),
    "lives": (CITIES, "{n} lives in {v}.", "Now {n} lives in {v}.", "Where does {n} live? Answer: in"),
    "likes": (COLOURS, "{n} likes {v}.", "Now {n} likes {v}.", "Which colour does {n} like? Answer:"),
}


def draw(rng: Random, level: int) -> Problem:
    """Level 1: four facts of one kind; 2: four facts among as many of another kind; 3: one fact is overridden."""
    relation = rng.choice(sorted(_RELATIONS))
    names = rng.sample(NAMES, 4)
    values = rng.sample(_RELATIONS[relation][0], 5)
    told = [_RELATIONS[relation][1].format(n=n, v=v) for n, v in zip(names, values, strict=False)]
    asked = rng.randrange(4)
    right, wrong = values[asked], [v for i, v in enumerate(values[:4]) if i != asked]
    if level == 2:
        told = _interleaved(rng, relation, names, told)
    elif level == 3:
        told.append(_RELATIONS[relation][2].format(n=names[asked], v=values[4]))
        right, wrong = values[4], [values[asked], *wrong[:2]]
    prompt = f"{' '.join(told)} {_RELATIONS[relation][3].format(n=names[asked])}"
    choices = tuple(f" {v}" for v in (right, *wrong))
    return Problem(level, f"recall/{relation}/{level}", prompt, prompt, choices)


def _interleaved(rng: Random, relation: str, names: list[str], told: list[str]) -> list[str]:
    """Mix in facts of another relation about the same people, in another order."""
    other = rng.choice([r for r in sorted(_RELATIONS) if r != relation])
    values = rng.sample(_RELATIONS[other][0], len(names))
    more = [_RELATIONS[other][1].format(n=n, v=v) for n, v in zip(names, values, strict=True)]
    mixed = told + more
    rng.shuffle(mixed)
    return mixed
