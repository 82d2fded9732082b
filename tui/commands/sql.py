"""``tuneproof sql``: ask the workspace's public views."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tuneproof.tui import console

CELL_WIDTH = 60


def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT over the views, e.g. 'SELECT * FROM pairs LIMIT 5'.")],
    json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """Run SQL over the public views, read-only."""
    import duckdb

    from tuneproof.datasets.workspace.errors import UsageError
    from tuneproof.datasets.workspace.workspace import Workspace

    with Workspace.find().read() as connection:
        try:
            cursor = connection.execute(statement)
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall()
        except duckdb.Error as error:
            raise UsageError(
                str(error).splitlines()[0],
                'See the views: tuneproof sql "SELECT view_name FROM duckdb_views() WHERE NOT internal"',
            ) from error
    if json:
        console.data_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    for line in _table(names, rows):
        console.data(line)


def _table(names: list[str], rows: list[tuple[Any, ...]]) -> list[str]:
    """Return lines of a plain table; long cells are cut and say so with an ellipsis."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[place]) for row in cells)]) for place, name in enumerate(names)]
    shown = [names, ["-" * width for width in widths], *cells]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable if len(printable) <= CELL_WIDTH else printable[: CELL_WIDTH - 1] + "…"
