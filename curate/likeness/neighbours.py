"""Which of many sentence vectors are close: every two by cosine, exactly for a few thousand, by trees beyond.

Knows unit vectors only; it must not know what closeness means. The same vectors in the same order and the same seed
give the same answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]
    Scores = NDArray[np.float32]

EXACT = 6000  # rows up to which all are compared with all: some seconds of one core at 384 dimensions
BLOCK = 512
CLOSEST = 16  # neighbours that a row brings in from one comparison: a template's thousand siblings stay out
TREES, LEAF, SKETCH = 8, 128, 48
SEED = 20


def close_pairs(vectors: NDArray[np.float32], floor: float) -> tuple[Rows, Rows, Scores]:
    """Return left, right (left < right) and cosine of rows of ``vectors``, (n, dimension), that are ``floor`` close.

    A pair is there if either of the two is among the other's ``CLOSEST``. Above ``EXACT`` rows, a forest of random
    trees (after Dasgupta and Freund 2008) puts rows into leaves of at most ``LEAF``, and rows that share a leaf in
    any tree are compared: n log n, and what it finds is exact; a pair that no leaf holds is missed.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    count = len(vectors)
    found = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    if count < 2:
        return found[0], found[0], found[1]
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if count <= EXACT:
        pieces = [_close(vectors, np.arange(at, min(at + BLOCK, count)), None, floor) for at in range(0, count, BLOCK)]
        found = _unique(pieces)
    else:
        turn = np.random.default_rng(SEED).standard_normal((vectors.shape[1], SKETCH)).astype(np.float32)
        sketch = vectors @ turn

        def grow(number: int) -> tuple[Rows, Scores]:
            random = np.random.default_rng([SEED, number])
            return _unique([_close(vectors, leaf, leaf, floor) for leaf in _leaves(sketch, random)])

        # A tree a thread: products as small as a leaf's lose more by being shared out than they gain.
        with threadpool_limits(limits=1), ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for piece in pool.map(grow, range(TREES)):
                found = _unique([found, piece])
    codes, scores = found
    return codes // count, codes % count, scores


def _close(vectors: NDArray[np.float32], rows: Rows, others: Rows | None, floor: float) -> tuple[Rows, Scores]:
    """Return coded pairs and cosines of ``rows`` against ``others`` (None: all), the closest of each row."""
    import numpy as np

    count = len(vectors)
    near = vectors[rows]
    cosines = near @ (vectors if others is None else near).T
    hit = cosines >= floor
    here = rows if others is None else np.arange(len(rows))
    hit[np.arange(len(rows)), here] = False
    crowded = np.flatnonzero(hit.sum(axis=1) > CLOSEST)
    if len(crowded):
        some = cosines[crowded]
        some[np.arange(len(crowded)), here[crowded]] = -2.0
        line = np.partition(some, -CLOSEST, axis=1)[:, -CLOSEST]
        hit[crowded] = some >= np.maximum(line, floor)[:, None]
    left, right = np.nonzero(hit)
    score = cosines[left, right]
    one = rows[left]
    other = right if others is None else others[right]
    return np.minimum(one, other) * count + np.maximum(one, other), score


def _unique(pieces: list[tuple[Rows, Scores]]) -> tuple[Rows, Scores]:
    import numpy as np

    codes, at = np.unique(np.concatenate([codes for codes, _ in pieces]), return_index=True)
    return codes, np.concatenate([scores for _, scores in pieces])[at]


def _leaves(sketch: NDArray[np.float32], random: np.random.Generator) -> Iterator[Rows]:
    """Yield the leaves of one tree: each node is cut at the median along the line through two of its own rows.

    Such a line follows the data, so that two close rows are cut apart far more rarely than by a blind direction.
    """
    import numpy as np

    waiting = [np.arange(len(sketch))]
    while waiting:
        rows = waiting.pop()
        if len(rows) <= LEAF:
            yield rows
            continue
        points = sketch[rows]
        ends = points[random.choice(len(rows), 2, replace=False)]
        for _ in range(2):
            # Two rounds of 2-means over a sample move the ends into the middle of what they stand for.
            sample = points[random.integers(0, len(rows), 200)]
            nearer = ((sample[:, None] - ends[None]) ** 2).sum(axis=2).argmin(axis=1)
            if 0 < nearer.sum() < len(sample):
                ends = np.stack([sample[nearer == side].mean(axis=0) for side in (0, 1)])
        along = points @ (ends[0] - ends[1])
        order = np.argpartition(along, len(rows) // 2)
        half = len(rows) // 2
        waiting += [np.sort(rows[order[:half]]), np.sort(rows[order[half:]])]
