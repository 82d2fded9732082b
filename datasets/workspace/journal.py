"""The journal of what people decided: appended to, never rewritten, on disk before a call returns.

Knows verbs, batches and how an undo finds what it takes back. Every row holds a pair's state before and after; what
stands is the latest word of each kind (status, text, flag, merging) that no open undo names, so two people's journals
can be put together, and ``store.judgements`` is nothing but that, kept for reading.
It must not know who shows the pairs, nor what becomes of an accepted one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.removals import REDACTED

if TYPE_CHECKING:
    import duckdb

Verb = Literal["accept", "reject", "later", "flag", "edit", "merge", "unmerge"]
VERBS: tuple[Verb, ...] = get_args(Verb)
# What is said of something that is no pair: which of two answers a person prefers.
OTHER_VERBS = ("prefer",)
# What a verdict makes of the status; the other verbs leave it alone.
STATUS_AFTER: Mapping[Verb, str] = {"accept": "accepted", "reject": "rejected", "later": "pending"}

_KNOWN = "SELECT pair_id FROM store.pairs WHERE pair_id IN "
# Equality is pushed down to an index where a list is not, and most verdicts are on one pair.
_LIST, _ONE = "(SELECT unnest(?::VARCHAR[]))", "(?)"
_STATES = """
SELECT pair_id, status, question, answer, flag, merged_into FROM store.judgements WHERE pair_id IN
"""
_LAST = "SELECT coalesce(max(seq), 0), max(decided_at) FROM store.decisions"
_APPEND = """
INSERT INTO store.decisions
SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), ?::TIMESTAMP, ?, ?, ?, ?, unnest(?::VARCHAR[]), ?,
    unnest(?::VARCHAR[])::JSON, unnest(?::VARCHAR[])::JSON, ?, ?
"""
# Most verdicts are on one pair, and a plain row is planned in half the time of lists.
_APPEND_ONE = """
INSERT INTO store.decisions VALUES (?, ?, ?::TIMESTAMP, ?, ?, ?, ?, ?, ?, ?::JSON, ?::JSON, ?, ?)
"""
_SET_STATE = """
INSERT INTO store.judgements (pair_id, status, question, answer, flag, merged_into)
SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]),
    unnest(?::VARCHAR[])
ON CONFLICT (pair_id) DO UPDATE SET status = excluded.status, question = excluded.question, answer = excluded.answer,
    flag = excluded.flag, merged_into = excluded.merged_into
"""
_SET_STATE_ONE = """
INSERT INTO store.judgements (pair_id, status, question, answer, flag, merged_into) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (pair_id) DO UPDATE SET status = excluded.status, question = excluded.question, answer = excluded.answer,
    flag = excluded.flag, merged_into = excluded.merged_into
"""
# An undo names the batch it takes back, a redo names the undo: a batch stands unless an undo without a redo names it.
OPEN_UNDOS = """
SELECT u.undoes AS batch, max(u.batch) AS undo_batch, max(u.seq) AS undone_at FROM store.decisions u
WHERE u.verb = 'undo' AND NOT EXISTS (SELECT 1 FROM store.decisions r WHERE r.verb = 'redo' AND r.undoes = u.batch)
GROUP BY u.undoes
"""
_TO_UNDO = f"""
SELECT d.batch FROM store.decisions d LEFT JOIN ({OPEN_UNDOS}) o ON o.batch = d.batch
WHERE d.verb NOT IN ('undo', 'redo') AND o.batch IS NULL ORDER BY d.decided_at DESC, d.seq DESC LIMIT 1
"""
# What was undone before the latest fresh verb is out of reach: that verb took another road.
_TO_REDO = f"""
SELECT o.batch, o.undo_batch FROM ({OPEN_UNDOS}) o JOIN store.decisions d ON d.batch = o.batch
WHERE o.undone_at > (SELECT max(seq) FROM store.decisions WHERE verb NOT IN ('undo', 'redo'))
ORDER BY d.seq LIMIT 1
"""
_BATCH = "SELECT subject_id, verb, subject, before, after FROM store.decisions WHERE batch = ? ORDER BY seq"
# Each kind of word by itself: a later edit by one person leaves the earlier verdict of another standing.
_STANDING = f"""
SELECT subject_id AS pair_id,
    arg_max(after->>'status', said) FILTER (verb IN ('accept', 'reject', 'later')) AS status,
    nullif(arg_max(after->>'question', said) FILTER (
        verb = 'edit' AND (after->>'question') IS DISTINCT FROM (before->>'question')), '{REDACTED}') AS question,
    nullif(arg_max(after->>'answer', said) FILTER (
        verb = 'edit' AND (after->>'answer') IS DISTINCT FROM (before->>'answer')), '{REDACTED}') AS answer,
    nullif(arg_max(after->>'flag', said) FILTER (verb = 'flag'), '{REDACTED}') AS flag,
    arg_max(after->>'merged_into', said) FILTER (verb IN ('merge', 'unmerge')) AS merged_into
FROM (SELECT *, row(decided_at, seq) AS said FROM store.decisions)
WHERE subject = 'pair' AND verb NOT IN ('undo', 'redo') AND subject_id IN (SELECT unnest($pairs::VARCHAR[]))
    AND (batch NOT IN (SELECT batch FROM ({OPEN_UNDOS})) OR batch = $put_back) AND batch IS DISTINCT FROM $taken_back
GROUP BY subject_id
"""
_FORGET_STATES = "DELETE FROM store.judgements"
_JUDGED = "SELECT list(DISTINCT subject_id) FROM store.decisions WHERE subject = 'pair'"


@dataclass(frozen=True, slots=True)
class State:
    """What people made of a pair: None means untouched, and the machine's text holds.

    ``flag`` is the reason of a flag, empty where none was given; ``merged_into`` the pair that says the same, empty
    where a person said that none does.
    """

    status: str | None = None
    question: str | None = None
    answer: str | None = None
    flag: str | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """A batch that was taken back or put back: its id, the verb that it was, and its pairs in order.

    ``settled`` is by how many the accepted and rejected pairs grew. Where ``subject`` is not ``pair``, the ids are
    those of what was spoken of instead.
    """

    batch: str
    verb: str
    pair_ids: tuple[str, ...]
    settled: int
    subject: str = "pair"


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
        into: str | None = None,
    ) -> str:
        """Journal ``verb`` on every one of ``pair_ids`` as one batch, which one undo takes back; return its id.

        ``edit`` takes one pair and its new question, answer or both; ``merge`` the pair ``into`` which the others
        go. Returns after the commit.

        Raises:
            UsageError: a verb that is none, no pairs, texts without ``edit`` or ``into`` without ``merge``, or the
                reverse.
            DataError: a pair that the workspace does not hold; nothing is written then.
        """
        unique = list(dict.fromkeys(pair_ids))
        _check(verb, unique, question, answer, into)
        with transaction(con):
            named = unique if into is None else [*unique, into]
            known = {row[0] for row in _of(con, _KNOWN, named)}
            unknown = [pair_id for pair_id in named if pair_id not in known]
            if unknown:
                raise DataError(f"No pair {unknown[0]} in this workspace.", "Run: tuneproof build, then review again.")
            before = _states(con, unique)
            words = {"question": question, "answer": answer, "reason": reason, "into": into}
            after = {pair_id: _after(verb, state, words) for pair_id, state in before.items()}
            batch = self._append(con, verb, _all_json(before), _all_json(after), reason=reason)
            set_states(con, after)
            return batch

    def note(
        self, con: duckdb.DuckDBPyConnection, verb: str, subject: str, subject_id: str, said: Mapping[str, str]
    ) -> str:
        """Journal ``verb`` on something that is no pair, with what was ``said`` of it; return the batch's id.

        Undo and redo find it like any other. Returns after the commit.
        """
        with transaction(con):
            after = {subject_id: json.dumps(dict(said), ensure_ascii=False)}
            return self._append(con, verb, {subject_id: "{}"}, after, subject=subject)

    def undo(self, con: duckdb.DuckDBPyConnection) -> Undone | None:
        """Take back the latest batch that stands, whoever wrote it and whenever; None when there is none."""
        with transaction(con):
            found = con.execute(_TO_UNDO).fetchone()
            if found is None:
                return None
            return self._turn(con, "undo", found[0], undoes=found[0])

    def redo(self, con: duckdb.DuckDBPyConnection) -> Undone | None:
        """Put back what the latest undo took, as long as no fresh verb came between; None when there is nothing."""
        with transaction(con):
            found = con.execute(_TO_REDO).fetchone()
            if found is None:
                return None
            return self._turn(con, "redo", found[0], undoes=found[1])

    def _turn(self, con: duckdb.DuckDBPyConnection, verb: str, batch: str, undoes: str) -> Undone:
        rows = con.execute(_BATCH, [batch]).fetchall()
        if rows[0][2] != "pair":
            return self._turn_note(con, verb, batch, rows, undoes)
        pair_ids = [row[0] for row in rows]
        after = standing(con, pair_ids, **{"taken_back" if verb == "undo" else "put_back": batch})
        before = _states(con, pair_ids)
        self._append(con, verb, _all_json(before), _all_json(after), undoes=undoes)
        set_states(con, after)
        return Undone(batch, rows[0][1], tuple(after), _settled(after) - _settled(before))

    def _turn_note(
        self, con: duckdb.DuckDBPyConnection, verb: str, batch: str, rows: Sequence[tuple[str, ...]], undoes: str
    ) -> Undone:
        """Take back or put back what was said of something that is no pair: nothing but the journal holds it."""
        before, after = {row[0]: row[3] for row in rows}, {row[0]: row[4] for row in rows}
        turned = (after, before) if verb == "undo" else (before, after)
        self._append(con, verb, *turned, undoes=undoes, subject=rows[0][2])
        return Undone(batch, rows[0][1], tuple(before), 0, rows[0][2])

    def _append(
        self,
        con: duckdb.DuckDBPyConnection,
        verb: str,
        before: Mapping[str, str],
        after: Mapping[str, str],
        *,
        reason: str | None = None,
        undoes: str | None = None,
        subject: str = "pair",
    ) -> str:
        """Write a batch; ``before`` and ``after`` are JSON by the id of what was judged."""
        batch = secrets.token_hex(8)
        pair_ids = list(after)
        decision_ids = [digest("decision", batch, pair_id) for pair_id in pair_ids]
        last, last_at = con.execute(_LAST).fetchone() or (0, None)
        numbers = list(range(last + 1, last + 1 + len(pair_ids)))
        # A clock that was set back, or a colleague's that runs ahead, must not make the newest word the older one.
        now = datetime.now(UTC).replace(tzinfo=None)
        now = now if last_at is None else max(now, last_at + timedelta(microseconds=1))
        if len(pair_ids) == 1:
            (name,) = pair_ids
            signed = [self.who, self.session, batch, subject, name, verb, before[name], after[name], reason, undoes]
            con.execute(_APPEND_ONE, [decision_ids[0], numbers[0], now, *signed])
            return batch
        befores = [before[pair_id] for pair_id in pair_ids]
        con.execute(
            _APPEND,
            [
                decision_ids,
                numbers,
                now,
                self.who,
                self.session,
                batch,
                subject,
                pair_ids,
                verb,
                befores,
                list(after.values()),
                reason,
                undoes,
            ],
        )
        return batch


def standing(
    con: duckdb.DuckDBPyConnection,
    pair_ids: Sequence[str],
    *,
    taken_back: str | None = None,
    put_back: str | None = None,
) -> dict[str, State]:
    """Return how pairs stand by the journal alone, as if batch ``taken_back`` were undone or ``put_back`` redone."""
    values = {"pairs": list(pair_ids), "taken_back": taken_back, "put_back": put_back}
    found = {row[0]: State(*row[1:]) for row in con.execute(_STANDING, values).fetchall()}
    return {pair_id: found.get(pair_id, State()) for pair_id in pair_ids}


def set_states(con: duckdb.DuckDBPyConnection, states: Mapping[str, State]) -> None:
    """Write how pairs stand to ``store.judgements``; the caller has journalled why."""
    if len(states) == 1:
        ((name, state),) = states.items()
        con.execute(_SET_STATE_ONE, [name, *astuple(state)])
        return
    columns = zip(*(astuple(state) for state in states.values()), strict=True)
    con.execute(_SET_STATE, [list(states), *map(list, columns)])


def rebuild(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``store.judgements`` anew from the journal alone."""
    with transaction(con):
        row = con.execute(_JUDGED).fetchone()
        con.execute(_FORGET_STATES)
        if row and row[0]:
            set_states(con, standing(con, row[0]))


def _check(verb: str, pair_ids: Sequence[str], question: str | None, answer: str | None, into: str | None) -> None:
    if verb not in VERBS:
        raise UsageError(f"{verb!r} is no verb of the journal.", f"Use one of: {', '.join(VERBS)}.")
    if not pair_ids:
        raise UsageError(f"There is no pair to {verb}.", "Name at least one pair.")
    if (verb == "merge") != (into is not None) or into in pair_ids:
        raise UsageError("A merge needs one other pair to merge into.", "Name the pair that stays.")
    texts = [text for text in (question, answer) if text is not None]
    if verb != "edit":
        if texts:
            raise UsageError(f"{verb} changes no text.", "Use edit for a new question or answer.")
        return
    if not texts or len(pair_ids) != 1:
        raise UsageError("An edit takes one pair and a new question, answer or both.", "Edit pairs one by one.")
    if not all(text.strip() for text in texts):
        raise UsageError("An edit can't leave a question or an answer empty.", "Reject the pair instead.")


def _after(verb: Verb, state: State, words: Mapping[str, str | None]) -> State:
    if verb == "edit":
        texts = {name: words[name] for name in ("question", "answer") if words[name] is not None}
        return replace(state, **texts)
    if verb == "flag":
        return replace(state, flag=words["reason"] or "")
    if verb in ("merge", "unmerge"):
        return replace(state, merged_into=words["into"] or "")
    return replace(state, status=STATUS_AFTER[verb])


def _settled(states: Mapping[str, State]) -> int:
    return sum(state.status in ("accepted", "rejected") for state in states.values())


def _states(con: duckdb.DuckDBPyConnection, pair_ids: list[str]) -> dict[str, State]:
    held = {row[0]: State(*row[1:]) for row in _of(con, _STATES, pair_ids)}
    return {pair_id: held.get(pair_id, State()) for pair_id in pair_ids}


def _of(con: duckdb.DuckDBPyConnection, statement: str, pair_ids: Sequence[str]) -> list[tuple[Any, ...]]:
    if len(pair_ids) == 1:
        return con.execute(statement + _ONE, [pair_ids[0]]).fetchall()
    return con.execute(statement + _LIST, [list(pair_ids)]).fetchall()


def _all_json(states: Mapping[str, State]) -> dict[str, str]:
    return {pair_id: _as_json(state) for pair_id, state in states.items()}


def _as_json(state: State) -> str:
    always = ("status", "question", "answer")
    said = {name: value for name, value in asdict(state).items() if value is not None or name in always}
    return json.dumps(said, ensure_ascii=False)


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Write all of the block or, if it raises, nothing."""
    con.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
