"""Labelled files of others: read from the path given, in the shapes that public sets come in, and held against a check.

Known shapes, as JSON lines or one JSON array: ``text`` with ``label``; ``question`` and ``answer`` with ``label``, and
``knowledge`` or ``context`` as the source; two texts with ``label``; presidio-research (``full_text``, ``spans``);
HaluEval (``right_answer``, ``hallucinated_answer``); and CLINC150 (lists of text and intent, ``oos`` outside). Knows
shapes and what counts as positive. It must not know any check, and downloads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import digest

MOST = 2000  # items of one file; more are drawn from by seed
CONTEXT = 1500  # unlabelled rows that only show what the set is about
# What the check for personal data promises to tell; names and addresses it leaves to a model.
PERSONAL = frozenset(
    {"EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "UK_NHS", "IT_FISCAL_CODE"}
)
_YES = frozenset({"1", "true", "yes", "positive", "duplicate", "paraphrase", "contradiction", "oos", "injection",
                  "jailbreak", "hallucinated", "secret", "pii", "leak", "bad", "unsafe", "entailment"})  # fmt: skip
_NO = frozenset({"0", "false", "no", "negative", "neutral", "benign", "clean", "safe", "ok", "good", "none", "legit",
                 "in_scope", "grounded"})  # fmt: skip
_TWO = (("text1", "text2"), ("sentence1", "sentence2"), ("question1", "question2"), ("left", "right"), ("a", "b"))
_HINT = "See tuneproof calibrate --help for the shapes that are read."


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled row, or two that belong together (``other``), and whether the fault is there."""

    row: PairRow
    positive: bool
    other: PairRow | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """The items of one file, the sources that they rest on, and rows that only set the topic."""

    items: Sequence[Item]
    chunks: Mapping[str, ChunkText] = field(default_factory=dict)
    context: Sequence[PairRow] = ()

    @property
    def rows(self) -> list[PairRow]:
        """Return every row of the file, sorted by id."""
        found = [each for item in self.items for each in (item.row, item.other) if each is not None]
        return sorted([*found, *self.context], key=lambda row: row.pair_id)


def read_labelled(path: Path, check: str, seed: int) -> Labelled:
    """Return the items of ``path`` for ``check``, at most ``MOST`` of them.

    Raises:
        OSError: the file can't be read.
        DataError: its shape is not known, or a label can't be told.
    """
    values = _parse(path)
    rng = Random(seed)
    if isinstance(values, dict) and not {"label", "full_text", "right_answer"} & set(values):
        return _intents(path, values, rng)
    # A file of JSON lines that holds one line is one object.
    objects = [value for value in ([values] if isinstance(values, dict) else values) if isinstance(value, dict)]
    if not objects:
        raise DataError(f"{path} holds no labelled objects.", _HINT)
    if len(objects) > MOST:
        objects = rng.sample(objects, MOST)
    chunks: dict[str, ChunkText] = {}
    items = [item for place, value in enumerate(objects) for item in _items(path, check, place, value, chunks)]
    return Labelled(items, chunks)


def _parse(path: Path) -> Any:
    text = path.read_text("utf-8")
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise DataError(f"{path} is neither JSON nor JSON lines: {error}.", _HINT) from error


def _items(
    path: Path, check: str, place: int, value: Mapping[str, Any], chunks: dict[str, ChunkText]
) -> Iterator[Item]:
    if "full_text" in value and "spans" in value:
        kinds = {str(span.get("entity_type")) for span in value["spans"]}
        yield Item(_text_row(path, place, check, str(value["full_text"])), bool(kinds & PERSONAL))
        return
    source = value.get("knowledge", value.get("context"))
    if "right_answer" in value and "hallucinated_answer" in value:
        for answer, positive in ((value["right_answer"], False), (value["hallucinated_answer"], True)):
            yield Item(_pair_row(path, f"{place} {positive}", value, str(answer), source, chunks), positive)
        return
    if "label" not in value:
        raise DataError(f"{path}, item {place + 1}, has no label.", _HINT)
    positive = _positive(path, place, check, value["label"])
    two = next((names for names in _TWO if names[0] in value and names[1] in value), None)
    if two is not None:
        left, right = (_text_row(path, f"{place} {name}", "question", str(value[name])) for name in two)
        yield Item(left, positive, right)
    elif "answer" in value:
        yield Item(_pair_row(path, place, value, str(value["answer"]), source, chunks), positive)
    elif "text" in value:
        yield Item(_text_row(path, place, check, str(value["text"])), positive)
    else:
        raise DataError(f"{path}, item {place + 1}, has neither text nor answer.", _HINT)


def _positive(path: Path, place: int, check: str, label: object) -> bool:
    if isinstance(label, bool | int | float):
        return bool(label)
    said = str(label).strip().casefold()
    if check == "wrong_language" and (len(said) in (2, 3) or said == "english"):
        return said not in ("en", "eng", "english")
    if said in _YES or said == check:
        return True
    if said in _NO:
        return False
    known = ", ".join(sorted(_YES | _NO))
    raise DataError(f"{path}, item {place + 1}: the label {label!r} says neither yes nor no.", f"Known: {known}.")


def _intents(path: Path, values: Mapping[str, Any], rng: Random) -> Labelled:
    """Return CLINC150's test items: out of scope is off topic; training texts of the intents are the set."""
    if "test" not in values or "oos_test" not in values:
        raise DataError(f"{path} is an object without the lists test and oos_test.", _HINT)
    inside = [(str(text), False) for text, _ in values["test"]]
    outside = [(str(text), True) for text, _ in values["oos_test"]]
    drawn = rng.sample(inside, min(len(inside), MOST // 2)) + rng.sample(outside, min(len(outside), MOST // 2))
    items = [Item(_text_row(path, f"item {at}", "off_topic", text), oos) for at, (text, oos) in enumerate(drawn)]
    shown = [str(text) for text, _ in values.get("train", [])]
    shown = rng.sample(shown, min(len(shown), CONTEXT))
    # What the set is about is told by its sources: each training text is a passage with the pair that rests on it.
    chunks: dict[str, ChunkText] = {}
    context = []
    for at, text in enumerate(shown):
        row = _text_row(path, f"set {at}", "off_topic", text)
        key = digest("chunk", row.pair_id)
        document = digest("document", row.pair_id)
        chunks[key] = ChunkText(key, document, "section", (), text, path.name, f"{at}", "text")
        context.append(replace(row, chunk_ids=(key,), document_id=document))
    return Labelled(items, chunks, context)


def _text_row(path: Path, place: int | str, check: str, text: str) -> PairRow:
    """Return ``text`` as a pair: a question where the check reads questions, both where it reads the topic."""
    question, answer = ("What is known about it?", text)
    if check in ("needs_page", "question"):
        question, answer = text, "It is known."
    elif check == "off_topic":
        question, answer = text, text
    identity = digest("labelled", path.name, place)
    return PairRow(identity, question, answer, "what_is", "import", "import")


def _pair_row(
    path: Path, place: int | str, value: Mapping[str, Any], answer: str, source: object, chunks: dict[str, ChunkText]
) -> PairRow:
    identity = digest("labelled", path.name, place)
    held: tuple[str, ...] = ()
    if source is not None:
        key, document = digest("chunk", identity), digest("document", identity)
        chunks[key] = ChunkText(key, document, "section", (), str(source), path.name, str(place), "text")
        held = (key,)
    question = str(value.get("question", "What is known about it?"))
    return PairRow(identity, question, answer, "what_is", "import", "import", chunk_ids=held)
