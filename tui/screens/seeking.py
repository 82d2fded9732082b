"""Finding, filtering, sorting and marking in a queue of pairs.

Knows the queue as a list of ids. It must not know what a verdict does: marked pairs are handed to ``judge``.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.journal import Verb
from tuneproof.tui.display import one_line
from tuneproof.tui.queries import pairs as queries
from tuneproof.tui.queries.filters import ORDERS, Filter, parse
from tuneproof.tui.queries.ids import places
from tuneproof.tui.screens.facets import Choice, ChoiceScreen
from tuneproof.tui.screens.pane import Pane, start

if TYPE_CHECKING:
    import duckdb


class Seeking(Pane):
    """A pane with a queue that can be searched, narrowed, put in order and marked."""

    filter: Filter
    sought = ""
    _hits: Sequence[int] = ()
    _last_mark: int | None = None

    if TYPE_CHECKING:

        async def judge(self, verb: Verb, pair_ids: Sequence[str] | None = None, **words: str | None) -> bool:
            """Come from the verdicts."""

        def _flag(self, subject: Sequence[str], reason: str | None) -> None: ...

        def start_anew(self) -> None:
            """Come from the queue."""

        def reload(self, wanted: Filter | None = None, stay_on: str | None = None, *, keep: bool = True) -> None:
            """Come from the queue."""

    def action_find(self) -> None:
        """Ask for a text to find."""
        self.review.ask_for_text(self.seek, "text in question or answer", self.sought)

    def action_next_hit(self) -> None:
        """To the next pair that holds the text."""
        self._hit(bisect.bisect_right(self._hits, self.table.cursor))

    def action_previous_hit(self) -> None:
        """To the pair before that holds the text."""
        self._hit(bisect.bisect_left(self._hits, self.table.cursor) - 1)

    def action_filter(self) -> None:
        """Choose one side: status, kind, topic, source, finding, split, selection or flag."""
        start(self, self._choose_filter, "filter")

    def action_typed(self) -> None:
        """Type a filter."""
        self.review.ask_for_text(self._typed, 'status:pending type:how_to finding:any "words"', self.filter.typed())

    async def action_sort(self) -> None:
        """Choose the order."""
        self.review.quiet()
        ways = [Choice(name, text, None, name == self.filter.order) for name, (_, _, text) in ORDERS.items()]
        await self.app.push_screen(ChoiceScreen("Order", ways), self._sorted)

    def action_clear(self) -> None:
        """Back to the queue as it was at the start: nothing sought, nothing marked."""
        self.review.quiet()
        self.sought, self._hits, self._last_mark = "", (), None
        self.table.mark(self.table.marked, on=False)
        self.start_anew()

    async def action_mark(self) -> None:
        """Mark the pair under the cursor, or take its mark away, and go on."""
        if await self.settled() and self.table.current is not None:
            self.table.mark([self.table.current], on=self.table.current not in self.table.marked)
            self._last_mark = self.table.cursor
            self.table.move(1)
            self._tell_marks()

    async def action_mark_range(self) -> None:
        """Mark all from the pair marked last to the one under the cursor."""
        if await self.settled() and self.table.ids:
            here = self.table.cursor
            first, last = sorted((here if self._last_mark is None else self._last_mark, here))
            self.table.mark(self.table.ids[first : last + 1], on=True)
            self._last_mark = here
            self._tell_marks()

    async def action_mark_all(self) -> None:
        """Mark the whole queue; again, nothing of it."""
        if await self.settled():
            whole = len(self.table.marked) < len(self.table.ids)
            self.table.mark(self.table.ids, on=whole)
            self._tell_marks()

    async def action_accept_marked(self) -> None:
        """Accept all marked pairs in one step."""
        await self._judge_marked("accept")

    async def action_reject_marked(self) -> None:
        """Reject all marked pairs in one step."""
        await self._judge_marked("reject")

    async def action_later_marked(self) -> None:
        """Set all marked pairs aside in one step."""
        await self._judge_marked("later")

    async def action_flag_marked(self) -> None:
        """Flag all marked pairs in one step, with one reason."""
        marked = await self._marked()
        if marked:
            self.review.ask_for_text(partial(self._flag, marked), f"what is wrong with these {len(marked):,} pairs?")

    def seek(self, text: str | None) -> None:
        """Find ``text`` in the questions and answers of the queue and go to the first from the cursor on."""
        if text:
            start(self, partial(self._seek, text), "find")

    async def seek_again(self) -> None:
        """Find the sought text in another queue without moving; marks of pairs that left it go."""
        if self.table.marked:
            self.table.mark(self.table.marked - set(self.table.ids), on=False)
        self._last_mark = None
        if self.sought:
            await self._seek(self.sought, go=False)

    async def _seek(self, text: str, *, go: bool = True) -> None:
        try:
            hits = await self.review.desk.run(partial(_places, text, self.table.ids))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        self.sought = text
        self._hits = hits
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
            self._row(self._hits[number % len(self._hits)])
            self.review.tell(f"/{one_line(self.sought)}: {number % len(self._hits) + 1:,} of {len(self._hits):,}")

    async def _choose_filter(self) -> None:
        self.review.quiet()
        try:
            ways = await self.review.desk.run(partial(queries.facets, now=self.filter))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        now = replace(self.filter, ids=None, label="")
        choices = [Choice(way.filter, way.label, way.count, way.filter == now) for way in ways]
        await self.app.push_screen(ChoiceScreen("Filter", choices), self._filtered)

    def _filtered(self, chosen: Filter | None) -> None:
        if chosen is not None:
            self.reload(chosen, stay_on=self.table.current)

    def _typed(self, text: str | None) -> None:
        if text is None:
            return
        try:
            self._filtered(parse(text))
        except TuneproofError as error:
            self.review.tell_error(error)

    def _sorted(self, order: str | None) -> None:
        if order is not None:
            self.reload(replace(self.filter, order=order), stay_on=self.table.current)

    async def _judge_marked(self, verb: Verb) -> None:
        marked = await self._marked()
        if marked and await self.judge(verb, marked):
            self.table.mark(marked, on=False)

    async def _marked(self) -> list[str]:
        if not await self.settled():
            return []
        if not self.table.marked:
            self.review.tell("No pair is marked: m marks one, v a range, * all of this queue.")
        return [name for name in self.table.ids if name in self.table.marked]

    def _tell_marks(self) -> None:
        self.review.tell(f"{len(self.table.marked):,} marked: A accepts, X rejects, L sets aside, ! flags them.")


def _places(text: str, ids: Sequence[str], con: duckdb.DuckDBPyConnection) -> list[int]:
    """Return where in ``ids`` the pairs are that hold ``text``."""
    return places(ids, queries.find(con, text))
