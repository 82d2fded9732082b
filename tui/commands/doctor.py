"""``tuneproof doctor``: is this installation, and this workspace, in order?"""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def doctor(json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False) -> None:
    """Check the installation and the workspace, and say how to mend what is wrong."""
    from tuneproof.tui.examination import examine

    findings = examine()
    if json:
        console.data_json([finding.to_document() for finding in findings])
    else:
        for finding in findings:
            console.data(f"{'ok  ' if finding.ok else 'BAD '} {finding.name:<14} {finding.detail}")
            if not finding.ok:
                console.data(f"     try: {finding.remedy}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
