"""Direct estimates of many groups of respondents at once, with variances that know the design and the raking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from domain.errors import AnalysisError
from profiles.survey_weights import WeightedWave

__all__ = ["DirectEstimates", "direct_estimates", "margin_of_error", "wilson_interval"]


@dataclass(frozen=True, slots=True)
class DirectEstimates:
    """
    A share in each of n groups, from the answers of the group alone.

    Parameters
    ----------
    share
        Weighted share, shape (n,); NaN where nobody answered.
    variance
        Its linearised variance, shape (n,); NaN where nobody answered or the design tells nothing.
    n_respondents
        Answers in the base, shape (n,).
    kish_n
        Kish's effective number of answers, shape (n,): 0 where nobody answered.
    population
        Sum of weights of the base, shape (n,).
    """

    share: NDArray[np.float64]
    variance: NDArray[np.float64]
    n_respondents: NDArray[np.int64]
    kish_n: NDArray[np.float64]
    population: NDArray[np.float64]


def direct_estimates(
    weighted: WeightedWave, answers: NDArray[np.float64], groups: NDArray[np.bool_]
) -> DirectEstimates:
    """
    Estimate the share of each group and its variance by linearisation.

    `p = sum w y / sum w` over the group's base. Its linear variable is `u_i = (y_i - p) / sum w` inside the group and 0
    outside. Raking takes out what the margins explain: `e_i` is the residual of u on the indicators of the raked
    margins within the policing unit (least squares with the weights). The variance is that of totals of primary
    sampling units within strata: `sum_h n_h / (n_h - 1) sum_j (t_hj - mean t_h)^2` with `t_hj = sum w_i e_i`. Without
    strata the policing units are strata; without primary units each respondent is one; a stratum of a single unit is
    centred on the mean of all units.

    Parameters
    ----------
    weighted
        The wave.
    answers
        0 or 1, NaN outside the base, shape (n_respondents,).
    groups
        Who belongs to which group, shape (n_respondents, n_groups).

    References
    ----------
    Deville J.-C., Särndal C.-E. (1992) Calibration estimators in survey sampling. Journal of the American Statistical
    Association 87, 376-382, doi 10.1080/01621459.1992.10475217. Binder D. A. (1983) On the variances of asymptotically
    normal estimators from complex surveys. International Statistical Review 51, 279-292, doi 10.2307/1402588.
    """
    base = np.isfinite(answers)
    y, w = np.where(base, answers, 0.0), np.where(base, weighted.weights, 0.0)
    inside = groups & base[:, None]
    n = inside.sum(axis=0).astype(np.int64)
    weight = w @ inside
    some = weight > 0
    share = np.divide(y * w @ inside, weight, out=np.full(len(n), np.nan), where=some)
    kish = np.divide(weight**2, w**2 @ inside, out=np.zeros(len(n)), where=some)
    linear = inside * (y[:, None] - np.where(some, share, 0.0)) / np.where(some, weight, 1.0)
    variance = _design_variance(weighted, _residuals(weighted, linear))
    variance = np.where(some & (n > 1), variance, np.nan)
    return DirectEstimates(share, variance, n, kish, weight)


def _residuals(weighted: WeightedWave, linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the raked margins do not explain of linear variables, shape (n_respondents, n_groups)."""
    residual = linear.copy()
    for rows, indicators in weighted.calibration:
        if indicators.shape[1] < 2:
            continue
        balanced = indicators.T * weighted.weights[rows]
        inverse = np.linalg.pinv(balanced @ indicators, hermitian=True)  # indicators of a margin add up to the ones
        residual[rows] -= indicators @ (inverse @ (balanced @ linear[rows]))
    return residual


def _design_variance(weighted: WeightedWave, residual: NDArray[np.float64]) -> NDArray[np.float64]:
    frame = weighted.responses
    stratum = frame["stratum"].where(frame["stratum"].notna(), frame["unit_code"]).astype(str)
    serial = pd.Series([f"row {i}" for i in range(len(frame))], index=frame.index)
    unit = stratum + "\x1f" + frame["psu"].where(frame["psu"].notna(), serial).astype(str)
    unit_code, names = pd.factorize(unit, sort=True)
    totals = np.zeros((len(names), residual.shape[1]))
    np.add.at(totals, unit_code, residual * weighted.weights[:, None])
    first = np.unique(unit_code, return_index=True)[1]
    stratum_of, _ = pd.factorize(stratum.iloc[first], sort=True)
    size = np.bincount(stratum_of)
    sums = np.zeros((len(size), residual.shape[1]))
    np.add.at(sums, stratum_of, totals)
    centre = np.where(size[:, None] > 1, sums / size[:, None], totals.mean(axis=0))
    squares = np.zeros_like(sums)
    np.add.at(squares, stratum_of, (totals - centre[stratum_of]) ** 2)
    factor = np.where(size > 1, size / np.maximum(size - 1, 1), 1.0)
    return np.asarray(factor @ squares, dtype=np.float64)


def wilson_interval(
    share: ArrayLike, effective_n: ArrayLike, *, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return Wilson's interval of a share for an effective number of answers; it stays within 0 and 1.

    `(p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)`.

    Parameters
    ----------
    share
        0 to 1, shape (n,).
    effective_n
        Effective number of answers, shape (n,); NaN or 0 gives NaN.
    level
        Coverage.

    References
    ----------
    Wilson E. B. (1927) Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22, 209-212, doi 10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> lower, upper = wilson_interval([0.0, 0.5], [10, 100])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 0.404], [0.278, 0.596])
    """
    p, n = np.asarray(share, dtype=np.float64), np.asarray(effective_n, dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    z = norm.isf((1.0 - level) / 2.0)
    middle, spread = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.clip((middle - spread) / (1 + z**2 / n), 0, 1), np.clip((middle + spread) / (1 + z**2 / n), 0, 1)


def margin_of_error(share: float, n: float, *, level: float = 0.95) -> float:
    """
    Return the half width of the interval of a share in a simple random sample, `z sqrt(p(1-p)/n)`, in points.

    Parameters
    ----------
    share
        0 to 1.
    n
        Number of answers; the effective one where the sample is not simple.
    level
        Coverage.

    Raises
    ------
    AnalysisError
        If the share is not between 0 and 1 or there are no answers.

    Examples
    --------
    The share of 43.5 per cent that the British Crime Survey found for England and Wales, in samples of three sizes:

    >>> [round(margin_of_error(0.435, n), 1) for n in (1000, 300, 100)]
    [3.1, 5.6, 9.7]
    """
    if not 0 <= share <= 1 or n <= 0:
        raise AnalysisError("a margin of error needs a share between 0 and 1 and a positive number of answers")
    return float(100 * norm.isf((1 - level) / 2) * np.sqrt(share * (1 - share) / n))
