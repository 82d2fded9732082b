"""The model verdict: items, scores and what training recorded go in, PASS, FAIL or INCONCLUSIVE comes out.

Knows which checks there are and what each failure is called. It must not read files or models: the same scores
give the same verdict, today and in a self-test that swaps labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.datasets.verdict.verdict import Check, Verdict, outcome
from tuneproof.datasets.verdict.waivers import apply_waivers
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.records import Item, Score
from tuneproof.evaluate.endpoints import divergence, domain_gain, overfitting, selection_curve, text_forgetting
from tuneproof.evaluate.family import settle
from tuneproof.evaluate.paired import ScoreTable
from tuneproof.evaluate.sanity import Templates, sanity_checks
from tuneproof.evaluate.skills import skill_checks

#: What a failing check is called, likeliest first: a broken comparison explains everything after it, a run that
#: blew up explains forgetting, and so does one that learnt its rows by heart.
CAUSES = (
    ("D0.scores", "broken_scores"),
    ("D0.template", "wrong_template"),
    ("D0.effect", "no_effect"),
    ("D0.leakage", "leakage"),
    ("D1.trained", "divergence"),
    ("D4.", "overfitting"),
    ("D2.", "forgetting"),
    ("D3.", "forgetting"),
    ("D1.gain", "no_gain"),
)
OVERFIT = "D4.overfitting"


@dataclass(frozen=True, slots=True)
class Run:
    """What training left that bears on the verdict: template hashes, selection loss by step, leaked held-out ids."""

    run_id: str
    templates: Templates
    selection_loss: tuple[tuple[int, float], ...] = ()
    override: str | None = None
    leaked: tuple[str, ...] = ()


def judge_model(
    items: Sequence[Item], scores: Sequence[Score], config: Config, run: Run, look: int, as_of: str
) -> Verdict:
    """Return the verdict on a run.

    ``look`` counts evaluations of runs on the same held-out items, this one included, from 1. ``as_of`` is an ISO
    time; waivers that expired before its day do not count.
    """
    table, policy = ScoreTable(items, scores), config.policy.model
    checks = [
        *sanity_checks(table, run.templates, run.leaked, run.run_id),
        domain_gain(table, policy, look, run.run_id),
        divergence(table, policy, run.run_id),
        *(text_forgetting(table, policy, name, run.run_id) for name in table.suites("text")),
        *skill_checks(table, policy, run.run_id),
        overfitting(table, policy, run.run_id),
        selection_curve(run.selection_loss, run.run_id),
    ]
    judged = apply_waivers(settle(checks, policy.alpha), config.waivers, as_of)
    return Verdict(
        kind="model",
        subject_id=run.run_id,
        verdict=outcome(judged),
        cause=causes(judged),
        as_of=as_of,
        policy_sha256=config.policy_sha256(),
        checks=judged,
        roles=tuple(dict.fromkeys(item.role for item in items)),
        looks=look,
        override=run.override,
    )


def causes(checks: Sequence[Check]) -> tuple[str, ...]:
    """Return the causes of the failing checks, likeliest first.

    Where something else failed, a share of the gain under its limit names overfitting even if too few groups are
    held out to prove that share alone: it explains what was proved.
    """
    failing = [check.id for check in checks if check.status == "fail"]
    failing += [check.id for check in checks if failing and check.id == OVERFIT and _under(check)]
    named = [cause for prefix, cause in CAUSES if any(check_id.startswith(prefix) for check_id in failing)]
    return tuple(dict.fromkeys(named))


def _under(check: Check) -> bool:
    measured = check.status in ("warn", "fail") and check.value is not None and check.limit is not None
    return measured and check.value < check.limit  # type: ignore[operator]
