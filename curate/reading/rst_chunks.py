"""Cut reStructuredText into heading sections; a directive that describes an object is a chunk of its own.

Knows where docutils says that a part begins. It must not render text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes

from tuneproof.curate.reading.rst_tree import Kept, parse_rst, sections
from tuneproof.curate.reading.sections import BlockStart, Path, Section, cut_section, too_long
from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.tokens import Counter
from tuneproof.datasets.workspace.records import Document

DEFINITION = "definition"
_TARGET = re.compile(rb"\.\. _[^\n]*:[ \t]*$")
_NO_BLOCK = (nodes.title, nodes.section, nodes.comment, nodes.system_message, nodes.target)


def rst_spans(document: Document, max_tokens: int, count: Counter) -> Iterator[Span]:
    """Yield the sections of ``document``: from a heading, its label before it, to the next heading of any level.

    Everything that is not blank lies in exactly one span. Blocks are the tree's: a directive with all it holds, a
    literal block, a table, a list. What describes an object (``.. py:function::``, ``.. option::``) has a span of its
    own, and so has each that is nested in it; their paths are those of the section and the names.
    """
    tree = parse_rst(document.content)
    lines = Lines(document.content.encode())
    # A literal block belongs to the paragraph whose colons make it one.
    blocks = [
        BlockStart(line, isinstance(node, nodes.paragraph) and _announces(node))
        for line, node in flow(tree.root)
        if not isinstance(node, nodes.literal_block)
    ]
    starts: list[Section] = [Section((), 0, 0)]
    for section, path in sections(tree.root):
        body = max(1, section.line or 1)
        starts.append(Section(path, max(starts[-1].first, _first_line(body, lines)), 0, body))
    found = list(objects(tree.root))
    for at, start in enumerate(starts):
        last = starts[at + 1].first if at + 1 < len(starts) else len(lines.starts)
        inside = [(first, end, names) for first, end, names in found if start.first <= first < last]
        yield from _cut(Section(start.path, start.first, last, start.body), inside, blocks, lines, max_tokens, count)


def flow(root: Any) -> Iterator[tuple[int, Any]]:
    """Yield the blocks of the document and its sections, each with its first line (from 0), never going back."""
    last = 0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.document | nodes.section):
            waiting.extend(reversed(node.children))
        elif not isinstance(node, _NO_BLOCK):
            last = max(last, first_line(node, last))
            yield last, node


def first_line(node: Any, default: int) -> int:
    """Return the first line (from 0) of a block: its own, or the first that anything in it knows."""
    if isinstance(node, Kept) and node.line:
        return int(node.line) - 1
    return min((int(each.line) - 1 for each in node.findall() if getattr(each, "line", None)), default=default)


def objects(root: Any) -> Iterator[tuple[int, int, Path]]:
    """Yield each directive that describes an object: its lines, and its name after those of the objects around it."""
    for kept, names in described(root):
        yield int(kept.line or 1) - 1, int(kept["last"]), names


def described(root: Any) -> Iterator[tuple[Any, Path]]:
    """Yield each directive that describes an object, with its names, in order."""
    waiting: list[tuple[Any, Path]] = [(root, ())]
    while waiting:
        node, names = waiting.pop()
        if isinstance(node, Kept) and node["is_object"]:
            names = (*names, object_name(node["argument"]))
            yield node, names
        if isinstance(node, nodes.document | nodes.section | Kept):
            waiting.extend((child, names) for child in reversed(node.children))


def object_name(argument: str) -> str:
    """Return the name in the signature of a directive: ``json.dump`` of ``json.dump(obj, *, skipkeys=False)``."""
    first = argument.partition("\n")[0].strip().rstrip("\\")
    if first.startswith(("-", "/", "+")):
        return re.split(r"[\s,=\[]", first)[0]
    found = re.match(r"(?:(?:async|class|static|classmethod|abstract|property|exception) +)*([^\s(:=\[]+)", first)
    return found.group(1) if found else first[:80]


def _announces(paragraph: Any) -> bool:
    return str(paragraph.rawsource).rstrip().endswith(":")


def _first_line(body: int, lines: Lines) -> int:
    """Return the first line of a heading whose underline is the line before ``body``; its labels count as its own."""

    def line(at: int) -> bytes:
        return lines.data[lines.offset(at) : lines.offset(at + 1)].rstrip() if at >= 0 else b""

    first = body - 2
    mark = line(body - 1).strip()
    if mark and line(first - 1).strip()[:1] == mark[:1] and line(first - 1).strip() == mark:
        first -= 1
    above = first - 1
    while above >= 0 and (not line(above) or _TARGET.match(line(above))):
        if line(above):
            first = above
        above -= 1
    return max(0, first)


def _cut(
    section: Section, inside: Sequence[tuple[int, int, Path]], blocks: Sequence[BlockStart], lines: Lines,
    max_tokens: int, count: Counter,
) -> Iterator[Span]:  # fmt: skip
    """Yield the spans of one section in order: what stands between its objects, and each object."""
    at, body = section.first, section.body
    opened: list[tuple[int, Path]] = []

    def between(first: int, last: int) -> Iterator[Span]:
        if opened:
            span = lines.trim(first, last)
            if span is not None:
                data = lines.data[span[0] : span[1]]
                yield Span(DEFINITION, (*section.path, *opened[-1][1]), *span, too_long(data, max_tokens, count))
        elif first < last:
            yield from cut_section(Section(section.path, first, last, body), blocks, lines, max_tokens, count)

    for first, end, names in (*inside, (section.last, section.last, ())):
        while opened and opened[-1][0] <= first:
            stop = max(at, opened[-1][0])
            yield from between(at, stop)
            at = stop
            opened.pop()
        yield from between(at, first)
        at = max(at, first)
        body = None
        if names:
            limit = opened[-1][0] if opened else section.last
            opened.append((min(max(end, first + 1), limit), names))
