"""``tuneproof pairs``: every verb of the review as a command, for scripts, for CI and for who can't use the screens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.journal import Undone, Verb
    from tuneproof.tui.queries.filters import Filter

pairs = typer.Typer(name="pairs", help="List and judge pairs without the screens.", rich_markup_mode=None)

FILTER_HELP = (
    'Words such as status:pending type:how_to topic:3 source:docs finding:any split:train selected:yes flag:yes "text".'
)
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of pairs; - reads them from standard input.")]
Wanted = Annotated[str, typer.Option("--filter", help=FILTER_HELP)]
Name = Annotated[str, typer.Option("--as", metavar="NAME", help="Who judges; the login name if left out.")]
Reason = Annotated[str | None, typer.Option(help="Why; kept in the journal.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@pairs.command("list")
def list_pairs(
    wanted: Wanted = "",
    order: Annotated[str, typer.Option(help="One of the orders of the review: document, findings, longest, ..")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most.")] = None,
    json: AsJson = False,
) -> None:
    """List the pairs that a filter lets through."""
    from tuneproof.tui.queries.pairs import listed, queue

    chosen = _filter(f"{wanted} order:{order}" if order else wanted)
    with _workspace().read() as con:
        found = listed(con, queue(con, chosen)[:limit])
    if json:
        console.data_json(found)
        return
    for row in found:
        console.data(f"{row['pair_id']}  {row['status']:<8}  {row['case_type']:<18}  {_cut(row['question'], 90)}")
    console.say(f"{len(found):,} pairs: {chosen.describe()}")


@pairs.command("show")
def show_pairs(ids: Annotated[list[str], typer.Argument(help="Ids of pairs.")], json: AsJson = False) -> None:
    """Show pairs whole: question, answer, why they deserve a look, and the source they rest on."""
    from dataclasses import asdict

    from tuneproof.tui.queries.pairs import PairCard, card

    found: dict[str, PairCard] = {}
    with _workspace().read() as con:
        for pair_id in ids:
            one = card(con, pair_id)
            if one is None:
                raise _unknown(pair_id)
            found[pair_id] = one
    if json:
        console.data_json([{"pair_id": pair_id, **asdict(one)} for pair_id, one in found.items()])
        return
    for pair_id, one in found.items():
        for line in _card_lines(pair_id, one):
            console.data(line)


@pairs.command("accept")
def accept(ids: Ids = None, wanted: Wanted = "", reason: Reason = None, name: Name = "", json: AsJson = False) -> None:
    """Accept pairs, by their ids or all that a filter lets through, in one step."""
    _judge("accept", ids, wanted, name, json, reason=reason)


@pairs.command("reject")
def reject(ids: Ids = None, wanted: Wanted = "", reason: Reason = None, name: Name = "", json: AsJson = False) -> None:
    """Reject pairs, by their ids or all that a filter lets through, in one step."""
    _judge("reject", ids, wanted, name, json, reason=reason)


@pairs.command("later")
def later(ids: Ids = None, wanted: Wanted = "", reason: Reason = None, name: Name = "", json: AsJson = False) -> None:
    """Set pairs aside, by their ids or all that a filter lets through, in one step."""
    _judge("later", ids, wanted, name, json, reason=reason)


@pairs.command("flag")
def flag(ids: Ids = None, wanted: Wanted = "", reason: Reason = None, name: Name = "", json: AsJson = False) -> None:
    """Flag pairs as having something wrong, with a reason."""
    _judge("flag", ids, wanted, name, json, reason=reason)


@pairs.command("edit")
def edit(
    pair_id: Annotated[str, typer.Argument(help="The id of a pair.")],
    question: Annotated[str | None, typer.Option(help="Its new question.")] = None,
    answer: Annotated[str | None, typer.Option(help="Its new answer; - reads it from standard input.")] = None,
    reason: Reason = None,
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Change a pair's question, its answer, or both."""
    text = sys.stdin.read().removesuffix("\n") if answer == "-" else answer
    _judge("edit", [pair_id], "", name, json, reason=reason, question=question, answer=text)


@pairs.command("merge")
def merge(
    ids: Annotated[list[str], typer.Argument(help="Ids of the pairs that go.")],
    into: Annotated[str, typer.Option(help="The id of the pair that stays.")],
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Merge pairs that say the same into one that stays."""
    _judge("merge", ids, "", name, json, into=into)


@pairs.command("unmerge")
def unmerge(
    ids: Annotated[list[str], typer.Argument(help="Ids of pairs.")], name: Name = "", json: AsJson = False
) -> None:
    """Say that pairs repeat no other, whatever build found."""
    _judge("unmerge", ids, "", name, json)


@pairs.command("undo")
def undo(
    steps: Annotated[int, typer.Option(min=1, help="How many decisions to take back.")] = 1,
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Take back the latest decision, whoever made it and wherever."""
    _turn("undo", steps, name, json)


@pairs.command("redo")
def redo(
    steps: Annotated[int, typer.Option(min=1, help="How many decisions to put back.")] = 1,
    name: Name = "",
    json: AsJson = False,
) -> None:
    """Put back what undo took, as long as no fresh decision came between."""
    _turn("redo", steps, name, json)


def _judge(verb: Verb, ids: list[str] | None, wanted: str, name: str, json: bool, **words: str | None) -> None:
    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.tui.reviewer import reviewer

    named = [one for word in ids or () for one in (sys.stdin.read().split() if word == "-" else [word])]
    with _workspace().write() as con:
        subject = named or _of_filter(con, wanted, verb)
        batch = Journal(reviewer(name)).judge(con, verb, subject, **words)
    if json:
        console.data_json({"verb": verb, "batch": batch, "pair_ids": list(dict.fromkeys(subject))})
    else:
        console.say(f"{verb}: {len(set(subject)):,} {'pair' if len(set(subject)) == 1 else 'pairs'}, in one step.")


def _of_filter(con: duckdb.DuckDBPyConnection, wanted: str, verb: str) -> Sequence[str]:
    from tuneproof.datasets.workspace.errors import UsageError
    from tuneproof.tui.queries.pairs import queue

    if not wanted.strip():
        raise UsageError(f"Which pairs to {verb}?", "Name their ids, or choose them by --filter.")
    chosen = _filter(wanted)
    found = queue(con, chosen)
    if not found:
        raise UsageError(
            f"The filter ({chosen.describe()}) lets no pair through.", "See what there is: tuneproof pairs list"
        )
    return found


def _turn(verb: str, steps: int, name: str, json: bool) -> None:
    from tuneproof.datasets.workspace.journal import Journal
    from tuneproof.tui.reviewer import reviewer

    journal = Journal(reviewer(name))
    done: list[Undone] = []
    turn: Callable[[Any], Undone | None] = journal.undo if verb == "undo" else journal.redo
    with _workspace().write() as con:
        for found in iter(partial(turn, con), None):
            done.append(found)
            if len(done) == steps:
                break
    if json:
        console.data_json([{"verb": one.verb, "batch": one.batch, "pair_ids": list(one.pair_ids)} for one in done])
        return
    for one in done:
        many = "one pair" if len(one.pair_ids) == 1 else f"{len(one.pair_ids):,} pairs"
        console.say(f"{'Undid' if verb == 'undo' else 'Redid'} {one.verb} of {many}.")
    if len(done) < steps:
        console.say(f"There is nothing {'more ' if done else ''}to {verb}.")


def _workspace() -> Any:
    from tuneproof.datasets.workspace.workspace import Workspace

    return Workspace.find()


def _filter(text: str) -> Filter:
    from tuneproof.tui.queries.filters import parse

    return parse(text)


def _unknown(pair_id: str) -> Exception:
    from tuneproof.datasets.workspace.errors import DataError

    return DataError(f"No pair {pair_id} in this workspace.", "List them: tuneproof pairs list")


def _card_lines(pair_id: str, one: Any) -> list[str]:
    from tuneproof.tui.display import visible

    facts = [
        one.state,
        one.case_type,
        one.origin,
        one.split or "no split",
        "selected" if one.selected else "not selected",
    ]
    lines = [
        f"pair      {pair_id}",
        f"state     {', '.join(facts)}",
        f"question  {one.question}",
        f"answer    {one.answer}",
    ]
    lines += [f"flag      {one.flag or 'no reason given'}"] if one.flag is not None else []
    lines += [f"{severity:<9} {check}: {message}" for severity, check, message in one.reasons]
    lines += [f"likeness  {kind} {score:.2f} {state}: {other}" for kind, score, state, _, other in one.twins]
    for passage in one.passages:
        way = " > ".join(passage.heading_path)
        lines += [f"source    {one.source}: {one.path}  {way}", passage.text]
    return [visible(line) for line in [*lines, ""]]


def _cut(text: str, width: int) -> str:
    from tuneproof.tui.display import one_line

    shown = one_line(text)
    return shown if len(shown) <= width else shown[: width - 1] + "…"
