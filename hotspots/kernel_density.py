"""Kernel density for display and as a feature: linear binning, then one filter; bandwidth in metres is what matters."""

from __future__ import annotations

from dataclasses import dataclass

import numba
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
    binned = np.zeros((shape[0] + 2 * margin, shape[1] + 2 * margin))
    corner = west - (margin - 0.5) * cell_m, south - (margin - 0.5) * cell_m
    weight = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)
    _share_linearly(np.asarray(points, dtype=np.float64), weight, *corner, float(cell_m), binned)
    values = _filtered(binned, kernel, bandwidth_m, cell_m)[margin:-margin, margin:-margin]
    if inside is not None:
        region = np.pad(inside.astype(np.float64), margin)
        mass = _filtered(region, kernel, bandwidth_m, cell_m)[margin:-margin, margin:-margin]
        values = np.divide(values, mass, out=np.zeros(shape), where=inside & (mass > 1e-9))
    return DensityGrid(np.maximum(values, 0) / (cell_m / 1000) ** 2, west, south, cell_m)


@numba.njit(cache=True)
def _share_linearly(
    points: NDArray[np.float64],
    weight: NDArray[np.float64],
    first_x: float,
    first_y: float,
    cell_m: float,
    binned: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled; tests also run it as plain Python
    """Share each event among the four nearest of the cell centres that begin at (first_x, first_y)."""
    n_rows, n_columns = binned.shape
    for i in range(len(points)):
        column, row = (points[i, 0] - first_x) / cell_m, (points[i, 1] - first_y) / cell_m
        if 0 <= column < n_columns - 1 and 0 <= row < n_rows - 1:
            left, low = int(column), int(row)
            right_part, high_part = column - left, row - low
            at_left, at_right = weight[i] * (1 - right_part), weight[i] * right_part
            binned[low, left] += at_left * (1 - high_part)
            binned[low, left + 1] += at_right * (1 - high_part)
            binned[low + 1, left] += at_left * high_part
            binned[low + 1, left + 1] += at_right * high_part


def _filtered(grid: NDArray[np.float64], kernel: str, bandwidth_m: float, cell_m: float) -> NDArray[np.float64]:
    """Filter with a kernel that sums to one, so that events are neither lost nor made."""
    if kernel == "gaussian":
        n_steps = int(_GAUSSIAN_REACH * bandwidth_m / cell_m)
        away = np.arange(-n_steps, n_steps + 1) * (cell_m / bandwidth_m)
        line = np.exp(-0.5 * away**2)
        line /= line.sum()
        return correlate1d(correlate1d(grid, line, axis=0, mode="constant"), line, axis=1, mode="constant")
    reach = int(np.ceil(bandwidth_m / cell_m))
    steps = np.arange(-reach, reach + 1) * cell_m
    squared = (steps[:, None] ** 2 + steps[None] ** 2) / bandwidth_m**2
    disc = np.where(squared < 1, (1 - squared) ** 2, 0.0)
    return oaconvolve(grid, disc / disc.sum(), mode="same")
