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
    paints = {name: OUTCOMES.get(verdict or "", "dim") for name, verdict in verdicts.items()}
    # The most telling way that fits: full names, short ones, then without room between; figures go one by one.
    pieces: list[Cell] = []
    for naming, tight in ((_FULL, False), (_SHORT, False), (_SHORT, True)):
        for left in range(len(_SPARED) + 1):
            kept = {name: figure for name, figure in figures.items() if name == shown or name not in _SPARED[:left]}
            pieces = [
                _piece(number, name, shown, naming, kept.get(name, ""), paints.get(name, "dim"), tight=tight)
                for number, name in enumerate(SCREENS, 1)
            ]
            if sum(cell_len(text) for text, _ in pieces) <= width:
                return pieces
    # A verdict such as INCONCLUSIVE on the tab that is on may be what is too long.
    return [(f"[{number} {name}]", "title") if name == shown else piece
            for (number, name), piece in zip(enumerate(SCREENS, 1), pieces, strict=True)]  # fmt: skip


def _piece(
    number: int, name: str, shown: str, naming: Mapping[str, str], figure: str, paint: str, *, tight: bool
) -> Cell:
    if name == shown:
        return f"[{' '.join(word for word in (str(number), name, figure) if word)}]", "title"
    if tight:
        return f" {number}{naming[name]}", paint
    return f" {' '.join(word for word in (str(number), naming[name], figure) if word)} ", paint


_FULL: Mapping[str, str] = {name: name for name in SCREENS}
_SHORT: Mapping[str, str] = {
    "Sources": "Src", "Pairs": "Prs", "Duplicates": "Dup", "Clusters": "Map", "Style": "Sty", "Coverage": "Cov",
    "Gate": "Gate", "Train": "Trn", "Evaluate": "Eval",
}  # fmt: skip
# The figures that go first where room is short: what nobody waits for before what waits for a person.
_SPARED = ("Sources", "Clusters", "Style", "Coverage", "Duplicates", "Pairs", "Evaluate", "Gate")
