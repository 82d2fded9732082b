"""``tuneproof build``: from sources to a selected, checked set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.curate.build import Built

NOTICES_SHOWN = 50


def build(json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False) -> None:
    """Read the sources; chunk, pair, embed, deduplicate, cluster, split, select and check."""
    from dataclasses import asdict

    from tuneproof.curate.build import build as run
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.find()
    with console.stages("reading", "embedding") as (reading, embedding):
        built = run(workspace, reading, embedding)
    for notice in built.ingested.notices[:NOTICES_SHOWN]:
        console.say(notice)
    if len(built.ingested.notices) > NOTICES_SHOWN:
        left = len(built.ingested.notices) - NOTICES_SHOWN
        console.say(f'{left:,} more: tuneproof sql "SELECT path, reason FROM store.documents WHERE reason IS NOT NULL"')
    if json:
        console.data_json({**asdict(built), "pairs": asdict(built.ingested.counts)})
        return
    for line in _lines(built):
        console.data(line)
    console.say("Next: tuneproof review, then tuneproof gate")


def _lines(built: Built) -> list[str]:
    read, pairs, arranged = built.ingested, built.ingested.counts, built.arranged
    return [
        f"documents   {read.new:,} new, {read.changed:,} changed, {read.current:,} as they were, "
        f"{read.skipped:,} skipped, {read.missing:,} missing",
        f"pairs       {read.pairs:,}: {pairs.new:,} new, {pairs.kept:,} kept; {pairs.stale:,} stale, "
        f"{pairs.orphaned:,} orphaned" + (f"; {pairs.reopened:,} decisions to look at again" * bool(pairs.reopened)),
        f"duplicates  {arranged.merged:,} merged, {arranged.suggested:,} to look at",
        f"topics      {arranged.clusters:,}",
        f"selected    {arranged.selected:,}: train {arranged.train:,}, validation {arranged.validation:,}, "
        f"test {arranged.test:,}",
        f"findings    {arranged.blocking:,} that block, {arranged.warnings:,} warnings",
    ]
