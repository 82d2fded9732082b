"""``tuneproof evaluate``: is the tuned model better than its base, and what did it lose?"""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console, judged


def evaluate(
    run: Annotated[str | None, typer.Option(help="Which run; the newest if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    explain: Annotated[str | None, typer.Option(metavar="CHECK", help="Show one check and the rows behind it.")] = None,
    inconclusive: Annotated[str, typer.Option(metavar="fail|pass", help="What INCONCLUSIVE counts as.")] = "exit3",
) -> None:
    """Score base and tuned side by side, judge, and write the report. Exit code: 0 pass, 2 fail, 3 inconclusive."""
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.publish import publish
    from tuneproof.tui.road import evaluate as score

    judged.check_inconclusive(inconclusive)
    workspace = Workspace.find()
    verdict = score(workspace, run)
    report = publish(workspace, verdict)
    judged.show(workspace, verdict, as_json=json, explain=explain)
    console.say(f"Report: {report}")
    judged.leave(verdict, inconclusive)
