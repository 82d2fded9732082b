"""Documents that disagree: a passage stands in a second document, word for word but for one value.

Faults change a number, a default or a polarity in one sentence. Controls copy the passage as it is, say it in other
words, or give the other value for another thing. Knows passages; it must not know how a check compares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from tuneproof.curate.calibration.cases import Case
from tuneproof.curate.calibration.denials import counted, negated, other_number
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import pick, prose_sentences
from tuneproof.curate.calibration.wordings import reworded
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import digest

CHECK = "contradiction_documents"
_NAMES = ("Cobalt", "Juniper", "Tundra", "Saffron", "Osprey", "Lantern", "Granite", "Willow", "Comet", "Badger")
_NUMBER = re.compile(
    r"(?<![\w.,/:`'\"#-])(?:\d{1,5}(?![\w/:]|[.,]\d)|(?:two|three|four|five|six|seven|eight|nine|ten)(?![\w-]))"
)
_DEFAULT = re.compile(
    r"(?<![\w`])(?i:defaults? to|default (?:value )?is|default (?:value )?of) [`\"']{0,2}"
    r"(\d[\w.]*|True|False|None|true|false)"
)
SentenceEdit = Callable[[str, Random], str | None]


@dataclass(frozen=True, slots=True)
class Copied:
    """A passage added in another document: ``case`` counts it, ``chunk`` is what stands there."""

    case: Case
    chunk: ChunkText


def _number(sentence: str, rng: Random) -> str | None:
    match = _NUMBER.search(sentence)
    if match is None or re.search(r"(?:e\.g\.|such as|for example|like)[^.;)]{0,40}$", sentence[: match.start()], re.I):
        return None
    return sentence[: match.start()] + counted(match.group(0), rng) + sentence[match.end() :]


def _default(sentence: str, rng: Random) -> str | None:
    match = _DEFAULT.search(sentence)
    if match is None:
        return None
    value = match.group(1)
    turned = {"True": "False", "False": "True", "true": "false", "false": "true"}
    new = turned.get(value) or (
        other_number(value, rng) if value.isdigit() else pick(("12", "0", "automatic", "inherit"), rng)
    )
    return None if new == value else sentence[: match.start(1)] + new + sentence[match.end(1) :]


def _negation(sentence: str, rng: Random) -> str | None:
    # What invites or asks says nothing that could be denied.
    if re.match(r"(?:Let|But|And|So|Now|If|Perhaps|Suppose|Imagine)\b", sentence):
        return None
    return negated(sentence, rng)


_FAULTS: dict[str, SentenceEdit] = {"number": _number, "negation": _negation, "default": _default}


def copied_passages(material: Material, per_check: int, rng: Random) -> list[Copied]:
    """Return up to ``per_check`` passages with one value changed and as many controls, no passage used twice."""
    chunks = sorted(material.chunks.values(), key=lambda chunk: chunk.chunk_id)
    rng.shuffle(chunks)
    made: list[Copied] = []
    wanted = min(per_check, max(1, len(chunks) // 8))
    for planted in (True, False):
        made += _fill(chunks, wanted, {copy.case.partner for copy in made}, rng, planted=planted)
    return made


def _fill(
    chunks: Sequence[ChunkText], wanted: int, used: set[str | None], rng: Random, *, planted: bool
) -> list[Copied]:
    """Return ``wanted`` copies if the passages allow; the kinds take turns, and rare ones leave their part."""
    left = {kind: iter(chunks) for kind in (_FAULTS if planted else _CONTROLS)}
    taken = set(used)
    made: list[Copied] = []
    while left and len(made) < wanted:
        for kind in list(left):
            copy = _next(left[kind], kind, taken, rng, planted=planted)
            if copy is None:
                del left[kind]
            elif len(made) < wanted:
                taken.add(copy.case.partner)
                made.append(copy)
    return made


def _next(
    chunks: Iterator[ChunkText], kind: str, taken: set[str | None], rng: Random, *, planted: bool
) -> Copied | None:
    for chunk in chunks:
        if chunk.chunk_id not in taken:
            changed = _changed(chunk, kind, rng) if planted else _CONTROLS[kind](chunk, rng)
            if changed is not None:
                return _copied(chunk, changed, kind, planted=planted)
    return None


def _changed(chunk: ChunkText, kind: str, rng: Random) -> ChunkText | None:
    for sentence in prose_sentences(chunk.text):
        new = _FAULTS[kind](sentence, rng)
        if new is not None and new != sentence:
            return replace(chunk, text=chunk.text.replace(sentence, new, 1))
    return None


def _as_it_is(chunk: ChunkText, rng: Random) -> ChunkText | None:
    return chunk if prose_sentences(chunk.text) else None


def _in_other_words(chunk: ChunkText, rng: Random) -> ChunkText | None:
    for sentence in prose_sentences(chunk.text):
        new = reworded(sentence)
        if new is not None:
            return replace(chunk, text=chunk.text.replace(sentence, new, 1))
    return None


def _of_another_thing(chunk: ChunkText, rng: Random) -> ChunkText | None:
    """Change a value, and the name of what has it wherever the passage or its headings say it."""
    if not chunk.heading_path or not re.search(r"\w{4,}", chunk.heading_path[-1]):
        return None
    changed = _changed(chunk, pick(("number", "default"), rng), rng)
    if changed is None:
        return None
    name = chunk.heading_path[-1]
    word = max(re.findall(r"\w{4,}", name), key=len)
    new = pick(_NAMES, rng) + word.title()
    whole = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    path = (*chunk.heading_path[:-1], whole.sub(new, name))
    return (
        replace(changed, heading_path=path, text=whole.sub(new, changed.text)) if whole.search(changed.text) else None
    )


_CONTROLS: dict[str, Callable[[ChunkText, Random], ChunkText | None]] = {
    "copied as it is": _as_it_is,
    "in other words": _in_other_words,
    "of another thing": _of_another_thing,
}


def _copied(chunk: ChunkText, copy: ChunkText, kind: str, *, planted: bool) -> Copied:
    document = digest("calibration", "document", chunk.document_id)
    identity = digest("calibration", CHECK, kind, chunk.chunk_id)
    placed = replace(copy, chunk_id=identity, document_id=document, source=f"{chunk.source}-other")
    heading = " > ".join(copy.heading_path)
    row = PairRow(
        identity, heading, copy.text, "what_is", "calibration", "import", path=chunk.path, source=placed.source
    )
    return Copied(Case(CHECK, kind, planted, row, chunk.chunk_id), placed)
