"""
Zone and time together: which hours of which ground a patrol budget should be spent on, tested on the past (METHODS 8).

A patrol can be in a zone for a part of the week only. Every way of choosing these hours is tested on the same flagged
ground: either each zone gets the same hours budget, or hours may move from a zone where they would meet little to one
where they meet more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from domain.progress import Progress, no_progress
from hotspots.aoristic import HOURS_PER_WEEK
from hotspots.candidates import Candidate
from hotspots.cover import covered_shares
from hotspots.history import History
from hotspots.hour_of_week import block_totals, shrunk_shares, smoothed_week
from hotspots.hour_pools import hour_pools
from hotspots.periods import MONTHS, Periods
from hotspots.space_time_ledger import (
    EQUAL,
    FLEXIBLE,
    FORCE_HOURS,
    OWN_HOURS,
    SpaceTimeResult,
    pool_candidate,
    space_time_result,
)
from hotspots.surface import decayed_weights, score_raster
from hotspots.trials import CELL_M, Ground, lay_ground

__all__ = ["SpaceTimeSettings", "TimedEvents", "space_time_backtest"]

Floats = NDArray[np.float64]
Codes = NDArray[np.object_]

_LEAST_LOG_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class SpaceTimeSettings:
    """
    How hours are chosen and tested.

    Parameters
    ----------
    area_share
        Share of the force's area that is flagged.
    hour_share
        Share of the week's hours that a patrol has for it.
    half_life
        Periods in which an incident loses half of its weight in the hours of the week.
    sigma_hours, pooled, pool_incidents, zone_incidents, block_hours
        As in `hotspots.red_times.RedTimeSettings`.
    """

    area_share: float = 0.01
    hour_share: float = 0.2
    half_life: float = 24.0
    sigma_hours: float = 1.0
    pooled: float = 0.6
    pool_incidents: float = 200.0
    zone_incidents: float = 100.0
    block_hours: int = 2

    @property
    def setting(self) -> str:
        """The constants, in words."""
        return (
            f"half-life {self.half_life:g} periods, blocks of {self.block_hours} h, the pool worth "
            f"{self.zone_incidents:g} incidents"
        )


@dataclass(frozen=True, slots=True)
class TimedEvents:
    """
    Public-reported incidents of the chosen kinds inside the force whose time is known, in one order.

    Parameters
    ----------
    x, y
        Metres in the analysis CRS, shape (n_events,).
    period
        Period in which each incident begins, shape (n_events,).
    hours
        Aoristic weights by hour of the week, shape (n_events, 168); each row sums to 1.
    pools
        For each kind of pool (`district`, `environment`), the code of the pool of each incident, empty where none.
    """

    x: Floats
    y: Floats
    period: NDArray[np.int64]
    hours: csr_array
    pools: Mapping[str, Codes] = field(default_factory=dict)


def space_time_backtest(  # noqa: PLR0913 - what is tested, on what, and how it is told
    events: TimedEvents,
    outline: shapely.Geometry,
    *,
    candidate: Candidate,
    test_periods: Sequence[int],
    window: int,
    rng: np.random.Generator,
    settings: SpaceTimeSettings | None = None,
    periods: Periods = MONTHS,
    progress: Progress = no_progress,
) -> SpaceTimeResult:
    """
    Test every way of choosing hours on the force's own past, each period from earlier ones only.

    Parameters
    ----------
    events
        Incidents whose time is known.
    outline
        The force, metres in the analysis CRS.
    candidate
        What ranks the ground.
    test_periods
        Periods to test, ascending; one without earlier incidents in the window, or without own ones, is left out.
    window
        Periods before a test period that a forecast reads.
    rng
        Draws the resamples of periods.
    settings
        Budgets and constants; those of METHODS 8 by default.
    periods
        How periods are named.
    progress
        Hears how many periods are done.

    Returns
    -------
    SpaceTimeResult
        The ledger, its averages with paired intervals, and which pool predicts better. The state is `cannot_tell`
        where no period can be tested.

    Notes
    -----
    Ground is flagged on square cells of 250 m in one position. With `f` the flagged share of a cell and `g` the taken
    share of its hours, `n = sum f g events`; the accuracy is `PAI_st = (n / N) / ((a t) / (A T))`. Flexible hours take
    cell-hours by `score x P(hour)` per area and hour until `a t` is used up.
    """
    s = settings or SpaceTimeSettings()
    ground = lay_ground(outline, _history(events), [(0.0, 0.0)])
    cells = _Cells(ground, ground.cells(ground.raster.area_m2)[0], _cell_of(ground, events))
    ledger: list[dict[str, object]] = []
    for done, period in enumerate(test_periods):
        progress("Testing zones and times", done, len(test_periods))
        is_past = (events.period < period) & (events.period >= period - window)
        is_now = events.period == period
        if is_past.any() and is_now.any():
            found = _one_period(events, cells, is_past, is_now, candidate, period, s)
            ledger += [{"month": periods.name(period), **row} for row in found]
    progress("Testing zones and times", len(test_periods), len(test_periods))
    return space_time_result(
        ledger, setting=s.setting, area_share=s.area_share, hour_share=s.hour_share, period=periods.noun, rng=rng
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one position: the ground, their area (m2), and the cell of each event."""

    ground: Ground
    area_m2: Floats
    of_event: NDArray[np.int64]


def _history(events: TimedEvents, chosen: NDArray[np.bool_] | None = None) -> History:
    """Return the incidents as a history of counts, a row per place and period, for the candidates of the back-test."""
    keep = np.ones(len(events.x), dtype=np.bool_) if chosen is None else chosen
    rows = np.column_stack([events.x[keep], events.y[keep], events.period[keep]])
    distinct, n = np.unique(rows, axis=0, return_counts=True)
    x, y, period = distinct.T
    counts, months = n.astype(np.float64), period.astype(np.int64)
    return History(np.arange(len(x)), x.copy(), y.copy(), months, counts, counts, counts, np.unique(months))


def _cell_of(ground: Ground, events: TimedEvents) -> NDArray[np.int64]:
    """Return the cell of each event, as `Ground.cells` orders them in the unmoved position."""
    size = round(CELL_M / ground.raster.pixel_m)
    row, column = ground.raster.pixel_of(events.x, events.y)
    return (row // size) * (ground.raster.shape[1] // size + 1) + column // size


def _one_period(
    events: TimedEvents,
    cells: _Cells,
    is_past: NDArray[np.bool_],
    is_now: NDArray[np.bool_],
    candidate: Candidate,
    period: int,
    s: SpaceTimeSettings,
) -> list[dict[str, object]]:
    """Return what each way of choosing hours finds in one period."""
    past = _history(events, is_past)
    pixels = score_raster(candidate.score(past, cells.ground.raster, month_index=period), past, cells.ground.raster)
    score = cells.ground.cells(pixels)[0]
    flagged_share = covered_shares(score, cells.area_m2, s.area_share * cells.area_m2.sum())
    flagged = np.flatnonzero(flagged_share > 0)
    came = _sums_by_cell(cells.of_event[is_now], events.hours[np.flatnonzero(is_now)], flagged)
    trial = _HourTrial(score[flagged], cells.area_m2[flagged], flagged_share[flagged], came, int(is_now.sum()), s)
    shares = _hour_shares(events, cells, is_past, period, flagged, s)
    return [row for name, share in shares.items() for row in trial.rows(name, share)]


def _sums_by_cell(cell: NDArray[np.int64], values: csr_array, flagged: NDArray[np.int64]) -> Floats:
    """Return the sums of the rows of each flagged cell, shape (n_flagged, n_columns)."""
    position = np.searchsorted(flagged, cell)
    position[position == len(flagged)] = 0
    is_flagged = flagged[position] == cell if len(flagged) else np.zeros(len(cell), dtype=np.bool_)
    rows = np.flatnonzero(is_flagged)
    member = csr_array((np.ones(len(rows)), (position[rows], rows)), shape=(len(flagged), len(cell)))
    return np.asarray((member @ values).toarray(), dtype=np.float64)


def _hour_shares(
    events: TimedEvents,
    cells: _Cells,
    is_past: NDArray[np.bool_],
    period: int,
    flagged: NDArray[np.int64],
    s: SpaceTimeSettings,
) -> dict[str, Floats]:
    """Return the share of each hour in each flagged cell by every way of telling it, shape (n_flagged, 168)."""
    past = np.flatnonzero(is_past)
    decay = decayed_weights(period - events.period[past], half_life_months=s.half_life)
    hours = csr_array(diags_array(decay) @ events.hours[past])
    cell = cells.of_event[past]
    raw = _sums_by_cell(cell, hours, flagged)
    force = _smooth(np.asarray(hours.sum(axis=0), dtype=np.float64).reshape(1, -1), s)[0]
    force /= force.sum()
    n = raw.sum(axis=1, keepdims=True)
    usual = np.broadcast_to(force, raw.shape)
    shares = {FORCE_HOURS: usual, OWN_HOURS: np.where(n > 0, raw / np.maximum(n, _LEAST_LOG_SHARE), usual)}
    smooth = _smooth(raw, s)
    for name, codes in events.pools.items():
        pools = hour_pools(codes[past], hours, force, smooth=lambda w: _smooth(w, s), prior_incidents=s.pool_incidents)
        pool = pools.mixed(_sums_by_cell(cell, pools.of_incident, flagged), force)
        shares[pool_candidate(name)] = shrunk_shares(smooth, pool, prior_incidents=s.zone_incidents)
    return shares


def _smooth(weights: Floats, s: SpaceTimeSettings) -> Floats:
    return smoothed_week(weights, sigma_hours=s.sigma_hours, pooled=s.pooled)


@dataclass(frozen=True, slots=True)
class _HourTrial:
    """What came in the flagged cells of one period, and the budget of hours for it."""

    score: Floats
    area_m2: Floats
    flagged_share: Floats
    came: Floats
    n_events: int
    settings: SpaceTimeSettings

    def rows(self, name: str, share: Floats) -> list[dict[str, object]]:
        """Return the ledger rows of one way of telling the hours."""
        blocks = block_totals(share, block_hours=self.settings.block_hours)
        came = block_totals(self.came, block_hours=self.settings.block_hours) * self.flagged_share[:, None]
        log_sum = float((self.came * np.log(HOURS_PER_WEEK * np.maximum(share, _LEAST_LOG_SHARE))).sum())
        shared = {"candidate": name, "n_events": self.n_events, "n_flagged": self.came.sum(), "log_sum": log_sum}
        hits = {EQUAL: (self._equal(blocks) * came).sum(), FLEXIBLE: (self._flexible(blocks) * came).sum()}
        return [{**shared, "selection": selection, "hits": float(n)} for selection, n in hits.items()]

    def _equal(self, blocks: Floats) -> Floats:
        """Return the taken share of each block, every cell having the same budget."""
        length = np.full(blocks.shape[1], float(self.settings.block_hours))
        budget = self.settings.hour_share * HOURS_PER_WEEK
        return np.stack([covered_shares(of_cell, length, budget) for of_cell in blocks])

    def _flexible(self, blocks: Floats) -> Floats:
        """Return the taken share of each block, the budgets of all cells being one."""
        area_m2 = self.area_m2 * self.flagged_share
        size = np.repeat(area_m2[:, None] * self.settings.block_hours, blocks.shape[1], axis=1)
        score = (self.score * self.flagged_share)[:, None] * blocks
        budget = self.settings.hour_share * HOURS_PER_WEEK * area_m2.sum()
        return covered_shares(score.ravel(), size.ravel(), float(budget)).reshape(blocks.shape)
