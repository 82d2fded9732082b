"""Make question and answer pairs from a document's chunks, by templates, the same ones every time.

Knows identity and what every pair must be: a question of its own, an answer within its length that no earlier pair of
the chunk has given. It must not know any format: each has a module that drafts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from tuneproof.curate.pairing.help_pairs import help_drafts
from tuneproof.curate.pairing.prose_pairs import prose_drafts
from tuneproof.curate.pairing.python_pairs import python_drafts
from tuneproof.curate.pairing.questions import Draft
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.identity import pair_id
from tuneproof.datasets.workspace.records import Chunk, Document, Pair


def generate_pairs(document: Document, chunks: Sequence[Chunk], settings: config.Pairs) -> list[Pair]:
    """Return the pairs of ``document``, in a fixed order; ``chunks`` are all of its chunks.

    No question is asked twice in a document, and no chunk gives one answer to two questions of different generators.
    """
    limit = settings.max_answer_chars
    return list(_pairs(document, _drafts(document, chunks, limit), limit))


def _drafts(document: Document, chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    if document.format == "python":
        return python_drafts(chunks, limit)
    if document.format == "help":
        return help_drafts(chunks, limit)
    # These two need an optional package.
    if document.format == "openapi":
        from tuneproof.curate.pairing.openapi_pairs import openapi_drafts

        return openapi_drafts(document, chunks, limit)
    if document.format == "rst":
        from tuneproof.curate.pairing.rst_pairs import rst_drafts

        return chain(rst_drafts(document, chunks, limit), prose_drafts(document, chunks, limit))
    return prose_drafts(document, chunks, limit)


def _pairs(document: Document, drafts: Iterator[Draft], limit: int) -> Iterator[Pair]:
    ids: set[str] = set()
    questions: set[str] = set()
    answers: set[tuple[str, str]] = set()
    for draft in drafts:
        first = draft.chunks[0].chunk_id
        identity = pair_id(first, draft.generator, draft.slot)
        question = " ".join(draft.question.split())
        answer = draft.answer.strip()
        if identity in ids or question.casefold() in questions or (first, answer.casefold()) in answers:
            continue
        if len(answer) > limit or len(answer.split()) < 2 or answer.count("```") % 2:
            continue
        ids.add(identity)
        questions.add(question.casefold())
        answers.add((first, answer.casefold()))
        yield Pair(
            pair_id=identity,
            chunk_ids=tuple(dict.fromkeys(chunk.chunk_id for chunk in draft.chunks)),
            document_id=document.document_id,
            question=question,
            answer=answer,
            case_type=draft.case_type,
            generator=draft.generator,
            origin="template",
        )
