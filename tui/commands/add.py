"""``tuneproof add``: name sources of documentation."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def add(
    locations: Annotated[
        list[str], typer.Argument(help="Files, folders, or python:NAME for an installed package.", show_default=False)
    ],
    name: Annotated[str | None, typer.Option(help="A name for it; the last part of the location if left out.")] = None,
    licence: Annotated[str | None, typer.Option(help="The licence of its text, as an SPDX id.")] = None,
) -> None:
    """Add sources of documentation to the workspace; build reads them."""
    from tuneproof.curate.ingest import add_sources
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.find()
    for source, files in add_sources(workspace, locations, name=name, licence=licence):
        console.say(f"Added {source.name}: {source.location} ({files:,} {'file' if files == 1 else 'files'} to read)")
    console.say("Next: tuneproof build")
