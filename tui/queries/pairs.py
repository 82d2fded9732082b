"""What the review reads from the workspace: queues of pairs, their cards, the progress, the newest data verdict.

Knows SQL over the public views and the few columns of the store that only a reviewer needs. It must not know widgets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuneproof.datasets.verdict.verdict import Evidence, Verdict
from tuneproof.datasets.workspace.errors import DataError

if TYPE_CHECKING:
    import duckdb

# How much of a question a list can show; the rest stays in the file.
ROW_CHARS = 400

# A pair set aside with "later" is still pending; the judgement's own status tells it from an untouched one.
_STATED = """
SELECT p.*, CASE WHEN p.status = 'pending' AND j.status = 'pending' THEN 'later' ELSE p.status END AS state
FROM pairs p LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
"""
_WHERE = """
($state IS NULL OR p.state = $state OR ($state = 'to judge' AND p.state IN ('pending', 'later')))
AND ($split IS NULL OR p.split = $split) AND ($cluster IS NULL OR p.cluster_id = $cluster)
AND ($selected IS NULL OR p.selected = $selected)
"""
_QUEUE = f"""
SELECT p.pair_id FROM ({_STATED}) p
LEFT JOIN documents d ON d.document_id = p.document_id
LEFT JOIN store.chunks c ON c.chunk_id = p.chunk_id
WHERE {_WHERE} AND ($ids::VARCHAR[] IS NULL OR p.pair_id IN (SELECT unnest($ids::VARCHAR[])))
ORDER BY p.state = 'later', d.source, d.path, c.ordinal, p.generator, p.pair_id
"""
_FIND = r"SELECT pair_id FROM pairs WHERE question ILIKE $text ESCAPE '\' OR answer ILIKE $text ESCAPE '\'"
_ROWS = f"""
SELECT p.pair_id, p.state, p.case_type, left(p.question, {ROW_CHARS}),
    p.pair_id IN (SELECT subject_id FROM findings WHERE subject = 'pair' AND severity <> 'info') AS flagged
FROM ({_STATED}) p WHERE p.pair_id IN (SELECT unnest(?::VARCHAR[]))
"""
# The same for one pair, which every verdict reads: equality is pushed down to each table, a list is not.
_ROW = _ROWS.replace("p.pair_id IN (SELECT unnest(?::VARCHAR[]))", "p.pair_id = ?")
_CARD = f"""
SELECT p.question, p.answer, p.state, p.case_type, p.generator, p.origin, p.split, p.role, p.selected, s.reason,
    k.title, d.source, d.path, p.document_id
FROM ({_STATED}) p
LEFT JOIN store.placements s ON s.pair_id = p.pair_id
LEFT JOIN clusters k ON k.cluster_id = p.cluster_id
LEFT JOIN documents d ON d.document_id = p.document_id
WHERE p.pair_id = ?
"""
_PASSAGES = """
SELECT c.chunk_id, c.heading_path, c.text FROM pair_chunks x JOIN chunks c ON c.chunk_id = x.chunk_id
WHERE x.pair_id = ? ORDER BY x.ordinal
"""
_REASONS = """
SELECT severity, check_name, message FROM findings WHERE subject_id IN (SELECT unnest(?::VARCHAR[]))
ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'warn' THEN 1 ELSE 2 END, check_name
"""
_TWINS = """
SELECT t.kind, t.score, t.state, t.reason, left(p.question, 400)
FROM (
    SELECT *, kept_id AS other FROM duplicates WHERE pair_id = $pair
    UNION ALL SELECT *, pair_id AS other FROM duplicates WHERE kept_id = $pair
) t JOIN pairs p ON p.pair_id = t.other ORDER BY t.score DESC, t.other
"""
_PROGRESS = """
SELECT count(*) FILTER (status IN ('accepted', 'rejected')), count(*), (SELECT count(*) FROM decisions)
FROM pairs WHERE selected OR NOT (SELECT coalesce(bool_or(selected), false) FROM pairs)
"""
_FACETS = f"SELECT p.state, p.split, p.cluster_id, p.selected, count(*) FROM ({_STATED}) p GROUP BY ALL"
_TITLES = "SELECT cluster_id, title FROM clusters ORDER BY cluster_id"
_VERDICT = "SELECT document FROM verdicts WHERE kind = 'data' ORDER BY decided_at DESC, verdict_id LIMIT 1"
_HELD = "SELECT pair_id FROM pairs WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which pairs a queue holds; None leaves a side open. ``label`` names where ``ids`` come from."""

    state: str | None = None
    split: str | None = None
    cluster: int | None = None
    selected: bool | None = None
    ids: tuple[str, ...] | None = None
    label: str = ""

    def describe(self) -> str:
        """Return the filter in a few words."""
        parts = [
            self.label,
            self.state or "",
            {None: "", True: "selected", False: "not selected"}[self.selected],
            self.split or "",
            "" if self.cluster is None else f"cluster {self.cluster}",
        ]
        return ", ".join(part for part in parts if part) or "all pairs"


TO_JUDGE = Filter(state="to judge", selected=True)


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as a list shows it; ``question`` is cut at ``ROW_CHARS``."""

    pair_id: str
    state: str
    case_type: str
    question: str
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
    ``twins`` are (kind, score, state, reason, the other's question).
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


def queue(con: duckdb.DuckDBPyConnection, wanted: Filter) -> list[str]:
    """Return the ids of the pairs that ``wanted`` lets through, in the order of their documents, "later" ones last."""
    values = {
        "state": wanted.state,
        "split": wanted.split,
        "cluster": wanted.cluster,
        "selected": wanted.selected,
        "ids": None if wanted.ids is None else list(wanted.ids),
    }
    return [row[0] for row in con.execute(_QUEUE, values).fetchall()]


def starting_queue(con: duckdb.DuckDBPyConnection) -> tuple[Filter, list[str]]:
    """Return what to begin with: the selected pairs to judge, or all to judge where nothing is selected yet."""
    ids = queue(con, TO_JUDGE)
    if ids or queue(con, replace(TO_JUDGE, state=None)):
        return TO_JUDGE, ids
    wider = replace(TO_JUDGE, selected=None)
    return wider, queue(con, wider)


def find(con: duckdb.DuckDBPyConnection, text: str) -> set[str]:
    """Return the ids of the pairs whose question or answer holds ``text``, in any case."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {row[0] for row in con.execute(_FIND, {"text": f"%{escaped}%"}).fetchall()}


def rows(con: duckdb.DuckDBPyConnection, pair_ids: Sequence[str]) -> dict[str, PairRow]:
    """Return the list rows of ``pair_ids`` by id; ids that are no longer there are left out."""
    if len(pair_ids) == 1:
        return {row[0]: PairRow(*row) for row in con.execute(_ROW, [pair_ids[0]]).fetchall()}
    return {row[0]: PairRow(*row) for row in con.execute(_ROWS, [list(pair_ids)]).fetchall()}


def card(con: duckdb.DuckDBPyConnection, pair_id: str) -> PairCard | None:
    """Return the card of a pair, or None if it is no longer there."""
    row = con.execute(_CARD, [pair_id]).fetchone()
    if row is None:
        return None
    passages = tuple(Passage(r[0], tuple(r[1]), r[2]) for r in con.execute(_PASSAGES, [pair_id]).fetchall())
    subjects = [pair_id, *(passage.chunk_id for passage in passages), *([row[13]] if row[13] else [])]
    reasons = tuple((r[0], r[1], r[2]) for r in con.execute(_REASONS, [subjects]).fetchall())
    twins = tuple((r[0], r[1], r[2], r[3], r[4]) for r in con.execute(_TWINS, {"pair": pair_id}).fetchall())
    return PairCard(*(*row[:13], passages, reasons, twins))


def progress(con: duckdb.DuckDBPyConnection) -> Progress:
    """Return how far the review is."""
    row = con.execute(_PROGRESS).fetchone()
    return Progress(*row) if row else Progress(0, 0, 0)


def facets(con: duckdb.DuckDBPyConnection, now: Filter) -> list[Facet]:
    """Return the ways to narrow or widen ``now`` by one side, each with the number of pairs it would leave."""
    groups = con.execute(_FACETS).fetchall()
    titles: Mapping[int, str] = dict(con.execute(_TITLES).fetchall())
    states = ("to judge", "pending", "later", "accepted", "rejected", "stale", None)
    ways = [(replace(now, state=state, ids=None, label=""), f"status    {state or 'any'}") for state in states]
    splits = ("train", "validation", "test", None)
    ways += [(replace(now, split=split, ids=None, label=""), f"split     {split or 'any'}") for split in splits]
    chosen = ((True, "selected"), (False, "not selected"), (None, "any"))
    ways += [(replace(now, selected=value, ids=None, label=""), f"selection {text}") for value, text in chosen]
    clusters = [(number, f"{number} {title}") for number, title in titles.items()]
    ways += [
        (replace(now, cluster=number, ids=None, label=""), f"cluster   {text}")
        for number, text in [(None, "any"), *clusters]
    ]
    return [Facet(way, text, sum(group[4] for group in groups if _lets_through(way, group))) for way, text in ways]


def newest_verdict(con: duckdb.DuckDBPyConnection) -> Verdict | None:
    """Return the latest data verdict, or None before the first gate."""
    row = con.execute(_VERDICT).fetchone()
    return Verdict.from_document(json.loads(row[0])) if row else None


def pairs_behind(con: duckdb.DuckDBPyConnection, evidence: Evidence) -> tuple[str, ...]:
    """Return the pairs behind a check: all that its statement returns as ``pair_id``, else those among its ids.

    Raises:
        DataError: the statement is no single SELECT; nothing is run then.
    """
    if evidence.sql:
        statements = con.extract_statements(evidence.sql)
        if len(statements) != 1 or statements[0].type.name != "SELECT":
            raise DataError("The evidence of this check is no single SELECT.", "Run: tuneproof gate")
        relation = con.execute(f"SELECT * FROM ({statements[0].query.strip().rstrip(';')}) LIMIT 0")
        if "pair_id" in [column[0] for column in relation.description or ()]:
            found = con.execute(f"SELECT DISTINCT pair_id FROM ({statements[0].query.strip().rstrip(';')})").fetchall()
            return tuple(row[0] for row in found if row[0] is not None)
    return tuple(row[0] for row in con.execute(_HELD, [list(evidence.ids)]).fetchall())


def _lets_through(wanted: Filter, group: Sequence[object]) -> bool:
    state, split, cluster, selected = group[:4]
    return (
        (wanted.state in (None, state) or (wanted.state == "to judge" and state in ("pending", "later")))
        and wanted.split in (None, split)
        and wanted.cluster in (None, cluster)
        and wanted.selected in (None, selected)
    )
