"""The later half of the road: train the newest snapshot, judge a run. Composed here because they need two floors.

Knows the order of the steps and what stands in the way of each. The DuckDB file is open only between them; the
children that train and evaluate never see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace import runs, snapshots, verdicts
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, GateRefused
from tuneproof.datasets.workspace.removals import marks, refuse_marked
from tuneproof.datasets.workspace.runs import newest_run
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.children import watch
from tuneproof.tui.console import say


@dataclass(frozen=True, slots=True)
class Admission:
    """The snapshot that may be trained, its verdict, and the reason if a person overrode it."""

    snapshot: snapshots.Snapshot
    verdict: Verdict
    override: str | None


def admit(workspace: Workspace, override: str | None) -> Admission:
    """Return the newest snapshot if its data verdict lets it through.

    Raises:
        DataError: there is no snapshot, or it was never judged.
        GateRefused: the verdict is FAIL or INCONCLUSIVE, or a source of it was removed, and no override was given.
    """
    with workspace.read() as connection:
        refuse_marked(connection, snapshots.newest_id(connection), override, "train")
        snapshot = snapshots.newest(connection, workspace.root)
        verdict = verdicts.of_subject(connection, "data", snapshot.snapshot_id)
        marked = bool(marks(connection, snapshot.snapshot_id))
    if verdict is None:
        raise DataError(f"Snapshot {snapshot.snapshot_id} was never judged.", "Run: tuneproof gate")
    if verdict.verdict == "PASS":
        return Admission(snapshot, verdict, override if marked else None)
    if not override:
        raise GateRefused(
            f"The data gate says {verdict.verdict} ({', '.join(verdict.cause)}).",
            'Mend that and run: tuneproof gate; or train all the same: tuneproof train --override "reason"',
        )
    return Admission(snapshot, verdict, override)


def train_settings(workspace: Workspace) -> Train:
    """Return ``[train]`` with a relative ``replay_source`` made absolute: it is relative to the workspace."""
    settings = workspace.config.train
    if settings.replay_source == "base":
        return settings
    source = workspace.root / Path(settings.replay_source).expanduser()
    return settings.model_copy(update={"replay_source": str(source)})


def train(workspace: Workspace, override: str | None = None, *, fresh: bool = False) -> Path:
    """Train the newest snapshot and return the run's folder.

    A run of the same request that was cut off is carried on, one that has finished is returned as it is, unless
    ``fresh`` asks for another.

    Raises:
        DataError: there is no snapshot, or it was never judged.
        GateRefused: the snapshot did not pass and no override was given.
        RunError: the run failed, or is being trained by another process.
    """
    from tuneproof.train.launch import prepare_run, run_of_request, start
    from tuneproof.train.plan import make_plan
    from tuneproof.train.progress import read_status

    admission = admit(workspace, override)
    base = base_folder(workspace.config.base.model, workspace.root)
    settings = train_settings(workspace)
    request = (workspace.runs_dir, admission.snapshot.path, base, settings, admission.override)
    folder = None if fresh else run_of_request(*request)
    if folder is None:
        folder = prepare_run(*request)
    elif read_status(folder).state == "finished":
        say(f"Run {folder.name} has trained this already; for another run: tuneproof train --new")
        return folder
    else:
        say(f"Carrying on with run {folder.name}.")
    try:
        watch(start(folder), folder, "training", make_plan(admission.snapshot.path, base, settings).settings.steps)
    finally:
        take_in(workspace)
    return folder


def evaluate(workspace: Workspace, run: str | None = None) -> Verdict:
    """Score a finished run (the newest if ``run`` is None) against its base and return the verdict.

    Raises:
        DataError: there is no such run, or it is not finished.
        RunError: scoring failed.
    """
    from tuneproof.evaluate.launch import prepare_evaluation, start

    folder = finished_run(workspace, run)
    snapshot_id = read_json(folder / "request.json")["snapshot_id"]
    with workspace.write() as connection:
        runs.ingest(connection, workspace.runs_dir)
        looks = runs.looks_before(connection, snapshot_id, folder.name) + 1
    # The workspace may have been moved or restored since the run: its snapshot is beside it, not where it was.
    prepare_evaluation(folder, workspace.config, looks, snapshot=workspace.snapshots_dir / snapshot_id)
    try:
        watch(start(folder), folder / "evaluation", "evaluating")
    finally:
        take_in(workspace)
    return Verdict.from_document(read_json(folder / "evaluation" / "verdict.json"))


def finished_run(workspace: Workspace, run: str | None) -> Path:
    """Return the folder of a finished run, the newest if ``run`` is None.

    Raises:
        DataError: there is no such run, or it is not finished.
    """
    from tuneproof.train.progress import read_status

    folder = newest_run(workspace.runs_dir) if run is None else workspace.runs_dir / run
    if folder is None or not (folder / "request.json").is_file():
        raise DataError(f"There is no run{f' {run}' if run else ''}.", "Run: tuneproof train")
    state = read_status(folder).state
    if state == "running":
        raise DataError(f"Run {folder.name} is still in training.", "Wait for it, or stop it.")
    if state != "finished":
        raise DataError(f"Run {folder.name} did not finish: {state}.", "Run: tuneproof train (it carries on)")
    return folder


def take_in(workspace: Workspace) -> None:
    """Enter what runs have left in the workspace."""
    with workspace.write() as connection:
        runs.ingest(connection, workspace.runs_dir)
