"""Kernel density for display and as a feature: linear binning, then one filter; bandwidth in metres is what matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d
from scipy.signal import oaconvolve

from domain.errors import AnalysisError

__all__ = ["DensityGrid", "kernel_density"]

_GAUSSIAN_REACH = 4.0


@dataclass(frozen=True, slots=True)
class DensityGrid:
    """
    A density surface.

    Parameters
    ----------
    values
        Events per square kilometre at the centre of each cell, shape (n_rows, n_columns); row 0 is the southernmost.
    west, south
        South-west corner of the grid, metres.
    cell_m
        Side of a cell, metres.
    """

    values: NDArray[np.float64]
    west: float
    south: float
    cell_m: float


def kernel_density(  # noqa: PLR0913 - a grid is four numbers
    points: NDArray[np.float64],
    *,
    west: float,
    south: float,
    shape: tuple[int, int],
    cell_m: float,
    bandwidth_m: float,
    kernel: str = "quartic",
    weights: NDArray[np.float64] | None = None,
    inside: NDArray[np.bool_] | None = None,
) -> DensityGrid:
    """
    Estimate the density of events on a grid.

    Quartic: `K(d) = 3 / (pi h^2) (1 - (d/h)^2)^2` for d < h. Gaussian: standard deviation h, cut at 4 h. Each event is
    shared linearly among the four nearest cell centres, and the shares are filtered by the kernel. With `inside` the
    density is divided by the kernel's mass inside the region, so that it does not sink at the border (Diggle 1985).

    Parameters
    ----------
    points
        Coordinates of shape (n, 2), metres.
    west, south, shape, cell_m
        The grid: south-west corner (m), (n_rows, n_columns) and side of a cell (m).
    bandwidth_m
        h, metres; at least one cell for the quartic kernel.
    kernel
        `quartic` or `gaussian`.
    weights
        Weight of each event, shape (n,); 1 by default.
    inside
        Region for edge correction, boolean of shape `shape`; the density is 0 outside it.

    Raises
    ------
    AnalysisError
        If the kernel is unknown, a length is not positive, or shapes do not agree.

    References
    ----------
    Silverman (1986); Wand (1994), doi 10.1080/10618600.1994.10474656, on linear binning; Chainey (2013), on bandwidth.

    Examples
    --------
    >>> grid = kernel_density(np.array([[500.0, 500.0]]), west=0, south=0, shape=(10, 10), cell_m=100, bandwidth_m=300)
    >>> round(float(grid.values.sum()) * 0.01, 2)
    1.0
    """
    if kernel not in {"quartic", "gaussian"}:
        raise AnalysisError(f"the kernel is quartic or gaussian, not {kernel}")
    if cell_m <= 0 or bandwidth_m <= 0 or min(shape) < 1:
        raise AnalysisError("cell, bandwidth and shape of a density grid must be positive")
    if inside is not None and inside.shape != shape:
        raise AnalysisError("the region of a density grid must have the shape of the grid")
    reach = bandwidth_m if kernel == "quartic" else _GAUSSIAN_REACH * bandwidth_m
    margin = int(np.ceil(reach / cell_m)) + 1
    binned = _linear_bins(points, weights, west, south, shape, cell_m, margin)
    values = _filtered(binned, kernel, bandwidth_m, cell_m)[margin:-margin, margin:-margin]
    if inside is not None:
        region = np.pad(inside.astype(np.float64), margin)
        mass = _filtered(region, kernel, bandwidth_m, cell_m)[margin:-margin, margin:-margin]
        values = np.divide(values, mass, out=np.zeros(shape), where=inside & (mass > 1e-9))
    return DensityGrid(np.maximum(values, 0) / (cell_m / 1000) ** 2, west, south, cell_m)


def _linear_bins(
    points: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    west: float,
    south: float,
    shape: tuple[int, int],
    cell_m: float,
    margin: int,
) -> NDArray[np.float64]:
    """Share each event among the four nearest cell centres, on the grid widened by a margin."""
    n_rows, n_columns = shape[0] + 2 * margin, shape[1] + 2 * margin
    column = (points[:, 0] - west) / cell_m - 0.5 + margin
    row = (points[:, 1] - south) / cell_m - 0.5 + margin
    left, low = np.floor(column), np.floor(row)
    near = (left >= 0) & (left < n_columns - 1) & (low >= 0) & (low < n_rows - 1)
    left, low = left[near], low[near]
    right_part, high_part = column[near] - left, row[near] - low
    weight = np.ones(len(left)) if weights is None else np.asarray(weights, dtype=np.float64)[near]
    flat = low.astype(np.int64) * n_columns + left.astype(np.int64)
    size = n_rows * n_columns
    binned = np.bincount(flat, weight * (1 - right_part) * (1 - high_part), size)
    binned += np.bincount(flat + 1, weight * right_part * (1 - high_part), size)
    binned += np.bincount(flat + n_columns, weight * (1 - right_part) * high_part, size)
    binned += np.bincount(flat + n_columns + 1, weight * right_part * high_part, size)
    return binned.reshape(n_rows, n_columns)


def _filtered(grid: NDArray[np.float64], kernel: str, bandwidth_m: float, cell_m: float) -> NDArray[np.float64]:
    """Filter with a kernel that sums to one, so that events are neither lost nor made."""
    if kernel == "gaussian":
        steps = np.arange(
            -int(_GAUSSIAN_REACH * bandwidth_m / cell_m) - 1, int(_GAUSSIAN_REACH * bandwidth_m / cell_m) + 2
        )
        line = np.exp(-0.5 * (steps * cell_m / bandwidth_m) ** 2)
        line[np.abs(steps * cell_m) > _GAUSSIAN_REACH * bandwidth_m] = 0
        line /= line.sum()
        return correlate1d(correlate1d(grid, line, axis=0, mode="constant"), line, axis=1, mode="constant")
    reach = int(np.ceil(bandwidth_m / cell_m))
    steps = np.arange(-reach, reach + 1) * cell_m
    squared = (steps[:, None] ** 2 + steps[None] ** 2) / bandwidth_m**2
    disc = np.where(squared < 1, (1 - squared) ** 2, 0.0)
    return oaconvolve(grid, disc / disc.sum(), mode="same")
