"""Empirical-Bayes rates: areas with thin counts borrow from all areas, or from their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.special import gammainccinv, gammaincinv

from domain.errors import AnalysisError
from spatialstats.poisson import garwood_interval

__all__ = ["EmpiricalBayesResult", "empirical_bayes", "spatial_empirical_bayes"]

#: A variance between areas below this share of the squared mean is rounding, and counts as none.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class EmpiricalBayesResult:
    """
    Shrunk rates of n areas.

    Parameters
    ----------
    rate, lower, upper
        Posterior mean and posterior interval, shape (n,), in events per unit of exposure.
    weight
        Share of an area's own rate in its shrunk one, shape (n,), 0 to 1.
    prior_mean, between_variance
        Mean and variance of the rates from which areas are drawn: one number each, or shape (n,) where every area has
        a neighbourhood of its own. The variance is zero where the areas differ no more than chance would make them.
    """

    rate: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    weight: NDArray[np.float64]
    prior_mean: NDArray[np.float64]
    between_variance: NDArray[np.float64]


def empirical_bayes(counts: ArrayLike, exposure: ArrayLike, *, level: float = 0.95) -> EmpiricalBayesResult:
    """
    Shrink the rates of areas to their common mean (gamma-Poisson, method of moments).

    With k events in exposure e, `m = sum k / sum e` and `A = sum e (k/e - m)^2 / sum e - m / mean(e)`; the rates are
    taken as drawn from a gamma distribution of mean m and variance A, so that the posterior of an area is gamma of
    shape `m^2/A + k` and rate `m/A + e`. Its mean is `w k/e + (1 - w) m` with `w = A / (A + m/e)`. Where A is not
    positive the areas do not differ beyond chance: all get m, with the exact interval of m (Garwood).

    Parameters
    ----------
    counts
        Events, shape (n,).
    exposure
        Person-years at risk, shape (n,); positive.
    level
        Posterior probability of the interval.

    Raises
    ------
    AnalysisError
        If there is no area, a count is negative, an exposure is not positive, or the shapes differ.

    References
    ----------
    Marshall R. J. (1991) Mapping disease and mortality rates using empirical Bayes estimators. Journal of the Royal
    Statistical Society C 40, 283-294, doi 10.2307/2347593.

    Examples
    --------
    >>> result = empirical_bayes([0, 4, 40], [1.0, 1.0, 1.0])
    >>> result.rate.round(2).tolist(), round(float(result.between_variance), 2)
    ([0.66, 4.48, 38.85], 308.89)
    """
    k, e = _checked(counts, exposure, level)
    mean = k.sum() / e.sum()
    variance = max(float((e * (k / e - mean) ** 2).sum() / e.sum() - mean / e.mean()), 0.0)
    return _posterior(k, e, np.full(len(k), mean), np.full(len(k), variance), level, shared=True)


def spatial_empirical_bayes(
    counts: ArrayLike,
    exposure: ArrayLike,
    neighbours: Any,  # noqa: ANN401 - any scipy sparse or dense matrix
    *,
    level: float = 0.95,
) -> EmpiricalBayesResult:
    """
    Shrink the rate of each area to the mean of its neighbourhood: itself and the areas that touch it.

    Mean and variance are those of `empirical_bayes`, taken over the neighbourhood of each area.

    Parameters
    ----------
    counts, exposure
        As in `empirical_bayes`.
    neighbours
        Adjacency of shape (n, n), as `spatialstats.contiguity.contiguity` returns it; values and diagonal are ignored.
    level
        Posterior probability of the interval. Where the neighbourhood does not differ beyond chance it is the exact
        interval of the neighbourhood's mean.

    Raises
    ------
    AnalysisError
        As in `empirical_bayes`, or if the adjacency does not have a row and a column for each area.

    References
    ----------
    Marshall R. J. (1991), doi 10.2307/2347593; Anselin L., Lozano N., Koschinsky J. (2006) Rate transformations and
    smoothing. Spatial Analysis Laboratory, University of Illinois.
    """
    k, e = _checked(counts, exposure, level)
    area, neighbour = _with_self(neighbours, len(k))

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(area, weights=values, minlength=len(k)).astype(np.float64)

    events, at_risk, size = summed(k[neighbour]), summed(e[neighbour]), np.bincount(area, minlength=len(k))
    mean = events / at_risk
    spread = summed(e[neighbour] * ((k / e)[neighbour] - mean[area]) ** 2) / at_risk
    variance = np.maximum(spread - mean / (at_risk / size), 0.0)
    return _posterior(k, e, mean, variance, level, pooled=(events, at_risk))


def _posterior(
    k: NDArray[np.float64],
    e: NDArray[np.float64],
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    level: float,
    *,
    pooled: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    shared: bool = False,
) -> EmpiricalBayesResult:
    """Return the gamma posterior where the prior has a variance, and the pooled rate where it has none."""
    events, at_risk = pooled if pooled is not None else (np.full(len(k), k.sum()), np.full(len(k), e.sum()))
    rate = mean.copy()
    lower, upper = garwood_interval(events, at_risk, level=level)
    weight = np.zeros(len(k))
    varies = variance > _NO_VARIANCE * mean**2
    m, a, tail = mean[varies], variance[varies], (1.0 - level) / 2.0
    shape, inverse_scale = m**2 / a + k[varies], m / a + e[varies]
    rate[varies] = shape / inverse_scale
    lower[varies] = gammaincinv(shape, tail) / inverse_scale
    upper[varies] = gammainccinv(shape, tail) / inverse_scale
    weight[varies] = a / (a + m / e[varies])
    variance = np.where(varies, variance, 0.0)
    if shared:
        mean, variance = mean[0], variance[0]
    return EmpiricalBayesResult(rate, lower, upper, weight, np.asarray(mean), np.asarray(variance))


def _with_self(neighbours: Any, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # noqa: ANN401 - as above
    """Return (area, neighbour) for every link, each area being in its own neighbourhood once."""
    links = coo_array(neighbours)
    if links.shape != (n, n):
        raise AnalysisError(f"the adjacency has the shape {links.shape}, not ({n}, {n})")
    is_link = (links.data != 0) & (links.row != links.col)
    area = np.concatenate([links.row[is_link], np.arange(n)]).astype(np.int64)
    neighbour = np.concatenate([links.col[is_link], np.arange(n)]).astype(np.int64)
    order = np.lexsort((neighbour, area))
    return area[order], neighbour[order]


def _checked(counts: ArrayLike, exposure: ArrayLike, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    k, e = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if k.ndim != 1 or k.shape != e.shape or not len(k):
        raise AnalysisError("empirical-Bayes rates need a count and an exposure for each of one or more areas")
    garwood_interval(k, e, level=level)  # refuses what is not a count, an exposure or a level
    return k, e
