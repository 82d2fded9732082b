"""Pairs that exist already: JSON lines of conversations or of questions with their answers.

Knows the shapes that instruction data comes in, told apart by their keys line by line, so that one file may mix them.
A line that does not fit is left out with its number and the reason; the others stand. A conversation becomes one pair,
its last question and answer; the turns before them and its system prompt go with it. It must not know where pairs go.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from tuneproof.datasets.workspace.identity import canonical_json, digest, pair_id
from tuneproof.datasets.workspace.records import CaseType, Document, Pair, Turn

FORMAT = "jsonl"
ROLES: Mapping[str, str] = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant",
    "gpt": "assistant", "chatgpt": "assistant", "model": "assistant", "bot": "assistant",
}  # fmt: skip
CASES: tuple[CaseType, ...] = get_args(CaseType)
# What a question is about, told by its words; the first that fits. Without one of them it asks what something is.
_ASKED: tuple[tuple[CaseType, re.Pattern[str]], ...] = (
    ("deprecation", re.compile(r"\bdeprecat|\bremoved in\b", re.IGNORECASE)),
    ("comparison", re.compile(r"\bdifference between\b|\bversus\b|\bvs\b|\bcompared? (?:to|with)\b", re.IGNORECASE)),
    ("default", re.compile(r"\bdefaults?\b", re.IGNORECASE)),
    ("limit", re.compile(r"\bmaxim|\bminim|\blimits?\b|\bat most\b|\bat least\b|\bhow many\b", re.IGNORECASE)),
    ("error", re.compile(r"\berrors?\b|\bexceptions?\b|\braises?\b|\bfails?\b", re.IGNORECASE)),
    ("how_to", re.compile(r"^\W*(?:how (?:do|can|to|should|would)|show|write|give an example)\b", re.IGNORECASE)),
    ("parameter", re.compile(r"\bparameters?\b|\barguments?\b|\bflags?\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """The pairs of a file, and a line for each that holds none: its number and why."""

    pairs: tuple[Pair, ...]
    rejected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Conversation:
    """One line as read, whatever shape it had."""

    shape: str
    system: str | None
    turns: tuple[Turn, ...]
    case_type: CaseType


class _Unfit(ValueError):
    """A line holds no pair; the message says why."""


def import_pairs(document: Document) -> Imported:
    """Return the pairs of a file of JSON lines, in its order.

    A pair's id depends on its document and what it says: lines may move. Equal lines are pairs of their own, for it is
    the business of deduplication to say that they are equal.
    """
    pairs, rejected = [], []
    seen: Counter[str] = Counter()
    for number, line in enumerate(document.content.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = _read(line)
        except _Unfit as error:
            rejected.append(f"line {number}: {error}")
            continue
        *history, (_, question), (_, answer) = found.turns
        content = digest(found.system or "", canonical_json(history), question, answer)
        slot = digest(document.document_id, content, seen[content])
        seen[content] += 1
        pairs.append(
            Pair(
                pair_id=pair_id(None, "import", slot),
                chunk_ids=(),
                document_id=document.document_id,
                question=question,
                answer=answer,
                case_type=found.case_type,
                generator=f"import.{found.shape}",
                origin="import",
                system=found.system,
                history=tuple(history),
                line=number,
            )
        )
    return Imported(tuple(pairs), tuple(rejected))


def _read(line: str) -> _Conversation:
    if "\ufffd" in line:
        raise _Unfit("not valid UTF-8, or damaged before: it holds the mark of a character that was lost")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _Unfit(f"no valid JSON: {getattr(error, 'msg', error)}") from error
    if not isinstance(row, dict):
        raise _Unfit("no JSON object")
    for keys, shape, turns in _SHAPES:
        if all(key in row for key in keys):
            return _conversation(shape, row, list(turns(row)))
    known = "messages; conversations; instruction and output; question and answer; prompt and completion"
    raise _Unfit(f"no keys that are known ({known}), but {', '.join(sorted(row)[:6]) or 'none'}")


def _conversation(shape: str, row: Mapping[str, Any], turns: list[tuple[str, str]]) -> _Conversation:
    head = []
    while turns and turns[0][0] == "system":
        head.append(turns.pop(0)[1])
    if not head and row.get("system"):
        head.append(_text(row["system"], "system"))
    said: list[Turn] = []
    for place, (role, text) in enumerate(turns):
        expected = "assistant" if place % 2 else "user"
        if role != expected:
            raise _Unfit(f"turn {place + 1} is the {role}'s, where the {expected}'s should stand")
        if not text.strip():
            raise _Unfit(f"turn {place + 1} is empty")
        said.append(("assistant" if place % 2 else "user", text.strip()))
    if len(said) < 2 or len(said) % 2:
        raise _Unfit("it does not end with an answer" if said else "it holds no turn")
    case = row.get("case_type")
    system = "\n\n".join(head).strip() or None
    return _Conversation(shape, system, tuple(said), case if case in CASES else case_of(said[-2][1]))


def case_of(question: str) -> CaseType:
    """Return what kind of case a question is, as far as its words tell."""
    return next((case for case, words in _ASKED if words.search(question)), "what_is")


def _messages(row: Mapping[str, Any], key: str = "messages") -> Iterator[tuple[str, str]]:
    found = row[key]
    if not isinstance(found, list):
        raise _Unfit(f"{key} is no list")
    for place, turn in enumerate(found, 1):
        if not isinstance(turn, dict):
            raise _Unfit(f"turn {place} is no object")
        name = turn.get("role", turn.get("from"))
        role = ROLES.get(name.lower()) if isinstance(name, str) else None
        if role is None:
            raise _Unfit(f"turn {place} is of the role {name!r}, which is not read")
        if turn.get("tool_calls") or turn.get("function_call"):
            raise _Unfit(f"turn {place} calls a tool, which is not read")
        yield role, _text(turn.get("content", turn.get("value")), f"turn {place}")


def _alpaca(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    history = row.get("history") or []
    if not isinstance(history, list):
        raise _Unfit("history is no list")
    for place, turn in enumerate(history, 1):
        if not isinstance(turn, list) or len(turn) != 2:
            raise _Unfit(f"turn {place} of history is no question with its answer")
        yield "user", _text(turn[0], f"turn {place} of history")
        yield "assistant", _text(turn[1], f"turn {place} of history")
    given = _text(row.get("input") or "", "input").strip()
    asked = _text(row["instruction"], "instruction").strip()
    yield "user", f"{asked}\n\n{given}" if given else asked
    yield "assistant", _text(row["output"], "output")


def _two(question: str, answer: str) -> Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]:
    def turns(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for key, role in ((question, "user"), (answer, "assistant")):
            # Prompt and completion may each be turns themselves.
            if isinstance(row[key], list):
                yield from _messages(row, key)
            else:
                yield role, _text(row[key], key)

    return turns


def _text(value: object, where: str) -> str:
    if isinstance(value, list):
        if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in value):
            raise _Unfit(f"{where} holds something besides text")
        value = "".join(part["text"] for part in value)
    if not isinstance(value, str):
        raise _Unfit(f"{where} is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _Unfit(f"{where} holds half a character") from error
    if "\0" in value:
        raise _Unfit(f"{where} holds a NUL character")
    return value


_SHAPES: tuple[tuple[tuple[str, ...], str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]], ...] = (
    (("messages",), "messages", _messages),
    (("conversations",), "sharegpt", lambda row: _messages(row, "conversations")),
    (("instruction", "output"), "alpaca", _alpaca),
    (("question", "answer"), "question", _two("question", "answer")),
    (("prompt", "completion"), "prompt", _two("prompt", "completion")),
    (("prompt", "response"), "prompt", _two("prompt", "response")),
)
