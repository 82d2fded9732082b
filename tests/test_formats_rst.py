"""reStructuredText: exact spans, headings as docutils sees them, directives kept whole and asked about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from docutils import nodes

from tests.fuzz_documents import check_chunks
from tests.sample_documents import RST
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.readers import read
from tuneproof.curate.reading.rst_chunks import flow
from tuneproof.curate.reading.rst_tree import Kept, parse_rst, sections
from tuneproof.curate.reading.sources import discover
from tuneproof.curate.reading.spans import Lines
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Chunk, Document, Pair, Source

FOLDER = os.environ.get("TUNEPROOF_EXTRA_DOCS")


def document(content: str) -> Document:
    raw = content.encode()
    return Document(document_id("s", "p.rst"), "s", "p.rst", "rst", sha256(raw), len(raw), "Engine", content)


def cut(content: str, max_tokens: int = 500) -> list[Chunk]:
    chunks = chunk_document(document(content), max_tokens)
    check_chunks(document(content), chunks)
    return chunks


def pairs(content: str) -> list[Pair]:
    return generate_pairs(document(content), chunk_document(document(content), 500), config.Pairs())


def test_every_byte_that_is_not_blank_lies_in_one_chunk() -> None:
    for content in (RST, "\ufeff" + RST, RST.replace("\n", "\r\n"), RST.replace("records", "r\u00e9cords\u2028 \x0c")):
        data = bytearray(content.encode())
        for chunk in cut(content):
            data[chunk.start_byte : chunk.end_byte] = b" " * (chunk.end_byte - chunk.start_byte)
        assert not bytes(data).removeprefix("\ufeff".encode()).strip()


def test_headings_are_sections_with_their_labels_and_a_bare_one_is_a_chunk_of_its_own() -> None:
    chunks = cut(RST)
    first = chunks[0]
    assert first.text.startswith(".. _engine:\n\n======\nEngine\n======")
    assert first.heading_path == ("Engine",)
    [empty] = [chunk for chunk in chunks if chunk.heading_path == ("Engine", "Empty")]
    assert (empty.kind, empty.text) == ("heading", "Empty\n-----")
    assert chunks[-1].heading_path == ("Engine", "Last")


def test_objects_and_those_inside_them_are_chunks_of_their_own() -> None:
    found = {chunk.heading_path[2:]: chunk for chunk in cut(RST) if chunk.kind == "definition"}
    assert list(found) == [("Engine",), ("Engine", "stop"), ("PAGE_SIZE",)]
    assert found["Engine", "stop"].text.lstrip().startswith(".. py:method:: stop(wait=True)")
    assert "close" in found["Engine", "stop"].text
    texts = [chunk.text for chunk in cut(RST) if chunk.heading_path[2:] == ("Engine",)]
    assert texts[0].startswith(".. py:class:: Engine(path)")
    assert texts[0].rstrip().endswith(".. versionadded:: 1.2")
    assert texts[1].strip() == "It closes itself at exit."


@pytest.mark.parametrize("max_tokens", [1, 20, 60])
def test_no_table_note_or_code_block_is_cut_however_small_chunks_are(max_tokens: int) -> None:
    chunks = cut(RST, max_tokens)
    for whole in (
        ".. note:: It must not be stopped\n   while it writes.",
        RST[RST.index("===========  =") : RST.index("Run it like")].rstrip(),
        "Run it like this::\n\n    engine --cache 64\n\n    engine --log x",
        ".. code-block:: python\n\n   import engine\n\n   engine.run()",
    ):
        assert sum(whole in chunk.text for chunk in chunks) == 1


def test_what_looks_like_a_directive_inside_code_is_code() -> None:
    content = "Title\n=====\n\nWrite::\n\n    .. py:function:: inner()\n\n       Text.\n\nEnd.\n"
    assert [chunk.kind for chunk in cut(content)] == ["section"]


def test_nothing_is_read_from_other_files_and_no_directive_is_run(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    file = f"   :file: {secret}\n"
    content = f"Title\n=====\n\n.. include:: {secret}\n\n.. raw:: html\n{file}\n.. csv-table::\n{file}"
    tree = parse_rst(content)
    assert "hidden words" not in tree.root.astext()
    assert [kept["name"] for kept in tree.root.findall(Kept)] == ["include", "raw", "csv-table"]


def test_fields_defaults_and_version_notes_are_asked_about() -> None:
    made = {(pair.generator, pair.case_type): pair for pair in pairs(RST)}
    raises = made["rst.raises", "error"]
    assert "`OSError`" in raises.question
    assert "`Engine`" in raises.question
    assert raises.answer == "If the folder can't be written."
    assert made["rst.parameter", "parameter"].answer == "The folder that holds the pages."
    assert made["rst.default", "default"].answer == "`PAGE_SIZE` defaults to `4096`."
    assert "`PAGE_SIZE`" in made["rst.default", "default"].question
    assert made["rst.default", "default"].question.rstrip("?.").endswith(" (Engine)")
    assert made["rst.deprecated", "deprecation"].answer == "Deprecated since version 2.0: Use `close` instead."
    assert made["rst.versionadded", "version_difference"].answer == "Added in version 1.2."
    assert made["prose.row", "parameter"].answer in (
        "How many pages are kept in memory.",
        "Where the log is written to.",
    )


def test_roles_become_words_or_code() -> None:
    content = (
        "Stop the engine\n===============\n\nThe method :meth:`~engine.Engine.stop` of :class:`.Engine` stops it by"
        " :pep:`8`. It needs a `page <https://example.org>`_ and :unknown:`some name`.\n"
    )
    text = next(iter(pairs(content))).answer
    assert "`stop`" in text
    assert "`Engine`" in text
    assert "page and `some name`" in text
    assert ":" not in text.replace("https:", "")


def test_escaped_characters_are_themselves_in_headings_and_answers() -> None:
    content = "Use a \\*star\\*\n=============\n\nA star \\* stands for any name; :ref:`-\\-all <x>` for files.\n"
    assert cut(content)[0].heading_path == ("Use a *star*",)
    assert pairs(content)[0].answer == "A star * stands for any name; --all for files."


@pytest.mark.skipif(FOLDER is None, reason="TUNEPROOF_EXTRA_DOCS names no folder with reStructuredText in flask/")
def test_every_heading_of_real_pages_opens_a_chunk_and_no_block_is_cut() -> None:
    headings = blocks = 0
    for name in ("flask", "sqlite-utils"):
        source = Source(name, str(Path(FOLDER or "") / name))
        for file in discover(source, config.Sources()):
            if file.skipped or file.format != "rst":
                continue
            page = read(name, file)
            chunks = chunk_document(page, 500)
            check_chunks(page, chunks)
            paths = {chunk.heading_path[: len(path)] for chunk in chunks for path in [chunk.heading_path]}
            lines = Lines(page.content.encode())
            tree = parse_rst(page.content)
            for section, path in sections(tree.root):
                headings += 1
                assert path in paths, (file.path, path)
                title = lines.offset(section.line - 2)
                assert any(chunk.start_byte <= title < chunk.end_byte for chunk in chunks)
            starts = {lines.line_of(chunk.start_byte) for chunk in chunks}
            for line, node in flow(tree.root):
                if isinstance(node, Kept) and not node["is_object"]:
                    blocks += 1
                    assert not starts & set(range(line + 1, node["last"]))
                elif isinstance(node, nodes.literal_block):
                    blocks += 1
                    rows = node.rawsource.count("\n")
                    assert not starts & set(range(line + 1, line + rows))
    assert headings == 844
    assert blocks > 800


def test_an_option_is_asked_about_with_its_program() -> None:
    content = (
        "Manual\n======\n\n.. program:: engine copy\n\n.. option:: --all, -a\n\n   Copy every record of the store.\n"
    )
    [pair] = [pair for pair in pairs(content) if pair.generator == "rst.object"]
    assert "`engine copy --all`" in pair.question
    assert pair.answer == "Copy every record of the store."
