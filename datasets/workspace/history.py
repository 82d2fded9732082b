"""Every run of a workspace with what it was set to and what became of it; and which run a few letters mean.

Knows the view of runs, their verdicts and when each was asked for. It must not know how a run is made or judged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.verdicts import of_subject

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.verdict.verdict import Verdict

_RUNS = "SELECT run_id, snapshot_id, base, method, status, manifest FROM runs ORDER BY run_id"
_IDS = "SELECT run_id FROM runs WHERE starts_with(run_id, ?) ORDER BY run_id"


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run: what was set, and its verdict if it was judged. ``gain`` and ``prose`` are in nats a token.

    ``gain`` is what held-out answers gained, ``prose`` by how much the loss of everyday prose rose.
    """

    run_id: str
    created_at: str
    snapshot_id: str
    base: str
    method: str
    status: str
    pairs: int | None
    epochs: float | None
    learning_rate: float | None
    verdict: str | None
    cause: tuple[str, ...]
    gain: float | None
    prose: float | None
    override: str | None


def history(connection: duckdb.DuckDBPyConnection, runs_dir: Path) -> list[PastRun]:
    """Return every run that the workspace knows, in the order in which they were asked for."""
    found = [_past(connection, runs_dir, row) for row in connection.execute(_RUNS).fetchall()]
    return sorted(found, key=lambda one: (one.created_at, one.run_id))


def run_of(connection: duckdb.DuckDBPyConnection, beginning: str) -> str:
    """Return the id of the one run that begins so.

    Raises:
        DataError: no run does, or several do.
    """
    found = [row[0] for row in connection.execute(_IDS, [beginning]).fetchall()]
    if beginning in found or len(found) == 1:
        return beginning if beginning in found else str(found[0])
    if not found:
        raise DataError(f"There is no run {beginning}.", "See which there are: tuneproof runs")
    raise DataError(f"{beginning} begins {len(found)} runs: {', '.join(found[:4])}.", "Give more of the id.")


def _past(connection: duckdb.DuckDBPyConnection, runs_dir: Path, row: tuple[Any, ...]) -> PastRun:
    run_id, snapshot_id, base, method, status, manifest = row
    made = json.loads(manifest) if manifest else {}
    settings, rows = made.get("settings") or {}, made.get("rows") or {}
    request = runs_dir / run_id / "request.json"
    created = str(read_json(request).get("created_at") or "") if request.is_file() else ""
    verdict = of_subject(connection, "model", run_id)
    return PastRun(
        run_id=run_id,
        created_at=created,
        snapshot_id=snapshot_id,
        base=base,
        method=method,
        status=status,
        pairs=rows.get("trained_pairs", rows.get("pairs")),
        epochs=settings.get("epochs"),
        learning_rate=settings.get("learning_rate"),
        verdict=verdict.verdict if verdict else None,
        cause=verdict.cause if verdict else (),
        gain=_value(verdict, "D1.gain"),
        prose=_value(verdict, "D2.prose"),
        override=made.get("override"),
    )


def _value(verdict: Verdict | None, name: str) -> float | None:
    check = verdict.check(name) if verdict else None
    return check.value if check else None
