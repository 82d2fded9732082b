"""What the Duplicates screen reads: groups of pairs that say the same. Knows SQL; must not know widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.tui.queries.filters import ANSWER, QUESTION, STATE

if TYPE_CHECKING:
    import duckdb

_LINKS = """
SELECT d.pair_id, d.kept_id, d.kind, d.score, d.state, d.reason FROM duplicates d
WHERE d.score >= ? ORDER BY d.score DESC, d.pair_id
"""
_TEXTS = f"""
SELECT p.pair_id, {QUESTION}, {ANSWER}, {STATE} FROM store.pairs p
LEFT JOIN store.judgements j ON j.pair_id = p.pair_id WHERE p.pair_id IN (SELECT unnest(?::VARCHAR[]))
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Two pairs that are alike: how, how much (0 to 1), what became of it and why."""

    pair_id: str
    kept_id: str
    kind: str
    score: float
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs that hang together; the first is the one that the others are held against."""

    members: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def kept(self) -> str:
        """The pair that stays."""
        return self.members[0]

    @property
    def waiting(self) -> tuple[Link, ...]:
        """The links that a person should look at."""
        return tuple(link for link in self.links if link.state in ("suggested", "contradiction"))

    @property
    def proposed(self) -> tuple[str, tuple[str, ...]]:
        """The pair that the proposed merges leave, and those that they would merge into it."""
        links = [link for link in self.links if link.state == "suggested"]
        gone = {link.pair_id for link in links}
        into = next((link.kept_id for link in links if link.kept_id not in gone), self.kept)
        return into, tuple(sorted(gone - {into}))

    def link_of(self, name: str) -> Link | None:
        """Return what is said of a member: its link to the pair that stays, else its strongest."""
        own = [link for link in self.links if name in (link.pair_id, link.kept_id)]
        return max(own, key=lambda link: (self.kept in (link.pair_id, link.kept_id), link.score), default=None)


@dataclass(frozen=True, slots=True)
class Texts:
    """A member as it reads now, and how it was judged."""

    question: str
    answer: str
    state: str


def groups(con: duckdb.DuckDBPyConnection, threshold: float) -> list[Group]:
    """Return the groups that links of at least ``threshold`` make, those with most to look at first."""
    links = [Link(*row) for row in con.execute(_LINKS, [threshold]).fetchall()]
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for link in links:
        root[find(link.pair_id)] = find(link.kept_id)
    gathered: dict[str, list[Link]] = {}
    for link in links:
        gathered.setdefault(find(link.pair_id), []).append(link)
    found = [_group(own) for own in gathered.values()]
    return sorted(found, key=lambda group: (not group.waiting, -group.links[0].score, group.kept))


def texts(con: duckdb.DuckDBPyConnection, pair_ids: Sequence[str]) -> Mapping[str, Texts]:
    """Return how pairs read now."""
    return {row[0]: Texts(*row[1:]) for row in con.execute(_TEXTS, [list(pair_ids)]).fetchall()}


def _group(links: Sequence[Link]) -> Group:
    names = list(dict.fromkeys(name for link in links for name in (link.kept_id, link.pair_id)))
    gone = {link.pair_id for link in links if link.state == "merged"}
    kept = [link.kept_id for link in links]
    # The survivor of a merge stays; else the pair that most others were held against.
    names.sort(key=lambda name: (name in gone, -kept.count(name), name))
    return Group(tuple(names), tuple(links))
