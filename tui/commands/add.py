"""``tuneproof add``: name sources of documentation."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def add(
    locations: Annotated[
        list[str],
        typer.Argument(
            help='Files, folders, patterns in quotes ("docs/**/*.md"), addresses, python:NAME for a package,'
            " or command:NAME for its --help.",
            show_default=False,
        ),
    ],
    name: Annotated[str | None, typer.Option(help="A name for it; the last part of the location if left out.")] = None,
    licence: Annotated[str | None, typer.Option(help="The licence of its text, as an SPDX id.")] = None,
    move: Annotated[bool, typer.Option("--move", help="The source of that name lies here now.")] = False,
) -> None:
    """Add sources of documentation, or of existing pairs (JSON lines), to the workspace; build reads them."""
    from tuneproof.curate.registry import add_sources
    from tuneproof.datasets.workspace.removals import read_removals
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.find()
    entered = add_sources(workspace, locations, name=name, licence=licence, move=move)
    with workspace.read() as connection:
        removals = read_removals(connection)
    for added in entered:
        count = f"{added.files:,} {'file' if added.files == 1 else 'files'} to read"
        console.say(f"Added {added.source.name}: {added.source.location} ({count})")
        for one in removals:
            if one.source == added.source.name:
                console.say(f"Note: a source of that name was removed on {one.removed_at:%Y-%m-%d}: {one.reason}")
    console.say("Next: tuneproof build")
