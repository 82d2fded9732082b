"""Which of two answers a person prefers, asked blind: base and tuned as A and B, in an order that tells nothing.

Knows the order, the journal's words on answers and what they add up to. It must not know who asks. The order is a hash
of seed, run and item, so every sitting and every screen shows an item the same way round, and no reviewer can learn
which side the tuned model is on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from tuneproof.datasets.verdict.intervals import clopper_pearson
from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.journal import OPEN_UNDOS, Journal

if TYPE_CHECKING:
    import duckdb

Choice = Literal["a", "b", "tie", "skip"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
SUBJECT = "answers"
SEED = "blind"
LEVEL = 0.95

_ANSWERED = """
SELECT i.item_id, i.role, i.prompt, i.reference, i.pair_id, b.text, t.text FROM runs r
JOIN items i ON i.snapshot_id = r.snapshot_id
JOIN outputs b ON b.run_id = r.run_id AND b.item_id = i.item_id AND b.model = 'base'
JOIN outputs t ON t.run_id = r.run_id AND t.item_id = i.item_id AND t.model = 'tuned'
WHERE r.run_id = ?
"""
# The latest word on each item that no open undo names, whoever said it.
_SAID = f"""
SELECT after->>'item', arg_max(after->>'choice', said), arg_max(who, said) FROM (
    SELECT *, row(decided_at, seq) AS said FROM store.decisions
    WHERE subject = '{SUBJECT}' AND verb = 'prefer' AND after->>'run' = ?
        AND batch NOT IN (SELECT batch FROM ({OPEN_UNDOS}))
) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An item that both models answered: its answers as A and B, which of them is the tuned one, what was chosen."""

    item_id: str
    role: str
    prompt: str
    reference: str
    pair_id: str | None
    a: str
    b: str
    tuned: Literal["a", "b"]
    choice: Choice | None
    who: str | None

    @property
    def alike(self) -> bool:
        """Whether both answers are the same, so that there is nothing to choose."""
        return self.a.strip() == self.b.strip()

    @property
    def preferred(self) -> str | None:
        """The side of the choice: base, tuned, tie or skip; None where nobody chose."""
        if self.choice in (None, "tie", "skip"):
            return self.choice
        return "tuned" if self.choice == self.tuned else "base"


@dataclass(frozen=True, slots=True)
class Tally:
    """What the choices add up to.

    ``share`` is how often the tuned answer won among the answers that one side won, ties left out, with its exact
    interval at ``LEVEL``; None without any. ``first`` counts the wins of side A: far from half of them, the place on
    the screen was judged. ``alike`` answers were the same word for word and were not asked about.
    """

    tuned: int
    base: int
    ties: int
    skipped: int
    waiting: int
    alike: int
    first: int
    people: tuple[str, ...]
    share: float | None
    interval: Interval | None

    @property
    def judged(self) -> int:
        """How many items a person chose on, ties included."""
        return self.tuned + self.base + self.ties


def tuned_side(run_id: str, item_id: str) -> Literal["a", "b"]:
    """Return the side on which the tuned model's answer stands, a fair coin by hash."""
    return "a" if int(digest(SEED, run_id, item_id), 16) % 2 == 0 else "b"


def comparisons(con: duckdb.DuckDBPyConnection, run_id: str) -> list[Comparison]:
    """Return the items of a run that both models answered, in an order by hash that mixes the roles."""
    said = {row[0]: (row[1], row[2]) for row in con.execute(_SAID, [run_id]).fetchall()}
    rows = con.execute(_ANSWERED, [run_id]).fetchall()
    found = [_comparison(run_id, row, *said.get(row[0], (None, None))) for row in rows]
    return sorted(found, key=lambda one: digest("asked", run_id, one.item_id))


def prefer(con: duckdb.DuckDBPyConnection, journal: Journal, run_id: str, item_id: str, choice: str) -> None:
    """Journal what a person chose of an item's answers; it is on disk when this returns.

    Raises:
        UsageError: ``choice`` is none of ``CHOICES``.
        DataError: the run has no two different answers to that item.
    """
    if choice not in CHOICES:
        raise UsageError(f"{choice!r} is no choice.", f"Use one of: {', '.join(CHOICES)}.")
    row = con.execute(f"{_ANSWERED} AND i.item_id = ?", [run_id, item_id]).fetchone()
    if row is None:
        raise DataError(f"Run {run_id} has no two answers to item {item_id}.", "List them: tuneproof preferences list")
    if row[5].strip() == row[6].strip():
        raise DataError(f"Both answers to item {item_id} are the same.", "Choose on another item.")
    side = tuned_side(run_id, item_id)
    winner = choice if choice in ("tie", "skip") else "tuned" if choice == side else "base"
    said = {"run": run_id, "item": item_id, "choice": choice, "tuned": side, "preferred": winner}
    journal.note(con, "prefer", SUBJECT, f"{run_id}:{item_id}", said)


def tally(found: Iterable[Comparison]) -> Tally:
    """Return what the choices add up to."""
    items = list(found)
    asked = [one for one in items if not one.alike]
    counts = {name: sum(one.preferred == name for one in asked) for name in ("tuned", "base", "tie", "skip", None)}
    decided = counts["tuned"] + counts["base"]
    return Tally(
        tuned=counts["tuned"],
        base=counts["base"],
        ties=counts["tie"],
        skipped=counts["skip"],
        waiting=counts[None],
        alike=len(items) - len(asked),
        first=sum(one.choice == "a" for one in asked),
        people=tuple(sorted({one.who for one in asked if one.who and one.choice != "skip"})),
        share=counts["tuned"] / decided if decided else None,
        interval=clopper_pearson(counts["tuned"], decided, LEVEL) if decided else None,
    )


def _comparison(run_id: str, row: tuple[Any, ...], choice: Choice | None, who: str | None) -> Comparison:
    item_id, role, prompt, reference, pair_id, base, tuned = row
    side = tuned_side(run_id, item_id)
    a, b = (tuned, base) if side == "a" else (base, tuned)
    return Comparison(item_id, role, prompt, reference, pair_id, a, b, side, choice, who)
