"""``tuneproof probe``: does the tuned model know, or does it only sound like it? Retrieval, a prompt, or tuning?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneproof.evaluate.intrusion import Intrusion
    from tuneproof.evaluate.knowledge import Knowledge


def probe(
    run: Annotated[str | None, typer.Option(help="Which run; the newest if left out.")] = None,
    facts: Annotated[int, typer.Option(min=12, help="How many facts of each kind, held out and trained.")] = 40,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Ask base and tuned for facts closed book, with examples, with the passage and with a changed passage; advise."""
    from tuneproof.tui.knowledge import probe_run

    found = probe_run(facts=facts, run=run)
    if json:
        console.data_json(found.to_document())
        return
    for line in _lines(found.knowledge, found.intrusion):
        console.data(line)
    console.say(f"Kept in {found.path}")


def _lines(knowledge: Knowledge, intrusion: Intrusion) -> Iterator[str]:
    from tuneproof.evaluate.knowledge import WAYS

    titles = {"heldout": "held-out facts", "train": "trained facts"}
    for role in dict.fromkeys(one.role for one in knowledge.figures):
        own = [one for one in knowledge.figures if one.role == role]
        yield f"{own[0].n} {titles.get(role, role)} of {own[0].groups} documents, right value told (chance is 50%)"
        for one in own:
            around = one.interval
            ends = f"{around.low or 0:.0%} to {around.high or 0:.0%}" if around else "one document"
            yield f"  {WAYS[one.model, one.condition]:<40} {one.share:>5.0%}  ({ends})  {one.bits:.2f} bits a byte"
        yield ""
    if knowledge.too_long:
        yield f"{knowledge.too_long} facts did not fit the model with their passage."
    yield from (f"- {one}" for one in knowledge.advice)
    yield f"- {intrusion.sentence}"
