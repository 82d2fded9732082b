"""The Duplicates screen: groups of pairs that say the same, two of them side by side with the words that differ.

Knows groups and their members. It must not know how likeness is measured nor how a merge is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from tuneproof.datasets.workspace.journal import Verb
from tuneproof.tui.card import Bar, Block, Card
from tuneproof.tui.display import DISPLAY_LIMIT, one_line, visible
from tuneproof.tui.grounding import differing
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import duplicates as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.faces import STATES
from tuneproof.tui.screens.pane import ListPane
from tuneproof.tui.screens.verdicts import DONE, Rows, Verdicts
from tuneproof.tui.table import Cell, Heads, PagedTable, Row

if TYPE_CHECKING:
    import duckdb

STEP = 0.01
WHYS = 8
LINKS: Mapping[str, str] = {"suggested": "warn", "contradiction": "bad", "merged": "good", "variant": "dim"}


class DuplicatesPane(Verdicts, ListPane):
    """Groups above; below, the pair that stays and the one under the cursor."""

    BINDINGS = bindings("verdict", "duplicates", "open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (1, 1, 13, 5, 0)
    TITLES: ClassVar[tuple[str, ...]] = ("", "", "what", ">like", "question")
    EMPTY: ClassVar[tuple[str, ...]] = (
        "No two pairs are this alike.",
        "- lowers the threshold. Before the first build there are none at all. Run: tuneproof build",
    )
    HELP = (
        "Groups of pairs that say the same; those to look at come first. Below, the pair that stays and the "
        "one under the "
        "cursor, with the words that differ. M merges the rest of the group into the pair under the cursor, "
        "S says that it "
        "is no repeat, T takes every merge that is proposed at this threshold. A merge takes effect at once."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.threshold = 0.0
        self.groups: Sequence[queries.Group] = ()
        # A row is a member of a group; a pair is in one group only, so its id names the row.
        self._group_of: Mapping[str, queries.Group] = {}

    def compose(self) -> ComposeResult:
        """Lay out headline, members, and two cards."""
        table = PagedTable(self.WIDTHS, self._fetch)
        yield Bar(classes="headline")
        yield Heads(self.TITLES, table)
        yield table
        with Horizontal(classes="twins"):
            yield Card(id="kept")
            yield Card(id="other")

    @property
    def card(self) -> Card:
        """The card of the pair under the cursor."""
        return self.query_one("#other", Card)

    async def action_merge(self) -> None:
        """Keep the pair under the cursor and merge the rest of its group into it."""
        group, name = await self._here()
        if group and name:
            await self.judge("merge", [one for one in group.members if one != name], into=name)

    async def action_separate(self) -> None:
        """Say that the pair under the cursor repeats no other."""
        group, name = await self._here()
        if group and name:
            await self.judge("unmerge", [name])

    async def action_take(self) -> None:
        """Merge every pair that is proposed at this threshold, one step a group."""
        self.review.quiet()
        done = 0
        for group in self.groups:
            into, names = group.proposed
            if names and not await self.judge("merge", names, into=into):
                return
            done += len(names)
        self.review.tell(
            f"Merged {done:,} pairs, one step a group." if done else "Nothing is proposed at this threshold."
        )

    def action_stricter(self) -> None:
        """Show only what is more alike."""
        self._threshold(STEP)

    def action_looser(self) -> None:
        """Show what is less alike as well."""
        self._threshold(-STEP)

    async def action_open(self) -> None:
        """Show the group in Pairs."""
        group, _ = await self._here()
        if group:
            await self.review.show_pairs(Filter(ids=group.members, label="one group of duplicates"))

    async def judged(self, verb: Verb, settled: int, after: Rows) -> None:
        """Read the groups again; a verdict on one pair goes on to the next."""
        many = f"{len(after):,} pairs" if len(after) > 1 else "one pair"
        self.review.tell(f"{DONE[verb]}: {many}, u takes it back.")
        await self._load(keep=True)
        if verb in ("accept", "reject", "later"):
            self.table.move(1)
        self.review.count()

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the members of all groups, group by group."""
        self.groups = queries.groups(con, self.threshold)
        self._group_of = {name: group for group in self.groups for name in group.members}
        return list(self._group_of)

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return the members' cells, each group under a stroke."""
        texts = queries.texts(con, ids)
        return {name: self._cells(name, texts[name]) for name in ids if name in texts and name in self._group_of}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return the card of the member under the cursor; the other card is shown with it."""
        group = self._group_of.get(name)
        if group is None:
            return []
        held = group.kept if name != group.kept else group.members[1]
        texts = queries.texts(con, [name, held])
        if len(texts) < 2:
            return [Block("This pair is gone since the list was read.")]
        self._kept_blocks = _blocks("STAYS" if held == group.kept else "REPEATS IT", texts[held], texts[name])
        heading = "THIS ONE STAYS" if name == group.kept else "THIS ONE"
        return [*_blocks(heading, texts[name], texts[held]), *_why(group, name, held)]

    def show_face(self, name: str | None, blocks: list[Block]) -> None:
        """Show both cards."""
        self.query_one("#kept", Card).show(self._kept_blocks if name else [])
        self.card.show(blocks)

    _kept_blocks: Sequence[Block] = ()

    def headline(self) -> list[Cell]:
        """Return how many groups there are and the threshold."""
        waiting = sum(bool(group.waiting) for group in self.groups)
        pairs = len(self._group_of)
        words = f" · {waiting:,} to look at, {pairs:,} pairs · threshold {self.threshold or self._lowest:.2f} [-/+]"
        return [(f"{len(self.groups):,} groups", "title"), (words, "")]

    def _threshold(self, by: float) -> None:
        self.review.quiet()
        start = self.threshold or int(self._lowest / STEP) * STEP
        self.threshold = round(min(1.0, max(0.0, start + by)), 2)
        self.reload()

    @property
    def _lowest(self) -> float:
        return min((link.score for group in self.groups for link in group.links), default=1.0)

    async def _here(self) -> tuple[queries.Group | None, str | None]:
        self.review.quiet()
        name = self.table.current
        if name is None:
            self.review.tell("There is no pair here.")
        return self._group_of.get(name or ""), name

    def _cells(self, name: str, texts: queries.Texts) -> Row:
        group = self._group_of[name]
        first, last = name == group.members[0], name == group.members[-1]
        stroke = "┌" if first else "└" if last else "│"
        link = group.link_of(name)
        said, paint = ("stays", "strong") if first or link is None else (link.state, LINKS[link.state])
        score = "" if first or link is None else f"{link.score:.2f}"
        return (stroke, "dim"), STATES[texts.state], (said, paint), (score, "dim"), (one_line(texts.question), "")


def _blocks(heading: str, texts: queries.Texts, other: queries.Texts) -> list[Block]:
    letter, paint = STATES[texts.state]
    state = texts.state if letter == "·" else f"{letter} {texts.state}"
    return [
        Block(f"{heading} · {state}", paint if letter != "·" else "title"),
        _marked(texts.question, other.question, "strong"),
        _marked(texts.answer, other.answer, ""),
    ]


def _marked(text: str, other: str, paint: str) -> Block:
    shown, held = (visible(one[:DISPLAY_LIMIT].replace("\r\n", "\n")) for one in (text, other))
    return Block(text, paint, places=differing(shown, held))


def _why(group: queries.Group, name: str, held: str) -> list[Block]:
    """Return what was found between the two that are shown, else between this one and others."""
    own = [link for link in group.links if name in (link.pair_id, link.kept_id)]
    between = [link for link in own if held in (link.pair_id, link.kept_id)]
    told = [
        Block(f"{link.kind} {link.score:.2f}, {link.state}: {link.reason}", LINKS[link.state])
        for link in between or own[:WHYS]
    ]
    return [Block(""), *told] if told else []
