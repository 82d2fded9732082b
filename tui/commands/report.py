"""``tuneproof report``: write a verdict's report again and say where it lies."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def report(
    kind: Annotated[str, typer.Argument(help="data or model; the newest of both if left out.")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the Markdown, for a pull request.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Write the newest verdict's report and print the path of the HTML file."""
    from tuneproof.datasets.workspace.errors import DataError, UsageError
    from tuneproof.datasets.workspace.runs import ingest
    from tuneproof.datasets.workspace.verdicts import newest
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.publish import publish

    if markdown and json:
        raise UsageError("--markdown and --json can't be had at once.", "Choose one of them.")
    if kind not in ("", "data", "model"):
        raise UsageError(f"There is no {kind!r} report.", "Run: tuneproof report data, or: tuneproof report model")
    workspace = Workspace.find()
    with workspace.write() as connection:
        ingest(connection, workspace.runs_dir)
        data, model = newest(connection, "data"), newest(connection, "model")
    wanted = {"data": [data], "model": [model]}.get(kind, [model, data])
    verdict = max((found for found in wanted if found), key=lambda found: found.as_of, default=None)
    if verdict is None:
        command = "evaluate" if kind == "model" else "gate"
        raise DataError(f"There is no {kind or 'data'} verdict yet.", f"Run: tuneproof {command}")
    html = publish(workspace, verdict)
    if markdown:
        console.data(html.with_suffix(".md").read_text("utf-8"))
    elif json:
        console.data_json(verdict.to_document())
    else:
        console.data(str(html))
