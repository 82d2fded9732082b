"""Which pairs a queue holds and in what order: as a record, as typed words, and as SQL.

Knows the sides by which pairs can be told apart. It must not know who shows them. Only the tables that a filter
needs are joined, so that a queue of a million is read in a fraction of a second.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tuneproof.datasets.workspace.errors import UsageError

# A pair set aside with "later" is still pending; the judgement's own status tells it from an untouched one.
STATE = (
    """CASE WHEN p.stale THEN 'stale' WHEN j.status = 'pending' THEN 'later' ELSE coalesce(j.status, 'pending') END"""
)
QUESTION = "coalesce(j.question, p.question)"
ANSWER = "coalesce(j.answer, p.answer)"
_JOINS: Mapping[str, str] = {
    "j": "LEFT JOIN store.judgements j ON j.pair_id = p.pair_id",
    "s": "LEFT JOIN store.placements s ON s.pair_id = p.pair_id",
    # Documents are put in order once, so that pairs are sorted by a number instead of two texts.
    "d": "LEFT JOIN (SELECT document_id, source, path, row_number() OVER (ORDER BY source, path) AS place "
    "FROM store.documents) d ON d.document_id = p.document_id",
    "c": "LEFT JOIN store.chunks c ON c.chunk_id = p.chunk_id",
    "f": "LEFT JOIN (SELECT subject_id, min(CASE severity WHEN 'block' THEN 0 WHEN 'warn' THEN 1 ELSE 2 END) AS worst "
    "FROM store.findings WHERE subject = 'pair' GROUP BY subject_id) f ON f.subject_id = p.pair_id",
}
_FOUND = "SELECT subject_id FROM store.findings WHERE subject = 'pair'"
# Each side: the expression that tells pairs apart, and the tables it needs.
SIDES: Mapping[str, tuple[str, str]] = {
    "status": (STATE, "j"),
    "type": ("p.case_type", ""),
    "topic": ("s.cluster_id", "s"),
    "source": ("d.source", "d"),
    "split": ("s.split", "s"),
    "selected": ("coalesce(s.selected, false)", "s"),
    "flag": ("j.flag IS NOT NULL", "j"),
    "origin": ("p.origin", ""),
    "generator": ("p.generator", ""),
    "document": ("p.document_id", ""),
}
_BY_DOCUMENT = "d.place, c.ordinal, p.generator, p.pair_id"
ORDERS: Mapping[str, tuple[str, str, str]] = {
    "document": (f"{STATE} = 'later', {_BY_DOCUMENT}", "jdc", "as in the documents, set aside last"),
    "findings": (f"coalesce(f.worst, 3), {_BY_DOCUMENT}", "fdc", "worst findings first"),
    "longest": (f"length({ANSWER}) DESC, p.pair_id", "j", "longest answers first"),
    "shortest": (f"length({ANSWER}), p.pair_id", "j", "shortest answers first"),
    "question": (f"{QUESTION}, p.pair_id", "j", "by question"),
    "type": (f"p.case_type, {_BY_DOCUMENT}", "dc", "by kind of question"),
    "topic": (f"s.cluster_id, {_BY_DOCUMENT}", "sdc", "by topic"),
}
STATUSES = ("to judge", "pending", "later", "accepted", "rejected", "stale")
_TRUTHS: Mapping[str, bool] = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which pairs a queue holds; None leaves a side open. ``label`` names where ``ids`` come from.

    ``status`` is one of ``STATUSES``; ``finding`` a check's name, ``any`` or ``none``; ``text`` is looked for in
    question and answer, in any case; ``order`` is one of ``ORDERS``.
    """

    status: str | None = None
    type: str | None = None
    topic: int | None = None
    source: str | None = None
    split: str | None = None
    selected: bool | None = None
    finding: str | None = None
    flag: bool | None = None
    origin: str | None = None
    generator: str | None = None
    document: str | None = None
    text: str | None = None
    ids: tuple[str, ...] | None = None
    label: str = ""
    order: str = "document"

    def describe(self) -> str:
        """Return the filter in a few words."""
        words = [self.label] if self.label else []
        words += [] if self.status is None else [self.status]
        words += {None: [], True: ["selected"], False: ["not selected"]}[self.selected]
        for name in ("type", "split", "source", "origin", "generator", "finding"):
            value = getattr(self, name)
            words += [] if value is None else [value if name in ("type", "split") else f"{name} {value}"]
        words += [] if self.topic is None else [f"topic {self.topic}"]
        words += {None: [], True: ["flagged"], False: ["not flagged"]}[self.flag]
        words += [] if self.text is None else [f"“{self.text}”"]
        words += [] if self.document is None or self.label else ["one document"]
        shown = ", ".join(words) or "all pairs"
        return shown if self.order == "document" else f"{shown}, {ORDERS[self.order][2]}"

    def typed(self) -> str:
        """Return the words that ``parse`` reads as this filter; ``ids`` can't be typed."""
        words = []
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in ("ids", "label") or value is None or (one.name == "order" and value == "document"):
                continue
            text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
            words.append(f"{one.name}:{shlex.quote(text)}" if one.name != "text" else shlex.quote(text))
        return " ".join(words)


def parse(text: str) -> Filter:
    """Return the filter of typed words such as ``status:pending type:how_to "some words"``.

    Raises:
        UsageError: an unknown side, a value that its side does not have, or an open quotation mark.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"The filter {text!r} has an open quotation mark.", "Close it.") from error
    found: dict[str, Any] = {}
    bare: list[str] = []
    for word in words:
        name, colon, value = word.partition(":")
        if colon and name in _TYPED:
            found[name] = _value(name, value)
        elif colon and name.isidentifier() and value:
            near = difflib.get_close_matches(name, _TYPED, n=1, cutoff=0.0)[0]
            raise UsageError(f"Pairs have no side {name!r}.", f"Did you mean {near!r}? Known: {', '.join(_TYPED)}.")
        else:
            bare.append(word)
    if bare:
        found["text"] = " ".join(bare)
    return Filter(**found)


def queue_statement(wanted: Filter, what: str = "p.pair_id", end: str = "") -> tuple[str, dict[str, Any]]:
    """Return the statement that gives ``what`` of each pair of ``wanted`` in its order, or grouped by ``end``."""
    order, order_needs, _ = ORDERS[wanted.order]
    conditions, needs, values = _conditions(wanted)
    tail = end or f"ORDER BY {order}"
    needs |= set() if end else set(order_needs)
    needs |= {name for name in _JOINS if f"{name}." in what}
    joins = "\n".join(join for name, join in _JOINS.items() if name in needs)
    return f"SELECT {what} FROM store.pairs p\n{joins}\nWHERE {' AND '.join(conditions)}\n{tail}", values


def _conditions(wanted: Filter) -> tuple[list[str], set[str], dict[str, Any]]:
    conditions, needs, values = ["true"], set[str](), dict[str, Any]()
    for name, (expression, tables) in SIDES.items():
        value = getattr(wanted, name)
        if value is None:
            continue
        needs |= set(tables)
        if name == "status" and value == "to judge":
            conditions.append(f"{expression} IN ('pending', 'later')")
        else:
            conditions.append(f"{expression} = ${name}")
            values[name] = value
    if wanted.finding is not None:
        of_check = "" if wanted.finding in ("any", "none") else " AND check_name = $finding"
        conditions.append(f"p.pair_id {'NOT ' if wanted.finding == 'none' else ''}IN ({_FOUND}{of_check})")
        values |= {"finding": wanted.finding} if of_check else {}
    if wanted.text is not None:
        needs.add("j")
        condition, values["text"] = holds(wanted.text)
        conditions.append(f"({condition})")
    if wanted.ids is not None:
        conditions.append("p.pair_id IN (SELECT unnest($ids::VARCHAR[]))")
        values["ids"] = list(wanted.ids)
    return conditions, needs, values


def holds(text: str) -> tuple[str, str]:
    """Return the condition that question or answer hold ``text`` by the letter, in any case, and its ``$text``."""
    escape = ""
    # With an escape the database reads every text letter by letter: twice the time, so only where one is needed.
    if "%" in text or "_" in text:
        text = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        escape = " ESCAPE '\\'"
    return f"{QUESTION} ILIKE $text{escape} OR {ANSWER} ILIKE $text{escape}", f"%{text}%"


def widened(wanted: Filter, side: str) -> Filter:
    """Return ``wanted`` with one side left open."""
    open_side: dict[str, Any] = {side: None}
    return replace(wanted, **open_side)


def _value(name: str, text: str) -> object:
    known: Mapping[str, object] = {
        "status": STATUSES,
        "order": tuple(ORDERS),
        "selected": tuple(_TRUTHS),
        "flag": tuple(_TRUTHS),
    }
    value = text.replace("_", " ") if name == "status" else text
    values = known.get(name)
    if isinstance(values, tuple) and value not in values:
        raise UsageError(f"{name}:{text} is unknown.", f"Use one of: {', '.join(values)}.")
    if name in ("selected", "flag"):
        return _TRUTHS[value]
    if name == "topic":
        if not text.isdecimal():
            raise UsageError(f"topic:{text} is no number.", "See the topics: tuneproof sql 'SELECT * FROM clusters'")
        return int(text)
    if not text:
        raise UsageError(f"{name}: has no value.", "Give one after the colon.")
    return value


_TYPED = tuple(one.name for one in fields(Filter) if one.name not in ("ids", "label"))
