"""Case types, topics and documents left out: pairs taken away from a set whose sources are all there.

A trial leaves out every pair of one document, one passage or one case type; a control asks the pairs of a passage in
other words and leaves none out. Knows which pairs rest on what; it must not know how coverage is reported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tuneproof.curate.calibration.frames import rephrased
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.rows import PairRow

MIN_CHARS = 200  # a passage that says less than that needs no pair of its own


@dataclass(frozen=True, slots=True)
class Hole:
    """Something left out: ``subject`` is a document's or chunk's id or a case type."""

    kind: str
    subject: str
    rows: tuple[PairRow, ...]


def dig_places(material: Material, count: int, rng: Random) -> tuple[list[Hole], list[Hole]]:
    """Return what to leave out (documents and passages) and what to ask in other words (the controls), all apart."""
    by_document: dict[str, list[PairRow]] = defaultdict(list)
    by_chunk: dict[str, list[PairRow]] = defaultdict(list)
    for row in material.rows:
        by_document[row.document_id or ""].append(row)
        for chunk in row.chunk_ids:
            by_chunk[chunk].append(row)
    documents = sorted(key for key, rows in by_document.items() if key and len(rows) >= 2)
    rng.shuffle(documents)
    few = max(1, min(count, len(documents) // 5))
    holes = [Hole("document", key, tuple(by_document[key])) for key in documents[:few]]
    rest = set(documents[few:])
    # Only a passage whose pairs rest on nothing else is left without any by taking those away.
    chunks = sorted(
        key
        for key, rows in by_chunk.items()
        if key in material.chunks and len(material.chunks[key].text) >= MIN_CHARS
        and all(row.chunk_ids == (key,) and row.document_id in rest for row in rows)
        and len(by_document[material.chunks[key].document_id]) > len(rows)
    )  # fmt: skip
    rng.shuffle(chunks)
    bare = chunks[: min(count, max(1, len(chunks) // 3))]
    holes += [Hole("passage", key, tuple(by_chunk[key])) for key in bare]
    asked = chunks[len(bare) : len(bare) + count]
    controls = [Hole("passage", key, tuple(by_chunk[key])) for key in asked]
    return holes, controls


def dig_case_types(rows: Sequence[PairRow]) -> list[Hole]:
    """Return one hole a case type that holds at least one pair in a hundred, and not more than half of them."""
    counts = Counter(row.case_type for row in rows)
    few, many = max(3, len(rows) // 100), len(rows) // 2
    return [
        Hole("case type", case, tuple(row for row in rows if row.case_type == case))
        for case, count in sorted(counts.items())
        if few <= count <= many
    ]


def asked_anew(hole: Hole, rng: Random) -> list[PairRow]:
    """Return the pairs of ``hole`` with their questions in other words, where a frame fits."""
    return [replace(row, question=rephrased(row.question, rng) or row.question) for row in hole.rows]
