"""Cut a document into chunks, each an exact span of it, with an id that does not depend on where it stands.

Knows identity and which format is cut by whom. It must not know any format itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Iterator

from tuneproof.curate.reading.help_chunks import help_spans
from tuneproof.curate.reading.markdown_chunks import markdown_spans
from tuneproof.curate.reading.python_chunks import python_spans
from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.curate.reading.text_chunks import text_spans
from tuneproof.curate.tokens import Counter, estimate_tokens
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import chunk_id
from tuneproof.datasets.workspace.records import Chunk, Document

# Markdown, and what readers write as Markdown.
MARKDOWN = frozenset({"markdown", "mdx", "html", "pdf", "docx", "notebook"})


def chunk_document(document: Document, max_tokens: int, count: Counter = estimate_tokens) -> list[Chunk]:
    """Return the chunks of ``document`` in its order: none overlaps another, each is an exact span.

    ``max_tokens`` is what prose may hold before it is cut between blocks, counted by ``count``. Definitions of Python
    are never cut.

    Raises:
        DataError: the document's format is none that is known here.
    """
    data = document.content.encode()
    lines = Lines(data)
    seen: Tally[tuple[tuple[str, ...], str, str]] = Tally()
    chunks: list[Chunk] = []
    for span in _spans(document, max_tokens, count):
        text = data[span.start : span.end].decode()
        key = (span.heading_path, span.kind, text)
        chunks.append(
            Chunk(
                chunk_id=chunk_id(document.document_id, span.heading_path, span.kind, text, seen[key]),
                document_id=document.document_id,
                kind=span.kind,
                heading_path=span.heading_path,
                start_byte=span.start,
                end_byte=span.end,
                text=text,
                locator=_locator(document, span, lines),
                warning=span.warning,
            )
        )
        seen[key] += 1
    return chunks


def _locator(document: Document, span: Span, lines: Lines) -> dict[str, object]:
    """Return where a chunk stands in the file: the place that a reader kept, a JSON pointer, a line."""
    if document.places:
        at = bisect_right(document.places, span.start, key=lambda place: place[0])
        return dict(document.places[max(0, at - 1)][1])
    line: dict[str, object] = {"line": lines.line_of(span.start) + 1}
    return line if span.pointer is None else {"pointer": span.pointer, **line}


def _spans(document: Document, max_tokens: int, count: Counter) -> Iterator[Span]:
    if document.format == "python":
        return python_spans(document)
    if document.format in MARKDOWN:
        return markdown_spans(document, max_tokens, count)
    if document.format == "text":
        return text_spans(document, max_tokens, count)
    if document.format == "help":
        return help_spans(document)
    # These two load an optional package.
    if document.format == "rst":
        from tuneproof.curate.reading.rst_chunks import rst_spans

        return rst_spans(document, max_tokens, count)
    if document.format == "openapi":
        from tuneproof.curate.reading.openapi_chunks import openapi_spans

        return openapi_spans(document, max_tokens, count)
    raise DataError(f"{document.path}: no way to cut the format {document.format!r}.", "Exclude it in [sources].")
