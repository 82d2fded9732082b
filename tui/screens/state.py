"""The line above the keys: where the review stands, or what it has to say, in as many lines as that takes.

Knows figures and sentences. It must not know who says them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneproof.tui.card import Block, Card
from tuneproof.tui.display import one_line, wrap

if TYPE_CHECKING:
    from tuneproof.tui.queries.pairs import Progress

# A sentence longer than this many lines is cut, and the last line says so.
MOST_LINES = 5


class StateLine(Card):
    """One line of figures; what is said instead may take more, and pushes the screen up meanwhile."""

    def say(self, text: str, paint: str = "", *, whole: bool = False) -> None:
        """Show ``text``; if ``whole``, all of it, else what fits one line."""
        width = max(1, self.size.width - 2)
        lines = wrap(one_line(text), width)
        if not whole:
            lines = lines[:1]
        height = max(1, min(MOST_LINES, len(lines)))
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
        self.show([Block(line, paint) for line in lines])


def standing(
    name: str, filtered: str | None, progress: Progress | None, rate: float | None, marked: int, sought: str
) -> str:
    """Return the figures in a line: the workspace, what Pairs shows, how far the judging is and how fast it goes."""
    parts = [name] if filtered is None else [name, filtered]
    if progress:
        judged = f"{progress.judged:,}/{progress.total:,} judged"
        if rate:
            judged += f", {rate:.1f}/min, {max(0, progress.total - progress.judged) / rate:,.0f} min left"
        parts += [judged, f"journal {progress.journal:,}"]
    parts += [f"{marked:,} marked"] if marked else []
    parts += [f"/{sought}"] if sought else []
    return " · ".join(parts)
