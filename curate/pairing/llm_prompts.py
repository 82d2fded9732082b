"""What a language model is asked for pairs and paraphrases, and which of its answers are taken.

Knows prompts, their JSON schemas, and the least that an answer must be. It must not know how it is asked. That what is
taken is true is for the checks and for people to say: here it is only made sure that it is a pair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from tuneproof.curate.pairing.llm_client import Useless
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.datasets.workspace.records import CaseType

Message = Mapping[str, str]
CASES: tuple[str, ...] = get_args(CaseType)
MAX_QUESTION = 400  # characters
_WORDS = re.compile(r"\w+")
_FENCE = re.compile(r"^```(?:json)?\s*\n(.*)\n```$", re.DOTALL)

PAIRS_SCHEMA: Mapping[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["pairs"],
    "properties": {"pairs": {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "required": ["question", "answer", "case_type", "quote"],
        "properties": {
            "question": {"type": "string"}, "answer": {"type": "string"},
            "case_type": {"type": "string", "enum": list(CASES)}, "quote": {"type": "string"},
        },
    }}},
}  # fmt: skip
PARAPHRASES_SCHEMA: Mapping[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["questions"],
    "properties": {"questions": {"type": "array", "items": {"type": "string"}}},
}  # fmt: skip
_PAIRS = (
    "You write questions and answers for people who use what a documentation describes. Use only the passage. Each "
    "question names its subject, so that it is understood without the passage. Each answer is complete, correct, and "
    "in the passage's own terms; numbers, names and code are copied exactly. `quote` is the part of the passage that "
    "the answer rests on, word for word. `case_type` is the kind of question. If the passage holds nothing worth "
    "asking, return an empty list. Answer with JSON only."
)
_PARAPHRASES = (
    "You ask a question in other words, as other people would: keep its meaning, and every name, number and piece of "
    "code exactly. Answer with JSON only."
)


@dataclass(frozen=True, slots=True)
class Written:
    """One pair that a model wrote, minimally valid."""

    question: str
    answer: str
    case_type: CaseType
    quote: str


def pair_messages(where: str, text: str, count: int) -> list[Message]:
    """Return the messages that ask for at most ``count`` pairs from a passage that stands at ``where``."""
    asked = f"Passage ({where}):\n<passage>\n{text}\n</passage>\n\nWrite at most {count} pairs."
    return [{"role": "system", "content": _PAIRS}, {"role": "user", "content": asked}]


def paraphrase_messages(question: str, count: int) -> list[Message]:
    """Return the messages that ask for ``count`` other wordings of ``question``."""
    asked = f"Question:\n{question}\n\nWrite {count} other wordings."
    return [{"role": "system", "content": _PARAPHRASES}, {"role": "user", "content": asked}]


def recipe(model: str, temperature: float, max_tokens: int, schema: Mapping[str, Any]) -> str:
    """Return the eight digits that stand for prompt and parameters in a generator's name."""
    prompt = _PAIRS if schema is PAIRS_SCHEMA else _PARAPHRASES
    return digest(model, canonical_json([prompt, dict(schema), temperature, max_tokens]))[:8]


def read_pairs(text: str, passage: str, *, limit: int, count: int, require_quote: bool) -> list[Written]:
    """Return the pairs of an answer that can be taken, at most ``count``; an empty list is an answer too.

    Raises:
        Useless: the answer is no JSON of the schema, or holds pairs of which none can be taken.
    """
    listed = _listed(text, "pairs")
    taken = list(_taken(listed, " ".join(passage.split()).casefold(), limit, require_quote))
    if listed and not taken:
        raise Useless("pairs of which none can be taken: empty, too long, or quoting what the passage does not say")
    return taken[:count]


def read_paraphrases(text: str, question: str, *, count: int) -> list[str]:
    """Return other wordings of ``question``, without it and without repeats.

    Raises:
        Useless: the answer is no JSON of the schema, or holds none.
    """
    seen = {plain(question)}
    found = []
    for entry in _listed(text, "questions"):
        wording = " ".join(entry.split()) if isinstance(entry, str) else ""
        if len(_WORDS.findall(wording)) < 2 or len(wording) > MAX_QUESTION or plain(wording) in seen:
            continue
        if not set(_kept(question)) <= set(_kept(wording)):
            continue
        seen.add(plain(wording))
        found.append(wording)
    if not found:
        raise Useless("no other wording that keeps the question's names and numbers")
    return found[:count]


def plain(question: str) -> str:
    """Return a question as its words alone, by which two are the same."""
    return " ".join(_WORDS.findall(question.casefold()))


def for_training(question: str) -> bool:
    """Return whether a wording may be trained on: the other half by hash is left to evaluation, so none is in both."""
    return int(digest("paraphrase side", plain(question)), 16) % 2 == 0


def _kept(question: str) -> list[str]:
    """Return what a paraphrase must not change: numbers, code, and words that are written like names."""
    return re.findall(r"`[^`]+`|\d+(?:\.\d+)*|\b\w*[._/]\w[\w./]*\b", question)


def _listed(text: str, key: str) -> list[Any]:
    fenced = _FENCE.match(text.strip())
    try:
        document = json.loads(fenced[1] if fenced else text)
    except ValueError as error:
        raise Useless(f"no JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get(key), list):
        raise Useless(f"JSON without a list {key!r}")
    return cast(list[Any], document[key])


def _taken(listed: Sequence[Any], passage: str, limit: int, require_quote: bool) -> Iterator[Written]:
    seen: set[str] = set()
    for entry in listed:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("question", "answer")):
            continue
        question, answer = " ".join(entry["question"].split()), entry["answer"].strip()
        quote = entry.get("quote") if isinstance(entry.get("quote"), str) else ""
        quote = " ".join(str(quote).split())
        if len(_WORDS.findall(question)) < 3 or len(question) > MAX_QUESTION or plain(question) in seen:
            continue
        if (
            len(answer.split()) < 2
            or len(answer) > limit
            or answer.count("```") % 2
            or plain(answer) == plain(question)
        ):
            continue
        if (quote and quote.casefold() not in passage) or (require_quote and not quote):
            continue
        case = entry.get("case_type")
        seen.add(plain(question))
        yield Written(question, answer, cast(CaseType, case if case in CASES else "what_is"), quote)
