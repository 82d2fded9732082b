"""The Pairs screen: a queue of question and answer pairs beside the card of one, judged key by key.

Knows verbs and what follows one: the row redrawn, the cursor on the next pair. It must not know SQL nor how a
decision is stored; a verdict counts only when the journal has returned.
"""

from __future__ import annotations

import asyncio
import bisect
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.journal import Journal, Undone, Verb
from tuneproof.tui import queries
from tuneproof.tui.card import Block, Card
from tuneproof.tui.display import one_line
from tuneproof.tui.keys import bindings
from tuneproof.tui.screens.faces import card_blocks, row_cells
from tuneproof.tui.screens.facets import FacetScreen
from tuneproof.tui.screens.pane import Pane
from tuneproof.tui.table import PagedTable, Row

if TYPE_CHECKING:
    import duckdb

NARROW = 100
LOAD_PATIENCE_SECONDS = 5.0
RETRY_SECONDS = 1.0
DONE: Mapping[Verb, str] = {"accept": "Accepted", "reject": "Rejected", "later": "Set aside"}


class PairsPane(Pane):
    """The queue and the card."""

    BINDINGS = bindings("pairs", "everywhere", "move")
    HELP = (
        "Every verdict is on disk before the next pair is shown: there is nothing to save. "
        "Letters: A accepted, X rejected, L set aside for later, S stale; ! has a finding."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.filter = queries.TO_JUDGE
        self.progress: queries.Progress | None = None
        self.sought = ""
        self._hits: list[int] = []
        self._ready = asyncio.Event()
        self._started = False
        self._times: deque[float] = deque(maxlen=20)

    def compose(self) -> ComposeResult:
        """Lay out list and card."""
        yield PagedTable((1, 1, 12, 0), self._fetch)
        yield Card()

    def on_mount(self) -> None:
        """Begin with the selected pairs that nobody has judged."""
        self.set_class(self.app.size.width < NARROW, "-card")
        self.reload()

    def reload(self, wanted: queries.Filter | None = None, stay_on: str | None = None) -> None:
        """Read the queue again, by another filter if one is given, with the cursor on ``stay_on`` if it is in."""
        self._ready.clear()
        self.run_worker(self._load(wanted, stay_on), group="load", exclusive=True)

    @property
    def rate(self) -> float | None:
        """Verdicts a minute over the last twenty of this sitting, or None before the second."""
        if len(self._times) < 2 or self._times[-1] <= self._times[0]:
            return None
        return 60 * (len(self._times) - 1) / (self._times[-1] - self._times[0])

    async def action_accept(self) -> None:
        """Good as it is."""
        await self._judge("accept")

    async def action_reject(self) -> None:
        """Not for training."""
        await self._judge("reject")

    async def action_later(self) -> None:
        """Undecided: comes again at the end of the queue."""
        await self._judge("later")

    async def action_undo(self) -> None:
        """Take back the latest decision."""
        await self._turn("undo")

    async def action_redo(self) -> None:
        """Put back what undo took."""
        await self._turn("redo")

    def action_find(self) -> None:
        """Ask for a text to find."""
        self.review.ask_for_text(self.seek)

    def action_next_hit(self) -> None:
        """To the next pair that holds the text."""
        self._hit(bisect.bisect_right(self._hits, self.table.cursor))

    def action_previous_hit(self) -> None:
        """To the pair before that holds the text."""
        self._hit(bisect.bisect_left(self._hits, self.table.cursor) - 1)

    def action_filter(self) -> None:
        """Choose status, split, selection or cluster."""
        self.run_worker(self._choose_filter(), group="filter", exclusive=True)

    def action_clear(self) -> None:
        """Back to the queue as it was at the start, and nothing sought."""
        self.sought, self._hits = "", []
        self._started = False
        self.reload(stay_on=self.table.current)

    def action_open(self) -> None:
        """To the card."""
        self._side(True)

    def action_back(self) -> None:
        """To the list."""
        self._side(False)

    def action_side(self) -> None:
        """To the other side."""
        self._side(not self.on_card)

    def seek(self, text: str) -> None:
        """Find ``text`` in the questions and answers of the queue and go to the first from the cursor on."""
        if text:
            self.run_worker(self._seek(text), group="find", exclusive=True)

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        # Where the cursor is now: the message may be older than that.
        self.run_worker(self._show_card(self.table.current), group="card", exclusive=True)

    @on(PagedTable.Failed)
    def _page_failed(self, event: PagedTable.Failed) -> None:
        event.stop()
        self.review.tell_error(event.error)

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        return self.review.desk.submit(partial(_cells, ids=list(ids)))

    async def _load(self, wanted: queries.Filter | None, stay_on: str | None) -> None:
        while True:
            try:
                if wanted is None and not self._started:
                    self.filter, ids = await self.review.desk.run(queries.starting_queue)
                else:
                    self.filter = wanted or self.filter
                    ids = await self.review.desk.run(partial(queries.queue, wanted=self.filter))
                self.progress = await self.review.desk.run(queries.progress)
                break
            except TuneproofError as error:
                self.review.tell_error(error)
                await asyncio.sleep(RETRY_SECONDS)
        self._started = True
        self.review.caught_up()
        place = ids.index(stay_on) if stay_on in ids else min(self.table.cursor, len(ids) - 1)
        self.table.show(ids, place)
        self._ready.set()
        self.review.refresh_bars()
        if self.sought:
            await self._seek(self.sought, go=False)

    async def _settled(self) -> bool:
        """Wait for the queue; a key that comes before it is there is not lost, nor does it hang for ever."""
        self.review.quiet()
        try:
            await asyncio.wait_for(self._ready.wait(), LOAD_PATIENCE_SECONDS)
        except TimeoutError:
            self.review.tell("The queue is not read yet, so nothing was judged.", "bad")
            return False
        self.table.retry()
        return True

    async def _judge(self, verb: Verb) -> None:
        if not await self._settled():
            return
        pair_id = self.table.current
        if pair_id is None:
            self.review.tell("There is no pair here to judge. F changes the filter.")
            return
        try:
            before, after = await self.review.desk.run(partial(_judged, self.review.journal, verb, pair_id))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        self._times.append(time.monotonic())
        self._count(_settled(after) - _settled(before), 1)
        self.table.put({name: row_cells(row) for name, row in after.items()})
        if not self.table.move(1):
            self.review.tell(f"{DONE[verb]}. That was the last pair of this queue.")
            await self._show_card(pair_id)
        self.review.refresh_bars()

    async def _turn(self, verb: str) -> None:
        if not await self._settled():
            return
        journal = self.review.journal
        try:
            undone = await self.review.desk.run(journal.undo if verb == "undo" else journal.redo)
            if undone is None:
                self.review.tell(f"There is nothing to {verb}.")
                return
            self.progress = await self.review.desk.run(queries.progress)
            await self._follow(undone)
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        many = f"{len(undone.pair_ids)} pairs" if len(undone.pair_ids) > 1 else "one pair"
        self.review.tell(f"{'Undid' if verb == 'undo' else 'Redid'} {undone.verb} of {many}.")

    async def _follow(self, undone: Undone) -> None:
        """Go to the pair that was just taken back or put back, in this queue or by reading it again."""
        first = undone.pair_ids[0]
        found = await self.review.desk.run(partial(queries.rows, pair_ids=undone.pair_ids))
        self.table.put({name: row_cells(row) for name, row in found.items()})
        if first in self.table.ids:
            if not self.table.move_to(self.table.ids.index(first)):
                await self._show_card(first)
            return
        ids = await self.review.desk.run(partial(queries.queue, wanted=self.filter))
        if first in ids:
            self.table.show(ids, ids.index(first))

    async def _seek(self, text: str, *, go: bool = True) -> None:
        try:
            found = await self.review.desk.run(partial(queries.find, text=text))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        self.sought = text
        self._hits = [place for place, name in enumerate(self.table.ids) if name in found]
        self.review.refresh_bars()
        if go:
            self._hit(bisect.bisect_left(self._hits, self.table.cursor))

    def _hit(self, number: int) -> None:
        self.review.quiet()
        if not self.sought:
            self.review.tell("Nothing is sought: / finds a text.")
        elif not self._hits:
            self.review.tell(f"No pair of this queue holds “{one_line(self.sought)}”.")
        else:
            self.table.move_to(self._hits[number % len(self._hits)])
            self.review.tell(f"/{one_line(self.sought)}: {number % len(self._hits) + 1} of {len(self._hits)}")

    async def _choose_filter(self) -> None:
        try:
            ways = await self.review.desk.run(partial(queries.facets, now=self.filter))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        await self.app.push_screen(FacetScreen(ways, self.filter), self._filtered)

    def _filtered(self, chosen: queries.Filter | None) -> None:
        if chosen is not None:
            self.reload(chosen, stay_on=self.table.current)

    async def _show_card(self, pair_id: str | None) -> None:
        if pair_id is None:
            if not self._ready.is_set():
                return
            self.card.show([Block("No pair here.", "title"), *map(Block, _empty_hint(self.filter))])
            self.review.refresh_bars()
            return
        try:
            card = await self.review.desk.run(partial(queries.card, pair_id=pair_id))
        except TuneproofError as error:
            self.card.show([Block(error.message, "bad"), Block(error.hint)])
            return
        place = f"{self.table.cursor + 1:,} of {len(self.table.ids):,}"
        self.card.show(card_blocks(card, place) if card else [Block("This pair is gone since the list was read.")])

    def _count(self, judged: int, written: int) -> None:
        if self.progress:
            now = self.progress
            self.progress = replace(now, judged=now.judged + judged, journal=now.journal + written)

    def _side(self, card: bool) -> None:
        self.review.quiet()
        self.set_class(card, "-card")
        self.table.retry()


def _cells(con: duckdb.DuckDBPyConnection, ids: list[str]) -> Mapping[str, Row]:
    return {name: row_cells(row) for name, row in queries.rows(con, ids).items()}


def _judged(
    journal: Journal, verb: Verb, pair_id: str, con: duckdb.DuckDBPyConnection
) -> tuple[dict[str, queries.PairRow], dict[str, queries.PairRow]]:
    """Journal the verdict and return the pair's row before and after it."""
    before = queries.rows(con, [pair_id])
    journal.judge(con, verb, [pair_id])
    return before, queries.rows(con, [pair_id])


def _settled(found: Mapping[str, queries.PairRow]) -> int:
    return sum(row.state in ("accepted", "rejected") for row in found.values())


def _empty_hint(wanted: queries.Filter) -> list[str]:
    if wanted == queries.TO_JUDGE:
        return ["Every selected pair is judged: go on with tuneproof gate. F shows the judged ones."]
    return [
        f"The filter ({wanted.describe()}) lets none through: F changes it, \\ clears it.",
        "Before the first build there are none at all. Run: tuneproof build",
    ]
