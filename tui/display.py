"""Text of documents made safe and measurable for a terminal.

Knows characters, cells and lines. It must not know what the text is about. Nothing here reads markup, and no control
or direction-changing character gets through: each becomes a visible stand-in, so a document can neither colour the
screen, move the cursor nor hide its words.
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size, split_graphemes

# What a card shows of one text at most; a longer one is cut and says by how much.
DISPLAY_LIMIT = 20_000
TAB = 4
# Joiners shape Indic and Persian words and emoji; the others are visible signs that Unicode calls format characters.
_HARMLESS_FORMATS = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_SHOWN_CATEGORIES = frozenset({"Zs", "Co"})


def visible(text: str) -> str:
    """Return ``text`` with every control, format and unassigned character but tab and newline as a stand-in."""
    if text.isprintable():
        return text
    return "".join(char if char in "\n\t" or char.isprintable() else _stand_in(char) for char in text)


def one_line(text: str) -> str:
    """Return ``text`` as one visible line: newlines become a mark, tabs a space."""
    return visible(text.replace("\r\n", "\n")).replace("\n", " ⏎ ").replace("\t", " ")


def crop(text: str, width: int) -> str:
    """Return ``text`` in exactly ``width`` cells: padded with spaces, or cut and closed by an ellipsis."""
    if width <= 0:
        return ""
    # A grapheme has one cell or two, or none; the head alone decides once it is far longer than the room.
    head = text if len(text) <= 8 * width + 64 else text[: 8 * width + 64]
    if cell_len(head) <= width and head is text:
        return set_cell_size(head, width)
    return set_cell_size(head, width - 1) + "…"


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of ``text`` at most ``width`` cells wide, broken at spaces where there are some.

    Indentation and blank lines stay; no character is dropped but a space that falls on a break. A text longer than
    ``DISPLAY_LIMIT`` characters is cut, and the last line tells how many are not shown.
    """
    rest = len(text) - DISPLAY_LIMIT
    shown = visible(text[:DISPLAY_LIMIT].replace("\r\n", "\n"))
    lines = [piece for line in shown.split("\n") for piece in _fold(line.expandtabs(TAB), max(2, width))]
    if rest > 0:
        lines += _fold(f"[cut for display: {rest:,} more characters]", max(2, width))
    return lines


def _fold(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line]
    pieces: list[str] = []
    start = used = 0
    space: int | None = None
    seen_word = False
    for begin, end, cells in split_graphemes(line)[0]:
        if used + cells > width:
            cut = begin if space is None else space + 1
            pieces.append(line[start:cut].rstrip(" ") if space is not None else line[start:cut])
            start, used = cut, cell_len(line[cut:begin])
            space, seen_word = None, False
            if used == 0 and line[begin:end] == " ":
                start = end
                continue
        if line[begin:end] == " " and seen_word:
            space = begin
        seen_word = seen_word or line[begin:end] != " "
        used += cells
    if start < len(line):
        pieces.append(line[start:])
    return pieces


def _stand_in(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if char in _HARMLESS_FORMATS or unicodedata.category(char) in _SHOWN_CATEGORIES:
        return char
    return f"‹U+{code:04X}›"
