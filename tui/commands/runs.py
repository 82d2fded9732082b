"""``tuneproof runs``: every run of the workspace, oldest first, with its settings and its verdict."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def runs(json: Annotated[bool, typer.Option("--json", help="Print the runs as JSON.")] = False) -> None:
    """List all runs: state, pairs, epochs, learning rate, verdict, gain on held-out answers, loss of prose."""
    from dataclasses import asdict

    from tuneproof.datasets.workspace.history import history
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.road import take_in

    workspace = Workspace.find()
    take_in(workspace)
    with workspace.read() as connection:
        found = history(connection, workspace.runs_dir)
    if json:
        console.data_json([asdict(one) for one in found])
        return
    if not found:
        console.say("There is no run yet. Run: tuneproof train")
        return
    console.data(
        f"{'run':<20} {'state':<9} {'pairs':>6} {'epochs':>6} {'rate':>8} {'held-out':>9} {'prose':>7}  verdict"
    )
    for one in found:
        verdict = one.verdict + (f": {', '.join(one.cause)}" if one.cause else "") if one.verdict else "not judged"
        figures = f"{_signed(one.gain):>9} {_signed(one.prose):>7}"
        settings = f"{_plain(one.pairs):>6} {_plain(one.epochs):>6} {_plain(one.learning_rate):>8}"
        console.data(f"{one.run_id:<20} {one.status:<9} {settings} {figures}  {verdict}")


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"
