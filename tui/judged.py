"""How a command shows a verdict and leaves: shared by ``gate`` and ``evaluate``, so that they can't differ.

Knows options and exit codes; the words come from the reports room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from tuneproof.datasets.verdict.verdict import Check, Verdict
from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.workspace import Workspace

ROWS_SHOWN = 20


def check_inconclusive(value: str) -> str:
    """Return ``value`` if it is a way to count INCONCLUSIVE.

    Raises:
        UsageError: it is none.
    """
    if value not in ("exit3", "fail", "pass"):
        raise UsageError(f"--inconclusive={value} is unknown.", "Use --inconclusive=fail or --inconclusive=pass.")
    return value


def exit_code(verdict: Verdict, inconclusive: str) -> int:
    """Return 0 pass, 2 fail, 3 inconclusive, the last changed by ``--inconclusive``."""
    if verdict.verdict == "INCONCLUSIVE" and inconclusive != "exit3":
        return 2 if inconclusive == "fail" else 0
    return verdict.exit_code


def show(workspace: Workspace, verdict: Verdict, *, as_json: bool, explain: str | None) -> None:
    """Print a verdict, or one of its checks with the rows behind it, as plain lines or as JSON.

    Raises:
        UsageError: the verdict has no check ``explain``.
    """
    from tuneproof.reports.summary import plain_lines

    if explain is not None:
        _explain(workspace, verdict, explain, as_json=as_json)
    elif as_json:
        console.data_json(verdict.to_document())
    else:
        for line in plain_lines(verdict):
            console.data(line)


def leave(verdict: Verdict, inconclusive: str) -> None:
    """Leave the command with the verdict's exit code."""
    code = exit_code(verdict, inconclusive)
    if code:
        raise typer.Exit(code)


def _explain(workspace: Workspace, verdict: Verdict, check_id: str, *, as_json: bool) -> None:
    check = verdict.check(check_id)
    if check is None:
        known = ", ".join(check.id for check in verdict.checks)
        raise UsageError(f"This verdict has no check {check_id!r}.", f"Its checks: {known}")
    names, rows = _rows(workspace, check.evidence.sql)
    if as_json:
        document = next(entry for entry in verdict.to_document()["checks"] if entry["id"] == check_id)
        console.data_json({**document, "rows": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    for line in _described(check):
        console.data(line)
    if check.evidence.sql:
        console.data(f"rows      {check.evidence.sql}")
    for row in rows:
        console.data("  " + "; ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)))


def _described(check: Check) -> list[str]:
    value = "none" if check.value is None else f"{check.value:.4g} {check.unit}".strip()
    limit = "" if check.limit is None else f", wanted {check.op} {check.limit:g}"
    lines = [f"{check.id}: {check.title}", f"status    {check.status} ({check.severity})", f"value     {value}{limit}"]
    if check.interval is not None:
        low, high = (f"{end:.4g}" if end is not None else "open" for end in (check.interval.low, check.interval.high))
        lines.append(f"interval  {low} to {high} at level {check.level}")
    groups = f" in {check.clusters:,} groups" if check.clusters else ""
    lines.append(f"from      {check.n:,} rows{groups}")
    lines.append(f"means     {check.message}")
    if check.remedy:
        lines.append(f"remedy    {check.remedy}")
    if check.waiver is not None:
        lines.append(f"waived    by {check.waiver.owner} until {check.waiver.expires}: {check.waiver.reason}")
    return lines


def _rows(workspace: Workspace, statement: str) -> tuple[Sequence[str], Sequence[tuple[Any, ...]]]:
    """Return the names and the first rows of a check's statement, nothing where it has none."""
    if not statement:
        return (), ()
    with workspace.read() as connection:
        cursor = connection.execute(statement)
        return [column[0] for column in cursor.description or ()], cursor.fetchmany(ROWS_SHOWN)
