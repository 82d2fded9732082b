"""Pairs that a language model writes: from chunks, and as other wordings of trained questions; each asked once.

Knows which chunks and questions are asked about, the table of completions, and how what was taken becomes pairs. Every
answer is on disk before the next question is asked, so a killed run carries on; an answer that is there already costs
nothing, and its pairs come back without a call when their chunk does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.pairing.llm_client import Client, Reply, Useless
from tuneproof.curate.pairing.llm_prompts import (
    PAIRS_SCHEMA,
    PARAPHRASES_SCHEMA,
    Message,
    for_training,
    pair_messages,
    paraphrase_messages,
    plain,
    read_pairs,
    read_paraphrases,
    recipe,
)
from tuneproof.curate.tokens import TEMPLATE_TOKENS, count_tokens
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.config import Llm
from tuneproof.datasets.workspace.identity import canonical_json, digest, pair_id
from tuneproof.datasets.workspace.records import Pair
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

Advance = Callable[[int, int, str], None]
MIN_CHARS = 80  # of a chunk that is worth a question
MAX_CHARS = 8_000

_CHUNKS = """
SELECT c.chunk_id, c.document_id, d.source || '/' || d.path || ': ' || array_to_string(c.heading_path, ' > '), c.text
FROM chunks c JOIN documents d USING (document_id)
WHERE d.state IN ('new', 'changed', 'current') AND c.kind <> 'heading' AND length(trim(c.text)) >= ?
ORDER BY d.source, d.path, c.start_byte
"""
_TRAINED = """
SELECT p.pair_id, p.document_id, p.question, p.answer, p.case_type, list(l.chunk_id ORDER BY l.ordinal)
FROM pairs p JOIN pair_chunks l USING (pair_id)
WHERE p.selected AND p.split = 'train' AND p.status <> 'stale' AND p.origin <> 'import'
    AND p.generator NOT LIKE 'llm.paraphrase.%'
GROUP BY ALL ORDER BY p.pair_id
"""
_ANSWERS = "SELECT completion_id, state, answer FROM store.completions WHERE kind = ?"
_KEEP = "INSERT OR REPLACE INTO store.completions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LIVE = "SELECT pair_id FROM store.pairs WHERE NOT stale"
_QUESTIONS = "SELECT question FROM pairs WHERE status <> 'stale' AND generator NOT LIKE 'llm.paraphrase.%'"
_PUT_PAIRS = "INSERT OR REPLACE INTO store.pairs"
_PAIR_TYPES = (*["VARCHAR"] * 8, "BOOLEAN", "INTEGER")
_DROP_LINKS = "DELETE FROM store.pair_chunks WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"
_PUT_LINKS = "INSERT INTO store.pair_chunks"
_LINK_TYPES = ("VARCHAR", "VARCHAR", "INTEGER")


@dataclass(frozen=True, slots=True)
class Generated:
    """What one pass did: questions asked, answered from the store, of no use; pairs written; tokens and their price."""

    asked: int = 0
    cached: int = 0
    failed: int = 0
    waiting: int = 0
    pairs: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class _Task:
    """One question to the model: about what, in which words, and how its answer becomes pairs."""

    completion_id: str
    subject_id: str
    note: str
    messages: Sequence[Message]
    read: Callable[[str], list[Pair]]


def generate_pairs(workspace: Workspace, base: Path, advance: Advance, *, ask: bool) -> Generated:
    """Write the pairs of every chunk that has an answer, asking for those that lack one if ``ask``.

    Raises:
        ConfigError: ``ask``, and no model is set.
        SourceError: the endpoint refuses or can't be reached; what was answered before is kept.
    """
    settings = workspace.config.pairs.llm
    generator = f"llm.{settings.model}.{_recipe(settings, PAIRS_SCHEMA)}"
    with workspace.read() as connection:
        rows = connection.execute(_CHUNKS, [MIN_CHARS]).fetchall()
    tasks = [_pair_task(workspace, generator, *row) for row in rows[: settings.max_chunks]]
    return _run(workspace, base, "pairs", tasks, PAIRS_SCHEMA, advance, ask=ask)


def generate_paraphrases(workspace: Workspace, base: Path, advance: Advance, *, ask: bool) -> Generated:
    """Write other wordings of the questions that are trained on now, with the same answers, as pairs of their own.

    Raises:
        ConfigError: ``ask``, and no model is set.
        SourceError: the endpoint refuses or can't be reached; what was answered before is kept.
    """
    settings = workspace.config.pairs.llm
    if not settings.paraphrases:
        return Generated()
    generator = f"llm.paraphrase.{settings.model}.{_recipe(settings, PARAPHRASES_SCHEMA)}"
    with workspace.read() as connection:
        rows = connection.execute(_TRAINED).fetchall()
        asked = {plain(row[0]) for row in connection.execute(_QUESTIONS).fetchall()}
    tasks = [_paraphrase_task(settings, generator, asked, *row) for row in rows]
    return _run(workspace, base, "paraphrases", tasks, PARAPHRASES_SCHEMA, advance, ask=ask)


def _pair_task(workspace: Workspace, generator: str, chunk: str, document: str, where: str, text: str) -> _Task:
    settings, limit = workspace.config.pairs.llm, workspace.config.pairs.max_answer_chars
    passage = text[:MAX_CHARS]
    messages = pair_messages(where, passage, settings.per_chunk)

    def read(answer: str) -> list[Pair]:
        found = read_pairs(answer, passage, limit=limit, count=settings.per_chunk, require_quote=settings.require_quote)
        return [
            Pair(
                pair_id(chunk, generator, plain(one.question)), (chunk,), document, one.question, one.answer,
                one.case_type, generator, "llm",
            )
            for one in found
        ]  # fmt: skip

    return _Task(_key(generator, messages), chunk, where, messages, read)


def _paraphrase_task(
    settings: Llm, generator: str, asked: set[str], origin: str, document: str, question: str, answer: str,
    case_type: Any, chunks: Sequence[str],
) -> _Task:  # fmt: skip
    # Twice as many are asked for: half of all wordings belong to evaluation.
    count = 2 * settings.paraphrases
    messages = paraphrase_messages(question, count)

    def read(text: str) -> list[Pair]:
        wordings = [one for one in read_paraphrases(text, question, count=count) if for_training(one)]
        return [
            Pair(pair_id(chunks[0], generator, f"{origin} {plain(one)}"), tuple(chunks), document, one, answer,
                 case_type, generator, "llm")
            for one in wordings
            if plain(one) not in asked
        ][: settings.paraphrases]  # fmt: skip

    return _Task(_key(generator, messages), origin, question, messages, read)


def _run(
    workspace: Workspace, base: Path, kind: str, tasks: Sequence[_Task], schema: Mapping[str, Any], advance: Advance,
    *, ask: bool,
) -> Generated:  # fmt: skip
    settings = workspace.config.pairs.llm
    with workspace.read() as connection:
        known = {row[0]: (row[1], row[2]) for row in connection.execute(_ANSWERS, [kind]).fetchall()}
    ready: list[Pair] = []
    open_tasks: list[_Task] = []
    for task in tasks:
        state, text = known.get(task.completion_id, ("", ""))
        if state == "answered":
            ready += _read_again(task, text)
        else:
            open_tasks.append(task)
    written = _put(workspace, base, ready)
    cached = len(tasks) - len(open_tasks)
    if not ask or not open_tasks:
        return Generated(cached=cached, waiting=len(open_tasks), pairs=written)
    client = Client(settings)
    failed = prompt = completion = 0
    for number, task in enumerate(open_tasks, 1):
        reply = client.ask(task.messages, schema, task.read)
        _keep(workspace, kind, settings.model, task, reply)
        written += _put(workspace, base, reply.value or [])
        failed += reply.value is None
        prompt, completion = prompt + reply.prompt_tokens, completion + reply.completion_tokens
        advance(number, len(open_tasks), task.note)
    cost = (prompt * settings.price_in + completion * settings.price_out) / 1e6
    return Generated(len(open_tasks), cached, failed, failed, written, prompt, completion, cost)


def _read_again(task: _Task, text: str) -> list[Pair]:
    try:
        return task.read(text)
    except Useless:
        return []  # What is taken has become stricter since; the answer stays.


def _keep(workspace: Workspace, kind: str, model: str, task: _Task, reply: Reply[list[Pair]]) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    state = "failed" if reply.value is None else "answered"
    values = [task.completion_id, kind, task.subject_id, model, state, reply.text, reply.reason]
    with workspace.write() as connection:
        connection.execute(_KEEP, [*values, reply.prompt_tokens, reply.completion_tokens, now])


def _put(workspace: Workspace, base: Path, pairs: Sequence[Pair]) -> int:
    """Write the pairs that do not stand yet and return how many those were."""
    if not pairs:
        return 0
    with workspace.read() as connection:
        live = {row[0] for row in connection.execute(_LIVE).fetchall()}
    fresh = list({pair.pair_id: pair for pair in pairs if pair.pair_id not in live}.values())
    if not fresh:
        return 0
    tokens = count_tokens([f"{pair.question}\n{pair.answer}" for pair in fresh], base)
    with workspace.write() as connection:
        connection.execute("BEGIN TRANSACTION")
        _insert(connection, fresh, [count + TEMPLATE_TOKENS for count in tokens])
        connection.execute("COMMIT")
    return len(fresh)


def _insert(connection: duckdb.DuckDBPyConnection, pairs: Sequence[Pair], tokens: Sequence[int]) -> None:
    connection.execute(_DROP_LINKS, [[pair.pair_id for pair in pairs]])
    rows = [
        (
            p.pair_id,
            p.chunk_ids[0],
            p.document_id,
            p.question,
            p.answer,
            p.case_type,
            p.generator,
            p.origin,
            False,
            count,
        )
        for p, count in zip(pairs, tokens, strict=True)
    ]
    insert_rows(connection, _PUT_PAIRS, _PAIR_TYPES, rows)
    links = [(pair.pair_id, chunk, place) for pair in pairs for place, chunk in enumerate(pair.chunk_ids)]
    insert_rows(connection, _PUT_LINKS, _LINK_TYPES, links)


def _recipe(settings: Llm, schema: Mapping[str, Any]) -> str:
    return recipe(settings.model, settings.temperature, settings.max_tokens, schema)


def _key(generator: str, messages: Sequence[Message]) -> str:
    """Return what an answer is kept under: model, prompt and parameters (all in the generator's name), and content."""
    return digest("completion", generator, canonical_json([dict(message) for message in messages]))
