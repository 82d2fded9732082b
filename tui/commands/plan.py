"""``tuneproof plan``: what training the newest snapshot will take, before it is trained; bases side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.evaluate.probe import Probe
    from tuneproof.train.advice import Advice
    from tuneproof.train.candidates import Candidate
    from tuneproof.train.plan import Plan


def plan(
    base: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Compare bases instead: a folder or a hub name, repeated.")
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask the base the held-out questions: bits a byte, few-shot score.")
    ] = False,
    measure: Annotated[bool, typer.Option(help="Run a few real steps to tell the time.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Say whether tuning is the right tool, which settings and why, how much memory, time and money."""
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.find()
    if base:
        _compare(workspace, base, probe, json)
    else:
        _plan(workspace, probe, measure, json)


def _compare(workspace: Workspace, names: list[str], probe: bool, json: bool) -> None:
    from tuneproof.datasets.workspace import snapshots
    from tuneproof.tui.comparison import compare, lines

    snapshot = None
    if probe:
        with workspace.read() as connection:
            snapshot = snapshots.newest(connection, workspace.root)
    train = workspace.config.train
    found = compare(workspace, names, snapshot, train.threads)
    if json:
        rows = [
            {
                **one.candidate.to_document(),
                "probe": one.probe.to_document() if one.probe else None,
                "failed": one.failed,
            }
            for one in found
        ]
        console.data_json(rows)
        return
    for line in lines(found, train.rank, 1, train.max_length):
        console.data(line)
    if probe:
        console.say("Ranked by bits a byte of the held-out answers, fewest first.")


def _plan(workspace: Workspace, probe: bool, measure: bool, json: bool) -> None:
    from tuneproof.datasets.workspace import snapshots
    from tuneproof.datasets.workspace.bases import base_folder
    from tuneproof.train.advice import advise
    from tuneproof.train.candidates import candidate
    from tuneproof.train.plan import make_plan
    from tuneproof.tui.comparison import probe_base, read_passages
    from tuneproof.tui.road import train_settings

    with workspace.read() as connection:
        snapshot = snapshots.newest(connection, workspace.root)
    config = workspace.config
    if measure and not json:
        console.say("Measuring a few steps ...")
    folder = base_folder(config.base.model, workspace.root)
    known = candidate(config.base.model, folder)
    goal = config.goal
    found = make_plan(snapshot.path, folder, train_settings(workspace), measure, goal.intent, len(goal.must_refuse))
    probed, advice = None, found.advice
    if probe:
        probed = probe_base(folder, snapshot, read_passages(workspace), config.train.threads)
        advice = tuple(advise(found.pairs, goal.intent, len(goal.must_refuse), probed.passage_gain))
    if json:
        more = {"base": known.to_document(), "probe": probed.to_document() if probed else None}
        console.data_json({**found.to_document(), "advice": [one.line() for one in advice], **more})
        return
    console.data(f"snapshot    {snapshot.snapshot_id}, base {config.base.model}")
    for line in _lines(found, known, probed, advice):
        console.data(line)


def _lines(found: Plan, known: Candidate, probed: Probe | None, advice: tuple[Advice, ...]) -> Iterator[str]:
    from tuneproof.tui.comparison import licence_lines, memory_words, probe_words

    settings = found.settings
    for one in advice:
        yield f"advice      {one.line()}"
    yield f"pairs       {found.pairs:,}, longest {found.longest} tokens, {found.truncated} cut at {settings.max_length}"
    yield f"replay      {found.replay_rows:,} rows of general text"
    yield f"tokens      {found.tokens:,} in {settings.steps:,} steps of {settings.batch_size}"
    yield f"method      {settings.method}: {settings.reasons['method']}"
    yield f"optimizer   {settings.optimizer}: {settings.reasons['optimizer']}"
    chosen = (("epochs", settings.epochs), ("learning_rate", settings.learning_rate), ("rank", settings.rank))
    for name, value in chosen:
        reason = settings.reasons.get(name, "set in the configuration")
        yield f"{name:<11} {value:g}: {reason}" if len(name) < 12 else f"{name} {value:g}: {reason}"
    yield f"trains      {found.trainable_parameters:,} of {found.base_parameters:,} parameters"
    yield from licence_lines(known)
    if probed:
        yield f"probe       {probe_words(probed)}"
    parts = {name: value for name, value in found.memory.to_document().items() if name != "total"}
    largest = sorted(parts.items(), key=lambda part: -part[1])[:3]
    most = ", ".join(f"{name} {_gib(value)}" for name, value in largest)
    room = "fits" if found.fits else "DOES NOT FIT"
    yield f"memory      {_gib(found.memory.total)} of {_gib(found.available)} free on {found.device}: {room} ({most})"
    yield f"by method   {memory_words(found.memory_by_method, found.available)}"
    if found.seconds is not None:
        time = found.seconds
        rate = f"{time.tokens_per_second:,.0f} tokens/s over {time.measured_steps} measured steps"
        parts_of_time = f"start {time.start:.0f}, training {time.training:.0f}, evaluation {time.evaluation:.0f}"
        yield f"time        {time.total:.0f} s: {parts_of_time} ({rate})"
    if found.cost is not None:
        yield f"cost        {found.cost:,.2f} for this machine's hours"
    for warning in found.warnings:
        yield f"warning     {warning}"


def _gib(count: int) -> str:
    return f"{count / 2**30:.2f} GiB"
