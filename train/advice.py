"""Whether fine-tuning is the right tool for what is at hand, and what to do instead where it is not.

Knows counts, the goal and what a probe of the base found. It must not know files or models. Sources of the limits: 10
to 20 examples overfit, 50 to 100 good ones are a start, a few hundred consistent ones work; facts that a base lacks
are learnt slowly and, once learnt, raise made-up answers (Gekhman et al. 2024, arXiv 2405.05904).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FEW = 50
SOME = 200
FOLDS_BELOW = 200
#: Bits a byte that the passage takes off the answer from which on the answer's facts are in the passage, not the base.
LACKING_BITS = 0.5

Level = Literal["no", "careful", "yes"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding: whether it speaks for fine-tuning, why, and what to do (instead)."""

    level: Level
    because: str
    do: str

    def line(self) -> str:
        """Return the finding as one line."""
        return f"{self.level}: {self.because} {self.do}"


def advise(pairs: int, intent: str, must_refuse: int, passage_gain: float | None = None) -> list[Advice]:
    """Return what speaks for and against fine-tuning on ``pairs`` pairs for the goal ``intent``, gravest first.

    ``passage_gain`` is how many bits a byte of the answer the source passage saves the base, if that was measured.
    """
    found = [*_by_count(pairs, intent), *_by_facts(intent, passage_gain), *_by_folds(pairs)]
    if must_refuse and pairs >= FEW:
        found.append(
            Advice(
                "careful", f"{must_refuse} kinds of question must be refused.", "Keep unanswerable pairs in the set."
            )
        )
    order: Sequence[Level] = ("no", "careful", "yes")
    return sorted(found, key=lambda advice: order.index(advice.level))


def _by_count(pairs: int, intent: str) -> list[Advice]:
    if pairs < FEW:
        if intent == "style":
            do = "Put the wish into the system prompt with three of the pairs as examples; tune when it is asked daily."
        else:
            do = "Put the passage into the prompt (retrieval), or make more pairs: tuneproof build."
        return [Advice("no", f"{pairs} pairs overfit: the model learns them by heart.", do)]
    if pairs < SOME:
        return [Advice("careful", f"{pairs} pairs are a start, no more.", "Expect style and wording, not knowledge.")]
    return [Advice("yes", f"{pairs:,} pairs are enough to begin with.", "Consistency counts more than number.")]


def _by_facts(intent: str, passage_gain: float | None) -> list[Advice]:
    if passage_gain is not None and passage_gain >= LACKING_BITS:
        return [
            Advice(
                "no",
                f"The base lacks these facts: the passage saves it {passage_gain:.2f} bits a byte of the answer.",
                "Give it the passage at question time (retrieval); tune for form, on answers that the passage holds.",
            )
        ]
    if intent in ("domain", "both") and passage_gain is None:
        return [
            Advice(
                "careful",
                "The goal is knowledge of a subject, and tuning focuses what a base knows rather than adds to it.",
                "See what it lacks before: tuneproof plan --probe.",
            )
        ]
    return []


def _by_folds(pairs: int) -> list[Advice]:
    if FEW <= pairs < FOLDS_BELOW:
        return [
            Advice(
                "careful",
                f"One split of {pairs} pairs says little about the settings.",
                "Cross-validate by document: tuneproof train --folds 5.",
            )
        ]
    return []
