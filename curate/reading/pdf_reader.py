"""Read a PDF: its text as Markdown, its outline as headings, each block with its page.

Knows pages and lines. What repeats on most pages is no text, words cut at a line's end are joined, lines in a
typewriter face are code. It must not know what a chunk is.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

from tuneproof.curate.reading import derived
from tuneproof.curate.reading.derived import Derived, Writer
from tuneproof.curate.reading.unreadable import Unreadable, refusing

MAX_PAGES = 5000
MAX_CHARS = 20_000_000
MAX_OUTLINE = 5000
_MONO = re.compile(r"mono|courier|consol|menlo|typewriter|cmtt|inconsolata|source ?code|fixed", re.IGNORECASE)
_BULLET = re.compile(r"^[•◦▪‣∙●○·*–-]\s+(?=\S)")
_NUMBER = re.compile(r"^\d{1,3}[.)]\s+(?=\S)")
_HYPHENATED = re.compile(r"([^\W\d_]+)-$")
_PAGE_NUMBER = re.compile(r"(?:page )?[\divxlc]{1,6}(?: (?:of|/) \d+)?", re.IGNORECASE)
_SIGNS = re.compile(r"[\ufffe\u00ad\x02]+")
# The share of a page's height, above and below, in which a running header or footer stands.
_EDGE = 0.1
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: ``top`` and ``bottom`` in points from the foot of the page, ``size`` of its letters."""

    text: str
    page: int
    left: float
    bottom: float
    top: float
    size: float
    mono: bool = False
    level: int = 0
    at_edge: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    level: int
    page: int


def read_pdf(raw: bytes, path: str) -> Derived:
    """Return the text of every page as Markdown; each place names the page, counted from 1.

    Raises:
        Unreadable: it is no PDF, is encrypted, is larger than a document, or holds pictures of pages only.
    """
    with refusing(path, "PDF"):
        import pypdfium2

        document = pypdfium2.PdfDocument(raw)
        try:
            if len(document) > MAX_PAGES:
                raise Unreadable(path, f"{len(document)} pages are more than {MAX_PAGES}")
            pages = list(_pages(document, path))
            outline = list(_outline(document))
            title = str((document.get_metadata_dict() or {}).get("Title") or "").strip()
        finally:
            document.close()
        pages = _without_repeats(pages)
        if not any(pages):
            raise Unreadable(path, "no text in it; its pages may be pictures")
        return _write(pages, outline).derived(title if _is_title(title) else None)


def _is_title(title: str) -> bool:
    return len(title) > 2 and not re.search(r"\.(?:docx?|tex|indd|pdf|html?)$|^untitled", title, re.IGNORECASE)


def _pages(document: Any, path: str) -> Iterator[list[_Line]]:
    chars = 0
    for number in range(len(document)):
        page = document[number]
        text_page = page.get_textpage()
        try:
            chars += text_page.count_chars()
            if chars > MAX_CHARS:
                raise Unreadable(path, f"more than {MAX_CHARS} characters of text")
            yield list(_lines(text_page, number, float(page.get_height())))
        finally:
            text_page.close()
            page.close()


def _lines(page: Any, number: int, height: float) -> Iterator[_Line]:
    """Yield the lines of a page, in the order of its text."""
    for left, bottom, right, top in _boxes(page):
        raw = derived.clean(_SIGNS.sub("-", page.get_text_bounded(left, bottom, right, top)))
        text = " ".join(raw.split())
        if not text:
            continue
        size, mono = _face(page, (left, bottom, right, top))
        if mono:
            # The blanks of code are part of it.
            text = raw.replace("\n", " ").rstrip()
        at_edge = top > (1 - _EDGE) * height or bottom < _EDGE * height
        yield _Line(text, number, left, bottom, top, size or top - bottom, mono, at_edge=at_edge)


def _boxes(page: Any) -> Iterator[Box]:
    """Yield one box (left, bottom, right, top) a line: boxes of one face that follow each other at one height."""
    current: Box | None = None
    for at in range(page.count_rects()):
        left, bottom, right, top = page.get_rect(at)
        if current is not None:
            shared = min(current[3], top) - max(current[1], bottom)
            if shared > 0.4 * min(top - bottom, current[3] - current[1]) and left >= current[2] - 2:
                current = (current[0], min(current[1], bottom), right, max(current[3], top))
                continue
            yield current
        current = (left, bottom, right, top)
    if current is not None:
        yield current


def _face(page: Any, box: Box) -> tuple[float, bool]:
    """Return the size in points and whether the face is a typewriter's, of the first letter found in ``box``."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = box
    for step in range(1, 8):
        at = page.get_index(left + (right - left) * step / 9, (bottom + top) / 2, 4, 4)
        if at is not None:
            name = ctypes.create_string_buffer(128)
            flags = ctypes.c_int()
            pdfium.FPDFText_GetFontInfo(page, at, name, 128, ctypes.byref(flags))
            fixed = bool(flags.value & 1) or bool(_MONO.search(name.value.decode(errors="replace")))
            return float(pdfium.FPDFText_GetFontSize(page, at)), fixed
    return 0.0, False


def _outline(document: Any) -> Iterator[_Entry]:
    for count, item in enumerate(document.get_toc(max_depth=12)):
        if count >= MAX_OUTLINE:
            return
        target = item.get_dest()
        page = target.get_index() if target is not None else None
        title = " ".join(derived.clean(item.get_title() or "").split())
        if page is not None and title:
            yield _Entry(title, item.level + 1, int(page))


def _without_repeats(pages: Sequence[list[_Line]]) -> list[list[_Line]]:
    """Take away lines at the edges that most pages share, digits aside, and lone page numbers there."""
    seen = Counter(key for page in pages for key in {_key(line) for line in page if line.at_edge})
    filled = sum(bool(page) for page in pages)
    enough = max(3, filled // 2 + 1)

    def is_text(line: _Line) -> bool:
        if not line.at_edge:
            return True
        return seen[_key(line)] < enough and not (filled > 1 and _PAGE_NUMBER.fullmatch(line.text))

    return [[line for line in page if is_text(line)] for page in pages]


def _key(line: _Line) -> str:
    return f"{re.sub(r'[0-9]+', '#', line.text.lower())}@{round(line.bottom / 12)}"


def _write(pages: Sequence[list[_Line]], outline: Sequence[_Entry]) -> Writer:
    writer = Writer()
    body = median(line.size for page in pages for line in page)
    words = frozenset(
        word for page in pages for line in page for word in re.findall(r"[^\W\d_]+-[^\W\d_]+", line.text.lower())
    )
    entries: dict[int, list[_Entry]] = {}
    for entry in outline:
        entries.setdefault(entry.page, []).append(entry)
    for number, page in enumerate(pages):
        lines = _with_headings(page, entries.get(number, []), number) if outline else _by_size(page, body)
        for group in _groups(lines):
            writer.add(_block(group, words), {"page": number + 1})
    return writer


def _with_headings(page: Sequence[_Line], entries: Sequence[_Entry], number: int) -> list[_Line]:
    """Return the page's lines with each outline entry as a heading: the line that says it, else one of its own."""
    lines = list(page)
    after = 0
    for entry in entries:
        wanted = _letters(entry.title)
        at, used = next(
            ((at, used) for at in range(after, len(lines)) for used in (1, 2, 3)
             if _letters("".join(line.text for line in lines[at : at + used])).removeprefix(wanted) == ""
             or _ends_with(lines[at].text, wanted)),
            (after, 0),
        )  # fmt: skip
        lines[at : at + used] = [_Line(entry.title, number, 0, 0, 0, 0, level=entry.level)]
        after = at + 1
    return lines


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _ends_with(text: str, wanted: str) -> bool:
    # A number that the outline leaves out: "3.1 Limits".
    return bool(wanted) and re.sub(r"^\d+", "", _letters(text)) == wanted


def _by_size(page: Sequence[_Line], body: float) -> list[_Line]:
    """Mark short lines in larger letters as headings; only where the document has no outline."""
    marked: list[_Line] = []
    for line in page:
        ratio = line.size / body if body else 1.0
        short = len(line.text) <= 90 and not line.mono and not line.text.endswith((".", ",", ";"))
        level = 1 if ratio >= 1.6 else 2 if ratio >= 1.3 else 3 if ratio >= 1.12 else 0
        marked.append(replace(line, level=level) if level and short and re.search(r"[^\W\d_]{2}", line.text) else line)
    return marked


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield runs of lines that make one block: a heading, code, a list entry, a paragraph."""
    group: list[_Line] = []
    gaps = [a.bottom - b.top for a, b in pairwise(lines) if 0 <= a.bottom - b.top < 40]
    usual = median(gaps) if gaps else 0.0
    for line in lines:
        last = group[-1] if group else None
        if last is not None and (
            last.level
            or line.level
            or last.mono != line.mono
            or bool(_BULLET.match(line.text) or _NUMBER.match(line.text))
            or (not line.mono and last.bottom - line.top > usual + 0.45 * line.size)
            or line.top > last.top + line.size
        ):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _block(group: Sequence[_Line], words: frozenset[str]) -> str:
    first = group[0]
    if first.level:
        return derived.heading(first.level, derived.escape(first.text))
    if first.mono:
        left = min(line.left for line in group)
        width = max(first.size * 0.6, 1.0)
        return derived.fence("\n".join(" " * round((line.left - left) / width) + line.text for line in group))
    text = derived.escape(_joined(group, words))
    bullet, numbered = _BULLET.match(text), _NUMBER.match(text)
    if bullet:
        return derived.items([derived.paragraph(text[bullet.end() :])])
    if numbered:
        return text
    return derived.paragraph(text)


def _joined(group: Sequence[_Line], words: frozenset[str]) -> str:
    """Return the lines as one; a word cut at a line's end is whole again unless written with a hyphen elsewhere."""
    text = ""
    for line in group:
        cut = _HYPHENATED.search(text)
        following = re.match(r"[^\W\d_]+", line.text)
        if cut and following and following.group(0).islower():
            whole = f"{cut.group(1)}-{following.group(0)}".lower()
            text = (text if whole in words else text[:-1]) + line.text
        else:
            text = f"{text} {line.text}" if text else line.text
    return text
