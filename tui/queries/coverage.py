"""What the Coverage screen reads: topics by kinds of question, and what no pair covers.

Knows SQL over the public views. It must not know widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

HOLES = 200

_MATRIX = """
SELECT p.cluster_id, p.case_type, count(*) FILTER (p.selected) AS selected, count(*) AS pairs,
    count(*) FILTER (p.status IN ('accepted', 'rejected')) AS judged
FROM pairs p WHERE p.status <> 'stale' AND p.cluster_id IS NOT NULL GROUP BY ALL
"""
_TITLES = "SELECT cluster_id, title FROM clusters ORDER BY cluster_id"
_HOLES = """
SELECT f.message, d.source, d.path, c.heading_path, d.document_id, c.chunk_id FROM findings f
LEFT JOIN chunks c ON f.subject = 'chunk' AND c.chunk_id = f.subject_id
LEFT JOIN documents d ON d.document_id = coalesce(c.document_id, f.subject_id)
WHERE f.check_name = 'coverage_hole' ORDER BY coalesce(f.score, 0) DESC, d.source, d.path, f.subject_id LIMIT ?
"""
_HOLE_COUNT = "SELECT count(*) FROM findings WHERE check_name = 'coverage_hole'"
_DOCUMENTS = """
SELECT count(DISTINCT d.document_id), count(DISTINCT p.document_id) FROM documents d
LEFT JOIN pairs p ON p.document_id = d.document_id AND p.selected
WHERE d.state IN ('new', 'current', 'changed')
"""
_PASSAGES = """
SELECT count(*), count(*) FILTER (c.chunk_id IN (SELECT r.chunk_id FROM pair_chunks r JOIN pairs p USING (pair_id)
    WHERE p.selected))
FROM chunks c JOIN documents d USING (document_id) WHERE d.state IN ('new', 'current', 'changed')
"""
_RESTING = "SELECT r.pair_id FROM pair_chunks r JOIN store.pairs p USING (pair_id) WHERE r.chunk_id = ? ORDER BY 1"
_BARE = """
SELECT d.source, d.path FROM documents d WHERE d.state IN ('new', 'current', 'changed')
    AND d.document_id NOT IN (SELECT document_id FROM pairs WHERE selected AND document_id IS NOT NULL)
ORDER BY d.source, d.path LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Cover:
    """A cell: the pairs of one topic and kind; of them selected, and judged."""

    selected: int = 0
    pairs: int = 0
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """Something that no pair covers, as a check found it: of one passage, of one document, or of the whole set."""

    message: str
    source: str
    path: str
    heading_path: tuple[str, ...]
    document_id: str | None
    chunk_id: str | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Topics by kinds: ``cells`` by (cluster, kind), ``titles`` by cluster in order, ``kinds`` the commonest first.

    ``covered`` of the ``documents`` and ``asked`` of the ``passages`` have a selected pair.
    """

    titles: Mapping[int, str]
    kinds: tuple[str, ...]
    cells: Mapping[tuple[int, str], Cover]
    holes: tuple[Hole, ...]
    hole_count: int
    documents: int
    covered: int
    passages: int
    asked: int

    def total(self, cluster: int) -> int:
        """Return how many pairs of a topic are selected."""
        return sum(self.cells[cluster, kind].selected for kind in self.kinds if (cluster, kind) in self.cells)

    def of_kind(self, kind: str) -> Cover:
        """Return what all topics together have of a kind."""
        found = [cover for (_, one), cover in self.cells.items() if one == kind]
        return Cover(*(sum(figures) for figures in zip(*((c.selected, c.pairs, c.judged) for c in found), strict=True)))

    @property
    def empty(self) -> int:
        """How many cells have no selected pair."""
        return sum(
            self.cells.get((cluster, kind), Cover()).selected == 0 for cluster in self.titles for kind in self.kinds
        )


def matrix(con: duckdb.DuckDBPyConnection) -> Matrix:
    """Return what is covered."""
    cells = {(row[0], row[1]): Cover(*row[2:]) for row in con.execute(_MATRIX).fetchall()}
    counted: dict[str, int] = {}
    for (_, kind), cover in cells.items():
        counted[kind] = counted.get(kind, 0) + cover.pairs
    kinds = tuple(sorted(counted, key=lambda kind: (-counted[kind], kind)))
    titles = dict(con.execute(_TITLES).fetchall())
    holes = [
        Hole(row[0], row[1] or "", row[2] or "", tuple(row[3] or ()), row[4], row[5])
        for row in con.execute(_HOLES, [HOLES]).fetchall()
    ]
    count = (con.execute(_HOLE_COUNT).fetchone() or (0,))[0]
    documents, covered = con.execute(_DOCUMENTS).fetchone() or (0, 0)
    passages, asked = con.execute(_PASSAGES).fetchone() or (0, 0)
    return Matrix(titles, kinds, cells, tuple(holes), count, documents, covered, passages, asked)


def resting_on(con: duckdb.DuckDBPyConnection, chunk_id: str) -> tuple[str, ...]:
    """Return the pairs that rest on a passage."""
    return tuple(row[0] for row in con.execute(_RESTING, [chunk_id]).fetchall())


def bare_documents(con: duckdb.DuckDBPyConnection) -> Sequence[tuple[str, str]]:
    """Return source and path of documents without a selected pair."""
    return [(row[0], row[1]) for row in con.execute(_BARE, [HOLES]).fetchall()]
