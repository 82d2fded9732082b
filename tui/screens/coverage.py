"""The Coverage screen: how many selected pairs each topic has of each kind of question, and what none covers.

Knows a matrix and a cell under the cursor. It must not know how the figures are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.card import Bar, Block, Card
from tuneproof.tui.display import crop, one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import coverage as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.facets import Choice, ChoiceScreen
from tuneproof.tui.screens.pane import ListPane, start
from tuneproof.tui.table import Cell, PagedTable, Row

if TYPE_CHECKING:
    import duckdb

# A column is as wide as the kind's name if all fit so; names are cut where that lets more columns in.
CELL, WIDEST = 7, 18
TITLE = 20


class CoveragePane(ListPane):
    """The matrix, and the card of a cell with the holes under it."""

    BINDINGS = bindings("coverage", "open", "everywhere", "journal", "move")
    EMPTY: ClassVar[tuple[str, ...]] = ("There are no topics yet.", "Run: tuneproof build")
    HELP = (
        "Selected pairs by topic and kind of question; a dot is a cell without any. h and l move along a line, enter "
        "shows the pairs of the cell, w the holes. The card lists what the checks found uncovered, and documents "
        "without a selected pair."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.matrix: queries.Matrix | None = None
        self.bare: Sequence[tuple[str, str]] = ()
        self.column = 0
        self._first = 0

    def compose(self) -> ComposeResult:
        """Lay out headline, names of columns, matrix and card."""
        yield Bar(classes="headline")
        yield Bar(id="columns")
        with Horizontal(classes="sides"):
            yield PagedTable(self.WIDTHS, self._fetch)
            yield Card()

    @property
    def kind(self) -> str | None:
        """The kind of question under the cursor."""
        return self.matrix.kinds[self.column] if self.matrix and self.matrix.kinds else None

    def action_left(self) -> None:
        """One kind to the left."""
        self._to(self.column - 1)

    def action_right(self) -> None:
        """One kind to the right."""
        self._to(self.column + 1)

    async def action_open(self) -> None:
        """Show the pairs of the cell."""
        self.review.quiet()
        if self.table.current is None or self.kind is None or self.matrix is None:
            return
        cluster = int(self.table.current)
        if (cluster, self.kind) not in self.matrix.cells:
            self.review.tell("No pair of this topic is of this kind, selected or not.")
            return
        await self.review.show_pairs(Filter(topic=cluster, type=self.kind, label=f"topic {cluster}"))

    async def action_wrong(self) -> None:
        """Choose a hole and go to the pairs that rest on its passage, or to its document."""
        self.review.quiet()
        holes = self.matrix.holes if self.matrix else ()
        if not holes:
            self.review.tell("The checks found no hole.")
            return
        choices = [Choice(hole, f"{_where(hole)} · {hole.message}", None, False) for hole in holes]
        await self.app.push_screen(ChoiceScreen("Holes", choices), self._chosen)

    def _chosen(self, hole: queries.Hole | None) -> None:
        if hole is not None:
            start(self, partial(self._go_to, hole), "hole")

    async def _go_to(self, hole: queries.Hole) -> None:
        try:
            ids = await self.ask(partial(queries.resting_on, chunk_id=hole.chunk_id)) if hole.chunk_id else ()
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        if ids:
            await self.review.show_pairs(Filter(ids=ids, label="of the passage with a hole"))
        elif hole.document_id:
            await self.review.show_document(hole.document_id)
        self.review.tell(one_line(hole.message))

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the topics."""
        self.matrix = queries.matrix(con)
        self.bare = queries.bare_documents(con)
        self.column = min(self.column, max(0, len(self.matrix.kinds) - 1))
        return [str(cluster) for cluster in self.matrix.titles]

    def on_resize(self) -> None:
        """Fit list and columns to the room."""
        super().on_resize()
        self.call_after_refresh(self._redraw)

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return the topics' lines."""
        return {name: self._cells(int(name)) for name in ids}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return what the cell holds and what is uncovered."""
        return self._blocks(int(name))

    def headline(self) -> list[Cell]:
        """Return how much of the sources is covered."""
        found = self.matrix
        if found is None:
            return [("nothing read yet", "dim")]
        share = (
            f" · {found.covered:,} of {found.documents:,} documents and {found.asked:,} of {found.passages:,} "
            "passages have a selected pair"
        )
        return [
            (f"{found.hole_count:,} hole{'s' * (found.hole_count != 1)}", "title"),
            (f"{share} · {found.empty:,} empty cells", ""),
        ]

    async def _load(self, keep: bool) -> None:
        await super()._load(keep)
        self._redraw()

    def _to(self, column: int) -> None:
        self.review.quiet()
        if self.matrix:
            self.column = max(0, min(column, len(self.matrix.kinds) - 1))
            self._redraw()
            if self.table.current is not None:
                self.card.show(self._blocks(int(self.table.current)))

    @property
    def _shown(self) -> Mapping[str, int]:
        """The kinds that fit beside each other with the cells of each, the one under the cursor among them."""
        kinds = self.matrix.kinds if self.matrix else ()
        room = self.table.size.width - TITLE - CELL - 3
        longest = next((cap for cap in range(WIDEST, CELL, -1) if _needed(kinds, cap) <= room), CELL)
        cells = {kind: max(CELL, min(len(kind), longest)) for kind in kinds}
        fit = len(kinds) if _needed(kinds, longest) <= room else max(1, room // (CELL + 1))
        self._first = max(0, min(self._first, self.column, len(kinds) - fit), self.column - fit + 1)
        return {kind: cells[kind] for kind in kinds[self._first : self._first + fit]}

    def _redraw(self) -> None:
        if self.matrix is None:
            return
        kinds = self._shown
        self.table.widths = (0, *kinds.values(), CELL)
        self.table.forget()
        more = "‹" if self._first else " "
        pieces: list[Cell] = [(f"{more}{crop('topic', self.table.cells[0])} ", "dim")]
        pieces += [(f"{_name(kind, cells)} ", "title" if kind == self.kind else "dim") for kind, cells in kinds.items()]
        more = "›" if self._first + len(kinds) < len(self.matrix.kinds) else ""
        self.query_one("#columns", Bar).show([*pieces, (f"{'total':>{CELL}}{more}", "dim")])

    def _cells(self, cluster: int) -> Row:
        assert self.matrix is not None
        title = (one_line(f"{cluster} {self.matrix.titles[cluster]}"), "")
        return (
            title,
            *(self._cell(cluster, kind, cells) for kind, cells in self._shown.items()),
            (f"{self.matrix.total(cluster):>{CELL},}", "dim"),
        )

    def _cell(self, cluster: int, kind: str, cells: int) -> Cell:
        assert self.matrix is not None
        cover = self.matrix.cells.get((cluster, kind), queries.Cover())
        figure = f"{cover.selected:,}" if cover.selected else "·"
        paint = "title" if kind == self.kind else "" if cover.selected else "warn" if cover.pairs else "dim"
        return f"{figure:>{cells}}", paint

    def _blocks(self, cluster: int) -> list[Block]:
        if self.matrix is None:
            return []
        kind = self.kind or ""
        cover = self.matrix.cells.get((cluster, kind), queries.Cover())
        of_all = self.matrix.of_kind(kind) if kind else queries.Cover()
        blocks = [
            Block(f"{kind} in topic {cluster} {one_line(self.matrix.titles.get(cluster, ''))}", "strong"),
            Block(f"{cover.selected:,} selected of {cover.pairs:,} pairs, {cover.judged:,} judged"),
            Block(f"in all topics {of_all.selected:,} of {of_all.pairs:,}, {of_all.judged:,} judged", "dim"),
            Block(""),
        ]
        if self.matrix.holes:
            blocks.append(Block(f"HOLES  {self.matrix.hole_count:,} · w leads to them", "title"))
        for hole in self.matrix.holes:
            blocks += [
                Block(_where(hole), "dim"),
                Block(hole.message, "", 2),
            ]
        if self.bare:
            blocks += [Block(""), Block("DOCUMENTS WITHOUT A SELECTED PAIR", "title")]
            blocks += [Block(f"{one_line(source)}: {one_line(path)}") for source, path in self.bare]
        return blocks


def _where(hole: queries.Hole) -> str:
    way = " › ".join(map(one_line, hole.heading_path))
    return f"{one_line(hole.source)}: {one_line(hole.path)}  {way}".rstrip() if hole.source else "the set"


def _name(kind: str, cells: int) -> str:
    words = kind.replace("_", " ")
    return crop(words, cells) if len(words) > cells else f"{words:>{cells}}"


def _needed(kinds: Sequence[str], cap: int) -> int:
    """Return the cells of all columns if no name is shown longer than ``cap``."""
    return sum(max(CELL, min(len(kind), cap)) + 1 for kind in kinds)
