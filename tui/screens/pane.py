"""What all screens of the review share: a list with a card beside it, one focus, the same keys to move.

Knows the two sides and which of them the arrow keys move. It must not know what is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Horizontal

from tuneproof.tui.card import Card
from tuneproof.tui.table import PagedTable

if TYPE_CHECKING:
    from tuneproof.tui.app import ReviewApp


class Pane(Horizontal, can_focus=True):
    """A table and a card. The pane itself holds the focus, so its keys work from the first frame."""

    HELP = ""

    @property
    def review(self) -> ReviewApp:
        """The app, as what it is."""
        return cast("ReviewApp", self.app)

    @property
    def table(self) -> PagedTable:
        """The list."""
        return self.query_one(PagedTable)

    @property
    def card(self) -> Card:
        """The card."""
        return self.query_one(Card)

    @property
    def on_card(self) -> bool:
        """Whether the arrow keys scroll the card; on a narrow screen the card is what is seen then."""
        return self.has_class("-card")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no key act while the screen is too small to see what it acts on."""
        return not self.review.too_small

    def action_next(self) -> None:
        """One row down."""
        self._row(self.table.cursor + 1)

    def action_previous(self) -> None:
        """One row up."""
        self._row(self.table.cursor - 1)

    def action_top(self) -> None:
        """First row."""
        self._row(0)

    def action_bottom(self) -> None:
        """Last row."""
        self._row(len(self.table.ids) - 1)

    def action_down(self) -> None:
        """One line down in the active side."""
        self._by(1)

    def action_up(self) -> None:
        """One line up in the active side."""
        self._by(-1)

    def action_half_down(self) -> None:
        """Half a page down in the active side."""
        self._by(max(1, self._page // 2))

    def action_half_up(self) -> None:
        """Half a page up in the active side."""
        self._by(-max(1, self._page // 2))

    def action_page_down(self) -> None:
        """A page down in the active side."""
        self._by(max(1, self._page - 1))

    def action_page_up(self) -> None:
        """A page up in the active side."""
        self._by(-max(1, self._page - 1))

    def _row(self, row: int) -> None:
        self.review.quiet()
        self.table.retry()
        self.table.move_to(row)

    def _by(self, lines: int) -> None:
        if self.on_card:
            self.card.turn(lines)
        else:
            self._row(self.table.cursor + lines)

    @property
    def _page(self) -> int:
        return self.card.size.height if self.on_card else self.table.size.height
