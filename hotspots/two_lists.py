"""
The list with perception in the score beside the list without it: which zones differ, and what that costs in hits.

Nobody can judge a multiplier by its formula. Both lists are always computed; the price is counted on the force's own
past, by the same rolling months as the back-test (METHODS 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.firmness import matched_zones, same_zone_m
from hotspots.history import History
from hotspots.placing import PlacedList
from hotspots.results import ListComparison

__all__ = ["compare_lists", "hits_of_lists", "no_comparison"]

Floats = NDArray[np.float64]

N_BOOTSTRAP = 2000
_LEVEL = 0.95

ZONE_COLUMNS = ("name", "grid_reference", "patrol_code", "rank_without", "rank_with", "change", "confidence_factor")
PERIOD_COLUMNS = ("month_index", "n_events", "hits_without", "hits_with")


def no_comparison(reason: str, *, strength: float = 0.0) -> ListComparison:
    """
    Return the comparison of a force of whose perception nothing is known.

    Parameters
    ----------
    reason
        Why.
    strength
        The c that was chosen.
    """
    empty = pd.DataFrame({name: [] for name in ZONE_COLUMNS}), pd.DataFrame({name: [] for name in PERIOD_COLUMNS})
    return ListComparison("no_data", reason, strength, False, *empty, np.nan, np.nan, np.nan)


def compare_lists(
    without: PlacedList,
    with_it: PlacedList,
    *,
    radius_m: float,
    describe: Callable[[Floats, Floats], pd.DataFrame],
) -> pd.DataFrame:
    """
    Put the zones of two lists side by side.

    Parameters
    ----------
    without, with_it
        Both lists.
    radius_m
        Radius of the zones, metres.
    describe
        Returns `name`, `grid_reference`, `patrol_code` and `confidence_factor` of zones by their centres.

    Returns
    -------
    DataFrame
        As `ListComparison.zones`: zones of the list with perception by rank, then those that leave.
    """
    a, b = without.listed(), with_it.listed()
    found = matched_zones(b.x, b.y, a.x, a.y, within_m=same_zone_m(radius_m))
    on_both = describe(b.x, b.y).assign(
        rank_without=np.where(found >= 0, found + 1.0, np.nan),
        rank_with=np.arange(1.0, len(b.x) + 1),
        change=np.where(found >= 0, "stays", "enters"),
    )
    gone = np.setdiff1d(np.arange(len(a.x)), found)
    leaving = describe(a.x[gone], a.y[gone]).assign(rank_without=gone + 1.0, rank_with=np.nan, change="leaves")
    tables = [table for table in (on_both, leaving) if len(table)]
    joined = pd.concat(tables, ignore_index=True) if tables else on_both
    return joined[list(ZONE_COLUMNS)]


def hits_of_lists(
    history: History,
    months: Sequence[int],
    lists_of: Callable[[int], tuple[PlacedList, PlacedList]],
    *,
    radius_m: float,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, tuple[float, float, float]]:
    """
    Count what both lists would have found in past months.

    Parameters
    ----------
    history
        Public-reported incidents, the tested months included.
    months
        The months that are tested.
    lists_of
        Returns the list without and the list with perception for a month, made from the months before it.
    radius_m
        Radius of the zones, metres.
    rng
        Draws the bootstrap over months.

    Returns
    -------
    tuple
        The table `ListComparison.periods`, and the share given up with its interval; NaN without any incident.
    """
    rows = []
    for month in months:
        found = history.only(month)
        lists = lists_of(month)
        hits = [_hits(zones.listed(), found, radius_m) for zones in lists]
        rows.append((month, int(found.n_own.sum()), *hits))
    periods = pd.DataFrame(rows, columns=list(PERIOD_COLUMNS))
    n, without, with_it = (periods[c].to_numpy(np.float64) for c in PERIOD_COLUMNS[1:])
    if not n.sum():
        return periods, (np.nan, np.nan, np.nan)
    drawn = rng.integers(len(n), size=(N_BOOTSTRAP, len(n)))
    totals = n[drawn].sum(axis=1)
    shares = (without - with_it)[drawn].sum(axis=1)[totals > 0] / totals[totals > 0]
    lower, upper = np.quantile(shares, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return periods, (float((without - with_it).sum() / n.sum()), float(lower), float(upper))


def _hits(zones: PlacedList, found: History, radius_m: float) -> int:
    """Count the incidents in any zone, each once."""
    if not len(zones.x):
        return 0
    near = np.hypot(found.x[:, None] - zones.x, found.y[:, None] - zones.y) <= radius_m
    return int(found.n_own[near.any(axis=1)].sum())
