"""What a schema of OpenAPI states: its type, its limits, a value as text; and the chunks that a pointer leads to.

Knows JSON Schema as OpenAPI 3 uses it. It must not know questions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tuneproof.curate.pairing.sentences import capitalised, fit, points_away, split_sentences
from tuneproof.curate.reading.openapi_tree import Node, OpenApi
from tuneproof.datasets.workspace.records import Chunk

_LIMITS = (
    ("minimum", "is at least `{}`"),
    ("maximum", "is at most `{}`"),
    ("exclusiveMinimum", "is more than `{}`"),
    ("exclusiveMaximum", "is less than `{}`"),
    ("multipleOf", "is a multiple of `{}`"),
    ("minLength", "has at least `{}` characters"),
    ("maxLength", "has at most `{}` characters"),
    ("minItems", "has at least `{}` items"),
    ("maxItems", "has at most `{}` items"),
    ("minProperties", "has at least `{}` properties"),
    ("maxProperties", "has at most `{}` properties"),
)
_MOST_CHOICES = 20
_EXAMPLE_CHARS = 400


@dataclass(slots=True)
class Facts:
    """A description with its chunks at hand by JSON pointer."""

    description: OpenApi
    all_chunks: Sequence[Chunk]
    by_pointer: dict[str, Chunk] = field(init=False)

    def __post_init__(self) -> None:
        self.by_pointer = {}
        for chunk in self.all_chunks:
            # A part that goes on behind an inner one has several chunks: the first names it.
            self.by_pointer.setdefault(str(chunk.locator.get("pointer", "")), chunk)

    def chunks(self, *pointers: str | None) -> tuple[Chunk, ...]:
        """Return the chunks that hold what ``pointers`` lead to: their own, else that of what they are inside."""
        found: dict[str, Chunk] = {}
        for pointer in pointers:
            current = pointer or ""
            while current.count("/") > 1 and current not in self.by_pointer:
                current = current.rpartition("/")[0]
            if pointer and current in self.by_pointer:
                found[current] = self.by_pointer[current]
        return tuple(found.values())


def joined(parts: Sequence[str], word: str = "and") -> str:
    """Return ``parts`` as a list in words: ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def said_once(limits: Sequence[str]) -> str:
    """Return limits as one predicate: ``is at least `1` and at most `10` ``."""
    return re.sub(r"((?:, | and ))is (?=at |less |more |one )", r"\1", joined(limits))


def sentences_of(text: str, limit: int) -> str | None:
    """Return the leading sentences of a description that fit and do not lean on the page, or None."""
    kept: list[str] = []
    for sentence in split_sentences(text):
        if points_away(sentence) or sentence.startswith(("|", "- ", "* ", "#")):
            break
        kept.append(sentence)
    found = fit(kept, limit)
    return capitalised(found) if found is not None else None


def kind_of(schema: Node | None) -> str:
    """Return the type of a schema in words: ``string``, ``array of integer``, ``integer or null``; "" if unstated."""
    if schema is None:
        return ""
    stated = schema.get("type")
    if stated is None:
        return ""
    if stated.items is not None:
        return joined([str(item.scalar) for item in stated.items], "or")
    kind = str(stated.scalar)
    items = schema.get("items")
    inner = items.text("type") if kind == "array" and items is not None else ""
    return f"{kind} of {inner}" if inner else kind


def value_text(node: Node) -> str | None:
    """Return a value as JSON in one line, strings bare; None if it is long, or empty."""
    if node.scalar is None and node.entries is None and node.items is None:
        return "null"
    try:
        value = node.plain()
    except ValueError:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if 0 < len(text) <= 80 and "`" not in text else None


def example_text(node: Node) -> str | None:
    """Return a mapping or list as indented JSON, or None if it is neither, or long."""
    try:
        text = json.dumps(node.plain(), indent=2, ensure_ascii=False, default=str)
    except ValueError:
        return None
    return text if node.scalar is None and len(text) <= _EXAMPLE_CHARS else None


def stated_limits(schema: Node) -> list[str]:
    """Return what a schema allows, each as words that follow the name of the value."""
    found: list[str] = []
    for key, words in _LIMITS:
        limit = schema.get(key)
        # In OpenAPI 3.0 an exclusive limit is a flag beside the limit itself.
        if limit is not None and isinstance(limit.scalar, int | float) and not isinstance(limit.scalar, bool):
            found.append(words.format(value_text(limit)))
    pattern = schema.text("pattern")
    if pattern and "`" not in pattern and len(pattern) <= 80:
        found.append(f"matches `{pattern}`")
    listed = schema.get("enum")
    items = schema.get("items")
    each = listed is None and items is not None
    if each and items is not None:
        listed = items.get("enum")
    choices = [text for item in (listed.each() if listed is not None else []) if (text := value_text(item)) is not None]
    if 0 < len(choices) <= _MOST_CHOICES:
        shown = joined([f"`{choice}`" for choice in choices], "or")
        opening = "holds only" if each else "is always" if len(choices) == 1 else "is one of"
        found.append(f"{opening} {shown}")
    if schema.flag("uniqueItems"):
        found.append("holds no value twice")
    return found
