"""What a zone can be expected to see in a month, with an interval: a gamma-Poisson posterior on decayed counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import gamma

__all__ = ["Expectation", "RatePrior", "expected_rates", "moment_prior"]

Floats = NDArray[np.float64]

# Jeffreys' prior of a Poisson rate: half an incident, in no time.
_JEFFREYS_SHAPE = 0.5


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


def moment_prior(rates: ArrayLike, *, months: float) -> RatePrior:
    """
    Fit the prior to the monthly rates of many equal pieces of ground, by moments (Marshall 1991).

    Parameters
    ----------
    rates
        Incidents per month of each piece, shape (n_pieces,).
    months
        Months that the rates are worth.

    Returns
    -------
    RatePrior
        With mean m and variance s2 of the rates, the variance beyond chance is `A = s2 - m / months`, the shape
        `m^2 / A` and the months `m / A`; Jeffreys' prior where A is not above zero.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. Applied Statistics
    40(2), 283-294, doi 10.2307/2347593.
    """
    values = np.asarray(rates, dtype=np.float64)
    if len(values) < 2 or months <= 0:
        return RatePrior()
    mean = float(values.mean())
    between = float(values.var()) - mean / months
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
    '2.04 (1.32 to 2.92)'
    """
    start = prior or RatePrior()
    weight = np.asarray(weights, dtype=np.float64)
    months = weight.sum() ** 2 / (weight**2).sum()
    shape = start.shape + months * np.asarray(decayed, dtype=np.float64) / weight.sum()
    scale = 1 / (start.months + months)
    tail = (1 - level) / 2
    lower, upper = (gamma.ppf(p, shape, scale=scale) for p in (tail, 1 - tail))
    return Expectation(shape * scale, np.asarray(lower), np.asarray(upper))
