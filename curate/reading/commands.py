"""What a command prints for ``--help``, and what its subcommands print: a source that is run, not read from a file.

Knows ``command:NAME``, how a program is run so that it can't ask, page, colour or go on for ever, and where a help
names subcommands. Only ``--help`` is tried: other ways to ask, such as ``-h``, mean something else to some programs. It
must not know what a help says beyond that.
"""

from __future__ import annotations

import atexit
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tuneproof.curate.reading.help_chunks import looks_like_help, subcommands_of
from tuneproof.curate.reading.sources import SourceFile
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.errors import SourceError

PREFIX = "command:"
SECONDS = 20.0  # what one call may take
SECONDS_IN_ALL = 180.0
# Plain text of a fixed width, whatever the terminal: the same help gives the same chunks everywhere.
_ENVIRONMENT = {
    "COLUMNS": "100", "LINES": "1000", "TERM": "dumb", "NO_COLOR": "1", "PAGER": "cat", "MANPAGER": "cat",
    "GIT_PAGER": "cat", "SYSTEMD_PAGER": "cat", "LC_ALL": "C.UTF-8",
}  # fmt: skip
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|.\x08|[\x00-\x08\x0b\x0c\x0e-\x1f]")
# The running head of a manual page, which some print for their help: "GIT-ADD(1)   Git Manual   GIT-ADD(1)".
_RUNNING_HEAD = re.compile(r"^(?:[\w.-]+\(\d\w*\)\s.*|\S.*\s{3,}[\w.-]+\(\d\w*\))\s*$")
_BOX_TITLE = re.compile(r"^\s*[╭┌┏][─━]+\s+(?P<title>[^─━]+?)\s+[─━]+[╮┐┓]\s*$")
_BOX_RULE = re.compile(r"^\s*[╭╰┌└┏┗├][─━]*[╮╯┐┘┓┛┤]\s*$")
_BOX_LINE = re.compile(r"^\s*[│┃]\s?(?P<text>.*?)\s*[│┃]\s*$")


@dataclass(frozen=True, slots=True)
class _Printed:
    """What a call printed, or why it counts for nothing."""

    text: str
    reason: str | None = None


def is_command(location: str) -> bool:
    """Say whether ``location`` names a command."""
    return location.startswith(PREFIX)


def command_name(location: str) -> str:
    """Return the name of a command's source that was given none: ``git-remote`` for ``command:git remote``."""
    words = _words(location)
    return "-".join([Path(words[0]).name, *words[1:]])


def resolve_command(location: str) -> str:
    """Return ``location`` in the form that leads to the same command from any folder.

    Raises:
        SourceError: it names no command that is there.
    """
    words = _words(location)
    found = shutil.which(words[0])
    if found is None:
        raise SourceError(
            f"There is no command {words[0]}.", "Install it, or give the way to it: command:/path/to/NAME"
        )
    if os.sep in words[0]:
        words[0] = str(Path(found).absolute())
    return PREFIX + shlex.join(words)


def command_files(location: str, settings: config.Sources) -> list[SourceFile]:
    """Return the help of a command and of the subcommands that it lists, each in a file of its own.

    A subcommand that prints no help of its own is passed over with the reason.

    Raises:
        SourceError: the command is not there, or prints no help.
    """
    words = _words(resolve_command(location))
    begun = time.monotonic()
    printed = _help(words, settings.max_bytes)
    if printed.reason is not None:
        raise SourceError(
            f"{shlex.join(words)} --help {printed.reason}.", "Save its help to a file NAME.help and add that instead."
        )
    files = [_kept(words, printed)]
    seen = {printed.text}
    for name in subcommands_of(printed.text)[: settings.subcommands]:
        called = [*words, name]
        if time.monotonic() - begun > SECONDS_IN_ALL:
            said = _Printed("", f"not asked: the command had taken {SECONDS_IN_ALL:.0f} s in all")
        else:
            said = _help(called, settings.max_bytes)
        if said.text in seen and said.reason is None:
            said = _Printed("", "printed the same as another")
        seen.add(said.text)
        files.append(_kept(called, said))
    return sorted(files, key=lambda file: file.path)


def _words(location: str) -> list[str]:
    try:
        words = shlex.split(location.removeprefix(PREFIX))
    except ValueError as error:
        raise SourceError(f"{location!r} can't be read: {error}.", "Write command:NAME.") from error
    if not words or any(word.startswith("-") for word in words):
        raise SourceError(f"{location!r} names no command.", 'Write command:NAME, or "command:NAME SUBCOMMAND".')
    return words


def _kept(words: Sequence[str], printed: _Printed) -> SourceFile:
    """Return the file that holds what was printed; it lasts as long as the process."""
    name = "-".join(re.sub(r"[^\w.+-]", "_", Path(word).name) for word in words) + ".help"
    if printed.reason is not None:
        return SourceFile(name, Path(name), "help", printed.reason)
    place = _folder() / name
    place.write_text(printed.text, "utf-8")
    return SourceFile(name, place, "help")


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="tuneproof-commands-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _help(words: Sequence[str], limit: int) -> _Printed:
    """Run ``words --help`` and return what it prints as plain text of at most ``limit`` bytes."""
    try:
        with tempfile.TemporaryDirectory() as empty:
            process = subprocess.Popen(
                [*words, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                cwd=empty, env={**os.environ, **_ENVIRONMENT}, start_new_session=True,
            )  # fmt: skip
            with process:
                try:
                    raw, why = _read(process, limit)
                finally:
                    _end(process)
    except OSError as error:
        return _Printed("", f"can't be run: {error.strerror}")
    if why is not None:
        return _Printed("", why)
    text = plain(raw.decode("utf-8", "replace"))
    # Some print their help and say it was a mistake to ask.
    if not looks_like_help(text) and (process.returncode != 0 or len(text.split()) < 10):
        return _Printed("", f"printed no help (exit code {process.returncode})")
    return _Printed(text)


def _read(process: subprocess.Popen[bytes], limit: int) -> tuple[bytes, str | None]:
    """Return what ``process`` prints until it closes its output, or why that is not used."""
    stream = process.stdout
    if stream is None:  # it was asked for
        return b"", "has no output"
    found, deadline = bytearray(), time.monotonic() + SECONDS
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return b"", f"gave no whole answer within {SECONDS:.0f} s"
        piece = os.read(stream.fileno(), 65_536)
        if not piece:
            break
        found += piece
        if len(found) > limit:
            return b"", f"printed more than [sources] max_bytes = {limit}"
    try:
        process.wait(max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        return b"", f"did not end within {SECONDS:.0f} s"
    return bytes(found), None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop ``process`` and whatever it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def plain(text: str) -> str:
    """Return ``text`` without colours, overstrikes, running heads and drawn boxes; a box's title becomes a header."""
    lines = _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in _unboxed(lines)).strip("\n") + "\n"


def _unboxed(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if title := _BOX_TITLE.match(line):
            yield ""
            yield f"{title['title']}:"
        elif inside := _BOX_LINE.match(line):
            yield f"  {inside['text']}"
        elif not _BOX_RULE.match(line) and not _RUNNING_HEAD.match(line):
            yield line
