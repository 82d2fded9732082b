"""Answers that many questions share.

Knows the whole set. It must not know likeness beyond the normal form: nearly equal answers are duplicates' business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tuneproof.curate.checking.emptiness import is_empty
from tuneproof.curate.checking.findings import on_set, shortened
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import normal_form
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Finding

SHARED_ANSWER = 5  # questions with one and the same answer, from which on it is worth a look


def find_shared_answers(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``shared_answer`` for each answer that five or more different questions have; the score counts them."""
    groups: dict[str, list[PairRow]] = defaultdict(list)
    for row in inputs.rows:
        if not is_empty(row.answer):
            groups[normal_form(row.answer)].append(row)
    for form, group in groups.items():
        questions = {normal_form(row.question) for row in group}
        if len(questions) < SHARED_ANSWER:
            continue
        ids = sorted(row.pair_id for row in group)
        message = f"{len(questions)} questions have one and the same answer: {shortened(group[0].answer)}"
        evidence = {"pairs": len(ids), "pair_ids": ids[:50]}
        yield on_set(digest("answer", form), "shared_answer", "info", message, evidence, float(len(questions)))
