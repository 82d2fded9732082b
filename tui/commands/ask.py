"""``tuneproof ask``: one question to the base, the base given the passage, and the tuned model."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def ask(
    question: Annotated[str, typer.Argument(help="What to ask.")],
    run: Annotated[str | None, typer.Option(help="Which run; the newest if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answers as JSON.")] = False,
) -> None:
    """Answer a question three ways, side by side: base, base with the nearest passage, tuned."""
    from tuneproof.curate.passages import nearest_passage
    from tuneproof.datasets.workspace.atomic import read_json
    from tuneproof.datasets.workspace.snapshots import load_snapshot
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.evaluate.ask import ask as answer
    from tuneproof.train.progress import RunFolder
    from tuneproof.tui.quiet import hush_libraries
    from tuneproof.tui.road import finished_run

    hush_libraries()
    workspace = Workspace.find()
    folder = finished_run(workspace, run)
    passage = nearest_passage(workspace, question)
    request = read_json(folder / "request.json")
    # The prompt that the run was trained with, whatever the configuration says by now.
    system = load_snapshot(workspace.snapshots_dir / request["snapshot_id"]).facts["system_prompt"] or None
    answers = answer(question, passage.text if passage else None, request["base"], RunFolder(folder).product, system)
    shown = {
        "question": question,
        "base": answers.base,
        "base_with_passage": answers.base_with_passage,
        "tuned": answers.tuned,
        "passage": passage.where if passage else None,
    }
    if json:
        console.data_json(shown)
        return
    console.data(f"question           {question}")
    for name in ("base", "base_with_passage", "tuned"):
        lines = (shown[name] or "(nothing)").strip().splitlines() or ["(nothing)"]
        console.data(f"\n{name.replace('_', ' ')}")
        for line in lines:
            console.data(f"    {line}")
    if passage:
        console.data(f"\npassage            {passage.where}")
