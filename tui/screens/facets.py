"""The filter's list: every way to narrow the queue by one side, with the number of pairs it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tuneproof.tui.card import Bar
from tuneproof.tui.display import one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import Facet, Filter
from tuneproof.tui.table import PagedTable, Row


class FacetScreen(ModalScreen[Filter | None]):
    """Lists the ways; enter returns the chosen filter, escape returns None."""

    BINDINGS = bindings("move", "choose")

    def __init__(self, ways: Sequence[Facet], now: Filter) -> None:
        super().__init__()
        self._ways = {str(number): way for number, way in enumerate(ways)}
        self._now = now

    def compose(self) -> ComposeResult:
        """Lay out headline and list."""
        with Vertical():
            yield Bar()
            yield PagedTable((1, 0, 8), self._fetch)

    def on_mount(self) -> None:
        """Show the ways, with a dot at those that hold now."""
        self.query_one(Bar).show([(" Filter ", "title"), ("enter takes it, escape leaves all as it is", "dim")])
        self.query_one(PagedTable).show(list(self._ways))

    def action_next(self) -> None:
        """One row down."""
        self.query_one(PagedTable).move(1)

    def action_previous(self) -> None:
        """One row up."""
        self.query_one(PagedTable).move(-1)

    action_down = action_next
    action_up = action_previous

    def action_top(self) -> None:
        """First row."""
        self.query_one(PagedTable).move_to(0)

    def action_bottom(self) -> None:
        """Last row."""
        self.query_one(PagedTable).move_to(len(self._ways))

    def action_page_down(self) -> None:
        """A page down."""
        table = self.query_one(PagedTable)
        table.move(max(1, table.size.height - 1))

    def action_page_up(self) -> None:
        """A page up."""
        table = self.query_one(PagedTable)
        table.move(-max(1, table.size.height - 1))

    action_half_down = action_page_down
    action_half_up = action_page_up

    def action_choose(self) -> None:
        """Take the way under the cursor."""
        current = self.query_one(PagedTable).current
        self.dismiss(self._ways[current].filter if current is not None else None)

    def action_leave(self) -> None:
        """Leave all as it is."""
        self.dismiss(None)

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        answer: Future[Mapping[str, Row]] = Future()
        answer.set_result({name: self._cells(self._ways[name]) for name in ids})
        return answer

    def _cells(self, way: Facet) -> Row:
        holds = ("•", "strong") if way.filter == self._now else ("", "")
        return holds, (one_line(way.label), ""), (f"{way.count:>8,}", "dim")
