"""A million ids in eight megabytes: an id is sixteen hex digits, so a queue is an array of numbers.

Knows how ids are written. It must not know what they name. Ids of another form are kept as they are, in a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from tuneproof.datasets.workspace.identity import ID_LENGTH

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

NUMBER = f"CASE WHEN length(p.pair_id) = {ID_LENGTH} THEN TRY_CAST('0x' || p.pair_id AS UBIGINT) END AS number"
TEXT = "p.pair_id AS number"


class Ids(Sequence[str]):
    """A sequence of ids over ``numbers`` of shape (n,); an id becomes a text when it is asked for."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: NDArray[np.uint64]) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[str]:
        return (_text(number) for number in self.numbers.tolist())

    def __contains__(self, name: object) -> bool:
        number = _number(name)
        return number is not None and bool((self.numbers == number).any())

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [_text(number) for number in self.numbers[at].tolist()]
        return _text(int(self.numbers[at]))

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        """Return the first place of an id.

        Raises:
            ValueError: it is not there.
        """
        number = _number(value)
        found = [] if number is None else (self.numbers[start:stop] == number).nonzero()[0][:1].tolist()
        if not found:
            raise ValueError(f"{value!r} is not in the queue")
        return int(found[0]) + start


def read_ids(con: duckdb.DuckDBPyConnection, numbers: str, texts: str, values: Mapping[str, Any]) -> Sequence[str]:
    """Return the ids that a statement gives as ``NUMBER``, or, where one has another form, as ``TEXT``."""
    import numpy as np

    found = con.execute(numbers, dict(values)).fetchnumpy()["number"]
    if not np.ma.is_masked(found):
        return Ids(np.ma.getdata(found).astype(np.uint64, copy=False))
    return list(con.execute(texts, dict(values)).fetchnumpy()["number"])


def places(ids: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where in ``ids`` those of ``wanted`` stand, in order; neither holds an id twice."""
    if isinstance(ids, Ids) and isinstance(wanted, Ids):
        import numpy as np

        return np.flatnonzero(np.isin(ids.numbers, wanted.numbers, assume_unique=True)).tolist()
    names = set(wanted)
    return [place for place, name in enumerate(ids) if name in names]


def _text(number: int) -> str:
    return f"{number:0{ID_LENGTH}x}"


def _number(name: object) -> int | None:
    """Return the number that is written as ``name``, None where no number is."""
    if not isinstance(name, str) or len(name) != ID_LENGTH:
        return None
    try:
        number = int(name, 16)
    except ValueError:
        return None
    return number if _text(number) == name else None
