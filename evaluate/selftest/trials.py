"""One seed's trials: the set is built and frozen once, every rung is trained or planted on it and judged.

Knows folders, children and their order. A trial that was cut off is made again; what was recorded is never made
twice.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuneproof.curate.arrange import arrange
from tuneproof.curate.build import build
from tuneproof.curate.freeze import gate_data
from tuneproof.curate.registry import add_sources
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.atomic import read_json, read_jsonl, write_json_atomic
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import RunError
from tuneproof.datasets.workspace.records import Item
from tuneproof.datasets.workspace.snapshots import SPLITS, Snapshot, SnapshotRow, freeze
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.evaluate import launch as scoring
from tuneproof.evaluate.folder import EvaluationFolder
from tuneproof.evaluate.folder import read_status as evaluation_status
from tuneproof.evaluate.judge import Run
from tuneproof.evaluate.sanity import Templates
from tuneproof.evaluate.scoring import read_scores
from tuneproof.evaluate.selftest.corpus import draw_modules
from tuneproof.evaluate.selftest.permute import permuted_verdicts
from tuneproof.evaluate.selftest.plants import Frozen, other_template
from tuneproof.evaluate.selftest.rungs import HEALTHY, RUNGS, Rung
from tuneproof.evaluate.selftest.tally import PERMUTED, STOPPED, Trial
from tuneproof.train import launch as training
from tuneproof.train.base_facts import base_hashes
from tuneproof.train.progress import read_status as training_status

WHY = "self-test"
#: Stands for the day of every verdict of the self-test: no waiver is in force.
AS_OF = "2000-01-01"


@dataclass(frozen=True, slots=True)
class Bench:
    """Where one seed's trials are made: its workspace and the runs of all seeds."""

    folder: Path
    seed: int
    version: str

    @property
    def workspace(self) -> Workspace:
        """The seed's workspace."""
        return Workspace(self.folder / f"seed-{self.seed:04d}")

    @property
    def runs(self) -> Path:
        """Run folders; those of all seeds lie together, so that scores of the base are shared."""
        return self.folder / "runs"

    def clear(self) -> None:
        """Remove the seed's workspace and every run: what they said is recorded."""
        shutil.rmtree(self.workspace.root, ignore_errors=True)
        for run in self.runs.glob("*/request.json"):
            shutil.rmtree(run.parent)


def run_trials(bench: Bench, rungs: Sequence[Rung], permutations: int) -> Iterator[Trial]:
    """Yield the trials of one seed as they are judged; ``permutations`` of the healthy run's scores come with it.

    Raises:
        RunError: a run or an evaluation broke off.
    """
    wanted = [rung for rung in RUNGS if rung in rungs]
    healthy = next(rung for rung in RUNGS if rung.name == HEALTHY)
    ridden: Path | None = None
    if permutations or any(rung.name == HEALTHY or rung.rides for rung in wanted):
        ridden, trial = _train_and_judge(bench, healthy)
        if healthy in wanted:
            yield trial
        yield from _permuted(bench, ridden, permutations)
    for rung in wanted:
        if rung.name == HEALTHY:
            continue
        if rung.rides:
            assert ridden is not None
            yield _ride(bench, rung, ridden)
        else:
            yield _train_and_judge(bench, rung)[1]


def _train_and_judge(bench: Bench, rung: Rung) -> tuple[Path, Trial]:
    started = time.monotonic()
    workspace = _workspace(bench, rung)
    snapshot = _snapshot(workspace, bench, rung)
    base = base_folder(workspace.config.base.model, workspace.root)
    run = training.prepare_run(bench.runs, snapshot.path, base, workspace.config.train, WHY)
    training.start(run).wait()
    status = training_status(run)
    if status.state == "failed" and rung.faulty and "diverged" in (status.message or ""):
        return run, _stopped(bench, rung, base, time.monotonic() - started)
    if status.state != "finished":
        raise RunError(f"Trial {rung.name}, seed {bench.seed}: {status.message}", status.hint or f"See {run}.")
    return run, _judge(bench, rung, run, workspace.config, started)


def _stopped(bench: Bench, rung: Rung, base: Path, seconds: float) -> Trial:
    """Return the trial of a run that training itself gave up: the loss was no number any more."""
    weights = base_hashes(base)["model.safetensors"]
    return Trial(rung.name, bench.seed, STOPPED, ("divergence",), {}, {}, round(seconds, 1), bench.version, weights)


def _ride(bench: Bench, rung: Rung, healthy: Path) -> Trial:
    """Judge a copy of the healthy run with a changed adapter, or asked with another template."""
    started = time.monotonic()
    run = bench.runs / f"{healthy.name}-{rung.name}"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(healthy, run, ignore=shutil.ignore_patterns("evaluation", "checkpoints"))
    if rung.adapter is not None:
        rung.adapter(run / "adapter")
    if rung.template:
        request = read_json(run / "request.json")
        request["base"] = str(other_template(Path(request["base"]), bench.folder / "other-template"))
        write_json_atomic(run / "request.json", request)
    return _judge(bench, rung, run, bench.workspace.config, started)


def _judge(bench: Bench, rung: Rung, run: Path, config: Config, started: float) -> Trial:
    scoring.prepare_evaluation(run, config, look=1, as_of=AS_OF)
    scoring.start(run).wait()
    status = evaluation_status(run)
    if status.state != "finished":
        raise RunError(f"Trial {rung.name}, seed {bench.seed}: {status.message}", status.hint or f"See {run}.")
    verdict = Verdict.from_document(read_json(EvaluationFolder(run).verdict))
    return _trial(bench, rung.name, run, verdict, time.monotonic() - started)


def _permuted(bench: Bench, run: Path, count: int) -> Iterator[Trial]:
    folder = EvaluationFolder(run)
    items = [Item(**{**row, "choices": tuple(row["choices"])}) for row in read_jsonl(folder.items)]
    scores = read_scores(folder.scores)
    same = Run(run.name, Templates("same", "same"))
    config = bench.workspace.config
    for verdict in permuted_verdicts(items, scores, config, same, AS_OF, count, bench.seed):
        yield _trial(bench, PERMUTED, run, verdict, 0.0)


def _trial(bench: Bench, rung: str, run: Path, verdict: Verdict, seconds: float) -> Trial:
    base = base_hashes(Path(read_json(run / "request.json")["base"]))["model.safetensors"]
    checks = verdict.checks if rung != PERMUTED else tuple(one for one in verdict.checks if one.status == "fail")
    return Trial(
        rung=rung,
        seed=bench.seed,
        verdict=verdict.verdict,
        cause=verdict.cause,
        statuses={check.id: check.status for check in checks},
        figures={check.id: check.value for check in checks},
        seconds=round(seconds, 1),
        version=bench.version,
        base=base,
    )


def _workspace(bench: Bench, rung: Rung) -> Workspace:
    """Return the seed's workspace with the rung's settings, built and arranged."""
    workspace = bench.workspace
    config = _config(bench.seed, rung)
    if not workspace.config_path.exists():
        Workspace.init(workspace.root, config)
        add_sources(workspace, [f"python:{name}" for name in draw_modules(bench.seed)], licence="PSF-2.0")
        build(workspace, _silent, _silent)
        return workspace
    if workspace.config_path.read_text("utf-8") != config:
        workspace.config_path.write_text(config, "utf-8")
        workspace = bench.workspace
        arrange(workspace, _silent)
    return workspace


def _config(seed: int, rung: Rung) -> str:
    cap = f"max_train = {rung.max_train}\n" if rung.max_train else ""
    train = "".join(f"{name} = {value}\n" for name, value in rung.train.items())
    return f"[select]\nseed = {seed}\n{cap}\n[general]\nseed = {seed}\n\n[train]\nseed = {seed}\n{train}"


def _snapshot(workspace: Workspace, bench: Bench, rung: Rung) -> Snapshot:
    """Freeze the set as the rung changes it. The data gate is passed over: here the model gate is on trial."""
    _, snapshot = gate_data(workspace)
    if rung.rows is None:
        return snapshot
    rows = [
        SnapshotRow(split, messages, {"pair_id": f"{split}-{place}"})
        for split in SPLITS
        for place, messages in enumerate(snapshot.rows(split))
    ]
    planted = rung.rows(Frozen(rows, snapshot.items()), bench.seed)
    return freeze(workspace.snapshots_dir, planted.rows, planted.items, {**snapshot.facts, "planted": rung.name})


def _silent(done: int, total: int, what: str) -> None:
    """Take progress and say nothing."""
