"""The part of ``build`` that looks for what is missing: pairs for edge cases, up to the targets of the policy.

Knows how many pairs of each kind of case are wanted, which are there, and how the missing ones are kept. What a pair
says is the business of `pairing`. Nothing is made anew while passages, pairs and settings are what they were.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.curate.ingest import version
from tuneproof.curate.pairing.absences import Absences
from tuneproof.curate.pairing.edge_cases import Place, edge_drafts
from tuneproof.curate.pairing.questions import Draft
from tuneproof.curate.tokens import lengths
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.identity import canonical_json, digest, pair_id, sha256
from tuneproof.datasets.workspace.records import CaseType, Chunk, Pair
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

PREFIX = "edge."
# Some pairs are merged away, blocked or dropped from the held-out part before a budget is filled.
SPARE = 1.25

_MARK = "SELECT value FROM store.meta WHERE key = 'filling'"
_SET_TARGETS = "INSERT OR REPLACE INTO store.meta VALUES ('targets', ?)"
_SET_MARK = "INSERT OR REPLACE INTO store.meta VALUES ('filling', ?)"
_CHUNKS = """
SELECT c.chunk_id, c.document_id, c.kind, c.heading_path, c.start_byte, c.end_byte, c.text,
    coalesce(d.title, ''), d.source, d.path, d.format
FROM store.chunks c JOIN store.documents d USING (document_id)
WHERE d.state IN ('new', 'current', 'changed') ORDER BY d.source, d.path, c.ordinal
"""
_PAIRS = """
SELECT p.pair_id, p.question, p.answer, p.case_type, p.generator, j.status, coalesce(list(l.chunk_id), [])
FROM store.pairs p LEFT JOIN store.judgements j USING (pair_id) LEFT JOIN store.pair_chunks l USING (pair_id)
WHERE NOT p.stale GROUP BY ALL ORDER BY p.pair_id
"""
_JUDGED = """
SELECT p.pair_id, p.question, p.answer FROM store.pairs p JOIN store.judgements j USING (pair_id)
WHERE p.generator LIKE 'edge.%' AND (j.status IS NOT NULL OR j.question IS NOT NULL OR j.answer IS NOT NULL)
"""
_STALE = "UPDATE store.pairs SET stale = true WHERE generator LIKE 'edge.%'"
_PUT = """
INSERT OR REPLACE INTO store.pairs
    (pair_id, chunk_id, document_id, question, answer, case_type, generator, origin, stale, tokens)
"""
_PUT_TYPES = (*["VARCHAR"] * 8, "BOOLEAN", "INTEGER")
_DROP_LINKS = "DELETE FROM store.pair_chunks WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"
_PUT_LINKS = "INSERT INTO store.pair_chunks"
_COUNT = "SELECT case_type, generator LIKE 'edge.%' FROM store.pairs WHERE NOT stale"


@dataclass(frozen=True, slots=True)
class Filled:
    """What the targets ask for, in pairs by kind of case.

    ``wanted`` counts what the share of the set comes to, ``found`` what templates, models and people had made,
    ``filled`` what this stage added, ``left`` what is still missing because no source gives rise to it.
    """

    wanted: Mapping[CaseType, int]
    found: Mapping[CaseType, int]
    filled: Mapping[CaseType, int]
    left: Mapping[CaseType, int]


def fill(workspace: Workspace, base: Path) -> Filled:
    """Make pairs for edge cases until the targets are met or the sources have no more; ids and choices are stable.

    What a person decided on stays as long as its passages do, wanted or not.

    Raises:
        ModelError: ``base`` has no tokenizer.
    """
    config = workspace.config
    targets = config.policy.data.targets
    with workspace.read() as connection:
        chunks, places = _passages(connection)
        existing = connection.execute(_PAIRS).fetchall()
        judged = {row[0]: (row[1], row[2]) for row in connection.execute(_JUDGED).fetchall()}
        stored = connection.execute(_MARK).fetchone()
    others = [row for row in existing if not row[4].startswith(PREFIX)]
    found = Counter(row[3] for row in others if row[5] != "rejected")
    whole = min(config.select.budget, sum(found.values()))
    wanted = {kind: math.ceil(share * whole) for kind, share in targets.items() if share}
    settings = [dict(targets), config.select.budget, config.select.seed, config.pairs.max_answer_chars, version()]
    facts = [sorted(chunk.chunk_id for chunk in chunks), [row[0] for row in others], sorted(judged), settings]
    mark = sha256(canonical_json([facts, dict(found)]))
    if not stored or stored[0] != mark:
        need = {kind: math.ceil(SPARE * count) - found[kind] for kind, count in wanted.items()}
        pairs = _choose(
            _candidates(chunks, places, others, config.pairs.max_answer_chars), need, set(judged), config.select.seed
        )
        tokens = lengths(pairs, base) if pairs else []
        with workspace.write() as connection:
            _write(connection, pairs, tokens)
            connection.execute(_SET_TARGETS, [json.dumps(dict(targets), sort_keys=True)])
            connection.execute(_SET_MARK, [mark])
    with workspace.read() as connection:
        filled = Counter(kind for kind, edge in connection.execute(_COUNT).fetchall() if edge)
    left = {kind: max(0, count - found[kind] - filled[kind]) for kind, count in wanted.items()}
    return Filled(wanted, {kind: found[kind] for kind in wanted}, dict(sorted(filled.items())), left)


def _passages(connection: duckdb.DuckDBPyConnection) -> tuple[list[Chunk], dict[str, Place]]:
    chunks, places = [], {}
    for key, document, kind, headings, start, end, text, *where in connection.execute(_CHUNKS).fetchall():
        chunks.append(Chunk(key, document, kind, tuple(headings), start, end, text))
        places[document] = Place(*where)
    return chunks, places


def _candidates(
    chunks: Sequence[Chunk], places: Mapping[str, Place], others: Iterable[Sequence[object]], limit: int
) -> list[Pair]:
    """Return every pair for an edge that nothing else asks or answers, in a fixed order."""
    rows = list(others)
    asked = {str(row[1]).casefold() for row in rows}
    answered = {str(row[2]).casefold() for row in rows}
    covered = {(chunk, row[3]) for row in rows for chunk in row[6]}  # type: ignore[attr-defined]
    drafts: list[Draft] = [
        made for chunk in chunks for made, one in edge_drafts(chunk, places[chunk.document_id])
        if (chunk.chunk_id, one.case_type) not in covered
    ]  # fmt: skip
    drafts.extend(Absences(chunks, places).drafts())
    pairs: dict[str, Pair] = {}
    for made in drafts:
        question, answer = " ".join(made.question.split()), made.answer.strip()
        key = pair_id(made.chunks[0].chunk_id, made.generator, made.slot)
        if key in pairs or question.casefold() in asked or answer.casefold() in answered or len(answer) > limit:
            continue
        asked.add(question.casefold())
        answered.add(answer.casefold())
        rests_on = tuple(dict.fromkeys(chunk.chunk_id for chunk in made.chunks))
        pairs[key] = Pair(
            key, rests_on, made.chunks[0].document_id, question, answer, made.case_type, made.generator, "template"
        )
    return list(pairs.values())


def _choose(candidates: Sequence[Pair], need: Mapping[CaseType, int], judged: set[str], seed: int) -> list[Pair]:
    """Return what people decided on, and of the rest as many as are needed: a document's second after every first."""
    chosen = [pair for pair in candidates if pair.pair_id in judged]
    for kind, count in sorted(need.items()):
        rest = [pair for pair in candidates if pair.case_type == kind and pair.pair_id not in judged]
        rest.sort(key=lambda pair: digest("fill", seed, pair.pair_id))
        turns: Counter[str | None] = Counter()
        kinds: Counter[str] = Counter()
        ranked = []
        for pair in rest:
            ranked.append((kinds[pair.generator], turns[pair.document_id], pair))
            turns[pair.document_id] += 1
            kinds[pair.generator] += 1
        # Kinds of templates take turns, and inside each the documents do.
        by_kind: dict[str, list[tuple[int, Pair]]] = defaultdict(list)
        for _, turn, pair in ranked:
            by_kind[pair.generator].append((turn, pair))
        queues = [sorted(each, key=lambda one: one[0]) for _, each in sorted(by_kind.items())]
        already = sum(pair.case_type == kind for pair in chosen)
        chosen.extend(_take_turns(queues, max(count - already, 0)))
    return chosen


def _take_turns(queues: Sequence[Sequence[tuple[int, Pair]]], count: int) -> list[Pair]:
    longest = max((len(queue) for queue in queues), default=0)
    merged = [queue[at][1] for at in range(longest) for queue in queues if at < len(queue)]
    return merged[:count]


def _write(connection: duckdb.DuckDBPyConnection, pairs: Sequence[Pair], tokens: Sequence[int]) -> None:
    """Replace the pairs of this stage in one transaction; one that is not made any more stays, marked stale."""
    connection.execute("BEGIN TRANSACTION")
    connection.execute(_STALE)
    connection.execute(_DROP_LINKS, [[pair.pair_id for pair in pairs]])
    insert_rows(connection, _PUT, _PUT_TYPES, [
        (pair.pair_id, pair.chunk_ids[0], pair.document_id, pair.question, pair.answer, pair.case_type, pair.generator,
         pair.origin, False, count)
        for pair, count in zip(pairs, tokens, strict=True)
    ])  # fmt: skip
    links = [(pair.pair_id, chunk, place) for pair in pairs for place, chunk in enumerate(pair.chunk_ids)]
    insert_rows(connection, _PUT_LINKS, ("VARCHAR", "VARCHAR", "INTEGER"), links)
    connection.execute("COMMIT")
