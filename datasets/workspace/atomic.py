"""Files that are whole or not there: JSON documents written in one move, JSON lines appended one by one.

Knows bytes and the file system only. It must not know what a document means.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from tuneproof.datasets.workspace.errors import DataError

FILE_MODE = 0o644
READ_STEP = 1 << 16  # bytes


def write_json_atomic(path: Path, value: object) -> None:
    """Write ``value`` as indented JSON to ``path``: afterwards the file is the new one whole, or the old one.

    The text goes to a temporary file beside ``path``, reaches the disk, and is renamed over it.

    Raises:
        OSError: the disk is full or the folder can't be written; ``path`` is untouched and no remains are left.
        ValueError: ``value`` holds NaN or an infinity, which are no JSON.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    write_text_atomic(path, text)


def write_text_atomic(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with the line ends it has to ``path``, whole or not at all (see above)."""
    write_bytes_atomic(path, text.encode("utf-8"))


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all (see above)."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(FILE_MODE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_jsonl_atomic(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write ``rows``, one JSON object a line, to ``path``, whole or not at all (see above)."""
    write_text_atomic(path, "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows))


def read_json(path: Path) -> Any:
    """Return the JSON document in ``path``.

    Raises:
        DataError: there is no such file, or it holds no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.", "Check that the folder is complete.") from error
    except ValueError as error:
        raise DataError(f"{path} holds no valid JSON: {error}.", "Restore the file or make its folder anew.") from error


def append_jsonl(path: Path, rows: Mapping[str, object] | Iterable[Mapping[str, object]]) -> None:
    """Append ``rows``, one JSON object a line, and hand them to the operating system before returning.

    A torn last line that a killed process left is cut off first, so that it can't swallow the first new one;
    one that only lacks its line end is kept and given one, as `read_jsonl` counts it.

    Raises:
        OSError: the disk is full or the file can't be written.
        ValueError: a row holds NaN or an infinity.
    """
    found = [rows] if isinstance(rows, Mapping) else rows
    text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in found)
    with path.open("ab+") as file:
        _mend_last_line(file)
        file.write(text.encode("utf-8"))
        file.flush()


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the objects of ``path`` in order; one torn last line (no line end yet) is left out.

    A file that isn't there holds no rows.

    Raises:
        DataError: a line other than a torn last one is no JSON object.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    lines = data.split(b"\n")
    torn = lines.pop()
    rows = [_parse(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if torn.strip():
        rows.extend(_parse_torn(torn))
    return rows


def _parse(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{path}, line {number}: no valid JSON: {error}.", "Make the file anew.") from error
    if not isinstance(row, dict):
        raise DataError(f"{path}, line {number}: not a JSON object.", "Make the file anew.")
    return row


def _parse_torn(line: bytes) -> list[dict[str, Any]]:
    # A last line without its line end is either being written right now, cut by a kill, or complete in a
    # hand-made file; only whole JSON objects count.
    try:
        row = json.loads(line)
    except ValueError:
        return []
    return [row] if isinstance(row, dict) else []


def _mend_last_line(file: BinaryIO) -> None:
    start = _start_of_last_line(file)
    file.seek(start)
    rest = file.read()
    if not rest:
        return
    if _parse_torn(rest):
        file.write(b"\n")
    else:
        file.truncate(start)


def _start_of_last_line(file: BinaryIO) -> int:
    # Read backwards in steps: these files grow, and an append must not read them whole.
    position = file.seek(0, os.SEEK_END)
    while position > 0:
        start = max(0, position - READ_STEP)
        file.seek(start)
        found = file.read(position - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def _sync_folder(folder: Path) -> None:
    # The rename itself must reach the disk too, or a power cut can bring the old file back.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
