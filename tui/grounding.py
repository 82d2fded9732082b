"""Where two texts say the same, word by word: the part of a source that carries an answer, what two texts differ in.

Knows words and places. It must not know colours nor widgets. Places count characters that are no white space, so that
they still hold after a text was wrapped.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

WORD = re.compile(r"[^\W_]+")
# A run of so many words that question or answer shares with its source is no coincidence.
RUN = 4
WORDS_COMPARED = 800

Places = tuple[tuple[int, int], ...]


def carried(passage: str, answer: str) -> Places:
    """Return the places in ``passage`` that ``answer`` repeats in runs of at least four words, or whole if shorter."""
    here, there = _words(passage), _words(answer)
    least = min(RUN, len(there))
    if not least:
        return ()
    blocks = _matcher(here, there).get_matching_blocks()
    return tuple((here[b.a][1], here[b.a + b.size - 1][2]) for b in blocks if b.size >= least)


def differing(text: str, other: str) -> Places:
    """Return the places of the words of ``text`` that ``other`` does not have there."""
    here, there = _words(text), _words(other)
    changes = _matcher(here, there).get_opcodes()
    return tuple((here[a][1], here[b - 1][2]) for kind, a, b, _, _ in changes if kind in ("replace", "delete"))


def split_at(lines: Sequence[str], places: Places) -> Iterator[list[tuple[str, bool]]]:
    """Yield each of ``lines``, which hold a text wrapped, as pieces: the piece, and whether it is inside ``places``."""
    starts_ends = iter(places)
    start, end = next(starts_ends, (-1, -1))
    seen = 0
    for line in lines:
        pieces: list[tuple[str, bool]] = []
        begun, inside = 0, False
        for at, char in enumerate(line):
            if char.isspace():
                continue
            while end != -1 and seen >= end:
                start, end = next(starts_ends, (-1, -1))
            now = start <= seen < end
            if now != inside:
                pieces += [(line[begun:at], inside)] if at > begun else []
                begun, inside = at, now
            seen += 1
        pieces.append((line[begun:], inside))
        yield pieces


def _matcher(
    here: Sequence[tuple[str, int, int]], there: Sequence[tuple[str, int, int]]
) -> difflib.SequenceMatcher[str]:
    return difflib.SequenceMatcher(None, [one[0] for one in here], [one[0] for one in there])


def _words(text: str) -> list[tuple[str, int, int]]:
    """Return the words, casefolded, each with its place counted in characters that are no white space."""
    found: list[tuple[str, int, int]] = []
    counted = before = 0
    for match in WORD.finditer(text):
        counted += sum(not char.isspace() for char in text[before : match.start()])
        length = match.end() - match.start()
        found.append((match[0].casefold(), counted, counted + length))
        counted += length
        before = match.end()
        if len(found) == WORDS_COMPARED:
            break
    return found
