"""Read one file as a document: lossless text, a title, and the hash of the raw bytes.

Knows encodings and where each format keeps its title. It must not change a byte of the text: newlines, byte order mark
and trailing blanks stay as they are.
"""

from __future__ import annotations

import io
import tokenize
from pathlib import PurePosixPath

from tuneproof.curate.reading.markdown_chunks import find_title
from tuneproof.curate.reading.python_chunks import parse_python
from tuneproof.curate.reading.sources import SourceFile
from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Document


class Unreadable(TuneproofError):
    """One file of a source can't be read; ``reason`` says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} can't be read: {reason}.", "Mend the file, or exclude it in [sources].")
        self.reason = reason


def read(source_name: str, file: SourceFile) -> Document:
    """Return ``file`` as a document of source ``source_name``.

    Raises:
        Unreadable: the file is gone, is no text in its encoding, or is no valid Python where it should be.
    """
    try:
        raw = file.absolute.read_bytes()
    except OSError as error:
        raise Unreadable(file.path, error.strerror or "it can't be opened") from error
    content = _decode_python(raw, file.path) if file.format == "python" else _decode(raw, "utf-8", file.path)
    return Document(
        document_id=document_id(source_name, file.path),
        source=source_name,
        path=file.path,
        format=file.format,
        sha256=sha256(raw),
        size=len(raw),
        title=_title(content, file),
        content=content,
    )


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
    try:
        parse_python(content)
    except SyntaxError as error:
        raise Unreadable(path, f"not valid Python: {error.msg}, line {error.lineno}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(path, f"Python can't parse it: {error}") from error
    return content


def _title(content: str, file: SourceFile) -> str:
    stem = PurePosixPath(file.path).stem
    if file.format == "python":
        return file.module or stem
    if file.format in ("markdown", "mdx"):
        return find_title(content, file.format) or stem
    first = next((line.strip() for line in content.removeprefix("\ufeff").splitlines() if line.strip()), "")
    return first if 0 < len(first) <= 80 else stem
