"""``tuneproof train``: tune the base on the newest snapshot, again from a manifest, or in trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneproof.tui import console

if TYPE_CHECKING:
    from tuneproof.datasets.workspace.workspace import Workspace


def train(
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Train although the data gate did not pass; kept and shown.")
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Start a new run even if one like it was cut off or has finished.")
    ] = False,
    manifest: Annotated[
        Path | None,
        typer.Option("--from", metavar="MANIFEST", help="Make the run of this manifest again, bit for bit."),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(metavar="K", help="Cross-validate instead: K trials, documents kept whole.")
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="With --folds: as many seeds for each fold.")] = 1,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Train on growing shares instead: would more pairs help?")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print trials as JSON.")] = False,
) -> None:
    """Train the base on the newest snapshot; a run that was cut off is carried on.

    [train] method: lora, rslora, dora, qlora, top_layers or full; optimizer: adamw, adamw_8bit, adafactor or sgd.
    `tuneproof plan` says what each is.
    """
    from tuneproof.datasets.workspace.errors import UsageError
    from tuneproof.datasets.workspace.workspace import Workspace

    if sum((manifest is not None, folds is not None, learning_curve)) > 1:
        raise UsageError("--from, --folds and --learning-curve are three different things.", "Name one of them.")
    workspace = Workspace.find()
    if folds is not None or learning_curve:
        _trials(workspace, override, folds, seeds, json)
        return
    folder = _again(workspace, manifest) if manifest else _train(workspace, override, new)
    _tell(folder)


def _train(workspace: Workspace, override: str | None, new: bool) -> Path:
    from tuneproof.train.licences import require_licence
    from tuneproof.tui.comparison import local_folder
    from tuneproof.tui.road import admit
    from tuneproof.tui.road import train as run

    admit(workspace, override)
    model = workspace.config.base.model
    require_licence(model, local_folder(model, workspace.root), workspace.config.train.accept_licence)
    return run(workspace, override, fresh=new)


def _again(workspace: Workspace, path: Path) -> Path:
    """Make a run again from its manifest and prove that it came out the same."""
    from tuneproof.datasets.workspace.atomic import read_json
    from tuneproof.datasets.workspace.errors import RunError
    from tuneproof.datasets.workspace.removals import refuse_marked
    from tuneproof.train.again import differences, machine, read_pinned, refuse_differences
    from tuneproof.train.launch import prepare_run, start
    from tuneproof.train.manifest import versions
    from tuneproof.tui.children import watch
    from tuneproof.tui.road import take_in

    pinned = read_pinned(path)
    with workspace.read() as connection:
        refuse_marked(connection, pinned.snapshot_id, pinned.override, "train")
    snapshot = workspace.snapshots_dir / pinned.snapshot_id
    refuse_differences(differences(pinned, snapshot, machine(), versions()))
    settings = pinned.settings
    folder = prepare_run(workspace.runs_dir, snapshot, Path(pinned.base), settings, pinned.override)
    try:
        watch(start(folder), folder, "training", int(pinned.manifest["steps"]))
    finally:
        take_in(workspace)
    made = read_json(folder / "manifest.json")
    files = (made.get("adapter") or made.get("model"))["files"]
    if files != pinned.product:
        other = sorted(name for name in {*files, *pinned.product} if files.get(name) != pinned.product.get(name))
        raise RunError(
            f"Everything pinned was the same, and {', '.join(other)} came out otherwise.",
            f"Compare {folder / 'manifest.json'} with {path}: something that they do not pin differs.",
        )
    console.say(f"Every file is the one of {path}, bit for bit.")
    return folder


def _trials(workspace: Workspace, override: str | None, folds: int | None, seeds: int, json: bool) -> None:
    from tuneproof.train.trials import more_pairs_help
    from tuneproof.tui.experiments import cross_validate, fold_words, ground, learning_curve, trial_lines

    on = ground(workspace, override)
    trials = cross_validate(on, folds, seeds) if folds is not None else learning_curve(on)
    helps, words = (None, fold_words(trials)) if folds is not None else more_pairs_help(trials)
    if json:
        said = {"says": words} if helps is None else {"more_pairs_help": helps, "says": words}
        console.data_json({"trials": [one.to_document() for one in trials], **said})
        return
    for line in trial_lines(trials):
        console.data(line)
    console.data(words if helps is None else f"More pairs would {'help' if helps else 'not help'}: {words}.")


def _tell(folder: Path) -> None:
    from tuneproof.datasets.workspace.atomic import read_json

    manifest = read_json(folder / "manifest.json")
    console.data(folder.name)
    made = "model" if (folder / "model").is_dir() else "adapter"
    console.say(f"{made.capitalize()}: {folder / made}")
    console.say(f"Trained in {sum(manifest['seconds'].values()):.0f} s. Next: tuneproof evaluate")
