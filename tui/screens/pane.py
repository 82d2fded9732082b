"""What all screens of the review share: a list with a card beside it, one focus, the same keys to move.

Knows the two sides, which of them the arrow keys move, and how a list is read off the event loop. It must not know
what is listed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.dom import DOMNode

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.card import Bar, Block, Card
from tuneproof.tui.table import Cell, Heads, PagedTable, Row

if TYPE_CHECKING:
    import duckdb

    from tuneproof.tui.app import ReviewApp

NARROW = 100
Result = TypeVar("Result")


class Pane(Container, can_focus=True):
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

    async def settled(self) -> bool:
        """Wait until verbs may act on what is shown, and tell whether they may."""
        return True

    def reload(self, *, keep: bool = True) -> None:
        """Read again what is listed, with the cursor on the same row if it is still there and ``keep`` holds."""
        raise NotImplementedError

    def follow_note(self, subject_id: str) -> None:
        """Show what became of something that is no pair, after an undo or a redo of what was said of it."""

    def action_reread(self) -> None:
        """Read again."""
        self.review.quiet()
        self.reload()

    def action_copy(self) -> None:
        """Put the card's text on the clipboard of the terminal."""
        self.app.copy_to_clipboard(self.card.text)
        self.review.tell("Copied the card, if this terminal lets programs write its clipboard.")

    async def action_open(self) -> None:
        """To the card."""
        self._side(True)

    def action_back(self) -> None:
        """To the list, or without the help if that is shown."""
        if not self.review.close_help():
            self._side(False)

    def action_side(self) -> None:
        """To the other side."""
        self._side(not self.on_card)

    async def action_undo(self) -> None:
        """Take back the latest decision, on whatever screen it was made."""
        await self.review.turn("undo")

    async def action_redo(self) -> None:
        """Put back what undo took."""
        await self.review.turn("redo")

    def _side(self, card: bool) -> None:
        self.review.quiet()
        self.set_class(card, "-card")
        self.table.retry()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no key act on what can't be seen, nor one that was meant for the line or the screen just opened."""
        covered = self.app.screen is not self.screen or self.screen.has_class("-asking")
        return not covered and not self.review.too_small

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


class ListPane(Pane):
    """A pane whose list is read whole as ids, its rows and cards as they are looked at."""

    # The style sheet knows such panes by this name: it sees the first base class of a pane only.
    DEFAULT_CLASSES = "listed"
    WIDTHS: ClassVar[tuple[int, ...]] = (0,)
    TITLES: ClassVar[tuple[str, ...]] = ("",)
    EMPTY: ClassVar[tuple[str, ...]] = ("Nothing here.",)
    # What the cursor shall stand on once the list is read again.
    aim: str | None = None
    # Whether the list was read: before, nothing can be said of what it holds.
    _listed = False

    def compose(self) -> ComposeResult:
        """Lay out headline, list and card."""
        table = PagedTable(self.WIDTHS, self._fetch)
        yield Bar(classes="headline")
        yield Heads(self.TITLES, table)
        with Horizontal(classes="sides"):
            yield table
            yield Card()

    def on_mount(self) -> None:
        """Read the list."""
        self.reload()

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the ids to list; runs off the event loop and may keep what it read."""
        raise NotImplementedError

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return the cells of some ids; runs off the event loop."""
        raise NotImplementedError

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return the card of one id; runs off the event loop."""
        raise NotImplementedError

    def headline(self) -> list[Cell]:
        """Return the line above the list."""
        raise NotImplementedError

    def list_widths(self) -> tuple[int, ...]:
        """Return the cells of the columns for what was read."""
        return self.WIDTHS

    def list_titles(self) -> tuple[str, ...]:
        """Return the titles of the columns for what was read."""
        return self.TITLES

    def show_face(self, name: str | None, blocks: list[Block]) -> None:
        """Show the card of ``name``."""
        self.card.show(blocks)

    async def ask(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Run ``work`` off the event loop. Raises what it raises, or WorkspaceLocked."""
        return await self.review.desk.run(work)

    def reload(self, *, keep: bool = True) -> None:
        """Read the list again."""
        start(self, partial(self._load, keep), "load")

    async def _load(self, keep: bool) -> None:
        before, self.aim = self.aim or (self.table.current if keep else None), None
        try:
            ids = await self.ask(self.read)
        except TuneproofError as error:
            self.review.tell_error(error)
            self.card.show([Block(error.message, "bad"), Block(error.hint)])
            return
        self._listed = True
        self.show_headline()
        self.table.widths = self.list_widths()
        for heads in self.query(Heads):
            heads.titles = self.list_titles()
            heads.refresh()
        place = ids.index(before) if before in ids else min(self.table.cursor if keep else 0, len(ids) - 1)
        self.table.show(ids, place)
        self._fit_list()
        self.review.refresh_bars()

    def on_resize(self) -> None:
        """Give what a short list leaves to the card where one stands above the other."""
        self._fit_list()

    def _fit_list(self) -> None:
        self.table.styles.max_height = max(1, len(self.table.ids)) if self.app.size.width < NARROW else None

    def show_headline(self) -> None:
        """Write the line above the list anew."""
        self.query_one(".headline", Bar).show([(" ", ""), *self.headline()])

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        start(self, self._show, "card")

    @on(PagedTable.Opened)
    async def _opened(self, event: PagedTable.Opened) -> None:
        event.stop()
        await self.action_open()

    @on(PagedTable.Failed)
    def _page_failed(self, event: PagedTable.Failed) -> None:
        event.stop()
        self.review.tell_error(event.error)

    async def _show(self) -> None:
        # Where the cursor is now: the message may be older than that.
        name = self.table.current
        if name is None and not self._listed:
            return
        if name is None:
            self.show_face(None, [Block(self.EMPTY[0], "strong"), Block(""), *map(Block, self.EMPTY[1:])])
            return
        try:
            self.show_face(name, await self.ask(partial(self.face, name=name)))
        except TuneproofError as error:
            self.show_face(name, [Block(error.message, "bad"), Block(error.hint)])

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        return self.review.desk.submit(partial(self.rows, ids=list(ids)))


def start(node: DOMNode, work: Callable[[], Coroutine[Any, Any, object]], group: str) -> None:
    """Run ``work`` beside the keys, in the place of what runs in ``group``."""
    # As a function, not as a coroutine: one that is replaced before it began would never be awaited.
    node.run_worker(cast("Any", work), group=group, exclusive=True)


def ready(rows: Mapping[str, Row]) -> Future[Mapping[str, Row]]:
    """Return an answer that is there already, for lists whose rows need no reading."""
    answer: Future[Mapping[str, Row]] = Future()
    answer.set_result(rows)
    return answer


async def off_loop(work: Callable[[], Result]) -> Result:
    """Run ``work``, which must not touch the workspace's file, on a thread."""
    return await asyncio.to_thread(work)
