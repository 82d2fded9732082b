"""``tuneproof review``: judge pairs in the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.workspace import Workspace

NO_TERMINAL = "Without one, judge by commands: tuneproof pairs list --json, tuneproof pairs accept ID"


def review(
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Who judges; the login name if left out.")] = "",
    web: Annotated[bool, typer.Option("--web", help="In a browser of this machine instead, behind a token.")] = False,
    port: Annotated[int, typer.Option(help="The port for --web; a free one if left out.")] = 0,
) -> None:
    """Open the review screens: sources, pairs, duplicates, topics, style, coverage, gate, training, evaluation."""
    from tuneproof.datasets.workspace.errors import UsageError, WorkspaceError
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.reviewer import reviewer

    # A tab of --web runs this command with the driver that speaks to the browser.
    terminal = (sys.stdin.isatty() and sys.stdout.isatty()) or "TEXTUAL_DRIVER" in os.environ
    try:
        workspace = Workspace.find()
    except WorkspaceError:
        if not terminal or not typer.confirm("No workspace here. Make the demo's in ./demo and review that?", err=True):
            raise
        workspace = _demo()
    if web:
        from tuneproof.tui.web import serve

        serve(reviewer(name), port, console.say)
        return
    if not terminal:
        raise UsageError("Review needs a terminal.", NO_TERMINAL)
    from tuneproof.tui.app import run_review

    run_review(workspace, reviewer(name))
    console.say("Next: tuneproof gate")


def _demo() -> Workspace:
    """Return the demo's workspace in ./demo, read and paired; training it is left to ``tuneproof demo``."""
    from pathlib import Path

    from tuneproof.curate.build import build
    from tuneproof.tui.demonstration import demo_workspace

    workspace = demo_workspace(Path("demo"))
    with console.stages("reading", "embedding") as (reading, embedding):
        build(workspace, reading, embedding)
    return workspace
