"""The order of rows: shuffled anew each epoch, with rows of like length in one batch so that little is padding.

Knows lengths and a seed. The order of an epoch depends on nothing else, so that a resumed run sees the same one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

#: Batches whose rows are sorted among themselves: more saves padding, fewer keeps batches mixed.
BLOCK = 4


class LengthBlocks:
    """Indices of all rows, a new order each epoch: shuffle, sort each block of rows by length, shuffle the batches."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths = list(lengths)
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; the data loader calls this before each one."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(f"{self._seed}:{self._epoch}")
        order = list(range(len(self._lengths)))
        rng.shuffle(order)
        step = self._batch_size * BLOCK
        batches: list[list[int]] = []
        for start in range(0, len(order), step):
            block = sorted(order[start : start + step], key=lambda row: self._lengths[row])
            batches += [block[at : at + self._batch_size] for at in range(0, len(block), self._batch_size)]
        # An incomplete batch stays last: before others it would shift every later batch's rows.
        whole = [batch for batch in batches if len(batch) == self._batch_size]
        rest = [row for batch in batches if len(batch) < self._batch_size for row in batch]
        rng.shuffle(whole)
        return iter([row for batch in whole for row in batch] + rest)
