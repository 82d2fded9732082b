"""The Coverage screen: how many selected pairs each topic has of each kind of question, and what none covers.

Knows a matrix and a cell under the cursor. It must not know how the figures are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from tuneproof.tui.card import Bar, Block, Card
from tuneproof.tui.display import one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import coverage as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.pane import ListPane
from tuneproof.tui.table import Cell, PagedTable, Row

if TYPE_CHECKING:
    import duckdb

CELL = 7
TITLE = 20


class CoveragePane(ListPane):
    """The matrix, and the card of a cell with the holes under it."""

    BINDINGS = bindings("coverage", "open", "everywhere", "journal", "move")
    EMPTY: ClassVar[tuple[str, ...]] = ("There are no topics yet.", "Run: tuneproof build")
    HELP = (
        "Selected pairs by topic and kind of question; a dot is a cell without any. h and l move along a "
        "line, enter shows "
        "the pairs of the cell. The card lists what the checks found uncovered, and documents without a selected pair."
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

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the topics."""
        self.matrix = queries.matrix(con)
        self.bare = queries.bare_documents(con)
        self.column = min(self.column, max(0, len(self.matrix.kinds) - 1))
        return [str(cluster) for cluster in self.matrix.titles]

    def on_resize(self) -> None:
        """Fit the columns to the width."""
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
        share = f" · {found.covered:,} of {found.documents:,} documents have a selected pair"
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
    def _shown(self) -> tuple[str, ...]:
        """The kinds that fit beside each other, the one under the cursor among them."""
        kinds = self.matrix.kinds if self.matrix else ()
        fit = max(1, (self.table.size.width - TITLE - 2 * CELL - 2) // (CELL + 1))
        self._first = max(0, min(self._first, self.column, len(kinds) - fit), self.column - fit + 1)
        return kinds[self._first : self._first + fit]

    def _redraw(self) -> None:
        if self.matrix is None:
            return
        kinds = self._shown
        self.table.widths = (0, *[CELL] * len(kinds), CELL)
        self.table.forget()
        names = [f"{one_line(kind)[:CELL]:>{CELL}}" for kind in kinds]
        width = max(1, self.table.size.width - (len(kinds) + 1) * (CELL + 1) - 2)
        more = "‹" if self._first else " "
        pieces: list[Cell] = [(f" {more}{'topic':<{width - 1}} ", "dim")]
        pieces += [
            (f"{name} ", "title" if kind == self.kind else "dim") for name, kind in zip(names, kinds, strict=True)
        ]
        more = "›" if self._first + len(kinds) < len(self.matrix.kinds) else ""
        self.query_one("#columns", Bar).show([*pieces, (f"{'total':>{CELL}}{more}", "dim")])

    def _cells(self, cluster: int) -> Row:
        assert self.matrix is not None
        title = (one_line(f"{cluster} {self.matrix.titles[cluster]}"), "")
        return (
            title,
            *(self._cell(cluster, kind) for kind in self._shown),
            (f"{self.matrix.total(cluster):>{CELL},}", "dim"),
        )

    def _cell(self, cluster: int, kind: str) -> Cell:
        assert self.matrix is not None
        cover = self.matrix.cells.get((cluster, kind), queries.Cover())
        figure = f"{cover.selected:,}" if cover.selected else "·"
        paint = "title" if kind == self.kind else "" if cover.selected else "warn" if cover.pairs else "dim"
        return f"{figure:>{CELL}}", paint

    def _blocks(self, cluster: int) -> list[Block]:
        if self.matrix is None:
            return []
        kind = self.kind or ""
        cover = self.matrix.cells.get((cluster, kind), queries.Cover())
        blocks = [
            Block(f"{kind} in topic {cluster} {one_line(self.matrix.titles.get(cluster, ''))}", "strong"),
            Block(f"{cover.selected:,} selected of {cover.pairs:,} pairs, {cover.judged:,} judged"),
            Block(""),
        ]
        if self.matrix.holes:
            blocks.append(Block(f"HOLES  {self.matrix.hole_count:,}", "title"))
        for hole in self.matrix.holes:
            way = " › ".join(map(one_line, hole.heading_path))
            blocks += [
                Block(f"{one_line(hole.source)}: {one_line(hole.path)}  {way}" if hole.source else "the set", "dim"),
                Block(hole.message, "", 2),
            ]
        if self.bare:
            blocks += [Block(""), Block("DOCUMENTS WITHOUT A SELECTED PAIR", "title")]
            blocks += [Block(f"{one_line(source)}: {one_line(path)}") for source, path in self.bare]
        return blocks
