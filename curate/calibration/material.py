"""Real pairs to plant in: sources read, cut and paired by the functions that a build uses, kept in memory.

Knows sources and the way from them to pairs. It must not know faults nor checks, and writes no workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import SourceFile, default_name, discover
from tuneproof.curate.rows import PairRow
from tuneproof.curate.tokens import TEMPLATE_TOKENS, count_tokens
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.records import Chunk, Document, Pair, Source

Advance = Callable[[int, int, str], None]
STANDARD_LIBRARY = tuple(
    f"python:{name}"
    for name in (
        "argparse", "asyncio", "ast", "calendar", "codecs", "collections", "concurrent", "configparser", "contextlib",
        "csv", "datetime", "decimal", "difflib", "email", "fractions", "ftplib", "heapq", "http", "imaplib", "inspect",
        "json", "logging", "mailbox", "multiprocessing", "pathlib", "pickle", "pprint", "random", "shutil", "smtplib",
        "socket", "ssl", "statistics", "string", "subprocess", "tarfile", "tempfile", "textwrap", "threading",
        "tokenize", "traceback", "turtle", "unittest", "urllib", "uuid", "wsgiref", "xmlrpc", "zipfile",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """Untouched pairs of whole documents, and every chunk of those documents, with or without a pair."""

    rows: tuple[PairRow, ...]
    chunks: Mapping[str, ChunkText]
    config: Config

    def source_text(self, row: PairRow) -> str:
        """Return what ``row`` may draw on: its chunks with their headings, and its own question."""
        found = [self.chunks[key] for key in row.chunk_ids if key in self.chunks]
        above = [heading for chunk in found for heading in chunk.heading_path]
        return "\n".join([*(chunk.text for chunk in found), *above, row.question])

    def count(self, rows: Sequence[PairRow]) -> list[int]:
        """Return the tokens of each row's conversation, as a build counts them."""
        texts = [f"{row.question}\n{row.answer}" for row in rows]
        base = base_folder(self.config.base.model, Path.cwd())
        return [count + TEMPLATE_TOKENS for count in count_tokens(texts, base)] if texts else []


def gather(locations: Sequence[str], config: Config, seed: int, limit: int, advance: Advance) -> Material:
    """Return the pairs of documents under ``locations``, whole documents in a seeded order until ``limit`` pairs.

    Raises:
        SourceError: a location can't be read.
        DataError: they hold no pair.
    """
    files = [(Source(default_name(each), each), file) for each in locations for file in _files(each, config)]
    Random(seed).shuffle(files)
    rows: list[PairRow] = []
    chunks: dict[str, ChunkText] = {}
    for source, file in files:
        if len(rows) >= limit:
            break
        try:
            document = read(source.name, file)
        except Unreadable:
            continue
        made = chunk_document(document, config.chunk.max_tokens)
        pairs = generate_pairs(document, made, config.pairs)
        chunks.update((chunk.chunk_id, _chunk_text(document, chunk)) for chunk in made)
        rows += _rows(document, pairs, chunks)
        advance(min(len(rows), limit), limit, file.path)
    if not rows:
        raise DataError("The sources hold nothing that a question can be made of.", "Name folders of documentation.")
    material = Material((), chunks, config)
    counted = zip(rows, material.count(rows), strict=True)
    ordered = sorted((replace(row, tokens=tokens) for row, tokens in counted), key=lambda row: row.pair_id)
    return Material(tuple(ordered), chunks, config)


def _files(location: str, config: Config) -> Iterator[SourceFile]:
    return (file for file in discover(Source(default_name(location), location), config.sources) if not file.skipped)


def _chunk_text(document: Document, chunk: Chunk) -> ChunkText:
    return ChunkText(
        chunk.chunk_id, document.document_id, chunk.kind, chunk.heading_path, chunk.text,
        document.source, document.path, document.format, document.title or "",
    )  # fmt: skip


def _rows(document: Document, pairs: Sequence[Pair], chunks: Mapping[str, ChunkText]) -> Iterator[PairRow]:
    for pair in pairs:
        above = chunks[pair.chunk_ids[0]].heading_path if pair.chunk_ids else ()
        yield PairRow(
            pair.pair_id, pair.question, pair.answer, pair.case_type, pair.generator, pair.origin,
            document_id=document.document_id, source=document.source, path=document.path,
            section=above[1] if len(above) > 1 else above[0] if above else "", chunk_ids=pair.chunk_ids,
        )  # fmt: skip
