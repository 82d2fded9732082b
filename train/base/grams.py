"""Word n-grams as 64-bit integers, and the near-duplicate test built on them.

Knows how a text becomes an array of n-gram hashes and which texts of an ordered
list repeat what came before. Must not know where the texts come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

#: Length, in words, of the runs that two texts may not share (the contamination rule).
CONTAMINATION_WORDS = 13
#: Length, in words, of the runs by which near-duplicates are found, and the repeated share that makes one.
DUPLICATE_WORDS = 6
DUPLICATE_SHARE = 0.6

_WORD = re.compile(r"\w+")
_PRIME = 0x9E3779B97F4A7C15


class GramHasher:
    """Turns texts into arrays of n-gram hashes; keeps the hash of every word it has met."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}

    def grams(self, text: str, n: int = CONTAMINATION_WORDS) -> Hashes:
        """Hash each run of `n` lower-cased words of `text`; shape (words - n + 1,), empty if shorter."""
        import numpy as np

        words = _WORD.findall(text.lower())
        if len(words) < n:
            return np.empty(0, dtype=np.uint64)
        known = self._words
        codes = np.fromiter((known.get(w) or self._add(w) for w in words), dtype=np.uint64, count=len(words))
        size = len(words) - n + 1
        out = np.zeros(size, dtype=np.uint64)
        prime = np.uint64(_PRIME)
        for offset in range(n):
            out = out * prime + codes[offset : offset + size]
        return out

    def union(self, texts: Iterable[str], n: int = CONTAMINATION_WORDS) -> Hashes:
        """Sorted unique hashes of all runs of `n` words in `texts`."""
        import numpy as np

        parts = [self.grams(text, n) for text in texts]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)

    def _add(self, word: str) -> int:
        code = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little") | 1
        self._words[word] = code
        return code


def shares_any(grams: Hashes, known: Hashes) -> bool:
    """Whether one of `grams` is in the sorted array `known`."""
    import numpy as np

    if not len(grams) or not len(known):
        return False
    at = np.searchsorted(known, grams)
    at[at == len(known)] = 0
    return bool((known[at] == grams).any())


def repeated(texts: Sequence[str], hasher: GramHasher) -> list[bool]:
    """For each text, whether it repeats earlier ones: exactly, or in most of its six-word runs."""
    import numpy as np

    seen: set[bytes] = set()
    exact: list[bool] = []
    per_text: list[Hashes] = []
    for text in texts:
        key = blake2b(" ".join(_WORD.findall(text.lower())).encode("utf-8", "replace"), digest_size=12).digest()
        exact.append(key in seen)
        seen.add(key)
        per_text.append(hasher.grams(text, DUPLICATE_WORDS))
    if not texts:
        return []
    sizes = np.array([len(g) for g in per_text])
    owner = np.repeat(np.arange(len(texts)), sizes)
    flat = np.concatenate(per_text)
    _, first, inverse = np.unique(flat, return_index=True, return_inverse=True)
    old = owner[first[inverse]] < owner
    count = np.bincount(owner[old], minlength=len(texts))
    near = (sizes > 0) & (count >= DUPLICATE_SHARE * sizes)
    return [bool(e or n) for e, n in zip(exact, near, strict=True)]
