"""Answers that say what their source does not: numbers, names, flags, paths, addresses and quotations out of nowhere.

Knows an answer and the chunks that its pair rests on, both made plain. A fact counts as grounded where it occurs, not
where it is meant: a number moved from one place of a chunk to another is for a reader to see. The question is no
source, since it may rest on a false premise; only what an answer denies may come from it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tuneproof.curate.checking.facts import UNITS, WORDED, Fact, canonical, facts_of, plain
from tuneproof.curate.checking.findings import on_pair, shortened
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.likeness.guards import NEGATION
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.records import Finding

SHOWN = 20
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")
_OPTIONAL = re.compile(r"--\[no-\](?P<name>[\w-]+)")
_QUANTITY = re.compile(
    r"(?P<sign>(?<![\w)\]])-)?(?<![\w.])(?P<value>\d{1,3}(?:[,_ ]\d{3})+(?!\d)|\d+(?:\.\d+)?)"
    r"(?P<unit>[ -]?(?:%|°[CF]?|[A-Za-zµ]+))?"
)
_PIECES = re.compile(r"\.\.\.|…")
_STOP = re.compile(r"[.!?](?:\s|$)|\n")
TWO = ("both", "either", "pair", "double", "twice", "second")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the chunks of a pair say, made comparable: text, words, words in a row, and numbers with their units."""

    text: str
    words: frozenset[str]
    row: str
    squashed: frozenset[str]
    numbers: Mapping[str, frozenset[str]]


def ground_of(chunks: Sequence[ChunkText]) -> Ground:
    """Return what ``chunks`` say, with their headings, and the name and title of their document."""
    parts = []
    for chunk in chunks:
        names = [
            *chunk.heading_path,
            chunk.title,
            chunk.path,
            chunk.path.replace("/", ".").rpartition(".")[0],
            chunk.source,
        ]
        parts += [" ".join(names), chunk.text]
    raw = plain("\n".join(parts))
    if "<" in raw:
        raw = f"{raw}\n{_TAG.sub('', raw)}"
    raw = _OPTIONAL.sub(r"--\g<name> --no-\g<name>", raw)
    text = " ".join(raw.replace("`", "").replace("**", " ").casefold().split())
    found = _WORD.findall(text)
    words = frozenset(found)
    numbers: dict[str, set[str]] = defaultdict(set)
    for match in _QUANTITY.finditer(text):
        value = canonical(re.sub(r"[,_ ]", "", match["value"]))
        unit = (match["unit"] or "").strip(" -")
        numbers[value].add(UNITS.get(unit, unit if match["unit"] and match["unit"][0] not in " -" else ""))
        if match["sign"]:
            numbers[f"-{value}"].add(UNITS.get(unit, ""))
    for word in WORDED.keys() & words:
        numbers[str(WORDED[word])].add("")
    if words.intersection(TWO):
        numbers["2"].add("")
    squashed = frozenset(re.sub(r"[-_]", "", token) for token in re.findall(r"\w[\w.-]*\w", text))
    kept = {value: frozenset(units) for value, units in numbers.items()}
    return Ground(text, words, f" {' '.join(found)} ", squashed, kept)


def find_ungrounded(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``ungrounded`` for each answer with a fact that its chunks lack; the score is the share that they hold.

    Pairs without chunks (imports) are passed over: there is nothing to hold them against.
    """
    grounds: dict[tuple[str, ...], Ground] = {}
    spoken: frozenset[str] = frozenset()
    for row in inputs.rows:
        chunks = inputs.chunks_of(row)
        if not chunks:
            continue
        if row.chunk_ids not in grounds:
            grounds[row.chunk_ids] = ground_of(chunks)
        facts = facts_of(row.answer)
        missing = ungrounded(row, facts, grounds[row.chunk_ids])
        if any(fact.kind == "proper" for fact in missing):
            # A name that another page of the sources has is no invention, and hardly a fact.
            spoken = spoken or frozenset(word for text in _texts(inputs) for word in _stems(text.casefold()))
            missing = [fact for fact in missing if fact.kind != "proper" or not spoken.issuperset(_stems(fact.value))]
        if missing:
            yield _finding(row, facts, missing)


def _texts(inputs: CheckInputs) -> Iterator[str]:
    for chunk in inputs.chunks.values():
        yield " ".join([*chunk.heading_path, chunk.title, chunk.source, chunk.path, chunk.text])


def _stems(name: str) -> list[str]:
    return [word.removesuffix("s") if len(word) > 4 else word for word in _WORD.findall(name)]


def ungrounded(row: PairRow, facts: Sequence[Fact], ground: Ground) -> list[Fact]:
    """Return those of ``facts`` (of the answer of ``row``) that ``ground`` lacks and the answer does not deny."""
    missing = [fact for fact in facts if not is_grounded(fact, ground)]
    if not missing:
        return []
    asked = frozenset(_stems(row.question.casefold()))
    named = [fact for fact in missing if fact.kind != "proper" or not asked.issuperset(_stems(fact.value))]
    return [fact for fact in named if not _denied(fact, row)]


def _denied(fact: Fact, row: PairRow) -> bool:
    """Return whether the question brought the fact up and the answer's sentence around it has a negation."""
    if fact.text.casefold() not in plain(row.question).casefold():
        return False
    answer = plain(row.answer)
    stops = [match.end() for match in _STOP.finditer(answer)]
    start = max((stop for stop in stops if stop <= fact.start), default=0)
    end = min((stop for stop in stops if stop > fact.start + len(fact.text)), default=len(answer))
    return NEGATION.search(answer[start:end]) is not None


def is_grounded(fact: Fact, ground: Ground) -> bool:
    """Return whether ``fact`` occurs in ``ground``."""
    if fact.kind == "number":
        return _number_in(fact, ground)
    if fact.kind == "quotation":
        return all(_quoted_in(piece, ground) for piece in _PIECES.split(fact.value))
    if fact.kind == "proper":
        return all(word in ground.words or f"{word}s" in ground.words for word in _stems(fact.value))
    if fact.kind == "code":
        return fact.value in ground.words or len(fact.value) == 1 or occurs(fact.value, ground.text)
    if occurs(fact.value, ground.text):
        return True
    if fact.kind in ("url", "path"):
        bare = fact.value.strip("./~")
        return bool(bare) and occurs(bare, ground.text)
    if fact.kind == "version" and occurs(f"v{fact.value}", ground.text):
        return True
    if fact.kind == "name" and re.fullmatch(r"v\d[\d.]*", fact.value) and occurs(fact.value[1:], ground.text):
        return True
    if fact.kind == "flag":
        return False
    if re.sub(r"[-_]", "", fact.value) in ground.squashed:
        return True
    parts = [part for part in fact.value.split(".") if part]
    return len(parts) > 1 and all(part in ground.words and not part.isdigit() for part in parts)


def _number_in(fact: Fact, ground: Ground) -> bool:
    units = ground.numbers.get(fact.value)
    if units is None:
        return fact.text.casefold() in ground.words and not fact.text.isdigit()
    if not fact.unit or fact.unit in units:
        return True
    known = {unit for unit in units if unit in _CANONICAL}
    return not known or len(known) < len(units)


_CANONICAL = frozenset(UNITS.values())


def _quoted_in(piece: str, ground: Ground) -> bool:
    words = _WORD.findall(piece.replace("`", "").casefold())
    return f" {' '.join(words)} " in ground.row if words else True


def occurs(needle: str, text: str) -> bool:
    """Return whether ``needle`` stands in ``text`` with no letter, digit or joined hyphen on either side of it."""
    at = text.find(needle)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(needle) : at + len(needle) + 2]
        opened = not (_joins(before) and _joins(needle[0])) and not (before == "-" and needle[0] == "-")
        closed = not (_joins(after[:1]) and _joins(needle[-1]))
        runs_on = (
            len(after) == 2 and after[0] in ".-" and _joins(after[1]) and needle[-1].isdigit() and after[1].isdigit()
        )
        hyphened = needle[0] == "-" and len(after) == 2 and after[0] == "-" and _joins(after[1])
        if opened and closed and not runs_on and not hyphened:
            return True
        at = text.find(needle, at + 1)
    return False


def _joins(char: str) -> bool:
    return char.isalnum() or char == "_"


def _finding(row: PairRow, facts: Sequence[Fact], missing: Sequence[Fact]) -> Finding:
    unique = {(fact.kind, fact.value, fact.unit) for fact in facts}
    lost = list({(fact.kind, fact.value, fact.unit): fact for fact in missing}.values())
    listed = ", ".join(shortened(fact.text, 40) for fact in lost[:4]) + (" and more" if len(lost) > 4 else "")
    message = f"{len(lost)} of {len(unique)} facts in the answer are not in its source: {listed}."
    # Offsets are into the answer as it stands; made plain it may be shorter.
    shown = [(fact, _place(fact, row.answer)) for fact in lost[:SHOWN]]
    evidence = {
        "facts": len(unique),
        "ungrounded": [
            {"kind": fact.kind, "text": fact.text, "start": at, "end": at + len(fact.text)} for fact, at in shown
        ],
    }
    return on_pair(row, "ungrounded", "warn", message, evidence, 1 - len(lost) / len(unique))


def _place(fact: Fact, answer: str) -> int:
    if answer[fact.start : fact.start + len(fact.text)] == fact.text:
        return fact.start
    return max(answer.find(fact.text), 0)
