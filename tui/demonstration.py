"""The demo: every step of the road on documentation that every Python has, the standard library's own.

Knows which modules it reads and how the planted bad case differs: 15 training pairs, 50 epochs, and a data gate
overridden with a reason. Everything else is what a user gets.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.datasets.workspace.workspace import DATABASE_NAME, Workspace
from tuneproof.tui import console

MODULES = (
    "argparse", "bisect", "calendar", "cmd", "code", "codeop", "collections", "configparser", "contextlib",
    "dataclasses", "datetime", "difflib", "filecmp", "fileinput", "fnmatch", "fractions", "functools", "getopt",
    "glob", "graphlib", "gzip", "heapq", "ipaddress", "json", "locale", "lzma", "mimetypes", "optparse", "pathlib",
    "pprint", "queue", "random", "sched", "shlex", "shutil", "statistics", "subprocess", "tempfile", "textwrap",
    "threading", "timeit", "trace", "uuid", "zipfile",
)  # fmt: skip
OVERFIT_PAIRS = 15
OVERFIT_EPOCHS = 50
OVERFIT_REASON = "the demo's planted bad case: see how the model gate answers 15 pairs trained for 50 epochs"

_CONFIG = """\
# The demo's workspace: documentation of the running Python's standard library.

[select]
seed = {seed}
{cap}
[general]
seed = {seed}

[train]
seed = {seed}
{epochs}"""


def demonstrate(folder: Path, *, overfit: bool, seed: int) -> Verdict:
    """Walk the whole road in ``folder`` and return the model's verdict; a demo cut off before is carried on.

    Raises:
        UsageError: ``folder`` holds something else.
    """
    from tuneproof.curate.build import build
    from tuneproof.curate.freeze import gate_data
    from tuneproof.reports.summary import plain_lines
    from tuneproof.tui.publish import publish
    from tuneproof.tui.road import evaluate, train

    started = time.monotonic()
    workspace = demo_workspace(folder, overfit=overfit, seed=seed)
    with _step("build"), console.stages("reading", "embedding") as (reading, embedding):
        built = build(workspace, reading, embedding)
    console.say(f"  {built.ingested.pairs:,} pairs, {built.arranged.selected:,} selected")
    with _step("gate"):
        data, _ = gate_data(workspace)
        data_report = publish(workspace, data)
    console.say(f"  data: {data.verdict}{_because(data)}  {data_report}")
    with _step("train"):
        train(workspace, OVERFIT_REASON if overfit else None)
    with _step("evaluate"):
        model = evaluate(workspace)
        model_report = publish(workspace, model)
    for line in plain_lines(model):
        console.data(line)
    console.say(f"From documentation to verdict in {time.monotonic() - started:.0f} s.")
    console.data(f"Report: {model_report}")
    return model


def demo_workspace(folder: Path, *, overfit: bool = False, seed: int = 0) -> Workspace:
    """Return the demo's workspace in ``folder`` with its sources named, made if it is not there.

    Raises:
        UsageError: ``folder`` holds something else.
    """
    from tuneproof.curate.registry import add_sources

    workspace = Workspace(folder)
    config = _CONFIG.format(
        seed=seed,
        cap=f"max_train = {OVERFIT_PAIRS}\n" if overfit else "",
        epochs=f"epochs = {OVERFIT_EPOCHS}\n" if overfit else "",
    )
    if not workspace.config_path.exists():
        # A demo that was killed as it began has left no more than the DuckDB file.
        if folder.exists() and any(not path.name.startswith(DATABASE_NAME) for path in folder.iterdir()):
            raise UsageError(f"{folder} holds something else.", "Name a new folder: tuneproof demo FOLDER")
        Workspace.init(folder, config)
    elif workspace.config_path.read_text("utf-8") != config:
        raise UsageError(f"{folder} is a workspace with other settings.", "Name a new folder: tuneproof demo FOLDER")
    add_sources(workspace, [f"python:{name}" for name in MODULES], licence="PSF-2.0")
    return workspace


@contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    console.say(f"{name} ...")
    yield
    console.say(f"{name} took {time.monotonic() - started:.1f} s")


def _because(verdict: Verdict) -> str:
    return f" ({', '.join(verdict.cause)})" if verdict.cause else ""
