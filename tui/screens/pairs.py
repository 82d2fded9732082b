"""The Pairs screen: a queue of question and answer pairs beside the card of one, judged key by key.

Knows the queue and what follows a verdict: the row redrawn, the cursor on the next pair. It must not know SQL nor
how a decision is stored.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.journal import Undone, Verb
from tuneproof.tui.card import Block, Card
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import pairs as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.cards import Cards
from tuneproof.tui.screens.faces import card_blocks, row_cells
from tuneproof.tui.screens.pane import NARROW, start
from tuneproof.tui.screens.seeking import Seeking
from tuneproof.tui.screens.verdicts import DONE, Rows, Verdicts
from tuneproof.tui.table import PagedTable, Row

if TYPE_CHECKING:
    import duckdb

# Every kind of question but one is named whole.
KIND_CELLS = 13
LOAD_PATIENCE_SECONDS = 5.0
RETRY_SECONDS = 1.0
WAITING = "The queue is read as soon as that is over; no decision is lost, and none is taken meanwhile. q quits."
# What a verdict makes of a pair's state.
STATE_AFTER: Mapping[Verb, str] = {"accept": "accepted", "reject": "rejected", "later": "later"}


class PairsPane(Seeking, Verdicts):
    """The queue and the card."""

    BINDINGS = bindings("verdict", "journal", "pairs", "open", "everywhere", "move")
    HELP = (
        "Every verdict is on disk before the next pair is shown: there is nothing to save. "
        "Letters: A accepted, X rejected, L set aside for later, S stale; ! has a finding, f is flagged by a person, "
        "+ is marked. A typed filter is words such as status:pending type:how_to source:docs finding:any split:train."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.filter = queries.TO_JUDGE
        self.progress: queries.Progress | None = None
        self.stale = False
        self._ready = asyncio.Event()
        self._started = False
        self._times: deque[float] = deque(maxlen=20)
        self._cards = Cards()
        self._shown: tuple[queries.PairCard, int] | None = None

    def compose(self) -> ComposeResult:
        """Lay out list and card."""
        with Horizontal(classes="sides"):
            yield PagedTable((1, 1, KIND_CELLS, 0), self._fetch)
            yield Card()

    def on_mount(self) -> None:
        """Begin with the selected pairs that nobody has judged."""
        self.set_class(self.app.size.width < NARROW, "-card")
        self.reload()

    def reload(self, wanted: Filter | None = None, stay_on: str | None = None, *, keep: bool = True) -> None:
        """Read the queue again, by another filter if one is given, with the cursor on ``stay_on`` if it is in."""
        self._ready.clear()
        self.stale = False
        stay_on = stay_on or (self.table.current if keep and self._started else None)
        start(self, partial(self._load, wanted, stay_on), "load")

    def start_anew(self) -> None:
        """Back to the queue as it was at the start."""
        self._started = False
        self.reload(stay_on=self.table.current)

    @property
    def rate(self) -> float | None:
        """Verdicts a minute over the last twenty of this sitting, or None before the second."""
        if len(self._times) < 2 or self._times[-1] <= self._times[0]:
            return None
        return 60 * (len(self._times) - 1) / (self._times[-1] - self._times[0])

    async def settled(self) -> bool:
        """Wait for the queue; a key that comes before it is there is not lost, nor does it hang for ever."""
        self.review.quiet()
        try:
            await asyncio.wait_for(self._ready.wait(), LOAD_PATIENCE_SECONDS)
        except TimeoutError:
            self.review.tell("The queue is not read yet, so nothing was judged.", "bad")
            return False
        self.table.retry()
        return True

    async def judged(self, verb: Verb, settled: int, after: Rows) -> None:
        """Redraw the rows; a verdict on one pair goes on to the next."""
        self._times.append(time.monotonic())
        self._count(_settled(after) - settled, len(after))
        # Words on likeness, and texts, are quoted on other cards too.
        self._cards.forget(after if verb in STATE_AFTER else None)
        self.table.put({name: row_cells(row) for name, row in after.items()})
        if len(after) > 1:
            self.review.tell(f"{DONE[verb]} {len(after):,} pairs in one step: u takes it back.")
            await self._show_card(self.table.current)
        elif verb in ("flag", "edit"):
            self.review.tell(f"{DONE[verb]}: u takes it back.")
            await self._show_card(self.table.current)
        elif self.table.move(1):
            self._follow_cursor()
        else:
            self.review.tell(f"{DONE[verb]}. That was the last pair of this queue.")
            await self._show_card(self.table.current)
        self.review.refresh_bars()

    async def follow(self, undone: Undone) -> None:
        """Go to the pair that was just taken back or put back, in this queue or by reading it again."""
        first = undone.pair_ids[0]
        self._cards.forget(undone.pair_ids if undone.verb in STATE_AFTER else None)
        self._count(undone.settled, len(undone.pair_ids))
        shown = [name for name in undone.pair_ids if self.table.holds(name)] or [first]
        found = await self.review.desk.run(partial(queries.rows, pair_ids=shown))
        self.table.put({name: row_cells(row) for name, row in found.items()})
        if first in self.table.ids:
            if self.table.move_to(self.table.ids.index(first)):
                self._follow_cursor()
            else:
                await self._show_card(first)
            return
        ids = await self.review.desk.run(partial(queries.queue, wanted=self.filter))
        if first in ids:
            self.table.show(ids, ids.index(first))

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        # Where the cursor is now: the message may be older than that.
        self._follow_cursor()

    def _row(self, row: int) -> None:
        # Row and card in one frame: the table's message comes too late for the one that shows the row.
        super()._row(row)
        self._follow_cursor()

    def _follow_cursor(self) -> None:
        """Show the card of the pair under the cursor: at once if it was read before, else when it is."""
        name = self.table.current
        self._cards.moved(self.table.cursor)
        card = self._held(name)
        if card is not None and (card, self.table.cursor) == self._shown:
            return
        if card is None:
            start(self, partial(self._show_card, name), "card")
            return
        self.workers.cancel_group(self, "card")
        self._put_card(card)
        start(self, self._read_ahead, "ahead")

    @on(PagedTable.Opened)
    async def _opened(self, event: PagedTable.Opened) -> None:
        event.stop()
        await self.action_open()

    @on(PagedTable.Failed)
    def _page_failed(self, event: PagedTable.Failed) -> None:
        event.stop()
        self.review.tell_error(event.error)

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        return self.review.desk.submit(partial(_cells, ids=list(ids)))

    async def _load(self, wanted: Filter | None, stay_on: str | None) -> None:
        first, waited = not self._started, False
        while True:
            try:
                if wanted is None and first:
                    self.filter, ids = await self.review.desk.run(queries.starting_queue)
                else:
                    self.filter = wanted or self.filter
                    ids = await self.review.desk.run(partial(queries.queue, wanted=self.filter))
                if wanted is None or self.progress is None:
                    self.progress = await self.review.desk.run(queries.progress)
                break
            except TuneproofError as error:
                waited = True
                self.review.tell_error(error)
                self.card.show([Block(error.message, "bad"), Block(error.hint), Block(""), Block(WAITING)])
                await asyncio.sleep(RETRY_SECONDS)
        if waited:
            self.review.tell("The workspace could be read.")
        self._started = True
        self._cards.forget()
        self.review.caught_up()
        place = ids.index(stay_on) if stay_on in ids else min(self.table.cursor, len(ids) - 1)
        self.table.show(ids, place)
        self._ready.set()
        self.review.refresh_bars()
        await self.seek_again()
        if first and wanted is None:
            self.review.queue_read(waiting=bool(ids))

    async def _show_card(self, pair_id: str | None) -> None:
        if pair_id is None:
            if not self._ready.is_set():
                return
            self.card.show([Block("No pair here.", "title"), *map(Block, _empty_hint(self.filter))])
            self.review.refresh_bars()
            return
        version = self._cards.version
        try:
            found = await self.review.desk.run(partial(queries.cards, pair_ids=[pair_id]))
        except TuneproofError as error:
            self.card.show([Block(error.message, "bad"), Block(error.hint)])
            return
        self._cards.keep(found, version)
        if pair_id != self.table.current:
            return
        if pair_id not in found:
            self.card.show([Block("This pair is gone since the list was read.")])
            return
        self._put_card(found[pair_id])
        start(self, self._read_ahead, "ahead")

    def _held(self, name: str | None) -> queries.PairCard | None:
        """Return a card that was read before, unless others may have changed the workspace since: it was let go of."""
        if not self.review.desk.is_open:
            self._cards.forget()
        return self._cards.get(name)

    def _put_card(self, card: queries.PairCard) -> None:
        self._shown = (card, self.table.cursor)
        self.card.show(card_blocks(card, f"{self.table.cursor + 1:,} of {len(self.table.ids):,}"))

    async def _read_ahead(self) -> None:
        names = self._cards.ahead(self.table.ids, self.table.cursor)
        if not names:
            return
        version = self._cards.version
        try:
            self._cards.keep(await self.review.desk.run(partial(queries.cards, pair_ids=names)), version)
        except TuneproofError:
            # Whoever comes to these cards asks for them again, and is told then.
            return

    def foreseen(self, verb: Verb, pair_ids: Sequence[str]) -> tuple[int, Rows] | None:
        """Return what a verdict on the pair under the cursor will make of its row: nothing need be read for it."""
        name = pair_ids[0]
        card, cells = self._held(name), self.table.held(name)
        if len(pair_ids) > 1 or verb not in STATE_AFTER or card is None or cells is None or card.state == "stale":
            return None
        mark = cells[1][0]
        row = queries.PairRow(name, STATE_AFTER[verb], card.case_type, card.question, mark == "!", mark == "f")
        return int(card.state in ("accepted", "rejected")), {name: row}

    def _count(self, judged: int, written: int) -> None:
        if self.progress:
            now = self.progress
            self.progress = replace(now, judged=now.judged + judged, journal=now.journal + written)


def _cells(con: duckdb.DuckDBPyConnection, ids: list[str]) -> Mapping[str, Row]:
    return {name: row_cells(row) for name, row in queries.rows(con, ids).items()}


def _settled(found: Rows) -> int:
    return sum(row.state in ("accepted", "rejected") for row in found.values())


def _empty_hint(wanted: Filter) -> list[str]:
    if wanted == queries.TO_JUDGE:
        return ["Every selected pair is judged: go on with tuneproof gate. F shows the judged ones."]
    return [
        f"The filter ({wanted.describe()}) lets none through: F changes it, \\ clears it.",
        "Before the first build there are none at all. Run: tuneproof build",
    ]
