"""Checks of the data gate on what is represented: edges, kinds of case, topics, audiences, style, and who reviewed.

Knows figures of coverage, balance and style, and the limits of the policy. It must not know waivers nor how checks add
up to a verdict. Only the review of a sensitive domain blocks: the others say where to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tuneproof.curate.checking.coverage import Covered, Sources, covered_by_part, edges_by_kind
from tuneproof.curate.judging.gate_inputs import IN_SET, GateInputs, first_ids, share_of
from tuneproof.datasets.verdict.verdict import Check, Evidence, Status
from tuneproof.datasets.workspace.config import Config

CAUSES: Mapping[str, str] = {"reviewers": "not_reviewed", "style_split": "style_drift", "style_outliers": "style_drift"}
MIN_EDGES = 0.10  # share of the edges within the budget's reach that have a pair of their kind
MIN_EVENNESS = 0.60
MAX_LIKENESS = 0.90
MAX_OUTLIERS = 0.10
HEARD = 0.05  # share of the passages from which on an audience counts
UNHEARD = 1 / 3  # share of its weight in the sources under which an audience is left out

_BY_TYPE = (
    "SELECT case_type, count(*) AS pairs, round(count(*) / sum(count(*)) OVER (), 4) AS share FROM pairs "
    f"WHERE {IN_SET} GROUP BY case_type ORDER BY pairs DESC"
)
_BY_TOPIC = (
    "SELECT c.title, count(*) AS pairs FROM pairs p JOIN clusters c ON c.cluster_id = p.cluster_id "
    f"WHERE {IN_SET} GROUP BY c.title ORDER BY pairs"
)
_HOLES = (
    "SELECT f.subject, f.message, f.evidence FROM findings f WHERE f.check_name = 'coverage_hole' ORDER BY f.score DESC"
)


def breadth(inputs: GateInputs, config: Config) -> list[Check]:
    """Return the checks on what the set represents."""
    offers = Sources(inputs.passages).offers(inputs.rows)
    edges = edges_by_kind(offers)
    return [
        _sources(covered_by_part(offers)),
        _edges(edges, len(inputs.rows)),
        _targets(inputs, config, edges),
        _topics(inputs, config),
        _likeness(inputs),
        _audiences(inputs),
        _outliers(inputs),
        _split(inputs),
        _reviewers(inputs, config),
    ]


def _sources(parts: list[Covered]) -> Check:
    whole, covered = sum(one.offered for one in parts), sum(one.covered for one in parts)
    said = ", ".join(f"{one.part}s {one.covered} of {one.offered}" for one in parts if one.offered)
    return Check(
        id="source_coverage", title="What the sources offer is asked for", status="pass" if whole else "skipped",
        severity="info", value=share_of(covered, whole), unit="share", op=">=", limit=0, n=whole,
        message=f"The set takes up {covered} of {whole} things that the sources offer: {said}." if whole
        else "No passage is known.",
        evidence=Evidence(_HOLES), remedy="Look at the findings coverage_hole; raise [select] budget to take up more.",
    )  # fmt: skip


def _edges(edges: Mapping[str, Covered], reach: int) -> Check:
    whole, covered = sum(one.offered for one in edges.values()), sum(one.covered for one in edges.values())
    reachable = min(whole, reach)
    share = share_of(min(covered, reachable), reachable)
    status: Status = "skipped" if not whole else "pass" if share >= MIN_EDGES else "warn"
    said = ", ".join(f"{kind} {one.covered} of {one.offered}" for kind, one in edges.items())
    return Check(
        id="edge_coverage", title="Edges that the sources state are in the set", status=status, severity="warn",
        value=share, unit="share", op=">=", limit=MIN_EDGES, n=whole,
        message=f"{covered} of {whole} passages that state an edge have such a pair: {said}." if whole
        else "The sources state no limit, error, default or other edge.",
        evidence=Evidence(_HOLES), remedy="Run tuneproof build; raise [policy.data.targets] or the budget.",
    )  # fmt: skip


def _targets(inputs: GateInputs, config: Config, edges: Mapping[str, Covered]) -> Check:
    """Check kinds of case against their targets; one that the sources give no rise to is told, not held against it."""
    counts = Counter(row.case_type for row in inputs.rows)
    wanted = {kind: share for kind, share in config.policy.data.targets.items() if share}
    short, dry = [], []
    for kind, target in sorted(wanted.items()):
        share = share_of(counts[kind], len(inputs.rows))
        if share >= target:
            continue
        possible = (
            kind in ("unanswerable", "false_premise", "ambiguous") or edges.get(kind, Covered(kind, 0, 0)).offered
        )
        if possible and (counts[kind] or kind in edges):
            short.append(f"{kind} {share:.1%} of {target:.0%}")
        else:
            dry.append(kind)
    met = len(wanted) - len(short) - len(dry)
    message = f"{met} of {len(wanted)} kinds of case reach their target"
    message += f"; short are {', '.join(short)}" if short else ""
    message += f"; the sources give no rise to {', '.join(dry)}" if dry else ""
    return Check(
        id="case_targets", title="Kinds of case reach their targets", status="warn" if short else "pass",
        severity="warn", value=len(short), unit="kinds", op="<=", limit=0, n=len(inputs.rows), message=f"{message}.",
        evidence=Evidence(_BY_TYPE), remedy="Run tuneproof build, it fills what it can; or lower the targets.",
    )  # fmt: skip


def _topics(inputs: GateInputs, config: Config) -> Check:
    found = inputs.balance
    counts = Counter(row.cluster for row in inputs.rows)
    low = [cluster for cluster, count in counts.items() if count < config.policy.data.topic_min_pairs]
    value = found.topic_evenness if found else 0.0
    status: Status = "skipped" if found is None else "pass" if value >= MIN_EVENNESS and not low else "warn"
    return Check(
        id="topic_balance", title="Topics have their share", status=status, severity="warn", value=value,
        unit="evenness", op=">=", limit=MIN_EVENNESS, n=len(inputs.rows), clusters=len(counts),
        message=f"The pairs spread over {len(counts)} topics with an evenness of {value:.2f} (1 is even)"
        + (f"; {len(low)} topics have under {config.policy.data.topic_min_pairs} pairs." if low else "."),
        evidence=Evidence(_BY_TOPIC), remedy="Raise [select] budget, or add sources on the topics that are thin.",
    )  # fmt: skip


def _likeness(inputs: GateInputs) -> Check:
    found = inputs.balance
    value = found.neighbour if found else None
    status: Status = "skipped" if value is None else "pass" if value <= MAX_LIKENESS else "warn"
    words = f"; {found.distinct_1:.1%} of words and {found.distinct_2:.1%} of word pairs are different" if found else ""
    return Check(
        id="likeness", title="Pairs differ from their nearest neighbours", status=status, severity="warn",
        value=value, unit="cosine", op="<=", limit=MAX_LIKENESS, n=len(inputs.rows),
        message=f"The nearest neighbour of a pair has a cosine of {value or 0:.2f} on average{words}.",
        evidence=Evidence("SELECT kind, state, count(*) AS pairs FROM duplicates GROUP BY ALL ORDER BY pairs DESC"),
        remedy="Look at the duplicates, and reject what says the same.",
    )  # fmt: skip


def _audiences(inputs: GateInputs) -> Check:
    found = inputs.balance
    heard = {name: share for name, share in found.offered.items() if share >= HEARD} if found else {}
    shares = found.audiences if found else {}
    unheard = [name for name, share in heard.items() if shares.get(name, 0) < UNHEARD * share]
    said = ", ".join(f"{name} {shares.get(name, 0):.1%} (sources {share:.1%})" for name, share in heard.items())
    return Check(
        id="audiences", title="Audiences and platforms keep their weight",
        status="skipped" if not heard else "warn" if unheard else "pass", severity="warn", value=len(unheard),
        unit="audiences", op="<=", limit=0, n=len(inputs.rows),
        message=(f"Shares of pairs that name them: {said}" + (f"; left out: {', '.join(unheard)}." if unheard else "."))
        if heard else "No audience or platform is named in one of twenty passages.",
        evidence=Evidence(f"SELECT question, answer FROM pairs WHERE {IN_SET} ORDER BY pair_id"),
        remedy="Accept more pairs that speak to those left out, or add sources for them.",
    )  # fmt: skip


def _outliers(inputs: GateInputs) -> Check:
    here = {row.pair_id for row in inputs.rows}
    ids = {one.subject_id for one in inputs.findings if one.check_name == "style_outlier"} & here
    share = share_of(len(ids), len(here))
    return Check(
        id="style_outliers", title="Answers read like one another", status="warn" if share > MAX_OUTLIERS else "pass",
        severity="warn", value=share, unit="share", op="<=", limit=MAX_OUTLIERS, n=len(here),
        message=f"{len(ids)} of {len(here)} answers do not read like the others.",
        evidence=Evidence(
            "SELECT f.message, f.evidence, p.pair_id, p.answer FROM findings f "
            "JOIN pairs p ON p.pair_id = f.subject_id "
            f"WHERE f.check_name = 'style_outlier' AND {IN_SET} ORDER BY f.score DESC",
            first_ids(ids),
        ),
        remedy="Look at what the findings propose, or declare a style in [style].",
    )  # fmt: skip


def _split(inputs: GateInputs) -> Check:
    found = [one for one in inputs.findings if one.check_name == "style_split"]
    return Check(
        id="style_split", title="One hand wrote the set", status="warn" if found else "pass", severity="warn",
        value=len(found), unit="splits", op="<=", limit=0, n=len(inputs.rows),
        message=" ".join(one.message for one in found) or "No two kinds of answers stand out by register.",
        evidence=Evidence("SELECT message, evidence FROM findings WHERE check_name = 'style_split'"),
        remedy="Bring one of the two into the style of the other, or leave it out.",
    )  # fmt: skip


def _reviewers(inputs: GateInputs, config: Config) -> Check:
    """Check that a sensitive domain was reviewed by several named people, and enough of it."""
    policy = config.policy.data
    judged = sum(row.status == "accepted" for row in inputs.rows)
    share = share_of(judged, len(inputs.rows))
    named = sorted(inputs.reviewers)
    enough = len(named) >= policy.min_reviewers and share >= policy.sensitive_review_share
    asked = config.goal.sensitive_domain
    status: Status = "skipped" if not asked else "pass" if enough else "fail"
    return Check(
        id="reviewers", title="Named people reviewed the sensitive domain", status=status,
        severity="block" if asked else "info", value=len(named), unit="people", op=">=", limit=policy.min_reviewers,
        n=len(inputs.rows),
        message=f"{len(named)} people ({', '.join(named) or 'nobody'}) decided on pairs and {share:.0%} of the set is "
        f"accepted; a sensitive domain asks for {policy.min_reviewers} and {policy.sensitive_review_share:.0%}."
        if asked else "[goal] sensitive_domain is not set.",
        evidence=Evidence(
            "SELECT who, count(*) AS decisions FROM decisions WHERE verb IN ('accept', 'reject', 'edit') GROUP BY who "
            "ORDER BY decisions DESC"
        ),
        remedy="Let a second person review: tuneproof review.",
    )  # fmt: skip
