"""Write a verdict's report into the workspace's ``reports/`` folder."""

from __future__ import annotations

from pathlib import Path

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.workspace import Workspace


def publish(workspace: Workspace, verdict: Verdict) -> Path:
    """Render ``verdict`` as HTML, Markdown, JSON and JUnit and return the path of the HTML file.

    Raises:
        WorkspaceError: the folder can't be written to.
    """
    from tuneproof.reports.report import write_report

    folder = workspace.reports_dir / verdict.verdict_id
    with workspace.read() as connection:
        return write_report(connection, verdict, folder, workspace.snapshots_dir).html
