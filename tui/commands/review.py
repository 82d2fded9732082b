"""``tuneproof review``: judge pairs in the terminal."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tuneproof.tui import console


def review(
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Who judges; the login name if left out.")] = "",
) -> None:
    """Open the review screens: accept, reject, later, undo, each journalled at once."""
    from tuneproof.datasets.workspace.errors import UsageError
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.find()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "Review needs a terminal.", 'Without one, read the pairs by: tuneproof sql "SELECT * FROM pairs" --json'
        )
    from tuneproof.tui.app import run_review

    run_review(workspace, name or _login())
    console.say("Next: tuneproof gate")


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"
