"""The Gate screen: the newest data verdict, check by check, each with the way to the pairs behind it.

Knows how to read a verdict aloud. It holds no opinion of its own: the verdict is what the gate stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.card import Block
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import verdict as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.faces import check_blocks, check_cells, verdict_pieces
from tuneproof.tui.screens.pane import ListPane
from tuneproof.tui.table import Cell, Row

if TYPE_CHECKING:
    import duckdb

GRAVEST_FIRST = ("fail", "inconclusive", "warn", "waived", "skipped", "pass")
NO_VERDICT = "There is no data verdict yet. Run: tuneproof gate"


class GatePane(ListPane):
    """The checks and the card of one."""

    BINDINGS = bindings("open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (7, 0, 20)
    TITLES: ClassVar[tuple[str, ...]] = ("", "check", "figure")
    EMPTY: ClassVar[tuple[str, ...]] = (NO_VERDICT, "It judges the set that build made.")
    HELP = (
        "The newest data verdict, what failed first. enter shows the pairs behind a check in Pairs; tuneproof gate "
        "judges anew."
    )

    verdict: Verdict | None = None

    async def action_open(self) -> None:
        """Show the pairs behind the check under the cursor."""
        self.review.quiet()
        check = self.verdict.check(self.table.current) if self.verdict and self.table.current else None
        if check is None:
            self.review.tell(NO_VERDICT)
            return
        try:
            ids = await self.ask(partial(queries.pairs_behind, evidence=check.evidence))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        if not ids:
            self.review.tell(f"No single pairs stand behind “{check.title}”.")
            return
        await self.review.show_pairs(Filter(ids=ids, label=f"behind {check.id}"))

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the ids of the newest verdict's checks, those that failed first."""
        self.verdict = queries.newest_verdict(con)
        checks = self.verdict.checks if self.verdict else ()
        return [check.id for check in sorted(checks, key=lambda check: GRAVEST_FIRST.index(check.status))]

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return the checks' cells."""
        checks = self.verdict.checks if self.verdict else ()
        return {check.id: check_cells(check) for check in checks if check.id in ids}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return a check's card."""
        check = self.verdict.check(name) if self.verdict else None
        return check_blocks(check) if check else []

    def headline(self) -> list[Cell]:
        """Return the verdict in a line."""
        return verdict_pieces(self.verdict) if self.verdict else [("no verdict yet", "dim")]
