"""``tuneproof selftest``: how often is the model gate wrong?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuneproof.evaluate.selftest.tally import Rate, Trial


def selftest(
    folder: Annotated[Path, typer.Argument(help="Where trials are recorded; a later call carries on.")] = Path(
        "selftest"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="One seed of the cheapest rungs.")] = False,
    minutes: Annotated[float | None, typer.Option(help="Begin no new seed after this many minutes.")] = None,
    table: Annotated[bool, typer.Option("--table", help="Only count what is recorded.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the rates as JSON.")] = False,
) -> None:
    """Plant faults, train and judge, and count wrong verdicts. Exit code: 2 if a rate certainly misses its target."""
    from tuneproof.evaluate.selftest.ledger import full_plan, quick_plan, recorded, run_plan
    from tuneproof.evaluate.selftest.tally import tally

    folder.mkdir(parents=True, exist_ok=True)
    if not table:
        run_plan(folder, quick_plan() if quick else full_plan(), minutes, _tell)
    trials, others = recorded(folder)
    if others:
        console.say(f"{others} trials of another version or base are left aside.")
    rates = tally(trials)
    if json:
        console.data_json([rate.to_document() for rate in rates])
    else:
        for line in _lines(rates):
            console.data(line)
    if any(rate.exceeds for rate in rates):
        raise typer.Exit(2)


def _tell(trial: Trial) -> None:
    from tuneproof.evaluate.selftest.tally import PERMUTED

    if trial.rung != PERMUTED:
        cause = f" ({', '.join(trial.cause)})" if trial.cause else ""
        console.say(f"seed {trial.seed} {trial.rung}: {trial.verdict}{cause}, {trial.seconds:.0f} s")


def _lines(rates: Sequence[Rate]) -> list[str]:
    """Return a Markdown table: what was tried, how often the gate was wrong, and what so few trials could show."""
    lines = [
        "| trial | what it is | error | wrong | of | 95% interval | target | checks that failed |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    for rate in rates:
        interval = f"{rate.low:.1%} to {rate.high:.1%}"
        failed = ", ".join(f"{check} {count}" for check, count in rate.detectors.items())
        lines.append(
            f"| {rate.rung} | {rate.means} | {rate.error} | {rate.wrong} | {rate.n} | {interval} | "
            f"{rate.target:.0%} | {failed} |"
        )
    return lines
