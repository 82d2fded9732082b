"""Checks of the data gate on sameness: leaks between train and test, repeats inside train, monotony of form.

Knows rows, duplicates and limits. It must not know waivers nor how checks add up to a verdict. Shares are counted
over the whole set, so they carry no interval.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tuneproof.curate.judging.gate_inputs import IN_SET, GateInputs, first_ids, graded, groups_in, share_of
from tuneproof.curate.likeness.leakage import Leak, known_answers, repeated_pairs
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import normal_form
from tuneproof.datasets.verdict.verdict import Check, Evidence
from tuneproof.datasets.workspace.config import Config, DataPolicy

BLANK = r"`[^`]+`|\S*\w(?:[._]\w|\()\S*"  # code, dotted and snake_case names, calls
BLANKED = re.compile(BLANK)
WORDS = re.compile(r"[\w'’-]+")
OPENERS = f"""
SELECT array_to_string(regexp_extract_all(lower(regexp_replace(question, '{BLANK}', ' _ ', 'g')), '[\\w-]+')[1:3], ' ')
    AS opener, count(*) AS pairs
FROM pairs WHERE {IN_SET} AND split = 'train' GROUP BY opener ORDER BY pairs DESC, opener
"""
TEMPLATES = f"""
SELECT generator, count(*) AS pairs FROM pairs
WHERE {IN_SET} AND split = 'train' AND origin = 'template' GROUP BY generator ORDER BY pairs DESC, generator
"""


def overlap(inputs: GateInputs, config: Config) -> list[Check]:
    """Check that no test pair is answered by train: by runs of words, and by question and answer together."""
    policy = config.policy.data
    known = known_answers(inputs.train, inputs.test, policy.overlap_ngram, policy.fail_overlap)
    repeated = repeated_pairs(inputs.train, inputs.test)
    runs = f"runs of {policy.overlap_ngram} words"
    again = _said_again(inputs)
    return [
        _leak_check(
            "overlap_meaning", "No test pair is said again in train", again, inputs,
            "are said in train in other words",
        ),
        *_benchmark_checks(inputs, policy),
        _leak_check(
            "overlap_ngram", "No test answer stands in train", known, inputs,
            f"have {policy.fail_overlap:.0%} or more of their answer's {runs} in train",
        ),
        _leak_check(
            "overlap_questions", "No test pair is repeated in train", repeated, inputs,
            "have their question and answer, or nearly so, in train",
        ),
    ]  # fmt: skip


def _said_again(inputs: GateInputs) -> dict[str, Leak]:
    """Return the test pairs that a pair in train repeats by meaning and that no guard and no person told apart."""
    train, test = {row.pair_id for row in inputs.train}, {row.pair_id for row in inputs.test}
    found = {}
    for one in inputs.duplicates:
        if one.kind != "semantic" or one.state not in ("merged", "suggested"):
            continue
        for mine, other in ((one.pair_id, one.kept_id), (one.kept_id, one.pair_id)):
            if mine in test and other in train:
                found[mine] = Leak(mine, other, one.score, one.reason)
    return found


def _benchmark_checks(inputs: GateInputs, policy: DataPolicy) -> list[Check]:
    """Check that train gives away no item of the user's own benchmarks; no check where none is named."""
    train = {row.pair_id for row in inputs.train}
    figures = [one for one in inputs.findings if one.check_name == "leaked" and one.subject == "set"]
    leaks = [one for one in inputs.findings if one.check_name == "leaked" and one.subject_id in train]
    if not figures:
        return []
    said, shares, count = [], [0.0], 0
    for figure in figures:
        mine = [one for one in leaks if one.evidence.get("benchmark") == figure.subject_id]
        measures = Counter(str(one.evidence.get("measure")).replace("_", " ") for one in mine)
        items, numbers = int(str(figure.evidence.get("items", 0))), {one.evidence.get("item") for one in mine}
        count += items
        shares.append(share_of(len(numbers), items))
        how = ", ".join(f"{amount} by {name}" for name, amount in sorted(measures.items()))
        said.append(f"{len(numbers)} of {items} items of {figure.subject_id}" + (f" ({how})" if how else ""))
    limit = policy.max_benchmark_overlap
    return [
        Check(
            id="benchmark_overlap", title="Train gives away nothing of your benchmarks",
            status="fail" if max(shares) > limit else "pass", severity="block", value=max(shares), unit="share",
            op="<=", limit=limit, n=count, clusters=len(figures), message=f"In train stand {'; '.join(said)}.",
            evidence=Evidence(
                "SELECT f.evidence->>'benchmark' AS benchmark, f.evidence->>'item' AS item, f.evidence->>'measure' AS "
                "measure, f.score, p.* FROM findings f JOIN pairs p ON p.pair_id = f.subject_id "
                "WHERE f.check_name = 'leaked' AND f.subject = 'pair' ORDER BY f.score DESC",
                first_ids({one.subject_id for one in leaks}),
            ),
            remedy="Reject these pairs in review, or take the benchmark's source out of the sources.",
        )
    ]  # fmt: skip


def _leak_check(name: str, title: str, leaks: Mapping[str, Leak], inputs: GateInputs, said: str) -> Check:
    test = inputs.test
    value = len(leaks) / len(test) if test else 0.0
    ids = sorted({pair_id for leak in leaks.values() for pair_id in (leak.pair_id, leak.train_id)})
    return Check(
        id=name, title=title, status="skipped" if not test else "fail" if leaks else "pass", severity="block",
        value=value, unit="share", op="<=", limit=0, n=len(test), clusters=groups_in(test),
        message=f"{len(leaks)} of {len(test)} test pairs {said}.",
        evidence=Evidence(
            "SELECT t.pair_id, t.question, t.answer, r.pair_id AS train_id, r.question AS train_question FROM "
            f"(SELECT * FROM pairs WHERE {IN_SET} AND split = 'test') t JOIN "
            f"(SELECT * FROM pairs WHERE {IN_SET} AND split = 'train') r "
            "ON lower(t.answer) = lower(r.answer) ORDER BY t.pair_id",
            first_ids(ids),
        ),
        remedy="Run tuneproof build: it takes held-out pairs that train answers out of the set.",
    )  # fmt: skip


def repeats(inputs: GateInputs, config: Config) -> list[Check]:
    """Check that few train pairs repeat another, and that none contradicts another."""
    train = {row.pair_id: row for row in inputs.train}
    both = [one for one in inputs.duplicates if one.pair_id in train and one.kept_id in train]
    copies = {one.pair_id for one in both if one.kind != "same_question" and one.state in ("merged", "suggested")}
    exact = _later_copies(inputs.train)
    copies |= exact
    policy = config.policy.data
    count, share = len(train), share_of(len(copies), len(train))
    quarrels = {one.pair_id for one in both if one.state == "contradiction"}
    return [
        Check(
            id="near_duplicates", title="Few pairs repeat another",
            status=graded(share, policy.warn_duplicates, policy.fail_duplicates), severity="block", value=share,
            unit="share", op="<=",
            limit=policy.fail_duplicates if share > policy.fail_duplicates else policy.warn_duplicates, n=count,
            message=f"{len(copies)} of {count} train pairs repeat another one, {len(exact)} of them exactly.",
            evidence=Evidence(
                "SELECT d.*, p.question, k.question AS kept_question FROM duplicates d "
                "JOIN pairs p ON p.pair_id = d.pair_id JOIN pairs k ON k.pair_id = d.kept_id "
                "WHERE d.state IN ('merged', 'suggested') AND d.kind <> 'same_question' "
                "AND p.selected AND k.selected AND p.split = 'train' AND k.split = 'train' ORDER BY d.score DESC",
                first_ids(copies),
            ),
            remedy="Merge or reject the suggested duplicates in review.",
        ),
        Check(
            id="contradictions", title="No question with two conflicting answers",
            status="warn" if quarrels else "pass", severity="warn", value=len(quarrels), unit="pairs", op="<=",
            limit=0, n=count,
            message=f"{len(quarrels)} train pairs answer another one's question with another number or the opposite.",
            evidence=Evidence(
                "SELECT d.reason, p.question, p.answer, k.answer AS kept_answer FROM duplicates d "
                "JOIN pairs p ON p.pair_id = d.pair_id JOIN pairs k ON k.pair_id = d.kept_id "
                "WHERE d.state = 'contradiction' AND p.selected AND k.selected",
                first_ids(quarrels),
            ),
            remedy="Look at both sources side by side in review and reject the answer that is wrong.",
        ),
    ]  # fmt: skip


def _later_copies(rows: Sequence[PairRow]) -> set[str]:
    """Return the ids of rows whose question and answer both stood in an earlier row."""
    seen: set[tuple[str, str]] = set()
    copies = set()
    for row in sorted(rows, key=lambda one: one.pair_id):
        form = normal_form(row.question), normal_form(row.answer)
        if form in seen:
            copies.add(row.pair_id)
        seen.add(form)
    return copies


def opener(question: str) -> str:
    """Return the first three words of a question, a piece of code or a dotted name counting as one blank."""
    return " ".join(WORDS.findall(BLANKED.sub(" _ ", question).casefold())[:3])


def monotony(inputs: GateInputs, config: Config) -> list[Check]:
    """Check that neither one way of asking nor one template makes up train. Imports and models are no templates."""
    openers: dict[str, list[str]] = defaultdict(list)
    templates: dict[str, list[str]] = defaultdict(list)
    for row in inputs.train:
        openers[opener(row.question)].append(row.pair_id)
        if row.origin == "template":
            templates[row.generator].append(row.pair_id)
    top, count, graded_opener = _top_share("opener_share", openers, len(inputs.train), config.policy.data)
    first, made, graded_template = _top_share("template_share", templates, len(inputs.train), config.policy.data)
    return [
        replace(
            graded_opener,
            title="Questions begin in many ways",
            message=f"{count} of {len(inputs.train)} train questions begin with {top!r}.",
            evidence=replace(graded_opener.evidence, sql=OPENERS),
            remedy="Rephrase questions in review, add sources of another kind, or generate pairs with a model.",
        ),
        replace(
            graded_template,
            title="No template makes up the set",
            message=f"{made} of {len(inputs.train)} train pairs come from the template {first!r}."
            if templates
            else "No train pair comes from a template.",
            evidence=replace(graded_template.evidence, sql=TEMPLATES),
            remedy="Add sources that other templates fit, lower [select] budget, or generate pairs with a model.",
        ),
    ]


def _top_share(name: str, groups: Mapping[str, list[str]], n: int, policy: DataPolicy) -> tuple[str, int, Check]:
    top = min(groups, key=lambda key: (-len(groups[key]), key), default="")
    count = len(groups.get(top, ()))
    share = share_of(count, n)
    check = Check(
        id=name, title="", status=graded(share, policy.warn_share, policy.fail_share), severity="block", value=share,
        unit="share", op="<=", limit=policy.fail_share if share > policy.fail_share else policy.warn_share, n=n,
        clusters=len(groups), message="", evidence=Evidence("", first_ids(groups.get(top, ()))),
    )  # fmt: skip
    return top, count, check
