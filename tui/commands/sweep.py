"""``tuneproof sweep``: search for settings by held-out loss, within a budget, resumable."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tuneproof.tui import console


def sweep(
    minutes: Annotated[float, typer.Option(min=0.1, help="Begin no trial after this many minutes.")] = 10.0,
    trials: Annotated[int, typer.Option(min=1, help="How many trials in all, earlier ones counted.")] = 12,
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Search although the data gate did not pass.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Search over learning rate, rank, epochs and optimizer; hopeless trials are cut short, the rest is kept."""
    from dataclasses import asdict

    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.train.sweep import search
    from tuneproof.tui.experiments import ground, sweep_words

    on = ground(Workspace.find(), override)

    def tell(number: int, chosen: dict[str, Any], state: str) -> None:
        shown = ", ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{value}" for name, value in chosen.items()
        )
        console.say(f"trial {number}: {shown}: {state}")

    found = search(on.folder / "sweep", on.snapshot.path, on.base, on.settings, trials, minutes, tell)
    if json:
        console.data_json(asdict(found))
        return
    for line in sweep_words(found):
        console.data(line)
