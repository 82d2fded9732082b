"""D3: does the model still do what it could do before? Accuracy on general suites, base against tuned.

Knows the statistics of right and wrong answers. It must not know how scores were made.

Each suite is asked twice. FAIL: accuracy fell for certain and by no less than ``suite_fail``, or the average by no
less than ``macro_fail``; Holm's correction runs over these and every other harm that is looked for. PASS: the
one-sided bound excludes a loss of ``suite_margin``. Between the two a suite alone is often undecided at 400 items;
then the average over suites speaks: where its bound excludes twice ``macro_fail``, the undecided suite only WARNs.

Simulated with 20,000 draws, four suites of 400 items among ten harms, shares of items whose answer flips of 5, 12 and
20%: a harmless adapter FAILs 1.3, 2.4, 2.1% and passes 99, 98, 96%. A loss of 10 points in one suite FAILs 100, 97,
88%, of 5 points in one 75, 47, 31%, of 5 in all 100, 99, 94%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.datasets.verdict.intervals import (
    Estimate,
    average,
    cluster_mean,
    mcnemar_worse,
    paired_proportion,
)
from tuneproof.datasets.verdict.verdict import Check, Evidence, Interval, Status
from tuneproof.datasets.workspace.config import ModelPolicy
from tuneproof.evaluate import queries
from tuneproof.evaluate.family import Harm, p_words
from tuneproof.evaluate.paired import Paired, ScoreTable
from tuneproof.evaluate.sanity import dropped_suites

#: With fewer templates their spread can't be estimated; items are the units then, templates fixed.
MIN_TEMPLATES = 20
UNIT = "accuracy"
MACRO = "D3.macro"


@dataclass(frozen=True, slots=True)
class Skill:
    """One suite's change of accuracy and the p value of "it fell"."""

    suite: str
    change: Estimate
    p: float
    paired: Paired


def skill_checks(table: ScoreTable, policy: ModelPolicy, run_id: str) -> list[Check | Harm]:
    """Return one harm a usable suite and one for their average."""
    dropped = dropped_suites(table)
    skills = [_measure(name, table) for name in table.suites("general") if name not in dropped]
    if not skills:
        return [_nothing_measured(policy)]
    macro = average([skill.change for skill in skills])
    settled = macro.lower(1 - policy.alpha) > -2 * policy.macro_fail
    checks = [_suite_check(skill, settled, policy, run_id) for skill in skills]
    return [*checks, _macro_check(macro, settled, policy, skills)]


def _measure(name: str, table: ScoreTable) -> Skill:
    paired = table.paired("general", name, "correct")
    if paired.groups >= MIN_TEMPLATES:
        change = cluster_mean(paired.differences, paired.clusters)
        return Skill(name, change, change.p_below(), paired)
    gained = sum(d > 0 for d in paired.differences)
    lost = sum(d < 0 for d in paired.differences)
    change = paired_proportion(gained, lost, len(paired.ids))
    return Skill(name, change, mcnemar_worse(gained, lost), paired)


def _suite_check(skill: Skill, settled: bool, policy: ModelPolicy, run_id: str) -> Harm:
    level = 1 - policy.alpha
    low, high = skill.change.lower(level), skill.change.upper(level)
    kept: Status = "pass" if low > -policy.suite_margin else "warn" if settled else "inconclusive"
    before, after = _mean(skill.paired.base), _mean(skill.paired.tuned)

    def check(status: Status) -> Check:
        message = f"{before:.1%} before, {after:.1%} after ({skill.change.mean * 100:+.1f} points, {p_words(skill.p)})."
        if status in ("warn", "inconclusive"):
            margin = f"{policy.suite_margin * 100:.0f} points"
            message += f" A loss of {margin} can't be excluded from {len(skill.paired.ids)} items."
        return Check(
            id=f"D3.{skill.suite}",
            title=f"Skill kept: {skill.suite}",
            status=status,
            severity="block",
            value=skill.change.mean,
            unit=UNIT,
            op=">=",
            limit=-policy.suite_fail,
            message=message,
            interval=Interval(low, high),
            level=level,
            n=skill.change.n,
            clusters=skill.paired.groups,
            evidence=Evidence(
                queries.comparison(run_id, "general", skill.suite, "correct"),
                skill.paired.worst(10, -1),
            ),
            remedy=_remedy(status),
        )

    return Harm(skill.p, check("fail") if skill.change.mean <= -policy.suite_fail else None, check(kept))


def _macro_check(macro: Estimate, settled: bool, policy: ModelPolicy, skills: Sequence[Skill]) -> Harm:
    level, p = 1 - policy.alpha, macro.p_below()
    before = _mean([_mean(skill.paired.base) for skill in skills])
    after = _mean([_mean(skill.paired.tuned) for skill in skills])

    def check(status: Status) -> Check:
        return Check(
            id=MACRO,
            title="Skills kept on average",
            status=status,
            severity="block",
            value=macro.mean,
            unit=UNIT,
            op=">=",
            limit=-policy.macro_fail,
            message=f"Over {len(skills)} suites {before:.1%} before, {after:.1%} after ({p_words(p)}).",
            interval=Interval(macro.lower(level), macro.upper(level)),
            level=level,
            n=macro.n,
            clusters=len(skills),
            remedy=_remedy(status),
        )

    found = check("fail") if macro.mean <= -policy.macro_fail else None
    return Harm(p, found, check("pass" if settled else "inconclusive"))


def _nothing_measured(policy: ModelPolicy) -> Check:
    return Check(
        id=MACRO,
        title="Skills kept on average",
        status="inconclusive",
        severity="block",
        value=None,
        unit=UNIT,
        op=">=",
        limit=-policy.macro_fail,
        message="The base only guesses on every suite, so forgetting of skills can't be seen.",
        remedy="Name suites that the base can do in [general] suites, or use a stronger base.",
    )


def _remedy(status: Status) -> str:
    if status == "fail":
        return "Raise [train] replay, or lower learning_rate or epochs."
    return "" if status == "pass" else "Raise [general] per_suite to settle it."


def _mean(values: tuple[float, ...] | list[float]) -> float:
    return sum(values) / len(values)
