"""Markdown blocks as text that an answer can hold: links, images, tags and emphasis gone, code kept verbatim.

Knows CommonMark tokens. It must not know chunks, nor what a good answer is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markdown_it.token import Token

from tuneproof.curate.pairing.sentences import CODE_SPAN

_LONGEST_CODE = 160
Kind = Literal["paragraph", "fence", "list", "table", "quote", "heading"]
# Components whose words are layout or adverts, not sentences: what they hold says nothing by itself.
_LAYOUT = re.compile(r"</?(?:div|Card|CardGroup|Icon|Frame|img|iframe|video|svg|picture|source|Columns|Tile)\b")
_LEFTOVER = re.compile(r"/>|</|<[A-Z]\w*|className=|\{/\*|\*/\}|\| ?:?-{3,}|^(?:import|export)\s+\S+.*(?:from\s|=)")
# Comments of MDX and HTML, and attributes that a site generator reads: {.wide #name}.
_COMMENT = re.compile(r"\{/\*.*?\*/\}|<!--.*?-->|\{:?\s*[.#][\w-][^{}]*\}", re.DOTALL)
_INCLUDE = re.compile(r"(?:\{[*!%{].*?[*!%}]\}\s*)+")
# Code that lost its fence to the indentation of a component.
_CODE = re.compile(
    r"```|^(?:const|let|var|function|def|import|return|type|while|async|await)\b.*[={(]|^\w+(?:\.\w+)+\(.*\)$"
)
_BOX = ("///", ":::", "!!! ", "??? ", "--8<--")
_ALERT = re.compile(r"^\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """One block. ``text`` is ready for an answer; ``items`` are a list's, ``rows`` a table's, its head first."""

    kind: Kind
    text: str
    info: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    ordered: bool = False


def read_blocks(tokens: Sequence[Token], bounds: Sequence[int]) -> list[list[Block]]:
    """Return the blocks between each two of ``bounds`` (lines); a container that crosses a bound is entered."""
    found: list[list[Block]] = []
    index = 0
    for first, last in pairwise(bounds):
        blocks: list[Block] = []
        while index < len(tokens):
            token = tokens[index]
            if token.map is not None and token.map[0] >= last:
                break
            if token.map is None or token.type in ("inline", "list_item_open") or token.map[0] < first:
                index += 1
                continue
            if token.type.endswith("_open") and token.map[1] > last and token.type != "paragraph_open":
                index += 1
                continue
            end = _close(tokens, index)
            block = _block(tokens, index, end)
            if block is not None and block.text:
                blocks.append(block)
            index = end + 1
        found.append(blocks)
    return found


def inline_text(token: Token) -> str:
    """Return the text of an inline token in one line; "" where it is layout or markup that no parser understood."""
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "text_special"):
            # A line such as "/// tip" or ":::note" opens or closes a box of the site's own dialect.
            parts.append("" if child.content.startswith(_BOX) else child.content)
        elif child.type == "code_inline" and len(child.content) > _LONGEST_CODE:
            # The backticks of a fence that no parser took for one.
            return ""
        elif child.type == "code_inline":
            fence = "``" if "`" in child.content else "`"
            parts.append(f"{fence}{child.content}{fence}")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "html_inline" and _LAYOUT.match(child.content):
            return ""
    text = " ".join(_COMMENT.sub(" ", "".join(parts)).split())
    if _INCLUDE.fullmatch(text) or _CODE.search(text):
        return ""
    plain = re.sub(CODE_SPAN, "", text)
    signs = len(re.findall(r"[{}\[\]=;]", plain))
    return "" if _LEFTOVER.search(plain) or (signs >= 5 and signs > len(plain) / 70) else text


def _close(tokens: Sequence[Token], index: int) -> int:
    if tokens[index].nesting != 1:
        return index
    level = tokens[index].level
    return next(place for place in range(index + 1, len(tokens)) if tokens[place].level == level)


def _block(tokens: Sequence[Token], index: int, end: int) -> Block | None:
    token = tokens[index]
    if token.type == "paragraph_open":
        return Block("paragraph", inline_text(tokens[index + 1]))
    if token.type == "heading_open":
        return Block("heading", inline_text(tokens[index + 1]))
    if token.type in ("fence", "code_block"):
        return _fence(token)
    if token.type in ("bullet_list_open", "ordered_list_open"):
        return _list(tokens, index, end)
    if token.type == "table_open":
        return _table(tokens[index : end + 1])
    if token.type == "blockquote_open":
        inner = "\n\n".join(_render(tokens, index + 1, end))
        return Block("quote", _ALERT.sub("", inner))
    return None


def _fence(token: Token) -> Block:
    body = token.content.rstrip("\n")
    info = token.info.split()[0] if token.info.split() else ""
    longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
    mark = "`" * (longest + 1)
    return Block("fence", f"{mark}{info}\n{body}\n{mark}" if body.strip() else "", info)


def _render(tokens: Sequence[Token], first: int, last: int) -> Iterator[str]:
    index = first
    while index < last:
        end = _close(tokens, index)
        block = _block(tokens, index, end)
        if block is not None and block.text:
            yield block.text
        index = end + 1


def _list(tokens: Sequence[Token], index: int, end: int) -> Block:
    ordered = tokens[index].type == "ordered_list_open"
    items: list[str] = []
    place = index + 1
    while place < end:
        close = _close(tokens, place)
        content = "\n\n".join(_render(tokens, place + 1, close))
        if content:
            items.append(content)
        place = close + 1
    lines: list[str] = []
    for count, item in enumerate(items, start=1):
        mark = f"{count}. " if ordered else "- "
        first, *more = item.split("\n")
        lines.append(mark + first)
        lines.extend(" " * len(mark) + line if line else "" for line in more)
    return Block("list", "\n".join(lines), items=tuple(items), ordered=ordered)


def _table(tokens: Sequence[Token]) -> Block:
    rows: list[list[str]] = []
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(inline_text(tokens[place + 1]))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return Block("table", "\n".join(lines), rows=tuple(tuple(row) for row in rows))
