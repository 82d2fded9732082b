"""General text that a fine-tune must not forget: prose of our own, and the topics that Python's ``help()`` prints.

Knows two collections and how each becomes readable text, one document at a time. It must not know any model, nor
what is done with the text; it is scored, and never trained on.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import dedent
from typing import Literal

from tuneproof.datasets.workspace.identity import canonical_json, digest, sha256

Collection = Literal["prose", "pydoc_topics"]
COLLECTIONS: tuple[Collection, ...] = ("prose", "pydoc_topics")

MAX_TOPICS = 60
#: Topics with less readable text than this say too little to be scored.
MIN_CHARS = 400
#: A topic is cut before the paragraph that would take it past this.
ABOUT_CHARS = 900

_LIST_MARK = re.compile(r"^(?:[*\-]|\d+\.)\s+")
_EMPHASIS = re.compile(r"(?<!\w)\*([^*\s][^*]*)\*(?!\w)")
_FOOTNOTE = re.compile(r"\s?\[\d+\]")


@dataclass(frozen=True, slots=True)
class GeneralText:
    """One document of a collection; paragraphs are lines, parted by an empty line."""

    collection: Collection
    document: str
    text: str


def general_texts() -> list[GeneralText]:
    """Return every general text: the prose by name, then the topics in the order of the hashes of their names.

    The topics are those of the running Python, so they may differ between Python versions; ``texts_sha256`` tells.
    """
    return [*_prose(), *_topics()]


def texts_sha256() -> dict[str, str]:
    """Return the hash of each collection's names and texts, for reports and for telling whether two runs compare."""
    texts = general_texts()
    return {
        collection: sha256(canonical_json([[t.document, t.text] for t in texts if t.collection == collection]))
        for collection in COLLECTIONS
    }


@cache
def _prose() -> tuple[GeneralText, ...]:
    folder = files("tuneproof.datasets.bundled") / "prose"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".md")), key=lambda entry: entry.name)
    return tuple(
        GeneralText("prose", entry.name.removesuffix(".md"), entry.read_text("utf-8").strip()) for entry in found
    )


@cache
def _topics() -> tuple[GeneralText, ...]:
    topics: Mapping[str, str] = importlib.import_module("pydoc_data.topics").topics
    kept: list[GeneralText] = []
    seen: set[str] = set()
    for name in sorted(topics, key=lambda name: digest("topic", name)):
        text = _readable(topics[name])
        # Some topics are printed under two names; the second would count one text twice.
        if len(text) >= MIN_CHARS and text not in seen and len(kept) < MAX_TOPICS:
            seen.add(text)
            kept.append(GeneralText("pydoc_topics", name, text))
    return tuple(kept)


def _readable(topic: str) -> str:
    """Return a topic's sentences without grammar, code, headings and marks, cut at a paragraph."""
    chosen: list[str] = []
    size = 0
    for paragraph in _sentences(topic):
        if chosen and size + len(paragraph) > ABOUT_CHARS:
            break
        chosen.append(paragraph)
        size += len(paragraph) + 2
    return "\n\n".join(chosen)


def _sentences(topic: str) -> Iterator[str]:
    for block in topic.split("\n\n"):
        lines = dedent(block.strip("\n")).splitlines()
        text = _LIST_MARK.sub("", " ".join(line.strip() for line in lines).strip())
        if _is_prose(text, lines):
            yield _FOOTNOTE.sub("", _EMPHASIS.sub(r"\1", text)).replace('"', "").replace("  ", " ")


def _is_prose(text: str, lines: list[str]) -> bool:
    # Code, grammar, signatures and headings do not read as sentences: they lack the capital, the full stop,
    # or the even left edge of a wrapped paragraph. What introduces a listing that was dropped ends in a colon.
    # Version notes are the same sentence over and over, which would weigh them too heavily.
    wrapped = all(not line.startswith("   ") for line in lines)
    return (
        wrapped
        and len(text.split()) >= 6
        and text[0].isupper()
        and text.endswith(".")
        and "::=" not in text
        and ">>>" not in text
        and not text.startswith(("New in version", "Added in version", "Changed in version", "Deprecated since"))
    )
