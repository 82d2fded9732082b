"""Read one file as a document: lossless text, a title, and the hash of the raw bytes.

Knows encodings, who reads which format, and where each format keeps its title. It must not change a byte of what is
text already: newlines, byte order mark and trailing blanks stay as they are.
"""

from __future__ import annotations

import io
import tokenize
from pathlib import PurePosixPath

from tuneproof.curate.reading.derived import Derived
from tuneproof.curate.reading.help_chunks import program_of
from tuneproof.curate.reading.markdown_chunks import find_title
from tuneproof.curate.reading.python_chunks import parse_python
from tuneproof.curate.reading.sources import SourceFile
from tuneproof.curate.reading.unreadable import Unreadable, refusing
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Document

__all__ = ["Unreadable", "read"]
DERIVED = frozenset({"html", "pdf", "docx", "notebook"})
# A line that long is data: no parser of prose is made for it, and some take quadratic time over it.
MAX_LINE = 100_000
# Above what [sources] max_bytes may be set to by hand, parsers run out of memory before they run out of patience.
MAX_BYTES = 64_000_000


def read(source_name: str, file: SourceFile) -> Document:
    """Return ``file`` as a document of source ``source_name``.

    Raises:
        Unreadable: the file is gone, is no text in its encoding, or is not what its format promises.
    """
    try:
        raw = file.absolute.read_bytes()
    except OSError as error:
        raise Unreadable(file.path, error.strerror or "it can't be opened") from error
    if len(raw) > MAX_BYTES:
        raise Unreadable(file.path, f"{len(raw)} bytes are more than any document has ({MAX_BYTES})")
    if file.format in DERIVED:
        found = _derive(raw, file)
    elif file.format == "python":
        found = Derived(_decode_python(raw, file.path))
    elif file.format == "jsonl":
        # One bad line must not cost the others: the mark of replacement stands where it is broken.
        found = Derived(raw.decode("utf-8", "replace"))
    else:
        found = Derived(_decode(raw, "utf-8", file.path))
    if file.format not in ("python", "jsonl"):
        _check_lines(found.content, file)
    return Document(
        document_id=document_id(source_name, file.path),
        source=source_name,
        path=file.path,
        format=file.format,
        sha256=sha256(raw),
        size=len(raw),
        title=_title(found, file),
        content=found.content,
        places=found.places,
    )


def _derive(raw: bytes, file: SourceFile) -> Derived:
    # Each of them loads its library where it is used.
    if file.format == "html":
        from tuneproof.curate.reading.html_reader import read_html

        return read_html(raw, file.path)
    if file.format == "pdf":
        from tuneproof.curate.reading.pdf_reader import read_pdf

        return read_pdf(raw, file.path)
    if file.format == "docx":
        from tuneproof.curate.reading.docx_reader import read_docx

        return read_docx(raw, file.path)
    from tuneproof.curate.reading.notebook_reader import read_notebook

    return read_notebook(raw, file.path)


def _decode(raw: bytes, encoding: str, path: str) -> str:
    try:
        content = raw.decode(encoding)
        content.encode()
    except UnicodeDecodeError as error:
        raise Unreadable(path, f"not valid {encoding.upper()} at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise Unreadable(path, f"its {encoding} text holds half a character at {error.start}") from error
    except LookupError as error:
        raise Unreadable(path, f"its text encoding {encoding!r} is unknown") from error
    if "\0" in content:
        raise Unreadable(path, "it holds a NUL character: a binary file, or UTF-16")
    return content


def _decode_python(raw: bytes, path: str) -> str:
    """Decode by the coding cookie (PEP 263), keep the byte order mark, and see that the parser takes it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    except SyntaxError as error:
        raise Unreadable(path, error.msg) from error
    content = _decode(raw, "utf-8" if encoding == "utf-8-sig" else encoding, path)
    if len(max(raw.split(b"\n"), key=len)) > 10 * MAX_LINE:
        raise Unreadable(path, "a line of more than a million bytes is data, not documentation")
    try:
        parse_python(content)
    except SyntaxError as error:
        raise Unreadable(path, f"not valid Python: {error.msg}, line {error.lineno}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(path, f"Python can't parse it: {str(error) or 'nested too deeply'}") from error
    return content


def _check_lines(content: str, file: SourceFile) -> None:
    """Refuse what no parser of prose could go through in bounded time."""
    if file.format in ("openapi", "python"):
        return
    longest = max((len(line) for line in content.splitlines()), default=0)
    if longest > MAX_LINE:
        raise Unreadable(file.path, f"a line of {longest} characters is data, not documentation (over {MAX_LINE})")


def _title(found: Derived, file: SourceFile) -> str:
    stem = PurePosixPath(file.path).stem
    content = found.content
    if file.format == "python":
        return file.module or stem
    if file.format in DERIVED or file.format in ("markdown", "mdx"):
        with refusing(file.path, "Markdown"):
            return find_title(content, file.format) or found.title or stem
    if file.format == "rst":
        from tuneproof.curate.reading.rst_tree import parse_rst

        with refusing(file.path, "reStructuredText"):
            return parse_rst(content).title or stem
    if file.format == "openapi":
        from tuneproof.curate.reading.openapi_tree import parse_openapi

        with refusing(file.path, "OpenAPI"):
            return parse_openapi(content).title or stem
    if file.format == "help":
        return program_of(content) or stem
    first = next((line.strip() for line in content.removeprefix("\ufeff").splitlines() if line.strip()), "")
    return first if 0 < len(first) <= 80 else stem
