"""What a back-test reads, by month or by blocks of days, and the nominations that were made before each period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

import db.backtests
import db.read
from domain.areas import GeographyKey
from domain.errors import AnalysisError
from domain.months import LocalMonth
from hotspots.candidates import PriorCounts, standard_candidates
from hotspots.cell_candidates import GammaPoisson, PoissonBoosting
from hotspots.event_candidates import DatedEvents, NearRepeats, Nominations, SpreadCounts
from hotspots.history import is_scored
from hotspots.periods import MONTHS, DayBlocks, Periods
from hotspots.rasters import force_outline
from redzones.place_inputs import PlaceInputs, place_inputs

if TYPE_CHECKING:
    import geopandas as gpd
    from sqlalchemy import Connection

    from domain.incidents import ScoringSet
    from hotspots.candidates import Candidate
    from redzones.settings import Settings

__all__ = ["PERIODS", "BacktestInputs", "dated_inputs", "monthly_inputs", "named_before"]

#: Names of the periods, and the days of those that are not months.
PERIODS = {"month": 0, "28-days": 28, "week": 7}

_WEEKS_KEPT = 52
_MONTHS_READ = 60
# From so many incidents a month on, a place's own past says enough to forget it sooner (METHODS 7).
_DENSE_PER_MONTH = 1000


@dataclass(frozen=True)
class BacktestInputs:
    """
    What a back-test is given.

    Parameters
    ----------
    tables
        Places, counts by period, categories.
    last_index
        Number of the last period that is tested.
    window
        Periods that a forecast reads.
    periods
        How they are numbered and named.
    blocks
        Blocks of days; None for months.
    dated
        Incidents with a day (`TIMED_INCIDENTS`, those inside the force); empty for months.
    """

    tables: PlaceInputs
    last_index: int
    window: int
    periods: Periods
    blocks: DayBlocks | None
    dated: pd.DataFrame

    def candidates(self, settings: Settings, scoring_set: ScoringSet) -> tuple[Candidate, ...]:
        """Return the ways of ranking that these data allow."""
        half_life = settings.hotspots.half_life_months
        if self.blocks is None:
            return (
                *standard_candidates(half_life_months=half_life),
                GammaPoisson(half_life_months=half_life),
                PoissonBoosting(half_life_months=half_life),
            )
        blocks, kinds = self.blocks, self.tables["kinds"]
        a_year = round(_WEEKS_KEPT * 7 / blocks.length_days)
        own = self.dated[self.dated["kind_id"].isin(set(kinds.loc[is_scored(kinds, scoring_set), "kind_id"]))]
        own = own[~own["is_officer_generated"]]
        is_dense = len(own) >= _DENSE_PER_MONTH * self.window * blocks.length_days / 30
        spread = SpreadCounts(half_life=a_year * (1.0 if is_dense else 2.0))
        events = DatedEvents(
            own["x"].to_numpy(np.float64),
            own["y"].to_numpy(np.float64),
            own["begins_at"].to_numpy(dtype="datetime64[D]"),
        )
        near = NearRepeats(events, lambda index: np.datetime64(blocks.first_day(index)), background=spread)
        return (PriorCounts(a_year // 2), PriorCounts(a_year), PriorCounts(), spread, near)


def monthly_inputs(
    connection: Connection, settings: Settings, *, load_ids: tuple[int, ...], month: LocalMonth, n_periods: int
) -> BacktestInputs:
    """
    Return what a back-test by months reads.

    Parameters
    ----------
    connection
        An open connection.
    settings
        The force's settings.
    load_ids
        Loads to read through.
    month
        Last test month.
    n_periods
        Months to test.

    Raises
    ------
    AnalysisError
        If no counted incident of these months is loaded.
    """
    window = settings.hotspots.window_months
    first = month.shift(1 - n_periods - window)
    before = min(first, month.shift(1 - _MONTHS_READ))  # for the ranking that reads seasons
    tables = place_inputs(connection, settings, load_ids=load_ids, first=before, last=month)
    if not (tables["place_counts"]["month_index"] >= first.index).any():
        raise AnalysisError(
            f"no counted incidents from {first} to {month} are loaded", hint="redzones load incidents FILE"
        )
    return BacktestInputs(tables, month.index, window, MONTHS, None, pd.DataFrame())


def dated_inputs(
    connection: Connection,
    settings: Settings,
    *,
    load_ids: tuple[int, ...],
    month: LocalMonth,
    length_days: int,
    force: gpd.GeoDataFrame,
) -> BacktestInputs:
    """
    Return what a back-test by blocks of days reads: the incidents whose day is known.

    Parameters
    ----------
    connection
        An open connection.
    settings
        Name the sources that tell the time.
    load_ids
        Loads to read through.
    month
        The last block ends on its last day.
    length_days
        Days in a block.
    force
        Outline of the force.

    Raises
    ------
    AnalysisError
        If no incident has a day.
    """
    sources = settings.incidents.timed_sources
    first = month.shift(1 - _MONTHS_READ)
    timed = db.read.timed_incidents(
        connection,
        load_ids=load_ids,
        sources=sources,
        time_zone=settings.force.time_zone,
        patrol=GeographyKey.parse(settings.geography.patrol),
        first=first,
        last=month,
    )
    spread_days = (timed["ends_at"] - timed["begins_at"]).dt.total_seconds().fillna(0.0) / 86_400
    timed = timed[spread_days <= length_days].reset_index(drop=True)
    if timed.empty:
        raise AnalysisError(
            f"no incident from {first} to {month} has a day, only a month",
            hint="Back-test by month, or load an extract with times (incidents.timed_sources).",
        )
    outline = force_outline(force)
    shapely.prepare(outline)
    x, y = timed["x"].to_numpy(np.float64), timed["y"].to_numpy(np.float64)
    is_inside = shapely.contains_xy(outline, x, y) | timed["patrol_code"].notna().to_numpy()
    blocks = DayBlocks(month.shift(1).first_day - timedelta(days=1), length_days)
    index = blocks.index_of(timed["begins_at"].to_numpy(dtype="datetime64[D]"))
    tables = _tables(timed.assign(is_inside=is_inside, month_index=index), db.read.kinds(connection, sources))
    return BacktestInputs(tables, 0, int(-index.min()) + 1, blocks.periods, blocks, timed[is_inside])


def _tables(timed: pd.DataFrame, kinds: pd.DataFrame) -> PlaceInputs:
    """Return dated incidents as places and counts by block."""
    places = timed.groupby("place_id", as_index=False).agg(
        x=("x", "first"), y=("y", "first"), is_inside=("is_inside", "first"), patrol_code=("patrol_code", "first")
    )
    none = pd.Series([None] * len(places), dtype=object)
    keys = ["place_id", "month_index", "kind_id", "is_officer_generated"]
    counts: pd.DataFrame = timed.groupby(keys).size().rename("n").reset_index()
    return {
        "places": places.assign(location=none, small_area_code=none),
        "place_counts": counts,
        "kinds": kinds,
    }


def named_before(
    connection: Connection, load_ids: tuple[int, ...], inputs: BacktestInputs, *, radius_m: float
) -> tuple[Nominations, ...]:
    """
    Return the nominations that are loaded, each for the periods that begin after its day; none where there are none.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    inputs
        The periods.
    radius_m
        Radius of a named place, metres.
    """
    named = db.backtests.nominations(connection, load_ids)
    if named.empty:
        return ()
    days: Any = named["nominated_on"].to_numpy(dtype="datetime64[D]")
    if inputs.blocks is None:
        period = np.array([LocalMonth.of(day).index for day in named["nominated_on"]], dtype=np.int64)
    else:
        period = inputs.blocks.index_of(days)
    x, y = named["x"].to_numpy(np.float64), named["y"].to_numpy(np.float64)
    return (Nominations(x, y, radius_m, is_ranked=False, first_period=period + 1),)
