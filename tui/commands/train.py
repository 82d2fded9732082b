"""``tuneproof train``: tune the base on the newest snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneproof.tui import console


def train(
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Train although the data gate did not pass; kept and shown.")
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Start a new run even if one like it was cut off or has finished.")
    ] = False,
) -> None:
    """Train an adapter on the newest snapshot; a run that was cut off is carried on."""
    from tuneproof.datasets.workspace.atomic import read_json
    from tuneproof.datasets.workspace.workspace import Workspace
    from tuneproof.train.licences import require_licence
    from tuneproof.tui.comparison import local_folder
    from tuneproof.tui.road import admit
    from tuneproof.tui.road import train as run

    workspace = Workspace.find()
    admit(workspace, override)
    model = workspace.config.base.model
    require_licence(model, local_folder(model, workspace.root), workspace.config.train.accept_licence)
    folder = run(workspace, override, fresh=new)
    manifest = read_json(folder / "manifest.json")
    console.data(folder.name)
    console.say(f"Adapter: {folder / 'adapter'}")
    console.say(f"Trained in {sum(manifest['seconds'].values()):.0f} s. Next: tuneproof evaluate")
