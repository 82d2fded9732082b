"""Pairs that are about something else than the sources are.

Knows the vectors of pairs and the words of their chunks. A topic is what a group of pairs is about; a pair is far from
all of them if hardly anything in the set is as far. An answer is about something else than its source if it shares far
fewer of its telling words with it than the set's answers do with theirs; a rare word tells more than a common one. It
must not know what any topic is called.
"""

from __future__ import annotations

import math
import re
from collections import Counter
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
MIN_WORDS = 3
FEW = 0.2  # share of an answer's telling words in its chunks and question, below which it is about something else
FEW_AT_MOST = 0.5  # the same where the set's answers keep close to their sources
SHARE_FLOOR = 0.14  # least spread of those shares
_WORD = re.compile(r"[^\W\d_]{3,}")
_SPAN = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"[^\W\d]\w*")
_STOP_LIST = """
    this that these those with from have will when then than they them their there what which where your you're into
    such some more most other only also each every after before about between under over while would could should must
    been being does did done make made used uses using very well just like many much both either neither because through
    during without within here itself same first last following above below example value values name names default
    the and for not are was were but can has had its you any all one out off how why who may use set get see via per
    yes left leave otherwise unless told takes take needs need given can cannot call calls called
    documentation documented describes description says say states stated mean means
    added version since none true false
"""
_STOP = frozenset(_STOP_LIST.split())


def find_off_topic(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``off_topic`` for each pair far from its own source or from every topic; the score is the likeness."""
    near = _likeness(inputs)
    limit = _limit(near) if near is not None else None
    shares = _shared_words(inputs)
    few = _few([share for share in shares if share is not None])
    for at, row in enumerate(inputs.rows):
        share = shares[at]
        if share is not None and share < few and not _names_the_same(row, inputs.chunks_of(row)):
            message = f"The answer has {share:.0%} of what its words tell in common with its source and its question."
            evidence = {"words_shared": round(share, 3), "limit": round(few, 3)}
            yield on_pair(row, "off_topic", "info", message, evidence, share)
        elif near is not None and limit is not None and near[at] < limit:
            message = (
                f"The pair is far from every topic of the sources: likeness {near[at]:.2f}, usual down to {limit:.2f}."
            )
            evidence = {"likeness": round(float(near[at]), 3), "limit": round(limit, 3)}
            yield on_pair(row, "off_topic", "info", message, evidence, float(near[at]))


def _shared_words(inputs: CheckInputs) -> list[float | None]:
    """Return, for each row, which share of its answer's telling words its chunks or question have.

    A word counts by its rarity among chunks and answers, one and the logarithm of the texts to one that has it. None
    where a row has no chunk or too few such words; two words tell something only where neither is shared.
    """
    said = {key: _stems(_whole(chunk)) for key, chunk in inputs.chunks.items()}
    answers = [_stems(row.answer) if row.chunk_ids else frozenset[str]() for row in inputs.rows]
    having = Counter(stem for stems in said.values() for stem in stems)
    having |= Counter(stem for stems in answers for stem in stems)
    texts = max(len(said), len(answers))
    shares: list[float | None] = []
    for row, told in zip(inputs.rows, answers, strict=True):
        found = [said[key] for key in row.chunk_ids if key in said]
        stems = told if found else frozenset[str]()
        known = _stems(row.question).union(*found) if found else frozenset[str]()
        weights = {stem: 1 + math.log((texts + 1) / (having[stem] + 1)) for stem in stems}
        whole, shared = sum(weights.values()), sum(weight for stem, weight in weights.items() if stem in known)
        enough = len(stems) >= MIN_WORDS or (len(stems) == MIN_WORDS - 1 and not shared)
        shares.append(shared / whole if enough else None)
    return shares


def _names_the_same(row: PairRow, chunks: list[ChunkText]) -> bool:
    """Say whether all names that the answer has in code are names of its chunks or question, and there are some."""
    spans = " ".join(_SPAN.findall(row.answer))
    names = {name for name in _NAME.findall(spans.casefold()) if name not in ("none", "true", "false", "null")}
    known = set(_NAME.findall(" ".join([row.question, *map(_whole, chunks)]).casefold())) if names else set()
    return bool(names) and names <= known


def _whole(chunk: ChunkText) -> str:
    return " ".join([*chunk.heading_path, chunk.title, chunk.source, chunk.path, chunk.text])


def _stems(text: str) -> frozenset[str]:
    """Return the first letters of each telling word, for its stem: "install", "installs", "installation"."""
    return frozenset(word[:5] for word in _WORD.findall(text.casefold()) if word not in _STOP)


def _few(shares: list[float]) -> float:
    """Return the share below which an answer is about something else: 3.5 robust deviations under the set's median.

    Never under a fifth nor over a half; a fifth where there are too few answers to say what is usual.
    """
    if len(shares) < MIN_PAIRS:
        return FEW
    middle = sorted(shares)[len(shares) // 2]
    spread = max(1.4826 * sorted(abs(share - middle) for share in shares)[len(shares) // 2], SHARE_FLOOR)
    return min(max(middle - OUTLIER * spread, FEW), FEW_AT_MOST)


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
