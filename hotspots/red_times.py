"""Red Times: when visible patrol will meet the most antisocial behaviour and minor crime (METHODS 8)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.stats import false_discovery_control

from domain.errors import AnalysisError
from domain.incidents import ScoringSet
from domain.schemas import AREAS, KINDS, TIMED_INCIDENTS, check
from hotspots.aoristic import HOURS_PER_WEEK, RATCLIFFE, AoristicRule, aoristic_rows
from hotspots.block_tests import excess_over_even_week, excess_over_force, resampled_p, rotation_p
from hotspots.history import is_scored
from hotspots.hour_of_week import block_totals, shrunk_shares, smoothed_week
from hotspots.results import RedTimesResult
from hotspots.surface import decayed_weights

__all__ = ["RedTimeSettings", "find_red_times"]

Floats = NDArray[np.float64]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RESAMPLES = 1_999
_ROTATIONS = 100
_FORCE = "force"

_MATRIX_COLUMNS = ("scope", "code", "weekday", "hour", "weight", "share", "force_share")
_WINDOW_COLUMNS = (
    "scope", "code", "rank", "weekday", "begin_hour", "end_hour", "weight", "share", "ratio", "p_value", "q_value",
    "label",
)  # fmt: skip


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
        How many incidents the force is worth to a policing unit, and the unit to its zones and patrol areas.
    block_hours
        Length of a block, aligned to midnight; divides 24.
    false_discovery_rate
        Share of false Red Times that is accepted among the blocks of a scope.
    least_incidents
        Incidents under which no window of a scope is named.
    most_windows
        Windows that are kept for a scope.
    rule
        What is done with swapped and missing times.
    """

    half_life_months: float = 12.0
    sigma_hours: float = 1.0
    pooled: float = 0.6
    pool_incidents: float = 200.0
    zone_incidents: float = 100.0
    block_hours: int = 2
    false_discovery_rate: float = 0.05
    least_incidents: int = 10
    most_windows: int = 3
    rule: AoristicRule = RATCLIFFE


@dataclass(frozen=True, slots=True)
class _Scopes:
    """The force, its patrol areas and zones: their names, their policing unit, and which incidents are theirs."""

    names: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    members: csr_array

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of incidents of each scope."""
        return np.diff(self.members.indptr).astype(np.int64)


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
    settings: RedTimeSettings | None = None,
) -> RedTimesResult:
    """
    Find when in the week the force, its patrol areas and its zones see more than usual.

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
    settings
        The constants of METHODS 8 by default.

    Returns
    -------
    RedTimesResult
        The state is `no_data`, with the reason, where no incident of the chosen kinds carries a time: no hour is ever
        invented. Scopes without any timed incident have no rows. `weight` is plain aoristic incidents; `share` comes
        from decayed, smoothed and shrunk counts. A zone or patrol area is compared with the force's usual week, the
        force itself with an even week (`ratio` likewise).

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    AnalysisError
        If an incident's category is not among the kinds.

    Notes
    -----
    With `X` the decayed counts by hour, smoothed by a circular Gaussian of 1 h and 0.6 pooled over weekdays::

        P_unit = (X + 200 P_force) / (n + 200),    P_zone = (X + 100 P_unit) / (n + 100)

    Blocks of 2 hours are tested by resampling incidents, with the Benjamini-Hochberg rule over the blocks of a scope;
    neighbouring red blocks of a day become one window, whose p-value is the largest of its blocks'.
    """
    s = settings or RedTimeSettings()
    timed, kinds = check(timed, TIMED_INCIDENTS), check(kinds, KINDS)
    patrol_areas = gpd.GeoDataFrame(check(patrol_areas, AREAS))
    own = _own_incidents(timed, kinds, scoring_set)
    hours = aoristic_rows(own["begins_at"].to_numpy(), own["ends_at"].to_numpy(), rule=s.rule)
    used = np.diff(hours.indptr) > 0
    own, hours = own[used].reset_index(drop=True), hours[np.flatnonzero(used)]
    if own.empty:
        return _no_data(timed, n_untimed)
    decayed = diags_array(_decay(own, last_month_index, s)) @ hours
    scopes = _scopes(own, zones, patrol_areas)
    shares = _shares(scopes, decayed, s)
    weights = (scopes.members @ hours).toarray()
    p_values = _p_values(scopes, _by_block(csr_array(decayed), s.block_hours), rng)
    return RedTimesResult(
        state="ok",
        reason="",
        matrix=_matrix(scopes, weights, shares),
        windows=_windows(scopes, weights, shares, p_values, s),
        n_timed=len(own),
        n_untimed=n_untimed,
    )


def _own_incidents(timed: pd.DataFrame, kinds: pd.DataFrame, scoring_set: ScoringSet) -> pd.DataFrame:
    unknown = sorted(set(timed["kind_id"]) - set(kinds["kind_id"]))
    if unknown:
        raise AnalysisError(f"timed incidents have categories that are not there: {unknown}")
    scored = kinds.loc[is_scored(kinds, scoring_set), "kind_id"]
    own = timed[timed["kind_id"].isin(scored) & ~timed["is_officer_generated"]]
    return own.sort_values("incident_id", kind="stable")


def _no_data(timed: pd.DataFrame, n_untimed: int) -> RedTimesResult:
    reason = (
        "Red Times need the times of incidents and are not available from monthly data."
        if timed.empty
        else "No public-reported incident of the chosen kinds carries a time, so there are no Red Times."
    )
    matrix, windows = pd.DataFrame(columns=list(_MATRIX_COLUMNS)), pd.DataFrame(columns=list(_WINDOW_COLUMNS))
    return RedTimesResult("no_data", reason, matrix, windows, n_timed=0, n_untimed=n_untimed)


def _decay(own: pd.DataFrame, last_month_index: int | None, settings: RedTimeSettings) -> Floats:
    begins = own["begins_at"].dt
    month = (begins.year * 12 + begins.month - 1).to_numpy(np.int64)
    last = int(month.max()) if last_month_index is None else last_month_index
    return decayed_weights(np.maximum(last + 1 - month, 1), half_life_months=settings.half_life_months)


def _scopes(own: pd.DataFrame, zones: gpd.GeoDataFrame, patrol_areas: gpd.GeoDataFrame) -> _Scopes:
    """Return the force and every patrol area and zone that holds a timed incident, in this order."""
    x, y = own["x"].to_numpy(np.float64), own["y"].to_numpy(np.float64)
    unit_of = patrol_areas.set_index("area_code")["parent_code"].to_dict()
    found = [((_FORCE, _FORCE), "", np.arange(len(own)))]
    patrol = own["patrol_code"].to_numpy()
    found += [
        (("patrol", str(code)), str(unit_of.get(code) or ""), np.flatnonzero(patrol == code))
        for code in sorted(set(own["patrol_code"].dropna()))
    ]
    for zone in zones.itertuples():
        near = np.flatnonzero(np.hypot(x - zone.centre_x, y - zone.centre_y) <= zone.radius_m)
        found.append((("zone", str(zone.zone_id)), str(zone.unit_code or ""), near))
    names, units, members = zip(*(scope for scope in found if len(scope[2])), strict=True)
    return _Scopes(names, units, _incidence(members, len(own)))


def _incidence(members: tuple[NDArray[np.int64], ...], n_columns: int) -> csr_array:
    indices = np.concatenate(members)
    begin = np.concatenate([[0], np.cumsum([len(m) for m in members])])
    return csr_array((np.ones(len(indices)), indices, begin), shape=(len(members), n_columns))


def _shares(scopes: _Scopes, decayed: csr_array, s: RedTimeSettings) -> Floats:
    """Return the shrunk share of every hour in every scope, shape (n_scopes, 168); row 0 is the force."""
    smooth = smoothed_week((scopes.members @ decayed).toarray(), sigma_hours=s.sigma_hours, pooled=s.pooled)
    force = smooth[0] / smooth[0].sum()
    is_patrol = np.array([scope == "patrol" for scope, _ in scopes.names])
    units = np.array(scopes.units)
    pools = np.tile(force, (len(smooth), 1))
    for unit in sorted(set(scopes.units) - {""}):
        of_unit = smooth[is_patrol & (units == unit)].sum(axis=0, keepdims=True)
        pools[units == unit] = shrunk_shares(of_unit, force, prior_incidents=s.pool_incidents)
    shares = shrunk_shares(smooth, pools, prior_incidents=s.zone_incidents)
    shares[0] = force
    return shares


def _by_block(hours: csr_array, block_hours: int) -> csr_array:
    row, hour = hours.tocoo().coords
    shape = (hours.shape[0], HOURS_PER_WEEK // block_hours)
    blocks = csr_array((hours.tocoo().data, (row, hour // block_hours)), shape=shape)
    blocks.sum_duplicates()
    return blocks


def _p_values(scopes: _Scopes, blocks: csr_array, rng: np.random.Generator) -> Floats:
    """Return the p-value of every block in every scope: the force against an even week, the others against it."""
    totals = np.asarray(blocks.sum(axis=0), dtype=np.float64).ravel()
    force_shares = totals / totals.sum()
    p_values = np.ones((len(scopes.names), len(totals)))
    p_values[0] = rotation_p(blocks, excess_over_even_week(blocks), n_rotations=_ROTATIONS, rng=rng)
    if len(scopes.names) > 1:
        parts = scopes.members[1:]
        excess = excess_over_force(blocks, parts, force_shares)
        p_values[1:] = resampled_p(blocks, scopes.sizes[1:], excess, force_shares, n_resamples=_RESAMPLES, rng=rng)
    return p_values


def _matrix(scopes: _Scopes, weights: Floats, shares: Floats) -> pd.DataFrame:
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


def _windows(scopes: _Scopes, weights: Floats, shares: Floats, p_values: Floats, s: RedTimeSettings) -> pd.DataFrame:
    """Return the reddest windows of every scope that has enough incidents."""
    by_block = [block_totals(values, block_hours=s.block_hours) for values in (weights, shares)]
    even = np.full(p_values.shape[1], 1 / p_values.shape[1])
    rows: list[dict[str, object]] = []
    for i, (scope, code) in enumerate(scopes.names):
        if scopes.sizes[i] < s.least_incidents:
            continue
        usual = even if scope == _FORCE else by_block[1][0]
        table = pd.DataFrame(
            {"weight": by_block[0][i], "share": by_block[1][i], "usual": usual, "p_value": p_values[i]}
        )
        table["q_value"] = false_discovery_control(p_values[i], method="bh")
        found = _merged(table, s)
        rows += [{"scope": scope, "code": code, "rank": rank, **row} for rank, row in enumerate(found, start=1)]
    return pd.DataFrame(rows, columns=list(_WINDOW_COLUMNS))


def _merged(blocks: pd.DataFrame, s: RedTimeSettings) -> list[dict[str, object]]:
    """Join neighbouring red blocks of a day, and return the windows of greatest excess."""
    per_day = 24 // s.block_hours
    block = np.arange(len(blocks))
    is_red = ((blocks["q_value"] <= s.false_discovery_rate) & (blocks["share"] > blocks["usual"])).to_numpy()
    begins_run = ~np.concatenate([[False], is_red[:-1]]) | (block % per_day == 0)
    table = blocks.assign(run=np.cumsum(begins_run), block=block)[is_red]
    windows = table.groupby("run").agg(
        first=("block", "min"), last=("block", "max"), weight=("weight", "sum"), share=("share", "sum"),
        usual=("usual", "sum"), p_value=("p_value", "max"), q_value=("q_value", "max"),
    )  # fmt: skip
    windows["excess"] = windows["share"] - windows["usual"]
    windows = windows.sort_values(["excess", "first"], ascending=[False, True], kind="stable").head(s.most_windows)
    return [_window(row, per_day, s.block_hours) for row in windows.to_dict("records")]


def _window(row: Mapping[Hashable, float], per_day: int, block_hours: int) -> dict[str, object]:
    weekday, first = divmod(int(row["first"]), per_day)
    begin_hour, end_hour = first * block_hours, (int(row["last"]) % per_day + 1) * block_hours
    return {
        "weekday": weekday,
        "begin_hour": begin_hour,
        "end_hour": end_hour,
        "weight": row["weight"],
        "share": row["share"],
        "ratio": row["share"] / row["usual"] if row["usual"] > 0 else np.inf,
        "p_value": row["p_value"],
        "q_value": row["q_value"],
        "label": f"{_WEEKDAYS[weekday]} {begin_hour:02d}:00-{end_hour:02d}:00",
    }
