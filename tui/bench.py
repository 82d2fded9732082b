"""``make bench``: the figures of speed and size that the project promises, measured on this machine.

Each command runs as a whole process, as a person would start it: wall time, processor time and peak memory come
from the operating system. Promises stand beside the figures; nothing here passes or fails.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tuneproof.tui import console

REPEATS = 5
EXTRA_DOCS = "TUNEPROOF_EXTRA_DOCS"
PAGES = (".md", ".mdx", ".rst")
ADDED = "\n\nThe `BENCH_PAGES` setting holds at most 12 pages. It defaults to 4, and must not be changed later.\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: seconds of wall and processor time, its peak memory (largest of its family) and exit code."""

    wall: float
    processor: float
    peak_mib: float
    code: int


def run(arguments: Sequence[str], folder: Path) -> Measured:
    """Run ``tuneproof`` with ``arguments`` in ``folder`` and measure it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    child = subprocess.Popen(
        [str(Path(sys.executable).with_name("tuneproof")), *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = 0.0
    while child.poll() is None:
        peak = max(peak, _family_mib(child.pid))
        time.sleep(0.05)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, processor, peak, child.returncode)


def main() -> None:
    """Measure every promise and print a table."""
    scratch = Path(tempfile.mkdtemp(prefix="tuneproof-bench-"))
    try:
        console.data(f"{'what':<34} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'exit':>5}  promised")
        _short(["--help"], scratch, "--help", "0.150 s of processor time")
        healthy = scratch / "demo"
        _line("demo", run(["demo", str(healthy)], scratch), "360 s wall, 4,096 MiB, exit 0")
        _short(["status"], healthy, "status", "0.250 s of processor time")
        _line("build, nothing changed", run(["build"], healthy), "3 s wall")
        fresh = scratch / "build"
        run(["init", str(fresh)], scratch)
        sources = _sources(healthy)
        run(["add", *sources], fresh)
        _line("build from nothing", run(["build"], fresh), "90 s wall")
        _documentation(scratch)
        _line("demo --overfit", run(["demo", "--overfit", str(scratch / "over")], scratch), "360 s wall, exit 2")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _documentation(scratch: Path) -> None:
    """Measure ``build`` of every set of documentation below ``TUNEPROOF_EXTRA_DOCS``, and after one page changed."""
    given = os.environ.get(EXTRA_DOCS)
    if not given:
        console.data(f"{'build of a documentation folder':<34} not measured: {EXTRA_DOCS} names no folder")
        return
    docs, folder = scratch / "docs", scratch / "documented"
    shutil.copytree(given, docs)
    run(["init", str(folder)], scratch)
    run(["add", *(str(each) for each in sorted(docs.iterdir()) if each.is_dir())], folder)
    _line("build of a documentation folder", run(["build"], folder), "300 s wall, 2,048 MiB")
    pages = [path for path in docs.rglob("*") if path.suffix in PAGES]
    page = max(pages, key=lambda path: (path.stat().st_size, path))
    page.write_text(page.read_text("utf-8") + ADDED, "utf-8")
    _line("build after one page changed", run(["build"], folder), "10 s wall")


def _sources(workspace: Path) -> list[str]:
    import duckdb

    with duckdb.connect(str(workspace / "tuneproof.duckdb"), read_only=True) as connection:
        return [row[0] for row in connection.execute("SELECT location FROM sources ORDER BY location").fetchall()]


def _short(arguments: Sequence[str], folder: Path, name: str, promise: str) -> None:
    """Measure a short command ``REPEATS`` times and show the run of median processor time."""
    runs = sorted((run(arguments, folder) for _ in range(REPEATS)), key=lambda one: one.processor)
    _line(f"{name} (median of {REPEATS})", runs[REPEATS // 2], promise)


def _line(name: str, measured: Measured, promise: str) -> None:
    figures = f"{measured.wall:8.2f} {measured.processor:8.2f} {measured.peak_mib:9.0f} {measured.code:5d}"
    console.data(f"{name:<34} {figures}  {promise}")


def _family_mib(process: int) -> float:
    """Return the resident memory of a process and all that it started, in MiB; 0 where it can't be read."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    waiting = [process]
    while waiting:
        current = waiting.pop()
        try:
            total += int(Path(f"/proc/{current}/statm").read_text().split()[1]) * page
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting.extend(int(child) for child in (task / "children").read_text().split())
        except (OSError, ValueError):
            continue
    return total / 2**20


if __name__ == "__main__":
    main()
