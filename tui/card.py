"""A card: paragraphs wrapped to the width there is, drawn line by line, and the one-line bars around it.

Knows lines and paints. It must not know what they say. A new card redraws only the lines that differ, and a longer
one causes no new layout: the card scrolls itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tuneproof.tui.display import crop, one_line, wrap
from tuneproof.tui.grounding import Places, split_at
from tuneproof.tui.table import PAINTS, Grounded, painted


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: ``text`` may hold newlines; ``paint`` is one of ``PAINTS`` or empty; ``indent`` is in cells.

    ``places`` of ``visible(text)``, counted in characters that are no white space, are painted ``mark`` instead.
    """

    text: str
    paint: str = ""
    indent: int = 0
    places: Places = ()


# A line: pieces of text, each with its paint.
Line = tuple[tuple[str, str], ...]


class Card(Grounded):
    """Blocks under each other; what does not fit is scrolled to, and the last line says that there is more."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"-{paint}" for paint in PAINTS}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: tuple[Block, ...] = ()
        self._lines: list[Line] = []
        self._width = 0
        self._top = 0

    def show(self, blocks: Sequence[Block], *, keep_place: bool = False) -> None:
        """Show other blocks, from their top unless ``keep_place``; only lines that changed are redrawn."""
        before = self._view()
        self._blocks = tuple(blocks)
        self._wrap()
        self._top = min(self._top, self._last_top) if keep_place else 0
        self._redraw(before)

    def turn(self, by: int) -> None:
        """Move the view by that many lines, as far as there are any."""
        before = self._view()
        self._top = max(0, min(self._top + by, self._last_top))
        self._redraw(before)

    @property
    def at_end(self) -> bool:
        """Whether nothing is hidden below."""
        self._fit()
        return self._top >= self._last_top

    @property
    def text(self) -> str:
        """The whole card as wrapped lines, also what is out of view."""
        self._fit()
        return "\n".join("".join(text for text, _ in line) for line in self._lines)

    def render_line(self, y: int) -> Strip:
        """Return the line ``y`` lines below the top of the view."""
        return painted_line(self, self._line(y), self.size.width)

    def on_resize(self) -> None:
        """Wrap again for the new width."""
        self._top = min(self._top, self._last_top)
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.turn(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.turn(-3)

    @property
    def _last_top(self) -> int:
        self._fit()
        return max(0, len(self._lines) - self.size.height)

    def _fit(self) -> None:
        """Wrap again if the width is another than before: a line may be drawn before the resize is told."""
        if self._width != self.size.width:
            self._wrap()

    def _wrap(self) -> None:
        self._width = width = self.size.width
        self._lines = [line for block in self._blocks for line in _lines(block, width)]

    def _line(self, y: int) -> Line:
        view = self._view()
        return view[y] if y < len(view) else ()

    def _view(self) -> list[Line]:
        """Return the lines in view, one for each line of the widget."""
        self._fit()
        height = self.size.height
        view = self._lines[self._top : self._top + height]
        hidden = len(self._lines) - self._top - height
        if height and hidden > 0:
            view[-1] = ((f"▼ {hidden + 1} more lines", "dim"),)
        return view + [()] * (height - len(view))

    def _redraw(self, before: Sequence[Line]) -> None:
        """Draw what differs from ``before``, of each line no more than from its first to its last other cell."""
        width = self.size.width
        pairs = enumerate(zip(before, self._view(), strict=True))
        changed = [Region(*_differing(old, new, y, width)) for y, (old, new) in pairs if old != new]
        regions = [region for region in changed if region.width]
        if regions:
            self.refresh(*regions)


class Bar(Grounded):
    """One line of painted pieces, cut at the right edge."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"-{paint}" for paint in PAINTS}

    class Pressed(Message):
        """The mouse pointed at a piece; ``number`` counts from 0."""

        def __init__(self, bar: Bar, number: int) -> None:
            super().__init__()
            self.bar = bar
            self.number = number

        @property
        def control(self) -> Bar:
            """The bar, so that ``on`` can select by it."""
            return self.bar

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._pieces: tuple[tuple[str, str], ...] = ()

    def show(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Show other pieces of (text, paint)."""
        if tuple(pieces) != self._pieces:
            self._pieces = tuple(pieces)
            self.refresh()

    @property
    def text(self) -> str:
        """The whole line, also what is cut."""
        return "".join(text for text, _ in self._pieces)

    def render_line(self, y: int) -> Strip:
        """Return the line; there is one."""
        pieces = tuple((one_line(text), paint) for text, paint in self._pieces) if y == 0 else ()
        return painted_line(self, pieces, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Tell which piece the mouse points at."""
        right = 0
        for number, (text, _) in enumerate(self._pieces):
            right += cell_len(one_line(text))
            if event.x < right:
                self.post_message(self.Pressed(self, number))
                return


def painted_line(widget: Grounded, line: Line, width: int) -> Strip:
    """Return ``line`` in exactly ``width`` cells, each piece in its paint."""
    segments: list[Segment] = []
    room = width
    for text, paint in line:
        cells = cell_len(text)
        shown = text if cells <= room else crop(text, room)
        segments.append(Segment(shown, painted(widget, paint, widget.ground)))
        room -= min(cells, room)
    return Strip(segments).adjust_cell_length(width, widget.ground).simplify()


def _differing(old: Line, new: Line, y: int, width: int) -> tuple[int, int, int, int]:
    """Return the region (x, y, width, height) of a line in which ``new`` is not ``old``; its width is 0 if all is."""
    before, after = _cells(old, width), _cells(new, width)
    if before is None or after is None:
        return 0, y, width, 1
    other = [x for x in range(width) if before[x] != after[x]]
    return (other[0], y, other[-1] - other[0] + 1, 1) if other else (0, y, 0, 1)


def _cells(line: Line, width: int) -> list[tuple[str, str]] | None:
    """Return each cell's character and paint, or None where characters are not of one cell each."""
    if not all(text.isascii() or all(cell_len(char) == 1 for char in text) for text, _ in line):
        return None
    cells = [(char, paint if char != " " or paint == "mark" else "") for text, paint in line for char in text]
    return None if len(cells) > width else [*cells, *[(" ", "")] * (width - len(cells))]


def _lines(block: Block, width: int) -> list[Line]:
    space = " " * block.indent
    wrapped = wrap(block.text, width - block.indent)
    if not block.places:
        return [((space + line, block.paint),) for line in wrapped]
    parted = split_at(wrapped, block.places)
    return [((space, ""), *((text, "mark" if lit else block.paint) for text, lit in line)) for line in parted]
