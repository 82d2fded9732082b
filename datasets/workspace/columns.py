"""Many rows in one statement: DuckDB takes columns a hundred times faster than rows one by one.

Knows how rows become column parameters. It must not know any table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def insert_rows(
    connection: duckdb.DuckDBPyConnection, into: str, types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Run ``into`` (``INSERT INTO table`` or ``INSERT OR REPLACE INTO table``) for all rows; return how many.

    ``types`` are the DuckDB types of the columns in order, as ``VARCHAR`` or ``VARCHAR[]``. On a machine of two
    cores 5,000 rows of four columns took 8.5 s by ``executemany`` and 0.06 s this way.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    if not columns:
        return 0
    selected = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    connection.execute(f"{into} SELECT {selected}", columns)
    return len(columns[0])
