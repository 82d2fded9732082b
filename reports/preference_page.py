"""What people chose who compared the answers of base and tuned blind: in one line, and as a section of the report.

Knows the tally and how it is said. It must not know who asked, nor count anything itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneproof.reports import figures
from tuneproof.reports.plots import Dot, DotRow, Rule, dot_plot

if TYPE_CHECKING:
    from tuneproof.evaluate.preferences import Tally


def preference_line(found: Tally) -> str:
    """Return how often the tuned answer won, with its exact interval, in one line."""
    ties = figures.count(found.ties, "tie")
    if found.share is None or found.interval is None or found.interval.low is None or found.interval.high is None:
        return f"no side was preferred yet, {ties}"
    low, high = found.interval.low, found.interval.high
    return (
        f"tuned preferred in {found.tuned:,} of {found.tuned + found.base:,} "
        f"({found.share:.0%}, 95% {low:.0%} to {high:.0%}), {ties}"
    )


def preference_rest(found: Tally) -> str:
    """Return what else a reader must know of the choices: the side that was taken, and what was left out."""
    chosen = f"A was chosen {figures.count(found.first, 'time')} of {found.tuned + found.base:,}"
    return f"{chosen}, {found.skipped:,} skipped, {found.waiting:,} not asked yet, {found.alike:,} answered alike"


def preference_context(found: Tally | None) -> dict[str, Any] | None:
    """Return the template's values for the section; None where nobody chose."""
    if found is None or found.share is None or found.interval is None:
        return None
    row = DotRow(
        "Tuned preferred",
        (Dot(found.share, found.interval.low, found.interval.high, "tuned"),),
        figures.percent(found.share),
        f"{found.tuned:,} of {found.tuned + found.base:,}; {figures.count(found.ties, 'tie')} left out",
    )
    return {
        "plot": dot_plot("How often the tuned answer was preferred", [row], [Rule(0.5, "zero", "even")], unit="share"),
        "line": preference_line(found),
        "rest": preference_rest(found),
        "people": figures.count(len(found.people), "person", "people"),
    }
