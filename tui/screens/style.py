"""The Style screen: answers that do not read like the others, what is proposed, and how that would look.

Knows findings on style and their proposals. It must not know how style is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from tuneproof.curate.checking.style import SAID
from tuneproof.curate.checking.style_profile import StyleProfile
from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.journal import Verb
from tuneproof.tui.card import Block
from tuneproof.tui.display import DISPLAY_LIMIT, one_line, visible
from tuneproof.tui.grounding import differing
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries import style as queries
from tuneproof.tui.queries.filters import Filter
from tuneproof.tui.screens.faces import SEVERITIES, STATES
from tuneproof.tui.screens.pane import ListPane
from tuneproof.tui.screens.profile import BASES, profile_blocks
from tuneproof.tui.screens.verdicts import DONE, Rows, Verdicts
from tuneproof.tui.table import Cell, Row

if TYPE_CHECKING:
    import duckdb

# The row of the profile, which is no finding.
PROFILE = "profile"
SHOWN = ("features", "spelling", "fix", "one", "other")


class StylePane(Verdicts, ListPane):
    """The findings and the preview of one proposal."""

    BINDINGS = bindings("style", "open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (1, 8, 5, 0)
    TITLES: ClassVar[tuple[str, ...]] = ("", "what", ">off", "answer")
    EMPTY: ClassVar[tuple[str, ...]] = (
        "No finding on style.",
        "Either the set reads as if one hand had written it, or it was not built since: tuneproof build",
    )
    HELP = (
        "Answers that do not read like the others. Where a mend is proposed, the card shows both texts with "
        "the words that "
        "differ: T takes it as an edit, e edits by hand, u takes that back. enter shows the pairs. The last row is the "
        "profile: what is usual in the set that the gate froze, and from where on an answer stands out."
    )

    _profile: StyleProfile | None = None
    _count: tuple[int, int] = (0, 0)
    _pairs: Mapping[str, str | None] = {}

    @property
    def subject(self) -> str | None:
        """The pair of the finding under the cursor, None where it is on the whole set."""
        return self._pairs.get(self.table.current or "")

    async def action_take(self) -> None:
        """Make the answer what the check proposes."""
        self.review.quiet()
        here = await self._here()
        if here is None or here.pair_id is None or here.fix is None:
            self.review.tell("Nothing is proposed here: e edits the answer by hand.")
            return
        await self.judge("edit", [here.pair_id], answer=here.fix)

    async def action_open(self) -> None:
        """Show the pair, or the pairs of the smaller side where two hands wrote the set."""
        self.review.quiet()
        here = await self._here()
        if here is None:
            return
        ids = (here.pair_id,) if here.pair_id else _smaller(here.evidence)
        if not ids:
            self.review.tell("No single pairs stand behind this.")
            return
        await self.review.show_pairs(Filter(ids=tuple(ids), label=here.check))

    async def judged(self, verb: Verb, settled: int, after: Rows) -> None:
        """Read the findings again and go on to the next."""
        self.review.tell(f"{DONE[verb]}: u takes it back.")
        self.table.forget()
        if not self.table.move(1):
            await self._show()

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the findings."""
        ids = queries.findings(con)
        known = queries.found(con, ids)
        self._pairs = {name: one.pair_id for name, one in known.items()}
        self._count = (len(ids), sum(one.fix is not None for one in known.values()))
        self._profile = queries.profile(con, self.review.desk.workspace.snapshots_dir)
        return [*ids, PROFILE] if self._profile else ids

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return whether there is a proposal, the check, how far off, and the message."""
        found = {name: _cells(one) for name, one in queries.found(con, ids).items()}
        return found | ({PROFILE: _PROFILE_CELLS} if PROFILE in ids else {})

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return the finding's card, or the profile's."""
        if name == PROFILE and self._profile:
            return profile_blocks(self._profile)
        here = queries.found(con, [name]).get(name)
        return _blocks(here) if here else [Block("This finding is gone since the list was read.")]

    def headline(self) -> list[Cell]:
        """Return how many findings there are."""
        total, proposed = self._count
        learnt = (
            f"profile of {self._profile.n:,} answers below" if self._profile else "no profile before tuneproof gate"
        )
        findings = f"{total:,} finding{'s' * (total != 1)} on style"
        return [(findings, "title"), (f" · {proposed:,} with a proposal · {learnt}", "")]

    async def _here(self) -> queries.Styled | None:
        name = self.table.current
        if name is None:
            return None
        try:
            return (await self.ask(partial(queries.found, ids=[name]))).get(name)
        except TuneproofError as error:
            self.review.tell_error(error)
            return None


_PROFILE_CELLS: Row = (("", ""), ("profile", "title"), ("", ""), ("how the answers of the set read", ""))


def _cells(one: queries.Styled) -> Row:
    mark = ("✓", "good") if one.taken else ("T", "message") if one.fix else ("", "")
    score = "" if one.score is None else f"{one.score:>5.1f}"
    text = one_line(one.answer or one.message)
    return mark, (one.check.removeprefix("style_"), SEVERITIES[one.severity]), (score, "dim"), (text, "")


def _smaller(evidence: Mapping[str, Any]) -> list[str]:
    sides = [side for side in (evidence.get("one"), evidence.get("other")) if isinstance(side, list)]
    return min(sides, key=len, default=[])


def _blocks(one: queries.Styled) -> list[Block]:
    """Return a finding's card: what it says, the texts with what differs, then what it rests on."""
    head = [Block(one.message, "strong"), Block(f"{one.severity} · {one.check}", SEVERITIES[one.severity]), Block("")]
    return [*head, *_texts(one), *_evidence(one.evidence)]


def _texts(one: queries.Styled) -> list[Block]:
    if one.answer is None:
        return []
    letter, paint = STATES[one.state or "pending"]
    question = [
        Block(f"QUESTION · {one.state}" if letter == "·" else f"QUESTION · {letter} {one.state}", paint or "title"),
        Block(one.question or "", "strong"),
        Block(""),
    ]
    if one.fix is None:
        heading = "ANSWER, as proposed" if one.taken else "ANSWER"
        return [*question, Block(heading, "title"), Block(one.answer), Block("")]
    now, then = (visible(text[:DISPLAY_LIMIT].replace("\r\n", "\n")) for text in (one.answer, one.fix))
    return [
        *question,
        Block("ANSWER NOW", "title"),
        Block(one.answer, places=differing(now, then)),
        Block(""),
        Block("PROPOSED · T takes it", "title"),
        Block(one.fix, places=differing(then, now)),
        Block(""),
    ]


def _evidence(evidence: Mapping[str, Any]) -> list[Block]:
    blocks = [Block(_feature(feature), "", 1) for feature in evidence.get("features", ()) if isinstance(feature, dict)]
    blocks += [Block(f"{wrong} is spelt {right} elsewhere", "", 1) for wrong, right in _spelling(evidence)]
    facts = {name: value for name, value in evidence.items() if name not in SHOWN and value not in (None, "")}
    if "learnt_from_pairs" in facts:
        basis = BASES.get(str(facts.pop("learnt_from", "")), "")
        blocks.append(Block(f"usual is learnt from {facts.pop('learnt_from_pairs'):,} answers, {basis}", "dim", 1))
    if facts:
        blocks.append(Block(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items()), "dim", 1))
    return [Block("WHY", "title"), *blocks] if blocks else []


def _feature(feature: Mapping[str, Any]) -> str:
    known = str(feature.get("feature", ""))
    name = SAID.get(known, known.replace("_", " "))
    if "typical" in feature:
        low, high = feature["typical"]
        usual = f"up to {high:.3g}" if not low else f"{low:.3g} to {high:.3g}"
        return f"{name}: {feature.get('value'):.3g}, usual is {usual if high else 'none'}"
    rest = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in feature.items() if key != "feature")
    return f"{name}: {rest}"


def _spelling(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    spelling = evidence.get("spelling")
    return list(spelling.items()) if isinstance(spelling, dict) else []
