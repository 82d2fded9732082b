"""Flags on untouched pairs, for a person to say which are right.

Nothing was planted there, so no rule can tell a true flag from a false one. Knows the file that goes out and comes
back: JSON lines, each with ``verdict`` true, false or, not yet marked, null. It must not know any check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tuneproof.curate.calibration.counting import Share
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.records import Duplicate, Finding

FLAGS = 50
_CHARS = 1500


@dataclass(frozen=True, slots=True)
class Adjudged:
    """What a person said of the flags: ``share`` is of those marked, ``unmarked`` counts the rest."""

    share: Share
    unmarked: int
    by_check: Mapping[str, Share]

    def as_json(self) -> dict[str, object]:
        """Return the counts as plain values."""
        value = self.share.value
        return {
            "check": "adjudicated",
            "true_share": None if value is None else round(value, 4),
            "interval": self.share.interval,
            "true": self.share.hits,
            "n": self.share.n,
            "unmarked": self.unmarked,
            "checks": {check: [share.hits, share.n] for check, share in self.by_check.items()},
        }


def choose_flags(
    material: Material, findings: Iterable[Finding], duplicates: Iterable[Duplicate], seed: int, count: int = FLAGS
) -> list[dict[str, object]]:
    """Return up to ``count`` flags on single pairs and on twos of pairs, the checks taking turns."""
    rows = {row.pair_id: row for row in material.rows}
    by_check: dict[str, list[dict[str, object]]] = {}
    for finding in findings:
        if finding.subject == "pair" and finding.subject_id in rows:
            flag = _flag(material, rows[finding.subject_id], finding.check_name, finding.message)
            other = rows.get(str(finding.evidence.get("other", "")))
            by_check.setdefault(finding.check_name, []).append(
                flag if other is None else {**flag, "other": _pair(other)}
            )
    for link in duplicates:
        # Two pairs equal letter by letter need no judge, and a variant is no complaint.
        if link.state == "variant" or link.kind == "exact" or link.pair_id not in rows or link.kept_id not in rows:
            continue
        check = f"{link.kind} {link.state}"
        flag = _flag(material, rows[link.pair_id], check, link.reason)
        by_check.setdefault(check, []).append({**flag, "other": _pair(rows[link.kept_id])})
    rng = Random(seed)
    for flags in by_check.values():
        flags.sort(key=lambda flag: str(flag["pair_id"]))
        rng.shuffle(flags)
    chosen: list[dict[str, object]] = []
    while len(chosen) < count and any(by_check.values()):
        for check in sorted(by_check):
            if by_check[check] and len(chosen) < count:
                chosen.append(by_check[check].pop())
    return chosen


def write_flags(path: Path, flags: Sequence[Mapping[str, object]]) -> None:
    """Write ``flags`` as JSON lines.

    Raises:
        OSError: the file can't be written.
    """
    path.write_text("".join(json.dumps(flag, ensure_ascii=False) + "\n" for flag in flags), "utf-8")


def read_verdicts(path: Path) -> Adjudged:
    """Return what a person marked in ``path``.

    Raises:
        OSError: the file can't be read.
        DataError: it is no file of flags, or a verdict is neither true, false nor null.
    """
    marked: dict[str, list[bool]] = {}
    unmarked = 0
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        verdict, check = _verdict(path, number, line)
        if verdict is None:
            unmarked += 1
        else:
            marked.setdefault(check, []).append(verdict)
    by_check = {check: Share(sum(said), len(said)) for check, said in sorted(marked.items())}
    total = Share(sum(share.hits for share in by_check.values()), sum(share.n for share in by_check.values()))
    return Adjudged(total, unmarked, by_check)


def _verdict(path: Path, number: int, line: str) -> tuple[bool | None, str]:
    hint = "Mark each line's verdict as true or false, and leave the rest of it alone."
    try:
        flag = json.loads(line)
    except ValueError as error:
        raise DataError(f"{path}, line {number}, is no JSON: {error}.", hint) from error
    if not isinstance(flag, dict) or "check" not in flag or flag.get("verdict") not in (True, False, None):
        raise DataError(f"{path}, line {number}, holds no check with a verdict of true, false or null.", hint)
    return flag.get("verdict"), str(flag["check"])


def _flag(material: Material, row: PairRow, check: str, message: str) -> dict[str, object]:
    chunks = [material.chunks[key].text for key in row.chunk_ids if key in material.chunks]
    where = f"{row.source}/{row.path}" if row.path else None
    place = {"where": where, "chunk": "\n\n".join(chunks)[:_CHARS]}
    return {"verdict": None, "check": check, "message": message, **_pair(row), **place}


def _pair(row: PairRow) -> dict[str, object]:
    return {"pair_id": row.pair_id, "question": row.question, "answer": row.answer}
