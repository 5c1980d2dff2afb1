"""Whether steadied rates foretell the next half-year better than plain ones, on the force's own data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from profiles.figures import Geography
from profiles.history import MonthlyCounts
from spatialstats.shrinkage import empirical_bayes

__all__ = ["Foretelling", "foretell"]

_HALF = 6
_RESAMPLES = 2_000
_LEAST_AREAS = 20


@dataclass(frozen=True, slots=True)
class Foretelling:
    """
    How much better the steadied rate of one half-year foretells the counts of the next than the plain one.

    Parameters
    ----------
    kind
        What was counted.
    n_areas
        Areas compared.
    gain, lower, upper
        Mean gain of the Poisson log score for each area, with its 95 per cent interval over resampled areas; above 0
        the steadied rate is the better one.
    """

    kind: str
    n_areas: int
    gain: float
    lower: float
    upper: float

    @property
    def verdict(self) -> str:
        """What the interval says, in words."""
        if self.lower > 0:
            return "better than"
        return "worse than" if self.upper < 0 else "neither better nor worse than"


def foretell(
    monthly: MonthlyCounts, geography: Geography, residents: NDArray[np.float64], *, rng: np.random.Generator
) -> tuple[Foretelling, ...]:
    """
    Compare two forecasts of the last six months, made from the six before: steadied and plain rates.

    The plain rate is `(k + 0.5) / e` (half an incident keeps an area with none from being impossible), the steadied one
    `spatialstats.shrinkage.empirical_bayes`; both are scored by the Poisson log probability of what followed.

    Parameters
    ----------
    monthly
        Counts of the small areas.
    geography
        The areas.
    residents
        Residents of the small areas, shape (n_small,), NaN where not known.
    rng
        Draws the resamples.

    Returns
    -------
    tuple of Foretelling
        One for each kind of the profile; none where the last 12 months are not all loaded, or under 20 areas have
        residents.
    """
    months = monthly.months
    if len(months) < 2 * _HALF or months[-1] - months[-2 * _HALF] != 2 * _HALF - 1:
        return ()
    exposure = geography.total(residents)
    at = exposure > 0
    if int(at.sum()) < _LEAST_AREAS:
        return ()
    made = []
    for kind in ("asb", "minor_crime"):
        if kind not in monthly.by_kind:
            continue
        counts = monthly.of(geography, kind)[at]
        first, second = np.rint(counts[:, -2 * _HALF : -_HALF].sum(axis=1)), np.rint(counts[:, -_HALF:].sum(axis=1))
        plain, steadied = first + 0.5, empirical_bayes(first, exposure[at]).rate * exposure[at]
        gain = poisson.logpmf(second, np.maximum(steadied, 1e-9)) - poisson.logpmf(second, plain)
        drawn = gain[rng.integers(len(gain), size=(_RESAMPLES, len(gain)))].mean(axis=1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        made.append(Foretelling(kind, len(gain), float(gain.mean()), float(low), float(high)))
    return tuple(made)
