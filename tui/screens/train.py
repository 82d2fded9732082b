"""The Train screen: runs, live: loss, held-out loss, rate and time left, read from the files that a run writes.

Knows how figures are drawn. A run goes on when this screen, or the terminal, is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.tui.canvas import curve
from tuneproof.tui.card import Block
from tuneproof.tui.display import one_line, visible
from tuneproof.tui.grounding import differing
from tuneproof.tui.keys import bindings
from tuneproof.tui.queries.training import RunsReader, RunState, Series
from tuneproof.tui.screens.pane import ListPane, off_loop, ready, start
from tuneproof.tui.table import Cell, Row

if TYPE_CHECKING:
    import duckdb

POLL_SECONDS = 0.5
# A chart takes what the card can spare, between these.
LEAST_LINES, MOST_LINES = 6, 16
ABOVE_CHARTS = 12
STATES: Mapping[str, str] = {"finished": "good", "running": "message", "failed": "bad", "stopped": "warn"}
LIVE = ("requested", "running")
Result = TypeVar("Result")


class TrainPane(ListPane):
    """The runs and the curves of one."""

    BINDINGS = bindings("open", "everywhere", "journal", "move")
    WIDTHS: ClassVar[tuple[int, ...]] = (9, 0, 16)
    TITLES: ClassVar[tuple[str, ...]] = ("state", "run", "begun")
    EMPTY: ClassVar[tuple[str, ...]] = (
        "There is no run yet.",
        "Run: tuneproof train (it can be watched here meanwhile)",
    )
    HELP = (
        "Every run, the newest first. A run in training is read again twice a second; it goes on when the "
        "review is closed. "
        "Loss of the training rows and of the held-out selection rows, both in nats a token. [train] samples = 4 has "
        "four validation questions answered at each evaluation, shown here beside the reference."
    )

    _reader: RunsReader | None = None
    _states: Mapping[str, str] = {}

    @property
    def reader(self) -> RunsReader:
        """What reads the run folders."""
        if self._reader is None:
            self._reader = RunsReader(self.review.desk.workspace.runs_dir)
        return self._reader

    def on_mount(self) -> None:
        """Read the run under the cursor again as long as it goes on."""
        self.set_interval(POLL_SECONDS, self._poll)

    async def ask(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Run ``work`` without the workspace's file: another command may hold it."""
        return await off_loop(partial(work, cast("duckdb.DuckDBPyConnection", None)))

    def read(self, con: duckdb.DuckDBPyConnection) -> Sequence[str]:
        """Return the runs."""
        names = self.reader.names()
        self._states = {name: self.reader.read(name, whole=False).state for name in names}
        return names

    def rows(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return state, id and time of runs."""
        return {name: _cells(self.reader.read(name, whole=False)) for name in ids}

    def face(self, con: duckdb.DuckDBPyConnection, name: str) -> list[Block]:
        """Return a run's figures and curves."""
        spare = (self.card.size.height - ABOVE_CHARTS) // 2
        lines = max(LEAST_LINES, min(MOST_LINES, spare))
        return _blocks(self.reader.read(name), max(10, self.card.size.width - 12), lines)

    def headline(self) -> list[Cell]:
        """Return how many runs there are and go on."""
        live = sum(state in LIVE for state in self._states.values())
        count = len(self._states)
        return [
            (f"{count:,} run{'s' * (count != 1)}", "title"),
            (f" · {live:,} in training" if live else "", "message"),
        ]

    def show_face(self, name: str | None, blocks: list[Block]) -> None:
        """Show the run where it was looked at: live figures must not scroll the card."""
        self.card.show(blocks, keep_place=name == self._last)
        self._last = name

    _last: str | None = None

    async def action_open(self) -> None:
        """To the card."""
        self._side(True)

    def _poll(self) -> None:
        # What is being read is drawn before it is read again, however slow the disk is.
        reading = any(worker.node is self and not worker.is_finished for worker in self.workers)
        if self.review.pane is self and not reading and self._states.get(self.table.current or "") in LIVE:
            start(self, self._refresh_run, "card")

    async def _refresh_run(self) -> None:
        name = self.table.current
        if name is None:
            return
        await self._show()
        try:
            row = await self.ask(partial(self.rows, ids=[name]))
        except TuneproofError as error:
            self.review.tell_error(error)
            return
        self.table.put(row)
        before, now = self._states.get(name), row[name][0][0].strip()
        if now != before:
            self.reload()

    def _fetch(self, ids: Sequence[str]) -> Future[Mapping[str, Row]]:
        return ready({name: _cells(self.reader.read(name, whole=False)) for name in ids})


def _cells(run: RunState) -> Row:
    when = run.created_at[:16].replace("T", " ")
    return (run.state, STATES.get(run.state, "dim")), (run.run_id, ""), (when, "dim")


def _blocks(run: RunState, width: int, lines: int) -> list[Block]:
    of = f" of {run.total:,}" if run.total else ""
    left = f", {_clock(run.left)} left" if run.left is not None else ""
    blocks = [
        Block(f"{run.state} · step {run.step:,}{of}{left}", STATES.get(run.state, "")),
        Block(f"run {run.run_id} · snapshot {run.snapshot_id}", "dim"),
        Block(f"base {one_line(run.base).rpartition('/')[2]} · {run.pairs or 0:,} pairs", "dim"),
    ]
    blocks += [Block(f"overridden: {run.override}", "warn")] if run.override else []
    if run.message:
        blocks += [Block(run.message, "bad"), Block(run.hint or "")]
    shown = [_figure(run, *figure) for figure in _FIGURES]
    blocks += [Block(""), Block(" · ".join(text for text in shown if text) or "no figures yet")]
    end = run.total or run.step
    for name, title in (("loss", "LOSS"), ("eval_loss", "HELD-OUT LOSS")):
        blocks += [Block(""), Block(title, "title"), *_chart(run.series.get(name, ()), width, lines, end)]
    return [*blocks, *_samples(run)]


_FIGURES = (
    ("loss", "loss", ".3f"),
    ("eval_loss", "held-out", ".3f"),
    ("learning_rate", "rate", ".2e"),
    ("grad_norm", "gradient", ".2f"),
    ("tokens_per_second", "tokens/s", ",.0f"),
)


def _figure(run: RunState, name: str, title: str, form: str) -> str:
    value = run.last(name)
    if value is None:
        return ""
    best = ""
    if name == "eval_loss":
        step, lowest = min(run.series[name], key=lambda point: point[1])
        best = f" (best {lowest:.3f} at step {step:,})"
    return f"{title} {value:{form}}{best}"


def _chart(series: Series, width: int, height: int, end: int) -> list[Block]:
    if not series:
        return [Block("no figure yet", "dim")]
    low, high = min(value for _, value in series), max(value for _, value in series)
    lines = curve(series, width, height, low, high, float(end))
    labels = [f"{high:7.3f} ", *[" " * 8] * (height - 2), f"{low:7.3f} "]
    return [Block(label + line) for label, line in zip(labels, lines, strict=True)]


def _samples(run: RunState) -> list[Block]:
    if not run.samples:
        return []
    blocks = [Block(""), Block(f"SAMPLES at step {run.sampled:,}", "title")]
    for sample in run.samples:
        shown, held = (visible(part.replace("\r\n", "\n")) for part in (sample.answer, sample.reference))
        blocks += [
            Block(sample.question, "strong"),
            Block("expected", "dim"),
            Block(sample.reference, indent=2),
            Block("answers", "dim"),
            Block(sample.answer or "(nothing)", indent=2, places=differing(shown, held)),
            Block(""),
        ]
    return blocks


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
