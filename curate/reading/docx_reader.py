"""Read a Word document: headings by style, lists, tables and code as Markdown, each block with its paragraph's number.

Knows Word's styles, and what a zip file may claim. It must not know what a chunk is.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from tuneproof.curate.reading import derived
from tuneproof.curate.reading.derived import Derived, Writer
from tuneproof.curate.reading.unreadable import Unreadable, refusing

MAX_PARTS = 5000
MAX_UNPACKED = 100_000_000
MAX_XML = 40_000_000
# A part of this size that shrank to less than a hundredth was made to be large.
MAX_RATIO = 200
_HEADING = re.compile(r"^(?:heading|überschrift|titre|título) ?(\d)$", re.IGNORECASE)
_CODE = re.compile(r"code|source|preformatted|verbatim|listing|terminal|console|macro ?text|html sample", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consolas|menlo|lucida console|source code|cascadia|fira code", re.IGNORECASE)
_QUOTE = re.compile(r"quote|block ?text", re.IGNORECASE)
_LIST = re.compile(r"^list (?P<kind>bullet|number|paragraph|continue)?", re.IGNORECASE)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_docx(raw: bytes, path: str) -> Derived:
    """Return the document's body as Markdown; each place names the block, counted from 1.

    Raises:
        Unreadable: it is no Word document, would unpack to more than a document holds, declares entities, or is empty.
    """
    with refusing(path, "DOCX"):
        import docx
        from docx.opc.exceptions import OpcError
        from lxml import etree

        _check_archive(raw, path)
        try:
            document = docx.Document(io.BytesIO(raw))
        except (OpcError, etree.LxmlError) as error:
            raise Unreadable(path, f"not valid DOCX: {' '.join(str(error).split())[:120]}") from error
        body = _Body(document)
        for number, block in enumerate(document.iter_inner_content(), start=1):
            body.add(block, number)
        body.flush()
        title = document.core_properties.title
    found = body.writer.derived(title or None)
    if not found.content:
        raise Unreadable(path, "no text in it")
    return found


def _check_archive(raw: bytes, path: str) -> None:
    """Refuse an archive by what it declares, then by what it really unpacks to, before anything parses it."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        declared = sum(part.file_size for part in parts)
        if len(parts) > MAX_PARTS or declared > MAX_UNPACKED:
            raise Unreadable(path, f"it declares {len(parts)} parts of {declared} bytes, more than a document holds")
        if any(part.file_size > 1_000_000 and part.file_size > MAX_RATIO * part.compress_size for part in parts):
            raise Unreadable(path, "a part unpacks to hundreds of times its size")
        total = 0
        for part in parts:
            is_xml = part.filename.endswith((".xml", ".rels"))
            size = 0
            with archive.open(part) as stream:
                head = b""
                while block := stream.read(1 << 16):
                    head = head or block
                    size += len(block)
                    if total + size > MAX_UNPACKED or (is_xml and size > MAX_XML):
                        raise Unreadable(path, "it unpacks to more than a document holds")
            total += size
            if is_xml and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
                raise Unreadable(path, "a part declares entities, which no Word document needs")


@dataclass(slots=True)
class _Body:
    """Collects blocks; list entries and lines of code that follow each other are kept until the run ends."""

    document: Any
    writer: Writer = field(default_factory=Writer)
    entries: list[tuple[int, bool, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    started: int = 0
    formats: dict[tuple[str, str], bool] = field(default_factory=dict)

    def add(self, block: Any, number: int) -> None:
        """Take the next paragraph or table of the body."""
        if not hasattr(block, "runs"):
            self.flush()
            self.writer.add(self.table(block), {"block": number})
            return
        style = _style(block)
        text = block.text
        if not text.strip():
            # A blank line inside a run of code belongs to it.
            if self.lines and _CODE.search(style):
                self.lines.append("")
            elif not self.lines:
                self.flush()
            return
        if _CODE.search(style) or _is_typed(block):
            self.flush(code=True)
            self.started = self.started if self.lines else number
            self.lines.extend(text.split("\n"))
            return
        entry = self.entry(block, style)
        if entry is not None:
            changes = bool(self.entries) and entry[0] == 0 and entry[1] != self.entries[0][1]
            self.flush(listed=not changes)
            self.started = self.started if self.entries else number
            self.entries.append((*entry, derived.paragraph(_inline(block))))
            return
        self.flush()
        level = _level(block, style)
        inline = _inline(block)
        locator = {"block": number}
        if level:
            self.writer.add(derived.heading(level, inline), locator)
        elif _QUOTE.search(style):
            self.writer.add(derived.quote(derived.paragraph(inline)), locator)
        else:
            self.writer.add(derived.paragraph(inline), locator)

    def flush(self, code: bool = False, listed: bool = False) -> None:
        """Write what was kept, unless the next block goes on with it."""
        if self.lines and not code:
            self.writer.add(derived.fence("\n".join(self.lines)), {"block": self.started})
            self.lines = []
        if self.entries and not listed:
            self.writer.add(_nested(self.entries), {"block": self.started})
            self.entries = []

    def entry(self, block: Any, style: str) -> tuple[int, bool] | None:
        """Return a list entry's depth and whether it is numbered, or None if the paragraph is none."""
        properties = block._p.pPr
        numbering = None if properties is None else properties.numPr
        named = _LIST.match(style)
        if numbering is not None and numbering.numId is not None and numbering.numId.val:
            depth = numbering.ilvl.val if numbering.ilvl is not None else 0
            return min(int(depth), 8), self.is_numbered(str(numbering.numId.val), str(depth))
        if named is None or (named.group("kind") or "").lower() == "continue":
            return None
        digit = re.search(r"(\d)$", style)
        return (int(digit.group(1)) - 1 if digit else 0), (named.group("kind") or "").lower() == "number"

    def is_numbered(self, number: str, depth: str) -> bool:
        """Say whether the list ``number`` counts its entries at ``depth``, by the document's numbering part."""
        key = (number, depth)
        if key not in self.formats:
            self.formats[key] = _is_counted(self.document, number, depth)
        return self.formats[key]

    def table(self, block: Any) -> str:
        """Return a table; its first row is the head, as Word's own styles have it."""
        rows: list[list[str]] = []
        for row in block.rows:
            cells: list[str] = []
            seen: set[int] = set()
            for cell in row.cells:
                # A merged cell is met once for each column that it covers.
                text = "" if id(cell._tc) in seen else " ".join(_inline(each) for each in cell.paragraphs)
                seen.add(id(cell._tc))
                cells.append(text)
            rows.append(cells)
        return derived.table(rows)


def _is_counted(document: Any, number: str, depth: str) -> bool:
    numbering = next((part for rel in document.part.rels.values() if rel.reltype.endswith("/numbering")
                      for part in [rel.target_part]), None)  # fmt: skip
    if numbering is None:
        return False
    root = numbering.element
    for each in root.iterchildren(f"{_W}num"):
        if each.get(f"{_W}numId") != number:
            continue
        abstract = each.find(f"{_W}abstractNumId")
        wanted = None if abstract is None else abstract.get(f"{_W}val")
        for kind in root.iterchildren(f"{_W}abstractNum"):
            if kind.get(f"{_W}abstractNumId") != wanted:
                continue
            for level in kind.iterchildren(f"{_W}lvl"):
                shape = level.find(f"{_W}numFmt")
                if level.get(f"{_W}ilvl") == depth and shape is not None:
                    return shape.get(f"{_W}val") not in ("bullet", "none")
    return False


def _style(block: Any) -> str:
    return str(getattr(block.style, "name", None) or "")


def _level(block: Any, style: str) -> int:
    """Return the heading level of a paragraph: by its style, a style that it builds on, or its outline level."""
    if style.lower() == "title":
        return 1
    current, seen = block.style, 0
    while current is not None and seen < 10:
        match = _HEADING.match(str(current.name or ""))
        if match:
            return int(match.group(1))
        current, seen = getattr(current, "base_style", None), seen + 1
    properties = block._p.pPr
    outline = None if properties is None else properties.find(f"{_W}outlineLvl")
    value = "9" if outline is None else str(outline.get(f"{_W}val"))
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else 0


def _is_typed(block: Any) -> bool:
    """Say whether all of a paragraph is set in a typewriter face."""
    runs = [run for run in block.runs if run.text.strip()]
    return bool(runs) and all(_MONO.search(run.font.name or "") for run in runs)


def _inline(block: Any) -> str:
    """Return a paragraph's words as Markdown; runs in a typewriter face or a code style are code."""
    parts: list[tuple[bool, str]] = []
    for piece in block.iter_inner_content():
        for run in getattr(piece, "runs", [piece]):
            style = str(getattr(run.style, "name", None) or "")
            typed = bool(_MONO.search(run.font.name or "") or _CODE.search(style))
            if parts and parts[-1][0] == typed:
                parts[-1] = (typed, parts[-1][1] + run.text)
            else:
                parts.append((typed, run.text))
    shown: list[str] = []
    for typed, text in parts:
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() else ""
        shown.append(f"{before}{derived.code(text) if typed else derived.escape(text)}{after}")
    return " ".join("".join(shown).split())


def _nested(entries: list[tuple[int, bool, str]]) -> str:
    """Return a run of list entries with their depths as nested lists; a depth that was skipped is not made up."""
    lines: list[str] = []
    # Of each open list: its depth, its indentation, its entries so far.
    opened: list[tuple[int, int, int]] = []
    for depth, numbered, text in entries:
        while opened and opened[-1][0] > depth:
            opened.pop()
        if not opened or opened[-1][0] < depth:
            indent = opened[-1][1] + (3 if lines and re.match(r" *\d", lines[-1]) else 2) if opened else 0
            opened.append((depth, indent, 0))
        level, indent, count = opened[-1]
        opened[-1] = (level, indent, count + 1)
        mark = f"{count + 1}. " if numbered else "- "
        lines.append(" " * indent + mark + text)
    return "\n".join(lines)
