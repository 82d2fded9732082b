"""What a short text says, made comparable: its normal form, its words, its shingles and their overlap.

Knows text only. It must not know pairs, nor what an overlap means to whoever asks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

LONG_WORDS = 40  # from here on five words in a row are a shingle; below, too few of them would exist
CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`\n]+`)", re.DOTALL)
TOKEN = re.compile(r"\w+")


@lru_cache(maxsize=65536)
def normal_form(text: str) -> str:
    """Return ``text`` in NFKC, casefolded and with runs of whitespace collapsed; code stays verbatim.

    Code is what stands in backticks or fences: ``Print`` and ``print`` are one word, `` `Print` `` and
    `` `print` `` are two names.
    """
    parts = CODE.split(text)
    folded = [part if at % 2 else _fold(part) for at, part in enumerate(parts)]
    return "".join(folded).strip()


def _fold(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> list[str]:
    """Return the words of the normal form, underscores and digits within a word kept."""
    return TOKEN.findall(normal_form(text))


@lru_cache(maxsize=4096)
def short_shingles(text: str) -> frozenset[str]:
    """Return words, word pairs and padded runs of four and five characters; never an empty set.

    A text without a letter or digit is its own shingle, so that two empty texts match each other and nothing else.
    """
    form = normal_form(text)
    found = TOKEN.findall(form)
    if not found:
        return frozenset([f"={form}"])
    padded = f"  {' '.join(found)}  "
    # The colon keeps a word apart from a run of characters that happens to be spelt the same.
    grams = {f"w:{word}" for word in found}
    grams.update(f"p:{left} {right}" for left, right in pairwise(found))
    grams.update(padded[at : at + size] for size in (4, 5) for at in range(len(padded) - size + 1))
    return frozenset(grams)


@lru_cache(maxsize=4096)
def long_shingles(text: str) -> frozenset[str]:
    """Return every five words in a row; a text of fewer words is one shingle."""
    return frozenset(" ".join(gram) for gram in ngrams(words(text), 5)) or frozenset([f"={normal_form(text)}"])


def ngrams(found: list[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield every ``size`` items in a row, none if there are fewer."""
    return (tuple(found[at : at + size]) for at in range(len(found) - size + 1))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the shared part of two sets, 0..1; two empty sets are equal."""
    if not left and not right:
        return 1.0
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)
