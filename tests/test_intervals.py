from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tuneproof.datasets.verdict.intervals import (
    above_chance,
    average,
    clopper_pearson,
    cluster_mean,
    contrast,
    detectable,
    holm,
    mcnemar_worse,
    paired_proportion,
    required_n,
    spent_alpha,
    wilson,
)
from tuneproof.datasets.workspace.errors import DataError

DRAWS = 1500
#: Three standard errors of a share of 5% over that many draws.
NOISE = 3 * math.sqrt(0.05 * 0.95 / DRAWS)


def clustered(rng: np.random.Generator, groups: int, each: int, icc: float) -> tuple[NDArray[np.float64], list[int]]:
    """Rows of unit variance with mean zero whose correlation inside a group is ``icc``."""
    shared = rng.normal(size=groups) * math.sqrt(icc)
    values = np.repeat(shared, each) + rng.normal(size=groups * each) * math.sqrt(1 - icc)
    return values, [g for g in range(groups) for _ in range(each)]


@pytest.mark.parametrize(("groups", "each", "icc"), [(6, 30, 0.3), (40, 5, 0.6), (12, 8, 0.0)])
def test_the_clustered_test_rejects_five_in_a_hundred_true_nulls_where_the_plain_one_rejects_more(
    groups: int, each: int, icc: float
) -> None:
    rng = np.random.default_rng(7)
    clustered_hits = plain_hits = covered = 0
    for _ in range(DRAWS):
        values, labels = clustered(rng, groups, each, icc)
        found = cluster_mean(values, labels)
        clustered_hits += found.p_below() < 0.05
        interval = found.interval(0.95)
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low < 0 < interval.high
        plain_hits += values.mean() < -1.645 * values.std(ddof=1) / math.sqrt(values.size)
    assert abs(clustered_hits / DRAWS - 0.05) < NOISE
    assert abs(covered / DRAWS - 0.95) < NOISE
    if icc:
        assert plain_hits / DRAWS > 0.05 + NOISE


def test_unequal_clusters_keep_their_level() -> None:
    rng = np.random.default_rng(3)
    sizes = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 20]
    labels = [g for g, size in enumerate(sizes) for _ in range(size)]
    hits = 0
    for _ in range(DRAWS):
        values = np.repeat(rng.normal(size=len(sizes)) * 0.5, sizes) + rng.normal(size=len(labels))
        hits += cluster_mean(values, labels).p_below() < 0.05
    # The sandwich is a little liberal when clusters differ in size; by a figure that is known and small.
    assert hits / DRAWS < 0.08


def test_one_sided_bounds_are_the_ends_of_the_wider_interval() -> None:
    values, labels = clustered(np.random.default_rng(0), 10, 4, 0.3)
    found = cluster_mean(values, labels)
    interval = found.interval(0.90)
    assert interval.low == pytest.approx(found.lower(0.95))
    assert interval.high == pytest.approx(found.upper(0.95))
    assert found.lower(0.95) < found.mean < found.upper(0.95)
    assert found.p_below(found.mean) == pytest.approx(0.5)
    assert (found.df, found.n, found.clusters) == (9, 40, 10)


def test_a_cluster_mean_refuses_one_group_and_numbers_that_are_none() -> None:
    with pytest.raises(DataError, match="two groups"):
        cluster_mean([1.0, 2.0], ["a", "a"])
    with pytest.raises(DataError, match="finite"):
        cluster_mean([1.0, math.nan], ["a", "b"])


def test_no_spread_at_all_leaves_no_doubt() -> None:
    same = cluster_mean([-0.5, -0.5, -0.5], ["a", "b", "c"])
    assert same.p_below() == 0.0
    nothing = cluster_mean([0.0, 0.0], ["a", "b"])
    assert nothing.p_below() == 0.5
    assert nothing.upper() == 0.0


def test_a_paired_proportion_covers_the_true_difference() -> None:
    rng = np.random.default_rng(11)
    worse, better, n = 0.08, 0.05, 400
    covered = below = 0
    for _ in range(DRAWS):
        lost, gained, _ = rng.multinomial(n, [worse, better, 1 - worse - better])
        found = paired_proportion(int(gained), int(lost), n)
        interval = found.interval(0.95)
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low < better - worse < interval.high
        below += found.lower(0.95) < better - worse
    assert abs(covered / DRAWS - 0.95) < NOISE
    assert abs(below / DRAWS - 0.95) < NOISE


def test_mcnemar_holds_its_level_and_sees_a_real_loss() -> None:
    rng = np.random.default_rng(5)
    discordant = rng.binomial(400, 0.12, size=DRAWS)
    lost = rng.binomial(discordant, 0.5)
    null = [mcnemar_worse(int(d - x), int(x)) < 0.05 for d, x in zip(discordant, lost, strict=True)]
    assert np.mean(null) < 0.05 + NOISE
    heavy = rng.binomial(discordant, 0.9)
    seen = [mcnemar_worse(int(d - x), int(x)) < 0.05 for d, x in zip(discordant, heavy, strict=True)]
    assert np.mean(seen) > 0.99
    assert mcnemar_worse(0, 0) == 0.5
    # By hand: of 3 discordant all lost, p = 0 + (1/8)/2.
    assert mcnemar_worse(0, 3) == pytest.approx(1 / 16)


def test_exact_intervals_never_fall_short_and_score_intervals_hardly() -> None:
    rng = np.random.default_rng(2)
    share, n = 0.08, 60
    counts = np.bincount(rng.binomial(n, share, size=DRAWS))
    covered = {clopper_pearson: 0, wilson: 0}
    for method in covered:
        for hits in np.flatnonzero(counts):
            found = method(int(hits), n)
            assert found.low is not None
            assert found.high is not None
            covered[method] += int(counts[hits]) * (found.low <= share <= found.high)
    assert covered[clopper_pearson] / DRAWS >= 0.95 - NOISE
    assert covered[wilson] / DRAWS >= 0.93 - NOISE
    # A published value: no event in 100 runs bounds the rate at 3.6% (two-sided 95%).
    assert clopper_pearson(0, 100).high == pytest.approx(0.0362, abs=1e-4)
    with pytest.raises(DataError):
        wilson(3, 2)


def test_holm_steps_down_and_keeps_the_family_wise_error() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    rng = np.random.default_rng(9)
    wrong = [min(holm(list(rng.uniform(size=7)))) < 0.05 for _ in range(10_000)]
    # Seven independent true nulls: 1 - (1 - .05/7)^7.
    assert np.mean(wrong) == pytest.approx(0.0489, abs=3 * math.sqrt(0.05 * 0.95 / 10_000))


def test_the_two_sample_contrast_holds_its_level() -> None:
    rng = np.random.default_rng(13)
    hits = 0
    for _ in range(DRAWS):
        held, held_labels = clustered(rng, 12, 4, 0.4)
        train, train_labels = clustered(rng, 30, 5, 0.4)
        # True means 0.2 and 2.0: the contrast held - 0.1 * train is zero.
        found = contrast(cluster_mean(held + 0.2, held_labels), cluster_mean(train + 2.0, train_labels), 0.1)
        hits += found.p_below() < 0.05
    assert abs(hits / DRAWS - 0.05) < NOISE


def test_an_average_of_suites_has_the_error_of_its_parts() -> None:
    parts = [paired_proportion(20, 25, 400), paired_proportion(10, 30, 400)]
    found = average(parts)
    assert found.mean == pytest.approx((-5 / 400 - 20 / 400) / 2)
    assert found.se == pytest.approx(math.hypot(parts[0].se, parts[1].se) / 2)
    with pytest.raises(DataError):
        average([])


def test_the_detectable_difference_is_detected_as_often_as_it_says() -> None:
    rng = np.random.default_rng(17)
    difference = detectable(0.1, alpha=0.05, power=0.8)
    estimates = rng.normal(difference, 0.1, size=20_000)
    assert np.mean(estimates / 0.1 > 1.6449) == pytest.approx(0.8, abs=0.01)
    # The error falls with the root of n, so the wanted n shows the wanted difference.
    wanted = required_n(100, 0.1, difference / 2)
    assert wanted == 400
    with pytest.raises(DataError):
        required_n(10, 0.1, 0.0)


def test_alpha_over_all_looks_sums_to_alpha() -> None:
    spent = [spent_alpha(0.05, look) for look in range(1, 5000)]
    assert sum(spent) == pytest.approx(0.05, abs=1e-5)
    assert spent == sorted(spent, reverse=True)
    with pytest.raises(DataError):
        spent_alpha(0.05, 0)


def test_a_suite_at_chance_is_not_above_it() -> None:
    assert above_chance(200, 400, 0.5) > 0.4
    assert above_chance(240, 400, 0.5) < 1e-4
