"""The Sources screen: every document that was found, whether it was read, and what came of it.

Knows how a document reads. It must not know SQL nor readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.card import Block
from tuneproof.tui.display import one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import sources as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.pane import ListPane
from tuneproof.tui.table import Cell, Row

if TYPE_CHECKING:
    import duckdb

SOURCE_CELLS = 16
PAINTS: Mapping[str, str] = {"failed": "bad", "missing": "bad", "excluded": "warn", "new": "good", "changed": "good"}


class SourcesPane(ListPane):
    """The documents and the card of one."""

    BINDINGS = bindings("open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (8, 12, 0, 8)
    TITLES: ClassVar[tuple[str, ...]] = ("state", "source", "document", ">pairs")
    EMPTY: ClassVar[tuple[str, ...]] = (
        "No documents yet.",
        "Name some, then read them: tuneproof add DOCS, tuneproof build.",
        "To see all of it on documentation that every Python has, in a new folder: tuneproof demo",
    )
    HELP = "Every document that was met, those that could not be read first. enter shows the pairs made of it."

    _states: Mapping[str, int] = {}
    _source_cells = SOURCE_CELLS

    def list_widths(self) -> tuple[int, ...]:
        """Return the columns, that of the sources no wider than they need."""
        state, _, path, pairs = self.WIDTHS
        return (state, max(len("source"), min(SOURCE_CELLS, self._source_cells)), path, pairs)

    async def action_open(self) -> None:
        """Show the pairs of the document under the cursor."""
        self.review.quiet()
        name = self.table.current
        if name is None:
            return
        try:
            card = await self.ask(partial(queries.card, document_id=name))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        if card is None or not card.pairs:
            self.review.tell("No pairs were made of this document; its card says why.")
            return
        await self.review.show_pairs(Filter(document=name, label=f"of {one_line(card.path)}"))

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return all documents."""
        self._states = queries.states(con)
        self._source_cells = queries.longest_source(con)
        return queries.documents(con)

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return state, source, path and pairs."""
        return {name: _cells(row) for name, row in queries.rows(con, ids).items()}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return the document's card."""
        found = queries.card(con, name)
        return _blocks(found) if found else [Block("This document is gone since the list was read.")]

    def headline(self) -> list[Cell]:
        """Return the documents by state."""
        total = sum(self._states.values())
        shown = ", ".join(f"{count:,} {state}" for state, count in self._states.items())
        return [(f"{total:,} documents", "title"), (f" · {shown}" if shown else "", "")]


def _cells(row: queries.DocumentRow) -> Row:
    count = f"{row.pairs:>8,}" if row.pairs else f"{'·':>8}"
    return (
        (row.state, PAINTS.get(row.state, "dim")),
        (one_line(row.source), "dim"),
        (one_line(row.path), ""),
        (count, "dim"),
    )


def _blocks(card: queries.DocumentCard) -> list[Block]:
    size = "" if card.size is None else f"{card.size:,} bytes"
    licence = f"licence {card.licence}" if card.licence else "no licence stated"
    facts = [card.format, size, one_line(card.location or ""), licence]
    blocks = [
        Block(f"{one_line(card.source)}: {one_line(card.path)}", "strong"),
        Block(" · ".join(fact for fact in facts if fact), "dim"),
        Block(f"{card.state}{f': {card.reason}' if card.reason else ''}", PAINTS.get(card.state, "")),
        Block(""),
        Block(
            f"{card.pairs:,} pairs, {card.selected:,} selected, {card.accepted:,} accepted, {card.rejected:,} rejected"
        ),
        Block(""),
    ]
    bare = sum(span.pairs == 0 for span in card.spans)
    if card.spans:
        more = " or more" if len(card.spans) == queries.CARD_SPANS else ""
        blocks.append(Block(f"PARTS  {len(card.spans):,}{more}, {bare:,} that no pair rests on", "title"))
    for span in card.spans:
        way = " › ".join(one_line(part) for part in span.heading_path) or "(no heading)"
        blocks.append(Block(f"{span.pairs:>4} pairs {span.tokens:>5} tokens  {way}", "" if span.pairs else "dim"))
        blocks += [Block(span.warning, "warn", 22)] if span.warning else []
    if card.content:
        blocks += [Block(""), Block("TEXT", "title"), Block(card.content)]
    return blocks
