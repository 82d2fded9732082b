"""``tuneproof calibrate``: plant faults, run the checks, and say how often they are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.curate.calibration.runner import Outcome
    from tuneproof.datasets.workspace.config import Config

PAIRS, QUICK_PAIRS = 1200, 120
PER_CHECK, QUICK_PER_CHECK = 100, 6
NARROW = 84
Rows = list[Mapping[str, object]]


def calibrate(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Folders of documentation, or python:NAME; the standard library if left out."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of what is planted where.")] = 0,
    per_check: Annotated[int | None, typer.Option(min=1, help="Faults planted for each check.")] = None,
    pairs: Annotated[int | None, typer.Option(min=20, help="Real pairs to plant them in, about.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few pairs and few faults: a look, no measurement.")] = False,
    labelled: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A labelled file instead, once for each --check.")
    ] = None,
    check: Annotated[list[str] | None, typer.Option(metavar="NAME", help="The check that the file is for.")] = None,
    adjudicate: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Write fifty flags on untouched pairs for you to mark.")
    ] = None,
    adjudicated: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read marked flags and say how many are right.")
    ] = None,
    misses: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Write the faults missed and the benign edits flagged.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="OUT.md", help="Write the table as a page.")] = None,
) -> None:
    """Measure the data checks: plant faults in real pairs, benign edits beside them, and count what is told.

    With --labelled files alone, or --adjudicated alone, nothing is planted. Labelled files are JSON or JSON lines with
    text and label; question, answer, label and knowledge; two texts (text1, text2) and label; or the files of
    presidio-research, HaluEval and CLINC150.
    """
    from tuneproof.curate.calibration.adjudication import read_verdicts
    from tuneproof.datasets.workspace.config import Config

    config = Config()
    rows: Rows = _hold_against(labelled or [], check or [], config, seed)
    outcome = None
    planting = bool(paths or markdown or misses or adjudicate) or not (labelled or adjudicated)
    if planting:
        wanted = pairs or (QUICK_PAIRS if quick else PAIRS)
        outcome = _plant(paths, config, seed, per_check, wanted, quick, adjudicate)
        rows = [*(row.as_json() for row in outcome.table), *rows]
    if adjudicated is not None:
        rows.append(read_verdicts(adjudicated).as_json())
    if outcome is not None and misses is not None:
        _write_misses(outcome, misses)
    if outcome is not None and markdown is not None:
        _write_page(rows, outcome, paths, _options(seed, per_check, pairs, quick), markdown)
    if json:
        console.data_json(rows)
    else:
        _show(rows)


def _plant(
    paths: Sequence[str] | None,
    config: Config,
    seed: int,
    per_check: int | None,
    pairs: int,
    quick: bool,
    adjudicate: Path | None,
) -> Outcome:
    from tuneproof.curate.calibration.adjudication import choose_flags, write_flags
    from tuneproof.curate.calibration.material import STANDARD_LIBRARY, gather
    from tuneproof.curate.calibration.runner import Settings, calibrate

    with console.stages("reading", "calibrating") as (reading, calibrating):
        material = gather(paths or STANDARD_LIBRARY, config, seed, pairs, reading)
        settings = Settings(per_check or (QUICK_PER_CHECK if quick else PER_CHECK), seed, quick)
        outcome = calibrate(material, settings, calibrating)
    if adjudicate is not None:
        flags = choose_flags(material, outcome.untouched, outcome.links, seed)
        write_flags(adjudicate, flags)
        console.say(f"Wrote {len(flags)} flags to {adjudicate}. Mark each verdict, then: --adjudicated {adjudicate}")
    return outcome


def _hold_against(files: Sequence[Path], checks: Sequence[str], config: Config, seed: int) -> Rows:
    from tuneproof.curate.calibration.held_against import hold_against
    from tuneproof.curate.calibration.labelled import read_labelled
    from tuneproof.datasets.workspace.errors import UsageError

    if len(files) != len(checks):
        raise UsageError("Each --labelled file needs its own --check.", "Write: --labelled FILE --check NAME")
    return [
        hold_against(read_labelled(file, name, seed), name, file, config).as_json()
        for file, name in zip(files, checks, strict=True)
    ]


def _write_misses(outcome: Outcome, path: Path) -> None:
    import json

    lines = [json.dumps(miss, ensure_ascii=False) for row in outcome.table for miss in row.mistakes()]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    console.say(f"Wrote {len(lines):,} mistakes to {path}")


def _options(seed: int, per_check: int | None, pairs: int | None, quick: bool) -> list[str]:
    """Return the options that were given and that the figures depend on."""
    given = (("--seed", seed or None), ("--per-check", per_check), ("--pairs", pairs))
    return [f"{name} {value}" for name, value in given if value is not None] + (["--quick"] if quick else [])


def _write_page(rows: Rows, outcome: Outcome, paths: Sequence[str] | None, options: Sequence[str], path: Path) -> None:
    import platform
    from datetime import UTC, datetime
    from importlib.metadata import version

    from tuneproof.reports.calibration_page import Provenance, render_calibration

    versions = {name: version(name) for name in ("tuneproof", "torch", "sentence-transformers", "scikit-learn")}
    provenance = Provenance(
        command=" ".join(["tuneproof", "calibrate", *(paths or []), *options]),
        material=f"{len(paths)} sources" if paths else "the standard library of the running Python",
        pairs=outcome.pairs,
        documents=outcome.documents,
        versions={"Python": platform.python_version(), **versions},
        date=datetime.now(UTC).date().isoformat(),
    )
    path.write_text(render_calibration(rows, provenance), "utf-8")
    console.say(f"Wrote {path}")


def _show(rows: Rows) -> None:
    """Print the table for a person; a narrow terminal gets the figures without their intervals."""
    from rich.console import Console
    from rich.table import Table

    from tuneproof.reports.calibration_page import shown

    terminal = Console()
    wide = terminal.width >= NARROW
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("check", overflow="fold")
    for name in ("recall", "precision", "n", "untouched") if wide else ("recall", "prec.", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        if "recall" in row:
            intervals = [row["recall_interval"], row["precision_interval"]] if wide else [None, None]
            cells = [shown(row["recall"], intervals[0]), shown(row["precision"], intervals[1]), str(row["n"])]
            table.add_row(_name(row), *cells, *([shown(row["flag_rate_untouched"])] if wide else []))
        elif "detected" in row:
            alarms = f"{row['false_alarms']}/{row['control_sets']} false"
            table.add_row(_name(row), f"{row['detected']}/{row['n']}", alarms if wide else "", str(row["n"]))
        else:
            table.add_row(f"{row['check']} flags", shown(row["true_share"], row["interval"]), "", str(row["n"]))
    terminal.print(table)


def _name(row: Mapping[str, object]) -> str:
    return f"{row['check']} ({row['labelled']})" if "labelled" in row else str(row["check"])
