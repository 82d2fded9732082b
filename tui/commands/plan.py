"""``tuneproof plan``: what training the newest snapshot will take, before it is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneproof.train.plan import Plan


def plan(
    measure: Annotated[bool, typer.Option(help="Run a few real steps to tell the time.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Say how many pairs, tokens and steps, which settings and why, how much memory and how long."""
    from tuneproof.datasets.workspace import snapshots
    from tuneproof.datasets.workspace.bases import base_folder
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.train.plan import make_plan
    from tuneproof.tui.road import train_settings

    workspace = Workspace.find()
    with workspace.read() as connection:
        snapshot = snapshots.newest(connection, workspace.root)
    if measure and not json:
        console.say("Measuring a few steps ...")
    base = base_folder(workspace.config.base.model, workspace.root)
    found = make_plan(snapshot.path, base, train_settings(workspace), measure=measure)
    if json:
        console.data_json(found.to_document())
        return
    console.data(f"snapshot    {snapshot.snapshot_id}, base {workspace.config.base.model}")
    for line in _lines(found):
        console.data(line)


def _lines(found: Plan) -> Iterator[str]:
    settings = found.settings
    yield f"pairs       {found.pairs:,}, longest {found.longest} tokens, {found.truncated} cut at {settings.max_length}"
    yield f"replay      {found.replay_rows:,} rows of general text"
    yield f"tokens      {found.tokens:,} in {settings.steps:,} steps of {settings.batch_size}"
    chosen = (("epochs", settings.epochs), ("learning_rate", settings.learning_rate), ("rank", settings.rank))
    for name, value in chosen:
        reason = settings.reasons.get(name, "set in the configuration")
        yield f"{name:<11} {value:g}: {reason}" if len(name) < 12 else f"{name} {value:g}: {reason}"
    yield f"trains      {found.trainable_parameters:,} of {found.base_parameters:,} parameters"
    parts = {name: value for name, value in found.memory.to_document().items() if name != "total"}
    largest = sorted(parts.items(), key=lambda part: -part[1])[:3]
    most = ", ".join(f"{name} {_gib(value)}" for name, value in largest)
    room = "fits" if found.fits else "DOES NOT FIT"
    yield f"memory      {_gib(found.memory.total)} of {_gib(found.available)} free on {found.device}: {room} ({most})"
    if found.seconds is not None:
        time = found.seconds
        rate = f"{time.tokens_per_second:,.0f} tokens/s over {time.measured_steps} measured steps"
        parts_of_time = f"start {time.start:.0f}, training {time.training:.0f}, evaluation {time.evaluation:.0f}"
        yield f"time        {time.total:.0f} s: {parts_of_time} ({rate})"
    for warning in found.warnings:
        yield f"warning     {warning}"


def _gib(count: int) -> str:
    return f"{count / 2**30:.2f} GiB"
