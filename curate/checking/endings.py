"""How the texts of a set go on after given words, and which words they have.

Knows texts and counts. It must not know what an answer is cut short by: `truncation` asks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

ENOUGH = 4  # times that words must have been seen before what follows them tells anything
_TOKEN = re.compile(r"`[^`\n]*`|[\w'’-]+|[.!?:;](?!\w)|\n\s*|[^\s\w]")
_STOPS = frozenset(".!?:;")
_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")


def tokens(text: str) -> list[str]:
    """Return words, stops and line ends of ``text``, casefolded; code in backticks is one token."""
    found = _TOKEN.findall(text.casefold())
    return ["`" if token[0] == "`" and len(token) > 1 else "\n" if token.isspace() else token for token in found]


class Continuations:
    """How often the texts of a set end, and how often they go on, after each of some runs of two to four tokens."""

    def __init__(self, wanted: Collection[tuple[str, ...]], texts: Iterable[str]) -> None:
        self._counts: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
        self._next: dict[tuple[str, ...], Counter[str]] = {run[-3:-1]: Counter() for run in wanted if len(run) > 2}
        runs = {run[-size:] for run in wanted for size in (2, 3, 4) if len(run) >= size}
        lasts = {run[-1] for run in runs}
        for text in texts if runs else ():
            found = [*tokens(text.rstrip()), "\n"]
            for at, token in enumerate(found[:-1]):
                if (after := self._next.get((found[at - 1], token))) is not None:
                    after[found[at + 1]] += 1
                if token in lasts:
                    ends = found[at + 1] in _STOPS or found[at + 1] == "\n"
                    for size in (2, 3, 4):
                        run = tuple(found[at + 1 - size : at + 1]) if at + 1 >= size else ()
                        if run in runs:
                            self._counts[run][ends] += 1

    def share_ended(self, run: tuple[str, ...]) -> float | None:
        """Return in which share of places the text ended after the longest known part of ``run``, None if too few.

        Two tokens tell something only where they are all there is.
        """
        for size in (4, 3, 2) if len(run) == 2 else (4, 3):
            if len(run) >= size and sum(counts := self._counts.get(run[-size:], [0, 0])) >= ENOUGH:
                return counts[1] / sum(counts)
        return None

    def whole_word(self, run: tuple[str, ...]) -> str:
        """Return the word that ``run`` ends with a part of: what follows its other tokens, if the part never does."""
        after = self._next.get(run[-3:-1], Counter())
        word, count = after.most_common(1)[0] if after else ("", 0)
        return word if count >= ENOUGH and not after[run[-1]] and word.startswith(run[-1]) else ""


class Vocabulary:
    """The words that texts have."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = sorted({word for text in texts for word in _WORD.findall(text.casefold())})

    def longer(self, word: str) -> str:
        """Return a word that begins with ``word``, or nothing if there is none or ``word`` itself is one."""
        at = bisect_left(self._words, word)
        found = self._words[at] if at < len(self._words) else ""
        return found if found != word and found.startswith(word) else ""
