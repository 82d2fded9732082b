"""What other thresholds would merge and suggest, from what the last build remembered: no text is looked at again.

Knows the table ``store.likeness`` and the star rule. It must not know how likeness is measured.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tuneproof.curate.likeness.conflicts import Conflict
from tuneproof.curate.likeness.duplicates import Repeats, star
from tuneproof.curate.likeness.links import Likeness, Link
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.config import Duplicates
from tuneproof.datasets.workspace.records import Duplicate, DuplicateState

if TYPE_CHECKING:
    import duckdb

_CLEAR = "DELETE FROM store.likeness"
_TYPES = ("VARCHAR", "VARCHAR", "INTEGER", "INTEGER", *["DOUBLE"] * 5, "BOOLEAN", *["VARCHAR"] * 3, "JSON")
# A contradiction or the same question counts at any threshold; the rest only where one of the two is reached.
_LINKS = """
SELECT pair_id, kept_id, pair_place, kept_place, question, answer, meaning, words, asked, state, merges, guard,
    conflict
FROM store.likeness
WHERE state = 'contradiction' OR asked OR least(question, answer) >= $near OR closeness >= least($semantic, $merge)
ORDER BY pair_place, kept_place
"""
# These hold at any threshold: what is equal to the letter, and what a person said.
_FIXED = """
SELECT pair_id, kept_id, kind, score, state, reason FROM duplicates
WHERE kind = 'exact' OR reason = 'merged by a person' ORDER BY pair_id, kept_id
"""
_APART = "SELECT pair_id FROM store.judgements WHERE merged_into = ''"
_TAKEN = "SELECT pair_id FROM store.judgements WHERE merged_into <> ''"


@dataclass(frozen=True, slots=True)
class Preview:
    """The duplicates that a build would write at other thresholds."""

    duplicates: tuple[Duplicate, ...]

    def count(self, state: DuplicateState) -> int:
        """Return how many rows have ``state``."""
        return sum(one.state == state for one in self.duplicates)


def remember(con: duckdb.DuckDBPyConnection, found: Repeats) -> None:
    """Put the links of the latest build in the place of the earlier one's; the caller holds the transaction."""
    place = {pair_id: at for at, pair_id in enumerate(found.order)}
    con.execute(_CLEAR)
    insert_rows(con, "INSERT INTO store.likeness", _TYPES, [_values(link, place) for link in found.links])


def _values(link: Link, place: dict[str, int]) -> Sequence[object]:
    alike = link.likeness
    conflict = json.dumps(asdict(link.conflict), ensure_ascii=False) if link.conflict else None
    return (
        link.pair_id, link.kept_id, place[link.pair_id], place[link.kept_id], alike.question, alike.answer,
        alike.meaning, alike.words, alike.closeness, alike.asked, link.state, link.merges, link.guard, conflict,
    )  # fmt: skip


def preview(
    con: duckdb.DuckDBPyConnection,
    *,
    near: float | None = None,
    semantic: float | None = None,
    merge: float | None = None,
) -> Preview:
    """Return what a build would find at these thresholds; one that is left out has its default.

    Thresholds under the floors that the configuration allows find no more than the floors do.

    Raises:
        pydantic.ValidationError: a threshold under its floor or above 1.
    """
    given = {"near": near, "semantic": semantic, "merge": merge}
    limits = Duplicates(**{name: value for name, value in given.items() if value is not None})
    rows = con.execute(_LINKS, limits.model_dump()).fetchall()
    places: dict[str, int] = {}
    links = []
    taken = {row[0] for row in con.execute(_TAKEN).fetchall()}
    for (
        pair_id,
        kept_id,
        place,
        kept_place,
        question,
        answer,
        meaning,
        words,
        asked,
        state,
        merges,
        guard,
        conflict,
    ) in rows:
        if pair_id in taken or kept_id in taken:
            continue
        places[pair_id], places[kept_id] = place, kept_place
        alike = Likeness(kept_id, pair_id, question, answer, meaning, words, asked)
        quarrel = _conflict(conflict)
        links.append(Link(pair_id, kept_id, alike, state, merges, guard, quarrel))
    order = sorted(places, key=places.__getitem__)
    apart = frozenset(row[0] for row in con.execute(_APART).fetchall())
    fixed = [Duplicate(*row) for row in con.execute(_FIXED).fetchall()]
    return Preview((*fixed, *star(links, order, limits, apart)))


def _conflict(stored: str | None) -> Conflict | None:
    if stored is None:
        return None
    values = json.loads(stored)
    return Conflict(**{**values, "said": tuple(values["said"])})
