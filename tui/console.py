"""What commands say: data on standard output, messages and progress on standard error.

Knows terminals only. On a terminal long work shows a bar with rate and time left; elsewhere plain lines, at
most one every few seconds, so that a log stays readable.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PLAIN_SECONDS = 5.0
Advance = Callable[[int, int, str], None]
"""Report progress: done so far, total (0 if unknown), and what is being done now."""


def data(text: str) -> None:
    """Write data for the caller, or the next program, to standard output."""
    sys.stdout.write(text + "\n")


def data_json(value: Any) -> None:
    """Write ``value`` as indented JSON to standard output."""
    data(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say(text: str = "") -> None:
    """Write a message for a person to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def fail(message: str, hint: str) -> None:
    """Say what is wrong in one line and what to do in another."""
    say(f"error: {message}")
    say(f"try:   {hint}")


@contextmanager
def progress(label: str) -> Iterator[Advance]:
    """Show the progress of one piece of work; the block calls what it is given with (done, total, note)."""
    with _bar(label) if sys.stderr.isatty() else _lines(label) as advance:
        yield advance


@contextmanager
def _bar(label: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}", style="dim"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None, note="", rate="")
        started = time.monotonic()

        def advance(done: int, total: int, note: str = "") -> None:
            rate = done / max(time.monotonic() - started, 1e-6)
            bars.update(
                task,
                completed=done,
                total=total or None,
                note=note,
                rate=f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s",
            )

        yield advance


@contextmanager
def _lines(label: str) -> Iterator[Advance]:
    started = last = time.monotonic()

    def advance(done: int, total: int, note: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if not done or now - last < PLAIN_SECONDS:
            return
        last = now
        rate = done / (now - started)
        left = f", {(total - done) / rate:.0f} s left" if total and rate > 0 else ""
        say(f"{label}: {done:,}{f' of {total:,}' if total else ''}{left}{f' ({note})' if note else ''}")

    yield advance
