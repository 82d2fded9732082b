"""Scores of a base, kept beside the runs: a base is scored once, however many adapters are judged against it.

Knows what could change a score of the base, and keys by all of it. It must not know how a score is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from tuneproof.datasets.workspace.atomic import read_jsonl, write_jsonl_atomic
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.datasets.workspace.records import Item, Score
from tuneproof.train.base_facts import base_hashes

FOLDER = ".base-scores"
#: Packages whose next version may sum in another order.
_PACKAGES = ("torch", "transformers", "lm_eval", "tuneproof")


class BaseScores:
    """A folder of files, one a block of items, named by what its scores depend on.

    That is: every file of the base, the chat template, the number of threads and rows a pass, the versions of the
    packages that compute, and the items themselves, in order.
    """

    def __init__(self, folder: Path, base: Path, template: str, threads: int, rows: int) -> None:
        self._folder = folder
        versions = [version(name) for name in _PACKAGES]
        self._facts = canonical_json([base_hashes(base), template, threads, rows, versions])

    def read(self, items: Sequence[Item]) -> list[Score] | None:
        """Return the scores of exactly these items, or None where they are not kept."""
        path = self._path(items)
        return [Score(**row) for row in read_jsonl(path)] if path.is_file() else None

    def keep(self, items: Sequence[Item], scores: Sequence[Score]) -> None:
        """Keep the scores of these items for later runs."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_jsonl_atomic(self._path(items), [asdict(score) for score in scores])

    def _path(self, items: Sequence[Item]) -> Path:
        block = canonical_json([asdict(item) for item in items])
        return self._folder / f"{digest('base_scores', self._facts, block)}.jsonl"
