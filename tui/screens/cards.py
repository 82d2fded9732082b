"""Cards that were read, and those that will be looked at next: read ahead while nobody presses a key.

Knows ids, cards and which way the cursor goes. It must not know how a card is read or drawn.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from tuneproof.tui.queries.pairs import PairCard

KEPT = 64
AHEAD = 8
# A step further than this is a page or a jump, of which two are read ahead.
STRIDE = 4


class Cards:
    """The cards held in memory, at most ``KEPT``. ``version`` grows whenever what was read may be out of date."""

    def __init__(self) -> None:
        self.version = 0
        self._held: OrderedDict[str, PairCard] = OrderedDict()
        self._last = 0
        self._step = 1

    def get(self, name: str | None) -> PairCard | None:
        """Return a card that is held."""
        if name is None or name not in self._held:
            return None
        self._held.move_to_end(name)
        return self._held[name]

    def keep(self, read: Mapping[str, PairCard], version: int) -> None:
        """Hold cards that were asked for when the version was ``version``; late ones are dropped."""
        if version != self.version:
            return
        self._held.update(read)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)

    def forget(self, names: Iterable[str] | None = None) -> None:
        """Drop the cards of some pairs, or all."""
        self.version += 1
        if names is None:
            self._held.clear()
        for name in names or ():
            self._held.pop(name, None)

    def moved(self, cursor: int) -> None:
        """Note where the cursor went, so that ``ahead`` knows which way."""
        if cursor != self._last:
            self._step, self._last = cursor - self._last, cursor

    def ahead(self, ids: Sequence[str], cursor: int) -> list[str]:
        """Return what to read while there is time; nothing as long as the next card is there."""
        near = abs(self._step) <= STRIDE
        step = (1 if self._step > 0 else -1) if near else self._step
        coming = self._at(ids, cursor + step) or self._at(ids, cursor + 1)
        if coming is None or coming in self._held:
            return []
        wanted = [cursor + step * number for number in range(1, (AHEAD if near else 2) + 1)]
        names = (self._at(ids, place) for place in [*wanted, cursor + 1, cursor - 1])
        return list(dict.fromkeys(name for name in names if name is not None and name not in self._held))

    @staticmethod
    def _at(ids: Sequence[str], place: int) -> str | None:
        return ids[place] if 0 <= place < len(ids) else None
