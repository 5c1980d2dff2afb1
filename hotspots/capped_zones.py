"""
The price of fairness: what is lost in hits when no kind of area may hold many more zones than its share of reports.

Zones are placed as ever on earlier months, then once more under caps, and both are tested on the months that follow.
The published zones are never capped: this only says what a cap would cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.incidents import ScoringSet
from hotspots.exclusions import Exclusion, excluded_ground, outside_ground
from hotspots.history import public_history, scored_rows
from hotspots.ledger import paired_resamples
from hotspots.rasters import force_outline
from hotspots.red_zones import ZoneSettings, score_surface
from hotspots.seasons import SAME_SEASON
from hotspots.zone_facts import DiscRows, rows_in_discs
from hotspots.zones import blurred_for_placing, place_discs

__all__ = ["PRICE_COLUMNS", "PRICE_SHARE_COLUMNS", "CappedPrice", "choose_under_caps", "price_of_caps"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

PRICE_COLUMNS = (
    "slack", "n_months", "n_zones", "hit_rate", "lost", "lost_lower", "lost_upper", "n_moved", "largest_excess",
)  # fmt: skip
PRICE_SHARE_COLUMNS = ("slack", "class_code", "report_share", "zones_share")

_RESAMPLES = 2_000
_POOL_TIMES = 5
_LEAST_MONTHS = 3


@dataclass(frozen=True, slots=True)
class CappedPrice:
    """
    What caps would cost.

    Parameters
    ----------
    state
        `ok`, or `cannot_tell` where fewer than three months can be tested or a class is unknown.
    reason
        Why it cannot be told; empty otherwise.
    curve
        Columns `PRICE_COLUMNS`, a row per cap, loosest first: `slack` is how far the share of zones of a class may lie
        above its share of reports (infinite for no cap); `lost` is the share of the hits lost against no cap, with the
        paired 95 per cent interval over months; `n_moved` is the mean number of zones that differ; `largest_excess`
        the largest mean share of zones above a share of reports.
    shares
        Columns `PRICE_SHARE_COLUMNS`: mean shares by class and cap.
    """

    state: str
    reason: str
    curve: pd.DataFrame
    shares: pd.DataFrame


def choose_under_caps(ranked: NDArray[np.object_], caps: Mapping[str, int], *, capacity: int) -> Indices:
    """
    Take discs in order of rank, leaving out those whose class is full.

    Parameters
    ----------
    ranked
        Class of each disc, best first, shape (n_discs,).
    caps
        Most discs of each class; a class that is not named has none.
    capacity
        Discs in all.

    Returns
    -------
    array
        Positions of the discs taken, at most `capacity`.

    Examples
    --------
    >>> choose_under_caps(np.array(["a", "a", "a", "b"], dtype=object), {"a": 2}, capacity=3).tolist()
    [0, 1, 3]
    """
    left = dict(caps)
    taken: list[int] = []
    for position, name in enumerate(ranked):
        if len(taken) == capacity:
            break
        if name in left:
            if left[name] <= 0:
                continue
            left[name] -= 1
        taken.append(position)
    return np.array(taken, dtype=np.int64)


def price_of_caps(  # noqa: PLR0913 - the tables of the room, and what is tested
    places: pd.DataFrame,
    place_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    scoring_set: ScoringSet,
    last_month_index: int,
    test_months: int,
    force: gpd.GeoDataFrame,
    settings: ZoneSettings,
    model: str,
    class_of_area: Mapping[str, str],
    rng: np.random.Generator,
    slacks: Sequence[float] = (0.2, 0.1, 0.05, 0.0),
    exclusions: Sequence[Exclusion] = (),
) -> CappedPrice:
    """
    Test zones with and without caps on the last months, each placed from the months before it alone.

    Parameters
    ----------
    places, place_counts, kinds
        Tables `PLACES`, `PLACE_COUNTS` and `KINDS` of `domain.schemas`.
    scoring_set
        Which categories score, and count as hits.
    last_month_index, test_months
        The months tested: so many, ending there.
    force
        Outline of the force in the analysis CRS.
    settings
        How zones are placed; the capacity is theirs.
    model
        Name of the candidate that scores.
    class_of_area
        Class of each small area, such as its fifth.
    rng
        Draws the resamples of months.
    slacks
        How far the share of zones of a class may lie above its share of reports, 0 to 1.
    exclusions
        Ground that is treated as if it lay outside the force.

    Returns
    -------
    CappedPrice
        A disc belongs to the class from which most of its incidents come. The share of reports of a class is that of
        the public-reported incidents of the chosen kinds in the months read; its cap is `ceil(capacity (share +
        slack))`. Under caps the discs are the next ones of the same ranking, five times as long as the capacity.
    """
    rows, outline = scored_rows(places, place_counts, kinds, scoring_set=scoring_set), force_outline(force)
    if exclusions:
        excluded = excluded_ground(exclusions)
        rows, outline = outside_ground(rows, excluded), shapely.difference(outline, excluded)
    trial = _Trial(rows, outline, settings, model, dict(class_of_area), (np.inf, *slacks))
    months = range(last_month_index - test_months + 1, last_month_index + 1)
    found = [row for month in months for row in trial.of_month(month)]
    n_months = len({row["month"] for row in found})
    if n_months < _LEAST_MONTHS:
        reason = f"{n_months} months could be tested; the price of a cap needs {_LEAST_MONTHS}."
        nothing = pd.DataFrame(columns=list(PRICE_COLUMNS)), pd.DataFrame(columns=list(PRICE_SHARE_COLUMNS))
        return CappedPrice("cannot_tell", reason, *nothing)
    return CappedPrice("ok", "", *_averages(pd.DataFrame(found), rng))


@dataclass(frozen=True, slots=True)
class _Trial:
    """What stays the same from month to month."""

    rows: pd.DataFrame
    outline: shapely.Geometry
    settings: ZoneSettings
    model: str
    class_of_area: dict[str, str]
    slacks: tuple[float, ...]

    def of_month(self, month: int) -> list[dict[str, object]]:
        """Return hits and shares of each cap in one month; nothing where it cannot be tested."""
        s = self.settings
        window = self.rows[self.rows["month_index"].between(month - s.window_months, month - 1)]
        present = self.rows[(self.rows["month_index"] == month) & self.rows["is_own"]]
        history = public_history(window, last_month_index=month - 1)
        if self.model == SAME_SEASON:
            history = public_history(self.rows, last_month_index=month - 1).window(month - s.window_months)
        if present.empty or len(history.months) < min(_LEAST_MONTHS, s.window_months) or not history.n_own.any():
            return []
        surface = score_surface(history, self.outline, month_index=month, settings=s, model=self.model)
        pool = place_discs(
            blurred_for_placing(surface, sigma_m=s.blur_m),
            radius_m=s.radius_m,
            capacity=_POOL_TIMES * s.capacity,
            least_new_share=s.least_new_share,
        )
        past = window[window["is_own"]].reset_index(drop=True)
        classes = self._classes(rows_in_discs(past, pool.x, pool.y, radius_m=s.radius_m), past)
        hits = rows_in_discs(present.reset_index(drop=True), pool.x, pool.y, radius_m=s.radius_m)
        return self._of_caps(month, classes, hits, present["n"].to_numpy(np.float64), self._report_shares(past))

    def _of_rows(self, rows: pd.DataFrame) -> NDArray[np.object_]:
        return np.array([self.class_of_area.get(str(code), "") for code in rows["small_area_code"]], dtype=object)

    def _report_shares(self, past: pd.DataFrame) -> dict[str, float]:
        n = past["n"].groupby(self._of_rows(past)).sum()
        n = n[n.index != ""]
        return {str(name): float(value / n.sum()) for name, value in n.items()}

    def _classes(self, discs: DiscRows, past: pd.DataFrame) -> NDArray[np.object_]:
        """Return the class from which most incidents of each disc come, empty where none is known."""
        of_row, n = self._of_rows(past), past["n"].to_numpy(np.float64)
        classes = []
        for positions in discs.positions:
            sums = pd.Series(n[positions]).groupby(of_row[positions]).sum()
            sums = sums[sums.index != ""]
            classes.append(str(sums.idxmax()) if len(sums) else "")
        return np.array(classes, dtype=object)

    def _of_caps(
        self, month: int, classes: NDArray[np.object_], hits: DiscRows, n: Floats, report: Mapping[str, float]
    ) -> list[dict[str, object]]:
        capacity = self.settings.capacity
        free = choose_under_caps(classes, {}, capacity=capacity)
        made: list[dict[str, object]] = []
        for slack in self.slacks:
            caps = {} if np.isinf(slack) else _caps(report, slack, capacity)
            taken = choose_under_caps(classes, caps, capacity=capacity) if caps else free
            within: Indices = np.unique(np.concatenate([np.empty(0, np.int64), *hits.take(taken).positions]))
            zones = {name: float((classes[taken] == name).mean()) for name in report}
            made.append(
                {
                    "month": month, "slack": slack, "n_zones": len(taken), "hits": float(n[within].sum()),
                    "n_events": float(n.sum()), "n_moved": len(np.setdiff1d(taken, free)), "report": dict(report),
                    "zones": zones,
                }
            )  # fmt: skip
        return made


def _caps(report: Mapping[str, float], slack: float, capacity: int) -> dict[str, int]:
    # Products such as 0.29 * 100 come out a hair above the whole number that was meant.
    return {name: int(np.ceil(capacity * (share + slack) - 1e-9)) for name, share in report.items()}


def _averages(found: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    months = sorted(found["month"].unique())
    draws = paired_resamples(len(months), n_resamples=_RESAMPLES, rng=rng)
    found = found.assign(rate=found["hits"] / found["n_events"])
    rates = found.pivot_table(index="month", columns="slack", values="rate")
    free = rates[np.inf].to_numpy()
    curve: list[dict[str, object]] = []
    shares: list[dict[str, object]] = []
    for slack, part in found.groupby("slack", sort=False):
        rate = rates[slack].to_numpy()
        baseline = free[draws].mean(axis=1)
        lost = 1 - rate[draws].mean(axis=1)[baseline > 0] / baseline[baseline > 0]
        lower, upper = np.quantile(lost, [0.025, 0.975]) if len(lost) else (np.nan, np.nan)
        names = sorted({name for report in part["report"] for name in report})
        report, zones = (
            {name: float(np.mean([row.get(name, 0.0) for row in part[column]])) for name in names}
            for column in ("report", "zones")
        )
        curve.append(
            {
                "slack": slack, "n_months": len(months), "n_zones": part["n_zones"].mean(), "hit_rate": rate.mean(),
                "lost": 1 - rate.mean() / free.mean() if free.any() else np.nan, "lost_lower": lower,
                "lost_upper": upper, "n_moved": part["n_moved"].mean(),
                "largest_excess": max((zones[name] - report[name] for name in names), default=np.nan),
            }
        )  # fmt: skip
        shares += [
            {"slack": slack, "class_code": name, "report_share": report[name], "zones_share": zones[name]}
            for name in names
        ]
    return pd.DataFrame(curve, columns=list(PRICE_COLUMNS)), pd.DataFrame(shares, columns=list(PRICE_SHARE_COLUMNS))
