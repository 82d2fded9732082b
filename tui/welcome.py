"""The first screen where there is no workspace: try the demo, read a folder of documentation, or open a workspace.

Knows the ways to begin and what each needs to be told. It makes nothing: the command that opened it does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Input

from tuneproof.datasets.workspace.workspace import CONFIG_NAME
from tuneproof.tui.card import Bar, Block, Card
from tuneproof.tui.keys import bindings
from tuneproof.tui.screens.keysbar import KeysBar
from tuneproof.tui.screens.pane import ready
from tuneproof.tui.screens.state import StateLine
from tuneproof.tui.table import PagedTable, Row
from tuneproof.tui.themes import fitting_theme

Way = Literal["demo", "documentation", "workspace"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """How to begin, and where: the folder of documentation or the workspace, empty for the demo."""

    way: Way
    where: str = ""


# What the list says, what it means, and what must be asked first.
WAYS: Mapping[Way, tuple[str, str, str]] = {
    "demo": (
        "Try the demo",
        "Pairs from the documentation of about forty modules that every Python has, made in ./demo in about a minute. "
        "Nothing is downloaded. tuneproof demo walks the whole road, training and verdict included.",
        "",
    ),
    "documentation": (
        "Read a folder of documentation",
        "A workspace is made here, the folder is read and paired, and the review opens on what came of it. "
        "The folder itself is left as it is.",
        "a folder or file of documentation",
    ),
    "workspace": (
        "Open a workspace",
        f"A folder that tuneproof init made: it holds {CONFIG_NAME}.",
        "the folder of a workspace",
    ),
}


class Begin(Container, can_focus=True):
    """The list of ways, and what the one under the cursor means."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("open", "move", "quit")

    def compose(self) -> ComposeResult:
        """Lay out list and card."""
        yield PagedTable((0,), _rows)
        yield Card()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no other side, and nothing while a line asks."""
        return action not in ("side", "back") and not self.screen.has_class("-asking")

    def on_mount(self) -> None:
        """Show the ways."""
        self.table.show(list(WAYS))

    @property
    def table(self) -> PagedTable:
        """The ways."""
        return self.query_one(PagedTable)

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        _, meaning, _ = WAYS[self.way]
        self.query_one(Card).show([Block(meaning)])

    @on(PagedTable.Opened)
    def _opened(self, event: PagedTable.Opened) -> None:
        self.action_open()

    @property
    def way(self) -> Way:
        """The way under the cursor."""
        return list(WAYS)[self.table.cursor]

    def action_open(self) -> None:
        """Take the way under the cursor."""
        self.app.take(self.way)  # type: ignore[attr-defined]

    def action_next(self) -> None:
        """One row down."""
        self.table.move(1)

    def action_previous(self) -> None:
        """One row up."""
        self.table.move(-1)

    def action_top(self) -> None:
        """First row."""
        self.table.move_to(0)

    def action_bottom(self) -> None:
        """Last row."""
        self.table.move_to(len(WAYS))

    action_down = action_page_down = action_half_down = action_next
    action_up = action_page_up = action_half_up = action_previous


class Welcome(App[Beginning | None]):
    """Returns how the person wants to begin, or None if they leave."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "tuneproof"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = fitting_theme(os.environ)
        self._way: Way = "demo"

    def compose(self) -> ComposeResult:
        """Lay out the frame."""
        yield Bar(id="tabs")
        yield Begin(id="begin")
        yield Input(id="ask")
        yield StateLine(id="state")
        yield KeysBar(id="keys")

    def on_mount(self) -> None:
        """Say why this screen is here, and start in the list."""
        self.query_one("#tabs", Bar).show([(" tuneproof ", "title"), ("there is no workspace here yet", "")])
        self.call_after_refresh(self._say_where)
        self.query_one(Begin).focus()

    def take(self, way: Way) -> None:
        """Begin that way, or ask first for what it needs."""
        self._way = way
        asked = WAYS[way][2]
        if not asked:
            self.exit(Beginning(way))
            return
        self.screen.add_class("-asking")
        self.query_one("#ask", Input).placeholder = asked
        self.query_one("#ask", Input).focus()

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        given = event.value.strip()
        place = Path(given).expanduser()
        if not given or not place.exists():
            self._complain(f"There is nothing at {given or 'an empty path'}. Type a path, or leave by escape.")
        elif self._way == "workspace" and not (place / CONFIG_NAME).is_file():
            self._complain(f"{place} holds no {CONFIG_NAME}, so it is no workspace. tuneproof init makes one.")
        else:
            self.exit(Beginning(self._way, str(place.absolute())))

    def key_escape(self) -> None:
        """Leave the line that asks."""
        self.screen.remove_class("-asking")
        self._say_where()
        self.query_one(Begin).focus()

    def _say_where(self) -> None:
        self.query_one(StateLine).say(f"here is {Path.cwd()}")

    def _complain(self, text: str) -> None:
        self.query_one(StateLine).say(text, "bad", whole=True)


def welcome() -> Beginning | None:
    """Ask how to begin on the terminal and return it, or None if the person leaves."""
    return Welcome().run()


def _rows(ids: Sequence[str]) -> Future[Mapping[str, Row]]:
    return ready({name: ((words, ""),) for name, (words, _, _) in WAYS.items() if name in ids})
