"""Two reviewers, one journal: decisions written to a file, taken in from one, and how far two people agree.

Knows the journal's rows and who wrote them. It must not know who shows them. A decision is known by its id, so taking
a file in twice is the same as once. Where two people judged a pair, the later word stands and the clash is listed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.atomic import read_jsonl, write_jsonl_atomic
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.journal import OPEN_UNDOS, OTHER_VERBS, VERBS, set_states, standing, transaction

if TYPE_CHECKING:
    import duckdb

COLUMNS = (
    "decision_id", "seq", "decided_at", "who", "session", "batch", "subject", "subject_id", "verb", "before", "after",
    "reason", "undoes",
)  # fmt: skip
_TEXTS = ("decision_id", "who", "session", "batch", "subject", "subject_id", "verb")
_STEP = 10_000

_ALL = f"SELECT {', '.join(COLUMNS)} FROM decisions WHERE ? IS NULL OR who = ? ORDER BY seq"
_KNOWN = "SELECT decision_id FROM store.decisions WHERE decision_id IN (SELECT unnest(?::VARCHAR[]))"
_PAIRS = "SELECT pair_id FROM store.pairs WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"
_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM store.decisions"
_ADD = """
INSERT INTO store.decisions
SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::TIMESTAMP[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]),
    unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]),
    unnest(?::VARCHAR[])::JSON, unnest(?::VARCHAR[])::JSON, unnest(?::VARCHAR[]), unnest(?::VARCHAR[])
"""
# What each person said last of each pair, as far as it was not undone.
_WORDS = f"""
SELECT subject_id, who, arg_max(after->>'status', row(decided_at, seq)), max(decided_at) FROM store.decisions
WHERE subject = 'pair' AND verb IN ('accept', 'reject', 'later')
    AND batch NOT IN (SELECT batch FROM ({OPEN_UNDOS}))
GROUP BY subject_id, who ORDER BY subject_id, who
"""


@dataclass(frozen=True, slots=True)
class Clash:
    """A pair that two people judged differently: each one's word, and whose stands because it is the later."""

    pair_id: str
    words: Mapping[str, str]
    stands: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people agree on the ``n`` pairs that both judged.

    ``share`` of equal words is from 0 to 1; ``kappa`` is Cohen's (1960), the share beyond what chance gives, and None
    where both used one word only, so that chance explains all.
    """

    one: str
    other: str
    n: int
    share: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What taking in a file did: rows read, those that were new, those on pairs that this workspace does not hold."""

    read: int
    new: int
    elsewhere: int
    clashes: tuple[Clash, ...]
    agreements: tuple[Agreement, ...]

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def export_decisions(con: duckdb.DuckDBPyConnection, path: Path, who: str | None = None) -> int:
    """Write the journal, or one person's part of it, to ``path`` as JSON lines; return how many rows."""
    rows = con.execute(_ALL, [who, who]).fetchall()
    write_jsonl_atomic(path, (_as_json(row) for row in rows))
    return len(rows)


def import_decisions(con: duckdb.DuckDBPyConnection, path: Path) -> Merged:
    """Take in the decisions of a file that ``export_decisions`` wrote, all or none.

    Raises:
        DataError: the file can't be read, or holds a row that is no decision.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}.", "Write one by: tuneproof decisions export FILE")
    if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
        raise DataError(f"{path} is cut off: its last line has no end.", "Copy or export it again.")
    rows = [_checked(row, number, path) for number, row in enumerate(read_jsonl(path), 1)]
    with transaction(con):
        known = _among(con, _KNOWN, (row["decision_id"] for row in rows))
        fresh = [row for row in {row["decision_id"]: row for row in rows}.values() if row["decision_id"] not in known]
        last = (con.execute(_LAST_SEQ).fetchone() or (0,))[0]
        for start in range(0, len(fresh), _STEP):
            part = fresh[start : start + _STEP]
            numbers = range(last + 1 + start, last + 1 + start + len(part))
            con.execute(_ADD, _columns(part, list(numbers)))
        touched = list(dict.fromkeys(row["subject_id"] for row in fresh if row["subject"] == "pair"))
        for start in range(0, len(touched), _STEP):
            set_states(con, standing(con, touched[start : start + _STEP]))
        here = _among(con, _PAIRS, touched)
        clashes, agreements = compare(con)
    mine = {row["subject_id"] for row in fresh}
    clashes = tuple(clash for clash in clashes if clash.pair_id in mine)
    return Merged(len(rows), len(fresh), len(touched) - len(here), clashes, agreements)


def compare(con: duckdb.DuckDBPyConnection) -> tuple[tuple[Clash, ...], tuple[Agreement, ...]]:
    """Return every pair on which people differ, and how far each two of them agree."""
    said: dict[str, dict[str, tuple[str, datetime]]] = {}
    for pair_id, who, status, at in con.execute(_WORDS).fetchall():
        said.setdefault(pair_id, {})[who] = (status, at)
    clashes = []
    for pair_id, words in said.items():
        if len({status for status, _ in words.values()}) > 1:
            last = max(words, key=lambda who: words[who][1])
            clashes.append(Clash(pair_id, {who: status for who, (status, _) in words.items()}, last))
    people = sorted({who for words in said.values() for who in words})
    pairs = [_agreement(one, other, said.values()) for one, other in combinations(people, 2)]
    return tuple(clashes), tuple(pair for pair in pairs if pair.n)


def _agreement(one: str, other: str, said: Iterable[Mapping[str, tuple[str, datetime]]]) -> Agreement:
    both = [(words[one][0], words[other][0]) for words in said if one in words and other in words]
    if not both:
        return Agreement(one, other, 0, 0.0, None)
    n = len(both)
    share = sum(left == right for left, right in both) / n
    lefts, rights = Counter(left for left, _ in both), Counter(right for _, right in both)
    chance = sum(lefts[word] * rights[word] for word in lefts) / n**2
    return Agreement(one, other, n, share, None if chance == 1 else (share - chance) / (1 - chance))


def _as_json(row: Sequence[Any]) -> dict[str, Any]:
    values = dict(zip(COLUMNS, row, strict=True))
    return {
        **values,
        "decided_at": values["decided_at"].isoformat(),
        "before": json.loads(values["before"]),
        "after": json.loads(values["after"]),
    }


def _checked(row: Mapping[str, Any], number: int, path: Path) -> Mapping[str, Any]:
    try:
        datetime.fromisoformat(row["decided_at"])
        good = (
            all(isinstance(row[name], str) and row[name] for name in _TEXTS)
            and row["verb"] in (*VERBS, *OTHER_VERBS, "undo", "redo")
            and isinstance(row["before"], dict)
            and isinstance(row["after"], dict)
            and all(row.get(name) is None or isinstance(row[name], str) for name in ("reason", "undoes"))
            and all(value is None or isinstance(value, str) for value in row["after"].values())
        )
    except (KeyError, TypeError, ValueError):
        good = False
    if not good:
        raise DataError(
            f"{path}, line {number}: this is no decision.", "Export it again: tuneproof decisions export FILE"
        )
    return row


def _columns(rows: Sequence[Mapping[str, Any]], numbers: list[int]) -> list[Any]:
    made: dict[str, list[Any]] = {
        "seq": numbers,
        "decided_at": [datetime.fromisoformat(row["decided_at"]).replace(tzinfo=None) for row in rows],
        "before": [json.dumps(row["before"], ensure_ascii=False) for row in rows],
        "after": [json.dumps(row["after"], ensure_ascii=False) for row in rows],
    }
    return [made.get(name, [row.get(name) for row in rows]) for name in COLUMNS]


def _among(con: duckdb.DuckDBPyConnection, statement: str, names: Iterable[str]) -> set[str]:
    return {row[0] for row in con.execute(statement, [list(names)]).fetchall()}
