"""The DuckDB file written anew, so that its free blocks hold nothing of what was deleted.

Knows that a row that is deleted stays readable in the file until its block is used again. It must not know the rows.
"""

from __future__ import annotations

from tuneproof.datasets.workspace.errors import WorkspaceError
from tuneproof.datasets.workspace.workspace import Workspace


def rewrite(workspace: Workspace) -> None:
    """Copy what the file holds into a new one that takes its place; the old one is held until then.

    Raises:
        WorkspaceError: there is no room for the copy; the old file stands.
        WorkspaceLocked: another process holds the file.
    """
    import duckdb

    draft = workspace.database.with_name(f".{workspace.database.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        with workspace.write() as connection:
            connection.execute("CHECKPOINT")
            name = connection.execute("SELECT current_database()").fetchone()
            connection.execute(f"ATTACH '{str(draft).replace(chr(39), chr(39) * 2)}' AS fresh")
            connection.execute(f'COPY FROM DATABASE "{name[0] if name else ""}" TO fresh')
            connection.execute("DETACH fresh")
            draft.replace(workspace.database)
    except (duckdb.Error, OSError) as error:
        raise WorkspaceError(
            f"{workspace.database} can't be written anew: {str(error).splitlines()[0]}",
            "Free as much space as the file takes, then run the command again.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
