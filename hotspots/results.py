"""What this room hands to others: frozen results, with the columns of their tables written down."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["BacktestResult", "ListComparison", "RedTimesResult", "RedZonesResult", "ScoreSurface", "VisibilityResult"]


@dataclass(frozen=True, slots=True)
class ScoreSurface:
    """
    A raster of expected weighted incidents per pixel and month.

    Parameters
    ----------
    values
        Array of shape (n_rows, n_columns); row 0 is the southernmost.
    west, south
        Coordinates of the south-west corner of the raster, metres in the analysis CRS.
    pixel_m
        Side of a pixel, metres.
    inside
        Boolean array of the same shape: whether at least half of the pixel lies in the force.
    """

    values: NDArray[np.float64]
    west: float
    south: float
    pixel_m: float
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ListComparison:
    """
    Two lists of zones side by side.

    Parameters
    ----------
    state
        `ok`, or `no_data` where nothing is known of perception.
    reason
        One sentence: why there is nothing to compare, or which list is published.
    strength
        The c of the list with perception.
    is_published
        Whether the list with perception is the one that is published.
    zones
        A row per zone of either list: `name`, `grid_reference`, `patrol_code`, `rank_without`, `rank_with` (NaN where
        it is not on that list), `change` (`stays`, `enters` or `leaves`, seen from the list without),
        `confidence_factor` (`1 + c x deficit` over the zone).
    periods
        A row per past month: `month_index`, `n_events`, `hits_without`, `hits_with` (incidents of that month in the
        zones that the months before it would have given).
    given_up, lower, upper
        Share of all incidents of these months that the list with perception misses and the other finds (negative where
        it finds more), and its 95 per cent interval by bootstrap over months.
    weighs_kinds
        Whether the list with perception weighs kinds by what people name as their priorities, too.
    """

    state: str
    reason: str
    strength: float
    is_published: bool
    zones: pd.DataFrame
    periods: pd.DataFrame
    given_up: float
    lower: float
    upper: float
    weighs_kinds: bool = False


@dataclass(frozen=True, slots=True)
class RedZonesResult:
    """
    Placed and ranked zones of one scoring set.

    Parameters
    ----------
    scoring_set
        `street` or `asb_minor`.
    zones
        GeoDataFrame in the analysis CRS, a row per zone in order of rank, with columns `zone_id` (str, stable),
        `rank_force` (int, from 1), `rank_patrol` (int, from 1 within its patrol area), `patrol_code` (str: the patrol
        area that holds its centre), `unit_code` (str: the policing unit, by the patrol area's parent), `name` (str),
        `grid_reference` (str), `centre_x`, `centre_y` (m), `radius_m`, `area_km2`, `score`, `expected_per_month`
        (incidents), `expected_lower`, `expected_upper` (95 per cent), `n_incidents` (in the window), `n_places`
        (distinct map points), `kinds` (dict: category to count), `top_place_share` (0 to 1), `is_single_address`
        (bool), `n_officer_generated` (int, shown and never scored), `segment_code` (str or None), `firmness` (share of
        resamples in which the zone is placed again, 0 to 1), `geometry`. Further: `rank_unit` (int, from 1 within its
        policing unit); the parts of the score (`hotspots.score_parts.PART_COLUMNS`, which add up to it);
        `nudge_factor`, `confidence_factor` (what lifted the score; 1 for nothing), `rank_without_nudges`,
        `rank_without_confidence` (NaN where it would not be among the first); `firmness_margin` (int: own incidents
        without which it drops from the list; -1 where it would stay without any); `repeat_caller_share` (0 to 1; NaN
        where not known), `has_repeat_callers` (bool: a third or more); `sensitive_near` (list of str);
        `group_id` (str), `group_members` (list of zone ids in order of walking), `group_walk_m` (m).
    window_months
        Number of months that the surface reads.
    capacity
        Number of zones that the patrol capacity allows.
    notes
        Sentences for the page, such as why there are fewer zones than capacity.
    comparison
        The lists with and without perception in the score; None where an older run did not compare them.
    overrides
        What each override met (`hotspots.overrides.applied_overrides`); None where an older run kept no log.
    """

    scoring_set: str
    zones: gpd.GeoDataFrame
    window_months: int
    capacity: int
    notes: tuple[str, ...] = ()
    comparison: ListComparison | None = None
    overrides: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class VisibilityResult:
    """
    Places where a visit is seen by many (strategy ¶33): beside the zones, never among them.

    Parameters
    ----------
    state
        `ok`, or `no_data` where nothing is known of where people are.
    reason
        One sentence for the page, empty where the state is `ok`.
    places
        GeoDataFrame of points in the analysis CRS, in order of patrol area and rank: `patrol_code`, `rank` (from 1),
        `kind` (`hotspots.visibility.PLACE_KINDS`), `name` (may be empty), `grid_reference`, `x`, `y`
        (m), `residents`, `workers` (people in sight; NaN where not loaded), `people` (the larger of the two),
        `in_sight` (dict: public places seen from there by kind; absent in older runs), `is_low_confidence`
        (None without a survey), `geometry`.
    notes
        Sentences for the page: what is rough or not loaded.
    """

    state: str
    reason: str
    places: gpd.GeoDataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """
    How the candidates did on this force's own past, by rolling origin.

    Parameters
    ----------
    scoring_set
        `street` or `asb_minor`.
    ledger
        A row per candidate, test month and area budget: `candidate` (str), `setting` (str), `month` (str, YYYY-MM),
        `budget` (str, for example `1 %` or `capacity`), `area_share` (0 to 1), `n_events` (int), `hits` (float,
        expected under random tie order, mean over grid origins), `hit_rate`, `pai`, `pei`, `rri` (float), `scope`
        (`force` or `built-up`), `jitter_m` (standard deviation by which test incidents were moved, metres),
        `share_of_seen` (hits over those of a ranking by the incidents of all months, the test months too).
    summary
        A row per candidate, budget, scope and jitter: `candidate`, `setting`, `budget`, `area_share`, `n_months`,
        `n_events`, `hit_rate`, `hit_rate_lower`, `hit_rate_upper` (paired bootstrap over months), `pai`, `pei`, `rri`,
        `gain_over_counts` (share), `gain_lower`, `gain_upper`, `scope`, `jitter_m`, `share_of_seen`.
    chosen
        Name of the candidate that is published.
    reason
        One sentence that says why.
    origins
        Where asked for, a row per candidate, month, budget, scope, jitter and origin of the grid (`origin`: metres east
        and north): `hits`, `hit_rate` and `pai` before the mean over origins. Otherwise empty.
    """

    scoring_set: str
    ledger: pd.DataFrame
    summary: pd.DataFrame
    chosen: str
    reason: str
    origins: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, slots=True)
class RedTimesResult:
    """
    Hour-of-week intensity, and the windows that stand out.

    Parameters
    ----------
    state
        `ok`, or `no_data` where no incident carries a time.
    reason
        One sentence for the page, empty where the state is `ok`.
    matrix
        A row per scope, weekday and hour: `scope` (`force`, `patrol`, `zone` or `segment`), `code` (str; `force` for
        the force; code of a community group or environment for a segment),
        `weekday` (0 = Monday), `hour` (0 to 23), `weight` (aoristic incidents), `share` (shrunk, sums to 1 over a
        scope's 168 hours), `force_share`.
    windows
        A row per named Red Time: `scope`, `code`, `rank`, `weekday`, `begin_hour`, `end_hour` (exclusive, 1 to 24; not
        after `begin_hour` where the window runs over midnight into the next day), `weight`, `share`, `ratio` (share
        over the force's share of the same hours; for the force, over an even week), `p_value`, `q_value`, `label`
        (for example `Fri 20:00-22:00`), `ratio_lower`, `ratio_upper` (95 per cent), `n_hours`, `shift` (who works it).
    n_timed, n_untimed
        Incidents used, and left out because only their month is known.
    days
        A row per scope: `scope`, `code`, `n`, `mean_hour` (circular mean, 0 to 24), `margin_hours` (half of its 95 per
        cent interval), `resultant` (0 even, 1 all at one time), `p_value` (Rayleigh).
    calendar
        A row per kind of day that was compared, as `hotspots.calendar_effects.CALENDAR_COLUMNS`.
    space_time
        Accuracy by zone and hour on the past, as `hotspots.space_time_ledger.SPACE_TIME_SUMMARY_COLUMNS`.
    shifts
        The shifts to which windows are aligned, in words.
    pool
        What thin places borrow from: `district` or `environment`; empty where nothing is borrowed.
    notes
        Sentences for the page: which pool and why, what was reported and handled in the times.
    """

    state: str
    reason: str
    matrix: pd.DataFrame
    windows: pd.DataFrame
    n_timed: int
    n_untimed: int
    days: pd.DataFrame = field(default_factory=pd.DataFrame)
    calendar: pd.DataFrame = field(default_factory=pd.DataFrame)
    space_time: pd.DataFrame = field(default_factory=pd.DataFrame)
    shifts: tuple[str, ...] = ()
    pool: str = ""
    notes: tuple[str, ...] = ()
