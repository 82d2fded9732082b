"""How quick the review is on a large workspace: from a key to the frame that shows what it did, and what that sends.

Run as ``python -m tuneproof.tui.bench_review [PAIRS] [--live]``, ``--live`` once more while a model is trained beside
it; ``make bench`` runs both. The workspace is made by SQL
alone. A key is put in at the driver, where a terminal's bytes become events, and the stopwatch stops when the frame
is handed to the driver; writing it to a terminal is not counted. Promises stand beside the figures; nothing here
passes or fails.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from textual import events

from tuneproof.datasets.workspace.errors import RunError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui import console
from tuneproof.tui.app import ReviewApp
from tuneproof.tui.queries.filters import Filter

PAIRS, SEARCHED = 1_000_000, 100_000
SIZE = (120, 40)
KEYS = 60
PATIENCE_SECONDS = 10.0
# Documents of 40 parts with three pairs each; every fifth pair has a finding, every thousandth answer is long.
_FILL = (
    """INSERT INTO store.documents
    SELECT 'd' || i, 'docs', printf('guide/%06d.md', i), 'markdown', 'x', 1, 'title', 'current', NULL, ''
    FROM range($pairs // 120 + 1) t(i)""",
    """INSERT INTO store.chunks
    SELECT 'c' || i, 'd' || (i // 40), i % 40, 'section', ['Guide ' || (i // 40), 'Part ' || (i % 40)],
        0, 1, NULL, 'Part ' || i || ' keeps an item for ' || (i % 90) || ' days. ' ||
            repeat('More of the same kind. ', 12), 90, NULL
    FROM range($pairs // 3 + 1) t(i)""",
    """INSERT INTO store.pairs
    SELECT printf('%016x', i), 'c' || (i // 3), 'd' || (i // 120),
        'How long is item ' || i || ' kept in part ' || (i % 40) || '?',
        'For ' || ((i // 3) % 90) || ' days. ' ||
            repeat('It depends on the receipt. ', CASE WHEN i % 1000 = 0 THEN 400 ELSE 3 END),
        CASE i % 4 WHEN 0 THEN 'limit' WHEN 1 THEN 'what_is' WHEN 2 THEN 'how_to' ELSE 'error' END,
        'prose.amount', 'template', false, 40
    FROM range($pairs) t(i)""",
    "INSERT INTO store.pair_chunks SELECT pair_id, chunk_id, 0 FROM store.pairs",
    """INSERT INTO store.placements
    SELECT pair_id, true, 'first of its topic', 'train',
        CASE WHEN hash(document_id) % 5 = 0 THEN 'test' ELSE 'train' END, document_id,
        (hash(pair_id) % 60)::INTEGER FROM store.pairs""",
    """INSERT INTO store.findings
    SELECT 'f' || pair_id, 'pair', pair_id, 'too_long', 'warn', 'The answer is long.', '{}', 0.5
    FROM store.pairs WHERE hash(pair_id) % 5 = 0""",
    "INSERT INTO store.clusters SELECT i, 'topic ' || i, 1 FROM range(60) t(i)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timed:
    """A kind of key: its times in milliseconds and the bytes of each frame that followed."""

    name: str
    times: tuple[float, ...]
    sizes: tuple[int, ...]
    promise: str


class Stopwatch(ReviewApp):
    """The review, noting when each frame is handed over and how much it sends."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, "bench")
        self.frames: list[tuple[float, int]] = []
        self._measure = Console(color_system="truecolor", force_terminal=True)

    def _display(self, screen: Any, renderable: Any) -> None:
        if screen is self.screen and hasattr(renderable, "render_segments"):
            at = time.perf_counter()
            self.frames.append((at, len(renderable.render_segments(self._measure).encode())))
        super()._display(screen, renderable)


def fill(workspace: Workspace, pairs: int) -> None:
    """Fill an empty workspace with ``pairs`` pairs over documents, topics and findings."""
    with workspace.write() as con:
        for statement in _FILL:
            con.execute(statement, {"pairs": pairs} if "$pairs" in statement else None)
        con.execute("CHECKPOINT")


async def measure(workspace: Workspace, keys: int = KEYS) -> list[Timed]:
    """Drive the review on ``workspace`` and return what each kind of key took."""
    app = Stopwatch(workspace)
    found: list[Timed] = []
    async with app.run_test(size=SIZE) as pilot:
        await _until(lambda: bool(app.pairs.table.ids) and "QUESTION" in app.pairs.card.text)
        await pilot.pause()
        for name, press, promise in (
            ("cursor j", "j", "16 ms, 1 kB"),
            ("verdict a", "a", "33 ms"),
            ("page", "pagedown", "33 ms"),
            ("undo u", "u", ""),
        ):
            found.append(await _keys(app, name, press, keys, promise))
        found.append(await _work(app, "jump G, g", _jumps(app, keys // 4), ""))
        found.append(await _found(app))
        ways = [
            Filter(type="limit"),
            Filter(order="longest"),
            Filter(finding="any"),
            Filter(split="test", order="topic"),
        ]
        found.append(await _work(app, "filter, sort", [_filtered(app, way) for way in ways], "300 ms off the loop"))
    return found


async def measure_finding(workspace: Workspace) -> Timed:
    """Return what a search took."""
    app = Stopwatch(workspace)
    async with app.run_test(size=SIZE) as pilot:
        await _until(lambda: bool(app.pairs.table.ids) and "QUESTION" in app.pairs.card.text)
        await pilot.pause()
        return await _found(app)


def main() -> None:
    """Make the workspaces, measure, and print a table."""
    counts = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    pairs = counts[0] if counts else PAIRS
    scratch = Path(tempfile.mkdtemp(prefix="tuneproof-review-"))
    try:
        workspace = Workspace.init(scratch / "ws")
        fill(workspace, pairs)
        size = workspace.database.stat().st_size / 2**20
        console.data(f"{pairs:,} pairs, {size:,.0f} MiB, a screen of {SIZE[0]}x{SIZE[1]}")
        _table("what", asyncio.run(measure(workspace)))
        smaller = Workspace.init(scratch / "smaller")
        fill(smaller, SEARCHED)
        console.data(_line(asyncio.run(measure_finding(smaller))))
        if "--live" in sys.argv:
            with training(scratch / "live"):
                _table("while a model is trained", asyncio.run(measure(workspace)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.data(f"{'peak memory':<30} {peak:8,.0f} MiB {'':18}  500 MiB")
        painted, filled = _first_frames(workspace)
        console.data(f"{'first paint from the shell':<30} {painted:8.0f} ms {'':19}  600 ms")
        console.data(f"{'first pair from the shell':<30} {filled:8.0f} ms")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """Train tuneproof-base on made-up pairs as long as the block runs, as ``tuneproof train`` does."""
    from tuneproof.datasets.workspace.bases import base_folder
    from tuneproof.datasets.workspace.config import Train
    from tuneproof.datasets.workspace.snapshots import SnapshotRow, freeze
    from tuneproof.train.launch import prepare_run, start, stop
    from tuneproof.train.progress import RunFolder, read_status

    asked = [(f"How long is item {number} kept?", f"For {number % 90} days from delivery.") for number in range(1_000)]
    rows = [
        SnapshotRow("train", [{"role": "user", "content": question}, {"role": "assistant", "content": answer}], {})
        for question, answer in asked
    ]
    snapshot = freeze(folder / "datasets", rows, [], {"seed": 0})
    run = prepare_run(
        folder / "runs", snapshot.path, base_folder("tuneproof-base", folder), Train(epochs=1_000, replay=0.0), None
    )
    process = start(run)
    try:
        while not RunFolder(run).metrics.exists():
            if process.poll() is not None:
                raise RunError(f"The run ended: {read_status(run).message}", f"See {RunFolder(run).log}.")
            time.sleep(0.2)
        yield
    finally:
        stop(process)


def _table(heading: str, found: Sequence[Timed]) -> None:
    console.data(f"{heading:<30} {'p50 ms':>8} {'p95 ms':>8} {'p50 B':>8} {'p95 B':>8} {'n':>4}  promised at p95")
    for timed in found:
        console.data(_line(timed))


def _line(timed: Timed) -> str:
    times = f"{_quantile(timed.times, 0.5):8.1f} {_quantile(timed.times, 0.95):8.1f}"
    sizes = f"{_quantile(timed.sizes, 0.5):8,.0f} {_quantile(timed.sizes, 0.95):8,.0f}"
    return f"{timed.name:<30} {times} {sizes} {len(timed.times):4d}  {timed.promise}"


def _quantile(figures: Sequence[float], share: float) -> float:
    """Return the figure under which that share of all stayed."""
    return sorted(figures)[min(len(figures) - 1, round(share * (len(figures) - 1)))]


async def _keys(app: Stopwatch, name: str, press: str, count: int, promise: str) -> Timed:
    times, sizes = [], []
    for _ in range(count):
        took, size = await _one(app, lambda: _send(app, press))
        times.append(took)
        sizes.append(size)
    return Timed(name, tuple(times), tuple(sizes), promise)


async def _one(app: Stopwatch, act: Callable[[], None]) -> tuple[float, int]:
    """Return the milliseconds from ``act`` to the last frame that it causes, and the bytes of all of them."""
    while any(not worker.is_finished for worker in app.workers):
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.03)
    app.frames.clear()
    began = time.perf_counter()
    act()
    await _until(lambda: bool(app.frames))
    # The card follows its row by a frame: what counts is the last one.
    while time.perf_counter() - app.frames[-1][0] < 0.03 or any(not worker.is_finished for worker in app.workers):
        await asyncio.sleep(0.002)
    return 1000 * (app.frames[-1][0] - began), sum(size for _, size in app.frames)


def _send(app: Stopwatch, press: str) -> None:
    assert app._driver
    app._driver.send_message(events.Key(press, press if len(press) == 1 else None))


def _jumps(app: Stopwatch, count: int) -> list[Callable[[], Awaitable[tuple[float, int]]]]:
    return [lambda key=key: _one(app, lambda: _send(app, key)) for _ in range(count) for key in ("G", "g")]  # type: ignore[misc]


async def _found(app: Stopwatch) -> Timed:
    total = len(app.pairs.table.ids)
    return await _work(app, f"find among {total:,}", _finds(app), "60 ms" if total <= SEARCHED else "")


def _finds(app: Stopwatch) -> list[Callable[[], Awaitable[tuple[float, int]]]]:
    words = ["item 4711", "receipt", "part 39?", "no such words"] * 4
    return [lambda word=word: _one(app, lambda: app.pairs.seek(word)) for word in words]  # type: ignore[misc]


def _filtered(app: Stopwatch, way: Filter) -> Callable[[], Awaitable[tuple[float, int]]]:
    return lambda: _one(app, lambda: app.pairs.reload(way))


async def _work(
    app: Stopwatch, name: str, runs: Sequence[Callable[[], Awaitable[tuple[float, int]]]], promise: str
) -> Timed:
    found = [await run() for run in runs]
    return Timed(name, tuple(took for took, _ in found), tuple(size for _, size in found), promise)


async def _until(holds: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not holds() and time.perf_counter() < deadline:
        await asyncio.sleep(0.001)


_FIRST = """
import asyncio, sys, time
from pathlib import Path
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.app import ReviewApp

class Watched(ReviewApp):
    painted = None

    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        Watched.painted = Watched.painted or time.time()

async def main():
    app = Watched(Workspace(Path(sys.argv[1])), "bench")
    async with app.run_test(size=(120, 40)):
        while "QUESTION" not in app.pairs.card.text:
            await asyncio.sleep(0.001)
        print(Watched.painted, time.time(), flush=True)

asyncio.run(main())
"""


def _first_frames(workspace: Workspace) -> tuple[float, float]:
    """Return the milliseconds from a process's start to its first frame and to the first pair on it: medians of five.

    The 95th percentile of so few would be the slowest of them.
    """
    found = []
    for _ in range(5):
        began = time.time()
        done = subprocess.run(
            [sys.executable, "-c", _FIRST, str(workspace.root)], capture_output=True, text=True, check=True
        )
        found.append([1000 * (float(at) - began) for at in done.stdout.split()])
    painted, filled = (sorted(times)[len(times) // 2] for times in zip(*found, strict=True))
    return painted, filled


if __name__ == "__main__":
    main()
