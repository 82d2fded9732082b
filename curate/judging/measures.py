"""The checks of the data gate, each with its figure: amount, defects, length, independence, variety, review.

Knows rows, findings and limits. It must not know waivers nor how checks add up to a verdict: `gate` does that.
Shares are counted over the whole set, so they carry no interval; the one that is an estimate (what reviewers
reject) carries its own.
"""

from __future__ import annotations

from collections import Counter

from tuneproof.curate.checking.emptiness import is_empty
from tuneproof.curate.judging.breadth import breadth
from tuneproof.curate.judging.defects import defects
from tuneproof.curate.judging.gate_inputs import IN_SET, GateInputs, first_ids, groups_in, share_of
from tuneproof.curate.judging.repetition import monotony, overlap, repeats
from tuneproof.datasets.verdict.intervals import clopper_pearson
from tuneproof.datasets.verdict.verdict import Check, Evidence, Status
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.records import CaseType

EDGE_CASES: frozenset[CaseType] = frozenset(
    ("limit", "error", "deprecation", "version_difference", "negation", "false_premise", "unanswerable", "ambiguous")
)
REFUSALS: frozenset[CaseType] = frozenset(("unanswerable", "false_premise", "ambiguous"))
LEVEL = 0.95
MIN_COVERAGE = 0.50
MAX_REJECTED = 0.10


def measure(inputs: GateInputs, config: Config) -> list[Check]:
    """Return every check of the data gate, in the order in which a reader should see them."""
    return [
        _pairs_train(inputs, config),
        _empty(inputs),
        _blocking_findings(inputs),
        *defects(inputs, config),
        *overlap(inputs, config),
        *repeats(inputs, config),
        _truncated(inputs, config),
        *monotony(inputs, config),
        _test_groups(inputs, config),
        _edge_cases(inputs),
        _refusals(inputs, config),
        _document_coverage(inputs),
        *breadth(inputs, config),
        _reviewed(inputs, config),
        _rejected(inputs),
    ]


def _pairs_train(inputs: GateInputs, config: Config) -> Check:
    count, policy = len(inputs.train), config.policy.data
    low, enough = policy.fail_under_pairs, policy.warn_under_pairs
    status: Status = "fail" if count < low else "warn" if count < enough else "pass"
    return Check(
        id="pairs_train", title="Enough pairs to train on", status=status, severity="block", value=count,
        unit="pairs", op=">=", limit=low if status == "fail" else enough, n=len(inputs.rows),
        message=f"{count} pairs are trained on; under {low} memorises, {enough} and more is a start.",
        evidence=Evidence(f"SELECT split, count(*) AS pairs FROM pairs WHERE {IN_SET} GROUP BY split ORDER BY split"),
        remedy="Add sources, raise [select] budget, or accept more pairs in review.",
    )  # fmt: skip


def _empty(inputs: GateInputs) -> Check:
    ids = [row.pair_id for row in inputs.rows if is_empty(row.question) or is_empty(row.answer)]
    return Check(
        id="empty", title="No empty question or answer", status="fail" if ids else "pass", severity="block",
        value=len(ids), unit="pairs", op="<=", limit=0, n=len(inputs.rows),
        message=f"{len(ids)} of {len(inputs.rows)} pairs lack words on one side.",
        evidence=Evidence(
            f"SELECT pair_id, question, answer FROM pairs WHERE {IN_SET} AND "
            "(NOT regexp_matches(question, '\\w') OR NOT regexp_matches(answer, '\\w'))",
            first_ids(ids),
        ),
        remedy="Edit or reject these pairs in review.",
    )  # fmt: skip


def _blocking_findings(inputs: GateInputs) -> Check:
    here = {row.pair_id for row in inputs.rows}
    blocking = [one for one in inputs.findings if one.severity == "block" and one.subject_id in here]
    ids = {one.subject_id for one in blocking}
    kinds = Counter(one.check_name for one in blocking)
    said = ", ".join(f"{name} {count}" for name, count in kinds.most_common())
    return Check(
        id="blocking_findings", title="No open finding that blocks", status="fail" if ids else "pass",
        severity="block", value=len(ids), unit="pairs", op="<=", limit=0, n=len(here),
        message=f"{len(ids)} pairs in the set have a blocking finding{f' ({said})' if said else ''}.",
        evidence=Evidence(
            "SELECT f.check_name, f.message, p.pair_id, p.question FROM findings f JOIN pairs p "
            f"ON p.pair_id = f.subject_id WHERE f.severity = 'block' AND {IN_SET} ORDER BY f.check_name",
            first_ids(ids),
        ),
        remedy="Run tuneproof build, then edit or reject what it lists.",
    )  # fmt: skip


def _truncated(inputs: GateInputs, config: Config) -> Check:
    longest, limit = config.train.max_length, config.policy.data.max_truncated
    counted = [row for row in inputs.rows if row.tokens > 0]
    ids = [row.pair_id for row in counted if row.tokens > longest]
    share = share_of(len(ids), len(inputs.rows))
    status: Status = "fail" if share > limit else "warn" if ids else "pass"
    if len(counted) < len(inputs.rows):
        status = "inconclusive"
    uncounted = len(inputs.rows) - len(counted)
    return Check(
        id="truncated", title="Pairs fit the training length", status=status, severity="block", value=share,
        unit="share", op="<=", limit=limit, n=len(inputs.rows),
        message=f"{len(ids)} of {len(inputs.rows)} pairs are longer than {longest} tokens and would be cut"
        + (f"; {uncounted} pairs have no token count." if uncounted else "."),
        evidence=Evidence(
            "SELECT p.pair_id, f.score AS tokens, p.question FROM findings f JOIN pairs p ON p.pair_id = f.subject_id "
            f"WHERE f.check_name = 'too_long' AND {IN_SET} ORDER BY f.score DESC",
            first_ids(ids),
        ),
        remedy="Raise [train] max_length, or shorten these answers in review.",
    )  # fmt: skip


def _test_groups(inputs: GateInputs, config: Config) -> Check:
    count, limit = groups_in(inputs.test), config.policy.data.min_test_groups
    return Check(
        id="test_groups", title="The test has enough independent groups", status="pass" if count >= limit else "warn",
        severity="warn", value=count, unit="groups", op=">=", limit=limit, n=len(inputs.test), clusters=count,
        message=f"The {len(inputs.test)} test pairs come from {count} documents or sections; "
        f"under {limit} the model gate will be inconclusive.",
        evidence=Evidence(
            "SELECT d.source, d.path, count(*) AS pairs FROM pairs p LEFT JOIN documents d USING (document_id) "
            f"WHERE {IN_SET} AND split = 'test' GROUP BY d.source, d.path ORDER BY pairs DESC"
        ),
        remedy="Add documents, or split large ones into sections.",
    )  # fmt: skip


def _edge_cases(inputs: GateInputs) -> Check:
    train = inputs.train
    edges = [row.pair_id for row in train if row.case_type in EDGE_CASES]
    return Check(
        id="edge_cases", title="Edge cases are in the set", status="pass" if edges else "warn", severity="warn",
        value=share_of(len(edges), len(train)), unit="share", op=">", limit=0, n=len(train),
        message=f"{len(edges)} of {len(train)} train pairs ask for a limit, an error, a deprecation or another edge.",
        evidence=_by_case_type(), remedy="Add sources that state limits and errors, or write such pairs.",
    )  # fmt: skip


def _refusals(inputs: GateInputs, config: Config) -> Check:
    train, asked = inputs.train, config.goal.must_refuse
    count = sum(row.case_type in REFUSALS for row in train)
    status: Status = "skipped" if not asked else "pass" if count else "warn"
    return Check(
        id="refusals", title="What must be refused is in the set", status=status, severity="warn", value=count,
        unit="pairs", op=">=", limit=1, n=len(train),
        message=f"{count} train pairs teach to refuse or to ask back; [goal] must_refuse names {len(asked)} subjects.",
        evidence=_by_case_type(), remedy="Import pairs of case type unanswerable or false_premise.",
    )  # fmt: skip


def _by_case_type() -> Evidence:
    return Evidence(
        f"SELECT case_type, count(*) AS pairs FROM pairs WHERE {IN_SET} AND split = 'train' "
        "GROUP BY case_type ORDER BY pairs DESC"
    )


def _document_coverage(inputs: GateInputs) -> Check:
    covered = {row.document_id for row in inputs.rows} & set(inputs.documents)
    missing = set(inputs.documents) - covered
    # A budget smaller than the number of documents can't touch them all.
    reachable = min(len(inputs.documents), len(inputs.rows))
    share = share_of(len(covered), reachable)
    status: Status = "skipped" if not inputs.documents else "pass" if share >= MIN_COVERAGE else "warn"
    return Check(
        id="document_coverage", title="Documents have pairs", status=status, severity="warn", value=share,
        unit="share", op=">=", limit=MIN_COVERAGE, n=len(inputs.documents),
        message=f"{len(covered)} of {len(inputs.documents)} documents have a pair in the set.",
        evidence=Evidence(
            "SELECT source, path, title FROM documents WHERE state IN ('new', 'current', 'changed') AND document_id "
            f"NOT IN (SELECT document_id FROM pairs WHERE {IN_SET} AND document_id IS NOT NULL) ORDER BY source, path",
            first_ids(missing),
        ),
        remedy="Look at the documents without a pair; exclude those that should not teach anything.",
    )  # fmt: skip


def _reviewed(inputs: GateInputs, config: Config) -> Check:
    rows, limit = inputs.rows, config.policy.review.min_share
    accepted = [row.pair_id for row in rows if row.status == "accepted"]
    share = share_of(len(accepted), len(rows))
    return Check(
        id="reviewed", title="Pairs that a person accepted", status="pass" if share >= limit else "fail",
        severity="block" if limit else "info", value=share, unit="share", op=">=", limit=limit, n=len(rows),
        message=f"Reviewed {len(accepted)} of {len(rows)} pairs in the set.",
        evidence=Evidence(f"SELECT status, count(*) AS pairs FROM pairs WHERE {IN_SET} GROUP BY status"),
        remedy="Run tuneproof review and accept what is good.",
    )  # fmt: skip


def _rejected(inputs: GateInputs) -> Check:
    judged = inputs.accepted + inputs.rejected
    pending = sum(row.status == "pending" for row in inputs.rows)
    interval = clopper_pearson(inputs.rejected, judged, LEVEL) if judged else None
    status: Status = "pass"
    if interval is None:
        status = "skipped"
    elif pending and (interval.low or 0.0) > MAX_REJECTED:
        status = "warn"
    return Check(
        id="rejected", title="What reviewers reject", status=status, severity="warn",
        value=share_of(inputs.rejected, judged) if judged else None, unit="share", op="<=", limit=MAX_REJECTED,
        interval=interval, level=LEVEL if interval else None, n=judged,
        message=f"{inputs.rejected} of {judged} judged pairs were rejected; {pending} in the set are not judged, and "
        "hold as many bad ones if those judged were drawn by chance.",
        evidence=Evidence("SELECT status, generator, count(*) AS pairs FROM pairs GROUP BY ALL ORDER BY pairs DESC"),
        remedy="Review more pairs, first of the generators whose pairs are rejected most.",
    )  # fmt: skip
