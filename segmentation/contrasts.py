"""Similar people, different places: areas alike in who lives there whose rates differ beyond chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.special import betainc, ndtr, ndtri
from scipy.stats import gamma

from segmentation.results import CONTRAST_COLUMNS
from spatialstats.shrinkage import empirical_bayes

__all__ = ["contrasts_within", "estimate_contrasts", "false_sign_rates"]

Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

#: Each area is compared with so many of those most like it in their people.
_NEIGHBOURS = 10
#: Expected share of the pairs reported whose true rates differ the other way round, or not at all.
_FALSE_MOST = 0.05
#: A difference is worth a question where one rate is at least so many times the other.
_RATIO_LEAST = 1.5
#: Pairs that are kept for each area.
_KEPT = 2
_LEVEL = 0.95


def false_sign_rates(
    shape: NDArray[np.float64], rate: NDArray[np.float64], pairs: Pairs
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """
    Return the posterior probability that a pair of gamma-distributed rates differs the other way round.

    For X with shape a and rate b, Y with c and d, `P(X < Y) = I(b / (b + d); a, c)`, the regularised incomplete beta
    function; the smaller of that and its complement is the false sign rate (Stephens 2017).

    Parameters
    ----------
    shape, rate
        Of the posterior of each area, shape (n_areas,).
    pairs
        Positions of the areas of each pair.

    Returns
    -------
    tuple
        False sign rates, and whether the second area of a pair has the higher rate.

    References
    ----------
    Stephens M. (2017) False discovery rates: a new deal. Biostatistics 18, 275-294, doi 10.1093/biostatistics/kxw041.

    Examples
    --------
    >>> rates, is_second = false_sign_rates(np.array([5.0, 5.0]), np.array([1.0, 1.0]), (np.array([0]), np.array([1])))
    >>> rates.round(6).tolist()
    [0.5]
    """
    one, other = pairs
    below = np.asarray(betainc(shape[one], shape[other], rate[one] / (rate[one] + rate[other])), dtype=np.float64)
    return np.minimum(below, 1.0 - below), below > 0.5


def contrasts_within(
    points: NDArray[np.float64],
    membership: pd.DataFrame,
    counts: Mapping[str, NDArray[np.float64]],
    exposure: NDArray[np.float64],
) -> pd.DataFrame:
    """
    Return pairs of areas of one community group, alike in their people, whose rates differ beyond chance.

    Each area is compared with the ten of its group that are nearest to it in the People variables. Rates are taken as
    gamma-distributed within the group (`spatialstats.shrinkage.empirical_bayes`), so that small areas are drawn towards
    their own kind. Over all groups, the clearest pairs are reported as long as their mean false sign rate is at most
    5 per cent; of those, the ones with a rate at least half as high again as the other, the two most alike in their
    people for each area.

    Parameters
    ----------
    points
        Areas on the scale of the groups, shape (n_areas, n_variables).
    membership
        As `SegmentationResult.membership`, in the same order.
    counts
        Incidents by measure, shape (n_areas,).
    exposure
        Thousands of person-years, shape (n_areas,); positive.

    Returns
    -------
    DataFrame
        The columns of `segmentation.results.CONTRAST_COLUMNS`, by measure, the clearest first; `area_code` is the area
        with the higher rate, rates are posterior means per 1,000 residents a year with a 95 per cent interval.
    """
    groups = membership["group_code"].to_numpy(dtype=object)
    codes = membership["area_code"].to_numpy(dtype=object)
    pairs, apart = _alike(points, groups)
    tables = [
        _of_measure(measure, n, exposure, groups, codes, pairs, apart) for measure, n in counts.items() if len(pairs[0])
    ]
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(CONTRAST_COLUMNS))


def estimate_contrasts(areas: pd.DataFrame, *, measure: str) -> pd.DataFrame:
    """
    Return pairs of areas of one community group whose survey estimates differ beyond chance.

    The false sign rate of a pair is `Phi(-|a - b| / sqrt(s_a^2 + s_b^2))`; the clearest pairs over all groups are told
    as long as their mean is at most 5 per cent.

    Parameters
    ----------
    areas
        A row per area: `area_code`, `group_code`, `estimate` and `standard_error`; a row that lacks one is left out.
    measure
        What is estimated.

    Returns
    -------
    DataFrame
        The columns of `segmentation.results.CONTRAST_COLUMNS`, the clearest first; `area_code` is the area with the
        higher estimate. `ratio` is missing: shares are compared by their difference.
    """
    known = areas.dropna(subset=["group_code", "estimate", "standard_error"])
    known = known[known["standard_error"] > 0].sort_values("area_code", kind="stable").reset_index(drop=True)
    groups, codes = (known[name].to_numpy(dtype=object) for name in ("group_code", "area_code"))
    value, error = (known[name].to_numpy(dtype=np.float64) for name in ("estimate", "standard_error"))
    one, other = np.triu_indices(len(known), k=1)
    same = groups[one] == groups[other]
    one, other = one[same], other[same]
    false = ndtr(-np.abs(value[one] - value[other]) / np.hypot(error[one], error[other]))
    high, low = np.where(value[one] >= value[other], one, other), np.where(value[one] >= value[other], other, one)
    order = np.lexsort((codes[low].astype(str), codes[high].astype(str), false))
    n_told = int((np.cumsum(false[order]) / np.arange(1, len(order) + 1) <= _FALSE_MOST).sum())
    up, down, told = high[order[:n_told]], low[order[:n_told]], order[:n_told]
    half = float(ndtri((1 + _LEVEL) / 2)) * error
    lower, upper = np.clip(value - half, 0.0, 1.0), np.clip(value + half, 0.0, 1.0)
    columns = (
        np.full(n_told, measure, dtype=object), groups[up], codes[up], value[up], lower[up], upper[up], codes[down],
        value[down], lower[down], upper[down], np.full(n_told, np.nan), false[told],
    )  # fmt: skip
    return pd.DataFrame(dict(zip(CONTRAST_COLUMNS, columns, strict=True)))


def _alike(points: NDArray[np.float64], groups: NDArray[np.object_]) -> tuple[Pairs, NDArray[np.float64]]:
    """Return each pair of an area and one of its nearest in the group once, and how far apart they are."""
    found: dict[tuple[int, int], float] = {}
    for group in sorted(set(groups)):
        own = np.flatnonzero(groups == group)
        n = min(_NEIGHBOURS + 1, len(own))
        distances, at = (np.asarray(a) for a in KDTree(points[own]).query(points[own], k=range(1, n + 1)))
        for row, (near, far) in enumerate(zip(at.tolist(), distances.tolist(), strict=True)):
            for j, distance in zip(near, far, strict=True):
                if j != row:
                    found[int(own[min(row, j)]), int(own[max(row, j)])] = distance
    keys = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return (keys[:, 0], keys[:, 1]), np.array([found[one, other] for one, other in keys.tolist()])


def _of_measure(
    measure: str,
    counts: NDArray[np.float64],
    exposure: NDArray[np.float64],
    groups: NDArray[np.object_],
    codes: NDArray[np.object_],
    pairs: Pairs,
    apart: NDArray[np.float64],
) -> pd.DataFrame:
    shape, rate = _posterior(counts, exposure, groups)
    known = np.isfinite(shape[pairs[0]])
    one, other = pairs[0][known], pairs[1][known]
    false, is_second = false_sign_rates(shape, rate, (one, other))
    high, low = np.where(is_second, other, one), np.where(is_second, one, other)
    mean = shape / rate
    order = np.lexsort((codes[low].astype(str), codes[high].astype(str), -(mean[high] / mean[low]), false))
    n_told = int((np.cumsum(false[order]) / np.arange(1, len(order) + 1) <= _FALSE_MOST).sum())
    told = order[:n_told]
    told = told[mean[high[told]] >= _RATIO_LEAST * mean[low[told]]]
    told = told[_nearest_of_each(high[told], low[told], apart[known][told])]
    ends = ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2)
    lower, upper = (np.asarray(gamma.ppf(q, shape, scale=1.0 / rate), dtype=np.float64) for q in ends)
    up, down = high[told], low[told]
    columns = (
        np.full(len(told), measure, dtype=object), groups[up], codes[up], mean[up], lower[up], upper[up], codes[down],
        mean[down], lower[down], upper[down], mean[up] / mean[down], false[told],
    )  # fmt: skip
    return pd.DataFrame(dict(zip(CONTRAST_COLUMNS, columns, strict=True)))


def _posterior(
    counts: NDArray[np.float64], exposure: NDArray[np.float64], groups: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shape and rate of each area's posterior; NaN in a group whose areas do not differ beyond chance."""
    shape, rate = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    for group in sorted(set(groups)):
        own = np.flatnonzero(groups == group)
        if len(own) < 3 or counts[own].sum() == 0:
            continue
        fitted = empirical_bayes(counts[own], exposure[own])
        mean, between = float(np.ravel(fitted.prior_mean)[0]), float(np.ravel(fitted.between_variance)[0])
        if between > 0:
            shape[own] = mean**2 / between + counts[own]
            rate[own] = mean / between + exposure[own]
    return shape, rate


def _nearest_of_each(high: NDArray[np.int64], low: NDArray[np.int64], apart: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which pairs are among the two whose people are most alike for either of their areas."""
    seen: dict[int, int] = {}
    keep = np.zeros(len(high), dtype=bool)
    for i in np.lexsort((np.arange(len(apart)), apart)):
        one, other = int(high[i]), int(low[i])
        keep[i] = seen.get(one, 0) < _KEPT or seen.get(other, 0) < _KEPT
        seen[one], seen[other] = seen.get(one, 0) + 1, seen.get(other, 0) + 1
    return keep
