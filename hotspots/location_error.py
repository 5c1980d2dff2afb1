"""
What a forecast is worth when points are not where they are written.

Published points are snapped to nearby map points, and a forecast that leans on the very metre of a map point looks
better than it will be on the ground. Moving every *test* incident a little shows how much of a figure is such an
artefact (METHODS 7: the jittered figure is always published too).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspots.rasters import ForceRaster

__all__ = ["JITTERS_M", "jittered"]

Floats = NDArray[np.float64]

#: Standard deviations of the test points, metres: as they are, and moved a little and more.
JITTERS_M: tuple[float, ...] = (0.0, 35.0, 70.0)


def jittered(
    x: Floats, y: Floats, *, sigma_m: float, raster: ForceRaster, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """
    Move every point by a Gaussian step of its own.

    Parameters
    ----------
    x, y
        One entry per incident, metres in the analysis CRS, shape (n,).
    sigma_m
        Standard deviation of the step to the east and to the north, metres; 0 moves nothing.
    raster
        The force: a point that would leave it stays where it was, so that none is lost.
    rng
        Draws the steps.

    Returns
    -------
    tuple of arrays, each of shape (n,)
    """
    if sigma_m <= 0:
        return x, y
    east, north = rng.normal(0.0, sigma_m, size=(2, len(x)))
    column = np.floor((x + east - raster.west) / raster.pixel_m).astype(np.int64)
    row = np.floor((y + north - raster.south) / raster.pixel_m).astype(np.int64)
    n_rows, n_columns = raster.shape
    on_raster = (row >= 0) & (row < n_rows) & (column >= 0) & (column < n_columns)
    stays = ~on_raster
    stays[on_raster] = raster.area_m2[row[on_raster], column[on_raster]] <= 0
    return np.where(stays, x, x + east), np.where(stays, y, y + north)
