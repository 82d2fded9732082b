"""Lines and spans of a text, in UTF-8 bytes.

Knows where lines begin the way Python and CommonMark count them, and what a cut piece of a document looks like before
it has an identity. It must not know what is cut, or why.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

BOM = b"\xef\xbb\xbf"
_NEWLINE = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a document: bytes ``start`` to ``end`` of its UTF-8 content, under ``heading_path``.

    ``pointer`` is the JSON pointer of the value that it holds, where the document is one of values.
    """

    kind: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    warning: str | None = None
    pointer: str | None = None


class Lines:
    """The lines of a UTF-8 text, counted from 0. Only ``\\n``, ``\\r\\n`` and ``\\r`` end one.

    A form feed or U+2028 ends no line for Python's parser or CommonMark; ``str.splitlines`` would cut there and every
    later span would be wrong. A leading byte order mark belongs to no line: it is a mark, not text.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        first = len(BOM) if data.startswith(BOM) else 0
        self.starts = [first, *(match.end() for match in _NEWLINE.finditer(data))]

    def offset(self, line: int, column: int = 0) -> int:
        """Return the byte offset of ``column`` (bytes) in ``line``; a line past the end is the end of the text."""
        return self.starts[line] + column if line < len(self.starts) else len(self.data)

    def line_of(self, offset: int) -> int:
        """Return the line that holds byte ``offset``."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def trim(self, first: int, last: int) -> tuple[int, int] | None:
        """Return the bytes of lines ``first`` to ``last`` (exclusive), blank lines around left out; None if all are."""
        while first < last and not self.data[self.offset(first) : self.offset(first + 1)].strip(b" \t\r\n"):
            first += 1
        start = self.offset(first)
        end = start + len(self.data[start : self.offset(last)].rstrip(b" \t\r\n"))
        return (start, end) if end > start else None
