"""Shingles of many texts at once, as 64-bit hashes: what `wording` says a shingle is, in arrays.

Knows text and arithmetic. It must not know pairs nor thresholds. Hashing is the same in every process.
A polynomial hash over the concatenated text gives any substring's hash from two prefix sums (Karp and Rabin 1987),
so that words, word pairs and character runs cost a few array operations and no loop over characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tuneproof.curate.wording import TOKEN, normal_form
from tuneproof.datasets.workspace.identity import digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

BATCH = 2048  # texts hashed together: some megabytes of arrays
GRAM = 4  # characters in a row that a signature is made of
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_WORDS, _PAIRS, _GRAMS = 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7, 0xAAAAAAAAAAAAAAAB


def padded(text: str) -> str:
    """Return the words of ``text`` with single spaces between and two around; its normal form if it has no word."""
    form = normal_form(text)
    return f"  {' '.join(TOKEN.findall(form) or [form])}  "


def gram_hashes(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """Return the hashes of every four characters of the padded ``texts`` and where each text's begin, shape (n,).

    Repeats are kept: a minimum does not mind them. Every text has at least one.
    """
    import numpy as np

    parts: list[Hashes] = []
    counts: list[NDArray[np.int64]] = []
    for batch in _batches(texts):
        line = _Line([padded(text) for text in batch])
        parts.append(line.grams(GRAM)[0])
        counts.append(line.lengths - (GRAM - 1))
    if not parts:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    every = np.concatenate(counts)
    return np.concatenate(parts), np.cumsum(every) - every


def short_sets(texts: Sequence[str]) -> Iterator[frozenset[int]]:
    """Yield the hashed ``wording.short_shingles`` of each text: words, word pairs, runs of four and five."""
    import numpy as np

    for batch in _batches(texts):
        line = _Line([padded(text) for text in batch])
        found = [line.words(1), line.words(2), line.grams(4), line.grams(5)]
        hashes = np.concatenate([one for one, _ in found])
        owners = np.concatenate([owner for _, owner in found])
        yield from _sets(batch, hashes, owners)


def long_sets(texts: Sequence[str]) -> Iterator[frozenset[int]]:
    """Yield the hashed ``wording.long_shingles`` of each text: every five words in a row."""
    for batch in _batches(texts):
        hashes, owners = _Line([padded(text) for text in batch]).words(5)
        yield from _sets(batch, hashes, owners, fewest=5)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[at : at + BATCH] for at in range(0, len(texts), BATCH))


def _sets(texts: Sequence[str], hashes: Hashes, owners: NDArray[np.int64], fewest: int = 1) -> Iterator[frozenset[int]]:
    import numpy as np

    order = np.argsort(owners, kind="stable")
    bounds = np.searchsorted(owners[order], np.arange(len(texts) + 1))
    values = hashes[order].tolist()
    for at, text in enumerate(texts):
        found = values[bounds[at] : bounds[at + 1]]
        # A text of too few words is its own only shingle, so that it matches itself and nothing else.
        if not found or (fewest == 1 and not TOKEN.search(normal_form(text))):
            found = [int(digest("whole", normal_form(text)), 16)]
        yield frozenset(found)


class _Line:
    """A batch of padded texts laid end to end, with the prefix sums that give any substring's hash."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        self.lengths = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
        points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        self.owner = np.repeat(np.arange(len(texts)), self.lengths)
        self.space = points == 32
        powers = np.full(len(points) + 1, _BASE, dtype=np.uint64)
        inverses = np.full(len(points) + 1, _INVERSE, dtype=np.uint64)
        powers[0] = inverses[0] = 1
        powers, self.inverses = np.cumprod(powers), np.cumprod(inverses)
        self.sums = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(_mixed(points.astype(np.uint64)) * powers[:-1], out=self.sums[1:])

    def grams(self, size: int) -> tuple[Hashes, NDArray[np.int64]]:
        """Return the hash and the owner of every ``size`` characters in a row within one text."""
        import numpy as np

        starts = np.flatnonzero(self.owner[: len(self.owner) - size + 1] == self.owner[size - 1 :])
        return self._hash(starts, starts + size, _GRAMS + size), self.owner[starts]

    def words(self, size: int) -> tuple[Hashes, NDArray[np.int64]]:
        """Return the hash and the owner of every ``size`` words in a row within one text."""
        import numpy as np

        before = np.concatenate(([True], self.space[:-1]))
        after = np.concatenate((self.space[1:], [True]))
        starts = np.flatnonzero(~self.space & before)
        ends = np.flatnonzero(~self.space & after) + 1
        if len(starts) < size:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
        first, last = starts[: len(starts) - size + 1], ends[size - 1 :]
        within = self.owner[first] == self.owner[last - 1]
        first, last = first[within], last[within]
        return self._hash(first, last, (_WORDS if size == 1 else _PAIRS) + size), self.owner[first]

    def _hash(self, starts: NDArray[np.int64], ends: NDArray[np.int64], salt: int) -> Hashes:
        import numpy as np

        return _mixed((self.sums[ends] - self.sums[starts]) * self.inverses[starts] + np.uint64(salt % (1 << 64)))


def _mixed(values: Hashes) -> Hashes:
    """Return ``values`` well mixed (the finaliser of splitmix64, Steele et al. 2014)."""
    import numpy as np

    values = values + np.uint64(_BASE)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
