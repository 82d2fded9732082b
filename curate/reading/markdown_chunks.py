"""Cut Markdown into heading sections, by CommonMark tokens, never by patterns over lines.

Knows headings, top-level blocks and front matter. It must not render or clean text: that is the business of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from tuneproof.curate.reading.sections import BlockStart, Path, Section, cut_section
from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.tokens import Counter
from tuneproof.datasets.workspace.records import Document


@lru_cache(maxsize=2)
def _parser(is_mdx: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark").use(front_matter_plugin).enable("table")
    if is_mdx:
        # Indented JSX is no code, and an HTML block would swallow the fences inside a component.
        parser.disable(["code", "html_block"])
    return parser


@lru_cache(maxsize=4)
def parse_markdown(content: str, format_name: str) -> tuple[Token, ...]:
    """Return the tokens of ``content``; maps count lines from 0, a byte order mark is no part of line 0."""
    return tuple(_parser(format_name == "mdx").parse(content.removeprefix("\ufeff")))


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
    blocks = _blocks(tokens, document.format == "notebook")
    for section in _sections(tokens, len(lines.starts)):
        yield from cut_section(section, blocks, lines, max_tokens, count)


def _blocks(tokens: Sequence[Token], is_notebook: bool) -> list[BlockStart]:
    found: list[BlockStart] = []
    for index, token in enumerate(tokens):
        # What a cell printed stays with the cell's code.
        is_output = is_notebook and token.type == "fence" and token.info == "text" and tokens[index - 1].type == "fence"
        if token.level == 0 and token.map is not None and not is_output:
            leads = token.type == "paragraph_open" and tokens[index + 1].content.rstrip().endswith(":")
            found.append(BlockStart(token.map[0], leads))
    return found


def _sections(tokens: Sequence[Token], last_line: int) -> Iterator[Section]:
    outer: list[tuple[int, str]] = []
    inner: list[tuple[int, str]] = []
    current = Section((), 0, last_line)
    container_end = 0
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        if token.level == 0:
            if inner and token.map[0] >= container_end:
                # The quote or list that held a heading is over: its text must not run on under that heading.
                inner.clear()
                yield replace(current, last=token.map[0])
                current = Section(_texts(outer), token.map[0], last_line)
            container_end = token.map[1]
        if token.type == "front_matter":
            yield replace(current, last=token.map[1])
            current = Section((), token.map[1], last_line)
        if token.type == "heading_open":
            yield replace(current, last=token.map[0])
            stack = inner if token.level else outer
            depth = int(token.tag[1])
            while stack and stack[-1][0] >= depth:
                stack.pop()
            stack.append((depth, heading_text(tokens[index + 1])))
            current = Section(_texts([*outer, *inner]), token.map[0], last_line, token.map[1])
    yield current


def _texts(stack: Sequence[tuple[int, str]]) -> Path:
    return tuple(text for _, text in stack)
