"""The calibration table as a Markdown page: what was run, with which versions, and every figure with its interval.

Knows the plain values of the table's rows. It must not know how they were counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RowValues = Mapping[str, object]

_INTRODUCTION = """\
# How often the data checks are right

Faults are planted at known rates into real pairs, and beside each a benign edit of the same kind that keeps the
meaning. The checks then run as `tuneproof build` runs them. **Recall** is the share of planted faults that the check
named in the row told. **Precision** is against the benign edits, of which there are as many: of all that was told, the
share that was a fault. Both stand with their exact 95% interval. A pair that a check flags untouched is no site for
that check, so a flag answers for the edit alone; how often it flags **untouched** pairs stands apart, and in
documentation many of those flags are right.

The first plants were written before the checks and without them. Checks were then mended by people who had read those
plants, so the wording was written anew by somebody who had seen the old plants but not the checks, for
`prompt_injection`, `answer_points_away`, `needs_page`, `empty`, `answer_repeats_question`, `off_topic`,
`truncated_answer`, `mojibake`, `contradiction`, `contradiction_documents`, `duplicate_near`, `duplicate_paraphrase`,
`variant`, the voices of `style_outlier` and `style_split`, and what `leaked` and `leaked_benchmark` plant in other
words. The kinds of faults stayed, and so did many of the rules by which a real pair is cut or its values swapped.
The plants of `ungrounded`, `secret`, `personal_data`, `broken_fence`, `unparsable_code`, `wrong_language`, `too_long`
and `duplicate_exact` are the first ones: where such a check was mended since, its figures may flatter, as they do for
two national numbers of `personal_data`.
"""
_REPEATS = """\
A duplicate counts as told where the two pairs are linked as merged or suggested, an exact one only where they are
merged. `variant` turns it round: two pairs that differ in a number, unit, version, name, flag, negation, opposite or
direction, and it counts as told where they are kept apart. *merged* says how many of the planted variants and
contradictions were merged without asking; it has to be 0.
"""
_FOOT = "n is faults plus benign edits. A check without a figure told nothing at all.\n"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the figures come from: the command, the material, the versions and the day (ISO)."""

    command: str
    material: str
    pairs: int
    documents: int
    versions: Mapping[str, str]
    date: str


def render_calibration(table: Sequence[RowValues], provenance: Provenance) -> str:
    """Return the page; the same table and provenance give the same page."""
    single = [row for row in table if "recall" in row and "labelled" not in row]
    trials = [row for row in table if "detected" in row]
    labelled = [row for row in table if "labelled" in row]
    judged = [row for row in table if row["check"] == "adjudicated"]
    parts = [_INTRODUCTION, _source(provenance), "## Checks on pairs\n\n" + _single(single), _FOOT, _REPEATS]
    parts.append("## Kinds of faults\n\nTold of planted, by kind of edit; then benign edits that were flagged.\n")
    parts.append(_kinds([*single, *trials]))
    if trials:
        parts.append("## Checks on the whole set\n\nOne trial is one set with the fault in it.\n\n" + _trials(trials))
    if labelled:
        parts.append("## Labelled files of others\n\n" + _labelled(labelled))
    parts += [_adjudicated(row) for row in judged]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def shown(value: object, interval: object = None) -> str:
    """Return a share with its interval: ``0.97 [0.91, 0.99]``, or a dash where there is none."""
    if not isinstance(value, float | int):
        return "–"
    if not isinstance(interval, list):
        return f"{value:.2f}"
    return f"{value:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"


def _percent(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, float | int) else "–"


def _source(provenance: Provenance) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    return (
        f"Made by `{provenance.command}` on {provenance.date}, over {provenance.pairs:,} pairs of "
        f"{provenance.documents:,} documents ({provenance.material}); {versions}.\n"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    align = ["---", *(["---:"] * (len(head) - 1))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, align, *rows)) + "\n"


def _single(rows: Sequence[RowValues]) -> str:
    head = ("check", "recall", "precision", "n", "untouched", "merged")
    return _table(
        head,
        [
            (
                f"`{row['check']}`",
                shown(row["recall"], row["recall_interval"]),
                shown(row["precision"], row["precision_interval"]),
                str(row["n"]),
                _percent(row["flag_rate_untouched"]),
                str(row["merged"]) if row["check"] in ("variant", "contradiction") else "",
            )
            for row in rows
        ],
    )


def _kinds(rows: Sequence[RowValues]) -> str:
    lines = []
    for row in rows:
        faults, controls = _counts(row.get("kinds")), _counts(row.get("control_kinds"))
        told = "; ".join(f"{kind} {hits}/{n}" for kind, (hits, n) in faults)
        flagged = "; ".join(f"{kind} {hits}/{n}" for kind, (hits, n) in controls if hits)
        lines.append(f"- `{row['check']}`: {told}." + (f" Flagged though benign: {flagged}." if flagged else ""))
    return "\n".join(lines) + "\n"


def _counts(kinds: object) -> list[tuple[str, tuple[int, int]]]:
    if not isinstance(kinds, Mapping):
        return []
    return [(str(kind), (int(counts[0]), int(counts[1]))) for kind, counts in kinds.items()]


def _trials(rows: Sequence[RowValues]) -> str:
    head = ("check", "detected", "of", "interval", "false alarms", "of")
    return _table(
        head,
        [
            (
                f"`{row['check']}`",
                str(row["detected"]),
                str(row["n"]),
                _interval(row["detected_interval"]),
                str(row["false_alarms"]),
                str(row["control_sets"]),
            )
            for row in rows
        ],
    )


def _interval(value: object) -> str:
    return f"[{value[0]:.2f}, {value[1]:.2f}]" if isinstance(value, list) else "–"


def _labelled(rows: Sequence[RowValues]) -> str:
    head = ("check", "file", "recall", "precision", "n")
    return _table(
        head,
        [
            (
                f"`{row['check']}`",
                f"`{row['labelled']}`",
                shown(row["recall"], row["recall_interval"]),
                shown(row["precision"], row["precision_interval"]),
                str(row["n"]),
            )
            for row in rows
        ],
    )


def _adjudicated(row: RowValues) -> str:
    checks = "; ".join(f"`{check}` {hits}/{n}" for check, (hits, n) in _counts(row.get("checks")))
    return (
        "## Flags on untouched pairs\n\n"
        f"One reader looked at {row['n']} flags on pairs in which nothing was planted and found {row['true']} of them "
        f"right: {shown(row['true_share'], row['interval'])}. Equal pairs need no judge and are left out. By check: "
        f"{checks}.\n"
    )
