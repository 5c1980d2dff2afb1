"""
How concentrated incidents are, without mistaking chance for concentration.

With fewer incidents than places most places are empty by necessity, and a plain Gini coefficient calls that
concentration. The generalised Gini compares with the best that so few incidents could do (Bernasco & Steenbeek 2017,
doi 10.1007/s10940-016-9324-7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.errors import AnalysisError

__all__ = ["ConcentrationResult", "concentration"]


@dataclass(frozen=True, slots=True)
class ConcentrationResult:
    """
    Concentration of incidents over places.

    Parameters
    ----------
    top_shares
        Share of incidents (0 to 1) in the busiest 1, 5 and 10 per cent of all places, by that share of places.
    gini
        Plain Gini coefficient, 0 (even) to 1.
    generalised_gini
        Gini against the most even spread that so few incidents allow; equal to `gini` where incidents outnumber places.
    n_incidents, n_places
        What was counted.
    """

    top_shares: dict[float, float]
    gini: float
    generalised_gini: float
    n_incidents: int
    n_places: int


def concentration(counts: NDArray[np.int64], *, shares: tuple[float, ...] = (0.01, 0.05, 0.10)) -> ConcentrationResult:
    """
    Measure how concentrated incidents are over places.

    `G = (2 / (c n)) sum_i i y_(i) - (n + 1) / n` for counts in ascending order; the generalised form is
    `G' = max(n / c, 1) (G - 1) + 1`, with n places and c incidents. A budget that ends inside a place takes that part
    of its incidents.

    Parameters
    ----------
    counts
        Incidents of every place, the empty ones too, shape (n_places,).
    shares
        Shares of places, 0 to 1.

    Raises
    ------
    AnalysisError
        If there is no place or a negative count.

    Examples
    --------
    >>> result = concentration(np.array([1, 1, 0, 0]))
    >>> result.gini, result.generalised_gini
    (0.5, 0.0)
    """
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    n = len(ordered)
    if n == 0 or ordered[0] < 0:
        raise AnalysisError("concentration needs at least one place and no negative count")
    total = float(ordered.sum())
    if total == 0:
        return ConcentrationResult(dict.fromkeys(shares, 0.0), 0.0, 0.0, 0, n)
    gini = 2 * float((np.arange(1, n + 1) * ordered).sum()) / (total * n) - (n + 1) / n
    generalised = max(n / total, 1.0) * (gini - 1) + 1
    cumulated = np.concatenate([[0.0], np.cumsum(ordered[::-1])]) / total
    tops = {share: float(np.interp(share * n, np.arange(n + 1), cumulated)) for share in shares}
    return ConcentrationResult(tops, round(gini, 12), round(generalised, 12), int(total), n)
