"""What a finished evaluation left of each item, as the workspace holds it: losses, answers, and where it comes from.

Knows the statements over the public views. It must not load a model, nor judge an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.evaluate.faults import Asked

if TYPE_CHECKING:
    import duckdb

#: What stands for the case type, topic or document of an item that has none.
NONE = "(none)"

# Suites and texts are no questions; what is independent is what the split kept together.
_ITEMS = f"""
SELECT i.item_id, i.role, i.pair_id, i.prompt, i.reference, coalesce(p.case_type, '{NONE}'),
    coalesce(c.title, '{NONE}'), coalesce(d.source || '/' || d.path, '{NONE}'),
    coalesce(m.split_group, i.document_id, i.item_id), b.value, t.value, ob.text, ot.text
FROM items i
JOIN runs r ON r.run_id = $run AND r.snapshot_id = i.snapshot_id
JOIN scores b ON b.run_id = r.run_id AND b.item_id = i.item_id AND b.model = 'base' AND b.metric = 'nll_per_token'
JOIN scores t ON t.run_id = r.run_id AND t.item_id = i.item_id AND t.model = 'tuned' AND t.metric = 'nll_per_token'
LEFT JOIN pairs p ON p.pair_id = i.pair_id
LEFT JOIN store.placements m ON m.pair_id = i.pair_id AND m.split_group <> ''
LEFT JOIN clusters c ON c.cluster_id = p.cluster_id
LEFT JOIN documents d ON d.document_id = i.document_id
LEFT JOIN outputs ob ON ob.run_id = r.run_id AND ob.item_id = i.item_id AND ob.model = 'base'
LEFT JOIN outputs ot ON ot.run_id = r.run_id AND ot.item_id = i.item_id AND ot.model = 'tuned'
WHERE i.role NOT IN ('general', 'text') AND isfinite(b.value) AND isfinite(t.value)
ORDER BY i.role, i.item_id
"""
_CHUNKS = """
SELECT l.pair_id, c.chunk_id, c.document_id, c.kind, c.heading_path, c.text, d.source, d.path, d.format
FROM pair_chunks l JOIN chunks c ON c.chunk_id = l.chunk_id JOIN documents d ON d.document_id = c.document_id
WHERE l.pair_id IN (SELECT unnest($pairs::VARCHAR[])) ORDER BY l.pair_id, l.ordinal
"""


@dataclass(frozen=True, slots=True)
class Examined:
    """One question of an evaluation: losses in nats a token of the documentation's answer, and what models wrote.

    ``base`` and ``tuned`` are None where the item was scored only. ``group`` is what the split kept together: items
    of one group are not independent. ``chunks`` are the passages behind it, empty if the workspace lost them.
    """

    item_id: str
    role: str
    pair_id: str | None
    question: str
    reference: str
    case_type: str
    topic: str
    document: str
    group: str
    base_loss: float
    tuned_loss: float
    base: str | None
    tuned: str | None
    chunks: tuple[ChunkText, ...] = ()

    @property
    def gain(self) -> float:
        """By how many nats a token the tuned model finds the answer likelier than its base."""
        return self.base_loss - self.tuned_loss

    @property
    def asked(self) -> Asked:
        """The question, with what tells right from wrong."""
        return Asked(self.question, self.reference, self.case_type, self.chunks)


def read_examined(con: duckdb.DuckDBPyConnection, run_id: str) -> list[Examined]:
    """Return every question that a run was scored on in both states, in order of role and id; none if it wasn't.

    The connection is only read from. Texts of a source that was removed read as the workspace shows them.
    """
    rows = con.execute(_ITEMS, {"run": run_id}).fetchall()
    answered = [row[2] for row in rows if row[2] is not None and row[-1] is not None]
    chunks = _chunks(con, answered)
    return [replace(Examined(*row), chunks=tuple(chunks.get(row[2], ()))) for row in rows]


def _chunks(con: duckdb.DuckDBPyConnection, pairs: Sequence[str]) -> dict[str, list[ChunkText]]:
    found: dict[str, list[ChunkText]] = defaultdict(list)
    for pair_id, chunk, document, kind, path, *rest in con.execute(_CHUNKS, {"pairs": list(pairs)}).fetchall():
        found[pair_id].append(ChunkText(chunk, document, kind, tuple(path or ()), *rest))
    return found
