"""How evenly a set speaks: topics, wording, likeness of neighbours, and whom and what platform it speaks to.

Knows figures of a whole set. It must not know what is too little: the gate does.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import ngrams, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOURS_OF = 4000  # pairs whose nearest neighbour is looked for; of more, evenly spread ones
AUDIENCES: Mapping[str, re.Pattern[str]] = {
    "Windows": re.compile(r"\bwindows(?! size)\b|\bpowershell\b|\bwin32\b|\bwsl2?\b", re.IGNORECASE),
    "macOS": re.compile(r"\bmac ?os(?: x)?\b|\bdarwin\b|\bos x\b|\bhomebrew\b|\bapple silicon\b", re.IGNORECASE),
    "Linux": re.compile(r"\blinux\b|\bubuntu\b|\bdebian\b|\bfedora\b|\bsystemd\b|\bposix\b|\bunix\b", re.IGNORECASE),
    "containers": re.compile(r"\bdocker\b|\bkubernetes\b|\bcontainers?\b|\bpodman\b", re.IGNORECASE),
    "mobile": re.compile(r"\bandroid\b|\bios\b|\biphones?\b|\bipad(?:os)?\b", re.IGNORECASE),
    "browsers": re.compile(r"\bbrowsers?\b|\bjavascript\b|\bchrome\b|\bfirefox\b|\bsafari\b", re.IGNORECASE),
    "GPUs": re.compile(r"\bgpus?\b|\bcuda\b|\brocm\b|\bnvidia\b|\bamd\b", re.IGNORECASE),
    "beginners": re.compile(
        r"\bbeginners?\b|\bgetting started\b|\bquick ?start\b|\btutorials?\b|\bfirst steps\b", re.IGNORECASE
    ),
    "administrators": re.compile(
        r"\badministrators?\b|\badmins?\b|\bsysadmins?\b|\bdeploy\w*\b|\bproduction\b", re.IGNORECASE
    ),
    "developers": re.compile(r"\bdevelopers?\b|\bcontributors?\b|\bmaintainers?\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """Figures of a set.

    ``topic_evenness`` is the entropy of the topics over its largest value (Pielou 1966), 0..1; ``neighbour`` the mean
    cosine of each pair to its nearest neighbour, None without vectors; ``distinct_1`` and ``distinct_2`` the shares of
    words and word pairs of the answers that are different (Li et al. 2016); ``audiences`` and ``offered`` the shares of
    pairs and of source passages that name an audience or a platform.
    """

    topic_evenness: float
    topics: int
    neighbour: float | None
    distinct_1: float
    distinct_2: float
    audiences: Mapping[str, float]
    offered: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return asdict(self)


def balance(rows: Sequence[PairRow], passages: Sequence[str], vectors: NDArray[np.float32] | None) -> Balance:
    """Return the figures of ``rows``; ``passages`` are the texts of the sources, ``vectors`` unit vectors, (n, d)."""
    topics = Counter(row.cluster for row in rows)
    answers = [words(row.answer) for row in rows]
    singles = Counter(word for each in answers for word in each)
    doubles = Counter(pair for each in answers for pair in ngrams(each, 2))
    return Balance(
        topic_evenness=evenness(topics.values()),
        topics=len(topics),
        neighbour=None if vectors is None else _neighbour(vectors),
        distinct_1=len(singles) / max(singles.total(), 1),
        distinct_2=len(doubles) / max(doubles.total(), 1),
        audiences=_shares([f"{row.question} {row.answer} {row.path or ''}" for row in rows]),
        offered=_shares(passages),
    )


def evenness(counts: Iterable[int]) -> float:
    """Return the entropy of ``counts`` over that of equal ones, 1 for a single count."""
    found = [count for count in counts if count]
    whole = sum(found)
    if len(found) < 2:
        return 1.0
    entropy = -sum(count / whole * math.log(count / whole) for count in found)
    return entropy / math.log(len(found))


def _shares(texts: Sequence[str]) -> dict[str, float]:
    return {name: sum(bool(one.search(text)) for text in texts) / max(len(texts), 1) for name, one in AUDIENCES.items()}


def _neighbour(vectors: NDArray[np.float32]) -> float | None:
    """Return the mean cosine to the nearest neighbour, in blocks so that no large matrix is held."""
    import numpy as np

    chosen = vectors[:: max(1, math.ceil(len(vectors) / NEIGHBOURS_OF))]
    if len(chosen) < 2:
        return None
    nearest = []
    for start in range(0, len(chosen), 512):
        block = chosen[start : start + 512] @ chosen.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -1.0
        nearest.append(block.max(axis=1))
    return float(np.concatenate(nearest).mean())
