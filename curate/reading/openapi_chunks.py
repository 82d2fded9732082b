"""Cut an OpenAPI description into its operations, their parameters, bodies, responses and errors, and its schemas.

Knows where OpenAPI 3 keeps each of them. A chunk is the description's own YAML or JSON, byte for byte; it must not
resolve a reference nor word anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tuneproof.curate.reading.openapi_tree import MAX_NODES, Node, escape_pointer, parse_openapi
from tuneproof.curate.reading.sections import Path, too_long
from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.tokens import Counter
from tuneproof.datasets.workspace.records import Document

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_COMPONENTS = {
    "schemas": "schema", "parameters": "parameter", "responses": "response", "requestBodies": "body",
    "securitySchemes": "security", "headers": "header", "examples": "example",
}  # fmt: skip

# What is left of an operation when its parameters and responses are taken out may be a key and no more.
_BARE_KEY = re.compile(rb"""[\s\]},-]*["']?[\w-]+["']?\s*:\s*[\[{]?""")


@dataclass(frozen=True, slots=True)
class _Part:
    """From character ``start`` to the next part's; ``end`` is where the value itself is over."""

    kind: str
    path: Path
    pointer: str
    start: int
    end: int


def openapi_spans(document: Document, max_tokens: int, count: Counter) -> Iterator[Span]:
    """Yield the parts of a description in the order of the file; every byte that is not blank lies in exactly one.

    A part ends where the first part inside it begins, and goes on behind it: an operation's own keys are the chunks
    of its pointer, each of its parameters and responses is one of its own. A line that only opens a mapping
    (``/pets:``) is a ``heading``.
    """
    description = parse_openapi(document.content)
    # Aliases may show one value in many places: it is cut where it is written, once.
    found = islice(_parts(description.root, document.title), MAX_NODES)
    once = {(part.start, part.kind): part for part in reversed(list(found))}
    parts = sorted(once.values(), key=lambda part: (part.start, -part.end))
    offsets = _byte_offsets(document.content)
    data = document.content.encode()
    lines = Lines(data)
    yield from _spans(parts, offsets, lines, max_tokens, count)


def is_error(status: str) -> bool:
    """Say whether a response's key stands for an error: 4xx and 5xx, and ``default``, which covers them."""
    return status[:1] in ("4", "5") or status == "default"


def operation_name(method: str, path: str) -> str:
    """Return how an operation is named: ``GET /pets/{petId}``."""
    return f"{method.upper()} {path}"


def operations(root: Node) -> Iterator[tuple[str, str, Node, Node, str]]:
    """Yield (method, path, operation, its path item, its JSON pointer) of every operation."""
    paths = root.get("paths")
    for path, item in paths.pairs() if paths is not None else []:
        for method, operation in item.pairs():
            if method in METHODS and operation.entries is not None:
                yield method, path, operation, item, f"#/paths/{escape_pointer(path)}/{method}"


def _parts(root: Node, title: str) -> Iterator[_Part]:
    yield _Part("info", (title,), "#", root.start, root.end)
    for key, node in root.pairs():
        if key not in ("paths", "components") or node.entries is None:
            yield _part("info", (title, key), f"#/{escape_pointer(key)}", node)
            continue
        yield _part("heading", (title, key), f"#/{key}", node)
        for name, inner in node.pairs():
            pointer = f"#/{key}/{escape_pointer(name)}"
            yield _part("heading", (title, name), pointer, inner)
            if key == "paths":
                yield from _path_parts(inner, title, name, pointer)
            else:
                yield from _component_parts(inner, title, name, pointer)


def _path_parts(item: Node, title: str, path: str, pointer: str) -> Iterator[_Part]:
    yield from _parameters(item, (title, path), pointer)
    for method, operation in item.pairs():
        if method not in METHODS or operation.entries is None:
            continue
        names = (title, operation_name(method, path))
        own = f"{pointer}/{method}"
        yield _part("operation", names, own, operation)
        yield from _parameters(operation, names, own)
        body = operation.get("requestBody")
        if body is not None:
            yield _part("body", (*names, "requestBody"), f"{own}/requestBody", body)
        responses = operation.get("responses")
        for status, response in responses.pairs() if responses is not None else []:
            kind = "error" if is_error(status) else "response"
            yield _part(kind, (*names, status), f"{own}/responses/{escape_pointer(status)}", response)


def _parameters(owner: Node, names: Path, pointer: str) -> Iterator[_Part]:
    found = owner.get("parameters")
    for place, parameter in enumerate(found.each() if found is not None else []):
        target = parameter.text("$ref").rpartition("/")[2]
        name = parameter.text("name") or target
        path = (*names, name) if name else names
        yield _Part("parameter", path, f"{pointer}/parameters/{place}", parameter.start, parameter.end)


def _component_parts(group: Node, title: str, name: str, pointer: str) -> Iterator[_Part]:
    for key, node in group.pairs():
        kind = _COMPONENTS.get(name, "component")
        yield _part(kind, (title, name, key), f"{pointer}/{escape_pointer(key)}", node)


def _part(kind: str, path: Path, pointer: str, node: Node) -> _Part:
    start = node.key_start if node.key_start is not None else node.start
    return _Part(kind, path, pointer, start, max(node.end, start))


def _byte_offsets(content: str) -> list[int] | None:
    """Return the byte at which each character begins, or None where every character is one byte."""
    if content.isascii():
        return None
    offsets = [0]
    for char in content:
        offsets.append(offsets[-1] + len(char.encode()))
    return offsets


def _spans(
    parts: list[_Part], offsets: list[int] | None, lines: Lines, max_tokens: int, count: Counter
) -> Iterator[Span]:
    size = len(lines.data)

    def byte(character: int) -> int:
        return character if offsets is None else offsets[min(character, len(offsets) - 1)]

    starts: list[tuple[int, _Part]] = []
    opened: list[_Part] = []
    for part in parts:
        while len(opened) > 1 and opened[-1].end <= part.start:
            ended = opened.pop()
            starts.append((_line_start(lines.data, byte(ended.end)), opened[-1]))
        starts.append((_line_start(lines.data, byte(part.start)), part))
        opened.append(part)
    while len(opened) > 1:
        ended = opened.pop()
        starts.append((_line_start(lines.data, byte(ended.end)), opened[-1]))
    pending: tuple[int, _Part] | None = None
    last = 0
    for at, (start, part) in enumerate(starts):
        begin = max(last, start)
        end = max(begin, starts[at + 1][0] if at + 1 < len(starts) else size)
        last = end
        if pending is None:
            pending = (begin, part)
        elif not _says_something(lines.data[pending[0] : begin]):
            pending = (pending[0], part)
        elif _says_something(lines.data[begin:end]):
            yield from _span(pending, begin, lines, max_tokens, count)
            pending = (begin, part)
    if pending is not None:
        yield from _span(pending, size, lines, max_tokens, count)


def _says_something(piece: bytes) -> bool:
    # Brackets and commas between two parts belong to the one before them.
    return any(char.isalnum() for char in piece.decode(errors="ignore"))


def _span(pending: tuple[int, _Part], end: int, lines: Lines, max_tokens: int, count: Counter) -> Iterator[Span]:
    start, part = pending
    text = lines.data[start:end]
    stripped = text.strip(b" \t\r\n\xef\xbb\xbf") if start == 0 else text.strip(b" \t\r\n")
    if not stripped:
        return
    first = start + text.index(stripped)
    keeps_indent = lines.data.rfind(b"\n", 0, first) + 1
    # The blanks before a key say how deep it stands: with them the chunk is YAML again.
    first = keeps_indent if keeps_indent >= start and not lines.data[keeps_indent:first].strip() else first
    last = start + text.index(stripped) + len(stripped)
    kind = "heading" if _BARE_KEY.fullmatch(stripped) else part.kind
    yield Span(kind, part.path, first, last, too_long(stripped, max_tokens, count), part.pointer)


def _line_start(data: bytes, at: int) -> int:
    """Return where the line of byte ``at`` begins if nothing but blanks and a list's dash stand before it."""
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    return start if not data[start:at].strip(b" \t-") else at
