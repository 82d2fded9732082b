"""Parse an OpenAPI description, YAML or JSON, into values that know where they stand, in characters.

Knows YAML and JSON syntax, ``$ref`` and its cycles. It must not know what an operation is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from tuneproof.curate.reading.derived import clean

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

    def plain(self, depth: int = 8, most: int = 40) -> Any:
        """Return the value as JSON has it.

        Raises:
            ValueError: it is deeper or wider than what a reader would look at.
        """
        inner = len(self.entries or self.items or ())
        if depth == 0 or inner > most:
            raise ValueError("larger than an example")
        if self.entries is not None:
            return {key: value.plain(depth - 1, most // 2) for key, value in self.entries.items()}
        if self.items is not None:
            return [item.plain(depth - 1, most // 2) for item in self.items]
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
    """Return the value in the first document of ``text``.

    Built from events, in a loop: PyYAML's own composer recurses in C and takes the process with it where the nesting
    is deep. An alias is the value that it names, once more; it is shared, so that no bomb of aliases unrolls.
    """
    import yaml

    built = _Built(skipped, yaml.resolver.Resolver(), yaml.constructor.SafeConstructor(), yaml.nodes.ScalarNode)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            built.take(event)
            if built.root is not None:
                return built.root
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    raise ValueError("nothing in it")


@dataclass(slots=True)
class _Frame:
    """A value that is still open; ``key`` waits for its value, ``is_key`` says that it is a key itself."""

    node: Node
    anchor: str | None
    is_key: bool
    key: tuple[str | None, int] | None = None


@dataclass(slots=True)
class _Built:
    """Takes events until ``root`` is whole."""

    skipped: int
    resolver: Any
    constructor: Any
    scalar_node: Any
    root: Node | None = None
    count: int = 0
    opened: list[_Frame] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)

    def take(self, event: Any) -> None:
        """Take the next event."""
        kind = type(event).__name__
        start, end = event.start_mark.index + self.skipped, event.end_mark.index + self.skipped
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            parent = self.opened[-1] if self.opened else None
            is_key = parent is not None and parent.node.entries is not None and parent.key is None
            shape: dict[str, Any] = {"entries": {}} if kind == "MappingStartEvent" else {"items": []}
            self.opened.append(_Frame(Node(start, end, **shape), event.anchor, is_key))
            if len(self.opened) > MAX_DEPTH:
                raise ValueError(f"values are nested more than {MAX_DEPTH} deep")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            frame = self.opened.pop()
            frame.node.end = max(frame.node.start, end)
            self.put(frame.node, frame.anchor, frame.is_key)
        elif kind == "ScalarEvent":
            parent = self.opened[-1] if self.opened else None
            if parent is not None and parent.node.entries is not None and parent.key is None:
                parent.key = (clean(str(event.value)), start)
            else:
                self.put(Node(start, end, scalar=self.scalar(event)), event.anchor, False)
        elif kind == "AliasEvent":
            named = self.anchors.get(event.anchor)
            # An alias inside its own anchor is nothing yet.
            copy = Node(start, end) if named is None else replace(named, start=start, end=end, key_start=None)
            self.put(copy, None, False)

    def put(self, node: Node, anchor: str | None, is_key: bool) -> None:
        """Put a whole value where it belongs."""
        self.count += 1
        if self.count > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES} values")
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.opened:
            self.root = node
            return
        parent = self.opened[-1]
        if parent.node.items is not None:
            parent.node.items.append(node)
        elif is_key:
            parent.key = (None, node.start)
        elif parent.node.entries is not None and parent.key is not None:
            key, node.key_start = parent.key
            parent.key = None
            if key == "<<":
                for each in node.items or [node]:
                    parent.node.entries = {**(each.entries or {}), **parent.node.entries}
            elif key is not None:
                parent.node.entries[key] = node

    def scalar(self, event: Any) -> str | int | float | bool | None:
        """Return a leaf as JSON would have it: dates and the like stay text."""
        tag = str(event.tag or self.resolver.resolve(self.scalar_node, event.value, event.implicit))
        kind = tag.rpartition(":")[2]
        if kind not in ("bool", "int", "float", "null"):
            return clean(str(event.value))
        try:
            made: str | int | float | bool | None = getattr(self.constructor, f"construct_yaml_{kind}")(
                self.scalar_node(tag, event.value)
            )
        except (ValueError, KeyError, IndexError):
            return clean(str(event.value))
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
        value, end = _DECODER.raw_decode(text, at)
    except ValueError:
        return None
    return (clean(value) if isinstance(value, str) else value), end


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
