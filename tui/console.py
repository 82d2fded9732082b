"""What commands say: data on standard output, messages and progress on standard error.

Knows terminals only. On a terminal long work shows a bar with rate and time left; elsewhere plain lines, at
most one every few seconds, so that a log stays readable.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

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
    with stages(label) as (advance,):
        yield advance


@contextmanager
def stages(*labels: str) -> Iterator[tuple[Advance, ...]]:
    """Show the progress of pieces of work that follow one another, each from its first call on."""
    with _bars(labels) if sys.stderr.isatty() else nullcontext(tuple(map(_lines, labels))) as advances:
        yield advances


@contextmanager
def _bars(labels: Sequence[str]) -> Iterator[tuple[Advance, ...]]:
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
    # One display draws them all: two would write over each other's line.
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield tuple(_bar(bars, label, visible=not place) for place, label in enumerate(labels))


def _bar(bars: Progress, label: str, *, visible: bool) -> Advance:
    task = bars.add_task(label, total=None, visible=visible, note="", rate="")
    pace = _Pace()

    def advance(done: int, total: int, note: str = "") -> None:
        if not pace.begun:
            bars.reset(task, visible=True)
        rate = pace.rate(done)
        shown = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s" if rate else ""
        bars.update(task, completed=done, total=total or None, note=note, rate=shown)

    return advance


def _lines(label: str) -> Advance:
    pace = _Pace()
    said = time.monotonic()

    def advance(done: int, total: int, note: str = "") -> None:
        nonlocal said
        rate = pace.rate(done)
        if not done or time.monotonic() - said < PLAIN_SECONDS:
            return
        said = time.monotonic()
        left = f", {(total - done) / rate:.0f} s left" if total and rate else ""
        say(f"{label}: {done:,}{f' of {total:,}' if total else ''}{left}{f' ({note})' if note else ''}")

    return advance


class _Pace:
    """How fast one piece of work goes: counted from its first report, which may carry on from earlier work."""

    def __init__(self) -> None:
        self.begun: tuple[float, int] | None = None

    def rate(self, done: int) -> float:
        """Return the pieces a second so far; 0 while there is nothing to tell it from."""
        now = time.monotonic()
        if self.begun is None:
            self.begun = (now, done)
        since, first = self.begun
        return (done - first) / (now - since) if done > first and now > since else 0.0
