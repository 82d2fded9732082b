"""``tuneproof build``: from sources to a selected, checked set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneproof.curate.build import Built
    from tuneproof.datasets.workspace.records import CaseType

NOTICES_SHOWN = 50
ORPHANS_SHOWN = 20


def build(
    generate: Annotated[
        bool, typer.Option("--generate", help="Ask the model in [pairs.llm] for further pairs.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Read the sources; chunk, pair, embed, deduplicate, cluster, split, select and check."""
    from dataclasses import asdict

    from tuneproof.curate.build import build as run
    from tuneproof.datasets.workspace.workspace import Workspace

    workspace = Workspace.find()
    with console.stages("reading", "embedding", "asking") as (reading, embedding, asking):
        built = run(workspace, reading, embedding, asking if generate else None)
    for notice in built.ingested.notices[:NOTICES_SHOWN]:
        console.say(notice)
    if len(built.ingested.notices) > NOTICES_SHOWN:
        left = len(built.ingested.notices) - NOTICES_SHOWN
        console.say(f'{left:,} more: tuneproof sql "SELECT path, reason FROM store.documents WHERE reason IS NOT NULL"')
    if built.pairs.gone:
        _list_orphans(built)
    if json:
        console.data_json(asdict(built))
        return
    for line in _lines(built):
        console.data(line)
    console.say("Next: tuneproof review, then tuneproof gate")


def _list_orphans(built: Built) -> None:
    """Say which decided pairs have lost their passage, and which pair asks the same now."""
    for orphan in built.orphans[:ORPHANS_SHOWN]:
        now = f"asked now by {orphan.successor}" if orphan.successor else "asked by none now"
        where = f"{orphan.source}/{orphan.path}: " if orphan.path else ""
        console.say(f"orphaned: {orphan.pair_id} ({orphan.status}), {now}: {where}{orphan.question}")
    if len(built.orphans) > ORPHANS_SHOWN:
        console.say(f"{len(built.orphans) - ORPHANS_SHOWN:,} more: tuneproof build --json lists them all.")


def _lines(built: Built) -> list[str]:
    read, pairs, arranged = built.ingested, built.pairs, built.arranged
    asked = [
        f"{name}{one.asked:,} asked, {one.cached:,} answered before, {one.waiting:,} still open; {one.pairs:,} pairs; "
        f"{one.prompt_tokens + one.completion_tokens:,} tokens" + (f", cost {one.cost:,.4f}" if one.cost else "")
        for name, one in zip(("model       ", "paraphrases "), built.generated, strict=False)
        if one.asked or one.cached or one.waiting
    ]
    return [
        f"documents   {read.new:,} new, {read.changed:,} changed, {read.current:,} as they were, "
        f"{read.skipped:,} skipped, {read.missing:,} missing",
        f"pairs       {pairs.new + pairs.kept:,}: {pairs.new:,} new, {pairs.kept:,} kept; {pairs.stale:,} stale, "
        f"{pairs.orphaned:,} orphaned" + (f"; {pairs.reopened:,} decisions to look at again" * bool(pairs.reopened)),
        *asked,
        f"edge cases  {_told(built.filled.filled, 'no pair')} added" + _missing(built.filled.left),
        f"duplicates  {arranged.merged:,} merged, {arranged.suggested:,} to look at",
        f"topics      {arranged.clusters:,}",
        f"selected    {arranged.selected:,}: train {arranged.train:,}, validation {arranged.validation:,}, "
        f"test {arranged.test:,}",
        f"findings    {arranged.blocking:,} that block, {arranged.warnings:,} warnings",
    ]


def _told(counts: Mapping[CaseType, int], nothing: str) -> str:
    """Return counts by kind of case in one line, the most first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count:,} {kind}" for kind, count in ordered if count) or nothing


def _missing(left: Mapping[CaseType, int]) -> str:
    return f"; short of the targets by {_told(left, '')}" if any(left.values()) else ""
