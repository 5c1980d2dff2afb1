"""
Forecast surfaces: where the chosen kinds are to be expected next month (METHODS 7).

A score has two parts. Its *sharp* part is weight that stays at the very points of incidents; its *smooth* part is
weight that Gaussians have spread over the ground, on a raster of 50 m. Cells of any size, and the finer raster on which
zones are placed, are sums of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from hotspots.history import History
from hotspots.rasters import ForceRaster, rasterise

__all__ = [
    "SMOOTH_PIXEL_M",
    "BlendSettings",
    "Score",
    "decayed_weights",
    "default_score",
    "gaussian_blur",
    "score_raster",
]

Floats = NDArray[np.float64]

#: Side of the pixels on which Gaussians are drawn, metres.
SMOOTH_PIXEL_M = 50.0

# Kernels end at this many standard deviations.
_TRUNCATE = 3.0


@dataclass(frozen=True, slots=True)
class Score:
    """
    What a candidate expects, up to a factor.

    Parameters
    ----------
    sharp
        Weight at the place of each row of the history, shape (n_rows,).
    smooth
        Weight per pixel of the 50 m raster, shape (n_rows, n_columns); None for none.
    """

    sharp: Floats
    smooth: Floats | None = None


@dataclass(frozen=True, slots=True)
class BlendSettings:
    """
    The constants of the default surface; every one was chosen on months that no published figure is tested on.

    Parameters
    ----------
    half_life_months
        Months in which an incident loses half of its weight.
    q_sparse, q_dense
        Weight of other kinds, where the chosen kinds have fewer than `dense_per_month` events a month, and otherwise.
    dense_per_month
        Where dense begins, events a month in the force.
    near_m, middle_m, wide_m
        Standard deviations of the three Gaussians, metres.
    spread
        Weight of the spread part beside the counts themselves.
    near_share
        Share of `near_m` in the spread of the chosen kinds; the rest is `middle_m`.
    wide
        Weight of the wide Gaussian of all kinds, which orders ground that has seen nothing yet.
    """

    half_life_months: float = 8.0
    q_sparse: float = 0.4
    q_dense: float = 0.2
    dense_per_month: float = 1000.0
    near_m: float = 125.0
    middle_m: float = 300.0
    wide_m: float = 1000.0
    spread: float = 0.3
    near_share: float = 0.7
    wide: float = 0.003


def decayed_weights(age_months: NDArray[np.int64], *, half_life_months: float) -> Floats:
    """
    Return the weight of incidents by their age: `w = 0.5 ** ((age - 1) / half_life)`.

    Parameters
    ----------
    age_months
        Whole months before the forecast month, at least 1, of any shape.
    half_life_months
        Months in which the weight halves.

    Examples
    --------
    >>> decayed_weights(np.array([1, 9, 17]), half_life_months=8.0).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.asarray(0.5 ** ((age_months - 1) / half_life_months), dtype=np.float64)


def gaussian_blur(values: Floats, *, sigma_m: float, pixel_m: float) -> Floats:
    """
    Spread pixel values by a Gaussian that is cut at three standard deviations.

    Parameters
    ----------
    values
        Array of shape (n_rows, n_columns).
    sigma_m
        Standard deviation, metres.
    pixel_m
        Side of a pixel, metres.

    Returns
    -------
    array of the same shape
        `sum_j k_j v_j` with a separable kernel `k` that sums to 1; what is spread beyond the raster is lost.

    Notes
    -----
    The sums are direct, not by Fourier transform, so that ground which nothing reaches stays exactly zero and ties
    among such cells stay ties.
    """
    reach = int(_TRUNCATE * sigma_m / pixel_m)
    if reach == 0:
        return values.copy()
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * pixel_m / sigma_m) ** 2)
    kernel /= kernel.sum()
    along_rows = correlate1d(values, kernel, axis=0, mode="constant")
    return np.asarray(correlate1d(along_rows, kernel, axis=1, mode="constant"), dtype=np.float64)


def default_score(
    history: History,
    raster: ForceRaster,
    *,
    month_index: int,
    settings: BlendSettings | None = None,
    weights: Floats | None = None,
) -> Score:
    """
    Blend counts of the chosen kinds with their neighbourhood and with all other kinds.

    Parameters
    ----------
    history
        Public-reported incidents before the forecast month.
    raster
        The force on pixels of 50 m.
    month_index
        The month that is forecast.
    settings
        The constants; those of METHODS 7 by default.
    weights
        Weight of each row, shape (n_rows,); by default that of its age.

    Returns
    -------
    Score
        With `own` and `all` the decayed counts of the chosen and of all public-reported kinds, `r = sum own / sum all`
        and `G_s` a Gaussian of s metres that is zero outside the force::

            own + 0.3 (0.7 G125(own) + 0.3 G300(own)) + q r (all + 0.3 G125(all)) + 0.003 r G1000(all)

        where q is 0.4 if the chosen kinds have under 1,000 events a month in the force, else 0.2.
    """
    s = settings or BlendSettings()
    if weights is None:
        weights = decayed_weights(month_index - history.month_index, half_life_months=s.half_life_months)
    own, everything = history.own * weights, history.everything * weights
    total = everything.sum()
    if total <= 0:
        return Score(own)
    ratio = own.sum() / total
    q = s.q_sparse if history.own_per_month() < s.dense_per_month else s.q_dense
    own_raster = rasterise(raster, history.x, history.y, own)
    all_raster = rasterise(raster, history.x, history.y, everything)
    # Blurs are linear: one pass serves both sums that share the near Gaussian.
    near = s.spread * (s.near_share * own_raster + q * ratio * all_raster)
    middle = s.spread * (1 - s.near_share) * own_raster
    smooth = gaussian_blur(near, sigma_m=s.near_m, pixel_m=raster.pixel_m)
    smooth += gaussian_blur(middle, sigma_m=s.middle_m, pixel_m=raster.pixel_m)
    smooth += gaussian_blur(s.wide * ratio * all_raster, sigma_m=s.wide_m, pixel_m=raster.pixel_m)
    return Score(own + q * ratio * everything, np.where(raster.inside, smooth, 0.0))


def score_raster(score: Score, history: History, raster: ForceRaster) -> Floats:
    """
    Sum both parts of a score into pixels of 50 m, or finer ones that divide them evenly.

    Parameters
    ----------
    score
        Score of the rows of `history`; its smooth part is spread evenly within its pixels.
    history
        The history that was scored.
    raster
        The pixels wanted, with the corner of the raster of the smooth part.

    Returns
    -------
    array of shape (n_rows, n_columns)
        Weight per pixel; the smooth part is zero outside the force.
    """
    sharp = rasterise(raster, history.x, history.y, score.sharp)
    if score.smooth is None:
        return sharp
    times = raster.shape[0] // score.smooth.shape[0]
    if times == 1:
        return sharp + score.smooth
    fine = np.repeat(np.repeat(score.smooth, times, axis=0), times, axis=1) / times**2
    return sharp + np.where(raster.inside, fine, 0.0)
