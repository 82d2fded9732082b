"""``tuneproof backup``: the workspace as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneproof.tui import console


def backup(target: Annotated[Path, typer.Argument(help="The file to write, ending in .tar.gz.")]) -> None:
    """Write the whole workspace to one file, every part hashed."""
    from tuneproof.datasets.workspace.archive import back_up
    from tuneproof.datasets.workspace.workspace import Workspace

    files = back_up(Workspace.find(), target)
    console.say(f"Backed up {files:,} files to {target} ({target.stat().st_size / 1e6:.1f} MB).")
