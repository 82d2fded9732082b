"""The Gate screen: the newest data verdict, check by check, each with the way to the pairs behind it.

Knows how to read a verdict aloud. It holds no opinion of its own: the verdict is what the gate stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui import queries
from tuneproof.tui.card import Bar, Block, Card
from tuneproof.tui.keys import bindings
from tuneproof.tui.screens.faces import check_blocks, check_cells, verdict_pieces
from tuneproof.tui.screens.pane import Pane
from tuneproof.tui.table import PagedTable, Row

NO_VERDICT = "There is no data verdict yet. Run: tuneproof gate"


class GatePane(Pane):
    """The checks and the card of one."""

    BINDINGS = bindings("gate", "everywhere", "move")
    HELP = "The newest data verdict. enter shows the pairs behind a check in Pairs; tuneproof gate judges anew."

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.verdict: Verdict | None = None

    def compose(self) -> ComposeResult:
        """Lay out headline, list and card."""
        with Vertical():
            yield Bar(id="headline")
            with Horizontal(id="checks"):
                yield PagedTable((7, 0, 26), self._fetch)
                yield Card()

    def reload(self) -> None:
        """Read the newest verdict."""
        self.run_worker(self._load(), group="verdict", exclusive=True)

    def action_reread(self) -> None:
        """Read again what the gate said last."""
        self.review.quiet()
        self.reload()

    async def action_jump(self) -> None:
        """Show the pairs behind the check under the cursor."""
        self.review.quiet()
        check = self.verdict.check(self.table.current) if self.verdict and self.table.current else None
        if check is None:
            self.review.tell(NO_VERDICT)
            return
        try:
            ids = await self.review.desk.run(partial(queries.pairs_behind, evidence=check.evidence))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        if not ids:
            self.review.tell(f"No single pairs stand behind “{check.title}”.")
            return
        self.review.show_pairs(queries.Filter(ids=ids, label=f"behind {check.id}"))

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        check = self.verdict.check(event.current) if self.verdict and event.current else None
        if check:
            self.card.show(check_blocks(check))
        else:
            self.card.show([Block(NO_VERDICT, "strong"), Block(""), Block("It judges the set that build made.")])

    async def _load(self) -> None:
        try:
            self.verdict = await self.review.desk.run(queries.newest_verdict)
        except TuneproofError as error:
            self.review.tell_error(error)
            self.card.show([Block(error.message, "bad"), Block(error.hint)])
            return
        headline = self.query_one("#headline", Bar)
        headline.show([(" ", ""), *verdict_pieces(self.verdict)] if self.verdict else [(" no verdict yet", "dim")])
        ids = [check.id for check in self.verdict.checks] if self.verdict else []
        self.table.show(ids, self.table.cursor)
        self.review.refresh_bars()

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        answer: Future[Mapping[str, Row]] = Future()
        checks = self.verdict.checks if self.verdict else ()
        answer.set_result({check.id: check_cells(check) for check in checks if check.id in ids})
        return answer
