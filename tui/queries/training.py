"""What the Train screen reads: the live files of run folders. The workspace's file is never opened for it.

Knows ``request.json``, ``status.json``, ``metrics.jsonl`` and ``samples.jsonl``. It must not know widgets, nor how
training is done.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tuneproof.datasets.workspace.atomic import read_json, read_jsonl

Series = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A validation question, the documentation's answer, and what the model in training said."""

    question: str
    reference: str
    answer: str


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as its files tell it; ``total`` steps are None until its child knows them, ``left`` seconds while it runs.

    ``samples`` are the answers of the newest evaluation that wrote some, made at step ``sampled``.
    """

    run_id: str
    state: str
    created_at: str
    base: str
    snapshot_id: str
    pairs: int | None
    override: str | None
    message: str | None
    hint: str | None
    step: int
    total: int | None
    left: float | None
    series: Mapping[str, Series] = field(default_factory=dict)
    sampled: int | None = None
    samples: tuple[Sample, ...] = ()

    def last(self, name: str) -> float | None:
        """Return the newest value of a figure."""
        found = self.series.get(name)
        return found[-1][1] if found else None


class RunsReader:
    """Reads the runs below a folder again and again, and keeps how fast each goes."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        # Steps as they were seen, by run: how fast it goes now, whatever it did before a break.
        self._paces: dict[str, list[tuple[float, int]]] = {}

    def names(self) -> list[str]:
        """Return the ids of all runs, the one asked for last first."""
        requests = [(path, read_json(path)) for path in self._runs_dir.glob("*/request.json")]
        found = [(str(request.get("created_at", "")), path.parent.name) for path, request in requests]
        return [name for _, name in sorted(found, reverse=True)]

    def read(self, name: str, *, whole: bool = True) -> RunState:
        """Return a run's state, with its figures if ``whole``.

        Raises:
            DataError: its files can't be read.
        """
        from tuneproof.train.progress import RunFolder, read_status

        run = RunFolder(self._runs_dir / name)
        request, status = read_json(run.request), read_status(run.path)
        series: dict[str, list[tuple[int, float]]] = {}
        for row in read_jsonl(run.metrics) if whole else ():
            series.setdefault(row["name"], []).append((row["step"], row["value"]))
        step = max((points[-1][0] for points in series.values()), default=0)
        total = request.get("max_steps") or status.steps
        written = read_jsonl(run.samples) if whole else ()
        sampled = written[-1]["step"] if written else None
        return RunState(
            run_id=name,
            state=status.state,
            created_at=str(request.get("created_at", "")),
            base=str(request.get("base", "")),
            snapshot_id=str(request.get("snapshot_id", "")),
            pairs=request.get("pairs"),
            override=request.get("override"),
            message=status.message,
            hint=status.hint,
            step=step,
            total=total,
            left=self._left(name, step, total) if status.state == "running" and whole else None,
            series=series,
            sampled=sampled,
            samples=tuple(
                Sample(row["question"], row["reference"], row["answer"]) for row in written if row["step"] == sampled
            ),
        )

    def _left(self, name: str, step: int, total: int | None) -> float | None:
        seen = self._paces.setdefault(name, [])
        if not seen or seen[-1][1] != step:
            seen.append((time.monotonic(), step))
            del seen[:-30]
        if total is None or len(seen) < 2:
            return None
        (began, first), (_, last) = seen[0], seen[-1]
        # Until now, not until the last step: a run that stands still is seen to slow down.
        return (total - step) * (time.monotonic() - began) / (last - first) if last > first else None
