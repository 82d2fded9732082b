"""The checks on pairs, where most pairs are as they were: a row is looked at again only if something of it changed.

Knows what a check on a row depends on. What `run_checks` would find is found, to the letter; it must not know what any
check looks for.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields, replace
from itertools import groupby
from operator import attrgetter

from tuneproof.curate.checking.checks import ROW_CHECKS, SET_CHECKS, in_order
from tuneproof.curate.checking.grounding import find_ungrounded
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.truncation import find_truncated
from tuneproof.curate.remembered import code_hash, remembered
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.datasets.workspace.records import Finding
from tuneproof.datasets.workspace.workspace import Workspace

# Looks at the set's other texts in every way: how they end, which words they have.
_WIDE = "truncated_answer"
# Looks at the set's other chunks too, but only to find less: a row that it passes alone it passes among others.
_EXCUSED = "ungrounded"
_OWN = tuple(check for name, check in ROW_CHECKS.items() if name not in (_WIDE, _EXCUSED))
_PLACED = ("split", "cluster", "group")  # decided later than the text, and hidden from the checks on a row
_FIELDS = attrgetter(*(one.name for one in fields(PairRow) if one.name not in _PLACED))


def recheck(workspace: Workspace, inputs: CheckInputs) -> list[Finding]:
    """Return what `run_checks` finds in ``inputs``; findings on rows that the workspace has seen are read back."""
    rows = [replace(row, split=None, cluster=None, group="") for row in inputs.rows]

    def look(places: Sequence[int]) -> list[list[tuple[object, ...]]]:
        found = _alone([rows[at] for at in places], inputs)
        by_row: dict[str, list[tuple[object, ...]]] = {rows[at].pair_id: [] for at in places}
        for one in found:
            by_row[one.subject_id].append(astuple(one))
        return list(by_row.values())

    own = [Finding(*values) for row in remembered(workspace, "row checks", _keys(rows, inputs), look) for values in row]
    doubted = {one.subject_id for one in own if one.check_name == _EXCUSED}
    among = replace(inputs, rows=[row for row in inputs.rows if row.pair_id in doubted])
    return in_order(
        (
            *(one for one in own if one.check_name != _EXCUSED),
            *find_ungrounded(among),
            *find_truncated(inputs),
            *(one for check in SET_CHECKS for one in check(inputs)),
        )
    )


def _alone(rows: Sequence[PairRow], inputs: CheckInputs) -> Iterator[Finding]:
    """Yield what is found on ``rows`` where nothing but each row and its chunks is known."""
    for check in _OWN:
        yield from check(replace(inputs, rows=rows, vectors=None))
    for chunk_ids, group in groupby(sorted(rows, key=attrgetter("chunk_ids")), key=attrgetter("chunk_ids")):
        chunks = {key: inputs.chunks[key] for key in chunk_ids if key in inputs.chunks}
        yield from find_ungrounded(replace(inputs, rows=list(group), chunks=chunks, vectors=None))


def _keys(rows: Sequence[PairRow], inputs: CheckInputs) -> list[str]:
    """Return the hash of all that a check on each row can see: the code, the settings, the row, its chunks.

    Which Python and which bash are there counts as well: they say what code can be parsed.
    """
    parsers = [sys.version, shutil.which("bash")]
    ground = sha256(canonical_json([code_hash(), parsers, inputs.config.model_dump(mode="json")]))
    chunks = {key: sha256(canonical_json(astuple(chunk))) for key, chunk in inputs.chunks.items()}
    return [sha256(canonical_json([ground, _FIELDS(row), [chunks.get(key) for key in row.chunk_ids]])) for row in rows]
