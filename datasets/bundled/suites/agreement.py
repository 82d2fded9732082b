"""Subject and verb agree in number, also across nouns that stand between them. Must not know other families."""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem
from tuneproof.datasets.bundled.suites.words import words

#: Nouns whose plural takes a plain s.
_NOUNS: tuple[str, ...] = words(
    "author key book car teacher doctor picture letter friend driver table cat dog lawyer player writer "
    "window singer farmer painter guard pilot parent sister brother neighbour student engineer manager "
    "actor house garden river tower poem song ship train "
)
_BETWEEN = ("near", "behind", "beside", "with", "above", "below", "without", "opposite")
#: Verb endings, singular then plural: both are one short word followed by the same word.
_VERBS = (
    ("is", "are", ("old", "small", "famous", "new", "here", "ready", "quiet", "late")),
    ("was", "were", ("old", "small", "famous", "lost", "there", "gone", "quiet", "late")),
    ("has", "have", ("changed", "arrived", "moved", "left", "stopped", "waited")),
    ("does", "do", ("not matter", "not move", "not help", "not change")),
)


def draw(rng: Random, level: int) -> Problem:
    """Level 1: nothing between subject and verb; 2: one noun of the other number; 3: two, or a clause."""
    plural = rng.random() < 0.5
    subject, *others = ((noun, f"{noun}s") for noun in rng.sample(_NOUNS, 3))
    head = f"The {subject[plural]}"
    if level == 1:
        name, phrase = "plain", head
    elif level == 2:
        name, phrase = "one", f"{head} {rng.choice(_BETWEEN)} the {others[0][not plural]}"
    elif rng.random() < 0.5:
        places = rng.sample(_BETWEEN, 2)
        name, phrase = "two", f"{head} {places[0]} the {others[0][not plural]} {places[1]} the {others[1][not plural]}"
    else:
        verb = "see" if not plural else "sees"
        name, phrase = "clause", f"{head} that the {others[0][not plural]} {verb}"
    singular_form, plural_form, rests = rng.choice(_VERBS)
    rest = rng.choice(rests)
    forms = (plural_form, singular_form) if plural else (singular_form, plural_form)
    choices = tuple(f" {form} {rest}." for form in forms)
    return Problem(level, f"agreement/{name}/{singular_form}", f"{phrase} {singular_form} {rest}", phrase, choices)
