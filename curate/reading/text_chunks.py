"""Cut plain text between paragraphs.

Knows blank lines only: plain text has no headings that could be told from short lines for certain.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.tokens import Counter
from tuneproof.datasets.workspace.records import Document


def text_spans(document: Document, max_tokens: int, count: Counter) -> Iterator[Span]:
    """Yield runs of whole paragraphs of at most ``max_tokens``; a longer paragraph stays whole, with a warning."""
    lines = Lines(document.content.encode())
    run: list[tuple[int, int]] = []
    used = 0
    for paragraph in _paragraphs(lines):
        tokens = count(lines.data[paragraph[0] : paragraph[1]].decode())
        if run and used + tokens > max_tokens:
            yield Span("text", (), run[0][0], run[-1][1], _warning(used, max_tokens))
            run, used = [], 0
        run.append(paragraph)
        used += tokens
    if run:
        yield Span("text", (), run[0][0], run[-1][1], _warning(used, max_tokens))


def _warning(tokens: int, max_tokens: int) -> str | None:
    return (
        f"one paragraph of about {tokens} tokens is over {max_tokens} and stays whole" if tokens > max_tokens else None
    )


def _paragraphs(lines: Lines) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for line in range(len(lines.starts) + 1):
        blank = lines.trim(line, line + 1) is None
        if blank and first is not None:
            span = lines.trim(first, line)
            if span is not None:
                yield span
            first = None
        elif not blank and first is None:
            first = line
