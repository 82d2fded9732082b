"""``tuneproof decisions``: the journal as a file, so that two people can review apart and put their work together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.reviewers import Agreement, Clash

decisions = typer.Typer(
    name="decisions", help="Export and import what people decided, and see how far they agree.", rich_markup_mode=None
)
CLASHES_SHOWN = 20
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@decisions.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, JSON lines.")],
    who: Annotated[str | None, typer.Option(help="Only what this person decided.")] = None,
) -> None:
    """Write the journal of decisions to a file that another workspace over the same documents can take in."""
    from tuneproof.datasets.workspace.reviewers import export_decisions
    from tuneproof.datasets.workspace.workspace import Workspace

    with Workspace.find().read() as con:
        count = export_decisions(con, file, who)
    console.say(f"Wrote {count:,} decisions to {file}.")


@decisions.command("import")
def take_in(file: Annotated[Path, typer.Argument(help="A file that export wrote.")], json: AsJson = False) -> None:
    """Take in another person's decisions: where both judged a pair the later stands, and the clash is listed."""
    from tuneproof.datasets.workspace.reviewers import import_decisions
    from tuneproof.datasets.workspace.workspace import Workspace

    with Workspace.find().write() as con:
        merged = import_decisions(con, file)
    if json:
        console.data_json(merged.to_document())
        return
    console.say(f"Took in {merged.new:,} of {merged.read:,} decisions; the others were here already.")
    if merged.elsewhere:
        console.say(f"{merged.elsewhere:,} pairs of them are not in this workspace; what was decided is kept.")
    _show(merged.clashes, merged.agreements)


@decisions.command("agreement")
def agreement(json: AsJson = False) -> None:
    """Show how far the people who judged the same pairs agree, and where they don't."""
    from dataclasses import asdict

    from tuneproof.datasets.workspace.reviewers import compare
    from tuneproof.datasets.workspace.workspace import Workspace

    with Workspace.find().read() as con:
        clashes, agreements = compare(con)
    if json:
        found = {"agreements": [asdict(one) for one in agreements], "clashes": [asdict(one) for one in clashes]}
        console.data_json(found)
        return
    if not agreements:
        console.say("No two people have judged the same pair. Each signs by: tuneproof review --as NAME")
    _show(clashes, agreements)


def _show(clashes: tuple[Clash, ...], agreements: tuple[Agreement, ...]) -> None:
    for one in agreements:
        kappa = "kappa undefined: both used one word only" if one.kappa is None else f"Cohen's kappa {one.kappa:.2f}"
        console.data(f"{one.one} and {one.other}: {one.share:.0%} of {one.n:,} pairs alike, {kappa}")
    for clash in clashes[:CLASHES_SHOWN]:
        words = ", ".join(f"{who} {status}" for who, status in clash.words.items())
        console.data(f"clash {clash.pair_id}: {words}; {clash.stands}'s word is the later and stands")
    if len(clashes) > CLASHES_SHOWN:
        console.say(f"{len(clashes) - CLASHES_SHOWN:,} more clashes: tuneproof decisions agreement --json")
