"""The Evaluate screen: base beside tuned, item by item, and the way from a wrong answer back to its pair.

Knows items and what changed. It must not know how a figure was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.reports.preference_page import preference_line
from tuneproof.tui.card import Block
from tuneproof.tui.display import DISPLAY_LIMIT, one_line, visible
from tuneproof.tui.grounding import differing
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import evaluation as queries
from tuneproof.tui.queries.errors import Group, error_groups
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.blind import Blind
from tuneproof.tui.screens.faces import OUTCOMES
from tuneproof.tui.screens.facets import Choice, ChoiceScreen
from tuneproof.tui.table import Cell, Row

if TYPE_CHECKING:
    import duckdb

WAYS: Mapping[str, Cell] = {"better": ("+", "good"), "worse": ("-", "bad"), "same": ("=", "dim")}
ORDERS: Mapping[str, str] = {"worst": "worst first", "best": "best first", "role": "by role"}
Shown = tuple[queries.Way, str | None]


class EvaluatePane(Blind):
    """The items of the run that was judged last, and the card of one."""

    BINDINGS = bindings("evaluate", "open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (1, 9, 6, 6, 0)
    TITLES: ClassVar[tuple[str, ...]] = ("", "role", ">base", ">tuned", "asked")
    EMPTY: ClassVar[tuple[str, ...]] = ("Nothing was evaluated yet.", "Run: tuneproof train, then tuneproof evaluate")
    HELP = (
        "Each item's figure under the base and the tuned model: loss in nats a token for texts (less is "
        "better), 0 or 1 for "
        "suite items. + better, - worse, = the same within 0.05. F chooses, o sorts, enter shows the item's "
        "pair, p flags "
        "that pair with the tuned model's answer and shows it in Pairs, to be mended. w lists wrong answers by kind, "
        "case type, topic and document. b compares answers blind: < or , takes A, > or . takes B, = neither, s skips; "
        "b again shows whose they were."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.run: queries.Run | None = None
        self.shown: Shown = ("all", None)
        self.order = "worst"
        self.group: Group | None = None
        self._counts: Mapping[queries.Way, int] = {}
        self._faults: Mapping[str, str] = {}

    async def action_open(self) -> None:
        """Show the item's pair, or while answers are compared blind no more than the card."""
        if self.blind:
            await super().action_open()
            return
        here = await self._here()
        if here and here.pair_id:
            await self.review.show_pairs(Filter(ids=(here.pair_id,), label=f"asked in run {self._short}"))
        elif here:
            self.review.tell("This item was not made of a pair: it comes from a general suite or text.")

    async def action_fix(self) -> None:
        """Flag the item's pair with what the tuned model said, and show it in Pairs."""
        here = await self._here()
        if here is None or self.run is None:
            return
        if here.pair_id is None:
            self.review.tell("This item was not made of a pair, so there is none to mend.")
            return
        try:
            work = partial(_flag, self.review.journal.judge, here.pair_id, here.reason(self.run.run_id))
            await self.ask(work)
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        self.review.decided()
        await self.review.show_pairs(Filter(ids=(here.pair_id,), label=f"to mend after run {self._short}"))
        self.review.tell("Flagged with what the model said. e mends the pair, u takes the flag back.")

    async def action_filter(self) -> None:
        """Choose what changed, or one role."""
        self.review.quiet()
        if self.run is None:
            self.review.tell(self.EMPTY[0])
            return
        try:
            roles = await self.ask(partial(queries.roles, run=self.run.run_id))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        way, role = self.shown
        choices = [Choice((one, role), f"items {one}", self._counts.get(one), one == way) for one in queries.WAYS]
        choices.append(Choice((way, None), "role  any", sum(count for _, count in roles), role is None))
        choices += [Choice((way, name), f"role  {name}", count, name == role) for name, count in roles]
        await self.app.push_screen(ChoiceScreen("Filter", choices), self._filtered)

    async def action_wrong(self) -> None:
        """Choose a group of wrong answers."""
        self.review.quiet()
        if self.run is None:
            self.review.tell(self.EMPTY[0])
            return
        try:
            groups, self._faults = await self.ask(partial(error_groups, run_id=self.run.run_id))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        if not groups:
            self.review.tell("No answer of the tuned model was found wrong. Few items are answered: F shows which.")
            return
        choices = [Choice(group, group.label, group.wrong, group == self.group) for group in groups]
        await self.app.push_screen(ChoiceScreen("Wrong answers", choices), self._grouped)

    async def action_sort(self) -> None:
        """Choose the order."""
        self.review.quiet()
        ways = [Choice(name, text, None, name == self.order) for name, text in ORDERS.items()]
        await self.app.push_screen(ChoiceScreen("Order", ways), self._sorted)

    def action_clear(self) -> None:
        """Show all items."""
        self.review.quiet()
        self.group = None
        self._filtered(("all", None))

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the items that are asked for."""
        self.run = queries.newest_run(con)
        if self.run is None:
            return []
        self.compare(con, self.run.run_id)
        if self.blind:
            return self.asked
        way, role = self.shown
        self._counts = queries.counts(con, self.run.run_id, role)
        among = self.group.item_ids if self.group else None
        return queries.items(con, self.run.run_id, way, role, self.order, among)

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return the items' cells."""
        if self.run is None:
            return {}
        if self.blind:
            return self.blind_rows(ids)
        return {name: _cells(one) for name, one in queries.compared(con, self.run.run_id, ids).items()}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return an item's card."""
        if self.blind:
            return self.blind_face(name)
        here = queries.compared(con, self.run.run_id, [name]).get(name) if self.run else None
        if here is None:
            return [Block("This item is gone since the list was read.")]
        fault = [Block(f"the tuned answer {self._faults[name]}", "bad"), Block("")] if name in self._faults else []
        return [*_blocks(here), *fault, *self.preferred(name)]

    def headline(self) -> list[Cell]:
        """Return the run, its verdict and what changed."""
        if self.run is None:
            return [("nothing evaluated yet", "dim")]
        if self.blind:
            return self.blind_headline()
        verdict = self.run.verdict or "not judged"
        way, role = self.shown
        group = f", {' '.join(self.group.label.partition(' · ')[0].split())}" if self.group else ""
        shown = f" · showing {way}{f', {role}' if role else ''}{group}, {ORDERS[self.order]}"
        counted = ", ".join(f"{self._counts.get(one, 0):,} {one}" for one in ("better", "worse"))
        blind = f" · {preference_line(self.tally)}" if self.tally and self.tally.judged else ""
        return [
            (f"run {self._short} ", ""),
            (verdict, OUTCOMES.get(verdict, "dim")),
            (f" · {counted}{shown}", ""),
            (blind, "message"),
        ]

    @property
    def _short(self) -> str:
        return self.run.run_id[:8] if self.run else ""

    async def _here(self) -> queries.Compared | None:
        self.review.quiet()
        name, run = self.table.current, self.run
        if name is None or run is None:
            self.review.tell(self.EMPTY[0])
            return None
        try:
            return (await self.ask(partial(queries.compared, run=run.run_id, ids=[name]))).get(name)
        except TuneproofError as error:
            self.review.tell_error(error)
            return None

    def _filtered(self, chosen: Shown | None) -> None:
        if chosen is not None:
            self.shown = chosen
            self.reload()

    def _grouped(self, group: Group | None) -> None:
        if group is not None:
            self.group = group
            self.reload(keep=False)

    def _sorted(self, order: str | None) -> None:
        if order is not None:
            self.order = order
            self.reload(keep=False)


def _flag(judge: Callable[..., str], pair_id: str, reason: str, con: duckdb.DuckDBPyConnection) -> None:
    judge(con, "flag", [pair_id], reason=reason)


def _cells(one: queries.Compared) -> Row:
    figures = (f"{value:.0f}" if one.metric == "correct" else f"{value:.2f}" for value in (one.base, one.tuned))
    base, tuned = (f"{figure:>6}" for figure in figures)
    text = one.prompt or one.reference
    return WAYS[one.way], (one.role, "dim"), (base, "dim"), (tuned, WAYS[one.way][1]), (one_line(text[:400]), "")


def _blocks(one: queries.Compared) -> list[Block]:
    unit = "right (1) or wrong (0)" if one.metric == "correct" else "nats a token, less is better"
    suite = f" · {one.suite}" if one.suite else ""
    blocks = [
        Block(f"{one.way} · base {one.base:.3f}, tuned {one.tuned:.3f}", WAYS[one.way][1]),
        Block(f"{unit} · {one.role}{suite}", "dim"),
        Block(""),
    ]
    if one.prompt:
        blocks += [Block("ASKED", "title"), Block(one.prompt, "strong"), Block("")]
    blocks += [Block("EXPECTED" if one.prompt else "TEXT", "title"), Block(one.reference), Block("")]
    if one.base_text is None and one.tuned_text is None:
        return [*blocks, Block("Answers are generated for a few items only: F, items answered, shows those.", "dim")]
    for heading, text in (("BASE ANSWERS", one.base_text), ("TUNED ANSWERS", one.tuned_text)):
        shown, held = (visible(part[:DISPLAY_LIMIT].replace("\r\n", "\n")) for part in (text or "", one.reference))
        blocks += [Block(heading, "title"), Block(text or "(nothing)", places=differing(shown, held)), Block("")]
    return [*blocks, Block("Marked words are not in the expected answer at that place.", "dim")]
