"""Cut Markdown into heading sections, by CommonMark tokens, never by patterns over lines.

Knows headings, top-level blocks and front matter. It must not render or clean text: that is the business of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.tokens import Counter
from tuneproof.datasets.workspace.records import Document

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines ``first`` to ``last`` (exclusive) under ``path``; ``body`` is the line after its own heading, if any."""

    path: Path
    first: int
    last: int
    body: int | None = None


@dataclass(frozen=True, slots=True)
class _Block:
    """A top-level block that starts at ``line``; ``leads`` if it is a paragraph that announces the next one."""

    line: int
    leads: bool


@lru_cache(maxsize=2)
def _parser(format_name: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark").use(front_matter_plugin).enable("table")
    if format_name == "mdx":
        # Indented JSX is no code, and an HTML block would swallow the fences inside a component.
        parser.disable(["code", "html_block"])
    return parser


@lru_cache(maxsize=4)
def parse_markdown(content: str, format_name: str) -> tuple[Token, ...]:
    """Return the tokens of ``content``; maps count lines from 0, a byte order mark is no part of line 0."""
    return tuple(_parser(format_name).parse(content.removeprefix("\ufeff")))


def find_title(content: str, format_name: str) -> str | None:
    """Return the title in the front matter, else the first heading's text, else None."""
    tokens = parse_markdown(content, format_name)
    if tokens and tokens[0].type == "front_matter":
        title = front_matter_value(tokens[0].content, "title")
        if title:
            return title
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and (text := heading_text(tokens[index + 1])):
            return text
    return None


def front_matter_value(text: str, key: str) -> str | None:
    """Return the scalar under a top-level ``key`` of front matter: plain, quoted, or a folded or literal block."""
    match = re.search(rf"^{re.escape(key)}:[ \t]*(.*)(\n(?:[ \t]+.*\n?|\n)*)?", text, re.MULTILINE)
    if match is None:
        return None
    first, rest = match.group(1).strip(), match.group(2) or ""
    if re.fullmatch(r"[|>][+-]?", first):
        first = ""
    value = " ".join([first, *rest.split()]).strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].replace("''", "'" if value[0] == "'" else "''") or None
    return re.sub(r"\s#.*$", "", value) or None


def heading_text(inline: Token) -> str:
    """Return what a reader sees of a heading: text and code without their marks, images and tags left out."""
    parts: list[str] = []
    for child in inline.children or ():
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def markdown_spans(document: Document, max_tokens: int, count: Counter) -> Iterator[Span]:
    """Yield the sections of ``document``: a heading's line through to the next heading of any level.

    Everything that is not blank lies in exactly one span. A heading in a quote or list has a section of its own, which
    ends with that quote or list at the latest; what follows is the outer heading's again. A section over
    ``max_tokens`` is cut between top-level blocks; a block that is itself over stays whole, with a warning.
    """
    tokens = parse_markdown(document.content, document.format)
    lines = Lines(document.content.encode())
    blocks = _blocks(tokens)
    for section in _sections(tokens, len(lines.starts)):
        yield from _cut(section, blocks, lines, max_tokens, count)


def _blocks(tokens: Sequence[Token]) -> list[_Block]:
    found: list[_Block] = []
    for index, token in enumerate(tokens):
        if token.level == 0 and token.map is not None:
            leads = token.type == "paragraph_open" and tokens[index + 1].content.rstrip().endswith(":")
            found.append(_Block(token.map[0], leads))
    return found


def _sections(tokens: Sequence[Token], last_line: int) -> Iterator[_Section]:
    outer: list[tuple[int, str]] = []
    inner: list[tuple[int, str]] = []
    current = _Section((), 0, last_line)
    container_end = 0
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        if token.level == 0:
            if inner and token.map[0] >= container_end:
                # The quote or list that held a heading is over: its text must not run on under that heading.
                inner.clear()
                yield replace(current, last=token.map[0])
                current = _Section(_texts(outer), token.map[0], last_line)
            container_end = token.map[1]
        if token.type == "front_matter":
            yield replace(current, last=token.map[1])
            current = _Section((), token.map[1], last_line)
        if token.type == "heading_open":
            yield replace(current, last=token.map[0])
            stack = inner if token.level else outer
            depth = int(token.tag[1])
            while stack and stack[-1][0] >= depth:
                stack.pop()
            stack.append((depth, heading_text(tokens[index + 1])))
            current = _Section(_texts([*outer, *inner]), token.map[0], last_line, token.map[1])
    yield current


def _texts(stack: Sequence[tuple[int, str]]) -> Path:
    return tuple(text for _, text in stack)


def _cut(section: _Section, blocks: Sequence[_Block], lines: Lines, max_tokens: int, count: Counter) -> Iterator[Span]:
    """Yield the spans of one section: itself, or runs of its blocks that fit."""
    whole = lines.trim(section.first, section.last)
    if whole is None:
        return
    if section.body is not None and lines.trim(section.body, section.last) is None:
        yield Span("heading", section.path, *whole)
        return
    kind = "section" if section.path else "text"
    if count(lines.data[whole[0] : whole[1]].decode()) <= max_tokens:
        yield Span(kind, section.path, *whole)
        return
    for first, last in _runs(section, blocks, lines, max_tokens, count):
        span = lines.trim(first, last)
        if span is not None:
            tokens = count(lines.data[span[0] : span[1]].decode())
            warning = f"a block of about {tokens} tokens is over {max_tokens} and stays whole"
            yield Span(kind, section.path, *span, warning if tokens > max_tokens else None)


def _runs(
    section: _Section, blocks: Sequence[_Block], lines: Lines, max_tokens: int, count: Counter
) -> Iterator[tuple[int, int]]:
    """Yield line ranges of whole blocks: a heading keeps its first block, an announcement what it announces."""
    inside = [block for block in blocks if section.first <= block.line < section.last]
    if not inside or inside[0].line != section.first:
        inside.insert(0, _Block(section.first, leads=False))
    bounds = [*(block.line for block in inside), section.last]
    sizes = [count(lines.data[lines.offset(a) : lines.offset(b)].decode()) for a, b in pairwise(bounds)]
    run, used = 0, 0
    for index, size in enumerate(sizes):
        announced = sizes[index + 1] if inside[index].leads and index + 1 < len(sizes) else 0
        needed = size + announced if size + announced <= max_tokens else size
        after_heading = index == 1 and section.body is not None
        if index > run and used + needed > max_tokens and not after_heading:
            yield bounds[run], bounds[index]
            run, used = index, 0
        used += size
    yield bounds[run], bounds[-1]
