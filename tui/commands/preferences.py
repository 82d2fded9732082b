"""``tuneproof preferences`` and ``tuneproof prefer``: the blind comparison of the review without its screens."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    import duckdb


preferences = typer.Typer(
    name="preferences", help="Compare the answers of base and tuned model blind.", rich_markup_mode=None
)
CUT = 300
Run = Annotated[str | None, typer.Option("--run", help="A run; the one that was judged last if left out.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Option("--as", metavar="NAME", help="Who chooses; the login name if left out.")]


@preferences.command("list")
def list_preferences(
    run: Run = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what nobody has chosen on yet.")] = False,
    json: AsJson = False,
) -> None:
    """List the items that both models answered differently, as A and B; nothing tells whose answer is whose."""
    from tuneproof.evaluate.preferences import comparisons

    with _workspace().read() as con:
        run_id = _run(con, run)
        found = [one for one in comparisons(con, run_id) if not one.alike and not (waiting and one.choice)]
    shown = [
        {"item_id": one.item_id, "prompt": one.prompt, "reference": one.reference, "a": one.a, "b": one.b,
         "choice": one.choice, "who": one.who}
        for one in found
    ]  # fmt: skip
    if json:
        console.data_json(shown)
        return
    for row in shown:
        for line in _lines(row):
            console.data(line)
    console.say(f"{len(found):,} items of run {run_id}. Choose by: tuneproof prefer ITEM a|b|tie|skip")


@preferences.command("result")
def result(run: Run = None, json: AsJson = False) -> None:
    """Show how often the tuned model's answers were preferred, with the exact 95% interval."""
    from tuneproof.evaluate.preferences import comparisons, tally
    from tuneproof.reports.preference_page import preference_line, preference_rest

    with _workspace().read() as con:
        run_id = _run(con, run)
        found = comparisons(con, run_id)
    counted = tally(found)
    if json:
        sides = [
            {"item_id": one.item_id, "tuned": one.tuned, "choice": one.choice, "preferred": one.preferred}
            for one in found
        ]
        console.data_json({"run_id": run_id, **asdict(counted), "items": sides})
        return
    console.data(f"{preference_line(counted)}; {preference_rest(counted)}")


def prefer(
    item: Annotated[str, typer.Argument(help="The id of an item, as preferences list shows it.")],
    choice: Annotated[str, typer.Argument(help="a, b, tie or skip.")],
    run: Run = None,
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Choose between two answers blind; ``tuneproof pairs undo`` takes it back like any decision."""
    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.evaluate import preferences as choices
    from tuneproof.tui.reviewer import reviewer

    with _workspace().write() as con:
        run_id = _run(con, run)
        choices.prefer(con, Journal(reviewer(name)), run_id, item, choice.lower())
        left = choices.tally(choices.comparisons(con, run_id)).waiting
    if json:
        console.data_json({"run_id": run_id, "item_id": item, "choice": choice.lower(), "waiting": left})
    else:
        console.say(f"{choice.lower()} on {item}; {left:,} left. At the end: tuneproof preferences result")


def _run(con: duckdb.DuckDBPyConnection, wanted: str | None) -> str:
    from tuneproof.datasets.workspace.errors import DataError
    from tuneproof.tui.queries.evaluation import newest_run

    if wanted is not None:
        known = con.execute("SELECT run_id FROM runs WHERE run_id = ?", [wanted]).fetchone()
        if known is None:
            raise DataError(f"No run {wanted} in this workspace.", "List them: tuneproof status")
        return wanted
    newest = newest_run(con)
    if newest is None:
        raise DataError("Nothing was evaluated yet.", "Run: tuneproof train, then tuneproof evaluate")
    return newest.run_id


def _lines(row: dict[str, Any]) -> list[str]:
    from tuneproof.tui.display import visible

    lines = [
        f"item      {row['item_id']}",
        f"asked     {row['prompt']}",
        f"expected  {row['reference'][:CUT]}",
        f"A         {row['a']}",
        f"B         {row['b']}",
        f"choice    {row['choice'] or 'none yet'}",
        "",
    ]
    return [visible(line) for line in lines]


def _workspace() -> Any:
    from tuneproof.datasets.workspace.workspace import Workspace

    return Workspace.find()
