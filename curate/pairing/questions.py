"""Wordings: the many ways to ask one thing, chosen by content so that a rebuild asks it the same way.

Knows how a wording is picked and what a pair is before it has an id. It must not know what the wordings say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import CaseType, Chunk


@dataclass(frozen=True, slots=True)
class Draft:
    """A pair before its id: ``slot`` tells two of one generator in one chunk apart and never changes with wording."""

    chunks: tuple[Chunk, ...]
    generator: str
    slot: str
    case_type: CaseType
    question: str
    answer: str


def number(*key: str) -> int:
    """Return a number that depends on ``key`` only, for every choice that must not change between builds."""
    return int(digest(*key), 16)


def draft(
    chunks: tuple[Chunk, ...],
    generator: str,
    case_type: CaseType,
    wordings: Sequence[str],
    answer: str,
    slot: str = "",
    **names: str,
) -> Draft:
    """Return a pair that asks one of ``wordings`` filled with ``names``, chosen by the chunk, generator and slot."""
    wording = wordings[number("wording", chunks[0].chunk_id, generator, slot) % len(wordings)]
    return Draft(chunks, generator, slot, case_type, wording.format(**names), answer)
