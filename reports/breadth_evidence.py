"""What the set represents, gathered for its report: topics by kinds of case, sources taken up, audiences, style.

Knows which tables and figures of curation say so. It must not know how they are shown, and judges nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.curate.checking.coverage import Covered, Sources, covered_by_part, edges_by_kind
from tuneproof.curate.checking.style import source_of
from tuneproof.curate.checking.style_features import read_features
from tuneproof.curate.checking.style_profile import Sample, learn
from tuneproof.curate.members import chunk_texts, document_chunks, members, read_balance
from tuneproof.datasets.workspace.config import Style

if TYPE_CHECKING:
    import duckdb

    from tuneproof.curate.rows import PairRow

TOPICS = 16
TERMS = 12

_TITLES = "SELECT cluster_id, title FROM clusters"
_TARGETS = "SELECT value FROM store.meta WHERE key = 'targets'"
_HOLES = "SELECT count(*) FROM findings WHERE check_name = 'coverage_hole'"
_FLAGGED = "SELECT check_name, count(*) FROM findings WHERE check_name LIKE 'style\\_%' ESCAPE '\\' GROUP BY ALL"


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic and how many pairs of the set it has of each kind of case."""

    title: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KindColumn:
    """A kind of case: its share of the set, the share that the policy asks for, and what the sources state of it."""

    kind: str
    count: int
    share: float
    target: float
    edges: Covered | None


@dataclass(frozen=True, slots=True)
class Habit:
    """A feature of how answers are written, and the share of the answers that have it."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class StyleFacts:
    """How the answers of the set are written; sizes are medians in words, ``tagged`` is of the code blocks."""

    answers: int
    answer_words: int
    sentence_words: float
    tagged: float | None
    habits: tuple[Habit, ...]
    terms: tuple[str, ...]
    outliers: int
    splits: int


@dataclass(frozen=True, slots=True)
class BreadthEvidence:
    """What the set represents; ``audiences`` hold the share of pairs and of source passages that name each."""

    topics: tuple[TopicRow, ...]
    kinds: tuple[KindColumn, ...]
    parts: tuple[Covered, ...]
    audiences: tuple[tuple[str, float, float], ...]
    evenness: float | None
    neighbour: float | None
    holes: int
    style: StyleFacts


_HABITS: Mapping[str, str] = {
    "second_person": "address the reader", "first_person": "say I or we", "imperatives": "give an order",
    "passive": "have a passive sentence", "contractions": "contract words", "hedges": "hedge", "opinions": "opine",
    "intensifiers": "intensify", "politeness": "are courteous", "exclamations": "exclaim", "emoji": "show emoji",
    "filler_opener": "open with filler", "filler_closer": "close with filler", "lists": "hold a list",
    "headings": "hold a heading", "fences": "hold a code block", "no_stop": "end without a stop",
}  # fmt: skip


def gather_breadth(con: duckdb.DuckDBPyConnection, *, accepted_only: bool) -> BreadthEvidence:
    """Return what the pairs in the set represent, as the workspace holds them now."""
    rows = members(con, accepted_only=accepted_only)
    offers = Sources(document_chunks(con)).offers(rows)
    found = read_balance(con)
    offered = found.offered if found else {}
    return BreadthEvidence(
        topics=_topics(rows, dict(con.execute(_TITLES).fetchall())),
        kinds=_kinds(con, rows, edges_by_kind(offers)),
        parts=tuple(part for part in covered_by_part(offers) if part.offered),
        audiences=tuple(
            (name, found.audiences[name], share)
            for name, share in sorted(offered.items(), key=lambda one: -one[1])
            if found and (share or found.audiences[name])
        ),
        evenness=found.topic_evenness if found else None,
        neighbour=found.neighbour if found else None,
        holes=(con.execute(_HOLES).fetchone() or (0,))[0],
        style=_style(con, rows),
    )


def _topics(rows: Sequence[PairRow], titles: Mapping[int, str]) -> tuple[TopicRow, ...]:
    sizes = Counter(row.cluster for row in rows)
    cells = Counter((row.cluster, row.case_type) for row in rows)
    ordered = sorted(sizes, key=lambda topic: (-sizes[topic], str(topic)))
    made = [
        TopicRow(
            titles.get(topic, "no topic") if topic is not None else "no topic",
            {kind: count for (at, kind), count in cells.items() if at == topic},
        )
        for topic in ordered[:TOPICS]
    ]
    rest: Counter[str] = Counter(row.case_type for row in rows if row.cluster in set(ordered[TOPICS:]))
    return (*made, TopicRow(f"{len(ordered) - TOPICS} smaller topics", rest)) if rest else tuple(made)


def _kinds(
    con: duckdb.DuckDBPyConnection, rows: Sequence[PairRow], edges: Mapping[str, Covered]
) -> tuple[KindColumn, ...]:
    stored = con.execute(_TARGETS).fetchone()
    targets: dict[str, float] = json.loads(stored[0]) if stored else {}
    counts: Counter[str] = Counter(row.case_type for row in rows)
    kinds = sorted(
        {*counts, *(kind for kind, share in targets.items() if share)}, key=lambda kind: (-counts[kind], kind)
    )
    whole = max(len(rows), 1)
    return tuple(
        KindColumn(kind, counts[kind], counts[kind] / whole, targets.get(kind, 0.0), edges.get(kind)) for kind in kinds
    )


def _style(con: duckdb.DuckDBPyConnection, rows: Sequence[PairRow]) -> StyleFacts:
    chunks = chunk_texts(con)
    counted = [read_features(row.answer) for row in rows]
    profile = learn([Sample(row.answer, row.case_type, source_of(row, chunks)) for row in rows], "set", Style())
    flagged: dict[str, int] = dict(con.execute(_FLAGGED).fetchall())
    whole = max(len(counted), 1)
    lengths = sorted(one.words for one in counted)
    sentences = sorted(one.values["sentence_words"] for one in counted)
    fences = any(one.values["fences"] for one in counted)
    return StyleFacts(
        answers=len(counted),
        answer_words=lengths[len(lengths) // 2] if lengths else 0,
        sentence_words=sentences[len(sentences) // 2] if sentences else 0.0,
        tagged=profile.tagged if fences else None,
        habits=tuple(
            Habit(said, sum(one.values[name] > 0 for one in counted) / whole) for name, said in _HABITS.items()
        ),
        terms=tuple(sorted(profile.terms.values()))[:TERMS],
        outliers=flagged.get("style_outlier", 0),
        splits=flagged.get("style_split", 0),
    )
