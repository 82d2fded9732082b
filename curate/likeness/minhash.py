"""Which of many texts may be alike in wording: MinHash signatures and their bands, over whole arrays.

Knows sets of hashes, never texts. What it returns are candidates: whoever asks verifies them by true Jaccard.
Signatures after Broder 1997, bands after Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BANDS, BAND_ROWS = 21, 6  # finds 99.9% of what is alike by 0.85, 93% of 0.7, 28% of 0.5
PERMUTATIONS = BANDS * BAND_ROWS
WINDOW = 24  # rows of one bucket that a row is held against: what keeps a bucket of a thousand from a million pairs
STEP = 65536  # hashes that stay in the processor's cache while all permutations pass over them


def signatures(hashes: NDArray[np.uint64], starts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the MinHash of each set, shape (n, ``PERMUTATIONS``); set i is ``hashes[starts[i]:starts[i + 1]]``.

    No set may be empty.
    """
    import numpy as np

    random = np.random.default_rng(1)
    scales = random.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32) | np.uint32(1)
    shifts = random.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
    found = np.empty((len(starts), PERMUTATIONS), dtype=np.uint32)
    short = (hashes >> np.uint64(32)).astype(np.uint32)
    ends = np.append(starts[1:], len(hashes))
    at = 0
    while at < len(starts):
        # As many whole sets as fit a step, one at least.
        to = max(at + 1, int(np.searchsorted(ends, starts[at] + STEP, side="right")))
        piece = short[starts[at] : ends[to - 1]]
        inner = starts[at:to] - starts[at]
        values = np.empty_like(piece)
        for number in range(PERMUTATIONS):
            np.multiply(piece, scales[number], out=values)
            np.add(values, shifts[number], out=values)
            found[at:to, number] = np.minimum.reduceat(values, inner)
        at = to
    return found


def candidates(signed: NDArray[np.uint32], least: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return left and right rows, left < right, that share a band and whose signatures agree in ``least`` of 1.

    In a bucket of more than ``WINDOW`` rows each is held against the next ones only, sorted by the following band,
    so that the closest stand together; others of them meet in other bands. Time is n log n, whatever the buckets.
    """
    import numpy as np

    count = len(signed)
    if count < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    keys = _band_keys(signed)
    codes: list[NDArray[np.int64]] = []
    for band in range(BANDS):
        order = np.lexsort((keys[(band + 1) % BANDS], keys[band]))
        row = keys[band][order]
        for distance in range(1, min(WINDOW, count - 1) + 1):
            same = np.flatnonzero(row[distance:] == row[:-distance])
            if not len(same):
                break
            one, other = order[same], order[same + distance]
            codes.append(np.minimum(one, other) * count + np.maximum(one, other))
    if not codes:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    unique = np.unique(np.concatenate(codes))
    left, right = unique // count, unique % count
    agreed = np.empty(len(left), dtype=bool)
    for at in range(0, len(left), STEP):
        part = slice(at, at + STEP)
        agreed[part] = (signed[left[part]] == signed[right[part]]).mean(axis=1) >= least
    return left[agreed], right[agreed]


def _band_keys(signed: NDArray[np.uint32]) -> NDArray[np.uint64]:
    import numpy as np

    scales = np.random.default_rng(2).integers(0, 1 << 63, BAND_ROWS, dtype=np.uint64) | np.uint64(1)
    banded = signed.reshape(len(signed), BANDS, BAND_ROWS)
    keys = np.zeros((BANDS, len(signed)), dtype=np.uint64)
    for place in range(BAND_ROWS):
        keys = (keys ^ banded[:, :, place].T.astype(np.uint64)) * scales[place]
        keys ^= keys >> np.uint64(29)
    return keys
