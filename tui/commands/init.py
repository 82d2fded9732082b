"""``tuneproof init``: make a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneproof.tui import console


def init(
    folder: Annotated[Path, typer.Argument(help="Where to make it; made if it does not exist.")] = Path(),
) -> None:
    """Make a workspace: tuneproof.toml and one DuckDB file."""
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.init(folder)
    console.say(f"Workspace made in {workspace.root}.")
    console.say("Next: tuneproof add DOCS, then tuneproof build")
