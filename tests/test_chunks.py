"""Chunks of Markdown and text: exact spans that cover the page, cut where a reader would, ids that survive a move."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.markdown_chunks import heading_text, parse_markdown
from tuneproof.curate.reading.spans import Lines
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Chunk, Document

UNCUT = ("fence", "table_open", "html_block", "code_block")


def page(content: str, format_name: str = "markdown") -> Document:
    raw = content.encode()
    return Document(document_id("s", "p"), "s", "p", format_name, sha256(raw), len(raw), "Page", content)


def assert_exact(document: Document, chunks: list[Chunk]) -> None:
    data = document.content.encode()
    covered = bytearray(len(data))
    end = 0
    for chunk in chunks:
        assert data[chunk.start_byte : chunk.end_byte].decode() == chunk.text
        assert end <= chunk.start_byte < chunk.end_byte
        end = chunk.end_byte
        covered[chunk.start_byte : chunk.end_byte] = b"\1" * (chunk.end_byte - chunk.start_byte)
    left = bytes(byte for byte, seen in zip(data, covered, strict=True) if not seen)
    assert not left.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


def assert_structure(document: Document, chunks: list[Chunk]) -> None:
    """Every heading opens the chunk that names it last, and no boundary lies inside a fence, table or HTML block."""
    lines = Lines(document.content.encode())
    opened = {chunk.start_byte: chunk for chunk in chunks}
    tokens = parse_markdown(document.content, document.format)
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        first, last = lines.offset(token.map[0]), lines.offset(token.map[1])
        if token.type == "heading_open":
            assert opened[first].heading_path[-1] == heading_text(tokens[index + 1])
        elif token.type in UNCUT:
            assert not [chunk for chunk in chunks if first < chunk.start_byte < last]


text = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1, max_size=30)
word = st.text("abcdé漢 ", min_size=1, max_size=40)
block = st.one_of(
    st.builds(lambda depth, words: "#" * depth + " " + words, st.integers(1, 6), word),
    st.builds(lambda words: f"x{words}\n===", word),
    word,
    text,
    st.builds(lambda body: f"```sh\n# {body}\n\n## not a heading\n```", word),
    st.builds(lambda body: f"~~~\n{body}\n# open to the end", word),
    st.builds(lambda body: f"| a | b |\n|---|---|\n| {body} | 1 |", st.text("xyz", max_size=20)),
    st.builds(lambda words: f"> quoted\n>\n> ## {words}\n>\n> after", word),
    st.builds(lambda words: f"- item\n\n  ### {words}\n\n  ```\n  # code\n  ```\n- last", word),
    st.builds(lambda words: f"1. # {words}\n2. two", word),
    st.builds(lambda words: f"<div>\n# {words}\n</div>", word),
    st.builds(lambda words: f"    # indented {words}", word),
    st.builds(lambda words: f"[{words}]: https://x.example", st.text("abc", min_size=1, max_size=5)),
    st.just("---"),
)
pages = st.builds(
    lambda bom, matter, blocks, gap, newline: bom + (matter + gap.join(blocks)).replace("\n", newline),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["", "---\ntitle: T\n---\n", "\n\n"]),
    st.lists(block, max_size=12),
    st.sampled_from(["\n", "\n\n", "\n \n\n"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@given(pages, st.sampled_from(["markdown", "mdx"]), st.sampled_from([1, 8, 40, 500]))
@settings(max_examples=250, deadline=None)
def test_chunks_of_any_page_are_exact_and_keep_its_structure(content: str, format_name: str, size: int) -> None:
    document = page(content, format_name)
    chunks = chunk_document(document, size)
    assert_exact(document, chunks)
    assert_structure(document, chunks)


@given(st.text(max_size=300), st.sampled_from(["markdown", "mdx", "text"]))
@settings(max_examples=250, deadline=None)
def test_chunks_of_any_text_at_all_are_exact(content: str, format_name: str) -> None:
    try:
        content.encode()
    except UnicodeEncodeError:
        return
    document = page(content, format_name)
    assert_exact(document, chunk_document(document, 10))


@given(st.lists(block, max_size=8), st.sampled_from([8, 500]))
@settings(max_examples=100, deadline=None)
def test_ids_survive_when_text_moves(blocks: list[str], size: int) -> None:
    body = "# First\n\n" + "\n\n".join(blocks)
    before = {chunk.chunk_id for chunk in chunk_document(page(body), size)}
    moved = chunk_document(page("# Before everything\n\nsome new text\n\n" + body), size)
    assert before <= {chunk.chunk_id for chunk in moved}


def test_a_section_runs_to_the_next_heading_of_any_level() -> None:
    content = "intro\n\n# A\n\none\n\n### B\n\ntwo\n\n## C\n# D\nfour\n"
    chunks = chunk_document(page(content), 500)
    assert [(chunk.kind, chunk.heading_path, chunk.text) for chunk in chunks] == [
        ("text", (), "intro"),
        ("section", ("A",), "# A\n\none"),
        ("section", ("A", "B"), "### B\n\ntwo"),
        ("heading", ("A", "C"), "## C"),
        ("section", ("D",), "# D\nfour"),
    ]
    assert [chunk.locator["line"] for chunk in chunks] == [1, 3, 7, 11, 12]


def test_text_after_a_quote_with_a_heading_belongs_to_the_outer_heading_again() -> None:
    content = "# A\n\none\n\n> ## Note\n>\n> inside\n\nmore of A\n\n- # In a list\n\n  deep\n\nend\n"
    found = [(chunk.heading_path, chunk.text) for chunk in chunk_document(page(content), 500)]
    assert found == [
        (("A",), "# A\n\none"),
        (("A", "Note"), "> ## Note\n>\n> inside"),
        (("A",), "more of A"),
        (("A", "In a list"), "- # In a list\n\n  deep"),
        (("A",), "end"),
    ]


def test_front_matter_is_no_heading_and_a_chunk_of_its_own() -> None:
    chunks = chunk_document(page("---\ntitle: T\n---\n\ntext\n\n# A\n\nx\n"), 500)
    assert [(chunk.kind, chunk.heading_path) for chunk in chunks] == [("text", ()), ("text", ()), ("section", ("A",))]
    assert chunks[0].text == "---\ntitle: T\n---"


def test_mdx_components_do_not_swallow_fences_or_headings() -> None:
    content = "<Tabs>\n  <Tab>\n\n    ```sh\n    # not a heading\n    ```\n\n    ## Real\n  </Tab>\n</Tabs>\n"
    tokens = [token.type for token in parse_markdown(content, "mdx")]
    assert tokens.count("fence") == 1
    assert [chunk.heading_path for chunk in chunk_document(page(content, "mdx"), 500)] == [(), ("Real",)]


def test_a_long_section_is_cut_between_blocks_and_each_part_fits() -> None:
    paragraphs = [f"Paragraph {number} " + "word " * 30 for number in range(12)]
    document = page("# Long\n\n" + "\n\n".join(paragraphs))
    chunks = chunk_document(document, 120)
    assert_exact(document, chunks)
    assert len(chunks) > 3
    assert all(len(chunk.text.encode()) / 3.5 <= 121 and chunk.warning is None for chunk in chunks)
    assert {chunk.heading_path for chunk in chunks} == {("Long",)}
    assert chunks[0].text.startswith("# Long\n\nParagraph 0")


def test_a_fence_that_is_too_long_stays_whole_with_a_warning() -> None:
    fence = "```\n" + "line of code\n\n" * 100 + "```"
    chunks = chunk_document(page(f"# A\n\nbefore\n\n{fence}\n\nafter\n"), 100)
    assert [chunk.text for chunk in chunks] == ["# A\n\nbefore", fence, "after"]
    assert chunks[0].warning is None
    assert chunks[2].warning is None
    assert chunks[1].warning == "a block of about 402 tokens is over 100 and stays whole"


def test_a_heading_keeps_its_first_block_and_an_announcement_what_it_announces() -> None:
    filler = "word " * 60
    content = f"# A\n\n{filler}\n\n{filler}\n\nRun this command:\n\n```\nrun it\n```\n\n{filler}\n"
    texts = [chunk.text for chunk in chunk_document(page(content), 95)]
    assert texts[0].startswith("# A\n\nword")
    assert any(text.endswith("Run this command:\n\n```\nrun it\n```") for text in texts)


def test_the_counter_that_is_passed_decides_what_is_too_long() -> None:
    content = "# A\n\none two three\n\nfour five six\n\nseven\n"
    chunks = chunk_document(page(content), 5, lambda text: len(text.split()))
    assert [chunk.text for chunk in chunks] == ["# A\n\none two three", "four five six\n\nseven"]


def test_identical_sections_have_ids_of_their_own() -> None:
    chunks = chunk_document(page("# A\n\nsame\n\n# A\n\nsame\n"), 500)
    assert chunks[0].text == chunks[1].text
    assert chunks[0].chunk_id != chunks[1].chunk_id


def test_plain_text_is_cut_between_paragraphs() -> None:
    content = "one\ntwo\r\n\r\n" + "word " * 50 + "\n\nlast\n"
    document = page(content, "text")
    chunks = chunk_document(document, 30)
    assert_exact(document, chunks)
    assert [chunk.text.split()[0] for chunk in chunks] == ["one", "word", "last"]
    assert chunks[1].warning == "one paragraph of about 72 tokens is over 30 and stays whole"


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(DataError, match="no way to cut the format 'odt'"):
        chunk_document(page("x", "odt"), 500)
