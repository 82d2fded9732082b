"""The journal of what people decided: appended to, never rewritten, on disk before a call returns.

Knows verbs, batches and how an undo finds what it takes back. Every row holds a pair's whole state before and after,
so the last row of a pair says how it stands, and ``store.judgements`` is nothing but that, kept for reading.
It must not know who shows the pairs, nor what becomes of an accepted one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.identity import digest

if TYPE_CHECKING:
    import duckdb

Verb = Literal["accept", "reject", "later", "flag", "edit"]
VERBS: tuple[Verb, ...] = get_args(Verb)
# What a verb makes of the status; a verb that is not here leaves it alone.
STATUS_AFTER: Mapping[Verb, str] = {"accept": "accepted", "reject": "rejected", "later": "pending"}

_KNOWN = "SELECT pair_id FROM store.pairs WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"
_STATES = """
SELECT pair_id, status, question, answer FROM store.judgements WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))
"""
_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM store.decisions"
_APPEND = """
INSERT INTO store.decisions
SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), ?::TIMESTAMP, ?, ?, ?, 'pair', unnest(?::VARCHAR[]), ?,
    unnest(?::VARCHAR[])::JSON, unnest(?::VARCHAR[])::JSON, ?, ?
"""
_SET_STATE = """
INSERT INTO store.judgements
SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])
ON CONFLICT (pair_id) DO UPDATE SET status = excluded.status, question = excluded.question, answer = excluded.answer
"""
# An undo names the batch it takes back, a redo names the undo: a batch stands unless an undo without a redo names it.
_OPEN_UNDOS = """
SELECT u.undoes AS batch, max(u.batch) AS undo_batch, max(u.seq) AS undone_at FROM store.decisions u
WHERE u.verb = 'undo' AND NOT EXISTS (SELECT 1 FROM store.decisions r WHERE r.verb = 'redo' AND r.undoes = u.batch)
GROUP BY u.undoes
"""
_TO_UNDO = f"""
SELECT d.batch FROM store.decisions d LEFT JOIN ({_OPEN_UNDOS}) o ON o.batch = d.batch
WHERE d.verb NOT IN ('undo', 'redo') AND o.batch IS NULL ORDER BY d.seq DESC LIMIT 1
"""
# What was undone before the latest fresh verb is out of reach: that verb took another road.
_TO_REDO = f"""
SELECT o.batch, o.undo_batch FROM ({_OPEN_UNDOS}) o JOIN store.decisions d ON d.batch = o.batch
WHERE o.undone_at > (SELECT max(seq) FROM store.decisions WHERE verb NOT IN ('undo', 'redo'))
ORDER BY d.seq LIMIT 1
"""
_BATCH = "SELECT subject_id, verb, before, after FROM store.decisions WHERE batch = ? ORDER BY seq"
_FORGET_STATES = "DELETE FROM store.judgements"
_REPLAY = """
INSERT INTO store.judgements
SELECT subject_id, state->>'status', state->>'question', state->>'answer'
FROM (SELECT subject_id, arg_max(after, seq) AS state FROM store.decisions WHERE subject = 'pair' GROUP BY subject_id)
"""


@dataclass(frozen=True, slots=True)
class State:
    """What people made of a pair: None means untouched, and the machine's text holds."""

    status: str | None = None
    question: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """A batch that was taken back or put back: its id, the verb that it was, and its pairs in order."""

    batch: str
    verb: str
    pair_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """One person's pen: ``who`` signs each row, ``session`` tells one sitting from the next."""

    who: str
    session: str = field(default_factory=lambda: secrets.token_hex(4))

    def judge(
        self,
        con: duckdb.DuckDBPyConnection,
        verb: Verb,
        pair_ids: Sequence[str],
        *,
        reason: str | None = None,
        question: str | None = None,
        answer: str | None = None,
    ) -> str:
        """Journal ``verb`` on every one of ``pair_ids`` as one batch, which one undo takes back; return its id.

        ``edit`` takes one pair and its new question, answer or both. Returns after the commit.

        Raises:
            UsageError: a verb that is none, no pairs, texts without ``edit`` or the reverse.
            DataError: a pair that the workspace does not hold; nothing is written then.
        """
        unique = list(dict.fromkeys(pair_ids))
        _check(verb, unique, question, answer)
        with _transaction(con):
            known = {row[0] for row in con.execute(_KNOWN, [unique]).fetchall()}
            unknown = [pair_id for pair_id in unique if pair_id not in known]
            if unknown:
                raise DataError(f"No pair {unknown[0]} in this workspace.", "Run: tuneproof build, then review again.")
            before = _states(con, unique)
            after = {pair_id: _after(verb, state, question, answer) for pair_id, state in before.items()}
            return self._append(con, verb, before, after, reason=reason)

    def undo(self, con: duckdb.DuckDBPyConnection) -> Undone | None:
        """Take back the latest batch that stands, whoever wrote it and whenever; None when there is none."""
        with _transaction(con):
            found = con.execute(_TO_UNDO).fetchone()
            if found is None:
                return None
            return self._turn(con, "undo", found[0], undoes=found[0])

    def redo(self, con: duckdb.DuckDBPyConnection) -> Undone | None:
        """Put back what the latest undo took, as long as no fresh verb came between; None when there is nothing."""
        with _transaction(con):
            found = con.execute(_TO_REDO).fetchone()
            if found is None:
                return None
            return self._turn(con, "redo", found[0], undoes=found[1])

    def _turn(self, con: duckdb.DuckDBPyConnection, verb: str, batch: str, undoes: str) -> Undone:
        rows = con.execute(_BATCH, [batch]).fetchall()
        column = 2 if verb == "undo" else 3
        after = {row[0]: State(**json.loads(row[column])) for row in rows}
        self._append(con, verb, _states(con, list(after)), after, undoes=undoes)
        return Undone(batch, rows[0][1], tuple(after))

    def _append(
        self,
        con: duckdb.DuckDBPyConnection,
        verb: str,
        before: Mapping[str, State],
        after: Mapping[str, State],
        *,
        reason: str | None = None,
        undoes: str | None = None,
    ) -> str:
        batch = secrets.token_hex(8)
        pair_ids = list(after)
        decision_ids = [digest("decision", batch, pair_id) for pair_id in pair_ids]
        row = con.execute(_LAST_SEQ).fetchone()
        first = (row[0] if row else 0) + 1
        numbers = list(range(first, first + len(pair_ids)))
        now = datetime.now(UTC).replace(tzinfo=None)
        befores = [_as_json(before[pair_id]) for pair_id in pair_ids]
        afters = [_as_json(after[pair_id]) for pair_id in pair_ids]
        con.execute(
            _APPEND,
            [
                decision_ids,
                numbers,
                now,
                self.who,
                self.session,
                batch,
                pair_ids,
                verb,
                befores,
                afters,
                reason,
                undoes,
            ],
        )
        states = after.values()
        columns = [s.status for s in states], [s.question for s in states], [s.answer for s in states]
        con.execute(_SET_STATE, [pair_ids, *columns])
        return batch


def rebuild(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``store.judgements`` anew from the journal alone: each pair stands as its last row says."""
    with _transaction(con):
        con.execute(_FORGET_STATES)
        con.execute(_REPLAY)


def _check(verb: str, pair_ids: Sequence[str], question: str | None, answer: str | None) -> None:
    if verb not in VERBS:
        raise UsageError(f"{verb!r} is no verb of the journal.", f"Use one of: {', '.join(VERBS)}.")
    if not pair_ids:
        raise UsageError(f"There is no pair to {verb}.", "Name at least one pair.")
    texts = [text for text in (question, answer) if text is not None]
    if verb != "edit":
        if texts:
            raise UsageError(f"{verb} changes no text.", "Use edit for a new question or answer.")
        return
    if not texts or len(pair_ids) != 1:
        raise UsageError("An edit takes one pair and a new question, answer or both.", "Edit pairs one by one.")
    if not all(text.strip() for text in texts):
        raise UsageError("An edit can't leave a question or an answer empty.", "Reject the pair instead.")


def _after(verb: Verb, state: State, question: str | None, answer: str | None) -> State:
    if verb == "edit":
        return replace(
            state,
            question=state.question if question is None else question,
            answer=state.answer if answer is None else answer,
        )
    return replace(state, status=STATUS_AFTER.get(verb, state.status))


def _states(con: duckdb.DuckDBPyConnection, pair_ids: list[str]) -> dict[str, State]:
    held = {row[0]: State(*row[1:]) for row in con.execute(_STATES, [pair_ids]).fetchall()}
    return {pair_id: held.get(pair_id, State()) for pair_id in pair_ids}


def _as_json(state: State) -> str:
    return json.dumps(asdict(state), ensure_ascii=False)


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
