"""``tuneproof review``: judge pairs in the terminal."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.welcome import Beginning

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
        if not terminal:
            raise
        from tuneproof.tui.welcome import welcome

        beginning = welcome()
        if beginning is None:
            return
        workspace = _begun(beginning)
    if web:
        from tuneproof.tui.web import serve

        # Each tab looks for the workspace from where the server runs.
        os.chdir(workspace.root)
        serve(reviewer(name), port, console.say)
        return
    if not terminal:
        raise UsageError("Review needs a terminal.", NO_TERMINAL)
    from tuneproof.tui.app import run_review

    run_review(workspace, reviewer(name))
    away = "" if workspace.root == Path.cwd() or workspace.root in Path.cwd().parents else f"cd {workspace.root} && "
    console.say(f"Next: {away}tuneproof gate")


def _begun(beginning: Beginning) -> Workspace:
    """Return the workspace to review: one that is there, or a new one that was read and paired."""
    from tuneproof.curate.build import build
    from tuneproof.curate.registry import add_sources
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.demonstration import demo_workspace

    if beginning.way == "workspace":
        return Workspace(Path(beginning.where))
    if beginning.way == "demo":
        # Training it is left to ``tuneproof demo``.
        workspace = demo_workspace(Path("demo"))
    else:
        where = Path(beginning.where)
        workspace = Workspace.init(_free(Path(f"{where.name or 'docs'}-tuneproof")))
        add_sources(workspace, [str(where)])
    console.say(f"Workspace: {workspace.root}")
    with console.stages("reading", "embedding") as (reading, embedding):
        build(workspace, reading, embedding)
    return workspace


def _free(wanted: Path) -> Path:
    """Return ``wanted``, or the first of its name with a number that is not there yet."""
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in itertools.count(2))
    return wanted if not wanted.exists() else next(path for path in numbered if not path.exists())
