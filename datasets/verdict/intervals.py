"""Intervals and tests that respect where rows came from: clusters of rows, pairs of models, families of tests.

Knows numbers only, on top of SciPy. It must not know what a figure means or what its limit is.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.datasets.workspace.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean (or a contrast of means) with its standard error and the degrees of freedom of a t distribution.

    ``df`` is infinite where the normal distribution holds; ``n`` counts rows and ``clusters`` groups of them.
    """

    mean: float
    se: float
    df: float
    n: int
    clusters: int

    def lower(self, level: float = 0.95) -> float:
        """Return the one-sided lower bound: the truth lies above it with probability ``level``."""
        return self.mean - self._quantile(level) * self.se

    def upper(self, level: float = 0.95) -> float:
        """Return the one-sided upper bound: the truth lies below it with probability ``level``."""
        return self.mean + self._quantile(level) * self.se

    def interval(self, level: float = 0.95) -> Interval:
        """Return the two-sided interval of coverage ``level``."""
        one_sided = (1 + level) / 2
        return Interval(self.lower(one_sided), self.upper(one_sided))

    def p_below(self, null: float = 0.0) -> float:
        """Return the one-sided p value of "the truth is below ``null``" (small: it is)."""
        return self._cdf(self.mean - null)

    def p_above(self, null: float = 0.0) -> float:
        """Return the one-sided p value of "the truth is above ``null``" (small: it is)."""
        return self._cdf(null - self.mean)

    def _quantile(self, level: float) -> float:
        from scipy import stats

        return float(stats.t.ppf(level, self.df))

    def _cdf(self, difference: float) -> float:
        from scipy import stats

        if self.se == 0:
            # Every cluster says the same: there is no doubt unless the difference itself is nothing.
            return 0.5 if difference == 0 else float(difference > 0)
        return float(stats.t.cdf(difference / self.se, self.df))


def cluster_mean(values: ArrayLike, clusters: Sequence[Hashable]) -> Estimate:
    """Estimate the mean of ``values`` (n,) whose rows are independent only between ``clusters`` (n,).

    The variance is the cluster-robust sandwich with the factor G/(G-1), referred to t with G-1 degrees of
    freedom (Cameron and Miller, A Practitioner's Guide to Cluster-Robust Inference, 2015, section VI).

    Raises:
        DataError: fewer than two clusters, where no spread can be seen, or a value is not finite.
    """
    import numpy as np

    data = np.asarray(values, dtype=np.float64)
    _, group = np.unique(np.asarray([str(cluster) for cluster in clusters]), return_inverse=True)
    count = int(group.max()) + 1 if data.size else 0
    if count < 2:
        raise DataError(f"An interval needs two groups or more, here {count}.", "Add documents, so that groups differ.")
    if not np.isfinite(data).all():
        raise DataError("A value is not a finite number.", "Score the items again and look for overflow.")
    mean = float(data.mean())
    sums = np.bincount(group, weights=data - mean, minlength=count)
    variance = count / (count - 1) * float(sums @ sums) / data.size**2
    return Estimate(mean, math.sqrt(variance), count - 1, data.size, count)


def paired_proportion(gained: int, lost: int, n: int) -> Estimate:
    """Estimate the difference of two paired proportions: ``gained`` items turned right, ``lost`` turned wrong.

    The error is that of Agresti and Min (2005), Simple improved confidence intervals for comparing matched
    proportions: half an item is added to each of the four cells. The mean is the plain difference.

    Raises:
        DataError: the counts do not fit ``n``.
    """
    if n < 1 or gained < 0 or lost < 0 or gained + lost > n:
        raise DataError(f"{gained} gained and {lost} lost do not fit {n} items.", "Count the items again.")
    up, down, total = gained + 0.5, lost + 0.5, n + 2
    variance = (up + down - (up - down) ** 2 / total) / total**2
    return Estimate((gained - lost) / n, math.sqrt(variance), math.inf, n, n)


def contrast(first: Estimate, second: Estimate, weight: float = 1.0) -> Estimate:
    """Estimate ``first.mean - weight * second.mean`` of two independent samples (Welch-Satterthwaite degrees)."""
    variances = (first.se**2, (weight * second.se) ** 2)
    total = sum(variances)
    if total == 0:
        df = min(first.df, second.df)
    else:
        df = total**2 / sum(v**2 / e.df for v, e in zip(variances, (first, second), strict=True))
    clusters = first.clusters + second.clusters
    return Estimate(first.mean - weight * second.mean, math.sqrt(total), df, first.n + second.n, clusters)


def average(estimates: Sequence[Estimate]) -> Estimate:
    """Estimate the plain mean over independent ``estimates`` (a macro average)."""
    if not estimates:
        raise DataError("There is nothing to average.", "Measure one suite or more.")
    count = len(estimates)
    variances = [estimate.se**2 for estimate in estimates]
    total = sum(variances)
    spread = sum(v**2 / e.df for v, e in zip(variances, estimates, strict=True))
    df = total**2 / spread if spread else math.inf
    mean = sum(estimate.mean for estimate in estimates) / count
    rows, clusters = sum(e.n for e in estimates), sum(e.clusters for e in estimates)
    return Estimate(mean, math.sqrt(total) / count, df, rows, clusters)


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson 1927)."""
    return _proportion(successes, n, level, "wilson")


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return the exact interval of a proportion (Clopper and Pearson 1934): never below its level."""
    return _proportion(successes, n, level, "exact")


def above_chance(successes: int, n: int, chance: float) -> float:
    """Return the exact one-sided p value of "the true share is above ``chance``"."""
    from scipy import stats

    return float(stats.binomtest(successes, n, chance, alternative="greater").pvalue)


def mcnemar_worse(gained: int, lost: int) -> float:
    """Return the one-sided mid-p value of "more items were lost than gained" (Fagerland and others 2013).

    Under the null each discordant item falls either way with probability one half; the mid-p counts half of
    the observed table's own probability, and is 0.5 where nothing is discordant.
    """
    from scipy import stats

    discordant = gained + lost
    tail = stats.binom.sf(lost, discordant, 0.5) + stats.binom.pmf(lost, discordant, 0.5) / 2
    return float(tail)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p values in the given order (Holm 1979): family-wise error at most the level."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, (len(p_values) - rank) * p_values[index])
        adjusted[index] = min(1.0, running)
    return adjusted


def detectable(se: float, df: float = math.inf, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest true difference that a one-sided test at ``alpha`` sees with ``power``."""
    from scipy import stats

    return float((stats.t.ppf(1 - alpha, df) + stats.t.ppf(power, df)) * se)


def required_n(n: int, se: float, difference: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return how many rows (or clusters) would show ``difference``, given the error ``se`` that ``n`` gave.

    Raises:
        DataError: ``difference`` is not above zero: no number of rows shows nothing.
    """
    if difference <= 0:
        raise DataError("No number of items shows a difference of nothing.", "Name a difference above zero.")
    return max(2, math.ceil(n * (detectable(se, math.inf, alpha, power) / difference) ** 2))


def spent_alpha(alpha: float, look: int) -> float:
    """Return what is left of ``alpha`` for the ``look``-th use (from 1) of one held-out set.

    ``alpha * 6 / (pi^2 * look^2)`` sums to ``alpha`` over all looks there can ever be.
    """
    if look < 1:
        raise DataError(f"Looks are counted from 1, here {look}.", "Count this evaluation as a look.")
    return alpha * 6 / (math.pi**2 * look**2)


def _proportion(successes: int, n: int, level: float, method: str) -> Interval:
    from scipy import stats

    if n < 1 or not 0 <= successes <= n:
        raise DataError(f"{successes} of {n} is no proportion.", "Count the items again.")
    found = stats.binomtest(successes, n).proportion_ci(level, method=method)
    return Interval(float(found.low), float(found.high))
