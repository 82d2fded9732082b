"""``build``: everything from sources to a selected, checked set, each part only where something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tuneproof.curate.arrange import Arranged, arrange
from tuneproof.curate.ingest import Ingested, ingest
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.workspace import Workspace

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What was read, and what the set looks like now."""

    ingested: Ingested
    arranged: Arranged


def build(workspace: Workspace, reading: Advance, embedding: Advance) -> Built:
    """Bring the workspace up to its sources; ``reading`` and ``embedding`` are told the progress of the long parts.

    Raises:
        DataError: there is no source, no readable document, or no pair.
        SourceError: a named source is gone.
        ModelError: the base or the embedding model can't be loaded.
    """
    base = base_folder(workspace.config.base.model, workspace.root)
    return Built(ingest(workspace, base, reading), arrange(workspace, embedding))
