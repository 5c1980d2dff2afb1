"""
Do two periods show the same pattern? A spatial point pattern test of areas, like months a year apart.

What is compared is each area's *share* of all incidents, so that a general rise or fall is no difference. Andresen's
test (2009, doi 10.1016/j.apgeog.2008.12.004) resamples one period; the exact test of two shares with control of the
false discovery rate is what Wheeler, Steenbeek & Andresen (2018, doi 10.1111/tgis.12341) put in its place, since it
holds its level where areas have few incidents.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from domain.areas import FigureState

__all__ = ["COMPARISON_COLUMNS", "PeriodComparison", "compare_patterns", "compare_years", "exact_share_p"]

Counts = NDArray[np.int64]

COMPARISON_COLUMNS = (
    "area_code", "n_before", "n_after", "share_before", "share_after", "p_value", "q_value", "direction",
)  # fmt: skip

_MONTHS_A_YEAR = 12

# Tables as likely as the one observed differ from it in the last digits only.
_AS_LIKELY = 1 + 1e-7


@dataclass(frozen=True, slots=True)
class PeriodComparison:
    """
    Two periods, area by area.

    Parameters
    ----------
    state, reason
        Whether they could be compared, or why not.
    areas
        Areas with an incident in either period, most different first: `COMPARISON_COLUMNS`; `direction` is `more`,
        `less` or `same` (the share of all incidents, beyond chance or not).
    similarity
        Andresen's S: share of those areas whose share of incidents is not different, 0 to 1.
    n_before, n_after
        Incidents of both periods.
    months
        Positions of the months that are compared (`LocalMonth.index`) in the later period; those a year before are
        the earlier one.
    """

    state: FigureState
    reason: str
    areas: pd.DataFrame
    similarity: float
    n_before: int
    n_after: int
    months: tuple[int, ...]


def exact_share_p(before: Counts, after: Counts) -> NDArray[np.float64]:
    """
    Return Fisher's exact two-sided p of each area for its share of all incidents being the same in both periods.

    Parameters
    ----------
    before, after
        Incidents of each area, of shape (n_areas,).

    Returns
    -------
    array of shape (n_areas,)
        With `N1`, `N2` the totals and `k = n1 + n2` of an area, `n2` is hypergeometric where shares are equal; p sums
        all tables that are no likelier than the observed one.

    Examples
    --------
    >>> exact_share_p(np.array([8, 2]), np.array([1, 5])).round(6).tolist()
    [0.034965, 0.034965]
    """
    total_before, total_after = int(before.sum()), int(after.sum())
    keys, position = np.unique(np.column_stack([before + after, after]), axis=0, return_inverse=True)
    p = np.ones(len(keys))
    for i, (both, observed) in enumerate(keys):
        low = max(0, both - total_before)
        chance = _chances(low, min(both, total_after), int(both), total_after, total_before)
        p[i] = min(float(chance[chance <= chance[observed - low] * _AS_LIKELY].sum()), 1.0)
    return p[position.ravel()]


def _chances(low: int, high: int, both: int, total_after: int, total_before: int) -> NDArray[np.float64]:
    """
    Return the hypergeometric probability of every count after, from the smallest possible one to the largest.

    Each is the one before it times a ratio of whole numbers: from the likeliest one outwards nothing is lost.
    """
    k = np.arange(low, high, dtype=np.float64)
    ratio = (total_after - k) * (both - k) / ((k + 1) * (total_before - both + k + 1))
    likeliest = int(np.count_nonzero(ratio >= 1))
    falling, rising = np.cumprod(ratio[likeliest:]), np.cumprod(1 / ratio[:likeliest][::-1])[::-1]
    weights = np.concatenate([rising, [1.0], falling])
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def compare_patterns(
    before: Counts, after: Counts, area_codes: NDArray[np.object_], *, false_discovery_rate: float = 0.05
) -> pd.DataFrame:
    """
    Test every area with an incident in either period.

    Parameters
    ----------
    before, after
        Incidents of each area, of shape (n_areas,); both periods need one.
    area_codes
        Code of each area.
    false_discovery_rate
        Level of the Benjamini-Hochberg procedure over those areas.

    Returns
    -------
    DataFrame
        `COMPARISON_COLUMNS`, smallest p first, then by code.
    """
    has_any = before + after > 0
    n1, n2, codes = before[has_any], after[has_any], area_codes[has_any]
    p = exact_share_p(n1, n2)
    q = false_discovery_control(p) if len(p) else p
    share_1, share_2 = n1 / max(n1.sum(), 1), n2 / max(n2.sum(), 1)
    differs = q <= false_discovery_rate
    table = pd.DataFrame(
        {
            "area_code": codes,
            "n_before": n1,
            "n_after": n2,
            "share_before": share_1,
            "share_after": share_2,
            "p_value": p,
            "q_value": q,
            "direction": np.where(~differs, "same", np.where(share_2 > share_1, "more", "less")).astype(object),
        }
    )
    return table.sort_values(["p_value", "area_code"], kind="stable", ignore_index=True)


def compare_years(
    rows: pd.DataFrame,
    *,
    area_codes: list[str],
    last_month_index: int,
    false_discovery_rate: float = 0.05,
    most_months: int = _MONTHS_A_YEAR,
) -> PeriodComparison:
    """
    Compare the last months with the same months a year before, area by area.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`; `small_area_code` is the area.
    area_codes
        Every area of the force.
    last_month_index
        Last month of the later period.
    false_discovery_rate
        Level of the test.
    most_months
        Months compared at most; only months that are loaded in both years are.

    Returns
    -------
    PeriodComparison
        `cannot_tell` where no month is loaded in both years, `no_data` where one of them has no incident.
    """
    loaded = set(rows["month_index"])
    wanted = range(last_month_index - most_months + 1, last_month_index + 1)
    months = tuple(m for m in wanted if m in loaded and m - _MONTHS_A_YEAR in loaded)
    empty = pd.DataFrame({column: [] for column in COMPARISON_COLUMNS})
    if not months:
        reason = "Two periods can be compared only by the same months a year apart; no month is loaded in both years."
        return PeriodComparison(FigureState.CANNOT_TELL, reason, empty, 0.0, 0, 0, ())
    codes = np.array(sorted(area_codes), dtype=object)
    own = rows[rows["is_own"]]
    before, after = (_counts(own, codes, [m - shift for m in months]) for shift in (_MONTHS_A_YEAR, 0))
    if not before.sum() or not after.sum():
        reason = "One of the two periods has no incident of the chosen kinds."
        return PeriodComparison(FigureState.NO_DATA, reason, empty, 0.0, int(before.sum()), int(after.sum()), months)
    areas = compare_patterns(before, after, codes, false_discovery_rate=false_discovery_rate)
    similarity = float((areas["direction"] == "same").mean())
    return PeriodComparison(FigureState.OK, "", areas, similarity, int(before.sum()), int(after.sum()), months)


def _counts(own: pd.DataFrame, codes: NDArray[np.object_], months: list[int]) -> Counts:
    of_months = own[own["month_index"].isin(months)]
    return of_months.groupby("small_area_code")["n"].sum().reindex(codes, fill_value=0).to_numpy(np.int64)
