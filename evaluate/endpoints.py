"""D1, D2, D4 and the selection curve: gain on held-out pairs, forgetting of text, overfitting.

Knows each endpoint's statistic and limits. It must not know how scores were made, nor how checks add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuneproof.datasets.verdict.intervals import (
    Estimate,
    cluster_mean,
    contrast,
    detectable,
    required_n,
    spent_alpha,
)
from tuneproof.datasets.verdict.verdict import Check, Evidence, Interval, Status
from tuneproof.datasets.workspace.config import ModelPolicy
from tuneproof.datasets.workspace.records import Role
from tuneproof.evaluate import queries
from tuneproof.evaluate.family import Harm
from tuneproof.evaluate.paired import Paired, ScoreTable

NATS = "nats/token"
#: A mean rise of text loss over this share of the failing limit is worth a warning.
TEXT_WARN_SHARE = 0.5
#: How far the loss on the selection slice may climb from its best, in nats a token.
CURVE_RISE = 0.1
_TRAIN_MORE = "Train longer or at a higher [train] learning_rate."
#: Ids of the items a check points at.
SHOWN_IDS = 10


def domain_gain(table: ScoreTable, policy: ModelPolicy, look: int, run_id: str) -> Check | Harm:
    """D1: is the loss of held-out answers lower than before, by enough to matter? Superiority by a cluster t test.

    PASS needs more than ``min_gain``: scores are exact, so a gain of nothing to speak of would be certain too. The
    harm is that there is no gain at all; INCONCLUSIVE where neither is certain. Each further look at the same
    held-out items gets less of alpha.
    """
    paired = table.paired("heldout", None, "nll_per_token")
    alpha = spent_alpha(policy.alpha, look)
    evidence = Evidence(queries.comparison(run_id, "heldout", None, "nll_per_token"), paired.worst(SHOWN_IDS, 1))
    common = {"id": "D1.gain", "title": "Held-out questions are answered better", "op": ">", "limit": policy.min_gain}
    if paired.groups < policy.min_test_groups:
        return _too_few(common, paired, policy.min_test_groups, evidence)
    gain = cluster_mean([-d for d in paired.differences], paired.clusters)
    low, high = gain.lower(1 - alpha), gain.upper(1 - policy.alpha)

    def check(status: Status, message: str, remedy: str = "") -> Check:
        return _check(common, status, gain, Interval(low, high), 1 - alpha, message, evidence, remedy)

    found = check(
        "fail",
        f"Held-out answers did not gain: {gain.mean:+.3f} nats a token, at most {high:+.3f}.",
        "Raise [train] epochs or learning_rate if training loss hardly fell, lower them if it fell far.",
    )
    seen = detectable(gain.se, gain.df, alpha)
    message = f"The gain of {gain.mean:+.3f} nats a token can't be told from none; {seen:.3f} could be seen."
    otherwise = check("inconclusive", message, _more_groups(gain, alpha))
    if low > policy.min_gain:
        message = f"Loss of held-out answers falls by {gain.mean:.3f} nats a token (at least {low:.3f})."
        otherwise = check("pass", message)
    elif low > 0:
        otherwise = check("inconclusive", *_unsure(gain, policy.min_gain, alpha))
    return Harm(gain.p_below(), found, otherwise)


def text_forgetting(table: ScoreTable, policy: ModelPolicy, collection: str, run_id: str) -> Check | Harm:
    """D2: did the loss of one collection of general text rise? The harm is a rise over ``text_fail_nats``."""
    paired = table.paired("text", collection, "nll_per_token")
    evidence = Evidence(queries.comparison(run_id, "text", collection, "nll_per_token"), paired.worst(SHOWN_IDS, 1))
    limit = policy.text_fail_nats
    common = {
        "id": f"D2.{collection}",
        "title": f"General text is not forgotten: {collection}",
        "op": "<=",
        "limit": limit,
    }
    if paired.groups < policy.min_test_groups:
        return _too_few(common, paired, policy.min_test_groups, evidence)
    rise = cluster_mean(paired.differences, paired.clusters)
    level = 1 - policy.alpha
    low, high = rise.lower(level), rise.upper(level)
    kept: Status = "inconclusive"
    if high < policy.text_pass_nats:
        kept = "warn" if rise.mean > TEXT_WARN_SHARE * limit else "pass"

    def check(status: Status) -> Check:
        message = f"Loss of general text changes by {rise.mean:+.3f} nats a token ({low:+.3f} to {high:+.3f})."
        remedy = "" if status == "pass" else "Raise [train] replay if it is under 1, or lower learning_rate or epochs."
        return _check(common, status, rise, Interval(low, high), level, message, evidence, remedy)

    return Harm(rise.p_above(limit), check("fail") if rise.mean > limit else None, check(kept))


def overfitting(table: ScoreTable, policy: ModelPolicy, run_id: str) -> Check | Harm:
    """D4: does the gain reach beyond the training rows? The harm is a held-out gain under a quarter of theirs.

    Asked only where training rows gained much at all: without that nothing was learnt by heart. The limit is the
    geometric middle of what twenty demo runs showed: 58 to 84% in ten healthy ones, 1 to 10% in ten of 15 pairs
    trained for 50 epochs.
    """
    held, train = (table.paired(role, None, "nll_per_token") for role in _GAIN_ROLES)
    common = {
        "id": "D4.overfitting",
        "title": "Gains reach beyond the training rows",
        "op": ">=",
        "limit": policy.overfit_ratio,
    }
    evidence = Evidence(queries.comparison(run_id, "heldout", None, "nll_per_token"), held.worst(SHOWN_IDS, 1))
    if held.groups < policy.min_test_groups or len(train.ids) < 2:
        return _too_few(common, held, policy.min_test_groups, evidence)
    gain_held, gain_train = _gain(held, policy), _gain(train, policy)
    if gain_train.mean <= policy.overfit_min_gain:
        return _skipped(common, gain_train, policy.overfit_min_gain, evidence)
    scale = gain_train.mean
    ratio = gain_held.mean / scale
    short = contrast(gain_held, gain_train, policy.overfit_ratio)
    level = 1 - 2 * policy.alpha
    bounds = short.interval(level)
    interval = Interval(*(policy.overfit_ratio + (b or 0.0) / scale for b in (bounds.low, bounds.high)))
    estimate = Estimate(ratio, short.se / scale, short.df, short.n, short.clusters)

    def check(status: Status) -> Check:
        message = (
            f"Held-out answers gain {gain_held.mean:.3f} nats a token, trained ones {gain_train.mean:.3f}: "
            f"{ratio:.0%} of the gain reaches new questions."
        )
        remedy = "" if status == "pass" else "Train fewer epochs, or add pairs: the rows are learnt by heart."
        return _check(common, status, estimate, interval, level, message, evidence, remedy, unit="ratio")

    found = check("fail") if ratio < policy.overfit_ratio else None
    return Harm(short.p_below(), found, check("warn" if ratio < policy.overfit_warn_ratio else "pass"))


def divergence(table: ScoreTable, policy: ModelPolicy, run_id: str) -> Check | Harm:
    """Did training make even its own rows worse? Only a run that blew up does, so the limit is a clear loss."""
    paired = table.paired("train", None, "nll_per_token")
    evidence = Evidence(queries.comparison(run_id, "train", None, "nll_per_token"), paired.worst(SHOWN_IDS, 1))
    limit = -policy.text_fail_nats
    common = {"id": "D1.trained", "title": "Training did not blow up", "op": ">=", "limit": limit}
    if len(paired.ids) < 2:
        return _too_few(common, paired, 2, evidence)
    gain = _gain(paired, policy)
    level = 1 - policy.alpha
    low, high = gain.lower(level), gain.upper(level)

    def check(status: Status, remedy: str = "") -> Check:
        message = f"Loss of trained answers falls by {gain.mean:.3f} nats a token."
        return _check(common, status, gain, Interval(low, high), level, message, evidence, remedy)

    found = check("fail", "Lower [train] learning_rate.") if gain.mean < limit else None
    return Harm(gain.p_below(limit), found, check("pass") if low > 0 else check("warn", "Train longer."))


def selection_curve(points: Sequence[tuple[int, float]], run_id: str) -> Check:
    """WARN where the loss on the selection slice, never trained on, climbs again after its best step."""
    title = "Selection loss does not turn upwards"
    evidence = Evidence(queries.curve(run_id, "eval_loss"))
    if len(points) < 2:
        said = "Training recorded fewer than two figures of selection loss."
        return Check("curve.selection", title, "skipped", "warn", None, NATS, "<=", CURVE_RISE, said, evidence=evidence)
    ordered = sorted(points)
    best_step, best = min(ordered, key=lambda point: point[1])
    rise = ordered[-1][1] - best
    turned = rise > CURVE_RISE
    return Check(
        id="curve.selection",
        title=title,
        status="warn" if turned else "pass",
        severity="warn",
        value=rise,
        unit=NATS,
        op="<=",
        limit=CURVE_RISE,
        message=f"Selection loss ends {rise:.3f} nats above its best, which was at step {best_step}.",
        n=len(ordered),
        evidence=evidence,
        remedy=f"Train fewer epochs: step {best_step} was best." if turned else "",
    )


_GAIN_ROLES: tuple[Role, Role] = ("heldout", "train")


def _gain(paired: Paired, policy: ModelPolicy) -> Estimate:
    # Training rows may all come from few documents. They are not a sample of documents then but the set itself,
    # so rows are the units.
    units = paired.clusters if paired.groups >= policy.min_test_groups else paired.ids
    return cluster_mean([-d for d in paired.differences], units)


def _check(
    common: Mapping[str, object],
    status: Status,
    estimate: Estimate,
    interval: Interval,
    level: float,
    message: str,
    evidence: Evidence,
    remedy: str,
    unit: str = NATS,
) -> Check:
    return Check(
        **common,  # type: ignore[arg-type]
        status=status,
        severity="block",
        value=estimate.mean,
        unit=unit,
        message=message,
        interval=interval,
        level=level,
        n=estimate.n,
        clusters=estimate.clusters,
        evidence=evidence,
        remedy=remedy,
    )


def _too_few(common: Mapping[str, object], paired: Paired, needed: int, evidence: Evidence) -> Check:
    return Check(
        **common,  # type: ignore[arg-type]
        status="inconclusive",
        severity="block",
        value=None,
        unit=NATS,
        message=f"{len(paired.ids)} items from {paired.groups} groups say too little; {needed} groups are needed.",
        n=len(paired.ids),
        clusters=paired.groups,
        evidence=evidence,
        remedy="Add documents, so that more of them can be held out.",
    )


def _skipped(common: Mapping[str, object], gain: Estimate, needed: float, evidence: Evidence) -> Check:
    return Check(
        **common,  # type: ignore[arg-type]
        status="skipped",
        severity="block",
        value=None,
        unit="ratio",
        message=f"Trained answers gain {gain.mean:.3f} nats a token; under {needed:g} nothing was learnt by heart.",
        n=gain.n,
        clusters=gain.clusters,
        evidence=evidence,
    )


def _unsure(gain: Estimate, needed: float, alpha: float) -> tuple[str, str]:
    """Return message and remedy of a gain that is there but not for certain as large as it has to be."""
    if gain.mean <= needed:
        return f"The gain of {gain.mean:+.4f} nats a token is too small to matter.", _TRAIN_MORE
    groups = required_n(gain.clusters, gain.se, gain.mean - needed, alpha)
    return (
        f"The gain of {gain.mean:+.3f} nats a token may be as small as {gain.lower(1 - alpha):.3f}.",
        f"Hold out about {max(groups, gain.clusters + 1)} groups instead of {gain.clusters} to settle it.",
    )


def _more_groups(gain: Estimate, alpha: float) -> str:
    if gain.mean <= 0:
        return _TRAIN_MORE
    wanted = required_n(gain.clusters, gain.se, gain.mean, alpha)
    return f"Hold out about {wanted} groups instead of {gain.clusters} to settle a gain of this size."
