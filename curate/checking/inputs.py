"""What the checks on pairs look at: the rows, the text that they rest on, their vectors and the settings.

Knows shapes only. It must not know what any check asks of them, nor where they are stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.config import Config

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A chunk that a pair rests on: its raw text, the headings above it, and the document it stands in.

    ``title`` is what its document calls itself, "" where that is unknown.
    """

    chunk_id: str
    document_id: str
    kind: str
    heading_path: tuple[str, ...]
    text: str
    source: str = ""
    path: str = ""
    format: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class CheckInputs:
    """What the checks look at.

    ``chunks`` maps chunk ids to the chunks of the rows (an import has none); ``vectors`` are unit vectors of
    question and answer, one a row in the order of ``rows``, shape (n, d), or None where nothing was embedded.
    """

    rows: Sequence[PairRow]
    chunks: Mapping[str, ChunkText] = field(default_factory=dict)
    vectors: NDArray[np.float32] | None = None
    config: Config = field(default_factory=Config)

    def chunks_of(self, row: PairRow) -> list[ChunkText]:
        """Return the chunks that ``row`` rests on and that are known, the first one first."""
        return [self.chunks[chunk_id] for chunk_id in row.chunk_ids if chunk_id in self.chunks]


def texts_of(row: PairRow) -> list[tuple[str, str]]:
    """Return every text of ``row`` that is trained on or shown to the model, each after what it is called."""
    brought = [("system prompt", row.system)] if row.system else []
    return [
        ("question", row.question),
        ("answer", row.answer),
        *brought,
        *(("earlier turn", turn[1]) for turn in row.history),
    ]
