"""What the review reads of pairs: queues, list rows, cards, the progress, and the ways to narrow a queue.

Knows SQL over the public views and the few columns of the store that only a reviewer needs. It must not know widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tuneproof.tui.queries.filters import (
    ANSWER,
    QUESTION,
    SIDES,
    STATE,
    STATUSES,
    Filter,
    holds,
    queue_statement,
    widened,
)
from tuneproof.tui.queries.ids import NUMBER, TEXT, read_ids

if TYPE_CHECKING:
    import duckdb

# How much of a question a list can show; the rest stays in the file.
ROW_CHARS = 400
# Ids in one statement at most.
LISTED = 1_000

_FIND = "SELECT {what} FROM store.pairs p LEFT JOIN store.judgements j ON j.pair_id = p.pair_id WHERE {holds}"
# Lists of ids are written out as parameters, one each: only so does the index on the pairs serve.
_ROWS = f"""
SELECT p.pair_id, {STATE}, p.case_type, left({QUESTION}, {ROW_CHARS}), j.flag IS NOT NULL
FROM store.pairs p LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
WHERE p.pair_id IN
"""
_WARNED = "SELECT subject_id FROM store.findings WHERE subject = 'pair' AND severity <> 'info' AND subject_id IN "
_CARD = f"""
SELECT p.pair_id, {QUESTION}, {ANSWER}, {STATE}, p.case_type, p.generator, p.origin, s.split, s.role,
    coalesce(s.selected, false), s.reason, k.title, d.source, d.path, j.flag,
    j.question IS NOT NULL OR j.answer IS NOT NULL, p.document_id
FROM store.pairs p
LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
LEFT JOIN store.placements s ON s.pair_id = p.pair_id
LEFT JOIN clusters k ON k.cluster_id = s.cluster_id
LEFT JOIN documents d ON d.document_id = p.document_id
WHERE p.pair_id IN
"""
_RESTS_ON = "SELECT pair_id, chunk_id FROM store.pair_chunks WHERE pair_id IN "
_PASSAGES = "SELECT chunk_id, heading_path, text FROM store.chunks WHERE chunk_id IN "
_REASONS = "SELECT subject_id, severity, check_name, message FROM store.findings WHERE subject_id IN "
_SEVERITIES = ("block", "warn", "info")
# Most pairs have no twin: a look at two columns is cheaper than planning the statement that shows them.
_HAVE_TWINS = """
SELECT pair_id FROM store.duplicates WHERE pair_id IN {names}
UNION SELECT kept_id FROM store.duplicates WHERE kept_id IN {names}
UNION SELECT merged_into FROM store.judgements WHERE merged_into IN {names}
UNION SELECT pair_id FROM store.judgements WHERE merged_into <> '' AND pair_id IN {names}
"""
_TWINS = """
SELECT t.kind, t.score, t.state, t.reason, left(p.question, 400)
FROM (
    SELECT *, kept_id AS other FROM duplicates WHERE pair_id = $pair
    UNION ALL SELECT *, pair_id AS other FROM duplicates WHERE kept_id = $pair
) t JOIN pairs p ON p.pair_id = t.other ORDER BY t.score DESC, t.other
"""
_SETTLED = "SELECT count(*) FROM store.judgements WHERE status IN ('accepted', 'rejected') AND pair_id IN "
_PROGRESS = """
WITH judged AS (
    SELECT j.pair_id FROM store.judgements j JOIN store.pairs p ON p.pair_id = j.pair_id
    WHERE j.status IN ('accepted', 'rejected') AND NOT p.stale
), chosen AS (SELECT count(*) AS n FROM store.placements WHERE selected)
SELECT CASE WHEN chosen.n > 0
        THEN (SELECT count(*) FROM judged d JOIN store.placements s ON s.pair_id = d.pair_id AND s.selected)
        ELSE (SELECT count(*) FROM judged) END,
    CASE WHEN chosen.n > 0 THEN chosen.n ELSE (SELECT count(*) FROM store.pairs) END,
    (SELECT count(*) FROM store.decisions)
FROM chosen
"""
_TITLES = "SELECT cluster_id, title FROM clusters ORDER BY cluster_id"
_FOUND = "SELECT f.check_name, count(DISTINCT f.subject_id) FROM store.findings f WHERE f.subject = 'pair' AND "
_LISTED = f"""
SELECT p.pair_id, {STATE}, p.case_type, {QUESTION}, {ANSWER}, d.source, d.path, s.split, coalesce(s.selected, false),
    s.cluster_id, p.origin, j.flag,
    coalesce((SELECT list(check_name ORDER BY check_name) FROM store.findings f
        WHERE f.subject = 'pair' AND f.subject_id = p.pair_id), [])
FROM store.pairs p
LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
LEFT JOIN store.placements s ON s.pair_id = p.pair_id
LEFT JOIN documents d ON d.document_id = p.document_id
WHERE p.pair_id IN (SELECT unnest(?::VARCHAR[]))
"""
_LISTED_NAMES = (
    "pair_id", "status", "case_type", "question", "answer", "source", "path", "split", "selected", "topic", "origin",
    "flag", "findings",
)  # fmt: skip
TO_JUDGE = Filter(status="to judge", selected=True)


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as a list shows it; ``question`` is cut at ``ROW_CHARS``."""

    pair_id: str
    state: str
    case_type: str
    question: str
    found: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that a pair rests on."""

    chunk_id: str
    heading_path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class PairCard:
    """Everything a reviewer needs to judge a pair. ``reasons`` are (severity, check, message), most severe first;
    ``twins`` are (kind, score, state, reason, the other's question); ``flag`` is a person's reason or None.
    """

    question: str
    answer: str
    state: str
    case_type: str
    generator: str
    origin: str
    split: str | None
    role: str | None
    selected: bool
    placement: str | None
    cluster: str | None
    source: str | None
    path: str | None
    flag: str | None
    edited: bool
    passages: tuple[Passage, ...]
    reasons: tuple[tuple[str, str, str], ...]
    twins: tuple[tuple[str, float, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many pairs of the selection (or of all, before there is one) are judged, and the journal's length."""

    judged: int
    total: int
    journal: int


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow the queue, and how many pairs it leaves."""

    filter: Filter
    label: str
    count: int


def queue(con: duckdb.DuckDBPyConnection, wanted: Filter) -> Sequence[str]:
    """Return the ids of the pairs that ``wanted`` lets through, in its order."""
    numbers, values = queue_statement(wanted, NUMBER)
    return read_ids(con, numbers, queue_statement(wanted, TEXT)[0], values)


def starting_queue(con: duckdb.DuckDBPyConnection) -> tuple[Filter, Sequence[str]]:
    """Return what to begin with: the selected pairs to judge, or all to judge where nothing is selected yet."""
    ids = queue(con, TO_JUDGE)
    statement, values = queue_statement(replace(TO_JUDGE, status=None), end="LIMIT 1")
    if ids or con.execute(statement, values).fetchone():
        return TO_JUDGE, ids
    wider = replace(TO_JUDGE, selected=None)
    return wider, queue(con, wider)


def find(con: duckdb.DuckDBPyConnection, text: str) -> Sequence[str]:
    """Return the ids of the pairs whose question or answer holds ``text``, in any case."""
    condition, pattern = holds(text)
    numbers, texts = (_FIND.format(what=what, holds=condition) for what in (NUMBER, TEXT))
    return read_ids(con, numbers, texts, {"text": pattern})


def rows(con: duckdb.DuckDBPyConnection, pair_ids: Sequence[str]) -> dict[str, PairRow]:
    """Return the list rows of ``pair_ids`` by id; ids that are no longer there are left out."""
    found: dict[str, PairRow] = {}
    for start in range(0, len(pair_ids), LISTED):
        part = list(pair_ids[start : start + LISTED])
        warned = {row[0] for row in con.execute(*_among(_WARNED, part)).fetchall()}
        for row in con.execute(*_among(_ROWS, part)).fetchall():
            found[row[0]] = PairRow(row[0], row[1], row[2], row[3], row[0] in warned, row[4])
    return found


def card(con: duckdb.DuckDBPyConnection, pair_id: str) -> PairCard | None:
    """Return the card of a pair, or None if it is no longer there."""
    return cards(con, [pair_id]).get(pair_id)


def cards(con: duckdb.DuckDBPyConnection, pair_ids: Sequence[str]) -> dict[str, PairCard]:
    """Return the cards of a few pairs by id, for hardly more than one costs; those no longer there are left out."""
    held = {row[0]: row[1:] for row in con.execute(*_among(_CARD, pair_ids)).fetchall()}
    names = list(held)
    if not names:
        return {}
    rests_on: dict[str, list[str]] = {}
    statement, values = _among(_RESTS_ON, names)
    for name, chunk_id in con.execute(f"{statement} ORDER BY pair_id, ordinal", values).fetchall():
        rests_on.setdefault(name, []).append(chunk_id)
    chunks = list(dict.fromkeys(chunk for own in rests_on.values() for chunk in own))
    texts = {row[0]: row for row in con.execute(*_among(_PASSAGES, chunks)).fetchall()} if chunks else {}
    documents = list(dict.fromkeys(row[15] for row in held.values() if row[15]))
    reasons: dict[str, list[tuple[str, str, str]]] = {}
    for subject, *reason in con.execute(*_among(_REASONS, [*names, *chunks, *documents])).fetchall():
        reasons.setdefault(subject, []).append((reason[0], reason[1], reason[2]))
    listed = f"({', '.join('?' * len(names))})"
    alike = {row[0] for row in con.execute(_HAVE_TWINS.format(names=listed), names * 4).fetchall()}
    found = {}
    for name, row in held.items():
        own = rests_on.get(name, [])
        passages = [Passage(chunk, tuple(texts[chunk][1]), texts[chunk][2]) for chunk in own if chunk in texts]
        why = [reason for subject in (name, *own, row[15]) for reason in reasons.get(subject, ())]
        why.sort(key=lambda reason: (_SEVERITIES.index(reason[0]), reason[1]))
        twins = con.execute(_TWINS, {"pair": name}).fetchall() if name in alike else []
        found[name] = PairCard(*(*row[:15], tuple(passages), tuple(why), tuple(twins)))
    return found


def settled(con: duckdb.DuckDBPyConnection, pair_ids: Sequence[str]) -> int:
    """Return how many of ``pair_ids`` are accepted or rejected."""
    parts = [pair_ids[start : start + LISTED] for start in range(0, len(pair_ids), LISTED)]
    rows = [con.execute(*_among(_SETTLED, part)).fetchone() for part in parts]
    return sum(row[0] for row in rows if row)


def progress(con: duckdb.DuckDBPyConnection) -> Progress:
    """Return how far the review is."""
    row = con.execute(_PROGRESS).fetchone()
    return Progress(*row) if row else Progress(0, 0, 0)


def facets(con: duckdb.DuckDBPyConnection, now: Filter) -> list[Facet]:
    """Return the ways to narrow or widen ``now`` by one side, each with the number of pairs it would leave."""
    now = replace(now, ids=None, label="")
    titles: Mapping[Any, str] = dict(con.execute(_TITLES).fetchall())
    found: list[Facet] = []
    for side in ("status", "type", "source", "split", "selected", "flag", "topic"):
        expression = SIDES[side][0]
        statement, values = queue_statement(widened(now, side), f"{expression}, count(*)", "GROUP BY 1")
        counts: dict[Any, int] = dict(con.execute(statement, values).fetchall())
        total = sum(counts.values())
        if side == "status":
            counts["to judge"] = counts.get("pending", 0) + counts.get("later", 0)
        for value in _ordered(side, counts):
            title = f"{value} {titles.get(value, '')}" if side == "topic" else _worded(value)
            found.append(Facet(replace(now, **{side: value}), f"{side:<9} {title}", counts.get(value, 0)))
        found.append(Facet(widened(now, side), f"{side:<9} any", total))
    return [*found, *_findings(con, now)]


def listed(con: duckdb.DuckDBPyConnection, pair_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return pairs as plain records in the order of ``pair_ids``; ids that are no longer there are left out."""
    found = {
        row[0]: dict(zip(_LISTED_NAMES, row, strict=True)) for row in con.execute(_LISTED, [list(pair_ids)]).fetchall()
    }
    return [found[pair_id] for pair_id in pair_ids if pair_id in found]


def _findings(con: duckdb.DuckDBPyConnection, now: Filter) -> list[Facet]:
    statement, values = queue_statement(widened(now, "finding"), end="ORDER BY ALL")
    counts = con.execute(f"{_FOUND} f.subject_id IN ({statement}) GROUP BY 1 ORDER BY 1", values).fetchall()
    ways = [Facet(replace(now, finding=name), f"finding   {name}", count) for name, count in counts]
    for name in ("any", "none"):
        statement, values = queue_statement(replace(now, finding=name), "count(*)", "LIMIT 1")
        row = con.execute(statement, values).fetchone()
        ways.append(Facet(replace(now, finding=name), f"finding   {name}", row[0] if row else 0))
    return ways


def _ordered(side: str, counts: Mapping[Any, int]) -> list[Any]:
    if side == "status":
        return list(STATUSES)
    return sorted((value for value in counts if value is not None), key=lambda value: (value is False, value))


def _worded(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _among(statement: str, names: Sequence[str]) -> tuple[str, list[str]]:
    return f"{statement}({', '.join('?' * len(names))})", list(names)
