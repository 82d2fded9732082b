"""Topics: which pairs speak of the same thing, and what that thing is called.

Knows vectors and words. It must not know what topics are used for; the same vectors, texts and seed give the same
numbers and titles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneproof.curate.wording import CODE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CLUSTERS = 60
TITLE_TERMS = 3
# Words that every documentation pair is made of; they name no topic.
FRAME_WORDS = (
    "does do return returns value values parameter parameters default takes raise raises use used uses using given "
    "function method class object objects module called call calls argument arguments set get type types example "
    "true false none self name names specified optional following"
)
FRAME = frozenset(FRAME_WORDS.split())
TERM = re.compile(r"[a-z][a-z0-9_]{2,}")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One topic: 0 is the largest. ``title`` is two to three terms, or the only text's own start."""

    cluster_id: int
    title: str
    size: int


@dataclass(frozen=True, slots=True)
class Clustering:
    """``labels`` has shape (n,), int64: each text's cluster_id; ``clusters`` is ordered by it."""

    labels: NDArray[np.int64]
    clusters: tuple[Cluster, ...]


def cluster(vectors: NDArray[np.float32], texts: Sequence[str], seed: int) -> Clustering:
    """Return topics of ``texts`` by seeded k-means over their unit rows ``vectors``, shape (n, dimension).

    k = sqrt(n / 2), at most 60. Clusters are numbered by size, ties by their first member.
    """
    import numpy as np

    count = len(texts)
    if count == 0:
        return Clustering(np.zeros(0, dtype=np.int64), ())
    k = cluster_count(count)
    raw = np.zeros(count, dtype=np.int64) if k == 1 else _k_means(vectors, k, seed)
    kinds, first, inverse, sizes = np.unique(raw, return_index=True, return_inverse=True, return_counts=True)
    by_size = np.lexsort((first, -sizes))
    new = np.empty(len(kinds), dtype=np.int64)
    new[by_size] = np.arange(len(kinds))
    labels = new[inverse]
    titles = _titles(labels, texts, len(kinds))
    clusters = [Cluster(at, titles[at], int(size)) for at, size in enumerate(sizes[by_size])]
    return Clustering(labels, tuple(clusters))


def cluster_count(count: int) -> int:
    """Return k for ``count`` texts: sqrt(n / 2), between 1 and 60; under 8 texts make one topic."""
    return 1 if count < 8 else min(MAX_CLUSTERS, max(2, round(math.sqrt(count / 2))))


def _k_means(vectors: NDArray[np.float32], k: int, seed: int) -> NDArray[Any]:
    from sklearn.cluster import MiniBatchKMeans  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # One thread: sums in another order would move a text on the border between two runs.
    with threadpool_limits(limits=1):
        model = MiniBatchKMeans(n_clusters=k, random_state=seed, n_init=3, batch_size=1024, max_iter=50)
        return model.fit_predict(vectors)  # type: ignore[no-any-return]


def _titles(labels: NDArray[np.int64], texts: Sequence[str], k: int) -> list[str]:
    """Return one title a cluster: its terms of highest class-based TF-IDF, tf * log(1 + A / f).

    tf: the term's share of the cluster's words; f: its count in all clusters; A: words of a cluster on average
    (Grootendorst 2022, arXiv 2203.05794, section 3.3).
    """
    from collections import Counter

    counts: list[Counter[str]] = [Counter() for _ in range(k)]
    holders: list[Counter[str]] = [Counter() for _ in range(k)]
    for label, text in zip(labels.tolist(), texts, strict=True):
        found = _terms(text)
        counts[label].update(found)
        holders[label].update(set(found))
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    average = max(1.0, total.total() / k)
    titles = []
    for label in range(k):
        # A term that one text alone uses names that text, not the topic.
        shared = [term for term, texts_with in holders[label].items() if texts_with > 1] or list(counts[label])
        weight = {term: counts[label][term] * math.log(1 + average / total[term]) for term in shared}
        best = _distinct(sorted(weight, key=lambda term: (-weight[term], term)))
        titles.append(", ".join(best) or "other")
    return titles


def _terms(text: str) -> list[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # type: ignore[import-untyped]

    prose = CODE.sub(lambda match: f" {match.group().strip('`~')} ", text).casefold()
    return [term for term in TERM.findall(prose) if term not in ENGLISH_STOP_WORDS and term not in FRAME]


def _distinct(terms: Sequence[str]) -> list[str]:
    """Return the first terms that are no form of one already taken ("parse", "parser")."""
    taken: list[str] = []
    for term in terms:
        if not any(term.startswith(other[:5]) or other in term for other in taken):
            taken.append(term)
        if len(taken) == TITLE_TERMS:
            break
    return taken
