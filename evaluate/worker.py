"""The evaluation process: ``python -m tuneproof.evaluate.worker RUN_DIR``.

Knows one run's evaluation folder and carries its request out: collect, score both states, answer, judge, write
down. It must never open the workspace. Killed anywhere and started again, it reaches the same verdict.
"""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import read_json, read_jsonl, write_json_atomic, write_text_atomic
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import DataError, RunError, TuneproofError
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.datasets.workspace.records import Item
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.evaluate.base_scores import FOLDER, BaseScores
from tuneproof.evaluate.folder import EvaluationFolder, Status
from tuneproof.evaluate.items import collect_items, harness_tasks
from tuneproof.evaluate.judge import Run, judge_model
from tuneproof.evaluate.leaks import leaked_items
from tuneproof.evaluate.models import load_model, template_sha256, trained_template_sha256
from tuneproof.evaluate.outputs import write_outputs
from tuneproof.evaluate.sanity import Templates
from tuneproof.evaluate.scoring import BATCH_ROWS, Cost, score_items
from tuneproof.train.base_facts import base_hashes
from tuneproof.train.manifest import folder_hashes

#: Seconds between two writes of progress.
REPORT_EVERY = 0.5


def main(arguments: list[str]) -> int:
    """Carry out the evaluation in ``arguments[0]``; exit code 0 finished, whatever the verdict, 1 failed."""
    # Closing the terminal that it was started in is no reason to stop.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    folder = EvaluationFolder(Path(arguments[0]))
    with folder.lock():
        folder.set_status(Status("running"))
        try:
            evaluate(folder)
        except BaseException as error:
            # Whatever it is gets reported, and raised again so that the log holds the traceback.
            known = _explain(error, folder)
            folder.set_status(Status("failed", message=known.message, hint=known.hint))
            raise
        return 0


def evaluate(folder: EvaluationFolder) -> None:
    """Score and judge what ``request.json`` asks for, and write every file of the folder."""
    request = read_json(folder.request)
    config = Config.model_validate(request["config"])
    _refuse_another_snapshot(Path(request["snapshot"]), request["snapshot_id"])
    tasks = harness_tasks(config.general)
    items = collect_items(Path(request["snapshot"]), config.general, tasks)
    began = time.monotonic()
    loaded = load_model(request["base"], folder.product, int(request["threads"]))
    templates = Templates(trained_template_sha256(folder.product), template_sha256(loaded.tokenizer))
    _start_over_if_changed(folder, items, request, templates.scored)
    loaded_in = time.monotonic() - began
    kept = _kept(folder, request, templates.scored)
    reporter = _Reporter(folder)
    scores = score_items(loaded, items, folder.scores, reporter, kept, tasks, reporter.announce)
    scored_in = time.monotonic() - began - loaded_in
    write_outputs(loaded, items, folder.outputs)
    answered_in = time.monotonic() - began - loaded_in - scored_in
    curve = _selection_loss(folder.run_dir)
    leaked = leaked_items(Path(request["snapshot"]), items, config.policy.data)
    run = Run(request["run_id"], templates, curve, request["override"], leaked)
    as_of = request["as_of"] or datetime.now(UTC).isoformat(timespec="seconds")
    verdict = judge_model(items, scores, config, run, request["look"], as_of)
    seconds = {"load": loaded_in, "score": scored_in, "answer": answered_in}
    write_json_atomic(folder.evidence, _evidence(items, curve, loaded.max_length, seconds))
    write_json_atomic(folder.verdict, verdict.to_document())
    folder.set_status(Status("finished", done=2 * len(items), total=2 * len(items)))


def _refuse_another_snapshot(path: Path, trained_on: str) -> None:
    """Refuse a set that is whole but not the one the run was trained on: its held-out items may be trained rows."""
    found = load_snapshot(path).snapshot_id
    if found != trained_on:
        raise DataError(
            f"{path} holds snapshot {found}, and the run was trained on {trained_on}.",
            "Restore the snapshot that it was trained on, or train again: tuneproof train",
        )


def _kept(folder: EvaluationFolder, request: dict[str, Any], template: str) -> BaseScores | None:
    """Return where scores of this base are kept; a base that is no folder has no hashes to know it by."""
    base = Path(request["base"])
    if not base.is_dir():
        return None
    return BaseScores(folder.run_dir.parent / FOLDER, base, template, int(request["threads"]), BATCH_ROWS)


class _Reporter:
    """Writes progress to status.json, not more often than a person can read it."""

    def __init__(self, folder: EvaluationFolder) -> None:
        self._folder = folder
        self._last = 0.0
        self._plan: str | None = None

    def announce(self, cost: Cost) -> None:
        """Say what is to be done before it is done."""
        self._plan = str(cost)
        self._folder.set_status(Status("running", plan=self._plan))

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= REPORT_EVERY or done == total:
            self._last = now
            self._folder.set_status(Status("running", done=done, total=total, plan=self._plan))


def _start_over_if_changed(folder: EvaluationFolder, items: list[Item], request: dict[str, Any], template: str) -> None:
    """Throw scores away that were made of other items, another adapter or model, base or chat template."""
    lines = "".join(f"{canonical_json(asdict(item))}\n" for item in items)
    # The base by its files, not its place: another tokenizer under the same path gives other scores.
    base = Path(request["base"])
    files = base_hashes(base) if base.is_dir() else {}
    inputs = {
        "items": sha256(lines),
        "adapter": folder_hashes(folder.product),
        "base": [str(base), files],
        "template": template,
    }
    if not folder.inputs.is_file() or read_json(folder.inputs) != inputs:
        folder.scores.unlink(missing_ok=True)
        write_json_atomic(folder.inputs, inputs)
    write_text_atomic(folder.items, lines)


def _selection_loss(run_dir: Path) -> tuple[tuple[int, float], ...]:
    rows = read_jsonl(run_dir / "metrics.jsonl")
    return tuple((int(row["step"]), float(row["value"])) for row in rows if row["name"] == "eval_loss")


def _evidence(
    items: list[Item], curve: tuple[tuple[int, float], ...], max_length: int, seconds: dict[str, float]
) -> dict[str, object]:
    """Return what reports draw or state that is not in the scores."""
    counts: dict[str, int] = {}
    for item in items:
        key = f"{item.role}/{item.suite}" if item.suite else item.role
        counts[key] = counts.get(key, 0) + 1
    return {
        "items": counts,
        "selection_loss": [list(point) for point in curve],
        "max_length": max_length,
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
    }


def _explain(error: BaseException, folder: EvaluationFolder) -> TuneproofError:
    if isinstance(error, TuneproofError):
        return error
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return RunError("The evaluation was stopped.", "Run the command again to carry on where it stopped.")
    if isinstance(error, MemoryError):
        return RunError("There is not enough memory for this model.", "Free memory, or choose a smaller base.")
    if isinstance(error, OSError):
        return DataError(f"A file can't be read or written: {error}.", "Free some space or check the folder's owner.")
    return RunError(
        f"The evaluation broke off: {type(error).__name__}: {error}", f"The end of {folder.log} says where."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
