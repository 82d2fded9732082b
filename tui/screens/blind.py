"""Choosing between two answers without knowing whose they are, a key a choice, on disk before the next is shown.

Knows A, B and what was chosen. It must not show whose answer is whose before the person leaves the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.evaluate import preferences
from tuneproof.evaluate.preferences import Choice, Comparison, Tally
from tuneproof.reports.preference_page import preference_line
from tuneproof.tui.card import Block
from tuneproof.tui.display import DISPLAY_LIMIT, one_line, visible
from tuneproof.tui.grounding import differing
from tuneproof.tui.screens.pane import NARROW, ListPane
from tuneproof.tui.table import Cell, Row

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.tui.queries.evaluation import Run

CHOSEN: Mapping[Choice | None, Cell] = {
    "a": ("A", "good"), "b": ("B", "good"), "tie": ("=", ""), "skip": ("s", "dim"), None: ("·", "dim"),
}  # fmt: skip
WORDS: Mapping[Choice, str] = {
    "a": "A is better", "b": "B is better", "tie": "neither is better", "skip": "skipped",
}  # fmt: skip
_ONLY_BLIND = {"prefer_a", "prefer_b", "prefer_tie", "prefer_skip"}
_NEVER_BLIND = {"fix", "filter", "sort", "wrong", "clear"}


class Blind(ListPane):
    """A pane whose items have two answers that can be compared blind."""

    run: Run | None
    blind = False
    tally: Tally | None = None
    _compared: Mapping[str, Comparison] = {}
    _aim: str | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the choices where answers are compared, and what would tell them apart elsewhere."""
        if action in (_NEVER_BLIND if self.blind else _ONLY_BLIND):
            return False
        return super().check_action(action, parameters)

    async def action_blind(self) -> None:
        """Compare the answers blind, or show what the choices add up to."""
        self.review.quiet()
        if self.tally is None or not self.tally.judged + self.tally.skipped + self.tally.waiting:
            self.review.tell("There are no two different answers to compare: tuneproof evaluate writes some.")
            return
        self.blind = not self.blind
        # On a narrow terminal list and card take turns: what is compared is on the card.
        self.set_class(self.blind and self.app.size.width < NARROW, "-card")
        self.refresh_bindings()
        self.reload(keep=False)
        if not self.blind and self.tally:
            self.review.tell(f"{preference_line(self.tally)}.")

    async def action_prefer_a(self) -> None:
        """A is better."""
        await self._prefer("a")

    async def action_prefer_b(self) -> None:
        """B is better."""
        await self._prefer("b")

    async def action_prefer_tie(self) -> None:
        """Neither is better."""
        await self._prefer("tie")

    async def action_prefer_skip(self) -> None:
        """Can't tell."""
        await self._prefer("skip")

    def follow_note(self, subject_id: str) -> None:
        """Go to the item whose choice was just taken back or put back."""
        self._aim = subject_id.rpartition(":")[2]
        self.reload()

    async def _load(self, keep: bool) -> None:
        await super()._load(keep)
        aim, self._aim = self._aim, None
        if self.blind and not keep:
            aim = next((name for name, one in self._compared.items() if one.choice is None and not one.alike), None)
        if aim is not None and aim in self.table.ids:
            self.table.move_to(list(self.table.ids).index(aim))

    async def _prefer(self, choice: Choice) -> None:
        self.review.quiet()
        name, run = self.table.current, self.run
        if not self.blind or name is None or run is None:
            return
        try:
            self._hold(await self.ask(partial(_journalled, self.review.journal, run.run_id, name, choice)))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        self.table.put({name: blind_cells(self._compared[name])})
        self.show_headline()
        if not self.table.move(1):
            self.review.tell(f"{WORDS[choice].capitalize()}. That was the last: b shows whose answers they were.")
            await self._show()

    def compare(self, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
        """Read the answers and choices of a run; runs off the event loop."""
        self._hold(preferences.comparisons(con, run_id))

    def list_widths(self) -> tuple[int, ...]:
        """Return the columns; where answers are compared blind there are no figures."""
        return (1, 0) if self.blind else super().list_widths()

    def list_titles(self) -> tuple[str, ...]:
        """Return the titles of the columns."""
        return ("", "asked") if self.blind else super().list_titles()

    @property
    def asked(self) -> Sequence[str]:
        """The items to compare, in an order that mixes them."""
        return [name for name, one in self._compared.items() if not one.alike]

    def blind_rows(self, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return what was chosen on items, and what was asked."""
        return {name: blind_cells(self._compared[name]) for name in ids if name in self._compared}

    def blind_face(self, name: str) -> list[Block]:
        """Return both answers, without a word of whose they are."""
        one = self._compared.get(name)
        return _blocks(one) if one else [Block("This item is gone since the list was read.")]

    def blind_headline(self) -> list[Cell]:
        """Return how far the comparison is, and nothing of how it stands."""
        if self.tally is None:
            return []
        chosen, total = self.tally.judged, self.tally.judged + self.tally.skipped + self.tally.waiting
        skipped = f", {self.tally.skipped:,} skipped" if self.tally.skipped else ""
        return [("blind comparison", "title"), (f" · {chosen:,} of {total:,} chosen{skipped} · which is better?", "")]

    def preferred(self, name: str) -> list[Block]:
        """Return whose answer to an item was preferred, once the comparison is left."""
        one = self._compared.get(name)
        if one is None or one.preferred is None:
            return []
        words = {"tie": "neither", "skip": "skipped"}.get(one.preferred, f"the {one.preferred} model's")
        return [Block(f"preferred blind: {words} ({one.who})", "message"), Block("")]

    def _hold(self, found: Sequence[Comparison]) -> None:
        self._compared = {one.item_id: one for one in found}
        self.tally = preferences.tally(found)


def blind_cells(one: Comparison) -> Row:
    """Return an item's cells: what was chosen, and what was asked; no figure that would tell."""
    return CHOSEN[one.choice], (one_line(one.prompt[:400]), "")


def _journalled(
    journal: Journal, run_id: str, item_id: str, choice: Choice, con: duckdb.DuckDBPyConnection
) -> Sequence[Comparison]:
    preferences.prefer(con, journal, run_id, item_id, choice)
    return preferences.comparisons(con, run_id)


def _blocks(one: Comparison) -> list[Block]:
    state = "nothing chosen yet" if one.choice is None else WORDS[one.choice]
    blocks = [
        Block(state, "dim" if one.choice is None else "good"),
        Block(""),
        Block("ASKED", "title"),
        Block(one.prompt, "strong"),
        Block(""),
        Block("THE DOCUMENTATION SAYS", "title"),
        Block(one.reference),
        Block(""),
    ]
    for name, text in (("A", one.a), ("B", one.b)):
        shown, held = (visible(part[:DISPLAY_LIMIT].replace("\r\n", "\n")) for part in (text, one.reference))
        blocks += [
            Block(f"ANSWER {name}", "title"),
            Block(text or "(nothing)", places=differing(shown, held)),
            Block(""),
        ]
    return [*blocks, Block("Marked words are not in the documentation's answer at that place.", "dim")]
