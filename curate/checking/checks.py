"""Every check on pairs, in one fixed order.

Knows which checks there are, and which of them need no more than a row and its chunks. What each looks for is the
business of its own module. A finding says what is so; the gate says what may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tuneproof.curate.checking.code_blocks import find_unparsable_code
from tuneproof.curate.checking.credentials import find_secrets
from tuneproof.curate.checking.emptiness import find_echoes, find_empty, find_too_long
from tuneproof.curate.checking.fences import find_broken_fences
from tuneproof.curate.checking.grounding import find_ungrounded
from tuneproof.curate.checking.injections import find_prompt_injections
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.languages import find_wrong_language
from tuneproof.curate.checking.mojibake import find_mojibake
from tuneproof.curate.checking.personal_data import find_personal_data
from tuneproof.curate.checking.shared_answers import find_shared_answers
from tuneproof.curate.checking.standalone import find_needs_page, find_points_away
from tuneproof.curate.checking.style import find_style
from tuneproof.curate.checking.topics import find_off_topic
from tuneproof.curate.checking.truncation import find_truncated
from tuneproof.datasets.workspace.records import Finding

Check = Callable[[CheckInputs], Iterator[Finding]]

# By the name of what they find. It depends on a row and its chunks alone, so it can be found again on an edited row.
ROW_CHECKS: Mapping[str, Check] = {
    "empty": find_empty,
    "answer_repeats_question": find_echoes,
    "broken_fence": find_broken_fences,
    "needs_page": find_needs_page,
    "answer_points_away": find_points_away,
    "too_long": find_too_long,
    "ungrounded": find_ungrounded,
    "unparsable_code": find_unparsable_code,
    "truncated_answer": find_truncated,
    "mojibake": find_mojibake,
    "wrong_language": find_wrong_language,
    "secret": find_secrets,
    "personal_data": find_personal_data,
    "prompt_injection": find_prompt_injections,
}
# What they say of a row depends on the others.
SET_CHECKS: tuple[Check, ...] = (find_shared_answers, find_off_topic, find_style)


def run_checks(inputs: CheckInputs) -> list[Finding]:
    """Return what every check finds, sorted by subject and check."""
    return _run((*ROW_CHECKS.values(), *SET_CHECKS), inputs)


def run_row_checks(inputs: CheckInputs) -> list[Finding]:
    """Return what the checks find that need only a row and its chunks, sorted by subject and check."""
    return _run(tuple(ROW_CHECKS.values()), inputs)


def _run(checks: tuple[Check, ...], inputs: CheckInputs) -> list[Finding]:
    return in_order(finding for check in checks for finding in check(inputs))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return ``findings`` sorted by subject and check."""
    return sorted(findings, key=lambda one: (one.subject, one.subject_id, one.check_name, one.finding_id))
