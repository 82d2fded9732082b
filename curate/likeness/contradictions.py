"""Statements that can't both be true: between pairs, and between the documents themselves.

Knows links, chunks and which of two statements speak of one subject. It must not know which is right: both sources
are shown, a person decides.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tuneproof.curate.checking.findings import shortened
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.likeness.conflicts import SAME_SENTENCE, Conflict, defaults_conflict, statements_conflict
from tuneproof.curate.likeness.guards import names_in
from tuneproof.curate.likeness.links import Link
from tuneproof.curate.likeness.minhash import candidates, signatures
from tuneproof.curate.likeness.opposites import stem
from tuneproof.curate.likeness.shingles import gram_hashes
from tuneproof.curate.likeness.statements import Statement, statements
from tuneproof.curate.likeness.word_order import EMPTY_WORDS
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import normal_form
from tuneproof.datasets.workspace.identity import finding_id
from tuneproof.datasets.workspace.records import Finding

ALIKE = 0.55  # agreement of signatures of two claims, before they are looked at closely
SAME_CLAIMS = 6  # statements of one claim that a further one is held against
RARE = 12  # statements of the whole set, each counted once, that use a word which is rare there
FEWEST_SHARED, FEWEST_RARE = 4, 2  # words that two statements share, and rare ones among them
DEFINED = frozenset(("function", "method", "class", "module"))
FEWEST_WORDS = 3  # a claim of fewer words and no name says too little to be held against another
_CUE = re.compile(
    r"\d|\bdefaults?\b|\b(?:must|not|never|no|cannot|only|always|requires?|enabled?|disabled?)\b|n't\b", re.I
)


def pair_contradictions(rows: Sequence[PairRow], links: Sequence[Link]) -> Iterator[Finding]:
    """Yield a finding for every two pairs whose answers disagree, on the one that is ranked lower."""
    known = {row.pair_id: row for row in rows}
    for link in links:
        if link.conflict is None:
            continue
        row, other = known[link.pair_id], known[link.kept_id]
        kept, own = link.conflict.left, link.conflict.right
        evidence = {
            "other": other.pair_id,
            "kind": link.conflict.kind,
            "values": [own, kept],
            "said": [link.conflict.said[1], link.conflict.said[0]],
            "sources": [_place(row), _place(other)],
            "score": link.conflict.strength,
        }
        message = f"Another pair answers this with {kept!r} where this one says {own!r} ({link.conflict.kind})."
        identity = finding_id("contradiction", "pair", row.pair_id, {"other": other.pair_id})
        yield Finding(identity, "pair", row.pair_id, "contradiction", "warn", message, evidence, link.conflict.strength)


def _place(row: PairRow) -> str:
    where = "/".join(part for part in (row.source, row.path) if part) or "imported"
    return f"{where} # {row.section}" if row.section else where


@dataclass(frozen=True, slots=True)
class _Said:
    """One statement where it stands."""

    chunk: ChunkText
    statement: Statement


def document_contradictions(chunks: Sequence[ChunkText]) -> Iterator[Finding]:
    """Yield a finding for every two statements in two documents that claim the same of one subject but for a value.

    What several documents say word for word is looked at once. Candidates come from MinHash over claims, so that
    time grows as n log n; of two statements without a number, a default, a modal or a negation none contradicts the
    other here, and one such is held against those only that claim word for word the same.
    """
    told: dict[str, list[_Said]] = defaultdict(list)
    for chunk in sorted(chunks, key=lambda one: (one.source, one.path, one.chunk_id)):
        if chunk.kind == "code":
            continue
        for statement in statements(chunk.text):
            if len(statement.terms) >= FEWEST_WORDS or (statement.names and (statement.terms or _cued(statement))):
                told[normal_form(statement.text)].append(_Said(chunk, statement))
    forms = list(told)
    if len(forms) < 2:
        return
    seen: set[tuple[str, str, str]] = set()
    common = Counter(term for form in told for term in told[form][0].statement.terms)
    for one, other in _may_disagree([told[form][0].statement for form in forms]):
        first, second = told[forms[one]], told[forms[other]]
        a, b = first[0].statement, second[0].statement
        conflict = statements_conflict(a, b, SAME_SENTENCE) or defaults_conflict(a, b)
        if conflict is None or _both_said(first, second):
            continue
        found = next(
            ((a, b) for a in first for b in second if _one_subject(a, b) or _one_matter(a, b, common)),
            None,
        )
        if found is None:
            continue
        key = (found[0].chunk.chunk_id, found[1].chunk.chunk_id, str(conflict))
        if key not in seen:
            seen.add(key)
            yield _finding(*found, conflict)


def _cued(statement: Statement) -> bool:
    """Return whether a statement says something that another one can deny or say otherwise."""
    return statement.negations > 0 or _CUE.search(statement.text) is not None


def _may_disagree(said: Sequence[Statement]) -> list[tuple[int, int]]:
    """Return the places of every two statements of like claims, of which at least one can be said otherwise."""
    cued = [at for at, statement in enumerate(said) if _cued(statement)]
    found: set[tuple[int, int]] = set()
    if len(cued) > 1:
        claims = [" ".join(sorted(said[at].claim)) or normal_form(said[at].text) for at in cued]
        left, right = candidates(signatures(*gram_hashes(claims)), ALIKE)
        found = {(cued[one], cued[other]) for one, other in zip(left.tolist(), right.tolist(), strict=True)}
    plain: dict[frozenset[str], list[int]] = defaultdict(list)
    for at in sorted(set(range(len(said))) - set(cued)):
        if len(plain[said[at].claim]) < SAME_CLAIMS:
            plain[said[at].claim].append(at)
    defaults: dict[frozenset[str], list[int]] = defaultdict(list)
    for at in cued:
        found.update((min(at, other), max(at, other)) for other in plain.get(said[at].claim, ()))
        if len(said[at].names) == 1 and said[at].speaks_of_default:
            known = defaults[said[at].names]
            found.update((other, at) for other in known)
            if len(known) < SAME_CLAIMS:
                known.append(at)
    return sorted(found)


def _both_said(first: Sequence[_Said], second: Sequence[_Said]) -> bool:
    """Return whether one document says both: then they are two cases that it tells apart."""
    ours = {said.chunk.document_id for said in first}
    return bool(ours & {said.chunk.document_id for said in second})


def _one_subject(a: _Said, b: _Said) -> bool:
    """Return whether two statements of two documents speak of one thing.

    Either both stand in the same place of two versions of one page (path and headings equal), or both name it, and
    neither's headings name another thing.
    """
    if a.chunk.document_id == b.chunk.document_id:
        return False
    ours, theirs = _headings(a.chunk), _headings(b.chunk)
    if a.chunk.path == b.chunk.path:
        return ours == theirs or (bool(ours and theirs) and ours[-1] == theirs[-1])
    shared = a.statement.names & b.statement.names
    if not any(_telling(name) for name in shared) or not ours or not theirs:
        return False
    return ours[-1] == theirs[-1] or _named(ours, shared) or _named(theirs, shared) or _whole(a, b)


def _one_matter(a: _Said, b: _Said, common: Mapping[str, int]) -> bool:
    """Return whether two statements of two documents say so much alike that they must speak of one thing.

    They share a name of its own, or several words that few other statements use while the headings of one speak of
    what the other says; and neither stands under the name of a thing that the other does not mention.
    """
    if a.chunk.document_id == b.chunk.document_id or a.chunk.path == b.chunk.path:
        return False
    shared = a.statement.terms & b.statement.terms
    rare = {term for term in shared if common[term] <= RARE}
    names = a.statement.names
    own = len(names) > 1 or any(_telling(name) and not name.startswith("-") for name in names)
    if names != b.statement.names or (not own and (len(shared) < FEWEST_SHARED or len(rare) < FEWEST_RARE)):
        return False
    ours, theirs = _topics(a), _topics(b)
    both = frozenset(stem(name) for name in names)
    if _things(a) - theirs - both or _things(b) - ours - both:
        return False
    return own or bool(ours & theirs) or bool(ours & b.statement.terms) or bool(theirs & a.statement.terms)


def _topics(said: _Said) -> frozenset[str]:
    """Return the stems of the headings, and of the page's name, above a statement."""
    place = " ".join((*said.chunk.heading_path, said.chunk.title))
    return frozenset(stem(word) for word in re.findall(r"\w+", normal_form(place)) if word not in EMPTY_WORDS)


def _things(said: _Said) -> frozenset[str]:
    """Return the names that the last heading gives: a definition's own, or what is spelt like one."""
    last = said.chunk.heading_path[-1:] or (said.chunk.title,)
    if said.chunk.kind in DEFINED:
        return frozenset(stem(word) for word in re.findall(r"\w+", normal_form(last[0])))
    return frozenset(stem(name.casefold()) for name in names_in(last[0]))


def _whole(a: _Said, b: _Said) -> bool:
    """Return whether the two statements are one sentence but for the value, and name what nothing else is called."""
    return a.statement.claim == b.statement.claim and any(
        name.startswith("--") or name.isupper() or name.count("_") > 1 for name in a.statement.names
    )


def _named(headings: Sequence[str], names: frozenset[str]) -> bool:
    return any(name in re.findall(r"[\w-]+", headings[-1]) for name in names)


def _telling(name: str) -> bool:
    """Return whether ``name`` is one thing's own: a flag, or a name of several parts, not "json" or "id"."""
    return name.startswith("-") or "_" in name or len(name) >= 8


def _headings(chunk: ChunkText) -> tuple[str, ...]:
    return tuple(normal_form(heading) for heading in chunk.heading_path)


def _finding(a: _Said, b: _Said, conflict: Conflict) -> Finding:
    places = [f"{one.chunk.source}/{one.chunk.path} # {' > '.join(one.chunk.heading_path)}" for one in (a, b)]
    evidence: Mapping[str, object] = {
        "other": b.chunk.chunk_id,
        "kind": conflict.kind,
        "values": [conflict.left, conflict.right],
        "said": list(conflict.said),
        "sources": places,
        "score": conflict.strength,
    }
    message = (
        f"{places[0]} says {conflict.left!r} where {places[1]} says {conflict.right!r}: {shortened(a.statement.text)}"
    )
    key = {"other": b.chunk.chunk_id, "values": f"{conflict.left} / {conflict.right}"}
    identity = finding_id("contradiction", "chunk", a.chunk.chunk_id, key)
    return Finding(
        identity, "chunk", a.chunk.chunk_id, "contradiction", "warn", message, evidence, conflict.strength
    )  # fmt: skip
