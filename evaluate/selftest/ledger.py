"""The whole self-test: which trials are wanted, which are recorded, and the file that a kill can't spoil.

Knows the plan and the record. It must not know how a trial is made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tuneproof.datasets.bundled.base import base_path
from tuneproof.datasets.workspace.atomic import append_jsonl, read_jsonl
from tuneproof.evaluate.selftest.rungs import HEALTHY, RUNGS, Rung
from tuneproof.evaluate.selftest.tally import PERMUTED, Trial
from tuneproof.evaluate.selftest.trials import Bench, run_trials
from tuneproof.train.base_facts import base_hashes

TRIALS = "trials.jsonl"
#: Rungs whose rates are to be known best, and how often each rung is tried.
MANY, FEW = 60, 12
OFTEN = (HEALTHY, "15x50")
PERMUTATIONS = 2_000
QUICK = (HEALTHY, "same_model", "15x50", "wrong_template", "no_op")
QUICK_PERMUTATIONS = 100

Tell = Callable[[Trial], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many seeds each rung is tried on, and how many permutations each healthy run is judged in."""

    seeds: dict[str, int]
    permutations: int

    def rungs_of(self, seed: int) -> list[Rung]:
        """Return the rungs that a seed is wanted for."""
        return [rung for rung in RUNGS if seed < self.seeds.get(rung.name, 0)]


def full_plan() -> Plan:
    """60 seeds of the healthy runs and of 15 x 50, 12 of every other rung, 2,000 permutations in all."""
    seeds = {rung.name: MANY if rung.name in OFTEN else FEW for rung in RUNGS}
    return Plan(seeds, -(-PERMUTATIONS // MANY))


def quick_plan() -> Plan:
    """One seed of the rungs that cost least."""
    return Plan(dict.fromkeys(QUICK, 1), QUICK_PERMUTATIONS)


def recorded(folder: Path) -> tuple[list[Trial], int]:
    """Return the trials of this version and base that ``folder`` holds, and how many others it holds."""
    trials = [Trial.from_document(row) for row in read_jsonl(folder / TRIALS)]
    now = _now()
    ours = [trial for trial in trials if (trial.version, trial.base) == now]
    return ours, len(trials) - len(ours)


def run_plan(folder: Path, plan: Plan, minutes: float | None, tell: Tell) -> None:
    """Make every trial of ``plan`` that ``folder`` does not hold; no new seed is begun after ``minutes``.

    Raises:
        RunError: a run or an evaluation broke off.
    """
    started = time.monotonic()
    for seed, missing, permutations in _missing(folder, plan):
        if minutes is not None and time.monotonic() - started > minutes * 60:
            return
        bench = Bench(folder, seed, _now()[0])
        bench.clear()
        for trial in run_trials(bench, missing, permutations):
            append_jsonl(folder / TRIALS, trial.to_document())
            tell(trial)
        bench.clear()


def _missing(folder: Path, plan: Plan) -> Iterator[tuple[int, list[Rung], int]]:
    held, _ = recorded(folder)
    done = {(trial.rung, trial.seed) for trial in held}
    for seed in range(max(plan.seeds.values())):
        missing = [rung for rung in plan.rungs_of(seed) if (rung.name, seed) not in done]
        judged = sum(trial.rung == PERMUTED and trial.seed == seed for trial in held)
        permutations = max(0, plan.permutations - judged) if seed < plan.seeds.get(HEALTHY, 0) else 0
        if missing or permutations:
            yield seed, missing, permutations


def _now() -> tuple[str, str]:
    return version("tuneproof"), base_hashes(base_path())["model.safetensors"]
