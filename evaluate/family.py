"""Harms that are tested together: a FAIL must stand up to how many questions were asked.

Knows p values and the two answers of each question. It must not know what any of them measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.datasets.verdict.intervals import holm
from tuneproof.datasets.verdict.verdict import Check


@dataclass(frozen=True, slots=True)
class Harm:
    """One harm that was looked for: ``p`` is the one-sided p value of "there is harm" (small: there is).

    ``found`` is the check if the harm is proved, None where the figure is too small to count however certain it
    is; ``otherwise`` is the check if it is not.
    """

    p: float
    found: Check | None
    otherwise: Check


def settle(entries: Sequence[Check | Harm], alpha: float) -> list[Check]:
    """Return the checks, harms settled by Holm's procedure over all of them at family-wise level ``alpha``."""
    adjusted = iter(holm([entry.p for entry in entries if isinstance(entry, Harm)]))
    return [_settled(entry, next(adjusted), alpha) if isinstance(entry, Harm) else entry for entry in entries]


def p_words(p: float) -> str:
    """Return a p value as a report says it: none is zero."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def _settled(harm: Harm, p: float, alpha: float) -> Check:
    return harm.found if harm.found is not None and p < alpha else harm.otherwise
