"""Real documentation, where the environment names some: counts known beforehand, and figures of what comes out."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.markdown_chunks import parse_markdown
from tuneproof.curate.reading.readers import read
from tuneproof.curate.reading.sources import discover
from tuneproof.curate.reading.spans import Lines
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.records import Chunk, Document, Pair, Source

FOLDER = os.environ.get("TUNEPROOF_EXTRA_DOCS")
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="TUNEPROOF_EXTRA_DOCS names no folder with the Ollama documentation in ollama/"
)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    assert FOLDER is not None
    source = Source("ollama", str(Path(FOLDER) / "ollama"))
    files = [file for file in discover(source, config.Sources()) if file.skipped is None]
    return [read("ollama", file) for file in files if file.format in ("markdown", "mdx")]


@pytest.fixture(scope="module")
def made(documents: list[Document]) -> list[tuple[Document, list[Chunk], list[Pair]]]:
    result: list[tuple[Document, list[Chunk], list[Pair]]] = []
    for document in documents:
        chunks = chunk_document(document, 500)
        result.append((document, chunks, generate_pairs(document, chunks, config.Pairs())))
    return result


def test_the_mdx_pages_have_342_fences_and_419_headings(documents: list[Document]) -> None:
    counts: Counter[str] = Counter()
    for document in documents:
        if document.format == "mdx":
            counts.update(token.type for token in parse_markdown(document.content, "mdx"))
    assert counts["fence"] == 342
    assert counts["heading_open"] == 419


def test_every_heading_opens_a_chunk_and_no_fence_or_table_is_cut(
    made: list[tuple[Document, list[Chunk], list[Pair]]],
) -> None:
    headings = 0
    for document, chunks, _ in made:
        lines = Lines(document.content.encode())
        starts = {chunk.start_byte for chunk in chunks}
        for token in parse_markdown(document.content, document.format):
            if token.map is None:
                continue
            first, last = lines.offset(token.map[0]), lines.offset(token.map[1])
            if token.type == "heading_open":
                headings += 1
                assert first in starts
            elif token.type in ("fence", "table_open", "html_block"):
                assert not [start for start in starts if first < start < last]
    assert headings == 602


def test_the_chunks_cover_every_byte_that_is_not_blank(made: list[tuple[Document, list[Chunk], list[Pair]]]) -> None:
    for document, chunks, _ in made:
        data = bytearray(document.content.encode())
        for chunk in chunks:
            assert bytes(data[chunk.start_byte : chunk.end_byte]).decode() == chunk.text
            data[chunk.start_byte : chunk.end_byte] = b" " * (chunk.end_byte - chunk.start_byte)
        assert not bytes(data).strip()


def test_the_pages_yield_hundreds_of_pairs_of_many_kinds(
    made: list[tuple[Document, list[Chunk], list[Pair]]],
) -> None:
    pairs = [pair for _, _, found in made for pair in found]
    kinds = Counter(pair.generator for pair in pairs)
    openers = Counter(" ".join(pair.question.split()[:3]).lower() for pair in pairs)
    assert len(pairs) > 500
    assert max(kinds.values()) < 0.30 * len(pairs)
    assert max(openers.values()) < 0.15 * len(pairs)
    assert {"how_to", "what_is", "parameter", "default", "limit", "multi_step", "negation"} <= {
        pair.case_type for pair in pairs
    }


def test_reading_cutting_and_asking_takes_seconds(documents: list[Document]) -> None:
    started = time.process_time()
    for document in documents:
        generate_pairs(document, chunk_document(document, 500), config.Pairs())
    assert time.process_time() - started < 5
