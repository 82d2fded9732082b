"""``tuneproof gate``: judge the data and freeze it."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console, judged


def gate(
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    explain: Annotated[str | None, typer.Option(metavar="CHECK", help="Show one check and the rows behind it.")] = None,
    inconclusive: Annotated[str, typer.Option(metavar="fail|pass", help="What INCONCLUSIVE counts as.")] = "exit3",
) -> None:
    """Judge the data, freeze it as a snapshot, and write the report. Exit code: 0 pass, 2 fail, 3 inconclusive."""
    from tuneproof.curate.freeze import gate_data
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.publish import publish

    judged.check_inconclusive(inconclusive)
    workspace = Workspace.find()
    verdict, snapshot = gate_data(workspace)
    report = publish(workspace, verdict)
    judged.show(workspace, verdict, as_json=json, explain=explain)
    counts = ", ".join(f"{split} {count:,}" for split, count in snapshot.counts.items())
    console.say(f"Snapshot {snapshot.snapshot_id}: {counts}")
    console.say(f"Report: {report}")
    judged.leave(verdict, inconclusive)
