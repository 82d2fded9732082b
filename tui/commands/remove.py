"""``tuneproof remove``: take a source out on request, and say what had used it."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def remove(
    source: Annotated[str, typer.Argument(help="The source's name, as tuneproof add said it.")],
    reason: Annotated[str, typer.Option(help="Why it goes; kept and shown.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete the snapshots and reports with its rows from the disk as well.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was removed as JSON.")] = False,
) -> None:
    """Take a source out with every text that came from it, and mark the snapshots and runs that used it."""
    from getpass import getuser

    from tuneproof.curate.removal import remove_source
    from tuneproof.datasets.workspace.workspace import Workspace

    done = remove_source(Workspace.find(), source, reason=reason, who=getuser(), purge=purge)
    removal = done.removal
    if json:
        console.data_json({**removal.to_document(), "left": [str(folder) for folder in done.left]})
        return
    console.data(f"removed     {removal.source}: {removal.documents:,} documents, {removal.pairs:,} pairs")
    console.data(f"marked      {_list('snapshot', removal.snapshot_ids)}; {_list('run', removal.run_ids)}")
    for folder in done.left:
        console.data(f"still holds {folder}")
    if done.left:
        console.say(f'To delete them: tuneproof remove {source} --reason "{reason}" --purge')
    if removal.run_ids:
        console.say("The adapters of those runs learnt from it; delete their folders if they may not be used.")
    console.say("Backups are not touched. Next: tuneproof build, then tuneproof gate")


def _list(what: str, ids: tuple[str, ...]) -> str:
    return f"{len(ids)} {what}{'' if len(ids) == 1 else 's'}" + (f" ({', '.join(ids)})" if ids else "")
