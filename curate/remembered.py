"""What was once made of a content, read back instead of made again: by kind of work and hash of all it depends on.

Knows a table of values by hash. It must not know what a value means. Whoever asks answers for its keys: equal ones must
mean equal values, so a key holds the code that makes them (`code_hash`) beside what they are made of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.workspace import Workspace

_FOUND = "SELECT key, value FROM store.remembered WHERE kind = ? AND key IN (SELECT unnest(?::VARCHAR[]))"
_FORGET = "DELETE FROM store.remembered WHERE kind = ? AND key NOT IN (SELECT unnest(?::VARCHAR[]))"
_KEEP = "INSERT INTO store.remembered"
_TYPES = ("VARCHAR", "VARCHAR", "JSON")


def remembered(
    workspace: Workspace, kind: str, keys: Sequence[str], make: Callable[[Sequence[int]], Iterable[Any]]
) -> list[Any]:
    """Return a value for each of ``keys``, in their order; what the store lacks is made, and what nobody asks for goes.

    ``make`` is told the places of the missing keys in ``keys``, each key once, and returns their values in that order:
    plain JSON, which is what comes back later.
    """
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    with workspace.read() as connection:
        rows = connection.execute(_FOUND, [kind, list(first)]).fetchall()
    found = {key: json.loads(value) for key, value in rows}
    missing = sorted((key for key in first if key not in found), key=first.__getitem__)
    if missing:
        made = [json.dumps(value, ensure_ascii=False) for value in make([first[key] for key in missing])]
        with workspace.write() as connection:
            connection.execute("BEGIN TRANSACTION")
            connection.execute(_FORGET, [kind, list(first)])
            insert_rows(connection, _KEEP, _TYPES, zip([kind] * len(missing), missing, made, strict=True))
            connection.execute("COMMIT")
        found.update((key, json.loads(value)) for key, value in zip(missing, made, strict=True))
    return [found[key] for key in keys]


@cache
def code_hash() -> str:
    """Return a hash of all the code that curates: another release or a changed line makes everything anew."""
    root = Path(__file__).parent
    return digest(*(path.read_bytes() for path in sorted(root.rglob("*.py"))))
