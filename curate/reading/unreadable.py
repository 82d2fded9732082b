"""One file that can't be read, and the faults of parsers that mean just that.

Knows which exceptions a parser raises on a damaged file. It must not know any format.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import BadZipFile, LargeZipFile

from tuneproof.datasets.workspace.errors import TuneproofError

# What libraries were seen to raise, or may, when bytes are not what their format promises. A parser that meets one of
# these was handed a broken file: the file is refused, the build goes on.
PARSER_FAULTS: tuple[type[Exception], ...] = (
    ArithmeticError, AssertionError, AttributeError, BadZipFile, BufferError, EOFError, LargeZipFile, LookupError,
    MemoryError, OSError, RuntimeError, struct.error, SyntaxError, TypeError, ValueError, zlib.error,
)  # fmt: skip
REASON_LENGTH = 160


class Unreadable(TuneproofError):
    """One file of a source can't be read; ``reason`` says why, in one line."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} can't be read: {reason}.", "Mend the file, or exclude it in [sources].")
        self.reason = reason


@contextmanager
def refusing(path: str, what: str, *more: type[Exception]) -> Iterator[None]:
    """Turn what a parser raises inside into `Unreadable`: ``what`` names what the file should have been.

    ``more`` are the library's own exceptions. Its warnings are not passed on: they speak of somebody else's file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except RecursionError as error:
        raise Unreadable(path, f"{what} nested too deeply") from error
    except (*PARSER_FAULTS, *more) as error:
        raise Unreadable(path, f"not valid {what}: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 3] + "..."
