"""Which passage of the sources answers a question best, by the vectors that build already made.

Knows likeness of questions: the passage is the chunk behind the pair whose text is nearest to the question.
"""

from __future__ import annotations

from dataclasses import dataclass

from tuneproof.curate.embeddings import embed_cached
from tuneproof.datasets.workspace.workspace import Workspace

_PAIRS = """
SELECT p.question || chr(10) || p.answer, c.text, d.source || '/' || d.path, array_to_string(c.heading_path, ' > ')
FROM pairs p JOIN chunks c USING (chunk_id) JOIN documents d ON d.document_id = c.document_id
WHERE p.status NOT IN ('stale', 'rejected') ORDER BY p.pair_id
"""
MAX_CHARS = 1500


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk's text, cut to what a small model can read, and where it stands."""

    text: str
    where: str


def nearest_passage(workspace: Workspace, question: str) -> Passage | None:
    """Return the passage nearest to ``question``, or None where the workspace holds no pair with a source."""
    with workspace.read() as connection:
        rows = connection.execute(_PAIRS).fetchall()
    if not rows:
        return None

    def silent(_done: int, _total: int, _note: str) -> None:
        """Embedding one question is over before a bar could be drawn."""

    vectors = embed_cached(workspace, workspace.config.embed, [question, *(row[0] for row in rows)], silent)
    nearest = int((vectors[1:] @ vectors[0]).argmax())
    _, text, path, heading = rows[nearest]
    return Passage(text[:MAX_CHARS], f"{path}: {heading}" if heading else path)
