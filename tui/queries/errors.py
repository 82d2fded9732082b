"""The wrong answers of an evaluation by group, as a list to choose from. Must not know widgets, nor what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from tuneproof.evaluate.errors import ErrorGroup, Judged

_TITLES: Mapping[str, str] = {
    "fault": "kind", "case_type": "type", "topic": "topic", "document": "document", "role": "role",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """A group of wrong answers of the tuned model: how it reads, and the items in it."""

    label: str
    wrong: int
    item_ids: tuple[str, ...]


def error_groups(con: duckdb.DuckDBPyConnection, run_id: str) -> tuple[list[Group], dict[str, str]]:
    """Return the groups that hold a wrong answer, the worst of each cut first, and each wrong item's fault in words."""
    from tuneproof.evaluate.errors import find_errors, judge_answers
    from tuneproof.evaluate.examined import read_examined
    from tuneproof.evaluate.faults import FAULTS

    examined = read_examined(con, run_id)
    wrong = [one for one in judge_answers(examined) if one.tuned is not None]
    found = []
    for group in find_errors(examined):
        inside = tuple(one.item.item_id for one in wrong if _holds(group, one))
        if inside:
            found.append(Group(f"{_TITLES[group.by]:<9} {group.title}{_figures(group)}", len(inside), inside))
    return found, {one.item.item_id: FAULTS[one.tuned] for one in wrong if one.tuned is not None}


def _figures(group: ErrorGroup) -> str:
    if group.interval is None or group.share is None or group.interval.low is None or group.interval.high is None:
        return ""
    span = f"{group.share:.0%} of {group.answered:,} wrong, {group.interval.low:.0%} to {group.interval.high:.0%}"
    few = ", too few to conclude" if group.small else ""
    return f" · {span}{few} · base {group.base_wrong:,}"


def _holds(group: ErrorGroup, one: Judged) -> bool:
    keys: Mapping[str, Callable[[Judged], str]] = {
        "fault": lambda one: one.tuned or "",
        "case_type": lambda one: one.item.case_type,
        "topic": lambda one: one.item.topic,
        "document": lambda one: one.item.document,
        "role": lambda one: one.item.role,
    }
    if group.by != "role" and one.item.role != "heldout":
        return False
    return keys[group.by](one) in (group.pooled or (group.name,))
