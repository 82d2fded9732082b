"""The Clusters screen: a map of what the pairs speak of, and the topics on it.

Knows topics, dots and members. It must not know how topics were found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.canvas import BLANK, cells_of, draw
from tuneproof.tui.card import Bar, Block, Card, Line
from tuneproof.tui.display import one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import clusters as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.faces import STATES
from tuneproof.tui.screens.pane import ListPane
from tuneproof.tui.table import Cell, Heads, PagedTable, Row

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

THIN = 5  # pairs under which a topic is called thin
MARGIN = 0.05


class MapCard(Card):
    """The map: every pair a dot, those of one topic in another colour."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._map: queries.Map | None = None
        self._chosen = -1
        self._zoomed = False

    def show_map(self, found: queries.Map | None, chosen: int, *, zoomed: bool) -> None:
        """Show ``found`` with the topic ``chosen`` lit, or that topic's surroundings alone."""
        before = [self._line(y) for y in range(self.size.height)]
        self._map, self._chosen, self._zoomed = found, chosen, zoomed
        self._wrap()
        self._redraw(before)

    def _fit(self) -> None:
        if (self._width, self._height) != (self.size.width, self.size.height):
            self._wrap()

    _height = 0

    def _wrap(self) -> None:
        self._width, self._height = width, height = self.size.width, self.size.height
        if self._map is None or width < 2 or height < 2:
            self._lines = []
            return
        lit = self._map.clusters == self._chosen
        points = self._window(self._map.points, lit)
        inside = ((points >= 0) & (points <= 1)).all(axis=1)
        codes = draw(cells_of(points[inside], width, height), width, height)
        shine = draw(cells_of(points[inside & lit], width, height), width, height)
        self._lines = [_pieces(line, light) for line, light in zip(codes.tolist(), shine.tolist(), strict=True)]

    def _window(self, points: NDArray[np.float64], lit: NDArray[np.bool_]) -> NDArray[np.float64]:
        if not self._zoomed or not lit.any():
            return points
        low, high = points[lit].min(axis=0) - MARGIN, points[lit].max(axis=0) + MARGIN
        shown: NDArray[np.float64] = (points - low) / (high - low)
        return shown


class ClustersPane(ListPane):
    """Topics on the left, map and members on the right."""

    BINDINGS = bindings("clusters", "open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (3, 0, 7, 8, 7)
    TITLES: ClassVar[tuple[str, ...]] = ("", "topic", ">pairs", ">selected", ">judged")
    EMPTY: ClassVar[tuple[str, ...]] = ("There are no topics yet.", "Run: tuneproof build")
    HELP = (
        "The topics that the pairs fall into, the largest first: pairs, how many are selected, how many are "
        "judged. Each dot "
        "of the map is a pair (the first two principal components of its embedding); the topic under the "
        "cursor is lit. "
        "z zooms to it, enter shows its pairs."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.topics: Mapping[str, queries.Topic] = {}
        self.map: queries.Map | None = None
        self.zoomed = False
        self._mapped: int | None = None

    def compose(self) -> ComposeResult:
        """Lay out headline, topics, map and members."""
        table = PagedTable(self.WIDTHS, self._fetch)
        yield Bar(classes="headline")
        yield Heads(self.TITLES, table)
        with Horizontal(classes="sides"):
            yield table
            with Vertical(classes="mapped"):
                yield MapCard(id="map")
                yield Card(id="members")

    @property
    def card(self) -> Card:
        """The card of members."""
        return self.query_one("#members", Card)

    async def action_open(self) -> None:
        """Show the topic's pairs."""
        self.review.quiet()
        topic = self.topics.get(self.table.current or "")
        if topic:
            label = f"topic {topic.cluster_id} {one_line(topic.title)}"
            await self.review.show_pairs(Filter(topic=topic.cluster_id, label=label))

    def action_zoom(self) -> None:
        """To the topic's part of the map, or back to all of it."""
        self.review.quiet()
        self.zoomed = not self.zoomed
        self._light()

    def action_reread(self) -> None:
        """Read topics and map again."""
        self._mapped = None
        super().action_reread()

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the topics."""
        self.topics = {str(topic.cluster_id): topic for topic in queries.topics(con)}
        return list(self.topics)

    async def _load(self, keep: bool) -> None:
        await super()._load(keep)
        if self._mapped == self.review.desk.generation:
            return
        self._mapped = self.review.desk.generation
        try:
            self.map = await self.ask(queries.flat_map)
        except TuneproofError as error:
            self.review.tell_error(error)
        self._light()

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return number, title and figures of topics."""
        return {name: _cells(self.topics[name]) for name in ids if name in self.topics}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return the members of a topic."""
        topic = self.topics[name]
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in queries.kinds(con, topic.cluster_id))
        blocks = [Block(f"{name} {one_line(topic.title)}", "strong"), Block(kinds, "dim"), Block("")]
        for question, status, selected in queries.members(con, topic.cluster_id):
            letter, paint = STATES[status]
            blocks.append(
                Block(f"{letter} {'' if selected else '(out) '}{one_line(question)}", paint if selected else "dim")
            )
        return blocks

    def show_face(self, name: str | None, blocks: list[Block]) -> None:
        """Show the members, and light the topic on the map."""
        super().show_face(name, blocks)
        self._light()

    def headline(self) -> list[Cell]:
        """Return how many topics there are."""
        thin = sum(topic.size < THIN for topic in self.topics.values())
        pairs = sum(topic.size for topic in self.topics.values())
        return [
            (f"{len(self.topics):,} topics", "title"),
            (f" · {pairs:,} pairs, {thin:,} thin", ""),
        ]

    def _light(self) -> None:
        current = self.table.current
        topic = self.topics.get(current or "")
        self.query_one("#map", MapCard).show_map(self.map, topic.cluster_id if topic else -1, zoomed=self.zoomed)


def _cells(topic: queries.Topic) -> Row:
    paint = "warn" if topic.size < THIN else ""
    figures = (f"{topic.size:>7,}", f"{topic.selected:>8,}", f"{topic.judged:>7,}")
    return (str(topic.cluster_id), "dim"), (one_line(topic.title), paint), *((figure, "dim") for figure in figures)


def _pieces(codes: Sequence[int], shine: Sequence[int]) -> Line:
    """Return a line of the map, runs of lit and unlit cells apart; an empty cell belongs to either."""
    pieces: list[tuple[str, str]] = []
    text, paint = "", ""
    for code, light in zip(codes, shine, strict=True):
        own = paint if code == BLANK else "message" if light != BLANK else "dim"
        if own != paint and text.strip():
            pieces.append((text, paint))
            text = ""
        text, paint = text + (" " if code == BLANK else chr(code)), own
    return (*pieces, (text, paint))
