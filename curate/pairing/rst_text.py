"""Blocks of reStructuredText as text that an answer can hold: marks gone or in backticks, code kept verbatim.

Knows the nodes of docutils and which directives are words, notes, code or tables. It must not know chunks' identity,
nor what a good answer is.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes

from tuneproof.curate.pairing.docstrings import clean
from tuneproof.curate.pairing.markdown_text import Block
from tuneproof.curate.reading.rst_chunks import flow
from tuneproof.curate.reading.rst_tree import Kept

VERSIONS = {
    "versionadded": "Added in version {version}",
    "versionchanged": "Changed in version {version}",
    "versionremoved": "Removed in version {version}",
    "deprecated": "Deprecated since version {version}",
    "deprecated-removed": "Deprecated since version {version}",
}
_QUOTES = frozenset(
    ["note", "warning", "tip", "hint", "important", "caution", "danger", "attention", "error", "admonition", "topic"]
)
_LABELLED = frozenset(["tab", "group-tab", "tab-item", "code-tab"])
_MARKS = re.compile(r"`{3,}")
_MAX_ROWS = 200


def read_rst_blocks(root: Any, bounds: Sequence[int]) -> list[list[Block]]:
    """Return the blocks between each two of ``bounds`` (lines from 0); what describes an object is left out."""
    found: list[list[Block]] = [[] for _ in bounds[1:]]
    for line, node in flow(root):
        place = bisect_right(bounds, line) - 1
        if 0 <= place < len(found):
            found[place].extend(blocks_of(node))
    return found


def blocks_of(node: Any) -> Iterator[Block]:
    """Yield what one node says; nothing for what is only an instruction to a page generator."""
    if isinstance(node, nodes.paragraph | nodes.line_block | nodes.attribution):
        # Nothing but substitutions is a row of badges.
        if any(str(child).strip() for child in node if not isinstance(child, nodes.substitution_reference)):
            yield from _text(inline_text(node))
    elif isinstance(node, nodes.literal_block | nodes.doctest_block):
        language = str(node.get("language", "")) or ("python" if isinstance(node, nodes.doctest_block) else "")
        yield from _fence(node.astext(), language)
    elif isinstance(node, nodes.bullet_list | nodes.enumerated_list):
        yield from _list([rendered(item) for item in node], isinstance(node, nodes.enumerated_list))
    elif isinstance(node, nodes.definition_list):
        yield from _list([_definition(item) for item in node], ordered=False)
    elif isinstance(node, nodes.field_list):
        yield from _list([_field(item) for item in node], ordered=False)
    elif isinstance(node, nodes.option_list):
        yield from _list([_option(item) for item in node], ordered=False)
    elif isinstance(node, nodes.table):
        yield from _table(node)
    elif isinstance(node, nodes.block_quote):
        inner = rendered(node)
        yield from [Block("quote", inner)] if inner else []
    elif isinstance(node, Kept):
        yield from _kept(node)


def rendered(parent: Any) -> str:
    """Return the blocks inside ``parent`` as one text, a blank line between two."""
    return "\n\n".join(block.text for node in parent for block in blocks_of(node) if block.text)


def inline_text(node: Any) -> str:
    """Return the words of a node in one line; code in backticks, targets and footnote marks left out."""
    parts: list[str] = []
    waiting = list(reversed(node.children))
    while waiting:
        child = waiting.pop()
        if isinstance(child, nodes.literal):
            text = " ".join(child.astext().split())
            mark = "``" if "`" in text else "`"
            parts.append(f"{mark}{text}{mark}" if text else "")
        elif isinstance(child, nodes.Text):
            parts.append(child.astext())
        elif isinstance(
            child, nodes.footnote_reference | nodes.citation_reference | nodes.system_message | nodes.image
        ):
            continue
        else:
            waiting.extend(reversed(child.children))
            if isinstance(child, nodes.line):
                parts.append(" ")
    return " ".join("".join(parts).split())


def version_note(node: Any) -> tuple[str, str, str] | None:
    """Return (directive, version, sentence) of a versionadded, versionchanged or deprecated directive, else None."""
    if not isinstance(node, Kept) or node["name"] not in VERSIONS:
        return None
    version, _, rest = clean(str(node["argument"])).partition(" ")
    said = " ".join(each for each in (rest.strip(), " ".join(rendered(node).split())) if each)
    opening = VERSIONS[node["name"]].format(version=version)
    sentence = f"{opening}: {said}" if said else opening
    return str(node["name"]), version, sentence if sentence.endswith((".", "!", "?")) else sentence + "."


def _kept(node: Kept) -> Iterator[Block]:
    name, note = node["name"], version_note(node)
    if node["is_object"]:
        return
    if note is not None:
        yield Block("paragraph", note[2])
    elif name in ("csv-table", "list-table"):
        rows = _csv_rows(node) if name == "csv-table" else _list_rows(node)
        yield from _rows(rows)
    elif name in _QUOTES:
        inner = rendered(node)
        yield from [Block("quote", inner)] if inner else []
    elif name != "seealso":
        if name in _LABELLED and node["argument"]:
            yield Block("paragraph", f"{clean(node['argument'])}:")
        for child in node:
            yield from blocks_of(child)


def _text(text: str) -> Iterator[Block]:
    if text:
        yield Block("paragraph", text)


def _fence(body: str, language: str) -> Iterator[Block]:
    body = body.strip("\n")
    if body.strip():
        mark = "`" * max(3, max((len(run) + 1 for run in _MARKS.findall(body)), default=3))
        info = language if re.fullmatch(r"[\w+#.-]+", language) and language not in ("none", "text", "default") else ""
        yield Block("fence", f"{mark}{info}\n{body}\n{mark}", info)


def _list(items: list[str], ordered: bool) -> Iterator[Block]:
    items = [item for item in items if item.strip()]
    lines: list[str] = []
    for count, item in enumerate(items, start=1):
        mark = f"{count}. " if ordered else "- "
        first, *more = item.split("\n")
        lines.append(mark + first)
        lines.extend(" " * len(mark) + line if line else "" for line in more)
    if items:
        yield Block("list", "\n".join(lines), items=tuple(items), ordered=ordered)


def _definition(item: Any) -> str:
    terms = [inline_text(part) for part in item if isinstance(part, nodes.term)]
    said = [rendered(part) for part in item if isinstance(part, nodes.definition)]
    return f"{', '.join(terms)}: {' '.join(said)}" if said and terms else ""


def _field(item: Any) -> str:
    name, body = item[0], item[1]
    return f"`{name.astext()}`: {rendered(body)}" if len(body) else ""


def _option(item: Any) -> str:
    names = ", ".join(f"`{option.astext()}`" for option in item[0])
    return f"{names}: {rendered(item[1])}"


def _table(node: Any) -> Iterator[Block]:
    rows: list[list[str]] = []
    for row in node.findall(nodes.row):
        rows.append([" ".join(rendered(entry).split()) for entry in row])
    yield from _rows(rows)


def _csv_rows(node: Kept) -> list[list[str]]:
    head = [node["options"]["header"]] if node["options"].get("header") else []
    lines = [*head, *(line for part in node for line in part.astext().split("\n") if line.strip())]
    try:
        rows = list(csv.reader(lines[:_MAX_ROWS], skipinitialspace=True))
    except csv.Error:
        return []
    return [[clean(cell) for cell in row] for row in rows]


def _list_rows(node: Kept) -> list[list[str]]:
    found = next(iter(node.findall(nodes.bullet_list)), None)
    rows: list[list[str]] = []
    for item in found or []:
        inner = next((part for part in item if isinstance(part, nodes.bullet_list)), None)
        rows.append([" ".join(rendered(cell).split()) for cell in inner or []])
    return rows


def _rows(rows: list[list[str]]) -> Iterator[Block]:
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    if len(rows) < 2 or width < 2:
        return
    full = [tuple(row + [""] * (width - len(row))) for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in full]
    lines.insert(1, "|" + " --- |" * width)
    yield Block("table", "\n".join(lines), rows=tuple(full))
