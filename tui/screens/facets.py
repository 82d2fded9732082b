"""A list to choose from, opened above a screen: filters with the pairs they leave, or orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tuneproof.tui.card import Bar
from tuneproof.tui.display import one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.screens.keysbar import KeysBar
from tuneproof.tui.screens.pane import ready
from tuneproof.tui.table import PagedTable, Row

COUNT = 9


@dataclass(frozen=True, slots=True)
class Choice:
    """One way: what choosing it returns, how it reads, how many rows it leaves, and whether it holds now."""

    value: Any
    label: str
    count: int | None
    holds: bool


class ChoiceScreen(ModalScreen[Any]):
    """Lists the ways; enter returns the chosen one's value, escape None."""

    BINDINGS = bindings("move", "open")

    def __init__(self, title: str, ways: Sequence[Choice]) -> None:
        super().__init__()
        self.heading = title
        self.ways = {str(number): way for number, way in enumerate(ways)}
        self._counted = any(way.count is not None for way in ways)

    def compose(self) -> ComposeResult:
        """Lay out headline and list."""
        with Vertical():
            yield Bar()
            yield PagedTable((1, 0, COUNT) if self._counted else (1, 0), self._fetch)
            yield KeysBar()

    def on_mount(self) -> None:
        """Show the ways, with a dot at those that hold now."""
        self.query_one(Bar).show(
            [(f" {self.heading} ", "title"), ("enter takes it, escape leaves all as it is", "dim")]
        )
        self.table.show(list(self.ways))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no other side, there is one; and let no key choose what can't be seen."""
        return action != "side" and (action == "back" or not self.has_class("-too-small"))

    @property
    def table(self) -> PagedTable:
        """The list."""
        return self.query_one(PagedTable)

    def action_next(self) -> None:
        """One row down."""
        self.table.move(1)

    def action_previous(self) -> None:
        """One row up."""
        self.table.move(-1)

    action_down = action_next
    action_up = action_previous

    def action_top(self) -> None:
        """First row."""
        self.table.move_to(0)

    def action_bottom(self) -> None:
        """Last row."""
        self.table.move_to(len(self.ways))

    def action_page_down(self) -> None:
        """A page down."""
        self.table.move(max(1, self.table.size.height - 1))

    def action_page_up(self) -> None:
        """A page up."""
        self.table.move(-max(1, self.table.size.height - 1))

    action_half_down = action_page_down
    action_half_up = action_page_up

    def on_paged_table_opened(self) -> None:
        """Take the way that the mouse chose."""
        self.action_open()

    def action_open(self) -> None:
        """Take the way under the cursor."""
        current = self.table.current
        self.dismiss(self.ways[current].value if current is not None else None)

    def action_back(self) -> None:
        """Leave all as it is."""
        self.dismiss(None)

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        return ready({name: self._cells(self.ways[name]) for name in ids})

    def _cells(self, way: Choice) -> Row:
        holds = ("•", "strong") if way.holds else ("", "")
        label = (one_line(way.label), "")
        return (
            (holds, label, ("" if way.count is None else f"{way.count:>{COUNT},}", "dim"))
            if self._counted
            else (holds, label)
        )
