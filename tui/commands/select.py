"""``tuneproof select``: choose the set again, with another budget if wanted."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def select(
    budget: Annotated[int | None, typer.Option(min=1, help="How many pairs; [select] budget if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Fill the budget from the pairs that are there, without reading the sources again."""
    from dataclasses import asdict

    from tuneproof.curate.arrange import arrange
    from tuneproof.datasets.workspace.workspace import Workspace

    with console.progress("embedding") as embedding:
        arranged = arrange(Workspace.find(), embedding, budget=budget)
    if json:
        console.data_json(asdict(arranged))
        return
    console.data(
        f"selected    {arranged.selected:,}: train {arranged.train:,}, validation {arranged.validation:,}, "
        f"test {arranged.test:,}"
    )
    if budget is not None:
        console.say(
            f"The next build goes back to the configured budget; to keep this one set [select] budget = {budget}."
        )
