"""One generated problem, and which side of the wall between testing and training it lies on.

Knows the records of the general suites and the rule that splits them. Must not know any family of problems.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Literal

Side = Literal["item", "text"]
#: One problem in this many is kept for items; the rest may be trained on.
ITEM_SHARE = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """A question before it is split or shuffled: `choices[0]` is the right answer.

    `content` names what is asked (operands, words, facts): problems of equal content are the same
    problem and lie on the same side.
    """

    level: int
    template: str
    content: str
    prompt: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuiteItem:
    """A multiple-choice item; `choices[answer]` continues `prompt` rightly and no other choice does."""

    item_id: str
    suite: str
    level: int
    template: str
    prompt: str
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class TrainingText:
    """A solved problem: `text` is prompt and answer as plain text; both parts serve to render a chat."""

    suite: str
    prompt: str
    answer: str
    text: str


Draw = Callable[[Random, int], Problem]


def split_of(content: str) -> Side:
    """Whether a problem of this content belongs to the items or to the training text."""
    digest = blake2b(content.encode(), digest_size=8, person=b"tp-suite").digest()
    return "item" if int.from_bytes(digest, "little") % ITEM_SHARE == 0 else "text"
