"""The data gate: from checks to a verdict, with waivers and causes.

Knows how failing checks are waived and what a failure is called. It must not know how a figure is measured
(`measures` does), where the set is stored, nor what day it is: the date comes in.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuneproof.curate.judging import breadth, defects
from tuneproof.curate.judging.gate_inputs import GateInputs
from tuneproof.curate.judging.measures import measure
from tuneproof.datasets.verdict.verdict import Verdict, outcome
from tuneproof.datasets.verdict.waivers import apply_waivers
from tuneproof.datasets.workspace.config import Config

# Likeliest to spoil a fine-tune first; a verdict names them in this order.
CAUSES: Mapping[str, str] = {
    "pairs_train": "too_few_pairs",
    "overlap_ngram": "leakage",
    "overlap_questions": "leakage",
    "overlap_meaning": "leakage",
    "benchmark_overlap": "leakage",
    "near_duplicates": "duplicates",
    "opener_share": "template_monotony",
    "template_share": "template_monotony",
    **defects.CAUSES,
    "truncated": "truncation",
    "empty": "empty_pairs",
    "blocking_findings": "blocking_findings",
    "reviewed": "not_reviewed",
    **breadth.CAUSES,
}


def judge_data(inputs: GateInputs, config: Config, as_of: str) -> Verdict:
    """Return the verdict on a data set as of an ISO date or timestamp.

    FAIL if a blocking check fails and no waiver in force covers it, INCONCLUSIVE if one could not be settled,
    else PASS. ``cause`` names what failed, or what could not be settled, likeliest to do harm first.

    Raises:
        ValueError: ``as_of`` does not begin with an ISO date.
    """
    checks = apply_waivers(measure(inputs, config), config.waivers, as_of)
    verdict = outcome(checks)
    wanted = {"FAIL": "fail", "INCONCLUSIVE": "inconclusive"}.get(verdict)
    guilty = {check.id for check in checks if check.severity == "block" and check.status == wanted}
    return Verdict(
        kind="data",
        subject_id=inputs.subject_id,
        verdict=verdict,
        cause=tuple(dict.fromkeys(cause for check_id, cause in CAUSES.items() if check_id in guilty)),
        as_of=as_of,
        policy_sha256=config.policy_sha256(),
        checks=checks,
    )
