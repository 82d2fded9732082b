"""Parse an OpenAPI description, YAML or JSON, into values that know where they stand, in characters.

Knows YAML and JSON syntax, ``$ref`` and its cycles. It must not know what an operation is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MAX_NODES = 400_000
MAX_DEPTH = 100
_REF_HOPS = 16
_TOKEN = re.compile(r'[\s]+|(?P<mark>[{}\[\]:,])|(?P<string>")|(?P<word>-?\d[\d.eE+-]*|true|false|null)')

# Newlines inside strings are let through: they are common, and harm nobody.
_DECODER = json.JSONDecoder(strict=False)


@dataclass(slots=True)
class Node:
    """A value: ``scalar`` of a leaf, ``entries`` of a mapping (key to node), ``items`` of a sequence.

    ``start`` and ``end`` are characters of the text; ``key_start`` is where the key of a mapping's entry begins.
    """

    start: int
    end: int
    scalar: str | int | float | bool | None = None
    entries: dict[str, Node] | None = None
    items: list[Node] | None = None
    key_start: int | None = None

    def get(self, key: str) -> Node | None:
        """Return the value under ``key`` of a mapping, or None."""
        return None if self.entries is None else self.entries.get(key)

    def text(self, key: str) -> str:
        """Return the string under ``key`` in one line, or ""."""
        found = self.get(key)
        return " ".join(found.scalar.split()) if found is not None and isinstance(found.scalar, str) else ""

    def flag(self, key: str) -> bool:
        """Say whether ``key`` is set to true."""
        found = self.get(key)
        return found is not None and found.scalar is True

    def each(self) -> list[Node]:
        """Return the items of a sequence, or none."""
        return self.items or []

    def pairs(self) -> list[tuple[str, Node]]:
        """Return the entries of a mapping, or none."""
        return list((self.entries or {}).items())

    def plain(self) -> Any:
        """Return the value as JSON has it."""
        if self.entries is not None:
            return {key: value.plain() for key, value in self.entries.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.scalar


@dataclass(frozen=True, slots=True)
class OpenApi:
    """A description: its root, and the title that its info gives it."""

    root: Node
    title: str

    def resolve(self, node: Node | None) -> tuple[Node | None, str | None]:
        """Return ``node``, or what its ``$ref`` leads to inside this file with that pointer; (None, None) if nowhere.

        A chain of references that does not end is nowhere.
        """
        pointer: str | None = None
        for _ in range(_REF_HOPS):
            target = None if node is None else node.get("$ref")
            if target is None or not isinstance(target.scalar, str):
                return node, pointer
            pointer = target.scalar
            node = self.at(pointer)
        return None, None

    def at(self, pointer: str) -> Node | None:
        """Return what a local JSON pointer such as ``#/components/schemas/Pet`` leads to, or None."""
        if not pointer.startswith("#"):
            return None
        node: Node | None = self.root
        for part in pointer[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if node is None:
                return None
            if node.items is not None:
                node = node.items[int(key)] if key.isdecimal() and int(key) < len(node.items) else None
            else:
                node = node.get(key)
        return node


def escape_pointer(key: str) -> str:
    """Return ``key`` as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=4)
def parse_openapi(content: str) -> OpenApi:
    """Return the description in ``content``; positions are characters of it, a byte order mark included.

    Raises:
        ValueError: it is no mapping with an ``openapi`` key of version 3, is nested too deeply or holds too much.
    """
    skipped = 1 if content.startswith("\ufeff") else 0
    text = content[skipped:]
    root = _parse_json(text, skipped) if text.lstrip().startswith("{") else None
    if root is None:
        root = _parse_yaml(text, skipped)
    version = root.get("openapi")
    if root.entries is None or version is None or not str(version.scalar).startswith("3."):
        raise ValueError("no openapi key of version 3 at its top")
    info = root.get("info")
    return OpenApi(root, info.text("title") if info is not None else "")


def _parse_yaml(text: str, skipped: int) -> Node:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _check_depth(text)
    # PyYAML takes the newline of other scripts for one, too; positions by index do not depend on that.
    try:
        tree = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    if tree is None:
        raise ValueError("nothing in it")
    return _Composed(yaml.constructor.SafeConstructor(), yaml, skipped).convert(tree)


def _check_depth(text: str) -> None:
    """Refuse brackets nested deeper than a description has: the C parser recurses on its own stack."""
    depth = deepest = 0
    for match in re.finditer(r"[\[{]|[\]}]", text):
        depth = depth + 1 if match.group() in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest > 5 * MAX_DEPTH:
        raise ValueError(f"brackets are nested {deepest} deep")


@dataclass(slots=True)
class _Composed:
    """Turns PyYAML's nodes into ours. An alias is one more view of a value: they are counted, not unrolled for ever."""

    constructor: Any
    yaml: Any
    skipped: int
    count: int = 0

    def convert(self, node: Any, depth: int = 0) -> Node:
        """Return ``node`` and what is in it."""
        self.count += 1
        if self.count > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES} values, aliases unrolled")
        if depth > MAX_DEPTH:
            raise ValueError(f"values are nested more than {MAX_DEPTH} deep")
        start, end = node.start_mark.index + self.skipped, node.end_mark.index + self.skipped
        if isinstance(node, self.yaml.MappingNode):
            entries: dict[str, Node] = {}
            for key, value in node.value:
                made = self.convert(value, depth + 1)
                made.key_start = key.start_mark.index + self.skipped
                if isinstance(key.value, str):
                    entries[key.value] = made
            return Node(start, end, entries=entries)
        if isinstance(node, self.yaml.SequenceNode):
            return Node(start, end, items=[self.convert(item, depth + 1) for item in node.value])
        return Node(start, end, scalar=self.scalar(node))

    def scalar(self, node: Any) -> str | int | float | bool | None:
        """Return a leaf as JSON would have it: dates and the like stay text."""
        kind = str(node.tag).rpartition(":")[2]
        if kind not in ("bool", "int", "float", "null"):
            return str(node.value)
        try:
            made: str | int | float | bool | None = getattr(self.constructor, f"construct_yaml_{kind}")(node)
        except (ValueError, KeyError, self.yaml.YAMLError):
            return str(node.value)
        return made


def _parse_json(text: str, skipped: int) -> Node | None:
    """Return the value in ``text`` if it is JSON, else None: YAML may begin with a brace, too."""
    found: Node | None = None
    # Of each open value: its node, and the key that waits for a value.
    opened: list[tuple[Node, list[tuple[str, int]]]] = []
    at, count = 0, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (found is not None and match.lastgroup is not None):
            return None
        at, begin, mark = match.end(), match.start() + skipped, match.group("mark")
        count += match.lastgroup is not None
        if count > 4 * MAX_NODES or len(opened) > MAX_DEPTH:
            raise ValueError("more values, or deeper ones, than a description holds")
        if match.lastgroup is None or mark in (":", ","):
            continue
        if mark in ("{", "["):
            node = Node(begin, at + skipped, **({"entries": {}} if mark == "{" else {"items": []}))
            opened.append((node, []))
            continue
        if mark in ("}", "]"):
            if not opened or (mark == "}") != (opened[-1][0].entries is not None):
                return None
            node = opened.pop()[0]
            node.end = at + skipped
        else:
            leaf = _leaf(text, match.start())
            if leaf is None:
                return None
            value, at = leaf
            if opened and opened[-1][0].entries is not None and not opened[-1][1]:
                opened[-1][1].append((str(value), begin))
                continue
            node = Node(begin, at + skipped, scalar=value)
        found = _attach(node, opened)
    return found if not opened else None


def _leaf(text: str, at: int) -> tuple[Any, int] | None:
    """Return the string, number or word at ``at`` and where it ends, or None if it is not JSON's."""
    try:
        return _DECODER.raw_decode(text, at)
    except ValueError:
        return None


def _attach(node: Node, opened: list[tuple[Node, list[tuple[str, int]]]]) -> Node | None:
    """Put ``node`` into the innermost open value; return it if there is none: it is the whole."""
    if not opened:
        return node
    parent, waiting = opened[-1]
    if parent.items is not None:
        parent.items.append(node)
    elif parent.entries is not None and waiting:
        key, node.key_start = waiting.pop()
        parent.entries[key] = node
    return None
