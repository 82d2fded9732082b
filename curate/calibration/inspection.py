"""The checks as a build runs them, on pairs in memory.

Knows which functions of the build judge pairs and what they need. It must not know what is planted, and repeats no
check: what is measured here is what a build does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tuneproof.curate.calibration.material import Material
from tuneproof.curate.checking.checks import run_checks
from tuneproof.curate.checking.coverage import find_coverage_holes
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.embeddings import Embedder
from tuneproof.curate.likeness.benchmarks import BenchmarkItem, benchmark_leaks
from tuneproof.curate.likeness.contradictions import document_contradictions, pair_contradictions
from tuneproof.curate.likeness.duplicates import repeats, said_again
from tuneproof.curate.rows import PairRow
from tuneproof.curate.splits import Placement, assign_splits
from tuneproof.datasets.workspace.records import Duplicate, Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Seen:
    """What the checks said of one set of pairs."""

    rows: Sequence[PairRow]
    findings: Sequence[Finding]
    duplicates: Sequence[Duplicate]
    again: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def flagged(self, check: str) -> set[str]:
        """Return the ids of what ``check`` flags."""
        return {finding.subject_id for finding in self.findings if finding.check_name == check}

    @cached_property
    def links(self) -> dict[frozenset[str], set[str]]:
        """Return, for every two pairs that are linked, the states of the links."""
        found: dict[frozenset[str], set[str]] = {}
        for each in self.duplicates:
            found.setdefault(frozenset((each.pair_id, each.kept_id)), set()).add(each.state)
        return found

    def linked(self, left: str, right: str, states: set[str]) -> bool:
        """Say whether two pairs are linked with one of ``states``, directly or over the pair that both repeat."""
        if self.links.get(frozenset((left, right)), set()) & states:
            return True
        return bool(self._kept(left, states) & self._kept(right, states))

    def _kept(self, pair: str, states: set[str]) -> set[str]:
        return {each.kept_id for each in self._by_pair.get(pair, []) if each.state in states}

    @cached_property
    def _by_pair(self) -> dict[str, list[Duplicate]]:
        found: dict[str, list[Duplicate]] = {}
        for each in self.duplicates:
            found.setdefault(each.pair_id, []).append(each)
        return found


class Inspector:
    """Runs the checks on sets of pairs made from one material; each text is embedded once.

    Raises:
        ModelError: the embedding model can't be loaded.
    """

    def __init__(self, material: Material) -> None:
        settings = material.config.embed
        self.material = material
        self._embedder = Embedder(settings.model, settings.batch_size)
        self._known: dict[str, NDArray[np.float32]] = {}

    def check(self, rows: Sequence[PairRow], *, embed: bool = False) -> Seen:
        """Return what the checks on pairs say of ``rows``; ``embed`` gives them vectors, as some look at likeness."""
        vectors = self.vectors(rows) if embed else None
        return Seen(rows, run_checks(CheckInputs(rows, self.material.chunks, vectors, self.material.config)), ())

    def compare(self, rows: Sequence[PairRow]) -> Seen:
        """Return the duplicates, variants and contradictions among ``rows``."""
        config = self.material.config
        alike = repeats(rows, self.vectors(rows), config.duplicates)
        again = said_again(alike.links, config.duplicates)
        return Seen(rows, list(pair_contradictions(rows, alike.links)), alike.duplicates, again)

    def split(self, seen: Seen) -> dict[str, Placement]:
        """Return the side that a build gives each row that is not merged away, by pair id.

        ``split`` is None for one that is dropped from its side because train knows it; ``reason`` names that pair.
        """
        config = self.material.config
        merged = {link.pair_id for link in seen.duplicates if link.state == "merged"}
        rows = [row for row in seen.rows if row.pair_id not in merged]
        policy = config.policy.data
        return assign_splits(rows, config.select.seed, policy.overlap_ngram, policy.fail_overlap, seen.again)

    def disagreeing(self, chunks: Sequence[ChunkText]) -> set[frozenset[str]]:
        """Return every two chunks of two documents that are said to contradict each other."""
        found = document_contradictions(chunks)
        return {frozenset((finding.subject_id, str(finding.evidence.get("other", "")))) for finding in found}

    def holes(self, rows: Sequence[PairRow]) -> Seen:
        """Return what no pair asks about, with every passage of the material as the source."""
        return Seen(rows, list(find_coverage_holes(list(self.material.chunks.values()), rows)), ())

    def given_away(self, rows: Sequence[PairRow], items: Sequence[BenchmarkItem]) -> set[int]:
        """Return the numbers of the benchmark's items that ``rows`` give away."""
        import numpy as np

        texts = self._encode([f"{item.question}\n{item.answer}" for item in items])
        leaks = benchmark_leaks(rows, items, self.vectors(rows), np.stack(texts))
        return {leak.item.number for leak in leaks}

    def vectors(self, rows: Sequence[PairRow]) -> NDArray[np.float32]:
        """Return the unit vectors of question and answer, shape (len(rows), d)."""
        import numpy as np

        return np.stack(self._encode([f"{row.question}\n{row.answer}" for row in rows]))

    def _encode(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        if fresh:
            self._known.update(zip(fresh, self._embedder.encode(fresh), strict=True))
        return [self._known[text] for text in texts]
