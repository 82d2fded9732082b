"""The first line: every screen by its number and with what waits there, shortened where the screen is narrow.

Knows names, counts and widths. It must not know the screens.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len

from tuneproof.tui.keys import SCREENS
from tuneproof.tui.queries.counts import Counts
from tuneproof.tui.screens.faces import OUTCOMES
from tuneproof.tui.table import Cell


def tab_pieces(shown: str, found: Counts, queue: int, width: int) -> list[Cell]:
    """Return one piece a screen; ``shown`` is the name of the one that is on, ``queue`` the length of Pairs."""
    figures: Mapping[str, str] = {
        "Sources": f"{found.documents:,}",
        "Pairs": f"{queue:,}",
        "Duplicates": f"{found.duplicates:,}",
        "Clusters": f"{found.clusters:,}",
        "Style": f"{found.style:,}",
        "Coverage": f"{found.holes:,}" if found.holes else "",
        "Gate": found.data_verdict or "",
        "Evaluate": found.model_verdict or "",
    }
    verdicts = {"Gate": found.data_verdict, "Evaluate": found.model_verdict}
    for spare in (figures, {name: figures[name] for name in ("Pairs", "Gate")}, {shown: figures.get(shown, "")}, None):
        pieces = []
        for number, name in enumerate(SCREENS, 1):
            text = (
                f"{number}"
                if spare is None and name != shown
                else f"{number} {name} {(spare or figures).get(name, '')}"
            )
            paint = OUTCOMES.get(verdicts.get(name) or "", "dim")
            pieces.append((f"[{text.strip()}]", "title") if name == shown else (f" {text.strip()} ", paint))
        if sum(cell_len(text) for text, _ in pieces) <= width:
            return pieces
    return pieces
