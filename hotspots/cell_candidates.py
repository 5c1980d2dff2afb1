"""
Candidates that are fitted to the data: gamma-Poisson shrinkage and Poisson gradient boosting.

Both read places and months of public-reported incidents and nothing else (DESIGN rule 9), and both fit themselves on
the months before the one that is forecast.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from hotspots.expectation import prior_months
from hotspots.history import History
from hotspots.rasters import ForceRaster, rasterise
from hotspots.surface import Score, decayed_weights, gaussian_blur

__all__ = ["GammaPoisson", "PoissonBoosting"]

Floats = NDArray[np.float64]

# Where the counts within 250 m, own and all, stand among the features of a cell.
_OWN_AROUND, _ALL_AROUND = 6, 9

# Leaves of fewer cells than this learn noise; so many bins are enough for counts.
_LEAST_CELLS, _BINS = 200, 64


@dataclass(frozen=True, slots=True)
class GammaPoisson:
    """
    Counts of each pixel shrunk to the smooth surface around it, as far as the force's own past says.

    Parameters
    ----------
    half_life_months
        Months in which the weight of an incident halves.
    wide_m
        Standard deviation of the Gaussian that gives the prior mean, metres.

    Notes
    -----
    With decayed counts `D_i` over `M` decayed months and the prior mean `m_i` of a pixel, the posterior mean of a
    Gamma prior of mean `m_i` worth `beta` months is `(beta m_i + D_i) / (beta + M)`, a sharp part and a smooth part.
    `beta` is the moment estimate `M^2 sum(m) / (sum (D - M m)^2 - M sum(m))`, after Marshall (1991,
    doi 10.2307/2347593) with a prior mean of each pixel's own.
    """

    half_life_months: float = 8.0
    wide_m: float = 300.0
    name: str = field(default="gamma-Poisson", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return f"half-life {self.half_life_months:g} months, shrunk to a Gaussian of {self.wide_m:g} m"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the posterior means, up to a factor."""
        own = history.own * decayed_weights(month_index - history.month_index, half_life_months=self.half_life_months)
        weights = decayed_weights(month_index - history.months, half_life_months=self.half_life_months)
        months = float(weights.sum())
        counts = rasterise(raster, history.x, history.y, own)
        smooth = np.where(raster.inside, gaussian_blur(counts, sigma_m=self.wide_m, pixel_m=raster.pixel_m), 0.0)
        return Score(own, smooth * (prior_months(counts, smooth / months, months) / months))


@dataclass(frozen=True, slots=True)
class PoissonBoosting:
    """
    Poisson gradient boosting on cells of 250 m, fitted to the last months before the forecast.

    The model learns by what factor a cell's month differs from a plain expectation (its decayed counts and their near
    neighbourhood): that expectation is the exposure. What a cell is told: its own counts of the chosen and of all
    kinds, decayed, and of the chosen kinds over 1, 3 and 12 months, how often it had any, the counts around it at
    three distances, and the calendar month. Within a cell the forecast is spread as the counts were, so that it can be
    laid on any grid.

    Parameters
    ----------
    half_life_months
        Months in which the weight of an incident halves.
    target_months
        Number of months before the forecast that the model is fitted to.
    n_trees, learning_rate, most_leaves
        Of the boosting; no stopping by a score. Trees, leaves and target months were chosen on Cheshire from February
        2016 to February 2017 alone (`benchmarks/choose_boosting.py`).
    """

    half_life_months: float = 8.0
    target_months: int = 6
    n_trees: int = 80
    learning_rate: float = 0.1
    most_leaves: int = 4
    name: str = field(default="Poisson boosting", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return f"{self.n_trees} trees of {self.most_leaves} leaves, fitted to the {self.target_months} months before"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the forecast, spread within each cell as its counts were."""
        targets = [int(m) for m in history.months if m >= month_index - self.target_months and m > history.months[0]]
        own = history.own * decayed_weights(month_index - history.month_index, half_life_months=self.half_life_months)
        if not targets or not own.any():
            return Score(own)
        cells = _Cells.over(raster)
        known, wanted, exposure = [], [], []
        for target in targets:
            features, month = self._features(history.before(target), cells, target), history.only(target)
            expected = _expected(features)
            known.append(features[expected > 0])
            wanted.append(cells.sums(month, month.own)[expected > 0])
            exposure.append(expected[expected > 0])
        model = self._fitted(np.vstack(known), np.concatenate(wanted), np.concatenate(exposure))
        now = self._features(history, cells, month_index)
        forecast = _expected(now)
        with threadpool_limits(limits=1, user_api="openmp"):
            forecast[forecast > 0] *= model.predict(now[forecast > 0])
        return _spread(forecast, own, history, cells)

    def _fitted(self, known: Floats, wanted: Floats, exposure: Floats) -> HistGradientBoostingRegressor:
        """Fit the factor: a Poisson model of counts over exposure, weighted by exposure."""
        model = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.n_trees,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.most_leaves,
            min_samples_leaf=_LEAST_CELLS,
            max_bins=_BINS,
            early_stopping=False,
            random_state=0,
        )
        # Where no target month saw an incident, there is nothing to learn but a factor of one.
        factor = wanted / exposure if wanted.any() else np.ones(len(wanted))
        # One thread gives the same trees everywhere, and threads that wait for a busy core cost more than they do.
        with threadpool_limits(limits=1, user_api="openmp"):
            return model.fit(known, factor, sample_weight=exposure)

    def _features(self, history: History, cells: _Cells, month_index: int) -> Floats:
        """Return what is known of each cell before a month, shape (n_cells, n_features)."""
        age = month_index - history.month_index
        decay = decayed_weights(age, half_life_months=self.half_life_months)
        weights = decayed_weights(month_index - history.months, half_life_months=self.half_life_months)
        rates = decay / weights.sum()
        own, everything = (cells.sums(history, counts * rates) for counts in (history.own, history.everything))
        recent = [cells.sums(history, np.where(age <= last, history.own, 0.0)) / last for last in (1, 3, 12)]
        active = cells.sums(history, (history.own > 0).astype(np.float64)) / len(history.months)
        around = [cells.blurred(values, sigma) for values in (own, everything) for sigma in (250.0, 500.0, 1000.0)]
        season = [np.full(cells.n_cells, f(2 * np.pi * month_index / 12)) for f in (np.sin, np.cos)]
        return np.column_stack([own, everything, *recent, active, *around, *season])


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells of 250 m over a raster of 50 m, unmoved."""

    raster: ForceRaster
    size: int
    shape: tuple[int, int]

    @classmethod
    def over(cls, raster: ForceRaster) -> _Cells:
        """Return the cells of a raster."""
        size = round(250.0 / raster.pixel_m)
        n_rows, n_columns = raster.shape
        return cls(raster, size, (-(-n_rows // size), -(-n_columns // size)))

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.shape[0] * self.shape[1]

    def of(self, history: History) -> NDArray[np.int64]:
        """Return the cell of each row."""
        row, column = self.raster.pixel_of(history.x, history.y)
        return np.asarray((row // self.size) * self.shape[1] + column // self.size, dtype=np.int64)

    def sums(self, history: History, weights: Floats) -> Floats:
        """Sum the weights of rows into cells."""
        return np.bincount(self.of(history), weights, minlength=self.n_cells).astype(np.float64)

    def blurred(self, values: Floats, sigma_m: float) -> Floats:
        """Spread the values of cells by a Gaussian."""
        cell_m = self.size * self.raster.pixel_m
        return gaussian_blur(values.reshape(self.shape), sigma_m=sigma_m, pixel_m=cell_m).ravel()


def _expected(features: Floats) -> Floats:
    """Return the plain expectation of each cell; 0 where nothing happened within 750 m."""
    own, own_around, all_around = features[:, 0], features[:, _OWN_AROUND], features[:, _ALL_AROUND]
    total = all_around.sum()
    ratio = own_around.sum() / total if total > 0 else 0.0
    return np.asarray(own + 0.3 * own_around + 0.2 * ratio * all_around, dtype=np.float64)


def _spread(forecast: Floats, own: Floats, history: History, cells: _Cells) -> Score:
    """Lay the forecast of a cell on the places of its counts; where it has none, evenly on its pixels."""
    counted = cells.sums(history, own)
    cell = cells.of(history)
    sharp = np.divide(forecast[cell] * own, counted[cell], out=np.zeros_like(own), where=counted[cell] > 0)
    even = np.where(counted > 0, 0.0, forecast / cells.size**2).reshape(cells.shape)
    n_rows, n_columns = cells.raster.shape
    smooth = np.repeat(np.repeat(even, cells.size, axis=0), cells.size, axis=1)[:n_rows, :n_columns]
    return Score(sharp, np.where(cells.raster.inside, smooth, 0.0))
