"""What checks and evaluation propose, taken by command: a style's mend, the merges, a pair to mend after a run.

Knows the proposals as the screens read them. They are commands of ``tuneproof pairs``.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tuneproof.tui import console
from tuneproof.tui.commands.pairs import AsJson, Name


def take(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of pairs whose proposed answer is taken.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Take every proposal on style.")] = False,
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Make answers what the style check proposes, one step a pair; tuneproof show style lists the proposals."""
    from tuneproof.datasets.workspace.errors import UsageError
    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.tui.queries import style
    from tuneproof.tui.reviewer import reviewer

    if bool(ids) == every:
        raise UsageError("Which proposals to take?", "Name ids of pairs, or take all by --all.")
    journal = Journal(reviewer(name))
    with _workspace().write() as con:
        found = style.found(con, style.findings(con)).values()
        proposed = {one.pair_id: one.fix for one in found if one.pair_id and one.fix is not None}
        for pair_id in ids or ():
            if pair_id not in proposed:
                raise UsageError(f"Nothing is proposed for {pair_id}.", "List the proposals: tuneproof show style")
        taken = list(dict.fromkeys(ids)) if ids else list(proposed)
        for pair_id in taken:
            journal.judge(con, "edit", [pair_id], answer=proposed[pair_id], reason="proposed by style")
    _tell(json, taken, f"Took {len(taken):,} proposals, one step each.")


def merge_proposed(
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="The least likeness.")],
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Merge every pair that is proposed at a threshold, one step a group; tuneproof show duplicates lists them."""
    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.tui.queries.duplicates import groups
    from tuneproof.tui.reviewer import reviewer

    journal = Journal(reviewer(name))
    merged: list[str] = []
    with _workspace().write() as con:
        for group in groups(con, threshold):
            into, names = group.proposed
            if names:
                journal.judge(con, "merge", names, into=into)
                merged += names
    _tell(json, merged, f"Merged {len(merged):,} pairs, one step a group.")


def fix(
    item: Annotated[str, typer.Argument(help="The id of an item, as show evaluation lists it.")],
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Flag the pair that an evaluated item was made of with what the tuned model said, to be mended."""
    from tuneproof.datasets.workspace.errors import DataError
    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.tui.queries.evaluation import compared, newest_run
    from tuneproof.tui.reviewer import reviewer

    with _workspace().write() as con:
        run = newest_run(con)
        found = compared(con, run.run_id, [item]).get(item) if run else None
        if run is None or found is None:
            raise DataError(f"No evaluated item {item}.", "List them: tuneproof show evaluation")
        if found.pair_id is None:
            raise DataError(f"The item {item} was not made of a pair.", "Items of general suites and texts have none.")
        Journal(reviewer(name)).judge(con, "flag", [found.pair_id], reason=found.reason(run.run_id))
    _tell(json, [found.pair_id], f"Flagged {found.pair_id}. Mend it: tuneproof pairs edit {found.pair_id} --answer ...")


def _workspace() -> Any:
    from tuneproof.datasets.workspace.workspace import Workspace

    return Workspace.find()


def _tell(json: bool, pair_ids: list[str], said: str) -> None:
    if json:
        console.data_json({"pair_ids": pair_ids})
    else:
        console.say(said)
