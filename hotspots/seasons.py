"""
The season in the zones: the candidate that remembers the same months of earlier years, and the index of a month.

Both need 24 months. With fewer they change nothing, and a sentence says so: one year cannot tell a season from a
single event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hotspots.expectation import prior_months
from hotspots.history import History
from hotspots.rasters import ForceRaster, rasterise
from hotspots.surface import BlendSettings, Score, decayed_weights, default_score

__all__ = ["LEAST_MONTHS", "SAME_SEASON", "SameSeason", "SeasonalIndex", "seasonal_index"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

#: Months of history under which nothing is said of seasons.
LEAST_MONTHS = 24

#: Name of the candidate that reads more than the window.
SAME_SEASON = "same season"

_YEAR = 12

# The same month of earlier years, and its two neighbours with half its weight.
_KERNEL = (0.5, 0.25)

# A month of which next to nothing was ever seen still has some exposure.
_LEAST_INDEX = 0.05

# From one year to the next; beyond it recording changed, and its step would pass for a season.
_MOST_CHANGE = 1.5


@dataclass(frozen=True, slots=True)
class SameSeason:
    """
    The blend, with as much of its weight on the same season of earlier years as the force's own past says.

    A place that is busy every summer is quiet in the twelve months' counts of spring. Of each earlier year the month
    that is forecast and its neighbours are read, as shares of the force's incidents of their month, so that a year in
    which more was recorded does not count more.

    Parameters
    ----------
    settings
        Constants of the blend.

    Notes
    -----
    With `w` the decayed weight of a row in the window, `L` the decayed incidents of the window, `T_m` the incidents of
    the force in month m and `k_m` 1/2 for the same calendar month and 1/4 for its neighbours, eleven months ago or
    more, the weight of a row is `(1 - a) w + a L k_m / (T_m sum k)`; the rest is the blend. The share `a` is
    `M / (beta + M)`: the season is worth `M = (sum k)^2 / sum k^2` months, and `beta`, the months that the window is
    worth beside it, comes from how far the season of pixels of 50 m lies from their window beyond chance
    (`hotspots.expectation.prior_months`). Without 24 months of history (`History.earlier` included) it is the blend.
    """

    settings: BlendSettings = field(default_factory=BlendSettings)
    name: str = field(default=SAME_SEASON, init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return f"blend, half-life {self.settings.half_life_months:g} months, and the same months of earlier years"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the score; what lies before the window is in its smooth part."""
        joined, n_window = history.with_earlier(), len(history.x)
        kernel = _kernel(joined, month_index) if len(joined.months) >= LEAST_MONTHS else np.zeros(0)
        decay = decayed_weights(month_index - history.month_index, half_life_months=self.settings.half_life_months)
        level = float((history.own * decay).sum())
        if not kernel.any() or level <= 0:
            return default_score(history, raster, month_index=month_index, settings=self.settings)
        season = _as_shares(joined, kernel)
        window = rasterise(raster, history.x, history.y, history.own * decay)
        months = decayed_weights(month_index - history.months, half_life_months=self.settings.half_life_months).sum()
        seasonal = rasterise(raster, joined.x, joined.y, joined.own * season)
        share = _season_share(seasonal, window / level, kernel, per_month=level / months)
        weights = share * level * season
        weights[:n_window] += (1 - share) * decay
        # How many other kinds count is decided on the window, as in the blend.
        s = self.settings
        q = s.q_sparse if history.own_per_month() < s.dense_per_month else s.q_dense
        settings = replace(s, q_sparse=q, q_dense=q)
        score = default_score(joined, raster, month_index=month_index, settings=settings, weights=weights)
        before = rasterise(raster, joined.x[n_window:], joined.y[n_window:], score.sharp[n_window:])
        smooth = np.where(raster.inside, before, 0.0)
        return Score(score.sharp[:n_window], smooth if score.smooth is None else smooth + score.smooth)


def _kernel(history: History, month_index: int) -> Floats:
    """Return the weight of each month with data: the season of earlier years, 0 for every other month."""
    age = month_index - history.months
    distance = np.minimum(age % _YEAR, -age % _YEAR)
    seen = np.isin(history.months, history.month_index[history.own > 0])
    kernel = np.where(distance == 0, _KERNEL[0], np.where(distance == 1, _KERNEL[1], 0.0))
    return np.asarray(np.where((age >= _YEAR - 1) & seen, kernel, 0.0), dtype=np.float64)


def _as_shares(history: History, kernel: Floats) -> Floats:
    """Return the weight of each row as a share of its month, by the kernel; the weights of own rows sum to 1."""
    month = np.searchsorted(history.months, history.month_index)
    totals = np.bincount(month, history.own, minlength=len(history.months))
    per_incident = np.divide(kernel, totals, out=np.zeros_like(kernel), where=totals > 0) / kernel.sum()
    return np.asarray(per_incident[month], dtype=np.float64)


def _season_share(season: Floats, window: Floats, kernel: Floats, *, per_month: float) -> float:
    """Return how much of the weight is the season's, from the shares of pixels in the season and in the window."""
    months = float(kernel.sum() ** 2 / (kernel**2).sum())
    # Chance is judged on counts at the level of the window, not on shares.
    beta = prior_months(season * months * per_month, window * per_month, months)
    return months / (beta + months)


@dataclass(frozen=True, slots=True)
class SeasonalIndex:
    """
    What each calendar month sees against the average month of the force.

    Parameters
    ----------
    by_month
        January to December, 1 for the average, shape (12,); all 1 where it is not known.
    n_years
        Whole years that it rests on; 0 where it is not known.
    n_months
        Months in a row up to the last one.
    is_steady
        Whether no year had more than half as many again as the one before or after it.
    """

    by_month: Floats
    n_years: int
    n_months: int
    is_steady: bool = True

    def exposures(self, months: Indices, *, month_index: int) -> Floats:
        """Return how many months like `month_index` each of some months is worth, shape of `months`."""
        return np.asarray(self.by_month[months % _YEAR] / self.by_month[month_index % _YEAR], dtype=np.float64)

    def sentence(self, month_index: int) -> str:
        """Return what the page says of expected incidents."""
        if not self.is_steady:
            return (
                "Expected incidents are those of an average month: from one year to another so much more or less was "
                "recorded that no season can be told."
            )
        if not self.n_years:
            known = f"{self.n_months} {'month' if self.n_months == 1 else 'months'}"
            needs = f"a season shows in {LEAST_MONTHS} months in a row, and there are {known}"
            return f"Expected incidents are those of an average month: {needs}."
        return (
            "Expected incidents are for the month to come, which in this force sees "
            f"{self.by_month[month_index % _YEAR]:.2f} of an average month's ({self.n_years} years read)."
        )


def seasonal_index(incidents: Mapping[int, int], *, last_month_index: int) -> SeasonalIndex:
    """
    Return the seasonal index of a force, shrunk as far as its years disagree.

    Parameters
    ----------
    incidents
        Incidents of the chosen kinds in the force by month (`LocalMonth.index`), for every month of which there are
        data.
    last_month_index
        Last month that is read; whole years are counted back from it.

    Returns
    -------
    SeasonalIndex
        With `r` the incidents of the chosen kinds in a month over a level that grows by the same factor each year (of
        mean 1 in every year), `I` their means by calendar month and `s2` their variance about these, the index is
        `1 + k (I - 1)` with `k = t / (t + s2 / years)` and `t = max(0, var I - s2 / years)`: where years disagree as
        much as months do, there is no season. Where a year saw over half as many again as the next, none is told.
    """
    n_months = 0
    while last_month_index - n_months in incidents:
        n_months += 1
    n_years = n_months // _YEAR
    months = np.arange(last_month_index - n_years * _YEAR + 1, last_month_index + 1)
    table = np.array([incidents[int(month)] for month in months], dtype=np.float64).reshape(n_years, _YEAR)
    if n_years * _YEAR < LEAST_MONTHS or not (table.sum(axis=1) > 0).all():
        return SeasonalIndex(np.ones(_YEAR), 0, n_months)
    totals = table.sum(axis=1)
    if max((totals[1:] / totals[:-1]).max(), (totals[:-1] / totals[1:]).max()) > _MOST_CHANGE:
        return SeasonalIndex(np.ones(_YEAR), 0, n_months, is_steady=False)
    growth = (totals[-1] / totals[0]) ** (1 / (n_years - 1))
    level = growth ** (np.arange(_YEAR) / _YEAR)
    ratio = table / level
    ratio = _YEAR * ratio / ratio.sum(axis=1, keepdims=True)
    mean = ratio.mean(axis=0)
    noise = float(((ratio - mean) ** 2).sum() / (_YEAR * (n_years - 1)) / n_years)
    between = max(0.0, float(mean.var(ddof=1)) - noise)
    shrink = between / (between + noise) if between > 0 else 0.0
    index = np.ones(_YEAR)
    index[months[:_YEAR] % _YEAR] = np.maximum(1 + shrink * (mean - 1), _LEAST_INDEX)
    return SeasonalIndex(index, n_years, n_months)
