"""``tuneproof demo``: the whole road on the running Python's standard library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    folder: Annotated[Path | None, typer.Argument(help="The workspace to make, or to carry on with.")] = None,
    overfit: Annotated[bool, typer.Option("--overfit", help="The planted bad case: 15 pairs, 50 epochs.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of split, selection and training.")] = 0,
) -> None:
    """From documentation to verdict in one go. Exit code: 0 pass, 2 fail, 3 inconclusive."""
    from tuneproof.tui.demonstration import demonstrate

    verdict = demonstrate(folder or Path("demo-overfit" if overfit else "demo"), overfit=overfit, seed=seed)
    if verdict.exit_code:
        raise typer.Exit(verdict.exit_code)
