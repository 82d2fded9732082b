"""``tuneproof status``: where the workspace stands and what comes next."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def status(json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False) -> None:
    """Show what the workspace holds, the newest verdicts, and the next step."""
    from tuneproof.datasets.workspace.status import next_step, read_status
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.train.progress import read_status as run_status

    workspace = Workspace.find()
    with workspace.read() as connection:
        found = read_status(connection, workspace.runs_dir, lambda folder: run_status(folder).state)
    if json:
        console.data_json(found.to_document())
        return
    console.data(f"workspace   {workspace.root}")
    console.data(f"documents   {found.documents:,} from {found.sources:,} sources" + _but(found.skipped, "skipped"))
    console.data(f"chunks      {found.chunks:,}")
    console.data(f"pairs       {found.pairs:,}, {found.selected:,} selected" + _but(found.stale, "stale"))
    console.data(f"reviewed    {found.reviewed:,} of {found.selected:,}")
    console.data(f"snapshot    {found.snapshot or 'none'}")
    console.data(f"data gate   {found.data_verdict or 'not run'}")
    console.data(f"run         {found.run or 'none'}" + (f", {found.run_state}" if found.run_state else ""))
    console.data(f"model gate  {found.model_verdict or 'not run'}")
    for removal in found.removals:
        used = len(removal["snapshot_ids"]), len(removal["run_ids"])
        console.data(
            f"removed     {removal['source']} on {removal['removed_at'][:10]} ({removal['reason']}): "
            f"not to be used are {used[0]} snapshots and {used[1]} runs" + (", purged" if removal["purged"] else "")
        )
    console.data(f"next        {next_step(found)}")


def _but(count: int, what: str) -> str:
    return f", {count:,} {what}" if count else ""
