"""What of the documentation nobody is asked about: passages, parameters, flags, error codes, code blocks and edges.

Knows what a passage offers and when a pair takes it up. It must not know how much has to be covered: the gate does.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tuneproof.curate.checking.findings import on_set
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.pairing.opportunities import opportunities
from tuneproof.curate.pairing.signatures import read_definition
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import finding_id
from tuneproof.datasets.workspace.records import Chunk, Finding

Part = Literal["passage", "parameter", "flag", "error", "code block", "edge"]
PARTS: tuple[Part, ...] = ("passage", "parameter", "flag", "error", "code block", "edge")
SHOWN = 12
MIN_PLACES = 3  # that offer a kind of case before its absence is worth a word
MIN_WORDS = 12  # a passage of fewer words offers nothing to ask
_ENTRY = re.compile(
    r"^[ \t]*(?:[-*+] +|\| *)(?:\*\*)?`([A-Za-z_][\w.-]*)`(?:\*\*)?(?: \([^)\n]*\))?[ \t]*(?::|\||–|—| - )",
    re.MULTILINE,
)
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
_STATUS = re.compile(
    r"(?:`|\b(?:HTTP|status|code|error)[ :]+)([45]\d\d)\b|^\s*['\"]?([45]\d\d)['\"]?:\s*$", re.IGNORECASE | re.MULTILINE
)
_EXCEPTION = re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b")
_SETTING = re.compile(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b")
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t>]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_RST_CODE = re.compile(
    r"^\.\. (?:code|code-block|sourcecode)::[^\n]*\n(?:[ \t]+:[^\n]*\n)*\s*\n((?:[ \t]+[^\n]*\n?|\s*\n)+)", re.MULTILINE
)
_TOKEN = re.compile(r"--[a-z][a-z0-9-]+|\w+")


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that a passage says and a pair could ask for; ``what`` names it."""

    chunk_id: str
    document_id: str
    part: Part
    kind: str
    what: str
    covered: bool


@dataclass(frozen=True, slots=True)
class Covered:
    """How many of a kind the sources offer and how many of them a pair takes up."""

    part: str
    covered: int
    offered: int

    @property
    def share(self) -> float:
        """The covered share, 1 where there is nothing to cover."""
        return self.covered / self.offered if self.offered else 1.0


class Sources:
    """What all passages offer; read once, and held against any choice of pairs."""

    def __init__(self, passages: Sequence[ChunkText]) -> None:
        """Read ``passages``, the chunks of every document."""
        self.passages = passages
        self._offered = [(passage, list(_offers(passage))) for passage in passages]

    def offers(self, rows: Iterable[PairRow]) -> list[Offer]:
        """Return everything that is offered, and whether ``rows`` take it up.

        An edge is covered by a pair of its kind on the passage, a name by any pair of the document that names it, a
        code block by an answer of the document that holds its first line, a passage by any pair that rests on it.
        """
        resting: dict[str, set[str]] = defaultdict(set)
        words: dict[str, set[str]] = defaultdict(set)
        lines: dict[str, set[str]] = defaultdict(set)
        documents = {passage.chunk_id: passage.document_id for passage in self.passages}
        for row in rows:
            said = set(_TOKEN.findall(f"{row.question} {row.answer}"))
            shown = {line.strip() for line in row.answer.split("\n")} if "\n" in row.answer else set()
            for chunk in row.chunk_ids:
                resting[chunk].add(row.case_type)
                if (document := documents.get(chunk)) is not None:
                    words[document] |= said
                    lines[document] |= shown
        found = []
        for passage, offered in self._offered:
            for part, kind, what in offered:
                if part == "passage":
                    covered = bool(resting[passage.chunk_id])
                elif part == "edge":
                    covered = kind in resting[passage.chunk_id]
                elif part == "code block":
                    covered = what in lines[passage.document_id]
                else:
                    covered = set(_TOKEN.findall(what)) <= words[passage.document_id]
                found.append(Offer(passage.chunk_id, passage.document_id, part, kind, what, covered))
        return found


def covered_by_part(offers: Iterable[Offer]) -> list[Covered]:
    """Return the counts of every part, the same thing in a document counted once."""
    once: dict[tuple[str, ...], bool] = {}
    for one in offers:
        where = one.chunk_id if one.part in ("passage", "edge", "code block") else one.document_id
        key = (one.part, where, one.kind, one.what)
        once[key] = once.get(key, False) or one.covered
    return [
        Covered(part, sum(hit for key, hit in once.items() if key[0] == part), sum(key[0] == part for key in once))
        for part in PARTS
    ]


def edges_by_kind(offers: Iterable[Offer]) -> dict[str, Covered]:
    """Return, for every kind of case, how many passages state such an edge and how many have such a pair."""
    edges: dict[str, list[bool]] = defaultdict(list)
    for one in offers:
        if one.part == "edge":
            edges[one.kind].append(one.covered)
    return {kind: Covered(kind, sum(hits), len(hits)) for kind, hits in sorted(edges.items())}


def find_coverage_holes(passages: Sequence[ChunkText], rows: Sequence[PairRow]) -> Iterator[Finding]:
    """Yield ``coverage_hole`` on documents that no pair rests on, and on passages with what nobody asks about.

    Also on the set, for every kind of case that the sources offer and that no pair is of.
    """
    by_chunk: dict[str, list[Offer]] = defaultdict(list)
    documents: dict[str, list[ChunkText]] = defaultdict(list)
    bare = {passage.document_id for passage in passages}
    offers = Sources(passages).offers(rows)
    for one in offers:
        if not one.covered:
            by_chunk[one.chunk_id].append(one)
        if one.part == "passage" and one.covered:
            bare.discard(one.document_id)
    for passage in passages:
        documents[passage.document_id].append(passage)
    for document in sorted(bare):
        found = documents[document]
        offered = sum(len(by_chunk[passage.chunk_id]) for passage in found)
        if offered:
            yield _document_hole(found, offered)
    for passage in passages:
        if passage.document_id not in bare and by_chunk[passage.chunk_id]:
            yield _passage_hole(passage, by_chunk[passage.chunk_id])
    there = {row.case_type for row in rows}
    for kind, places in _askable(passages, offers).items():
        if rows and places >= MIN_PLACES and kind not in there:
            message = f"No pair is of the kind {kind}, though the sources offer {places} places for it."
            yield on_set(kind, "coverage_hole", "info", message, {"kind": kind, "places": places}, float(places))


def _askable(passages: Sequence[ChunkText], offers: Sequence[Offer]) -> dict[str, int]:
    """Return how many places each kind of case could be asked at; what is absent can be asked of every document."""
    documents = {passage.document_id for passage in passages}
    defined = Counter(passage.document_id for passage in passages if passage.kind in ("class", "function", "method"))
    return {
        "what_is": len(passages),
        "parameter": sum(one.part in ("parameter", "flag") for one in offers),
        "how_to": sum(one.part == "code block" for one in offers) + sum(">>> " in one.text for one in passages),
        "unanswerable": len(documents),
        "false_premise": len(documents),
        **{kind: found.offered for kind, found in edges_by_kind(offers).items()},
        "comparison": sum(count > 1 for count in defined.values())
        + sum(one.part == "edge" and one.kind == "comparison" for one in offers),
    }


def _document_hole(passages: Sequence[ChunkText], offered: int) -> Finding:
    first = passages[0]
    message = f"No pair rests on {first.path}: {len(passages)} passages offer {offered} things to ask."
    evidence = {"where": {"source": first.source, "path": first.path}, "passages": len(passages), "offers": offered}
    identity = finding_id("coverage_hole", "document", first.document_id)
    return Finding(identity, "document", first.document_id, "coverage_hole", "info", message, evidence, float(offered))


def _passage_hole(passage: ChunkText, missing: Sequence[Offer]) -> Finding:
    told = [one for one in missing if one.part != "passage"]
    listed = ", ".join(f"{one.kind} {_short(one.what)}" if one.part == "edge" else f"{one.part} {_short(one.what)}"
                       for one in (told or missing)[:3])  # fmt: skip
    more = len(told or missing) - 3
    message = f"Nothing asks for {listed}{f' and {more} more' if more > 0 else ''}."
    evidence: dict[str, object] = {
        "where": {"source": passage.source, "path": passage.path, "headings": list(passage.heading_path)},
        "missing": [{"part": one.part, "kind": one.kind, "what": one.what} for one in (told or missing)[:SHOWN]],
        "missing_in_all": len(missing),
    }
    identity = finding_id("coverage_hole", "chunk", passage.chunk_id)
    score = float(len(missing))
    return Finding(identity, "chunk", passage.chunk_id, "coverage_hole", "info", message, evidence, score)


def _offers(passage: ChunkText) -> Iterator[tuple[Part, str, str]]:
    """Yield what ``passage`` offers as part, kind and name, each once."""
    if len(passage.text.split()) < MIN_WORDS:
        return
    yield "passage", "", " > ".join(passage.heading_path) or passage.path
    seen: set[tuple[Part, str]] = set()
    for part, what in _names(passage):
        if (part, what) not in seen:
            seen.add((part, what))
            yield part, "", what
    for code in _code_lines(passage):
        yield "code block", "", code
    chunk = Chunk(passage.chunk_id, passage.document_id, passage.kind, passage.heading_path, 0, 0, passage.text)
    for one in opportunities(chunk, passage.format):
        yield "edge", one.case_type, one.sentence


def _names(passage: ChunkText) -> Iterator[tuple[Part, str]]:
    text = passage.text
    if passage.format == "python":
        if any(part.startswith("_") and part != "__init__" for part in passage.heading_path):
            return
        if passage.kind in ("function", "method"):
            chunk = Chunk(passage.chunk_id, passage.document_id, passage.kind, passage.heading_path, 0, 0, text)
            try:
                yield from (("parameter", each.name) for each in read_definition(chunk).parameters)
            except SyntaxError:
                return
        yield from (("error", name) for name in _EXCEPTION.findall(text))
        return
    yield from (("parameter", name) for name in _ENTRY.findall(text))
    yield from (("parameter", name) for name in _SETTING.findall(text))
    yield from (("flag", name) for name in _FLAG.findall(text))
    yield from (("error", one or other) for one, other in _STATUS.findall(text))


def _code_lines(passage: ChunkText) -> Iterator[str]:
    """Yield the first telling line of every code block."""
    if passage.format == "python":
        return
    blocks = [match.group(2) for match in _FENCE.finditer(passage.text)]
    if passage.format == "rst":
        blocks.extend(match.group(1) for match in _RST_CODE.finditer(passage.text))
    for block in blocks:
        line = next((line.strip() for line in block.split("\n") if len(line.strip()) >= 4), None)
        if line is not None:
            yield line


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
