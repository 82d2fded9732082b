"""Slips of the pen: two texts that are one but for a word with two letters swapped, one doubled, lost or too many.

Knows letters. It must not know meanings, only where a single letter makes another word: in numbers, in what denies, at
a word's end. What stands in code is never a slip.
"""

from __future__ import annotations

from functools import lru_cache

from tuneproof.curate.wording import CODE, TOKEN

SHORTEST = 4  # letters of a word that may have lost one; swapped letters show in three
_DENYING = frozenset(("not", "nor", "non", "none", "never", "without", "cannot", "neither", "nobody", "nothing"))


@lru_cache(maxsize=16384)
def without_slip(left: str, right: str) -> tuple[str, str] | None:
    """Return both texts with the one slip mended by the other's word, or None if they differ in more or otherwise."""
    ours, theirs = _words(left), _words(right)
    if len(ours) != len(theirs) or CODE.findall(left) != CODE.findall(right):
        return None
    apart = [(a, b) for a, b in zip(ours, theirs, strict=True) if a[0] != b[0]]
    if len(apart) != 1:
        return None
    (mine, _), (yours, at) = apart[0]
    if not is_slip(mine, yours):
        return None
    return left, right[:at] + mine + right[at + len(yours) :]


def _words(text: str) -> list[tuple[str, int]]:
    """Return the words of the prose and where each begins."""
    found, at = [], 0
    for number, part in enumerate(CODE.split(text)):
        if number % 2 == 0:
            found += [(match.group(), at + match.start()) for match in TOKEN.finditer(part)]
        at += len(part)
    return found


@lru_cache(maxsize=16384)
def is_slip(left: str, right: str) -> bool:
    """Return whether two words are one but for two letters swapped, or one inside lost, doubled or too many."""
    one, other = left.casefold(), right.casefold()
    if one == other or not (one.isalpha() and other.isalpha()) or min(len(one), len(other)) < SHORTEST - 1:
        return False
    if len(one) == len(other):
        places = [at for at in range(len(one)) if one[at] != other[at]]
        return len(places) == 2 and places[1] == places[0] + 1 and (
            one[places[0]] == other[places[1]] and one[places[1]] == other[places[0]]
        )  # fmt: skip
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) != 1 or len(long) < SHORTEST or _DENYING & {one, other}:
        return False
    # Neither the first nor the last letter: "ever" and "never", "http" and "https" are two words.
    return any(short == long[:at] + long[at + 1 :] for at in range(1, len(long) - 1))
