"""What a zone can be expected to see in a month, with an interval: a gamma-Poisson posterior on decayed counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import gamma

from spatialstats.shrinkage import empirical_bayes

__all__ = ["Expectation", "RatePrior", "expected_rates", "prior_months", "prior_of_cells"]

Floats = NDArray[np.float64]

# Jeffreys' prior of a Poisson rate: half an incident, in no time.
_JEFFREYS_SHAPE = 0.5

# A prior worth more months than this is the surface itself, whatever was counted.
_MOST_PRIOR_MONTHS = 10_000.0


@dataclass(frozen=True, slots=True)
class RatePrior:
    """
    Gamma distribution of monthly rates before a zone is looked at.

    Parameters
    ----------
    shape
        Shape, in incidents.
    months
        Rate parameter, in months: how many months of watching the prior is worth.
    """

    shape: float = _JEFFREYS_SHAPE
    months: float = 0.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    Expected incidents per month, each array of shape (n_zones,).

    Parameters
    ----------
    mean, lower, upper
        Posterior mean and the ends of its central interval.
    """

    mean: Floats
    lower: Floats
    upper: Floats


def prior_of_cells(decayed: ArrayLike, weights: ArrayLike) -> RatePrior:
    """
    Fit the prior to many pieces of ground of a zone's size, by moments (`spatialstats.shrinkage.empirical_bayes`).

    Parameters
    ----------
    decayed
        Sum of the decay weights of the incidents of each piece, empty ones included, shape (n_pieces,).
    weights
        Decay weight of each month with data, shape (n_months,).

    Returns
    -------
    RatePrior
        With mean m and variance A of the monthly rates beyond chance: shape `m^2 / A` and months `m / A`; Jeffreys'
        prior where the pieces differ no more than chance would make them.
    """
    months, per_month = _effective(weights)
    counts = months * np.asarray(decayed, dtype=np.float64) / per_month
    spread = empirical_bayes(counts, np.full(len(counts), months))
    mean, between = float(spread.prior_mean), float(spread.between_variance)
    return RatePrior(mean**2 / between, mean / between) if between > 0 else RatePrior()


def expected_rates(
    decayed: ArrayLike, weights: ArrayLike, *, prior: RatePrior | None = None, level: float = 0.95
) -> Expectation:
    """
    Return the incidents per month to be expected where decayed counts were seen.

    Parameters
    ----------
    decayed
        Sum of the decay weights of the incidents of each zone, shape (n_zones,).
    weights
        Decay weight of each month with data, shape (n_months,).
    prior
        Gamma prior of the monthly rate; Jeffreys' by default.
    level
        Level of the interval.

    Returns
    -------
    Expectation
        With `D` the decayed count and `w` the weights of the months, the estimate is `D / sum w`. Its variance is that
        of a plain count over `M = (sum w)^2 / sum w^2` months, so that the posterior of the rate is
        `Gamma(shape + M D / sum w, months + M)`.

    Examples
    --------
    >>> expected = expected_rates([24.0], np.ones(12))
    >>> f"{expected.mean[0]:.2f} ({expected.lower[0]:.2f} to {expected.upper[0]:.2f})"
    '2.04 (1.31 to 2.93)'
    """
    start = prior or RatePrior()
    months, per_month = _effective(weights)
    shape = start.shape + months * np.asarray(decayed, dtype=np.float64) / per_month
    scale = 1 / (start.months + months)
    tail = (1 - level) / 2
    lower, upper = (gamma.ppf(p, shape, scale=scale) for p in (tail, 1 - tail))
    return Expectation(shape * scale, np.asarray(lower), np.asarray(upper))


def _effective(weights: ArrayLike) -> tuple[float, float]:
    """Return the plain months that the decayed ones are worth, and the sum of their weights."""
    weight = np.asarray(weights, dtype=np.float64)
    return float(weight.sum() ** 2 / (weight**2).sum()), float(weight.sum())


def prior_months(counts: Floats, prior_mean: Floats, months: float) -> float:
    """
    Return how many months of watching the prior is worth, by moments.

    Parameters
    ----------
    counts
        Incidents of each pixel.
    prior_mean
        Prior mean of its monthly rate, same shape.
    months
        Months watched.
    """
    expected = months * float(prior_mean.sum())
    excess = float(((counts - months * prior_mean) ** 2).sum()) - expected
    return min(months * expected / excess, _MOST_PRIOR_MONTHS) if excess > 0 else _MOST_PRIOR_MONTHS
