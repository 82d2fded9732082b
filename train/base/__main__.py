"""`python -m tuneproof.train.base`: rebuild the bundled base model from the packages installed here."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.train.base.recipe import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare, train, measure and write the finished folder; 0 on success, 1 with two lines on an error."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()

    def log(line: str) -> None:
        sys.stderr.write(f"[{(time.monotonic() - started) / 60:6.1f} min] {line}\n")
        sys.stderr.flush()

    try:
        _run(options, log)
    except TuneproofError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 1
    return 0


def _run(options: argparse.Namespace, log: object) -> None:
    from tuneproof.train.base.prepare import prepare
    from tuneproof.train.base.recipe import mean_with, train

    assert callable(log)
    given = {"tokens": options.tokens, "threads": options.threads, "seed": options.seed}
    settings = replace(Settings(), minutes=options.minutes, **given)
    work: Path = options.work or options.out.with_name(options.out.name + ".work")
    prepared = prepare(work / "data", options.exclude, settings.seed, log)
    if options.trials:
        from tuneproof.train.base.trials import run_trials

        run_trials(prepared, settings, options.trials, work / "data", log)
        return
    model, progress = train(settings, prepared.sequences, work / "checkpoints", log)
    mean_with(model, options.mean_with)
    from tuneproof.train.base.card import finish

    finish(model, prepared, settings, progress, work / "data", options.out, log)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tuneproof.train.base", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the finished model")
    parser.add_argument("--work", type=Path, help="folder for data and checkpoints (default: OUT.work)")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, default=55.0, help="wall-clock budget of the training")
    budget.add_argument("--tokens", type=int, help="token budget of the training, instead of minutes")
    parser.add_argument("--exclude", type=Path, nargs="*", default=[], help="documentation the model may not have seen")
    parser.add_argument(
        "--mean-with", type=Path, nargs="*", default=[], help="earlier ends of the same training to average with"
    )
    parser.add_argument("--trials", type=int, help="only compare optimizers, over this many tokens each")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
