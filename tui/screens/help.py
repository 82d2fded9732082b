"""The help of what is on screen: its keys as they are now, remapped ones included."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tuneproof.tui.card import Block, Card
from tuneproof.tui.keys import bindings


class HelpScreen(ModalScreen[None]):
    """A card of keys; escape or the help key closes it, the moving keys scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("move", "open"),
        Binding("?", "help", show=False, id="help"),
        Binding("q", "help", show=False),
    ]

    def __init__(self, title: str, text: str, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._blocks = [Block(title, "title"), Block(""), Block(text), Block("")] if text else [Block(title, "title")]
        width = max((len(shown) for shown, _ in keys), default=0)
        self._blocks += [Block(f"{shown:<{width}}  {label}") for shown, label in keys]
        self._blocks += [
            Block(""),
            Block("[keys] in tuneproof.toml gives a verb other keys. escape closes this.", "dim"),
        ]

    def compose(self) -> ComposeResult:
        """Lay out the card."""
        with Vertical():
            yield Card()

    def on_mount(self) -> None:
        """Fill the card."""
        self.query_one(Card).show(self._blocks)

    def action_help(self) -> None:
        """Close."""
        self.dismiss(None)

    action_open = action_help
    action_back = action_help

    def action_down(self) -> None:
        """Scroll down."""
        self.query_one(Card).turn(1)

    def action_up(self) -> None:
        """Scroll up."""
        self.query_one(Card).turn(-1)

    action_next = action_down
    action_previous = action_up

    def action_page_down(self) -> None:
        """Scroll a page down."""
        self.query_one(Card).turn(max(1, self.size.height // 2))

    def action_page_up(self) -> None:
        """Scroll a page up."""
        self.query_one(Card).turn(-max(1, self.size.height // 2))

    action_half_down = action_page_down
    action_half_up = action_page_up

    def action_top(self) -> None:
        """Scroll to the first line."""
        self.query_one(Card).turn(-10_000)

    def action_bottom(self) -> None:
        """Scroll to the last line."""
        self.query_one(Card).turn(10_000)
