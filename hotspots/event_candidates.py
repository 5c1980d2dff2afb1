"""
Candidates that read more than counts by month: near repeats of dated events, and places that people name.

Spread counts and near repeats suit time-stamped data; nominations let the engine and the inspectors be scored side by
side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hotspots.history import History
from hotspots.rasters import ForceRaster, rasterise
from hotspots.surface import Score, decayed_weights, gaussian_blur

__all__ = ["DatedEvents", "NearRepeats", "Nominations", "SpreadCounts"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpreadCounts:
    """
    Decayed counts and a little of their near neighbourhood: `C + 0.25 G75(C)` (METHODS 7, time-stamped data).

    Parameters
    ----------
    half_life
        Periods in which the weight of an incident halves, such as 13 blocks of 28 days for 52 weeks.
    near_m
        Standard deviation of the Gaussian, metres.
    spread
        Weight of the spread part.
    """

    half_life: float = 13.0
    near_m: float = 75.0
    spread: float = 0.25
    name: str = field(default="spread counts", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return f"half-life {self.half_life:g} periods, {self.spread:g} spread by {self.near_m:g} m"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the score."""
        own = history.own * decayed_weights(month_index - history.month_index, half_life_months=self.half_life)
        blurred = gaussian_blur(
            rasterise(raster, history.x, history.y, own), sigma_m=self.near_m, pixel_m=raster.pixel_m
        )
        return Score(own, np.where(raster.inside, self.spread * blurred, 0.0))


@dataclass(frozen=True, slots=True)
class DatedEvents:
    """
    Public-reported incidents of the chosen kinds inside the force whose day is known, each array of shape (n_events,).

    Parameters
    ----------
    x, y
        Metres in the analysis CRS.
    day
        Date, or date and time, local.
    """

    x: Floats
    y: Floats
    day: NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class NearRepeats:
    """
    A self-exciting surface: spread counts, lifted near what happened in the last weeks.

    Parameters
    ----------
    events
        Dated events; only those before the first day of the forecast period are read.
    first_day
        Returns the first day of a period from its number.
    background
        The lasting part of the surface.
    decay_days
        Days in which the lift falls to `1 / e`.
    near_m
        Standard deviation of the lift, metres.
    lift
        Weight of an event of the day before, in incidents.

    Notes
    -----
    `score = mu + lift sum_i exp(-(t - t_i) / decay) G_near(x - x_i)`, after Mohler et al. (2011,
    doi 10.1198/jasa.2011.ap09546) with fixed constants: tuning by likelihood over-smooths.
    """

    events: DatedEvents
    first_day: Callable[[int], np.datetime64]
    background: SpreadCounts = field(default_factory=SpreadCounts)
    decay_days: float = 28.0
    near_m: float = 75.0
    lift: float = 0.5
    name: str = field(default="near repeats", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        lift = f"lift {self.lift:g}, falling in {self.decay_days:g} days, {self.near_m:g} m wide"
        return f"{self.background.setting}; {lift}"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the score."""
        lasting = self.background.score(history, raster, month_index=month_index)
        begin = self.first_day(month_index)
        is_past = self.events.day < begin
        age_days = (begin - self.events.day[is_past]) / np.timedelta64(1, "D")
        weights = self.lift * np.exp(-age_days / self.decay_days)
        lifted = rasterise(raster, self.events.x[is_past], self.events.y[is_past], weights)
        blurred = gaussian_blur(lifted, sigma_m=self.near_m, pixel_m=raster.pixel_m)
        smooth = np.where(raster.inside, blurred, 0.0)
        return Score(lasting.sharp, smooth if lasting.smooth is None else lasting.smooth + smooth)


@dataclass(frozen=True, slots=True)
class Nominations:
    """
    The places that inspectors name, scored beside the engine.

    Parameters
    ----------
    x, y
        Centres, metres in the analysis CRS, shape (n,); best first where they are ranked.
    radius_m
        Radius of each place, metres.
    is_ranked
        Whether the order says which is better; otherwise ground counts as often as it was named.
    first_period
        First period for which each was named beforehand, shape (n,); None where all were named before every period.

    Notes
    -----
    A list says nothing about the ground beyond it: there, ties are taken in expectation, as chance would.
    """

    x: Floats
    y: Floats
    radius_m: float = 141.0
    is_ranked: bool = True
    first_period: NDArray[np.int64] | None = None
    name: str = field(default="nominations", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        how = "as ranked by those who named them" if self.is_ranked else "those named before each period"
        return f"{len(self.x)} places of {self.radius_m:g} m, {how}"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the rank from below of each pixel, or how often it was named; 0 where no place is named."""
        known = np.ones(len(self.x), dtype=np.bool_) if self.first_period is None else self.first_period <= month_index
        n_rows, n_columns = raster.shape
        east = raster.west + (np.arange(n_columns) + 0.5) * raster.pixel_m
        north = raster.south + (np.arange(n_rows) + 0.5) * raster.pixel_m
        smooth = np.zeros(raster.shape)
        for points, (x, y) in enumerate(zip(self.x[known][::-1], self.y[known][::-1], strict=True), start=1):
            rows = np.flatnonzero(np.abs(north - y) <= self.radius_m)
            columns = np.flatnonzero(np.abs(east - x) <= self.radius_m)
            window = np.ix_(rows, columns)
            is_in = (north[rows, None] - y) ** 2 + (east[columns] - x) ** 2 <= self.radius_m**2
            smooth[window] = np.where(is_in, points if self.is_ranked else smooth[window] + 1, smooth[window])
        return Score(np.zeros_like(history.own), np.where(raster.inside, smooth, 0.0))
