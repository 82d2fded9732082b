"""``tuneproof export``: rows or the model, in the form of another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneproof.tui import console


def export(
    to: Annotated[str, typer.Option("--to", metavar="TARGET", help="axolotl, unsloth, mlx, llama-factory, trl, openai, "
                                    "together, ollama, gguf or hf.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write; must be empty or new.")],
    run: Annotated[str | None, typer.Option(help="Which run's model; the newest if left out.")] = None,
    precision: Annotated[str, typer.Option(help="f32, f16 or q8_0, for gguf and ollama.")] = "f16",
    override: Annotated[str | None, typer.Option(metavar="REASON", help="Hand on a model that did not pass.")] = None,
    rows_only: Annotated[bool, typer.Option("--rows-only", help="For hf: leave the model out.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is in DIR.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:  # fmt: skip
    """Write the newest snapshot's rows, or a judged model, for another program, with the command that uses them."""
    from dataclasses import asdict

    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.tui.handover import Wish
    from tuneproof.tui.handover import export as write

    made = write(Workspace.find(), Wish(to, out, run, precision, override, rows_only, force))
    if json:
        console.data_json(asdict(made))
        return
    console.data(f"written     {made.out}")
    console.data(f"command     cd {made.out} && {made.command}")
    for limit in made.limits:
        console.data(f"limit       {limit}")
