"""A table of any length: it holds ids, and rows only of the pages that were looked at.

Knows ids, pages, a cursor and cells. It must not know where rows come from: ``fetch`` gives the rows of some ids.
Moving the cursor repaints two lines; a page that takes longer than a blink is drawn as dots until it is there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from functools import lru_cache
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.display import crop

PAGE = 128
PAGES_KEPT = 32
# Rows that stay in view when the page turns.
CONTEXT = 2
BLINK_SECONDS = 0.05
# The colours of meaning, shared by all widgets: a cell or a line is painted by one of these names, or by "".
PAINTS = ("good", "bad", "warn", "dim", "strong", "title", "message", "mark")

Cell = tuple[str, str]
Row = tuple[Cell, ...]
Fetch = Callable[[Sequence[str]], "Future[Mapping[str, Row]]"]


def painted(widget: Widget, paint: str, ground: Style) -> Style:
    """Return ``ground`` with the ink of ``paint``, which is one of ``PAINTS`` or empty."""
    return _inked(ground, widget.get_component_rich_style(f"-{paint}")) if paint else ground


@lru_cache(maxsize=256)
def _inked(ground: Style, ink: Style) -> Style:
    return ground + Style(color=ink.color, bold=ink.bold, underline=ink.underline)


class Grounded(Widget):
    """A widget that looks up what it is drawn on once a frame: from every line, it would walk up the whole screen."""

    _ground: Style | None = None

    @property
    def ground(self) -> Style:
        """The style of what has no paint of its own."""
        return self._ground or self.rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of one frame."""
        self._ground = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            # A theme may change before the next one.
            self._ground = None


class PagedTable(Grounded, ScrollView):
    """Rows of cells by id. ``widths`` gives each column's cells, 0 for the one that takes the rest."""

    DEFAULT_CSS = "PagedTable { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"-cursor", *(f"-{paint}" for paint in PAINTS)}
    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor stands on another id, or on none."""

        def __init__(self, table: PagedTable, current: str | None) -> None:
            super().__init__()
            self.table = table
            self.current = current

        @property
        def control(self) -> PagedTable:
            """The table, so that ``on`` can select by it."""
            return self.table

    class Opened(Message):
        """The mouse pressed twice on a row."""

    class Failed(Message):
        """A page could not be read; it is asked for again on ``retry``."""

        def __init__(self, error: TuneproofError) -> None:
            super().__init__()
            self.error = error

    class _Arrived(Message):
        def __init__(self, page: int, shown: int, answer: Future[Mapping[str, Row]]) -> None:
            super().__init__()
            self.page = page
            self.shown = shown
            self.answer = answer

    def __init__(self, widths: Sequence[int], fetch: Fetch, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.widths = tuple(widths)
        self.ids: Sequence[str] = ()
        self.marked: set[str] = set()
        self._fetch = fetch
        self._pages: OrderedDict[int, dict[str, Row]] = OrderedDict()
        self._asked: set[int] = set()
        # Tells answers to the present ids from late ones to ids that were replaced.
        self._shown = 0

    @property
    def current(self) -> str | None:
        """The id under the cursor, or None in an empty table."""
        return self.ids[self.cursor] if self.ids else None

    @property
    def cells(self) -> tuple[int, ...]:
        """The width of each column as it is drawn."""
        rest = max(1, self.size.width - sum(self.widths) - len(self.widths) - 1)
        return tuple(wanted or rest for wanted in self.widths)

    @property
    def rows_loaded(self) -> int:
        """How many rows are held in memory."""
        return sum(len(rows) for rows in self._pages.values())

    def holds(self, name: str) -> bool:
        """Tell whether the row of an id is in memory."""
        return any(name in held for held in self._pages.values())

    def held(self, name: str) -> Row | None:
        """Return the cells of an id whose row is in memory."""
        return next((rows[name] for rows in self._pages.values() if name in rows), None)

    def show(self, ids: Sequence[str], cursor: int = 0) -> None:
        """Take other ids, with the cursor on row ``cursor`` or the last one there is."""
        self.ids = ids
        self._shown += 1
        self._pages.clear()
        self._asked.clear()
        self.virtual_size = Size(self.size.width, len(ids))
        self.set_reactive(PagedTable.cursor, max(0, min(cursor, len(ids) - 1)))
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.current))

    def put(self, rows: Mapping[str, Row]) -> None:
        """Replace the content of rows that are in memory and redraw just these."""
        for page, held in self._pages.items():
            for place, name in enumerate(held):
                if name in rows:
                    held[name] = rows[name]
                    self.refresh_line(page * PAGE + place)

    def forget(self) -> None:
        """Ask for all rows again: they would read differently now."""
        self._shown += 1
        self._pages.clear()
        self._asked.clear()
        self.refresh()

    def mark(self, names: Iterable[str], *, on: bool) -> None:
        """Mark rows, or take their marks away, and redraw what is in view."""
        self.marked = self.marked | set(names) if on else self.marked - set(names)
        self.refresh()

    def retry(self) -> None:
        """Ask again for pages that did not come."""
        if self._asked:
            self._asked.clear()
            self.refresh()

    def move(self, by: int) -> bool:
        """Move the cursor by that many rows, as far as there are any; tell whether it moved."""
        return self.move_to(self.cursor + by)

    def move_to(self, row: int) -> bool:
        """Move the cursor to ``row``, or to the nearest there is; tell whether it moved."""
        before = self.cursor
        self.cursor = max(0, min(row, len(self.ids) - 1))
        return self.cursor != before

    def watch_cursor(self, before: int, now: int) -> None:
        """Redraw the line that was left and the one that was reached."""
        self.refresh_line(before)
        self.refresh_line(now)
        self._reveal()
        self._ask_ahead(now + (2 if now > before else -2) * max(1, self.size.height))
        self.post_message(self.Moved(self, self.current))

    def render_line(self, y: int) -> Strip:
        """Return the line ``y`` lines below the top of the view."""
        index = y + self.scroll_offset.y
        width = self.size.width
        if index >= len(self.ids):
            return Strip.blank(width, self.ground)
        row = self._row(index)
        chosen = index == self.cursor
        base = self.get_component_rich_style("-cursor") if chosen else self.ground
        pieces = [(_gutter(chosen=chosen, marked=self.ids[index] in self.marked), "")]
        room = self.cells if row else (max(1, width - 2),)
        for (text, paint), cells in zip(row or (("…", "dim"),), room, strict=True):
            pieces.append((crop(text, cells) + " ", paint))
        # What holds no ink takes the paint of its neighbour: a run of one paint is sent as one.
        segments, paint = [], next((own for text, own in pieces if text.strip()), "")
        for text, own in pieces:
            paint = own if text.strip() else paint
            segments.append(Segment(text, painted(self, paint, base)))
        return Strip(segments).adjust_cell_length(width, base).simplify()

    def on_resize(self) -> None:
        """Keep the width of the view and the cursor in it."""
        self.virtual_size = Size(self.size.width, len(self.ids))
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse points."""
        if event.y + self.scroll_offset.y < len(self.ids):
            self.move_to(event.y + self.scroll_offset.y)
            if event.chain == 2:
                self.post_message(self.Opened())

    def on_paged_table__arrived(self, event: _Arrived) -> None:
        """Draw a page that came late."""
        if event.shown == self._shown:
            self._take(event.page, event.answer)
            top = self.scroll_offset.y
            if event.page * PAGE < top + self.size.height and (event.page + 1) * PAGE > top:
                self.refresh()

    def _fail(self, error: TuneproofError) -> None:
        self.post_message(self.Failed(error))

    def _reveal(self) -> None:
        """Turn the page where the cursor leaves it: a line at a time would draw the whole page at every key."""
        height = self.size.height
        top = self.scroll_offset.y
        kept = min(CONTEXT, height // 4)
        if self.cursor < top:
            self.scroll_to(y=max(0, self.cursor - height + 1 + kept), animate=False)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - kept, animate=False)

    def _row(self, index: int) -> Row | None:
        page = index // PAGE
        if page not in self._pages and page not in self._asked:
            self._ask(page)
        held = self._pages.get(page)
        if held is None:
            return None
        self._pages.move_to_end(page)
        return held.get(self.ids[index])

    def _ask_ahead(self, row: int) -> None:
        """Read the page that the cursor is on its way to, before it is drawn."""
        page = row // PAGE
        if self._pages and 0 <= row < len(self.ids) and page not in self._pages and page not in self._asked:
            self._ask(page, wait=False)

    def _ask(self, page: int, *, wait: bool = True) -> None:
        self._asked.add(page)
        answer = self._fetch(self.ids[page * PAGE : (page + 1) * PAGE])
        if not wait:
            shown = self._shown
            answer.add_done_callback(lambda done: self.post_message(self._Arrived(page, shown, done)))
            return
        try:
            answer.exception(timeout=BLINK_SECONDS)
        except NotYet:
            shown = self._shown
            answer.add_done_callback(lambda done: self.post_message(self._Arrived(page, shown, done)))
        else:
            self._take(page, answer)

    def _take(self, page: int, answer: Future[Mapping[str, Row]]) -> None:
        if answer.cancelled():
            return
        error = answer.exception()
        if isinstance(error, TuneproofError):
            # Rows are asked for while the screen draws; a message sent from there would stop at the screen.
            self.call_next(self._fail, error)
            return
        found = answer.result()
        # In the order of the ids, so that a row's place in its page is its place on the screen.
        wanted = self.ids[page * PAGE : (page + 1) * PAGE]
        self._pages[page] = {
            name: found.get(name, (("gone", "dim"),) + (("", ""),) * (len(self.widths) - 1)) for name in wanted
        }
        self._asked.discard(page)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)


class Heads(Widget):
    """The titles of a table's columns, above them; one that begins with ``>`` stands at the right of its column."""

    DEFAULT_CSS = "Heads { height: 1; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"-{paint}" for paint in PAINTS}

    def __init__(self, titles: Sequence[str], table: PagedTable) -> None:
        super().__init__()
        self.titles = tuple(titles)
        self._table = table

    def render_line(self, y: int) -> Strip:
        """Return the titles; there is one line."""
        texts = [
            f"{title[1:]:>{cells}}" if title.startswith(">") else title
            for title, cells in zip(self.titles, self._table.cells, strict=True)
        ]
        line = " " + "".join(crop(text, cells) + " " for text, cells in zip(texts, self._table.cells, strict=True))
        ink = painted(self, "dim", self.rich_style)
        return Strip([Segment(line, ink)]).adjust_cell_length(self.size.width, ink)


def _gutter(*, chosen: bool, marked: bool) -> str:
    if marked:
        return "»" if chosen else "+"
    return "›" if chosen else " "
