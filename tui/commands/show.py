"""``tuneproof show``: what each screen of the review lists, as lines or JSON, for scripts and for screen readers.

Knows what the screens read. Nothing is changed here; ``tuneproof pairs`` has the verbs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.workspace import Workspace

show = typer.Typer(name="show", help="List what each screen of the review shows.", rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int | None, typer.Option(min=1, help="How many at most.")]
WIDTH = 100


@show.command("sources")
def sources(limit: Limit = None, json: AsJson = False) -> None:
    """List the documents: those that could not be read first, each with its pairs or the reason."""
    from tuneproof.tui.queries import sources as queries

    with _workspace().read() as con:
        ids = queries.documents(con)[:limit]
        rows = queries.rows(con, ids)
        reasons = queries.reasons(con, ids)
    found = [{**asdict(rows[name]), "reason": reasons.get(name)} for name in ids if name in rows]
    _tell(found, json, ("{state:<9} {pairs:>6}  {document_id}  {source}: {path}", "reason"), "documents")


@show.command("duplicates")
def duplicates(
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="The least likeness.")] = 0.0,
    limit: Limit = None,
    json: AsJson = False,
) -> None:
    """List the groups of pairs that say the same, those to look at first; the first member of a group stays."""
    from tuneproof.tui.queries import duplicates as queries

    with _workspace().read() as con:
        groups = queries.groups(con, threshold)[:limit]
        texts = queries.texts(con, [name for group in groups for name in group.members])
    found = []
    for number, group in enumerate(groups, 1):
        for name in group.members:
            link = group.link_of(name)
            stays = name == group.kept or link is None
            text = texts.get(name)
            found.append(
                {
                    "group": number, "pair_id": name, "stays": stays,
                    "state": "stays" if stays else link and link.state,
                    "score": None if stays else link and link.score, "kind": None if stays else link and link.kind,
                    "reason": None if stays else link and link.reason, "judged": text and text.state,
                    "question": text and text.question, "answer": text and text.answer,
                }
            )  # fmt: skip
    _tell(found, json, ("{group:>4} {state:<13} {pair_id}  {question}", "reason"), "pairs in groups")


@show.command("clusters")
def clusters(json: AsJson = False) -> None:
    """List the topics with their pairs, how many are selected and how many judged."""
    from tuneproof.tui.queries.clusters import topics

    with _workspace().read() as con:
        found = [asdict(one) for one in topics(con)]
    line = "topic {cluster_id}: {size} pairs, {selected} selected, {judged} judged: {title}"
    _tell(found, json, (line, ""), "topics")


@show.command("style")
def style(json: AsJson = False) -> None:
    """List the findings on style with the answer that each proposes; pairs take makes it the pair's."""
    from tuneproof.tui.queries import style as queries

    with _workspace().read() as con:
        ids = queries.findings(con)
        known = queries.found(con, ids)
    found = [
        {
            "finding_id": name, "check": one.check, "severity": one.severity, "score": one.score,
            "message": one.message, "pair_id": one.pair_id, "answer": one.answer, "proposed": one.fix,
            "taken": one.taken,
        }
        for name, one in ((name, known[name]) for name in ids if name in known)
    ]  # fmt: skip
    _tell(found, json, ("{check:<14} {pair_id}  {message}", "proposed"), "findings on style")


@show.command("coverage")
def coverage(
    holes: Annotated[bool, typer.Option("--holes", help="List what no pair covers instead.")] = False,
    json: AsJson = False,
) -> None:
    """List how many selected pairs each topic has of each kind of question, or what no pair covers."""
    from tuneproof.tui.queries.coverage import Cover, matrix

    with _workspace().read() as con:
        read = matrix(con)
    if holes:
        found = [asdict(hole) for hole in read.holes]
        _tell(found, json, ("{source}: {path}  {message}", ""), f"holes, of {read.hole_count:,} in all")
        return
    cells = [
        {"topic": topic, "title": title, "kind": kind, **asdict(read.cells.get((topic, kind), Cover()))}
        for topic, title in read.titles.items()
        for kind in read.kinds
    ]
    line = "topic {topic} {kind}: {selected} selected of {pairs}, {judged} judged ({title})"
    _tell(cells, json, (line, ""), "cells")


@show.command("gate")
def gate(
    check: Annotated[str | None, typer.Option("--pairs", metavar="CHECK", help="The pairs behind a check.")] = None,
    json: AsJson = False,
) -> None:
    """List the checks of the newest data verdict without judging anew, or the ids of the pairs behind one."""
    from tuneproof.datasets.workspace.errors import DataError
    from tuneproof.tui.queries.verdict import newest_verdict, pairs_behind

    with _workspace().read() as con:
        verdict = newest_verdict(con)
        if verdict is None:
            raise DataError("There is no data verdict yet.", "Run: tuneproof gate")
        known = verdict.check(check) if check else None
        if check and known is None:
            names = ", ".join(one.id for one in verdict.checks)
            raise DataError(f"The verdict has no check {check!r}.", f"It has: {names}.")
        behind = pairs_behind(con, known.evidence) if known else ()
    if known:
        _tell([{"pair_id": name} for name in behind], json, ("{pair_id}", ""), f"pairs behind {known.id}")
        return
    checks = verdict.to_document()["checks"]
    _tell(checks, json, ("{status:<12} {id:<24} {title}", "message"), f"{verdict.verdict}, checks")


@show.command("training")
def training(json: AsJson = False) -> None:
    """List the runs with their live figures: step, time left, loss, held-out loss, the newest samples."""
    from tuneproof.tui.queries.training import RunsReader

    workspace = _workspace()
    reader = RunsReader(workspace.runs_dir)
    found = []
    for name in reader.names():
        run = reader.read(name)
        found.append(
            {
                "run_id": name, "state": run.state, "step": run.step, "steps": run.total, "seconds_left": run.left,
                "loss": run.last("loss"), "heldout_loss": run.last("eval_loss"), "message": run.message,
                "samples": [asdict(sample) for sample in run.samples],
            }
        )  # fmt: skip
    line = "{run_id} {state}, step {step} of {steps}, loss {loss}, held-out {heldout_loss}"
    _tell(found, json, (line, "message"), "runs")


@show.command("evaluation")
def evaluation(
    way: Annotated[str, typer.Option(help="all, changed, better, worse or answered.")] = "all",
    role: Annotated[str | None, typer.Option(help="Only items of that role.")] = None,
    order: Annotated[str, typer.Option(help="worst, best or role.")] = "worst",
    wrong: Annotated[bool, typer.Option("--wrong", help="List the groups of wrong answers instead.")] = False,
    limit: Limit = None,
    json: AsJson = False,
) -> None:
    """List the items of the run that was judged last: base beside tuned, with the answers where there are some."""
    from tuneproof.datasets.workspace.errors import DataError
    from tuneproof.tui.queries import evaluation as queries
    from tuneproof.tui.queries.errors import error_groups

    wanted = next((one for one in queries.WAYS if one == way), None)
    if wanted is None:
        raise _unknown("--way", way, queries.WAYS)
    if order not in queries.ORDERS:
        raise _unknown("--order", order, queries.ORDERS)
    with _workspace().read() as con:
        run = queries.newest_run(con)
        if run is None:
            raise DataError("Nothing was evaluated yet.", "Run: tuneproof train, then tuneproof evaluate")
        if wrong:
            groups, _ = error_groups(con, run.run_id)
            found = [{"group": " ".join(one.label.split()), "wrong": one.wrong, "items": list(one.item_ids)}
                     for one in groups]  # fmt: skip
            _tell(found, json, ("{wrong:>6}  {group}", ""), "groups of wrong answers")
            return
        ids = queries.items(con, run.run_id, wanted, role, order)[:limit]
        known = queries.compared(con, run.run_id, ids)
    found = [{"run_id": run.run_id, **asdict(known[name])} for name in ids if name in known]
    _tell(found, json, ("{way:<7} {base:>8.3f} {tuned:>8.3f}  {item_id}  {prompt}", "tuned_text"), "items")


def _workspace() -> Workspace:
    from tuneproof.datasets.workspace.workspace import Workspace

    return Workspace.find()


def _tell(rows: Sequence[dict[str, Any]], json: bool, line: tuple[str, str], what: str) -> None:
    """Print ``rows`` as JSON, or each by its form and below it the field that explains it, if it has one."""
    if json:
        console.data_json(list(rows))
        return
    form, more = line
    for row in rows:
        console.data(_cut(form.format_map({name: "-" if value is None else value for name, value in row.items()})))
        if more and row.get(more):
            console.data(f"      {_cut(str(row[more]))}")
    console.say(f"{what}: {len(rows):,}")


def _cut(text: str) -> str:
    from tuneproof.tui.display import one_line

    shown = one_line(text)
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 1] + "…"


def _unknown(option: str, given: str, known: Iterable[str]) -> Exception:
    from tuneproof.datasets.workspace.errors import UsageError

    return UsageError(f"{option} {given} is unknown.", f"Use one of: {', '.join(known)}.")
