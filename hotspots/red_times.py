"""Red Times: when visible patrol will meet the most antisocial behaviour and minor crime (METHODS 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from domain.incidents import ScoringSet
from domain.shifts import DEFAULT_SHIFTS, Shift
from hotspots.aoristic import HOURS_PER_WEEK, RATCLIFFE, AoristicRule
from hotspots.block_tests import excess_over_even_week, excess_over_force, resampled_p, rotation_p
from hotspots.circular import circular_day
from hotspots.hour_of_week import shrunk_shares, smoothed_week
from hotspots.hour_pools import hour_pools
from hotspots.results import RedTimesResult
from hotspots.shifts import BlockLayout, lay_blocks
from hotspots.space_time_ledger import PoolChoice
from hotspots.surface import decayed_weights
from hotspots.time_scopes import FORCE, PATROL, SEGMENT, ZONE, Scopes, find_scopes
from hotspots.time_windows import WINDOW_COLUMNS, BlockFigures, red_windows
from hotspots.timed_history import DISTRICT, ENVIRONMENT, TimedHistory, timed_history

__all__ = ["RedTimeSettings", "find_red_times", "no_red_times", "red_times_of"]

Floats = NDArray[np.float64]

_RESAMPLES = 1_999
_ROTATIONS = 60
_Z_95 = 1.959963984540054

_MATRIX_COLUMNS = ("scope", "code", "weekday", "hour", "weight", "share", "force_share")
_DAY_COLUMNS = ("scope", "code", "n", "mean_hour", "margin_hours", "resultant", "p_value")
_UNTESTED = PoolChoice(DISTRICT, use_zone_hours=True, reason="")


@dataclass(frozen=True, slots=True)
class RedTimeSettings:
    """
    How Red Times are found.

    Parameters
    ----------
    half_life_months
        Months in which an incident loses half of its weight.
    sigma_hours, pooled
        Smoothing round the clock; share borrowed from the same hour of the other days.
    pool_incidents, zone_incidents
        How many incidents the force is worth to a pool, and the pool to zones and patrol areas.
    block_hours
        Length of a block; blocks begin with the shifts.
    shifts
        The shifts of a day; none for blocks from midnight.
    false_discovery_rate
        Share of false Red Times that is accepted among the blocks of a scope.
    least_incidents
        Incidents under which no window of a scope is named.
    most_windows
        Windows that are kept for a scope.
    rule
        What is done with swapped and missing times.
    """

    half_life_months: float = 24.0
    sigma_hours: float = 1.0
    pooled: float = 0.6
    pool_incidents: float = 200.0
    zone_incidents: float = 100.0
    block_hours: int = 2
    shifts: Sequence[Shift] = DEFAULT_SHIFTS
    false_discovery_rate: float = 0.05
    least_incidents: int = 10
    most_windows: int = 3
    rule: AoristicRule = RATCLIFFE


def find_red_times(  # noqa: PLR0913 - the tables of four rooms
    timed: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    zones: gpd.GeoDataFrame,
    patrol_areas: gpd.GeoDataFrame,
    scoring_set: ScoringSet,
    n_untimed: int,
    rng: np.random.Generator,
    last_month_index: int | None = None,
    membership: pd.DataFrame | None = None,
    choice: PoolChoice | None = None,
    settings: RedTimeSettings | None = None,
) -> RedTimesResult:
    """
    Find when in the week the force, its patrol areas, zones and segments see more than usual.

    Parameters
    ----------
    timed
        Table `domain.schemas.TIMED_INCIDENTS`: local wall-clock times, coordinates in metres in the analysis CRS.
    kinds
        Table `domain.schemas.KINDS`.
    zones
        Zones of `RedZonesResult`; an incident belongs to every zone within whose radius it lies.
    patrol_areas
        Table `domain.schemas.AREAS`; the parent is the policing unit.
    scoring_set
        Which categories count; officer-generated rows never do.
    n_untimed
        Incidents of which only the month is known.
    rng
        Draws the resamples of the tests.
    last_month_index
        Month from which ages are counted; the latest month in which an incident begins by default.
    membership
        Segments of the small areas, as `timed_history` reads them.
    choice
        The pool that thin places borrow from, as the past chose it; the policing unit by default.
    settings
        The constants of METHODS 8 by default.

    Returns
    -------
    RedTimesResult
        The state is `no_data`, with the reason, where no incident of the chosen kinds carries a time: no hour is ever
        invented. Scopes without any timed incident have no rows. `weight` is plain aoristic incidents; `share` comes
        from decayed, smoothed and shrunk counts. All are compared with the force's usual week, the force itself with
        an even week (`ratio` likewise).

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    AnalysisError
        If an incident's category is not among the kinds.
    SettingsError
        If the blocks have no hours.

    Notes
    -----
    With `X` the decayed counts by hour, smoothed by a circular Gaussian of 1 h and 0.6 pooled over weekdays::

        P_pool = (X + 200 P_force) / (n + 200),    P_zone = (X + 100 P_pool) / (n + 100)

    A place in several pools borrows from each in proportion to its incidents. Blocks of 2 hours, laid from the begin of
    each shift, are tested by resampling incidents, with the Benjamini-Hochberg rule over the blocks of a scope;
    neighbouring red blocks of a shift become one window. The interval of a ratio is that of the incidents drawn: the
    pool and the force's usual hours are taken as known.
    """
    s = settings or RedTimeSettings()
    history = timed_history(
        timed, kinds, scoring_set=scoring_set, patrol_areas=patrol_areas, membership=membership, rule=s.rule
    )
    if history.rows.empty:
        return no_red_times(timed, n_untimed)
    return red_times_of(
        history, zones=zones, n_untimed=n_untimed, rng=rng, last_month_index=last_month_index, choice=choice, settings=s
    )


def red_times_of(
    history: TimedHistory,
    *,
    zones: gpd.GeoDataFrame,
    n_untimed: int,
    rng: np.random.Generator,
    last_month_index: int | None,
    choice: PoolChoice | None,
    settings: RedTimeSettings,
) -> RedTimesResult:
    """
    Find the Red Times of incidents that are ready: see `find_red_times`.

    Parameters
    ----------
    history
        At least one incident.
    zones, n_untimed, rng, last_month_index, choice, settings
        As for `find_red_times`.
    """
    s, chosen = settings, choice or _UNTESTED
    layout = lay_blocks(s.shifts, block_hours=s.block_hours)
    decayed = csr_array(diags_array(_decay(history.rows, last_month_index, s)) @ history.hours)
    scopes = find_scopes(history, zones)
    shares = _shares(history, scopes, decayed, chosen, s)
    weights = np.asarray((scopes.members @ history.hours).toarray(), dtype=np.float64)
    p_values = _p_values(scopes, decayed, layout, rng)
    return RedTimesResult(
        state="ok",
        reason="",
        matrix=_matrix(scopes, weights, shares),
        windows=_windows(scopes, decayed, weights, shares, p_values, layout, s),
        n_timed=len(history.rows),
        n_untimed=n_untimed,
        days=_days(scopes, history.hours),
        shifts=tuple(shift.words() for shift in s.shifts),
        pool=chosen.pool if chosen.use_zone_hours else "",
        notes=tuple(sentence for sentence in (chosen.reason, *_accounts(history)) if sentence),
    )


def no_red_times(timed: pd.DataFrame, n_untimed: int) -> RedTimesResult:
    """
    Return the state in which there are no Red Times, and why.

    Parameters
    ----------
    timed
        The timed incidents of any kind.
    n_untimed
        Incidents of which only the month is known.
    """
    reason = (
        "Red Times need the times of incidents and are not available from monthly data."
        if timed.empty
        else "No public-reported incident of the chosen kinds carries a time, so there are no Red Times."
    )
    matrix, windows = pd.DataFrame(columns=list(_MATRIX_COLUMNS)), pd.DataFrame(columns=list(WINDOW_COLUMNS))
    return RedTimesResult("no_data", reason, matrix, windows, n_timed=0, n_untimed=n_untimed)


def _accounts(history: TimedHistory) -> list[str]:
    """Return what was met in the times, and what was done with it."""
    n_left_out, words = history.n_left_out, []
    if history.n_swapped:
        words.append(f"Incidents that end before they begin on the local clock: {history.n_swapped:,}.")
    if history.n_missing_end:
        words.append(f"Incidents without an end: {history.n_missing_end:,}.")
    if words:
        words.append(
            f"Of these {n_left_out:,} are left out by the setting."
            if n_left_out
            else "By the setting they count all the same, in the hour of their begin or the right way round."
        )
    return words


def _decay(rows: pd.DataFrame, last_month_index: int | None, settings: RedTimeSettings) -> Floats:
    month = rows["month_index"].to_numpy(np.int64)
    last = int(month.max()) if last_month_index is None else last_month_index
    return decayed_weights(np.maximum(last + 1 - month, 1), half_life_months=settings.half_life_months)


def _smooth(weights: Floats, s: RedTimeSettings) -> Floats:
    return smoothed_week(weights, sigma_hours=s.sigma_hours, pooled=s.pooled)


def _shares(
    history: TimedHistory, scopes: Scopes, decayed: csr_array, choice: PoolChoice, s: RedTimeSettings
) -> Floats:
    """Return the shrunk share of every hour in every scope, shape (n_scopes, 168); row 0 is the force."""
    smooth = _smooth(np.asarray((scopes.members @ decayed).toarray(), dtype=np.float64), s)
    force = smooth[0] / smooth[0].sum()
    codes = history.environment if choice.pool == ENVIRONMENT else history.district
    pools = hour_pools(codes, decayed, force, smooth=lambda w: _smooth(w, s), prior_incidents=s.pool_incidents)
    mix = np.asarray((scopes.members @ pools.of_incident).toarray(), dtype=np.float64)
    shares = shrunk_shares(smooth, pools.mixed(mix, force), prior_incidents=s.zone_incidents)
    is_segment = scopes.are(SEGMENT)  # a segment is a pool itself
    shares[is_segment] = shrunk_shares(smooth[is_segment], force, prior_incidents=s.pool_incidents)
    if not choice.use_zone_hours:
        shares[scopes.are(PATROL, ZONE)] = force
    shares[0] = force
    return shares


def _p_values(scopes: Scopes, hours: csr_array, layout: BlockLayout, rng: np.random.Generator) -> Floats:
    """Return the p-value of every block in every scope: the force against an even week, the others against it."""
    blocks = _by_block(hours, layout)
    totals = np.asarray(blocks.sum(axis=0), dtype=np.float64).ravel()
    force_shares = totals / totals.sum()
    p_values = np.ones((len(scopes.names), len(totals)))
    excess = excess_over_even_week(hours, layout)
    p_values[0] = rotation_p(hours, layout, excess, n_rotations=_ROTATIONS, rng=rng)
    if len(scopes.names) > 1:
        parts = scopes.members[1:]
        excess = excess_over_force(blocks, parts, force_shares)
        p_values[1:] = resampled_p(blocks, scopes.sizes[1:], excess, force_shares, n_resamples=_RESAMPLES, rng=rng)
    return p_values


def _by_block(hours: csr_array, layout: BlockLayout) -> csr_array:
    row, hour = hours.tocoo().coords
    blocks = csr_array((hours.tocoo().data, (row, layout.of_hour[hour])), shape=(hours.shape[0], len(layout.begin)))
    blocks.sum_duplicates()
    return blocks


def _matrix(scopes: Scopes, weights: Floats, shares: Floats) -> pd.DataFrame:
    n_scopes = len(scopes.names)
    hour_of_week = np.tile(np.arange(HOURS_PER_WEEK), n_scopes)
    return pd.DataFrame(
        {
            "scope": np.repeat([scope for scope, _ in scopes.names], HOURS_PER_WEEK),
            "code": np.repeat([code for _, code in scopes.names], HOURS_PER_WEEK),
            "weekday": hour_of_week // 24,
            "hour": hour_of_week % 24,
            "weight": weights.ravel(),
            "share": shares.ravel(),
            "force_share": np.tile(shares[0], n_scopes),
        },
        columns=list(_MATRIX_COLUMNS),
    )


def _windows(
    scopes: Scopes,
    decayed: csr_array,
    weights: Floats,
    shares: Floats,
    p_values: Floats,
    layout: BlockLayout,
    s: RedTimeSettings,
) -> pd.DataFrame:
    """Return the reddest windows of every scope that has enough incidents."""
    by_block = [layout.totals(values) for values in (weights, shares)]
    even = layout.n_hours / HOURS_PER_WEEK
    spread = _smooth(np.eye(HOURS_PER_WEEK), s)
    rows: list[dict[str, object]] = []
    for i, (scope, code) in enumerate(scopes.names):
        if scopes.sizes[i] < s.least_incidents:
            continue
        usual = even if scope == FORCE else by_block[1][0]
        figures = BlockFigures(by_block[0][i], by_block[1][i], usual, p_values[i])
        found = red_windows(layout, figures, false_discovery_rate=s.false_discovery_rate, most_windows=s.most_windows)
        own = decayed[scopes.of(i)]
        prior = {FORCE: 0.0, SEGMENT: s.pool_incidents}.get(scope, s.zone_incidents)
        for rank, (hours, row) in enumerate(found, start=1):
            interval = _ratio_interval(own, spread[:, hours].sum(axis=1), row, prior)
            rows.append({"scope": scope, "code": code, "rank": rank, **row, **interval})
    return pd.DataFrame(rows, columns=list(WINDOW_COLUMNS))


def _ratio_interval(own: csr_array, spread: Floats, row: dict[str, object], prior: float) -> dict[str, float]:
    """Return the interval of a window's ratio, each incident's part in the shrunk share being its residual."""
    ratio, share = float(str(row["ratio"])), float(str(row["share"]))
    whole = np.asarray(own.sum(axis=1), dtype=np.float64).ravel()
    residual = own @ spread - share * whole
    error = float(np.sqrt((residual**2).sum())) / (whole.sum() + prior)
    margin = _Z_95 * error * ratio / share
    return {"ratio_lower": max(ratio - margin, 0.0), "ratio_upper": ratio + margin}


def _days(scopes: Scopes, hours: csr_array) -> pd.DataFrame:
    """Return the circular mean and the Rayleigh test of the day of every scope."""
    rows = [
        {"scope": scope, "code": code, **asdict(circular_day(hours[scopes.of(i)]))}
        for i, (scope, code) in enumerate(scopes.names)
    ]
    return pd.DataFrame(rows, columns=list(_DAY_COLUMNS))
