"""HTML, PDF, DOCX and notebooks: what is read of each, where it stood, and that hostile files are refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.fuzz_documents import check_chunks
from tests.sample_documents import HTML, docx_bytes, guide_pdf, notebook, pdf_bytes, write_samples
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.derived import Writer, code, escape, fence, heading, items, paragraph, table
from tuneproof.curate.reading.markdown_chunks import parse_markdown
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import SourceFile, discover
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.records import Chunk, Document, Source


def read_bytes(folder: Path, name: str, raw: bytes) -> Document:
    (folder / name).write_bytes(raw)
    [file] = discover(Source("s", str(folder / name)), config.Sources())
    assert file.skipped is None
    return read("s", file)


def cut(document: Document, max_tokens: int = 500) -> list[Chunk]:
    chunks = chunk_document(document, max_tokens)
    check_chunks(document, chunks)
    return chunks


def refused(folder: Path, name: str, raw: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read_bytes(folder, name, raw)
    assert "\n" not in caught.value.reason
    return caught.value.reason


@pytest.mark.parametrize(
    "text",
    ["*args and **kwargs", "a_b __init__ _x_", "# no heading", "1. no list", "- no list", "> no quote", "a `tick`",
     "[no](link)", "<b>tag</b> &amp; &lt;", "C:\\new\\*", "~~~", "---", "| a | b |", "+ plus", "![image](x)"],
)  # fmt: skip
def test_plain_text_reads_the_same_after_it_was_written_as_markdown(text: str) -> None:
    tokens = parse_markdown(paragraph(escape(text)), "html")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children) == text


def test_blocks_are_written_so_that_they_come_back() -> None:
    writer = Writer()
    blocks = [
        heading(2, "Ends in \\#"),
        items(["one", "two\n\n" + fence("a\n```\nb", "sh")]),
        table([["a|b", code("c|d")], ["e", "f"]]),
    ]
    for place, block in enumerate(blocks):
        writer.add(block, {"place": place})
    found = writer.derived()
    kinds = [token.type for token in parse_markdown(found.content, "html") if token.nesting >= 0]
    assert kinds.count("heading_open") == kinds.count("table_open") == kinds.count("fence") == 1
    assert kinds.count("td_open") == 2
    for offset, locator in found.places:
        assert found.content.encode()[offset:].decode().startswith(blocks[int(str(locator["place"]))][:5])


def test_html_keeps_the_main_content_and_leaves_out_the_furniture(tmp_path: Path) -> None:
    page = read_bytes(tmp_path, "page.html", HTML.encode())
    assert page.title == "Install the engine"
    for furniture in ("Elsewhere", "Home", "Buy now", "Copyright", "var a", "\u00b6"):
        assert furniture not in page.content
    assert "```python\nimport engine\n\nengine.run()\n```" in page.content
    assert "| `--a\\|b` | The first of all. |" in page.content
    assert "- one\n  - nested\n- two\n\n  ```\n  code\n    here\n  ```" in page.content
    assert "> Never stop it while it writes." in page.content
    chunks = cut(page)
    assert [chunk.heading_path for chunk in chunks] == [
        ("Install the engine",),
        ("Install the engine", "Options"),
        ("Install the engine", "Empty"),
    ]
    assert chunks[1].locator == {"selector": "#options"}
    assert chunks[2].kind == "heading"


def test_html_without_main_is_read_from_its_densest_part(tmp_path: Path) -> None:
    links = "".join(f"<li><a href='/{n}'>Page number {n} of the site</a></li>" for n in range(50))
    words = f"<div><div><p>{'These are the words. ' * 30}</p></div></div>"
    raw = f"<html><body><div class='menu'><ul>{links}</ul></div>{words}</body></html>"
    page = read_bytes(tmp_path, "page.htm", raw.encode())
    assert "Page number" not in page.content
    assert page.content.count("These are the words.") == 30


def test_html_entities_are_not_expanded_and_nothing_is_fetched(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    local = '<!ENTITY file SYSTEM "file:///etc/passwd">'
    raw = f'<!DOCTYPE html [<!ENTITY e0 "ha">{entities}{local}]><html><body><p>Words &e11; &file;</p></body></html>'
    page = read_bytes(tmp_path, "bomb.html", raw.encode())
    assert len(page.content) < 5000
    assert "root:" not in page.content


def test_html_in_another_declared_encoding_is_read_and_in_none_refused(tmp_path: Path) -> None:
    raw = "<html><head><meta charset='latin-1'></head><body><p>Stra\u00dfe der Maschine</p></body></html>".encode(
        "latin-1"
    )
    assert "Stra\u00dfe" in read_bytes(tmp_path, "a.html", raw).content
    assert "neither UTF-8" in refused(tmp_path, "b.html", raw.replace(b"latin-1", b"utf-8"))
    assert "no text" in refused(tmp_path, "c.html", b"<html><body><script>draw()</script></body></html>")


def test_html_nested_deeper_than_any_page_is_refused_and_as_deep_as_some_is_read(tmp_path: Path) -> None:
    def nested(depth: int) -> bytes:
        return b"<div>" * depth + b"<p>Words in the deep.</p>" + b"</div>" * depth

    assert "nested deeper" in refused(tmp_path, "a.html", nested(1000))
    assert "Words in the deep." in read_bytes(tmp_path, "b.html", nested(200)).content


def test_pdf_has_its_outline_as_headings_and_pages_as_places(tmp_path: Path) -> None:
    guide = read_bytes(tmp_path, "guide.pdf", guide_pdf())
    for repeated in ("Engine Guide 2.0", "of 4"):
        assert repeated not in guide.content
    chunks = cut(guide)
    assert [(chunk.heading_path, chunk.locator["page"]) for chunk in chunks] == [
        ((f"Chapter of {name}",), page) for page, name in enumerate(("pages", "logs", "locks", "limits"), start=1)
    ]
    text = chunks[0].text
    assert "It is documented here, and it is well-known that it can be configured." in text
    assert "\n\nA second paragraph stands apart from the first.\n\n" in text
    assert "```\nengine --chapter 1\n    --check\n```" in text


def test_pdf_without_an_outline_has_headings_by_size(tmp_path: Path) -> None:
    body = [("F1", 10.0, 60.0, 700.0 - 12 * n, f"This is line {n} of the page's own text.") for n in range(8)]
    raw = pdf_bytes([[("F1", 20.0, 60.0, 760.0, "The engine"), *body]])
    [chunk] = cut(read_bytes(tmp_path, "plain.pdf", raw))
    assert chunk.heading_path == ("The engine",)


def test_pdf_that_is_none_or_holds_no_text_is_refused(tmp_path: Path) -> None:
    assert "not valid PDF" in refused(tmp_path, "a.pdf", b"%PDF-1.5 and no more")
    assert "no text" in refused(tmp_path, "b.pdf", pdf_bytes([[]]))


def test_docx_has_headings_lists_code_and_tables(tmp_path: Path) -> None:
    handbook = read_bytes(tmp_path, "handbook.docx", docx_bytes())
    assert handbook.title == "Engine Handbook"
    assert "The engine stores \\*records\\* in pages." in handbook.content
    assert "Use `--page-size` to set it." in handbook.content
    assert "- first\n  - inner\n- second\n\n1. Stop the engine.\n2. Start it again." in handbook.content
    assert "```\nengine --page-size 8192\n\nengine --check\n```" in handbook.content
    assert "| --cache\\|-c | How many pages are kept in memory. | 64 |" in handbook.content
    chunks = cut(handbook)
    assert [chunk.heading_path[-1] for chunk in chunks] == ["Engine Handbook", "Set the page size", "Options", "Empty"]
    assert chunks[1].locator == {"block": 3}
    cases = {pair.case_type for pair in generate_pairs(handbook, chunks, config.Pairs())}
    assert {"multi_step", "parameter", "default"} <= cases


def zipped(parts: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return raw.getvalue()


def parts_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {part.filename: archive.read(part) for part in archive.infolist()}


def test_docx_bombs_are_refused_before_anything_is_parsed(tmp_path: Path) -> None:
    good = parts_of(docx_bytes())
    assert "hundreds of times" in refused(tmp_path, "a.docx", zipped({**good, "word/bomb.bin": b"\0" * 20_000_000}))
    many = {f"part{n}.xml": b"" for n in range(6000)}
    assert "6" in refused(tmp_path, "b.docx", zipped({**good, **many}))
    bomb = good["word/document.xml"].replace(b"<w:document", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document', 1)
    assert "entities" in refused(tmp_path, "c.docx", zipped({**good, "word/document.xml": bomb}))
    lying = bytearray(zipped({**good, "word/x.bin": b"\0" * 5_000_000}))
    at = lying.rindex(b"PK\x01\x02", 0, lying.rindex(b"word/x.bin"))
    lying[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert refused(tmp_path, "d.docx", bytes(lying))


def test_a_notebook_gives_cells_outputs_and_their_numbers(tmp_path: Path) -> None:
    page = read_bytes(tmp_path, "try.ipynb", notebook().encode())
    assert "```python\nrecords = load()\nlen(records)\n```\n\n```text\nloaded\n```\n\n```text\n42\n```" in page.content
    assert "aGk=" not in page.content
    chunks = cut(page)
    assert [(chunk.heading_path[-1], chunk.locator["cell"]) for chunk in chunks] == [
        ("Try the engine", 0),
        ("Stop it", 3),
    ]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("{}", "notebook"),
        ("[]", "notebook"),
        ('{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": []}', "no cell"),
        ('{"cells": [null, 1, {"cell_type": "code", "source": {}}], "nbformat": 4}', "no cell"),
        ("[" * 100_000, "nested too deeply"),
        ('{"nbformat": 9e9, "cells": []}', "nbformat"),
        ('{"nbformat": 3, "worksheets": [{"cells": [1]}]}', "notebook"),
    ],
)
def test_an_odd_notebook_is_refused_in_one_line(tmp_path: Path, cells: str, words: str) -> None:
    assert words in refused(tmp_path, "odd.ipynb", cells.encode())


def test_an_odd_cell_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    whole = json.loads(notebook())
    whole["cells"].insert(0, {"cell_type": "code", "source": 5, "outputs": [3, {"output_type": "stream", "text": [1]}]})
    assert "## Stop it" in read_bytes(tmp_path, "odd.ipynb", json.dumps(whole).encode()).content


def test_a_line_of_data_is_refused_whatever_the_format(tmp_path: Path) -> None:
    for name in ("a.md", "a.rst", "a.txt", "a.mdx", "a.help"):
        assert "a line of 300000 characters" in refused(tmp_path, name, b"a" * 300_000)
    assert "a line of" in refused(tmp_path, "a.html", b"<p>" + b"a" * 300_000)
    assert "a line of more than" in refused(tmp_path, "a.py", b"a = '" + b"a" * 1_100_000 + b"'")


def test_a_format_without_its_package_is_skipped_and_says_which_extra_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from tuneproof.curate.reading.sources import resolve
    from tuneproof.datasets.workspace.errors import SourceError

    write_samples(tmp_path)
    for name in ("docutils", "lxml", "nbformat", "pypdfium2", "docx", "yaml"):
        monkeypatch.setitem(sys.modules, name, None)
    files: dict[str, SourceFile] = {file.path: file for file in discover(Source("s", str(tmp_path)), config.Sources())}
    skipped = {path.partition(".")[2] for path, file in files.items() if file.skipped}
    assert skipped == {"rst", "html", "ipynb", "pdf", "docx", "yaml"}
    assert all("tuneproof[documents]" in str(file.skipped) for file in files.values() if file.skipped)
    with pytest.raises(SourceError) as caught:
        resolve(str(tmp_path / "engine.pdf"))
    assert caught.value.hint == "Run: pip install 'tuneproof[documents]'"
