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
    # The most telling way that fits: all figures, names alone, short names, numbers.
    pieces: list[Cell] = []
    for naming, figured in ((_FULL, True), (_FULL, False), (_SHORT, False), (_NUMBERS, False)):
        pieces = []
        for number, name in enumerate(SCREENS, 1):
            on = name == shown
            words = (str(number), name if on else naming[name], figures.get(name, "") if figured or on else "")
            text = " ".join(word for word in words if word)
            paint = OUTCOMES.get(verdicts.get(name) or "", "dim")
            pieces.append((f"[{text}]", "title") if on else (f" {text} ", paint))
        if sum(cell_len(text) for text, _ in pieces) <= width:
            break
    return pieces


_FULL: Mapping[str, str] = {name: name for name in SCREENS}
_SHORT: Mapping[str, str] = {
    "Sources": "Src", "Pairs": "Prs", "Duplicates": "Dup", "Clusters": "Map", "Style": "Sty", "Coverage": "Cov",
    "Gate": "Gate", "Train": "Trn", "Evaluate": "Eval",
}  # fmt: skip
_NUMBERS: Mapping[str, str] = dict.fromkeys(SCREENS, "")
