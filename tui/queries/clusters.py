"""What the Clusters screen reads: topics, their members, and a flat map of the pairs' embeddings.

Knows SQL and the first two principal components. It must not know widgets. The components are found on a sample and
the projection is left to the database, so that no more than two numbers a pair are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneproof.tui.queries.filters import ANSWER, QUESTION

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

SAMPLE = 1_500
MAP_POINTS = 20_000
MEMBERS = 40

_LIST = """
SELECT c.cluster_id, c.title, c.size, count(p.pair_id) FILTER (p.selected),
    count(p.pair_id) FILTER (p.status IN ('accepted', 'rejected'))
FROM clusters c LEFT JOIN pairs p ON p.cluster_id = c.cluster_id GROUP BY ALL ORDER BY c.cluster_id
"""
_KINDS = """
SELECT case_type, count(*) FROM pairs WHERE cluster_id = ? AND status <> 'stale' GROUP BY 1 ORDER BY 2 DESC, 1
"""
_MEMBERS = """
SELECT left(question, 200), status, selected FROM pairs WHERE cluster_id = ? ORDER BY selected DESC, pair_id LIMIT ?
"""
# A vector is kept by the text it was made of: question, newline, answer. What no model embedded has none.
_VECTORS = f"""
FROM store.pairs p
JOIN store.placements s ON s.pair_id = p.pair_id
LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
JOIN store.embeddings e ON e.sha256 = sha256({QUESTION} || chr(10) || {ANSWER}) AND e.model = $model
WHERE s.cluster_id IS NOT NULL
"""
_MODEL = "SELECT model FROM store.embeddings GROUP BY model ORDER BY count(*) DESC, model LIMIT 1"
_SAMPLED = f"SELECT e.vector {_VECTORS} ORDER BY hash(p.pair_id) LIMIT {SAMPLE}"
_PROJECTED = f"""
SELECT s.cluster_id AS cluster, list_dot_product(e.vector, $first::FLOAT[]) AS x,
    list_dot_product(e.vector, $second::FLOAT[]) AS y
{_VECTORS} ORDER BY hash(p.pair_id) LIMIT {MAP_POINTS}
"""


@dataclass(frozen=True, slots=True)
class Topic:
    """A cluster: how many pairs it has, how many of them are selected and judged."""

    cluster_id: int
    title: str
    size: int
    selected: int
    judged: int


@dataclass(frozen=True, slots=True)
class Map:
    """Pairs on a plane: ``points`` of shape (n, 2) from 0 to 1, ``clusters`` of shape (n,)."""

    points: NDArray[np.float64]
    clusters: NDArray[np.int64]


def topics(con: duckdb.DuckDBPyConnection) -> list[Topic]:
    """Return all clusters, the largest first."""
    return [Topic(*row) for row in con.execute(_LIST).fetchall()]


def kinds(con: duckdb.DuckDBPyConnection, cluster_id: int) -> list[tuple[str, int]]:
    """Return how many pairs of each kind a cluster has."""
    return [(row[0], row[1]) for row in con.execute(_KINDS, [cluster_id]).fetchall()]


def members(con: duckdb.DuckDBPyConnection, cluster_id: int) -> list[tuple[str, str, bool]]:
    """Return the first members of a cluster: question, status, whether selected; selected ones first."""
    return [(row[0], row[1], row[2]) for row in con.execute(_MEMBERS, [cluster_id, MEMBERS]).fetchall()]


def flat_map(con: duckdb.DuckDBPyConnection) -> Map | None:
    """Return the pairs on the plane of their embeddings' first two principal components, or None without any.

    At most ``MAP_POINTS`` pairs are taken, by hash of their ids: the same every time.
    """
    import numpy as np

    model = con.execute(_MODEL).fetchone()
    sampled = con.execute(_SAMPLED, {"model": model[0]}).fetchnumpy()["vector"] if model else ()
    if len(sampled) < 3:
        return None
    first, second = _axes(np.stack([np.asarray(vector, dtype=np.float32) for vector in sampled]))
    values: dict[str, Any] = {"model": model[0] if model else "", "first": first, "second": second}
    found = con.execute(_PROJECTED, values).fetchnumpy()
    points = np.stack([np.asarray(found[axis], dtype=np.float64) for axis in ("x", "y")], axis=1)
    # The outermost two in a hundred sit on the edge, or they would press all others together.
    low, high = np.quantile(points, 0.01, axis=0), np.quantile(points, 0.99, axis=0)
    spread = np.where(high > low, high - low, 1.0)
    return Map(np.clip((points - low) / spread, 0.0, 1.0), np.asarray(found["cluster"], dtype=np.int64))


def _axes(vectors: NDArray[np.float32]) -> tuple[Sequence[float], Sequence[float]]:
    import numpy as np

    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    # The sign of an axis is arbitrary: the larger side goes right and up, so that a map looks the same every time.
    first, second = (axes[:, -place] * np.sign(axes[np.abs(axes[:, -place]).argmax(), -place]) for place in (1, 2))
    return first.tolist(), second.tolist()
