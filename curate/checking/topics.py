"""Pairs that are about something else than the sources are.

Knows the vectors of pairs and the words of their chunks. A topic is what a group of pairs is about; a pair is far from
all of them if hardly anything in the set is as far. It must not know what any topic is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.records import Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_PAIRS = 40  # fewer pairs make no picture of what a set is about
OUTLIER = 3.5  # robust z from which on a pair is far; Iglewicz and Hoaglin 1993
FLOOR = 0.04  # least spread of cosines: a set of one template is not all outliers
FAR = 0.35  # a pair nearer than this to a topic belongs to it, however tight the topics are
MIN_WORDS = 8
FEW = 0.2  # share of an answer's telling words in its chunks and question, below which it is about something else
_WORD = re.compile(r"[^\W\d_]{4,}")
_STOP_LIST = """
    this that these those with from have will when then than they them their there what which where your you're into
    such some more most other only also each every after before about between under over while would could should must
    been being does done make made used uses using very well just like many much both either neither because through
    during without within here itself same first last following above below example value values name names default
"""
_STOP = frozenset(_STOP_LIST.split())


def find_off_topic(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``off_topic`` for each pair far from its own source or from every topic; the score is the likeness."""
    near = _likeness(inputs)
    limit = _limit(near) if near is not None else None
    for at, row in enumerate(inputs.rows):
        share = _shared_words(row, inputs.chunks_of(row))
        if share is not None and share < FEW:
            message = f"The answer has {share:.0%} of its words in common with its source and its question."
            yield on_pair(row, "off_topic", "info", message, {"words_shared": round(share, 3)}, share)
        elif near is not None and limit is not None and near[at] < limit:
            message = (
                f"The pair is far from every topic of the sources: likeness {near[at]:.2f}, usual down to {limit:.2f}."
            )
            evidence = {"likeness": round(float(near[at]), 3), "limit": round(limit, 3)}
            yield on_pair(row, "off_topic", "info", message, evidence, float(near[at]))


def _shared_words(row: PairRow, chunks: list[ChunkText]) -> float | None:
    """Return the share of the answer's telling words that its chunks have, None where there are too few of either."""
    if not chunks:
        return None
    words = set(_WORD.findall(row.answer.casefold())) - _STOP
    if len(words) < MIN_WORDS:
        return None
    said = " ".join([*(f"{' '.join(chunk.heading_path)} {chunk.text}" for chunk in chunks), row.question])
    known = {word[:5] for word in _WORD.findall(said.casefold())}
    # The first letters stand for a stem: "install", "installs", "installation".
    return sum(word[:5] in known for word in words) / len(words)


def _likeness(inputs: CheckInputs) -> NDArray[np.float64] | None:
    """Return the cosine of each pair with the centre of the topic nearest to it, itself left out; None if unknown.

    Topics are the clusters of the pairs that rest on sources, or of all pairs where hardly any does.
    """
    import numpy as np

    vectors = inputs.vectors
    if vectors is None or len(inputs.rows) < MIN_PAIRS:
        return None
    sourced = np.array([bool(row.chunk_ids) for row in inputs.rows])
    if sourced.sum() < MIN_PAIRS:
        sourced[:] = True
    labels = np.array([-1 if row.cluster is None else row.cluster for row in inputs.rows])
    names, member = np.unique(labels[sourced], return_inverse=True)
    sums = np.zeros((len(names), vectors.shape[1]))
    np.add.at(sums, member, vectors[sourced].astype(np.float64))
    counts = np.bincount(member, minlength=len(names))
    own = np.full(len(labels), -1)
    own[sourced] = member
    best = np.empty(len(labels))
    norms = np.linalg.norm(sums, axis=1)
    for start in range(0, len(labels), 4096):
        part = slice(start, start + 4096)
        block = vectors[part].astype(np.float64)
        dots = block @ sums.T
        cosines = dots / np.maximum(norms, 1e-12)
        cosines[:, counts < 3] = -1  # Two pairs are no topic.
        rows = np.flatnonzero(own[part] >= 0)
        groups = own[part][rows]
        # Without the pair itself, the sum s of its topic is s - v: its product with v is s.v - 1.
        product = dots[rows, groups]
        rest = np.sqrt(np.maximum(norms[groups] ** 2 - 2 * product + 1, 1e-12))
        cosines[rows, groups] = np.where(counts[groups] > 3, (product - 1) / rest, -1)
        best[part] = cosines.max(axis=1)
    return best


def _limit(near: NDArray[np.float64]) -> float:
    """Return the likeness below which a pair is an outlier: 3.5 robust deviations under the median, at most 0.35."""
    import numpy as np

    middle = float(np.median(near))
    spread = max(1.4826 * float(np.median(np.abs(near - middle))), FLOOR)
    return min(middle - OUTLIER * spread, FAR)
