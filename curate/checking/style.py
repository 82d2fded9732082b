"""Does every answer read as if one hand had written the set? Outliers by row, and two hands in one set.

Knows which profile an answer is held against, how a deviation is put in words, and what is offered to mend it. It must
not change any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tuneproof.curate.checking.findings import on_pair, on_set
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.checking.style_fixes import mended
from tuneproof.curate.checking.style_profile import (
    OUTLIER,
    Deviation,
    Sample,
    StyleProfile,
    learn,
    score_of,
    wrong_terms,
)
from tuneproof.curate.checking.style_split import Split, find_split
from tuneproof.curate.pairing.signatures import read_definition
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.config import Style
from tuneproof.datasets.workspace.records import Chunk, Finding

ENOUGH_ACCEPTED = 30  # accepted pairs from which on they, and not the whole set, say what is usual
SHOWN = 4
TOLD = 1.5  # robust z from which on a feature is named and mended
IDS = 200
# Feature, as it is called to a person, with how many or how much of it.
SAID: Mapping[str, str] = {
    "words": "length of the answer", "sentence_words": "words a sentence", "sentence_p90": "long sentences",
    "second_person": "address of the reader", "first_person": "first person", "contractions": "contractions",
    "expansions": "forms that could be contracted", "opinions": "opinions", "hedges": "hedges",
    "intensifiers": "intensifiers", "informal": "informal words", "formal": "stiff words", "politeness": "courtesies",
    "passive": "passive sentences", "questions": "questions", "exclamations": "exclamation marks", "emoji": "emoji",
    "filler_opener": "a filler at the start", "filler_closer": "a filler at the end", "ai_self": "talk of being an AI",
    "lists": "list items", "headings": "headings", "bold": "bold type", "fences": "code blocks",
    "bare_fences": "code blocks without a language", "dashes": "dashes", "no_stop": "no stop at the end",
    "small_start": "a small letter at the start", "shouting": "capitals",
    "emphasis": "words in bold type", "listed": "lists that the source has not", "terms": "spelling of names",
    "parameter_order": "order of the parameters",
}  # fmt: skip
_LISTED = re.compile(r"`[A-Za-z_]\w*`(?:\s*\([^()]*\))?(?:(?:, (?:and )?| and )`[A-Za-z_]\w*`(?:\s*\([^()]*\))?){2,}")
_NAMED = re.compile(r"(?<![(\w])`([A-Za-z_]\w*)`")


def find_style(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``style_outlier`` on answers unlike the set, and ``style_split`` where two hands wrote it."""
    profile = profile_of(inputs.rows, inputs.chunks, inputs.config.style)
    for row in inputs.rows:
        source = source_of(row, inputs.chunks)
        deviations = [
            *profile.deviations(row.answer, row.case_type, source),
            *_parameter_order(row, inputs.chunks_of(row)),
        ]
        score = score_of(deviations)
        if score >= OUTLIER:
            yield _outlier(row, deviations, score, profile)
    for split in find_split(inputs.rows, [source_of(row, inputs.chunks) for row in inputs.rows]):
        yield _split(split, inputs.rows)


def profile_of(rows: Sequence[PairRow], chunks: Mapping[str, ChunkText], declared: Style) -> StyleProfile:
    """Return what is usual in ``rows``: in the accepted ones if there are thirty, else in all."""
    accepted = [row for row in rows if row.status == "accepted"]
    basis = "accepted" if len(accepted) >= ENOUGH_ACCEPTED else "set"
    chosen = accepted if basis == "accepted" else rows
    return learn([Sample(row.answer, row.case_type, source_of(row, chunks)) for row in chosen], basis, declared)


def source_of(row: PairRow, chunks: Mapping[str, ChunkText]) -> str:
    """Return the text that ``row`` rests on, "" for an import."""
    return "\n".join(chunks[one].text for one in row.chunk_ids if one in chunks)


def _outlier(row: PairRow, deviations: Sequence[Deviation], score: float, profile: StyleProfile) -> Finding:
    told = [one for one in deviations if abs(one.z) >= TOLD][:SHOWN] or list(deviations[:1])
    spelling = wrong_terms(row.answer, profile)
    said = ", ".join(SAID[one.feature] for one in told)
    evidence: dict[str, object] = {
        "features": [
            {
                "feature": one.feature,
                "value": round(one.value, 3),
                "typical": [round(one.low, 3), round(one.high, 3)],
                "z": round(one.z, 2),
            }
            for one in told
        ],
        "learnt_from": profile.basis,
        "learnt_from_pairs": profile.n,
    }
    if spelling:
        evidence["spelling"] = spelling
    fix = mended(row.answer, {one.feature for one in deviations if one.z >= TOLD}, spelling)
    if fix is not None:
        evidence["fix"] = fix
    message = f"The answer does not read like the others: {said}."
    return on_pair(row, "style_outlier", "info", message, evidence, round(score, 3))


def _parameter_order(row: PairRow, chunks: Sequence[ChunkText]) -> Iterator[Deviation]:
    """Yield a deviation where a list of parameters runs in another order than the signature it rests on."""
    listed = _LISTED.search(row.answer)
    if listed is None or not chunks or chunks[0].format != "python" or chunks[0].kind not in ("function", "method"):
        return
    text = re.sub(r"\([^()]*\)", "", listed.group())
    named = _NAMED.findall(text)
    one = chunks[0]
    signature = [
        each.name
        for each in read_definition(
            Chunk(one.chunk_id, one.document_id, one.kind, one.heading_path, 0, 0, one.text)
        ).parameters
    ]
    places = [signature.index(name) for name in named if name in signature]
    if len(places) == len(named) >= 3 and places != sorted(places):
        swapped = sum(left > right for left, right in pairwise(places))
        yield Deviation("parameter_order", float(swapped), 0.0, 0.0, OUTLIER + swapped)


def _split(split: Split, rows: Sequence[PairRow]) -> Finding:
    names = ", ".join(SAID.get(one.feature, one.feature) for one in split.features[:SHOWN])
    message = (
        f"The answers read as if two hands had written them: {len(split.one)} and {len(split.other)} pairs "
        f"differ in {names}"
        + (f"; {split.grouping} {split.group} is nearly all on one side" if split.grouping else "")
        + "."
    )
    ids = [[rows[at].pair_id for at in side] for side in (split.one, split.other)]
    evidence: dict[str, object] = {
        "sizes": [len(split.one), len(split.other)],
        "features": [
            {"feature": one.feature, "share_of_one": round(one.one, 3), "share_of_other": round(one.other, 3)}
            for one in split.features
        ],
        "separation": round(split.separation, 3),
        "bic_gain_per_pair": round(split.gain, 4),
        "held_out": round(split.held_out, 3),
        "grouping": split.grouping,
        "group": split.group,
        "one": ids[0][:IDS],
        "other": ids[1][:IDS],
    }
    return on_set(split.kind, "style_split", "warn", message, evidence, split.separation)
