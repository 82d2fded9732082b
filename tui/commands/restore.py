"""``tuneproof restore``: a workspace out of a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneproof.tui import console


def restore(
    source: Annotated[Path, typer.Argument(help="A file that tuneproof backup wrote.")],
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
) -> None:
    """Unpack a backup into a new folder, after proving every file in it."""
    from tuneproof.datasets.workspace.archive import restore as unpack

    console.say(f"Restored to {unpack(source, folder).root}.")
