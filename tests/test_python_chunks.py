"""Chunks of Python: raw bytes from the first decorator to the end of the docstring, for every documented definition."""

from __future__ import annotations

import ast
import sysconfig
import time
from pathlib import Path

import pytest

from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.python_chunks import parse_python
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import discover
from tuneproof.curate.reading.spans import Lines
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Chunk, Document, Source


def module(content: str) -> Document:
    raw = content.encode()
    return Document(document_id("s", "m.py"), "s", "m.py", "python", sha256(raw), len(raw), "m", content)


def chunks_of(content: str) -> list[Chunk]:
    document = module(content)
    chunks = chunk_document(document, 500)
    data = content.encode()
    end = 0
    for chunk in chunks:
        assert data[chunk.start_byte : chunk.end_byte].decode() == chunk.text
        assert chunk.start_byte >= end
        end = chunk.end_byte
    return chunks


def test_a_chunk_runs_from_the_first_decorator_to_the_end_of_the_docstring() -> None:
    source = (
        '"""Module é."""\n\n'
        "class A(Base):\n"
        "    '''Class doc.'''\n\n"
        "    @property\n"
        "    @cache\n"
        "    def size(self, x=(1,\n              2)):\n"
        '        r"""Raw\n        doc."""\n'
        "        return 1\n\n"
        "    async def run(self):\n"
        '        """Run."""\n'
    )
    found = [(chunk.kind, chunk.heading_path, chunk.text) for chunk in chunks_of(source)]
    assert found == [
        ("module", ("m",), '"""Module é."""'),
        ("class", ("m", "A"), "class A(Base):\n    '''Class doc.'''"),
        (
            "method",
            ("m", "A", "size"),
            '    @property\n    @cache\n    def size(self, x=(1,\n              2)):\n        r"""Raw\n        doc."""',
        ),
        ("method", ("m", "A", "run"), '    async def run(self):\n        """Run."""'),
    ]


def test_what_is_not_documented_yields_no_chunk() -> None:
    source = (
        'import x\n\ndef f():\n    return 1\n\nclass A:\n    def g(self):\n        """G."""\n\ndef h():\n    """ """\n'
    )
    assert [chunk.heading_path for chunk in chunks_of(source)] == [("m", "A", "g")]


def test_one_line_and_nested_definitions_do_not_overlap() -> None:
    source = (
        'def f(): "doc f"; x = 1\n'
        "def outer():\n"
        '    "doc outer"\n'
        "    if True:\n"
        "        def inner():\n"
        '            "doc inner"\n'
        "    class Local:\n"
        '        "doc local"\n'
        '        def m(self): "doc m"\n'
        'class B: "doc b"\n'
        "def k():\n"
        '    ("doc "\n     "k")\n'
    )
    found = {chunk.heading_path: (chunk.kind, chunk.text) for chunk in chunks_of(source)}
    assert found == {
        ("m", "f"): ("function", 'def f(): "doc f"'),
        ("m", "outer"): ("function", 'def outer():\n    "doc outer"'),
        ("m", "outer", "<locals>", "inner"): ("function", '        def inner():\n            "doc inner"'),
        ("m", "outer", "<locals>", "Local"): ("class", '    class Local:\n        "doc local"'),
        ("m", "outer", "<locals>", "Local", "m"): ("method", '        def m(self): "doc m"'),
        ("m", "B"): ("class", 'class B: "doc b"'),
        ("m", "k"): ("function", 'def k():\n    ("doc "\n     "k")'),
    }


def test_definitions_under_if_and_try_are_found_and_told_apart() -> None:
    source = 'try:\n    def f():\n        "one"\nexcept OSError:\n    def f():\n        "one"\n'
    chunks = chunks_of(source)
    assert [chunk.heading_path for chunk in chunks] == [("m", "f"), ("m", "f")]
    assert len({chunk.chunk_id for chunk in chunks}) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_only_real_newlines_end_a_line(newline: str, mark: str) -> None:
    source = 'x = "\x0b \u2028 é漢"\n\x0c\ndef f(a="é"): """ü\x0cdoc"""\n\x0cdef g():\n    """doc g\x0b"""\n'
    chunks = chunks_of(mark + source.replace("\n", newline))
    assert chunks[0].text == 'def f(a="é"): """ü\x0cdoc"""'
    assert chunks[1].text == f'\x0cdef g():{newline}    """doc g\x0b"""'
    assert chunks[0].locator["line"] == 3


def test_a_definition_under_a_thousand_branches_is_found() -> None:
    chain = "".join(f"elif x == {number}:\n    pass\n" for number in range(1500))
    source = f"x = 0\nif x:\n    pass\n{chain}else:\n    def deep():\n        'doc'\n"
    assert [chunk.heading_path for chunk in chunks_of(source)] == [("m", "deep")]


def test_the_at_sign_may_stand_before_its_expression() -> None:
    source = "@(\n    wrap\n)\ndef f():\n    'doc'\n"
    assert chunks_of(source)[0].text == source.rstrip()


def test_ids_survive_when_a_definition_moves() -> None:
    body = 'def f():\n    """F."""\n'
    before = {chunk.chunk_id for chunk in chunks_of(body)}
    assert before <= {chunk.chunk_id for chunk in chunks_of('import os\n\ndef g():\n    """G."""\n\n' + body)}


def documented(tree: ast.Module) -> int:
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return sum(bool((ast.get_docstring(node) or "").strip()) for node in ast.walk(tree) if isinstance(node, nodes))


def test_every_docstring_of_the_standard_library_has_an_exact_chunk() -> None:
    """The tests that Python ships are left out, for time and because some are broken on purpose."""
    root = Path(sysconfig.get_path("stdlib"))
    settings = config.Sources(exclude=("site-packages", "test", "*/test", "*/tests", "idlelib/idle_test"))
    started = time.process_time()
    files = chunks = 0
    unreadable: list[str] = []
    for file in discover(Source("stdlib", str(root)), settings):
        if file.skipped is not None or file.format != "python":
            continue
        try:
            document = read("stdlib", file)
        except Unreadable as error:
            unreadable.append(error.message)
            continue
        found = chunk_document(document, 500)
        data = document.content.encode()
        lines, end = Lines(data), 0
        for chunk in found:
            assert data[chunk.start_byte : chunk.end_byte].decode() == chunk.text
            assert end <= chunk.start_byte < chunk.end_byte
            assert chunk.start_byte in (lines.offset(lines.line_of(chunk.start_byte)), len(data))
            end = chunk.end_byte
        assert len(found) == documented(parse_python(document.content))
        files += 1
        chunks += len(found)
    assert unreadable == []
    assert files > 500
    assert chunks > 5000
    assert time.process_time() - started < 30
