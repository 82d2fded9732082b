"""``build``: everything from sources to a selected, checked set, each part only where something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tuneproof.curate.arrange import Arranged, arrange
from tuneproof.curate.filling import Filled, fill
from tuneproof.curate.ingest import Ingested, ingest
from tuneproof.curate.pairing.llm import Generated, generate_pairs, generate_paraphrases
from tuneproof.curate.standing import Orphan, PairCounts, count_pairs, read_orphans, standing_pairs
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.workspace import Workspace

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What was read, what was added to meet the targets, what came of the pairs, and what the set looks like now.

    ``orphans`` are the pairs that a person had decided on and that no document makes any more.
    """

    ingested: Ingested
    filled: Filled
    arranged: Arranged
    pairs: PairCounts
    orphans: tuple[Orphan, ...]
    generated: tuple[Generated, ...] = ()


def build(workspace: Workspace, reading: Advance, embedding: Advance, generating: Advance | None = None) -> Built:
    """Bring the workspace up to its sources; the three are told the progress of the long parts.

    With ``generating`` a language model is asked for pairs; without, only what it has answered before is used.

    Raises:
        DataError: there is no source, no readable document, or no pair.
        SourceError: a named source is gone.
        ModelError: the base or the embedding model can't be loaded.
        ConfigError: a language model is to be asked, and none is set.
    """
    base = base_folder(workspace.config.base.model, workspace.root)
    with workspace.write() as connection:
        before = standing_pairs(connection)
    ingested = ingest(workspace, base, reading)
    ask = generating is not None
    if not ask and not workspace.config.pairs.llm.model:
        filled = fill(workspace, base)
        return _built(workspace, before, ingested, filled, arrange(workspace, embedding))
    advance = generating or _silent
    made = generate_pairs(workspace, base, advance, ask=ask)
    filled = fill(workspace, base)
    arranged = arrange(workspace, embedding)
    # Only what is trained on is put in other words, and that is known once the set is arranged.
    reworded = generate_paraphrases(workspace, base, advance, ask=ask)
    if reworded.pairs:
        arranged = arrange(workspace, embedding)
    return _built(workspace, before, ingested, filled, arranged, (made, reworded))


def _built(
    workspace: Workspace,
    before: set[str],
    ingested: Ingested,
    filled: Filled,
    arranged: Arranged,
    generated: tuple[Generated, ...] = (),
) -> Built:
    with workspace.read() as connection:
        counts = count_pairs(connection, before, ingested.counts.reopened)
        return Built(ingested, filled, arranged, counts, tuple(read_orphans(connection)), generated)


def _silent(_done: int, _total: int, _note: str) -> None:
    """Say nothing: what is read from the store takes no time."""
