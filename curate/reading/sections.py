"""Cut a section between its blocks, whatever the format: none is cut in two, what is too long stays whole.

Knows lines, blocks and how many tokens a piece may hold. It must not know how a format marks either.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.tokens import Counter

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Lines ``first`` to ``last`` (exclusive) under ``path``; ``body`` is the line after its own heading, if any."""

    path: Path
    first: int
    last: int
    body: int | None = None


@dataclass(frozen=True, slots=True)
class BlockStart:
    """A top-level block that starts at ``line``; ``leads`` if it is a paragraph that announces the next one."""

    line: int
    leads: bool


def cut_section(
    section: Section, blocks: Sequence[BlockStart], lines: Lines, max_tokens: int, count: Counter
) -> Iterator[Span]:
    """Yield the spans of one section: itself, or runs of its blocks that fit; a bare heading is one of its own.

    ``blocks`` are those of the whole document, in order.
    """
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
            yield Span(kind, section.path, *span, too_long(lines.data[span[0] : span[1]], max_tokens, count))


def too_long(data: bytes, max_tokens: int, count: Counter) -> str | None:
    """Return the warning for a block that stays whole, or None if it fits."""
    tokens = count(data.decode())
    return f"a block of about {tokens} tokens is over {max_tokens} and stays whole" if tokens > max_tokens else None


def _runs(
    section: Section, blocks: Sequence[BlockStart], lines: Lines, max_tokens: int, count: Counter
) -> Iterator[tuple[int, int]]:
    """Yield line ranges of whole blocks: a heading keeps its first block, an announcement what it announces."""
    first = bisect_left(blocks, section.first, key=lambda block: block.line)
    inside = list(blocks[first : bisect_left(blocks, section.last, key=lambda block: block.line)])
    if not inside or inside[0].line != section.first:
        inside.insert(0, BlockStart(section.first, leads=False))
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
