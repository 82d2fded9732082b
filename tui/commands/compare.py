"""``tuneproof compare``: two runs on the items that both were scored on."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def compare(
    first: Annotated[str, typer.Argument(help="A run, or the beginning of its id.")],
    second: Annotated[str, typer.Argument(help="The run that is held against it.")],
    json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print it as Markdown, for a pull request.")] = False,
) -> None:
    """Pair two runs item by item: what changed, with intervals, and what was set otherwise. It judges neither."""
    from tuneproof.datasets.workspace.errors import UsageError
    from tuneproof.datasets.workspace.history import run_of
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.evaluate.comparison import compare_runs
    from tuneproof.reports.comparison_page import plain_lines, render_markdown, write_comparison
    from tuneproof.tui.road import take_in

    if markdown and json:
        raise UsageError("--markdown and --json can't be had at once.", "Choose one of them.")
    workspace = Workspace.find()
    take_in(workspace)
    with workspace.read() as connection:
        one, two = run_of(connection, first), run_of(connection, second)
        if one == two:
            raise UsageError(f"Both are run {one}.", "Name two runs; see which there are: tuneproof runs")
        found = compare_runs(connection, one, two)
    page = write_comparison(found, workspace.reports_dir / f"compare-{one}-{two}")
    if json:
        console.data_json(found.to_document())
    elif markdown:
        console.data(render_markdown(found))
    else:
        for line in plain_lines(found):
            console.data(line)
    console.say(f"Report: {page}")
