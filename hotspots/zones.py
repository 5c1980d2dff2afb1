"""
Placing zones free of any grid: greedily, the disc with the most score per new ground (METHODS 7).

Cells that are laid blindly cut hot spots in pieces; a disc may sit anywhere. The surface is blurred before placing,
since published points are snapped and a zone must not lean on the very metre of a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from domain.errors import SettingsError
from hotspots.results import ScoreSurface
from hotspots.surface import gaussian_blur

__all__ = ["Placement", "blurred_for_placing", "disc_offsets", "disc_sums", "place_discs"]

Floats = NDArray[np.float64]

_LEAST_PIXELS_PER_RADIUS = 2


@dataclass(frozen=True, slots=True)
class Placement:
    """
    Discs in the order in which they were placed, each array of shape (n_discs,).

    Parameters
    ----------
    x, y
        Centres, metres in the analysis CRS.
    score
        Score on the new ground of the disc, per new area, times the area of a whole disc.
    new_share
        Share of the disc that is new ground within the force, 0 to 1.
    """

    x: Floats
    y: Floats
    score: Floats
    new_share: Floats


def blurred_for_placing(surface: ScoreSurface, *, sigma_m: float, share: float = 0.5) -> ScoreSurface:
    """
    Return `(1 - share) score + share Gaussian(score)`, zero outside the force.

    Parameters
    ----------
    surface
        The score.
    sigma_m
        Standard deviation of the Gaussian, metres.
    share
        Weight of the blurred score, 0 to 1.
    """
    blurred = gaussian_blur(surface.values, sigma_m=sigma_m, pixel_m=surface.pixel_m)
    values = np.where(surface.inside, (1 - share) * surface.values + share * blurred, 0.0)
    return ScoreSurface(values, surface.west, surface.south, surface.pixel_m, surface.inside)


def disc_offsets(radius_pixels: float) -> NDArray[np.int64]:
    """
    Return the half-width of a disc in each of its rows, southern row first.

    Parameters
    ----------
    radius_pixels
        Radius; a pixel belongs to the disc if its centre is no further than that from the centre pixel's.

    Examples
    --------
    >>> disc_offsets(2.0).tolist()
    [0, 1, 2, 1, 0]
    """
    reach = int(np.floor(radius_pixels))
    rows = np.arange(-reach, reach + 1)
    return np.floor(np.sqrt(radius_pixels**2 - rows**2)).astype(np.int64)


def disc_sums(values: Floats, half_widths: NDArray[np.int64]) -> Floats:
    """
    Sum the pixels of the disc around every pixel.

    Parameters
    ----------
    values
        Array of shape (n_rows, n_columns).
    half_widths
        The disc, from `disc_offsets`.

    Returns
    -------
    array of shape (n_rows - 2 reach, n_columns - 2 reach)
        Sums for the pixels whose disc lies wholly on the array: one difference of running sums per row of the disc.
    """
    reach = len(half_widths) // 2
    running = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=running[:, 1:])
    n_rows, n_columns = (n - 2 * reach for n in values.shape)
    sums = np.zeros((n_rows, n_columns))
    for row, half_width in enumerate(half_widths):
        line = running[row : row + n_rows]
        begin, end = reach - half_width, reach + half_width + 1
        sums += line[:, end : end + n_columns]
        sums -= line[:, begin : begin + n_columns]
    return sums


def place_discs(surface: ScoreSurface, *, radius_m: float, capacity: int, least_new_share: float = 0.6) -> Placement:
    """
    Place discs one after the other, each where it gains most score per new ground.

    Parameters
    ----------
    surface
        The score, already blurred for placing.
    radius_m
        Radius of the discs, at least two pixels.
    capacity
        Number of discs at most.
    least_new_share
        Share of a disc that has to be new ground within the force, above 0 to 1.

    Returns
    -------
    Placement
        Fewer discs than `capacity` where no ground with a score is left. Among equally good places the southernmost,
        then the westernmost is taken.

    Raises
    ------
    SettingsError
        If the radius is under two pixels.

    Notes
    -----
    After each disc only centres within two radii change: their sums are taken anew, and the best of the whole raster
    is found through the best of each row.
    """
    half_widths = disc_offsets(radius_m / surface.pixel_m)
    reach = len(half_widths) // 2
    if reach < _LEAST_PIXELS_PER_RADIUS:
        raise SettingsError(f"a zone radius of {radius_m:g} m is too small for pixels of {surface.pixel_m:g} m")
    ground = _Ground(surface, half_widths, least_new_share)
    placed: list[tuple[float, float, float, float]] = []
    while len(placed) < capacity:
        row, column = ground.best()
        density = ground.density[row, column]
        if not density > ground.negligible:
            break
        placed.append((row, column, density * ground.disc_pixels, ground.new_share(row, column)))
        ground.cover(row, column)
    rows, columns, scores, shares = np.array(placed, dtype=np.float64).reshape(-1, 4).T
    x = surface.west + (columns + 0.5) * surface.pixel_m
    y = surface.south + (rows + 0.5) * surface.pixel_m
    return Placement(x, y, scores, shares)


class _Ground:
    """
    What is still to be covered, and the score per new pixel of every disc.

    Arrays of pixels carry a border of one reach, so that discs may overlap the edge of the raster; `density` has the
    shape of the raster, -inf where too little of a disc would be new.
    """

    def __init__(self, surface: ScoreSurface, half_widths: NDArray[np.int64], least_new_share: float) -> None:
        self._half_widths = half_widths
        self._reach = len(half_widths) // 2
        self._score = np.pad(np.where(surface.inside, surface.values, 0.0), self._reach)
        self._free = np.pad(surface.inside, self._reach).astype(np.float64)
        self.disc_pixels = int((2 * half_widths + 1).sum())
        self._least_new = least_new_share * self.disc_pixels
        # Differences of running sums leave rounding behind where nothing is left.
        self.negligible = 1e-12 * float(surface.values.sum())
        self.density = self._density(self._score, self._free)
        self._row_best = self.density.max(axis=1)

    def best(self) -> tuple[int, int]:
        """Return row and column of the best disc, the first where several are equally good."""
        row = int(self._row_best.argmax())
        return row, int(self.density[row].argmax())

    def new_share(self, row: int, column: int) -> float:
        """Return the share of a disc that is new ground."""
        window = self._free[row : row + 2 * self._reach + 1, column : column + 2 * self._reach + 1]
        return float(disc_sums(window, self._half_widths)[0, 0] / self.disc_pixels)

    def cover(self, row: int, column: int) -> None:
        """Take the ground of a disc, and measure the discs around it anew."""
        for i, half_width in enumerate(self._half_widths):
            line = slice(column + self._reach - half_width, column + self._reach + half_width + 1)
            self._score[row + i, line] = 0.0
            self._free[row + i, line] = 0.0
        n_rows, n_columns = self.density.shape
        top, left = max(row - 2 * self._reach, 0), max(column - 2 * self._reach, 0)
        bottom = min(row + 2 * self._reach + 1, n_rows)
        right = min(column + 2 * self._reach + 1, n_columns)
        window = np.s_[top : bottom + 2 * self._reach, left : right + 2 * self._reach]
        self.density[top:bottom, left:right] = self._density(self._score[window], self._free[window])
        self._row_best[top:bottom] = self.density[top:bottom].max(axis=1)

    def _density(self, score: Floats, free: Floats) -> Floats:
        return np.asarray(_disc_densities(score, free, self._half_widths, self._least_new), dtype=np.float64)


@numba.njit(cache=True)
def _disc_densities(  # pragma: no cover - compiled
    score: Floats, free: Floats, half_widths: NDArray[np.int64], least_new: float
) -> Floats:
    """
    Return the score per new pixel of the disc around every pixel, -inf where too little of it is new or nothing scores.

    The same sums as `disc_sums`, row by row, so that a whole force passes through the caches of the processor once.
    """
    reach = len(half_widths) // 2
    n_rows, n_columns = score.shape[0] - 2 * reach, score.shape[1] - 2 * reach
    running_score = np.zeros((score.shape[0], score.shape[1] + 1))
    running_free = np.zeros((score.shape[0], score.shape[1] + 1))
    for r in range(score.shape[0]):
        for c in range(score.shape[1]):
            running_score[r, c + 1] = running_score[r, c] + score[r, c]
            running_free[r, c + 1] = running_free[r, c] + free[r, c]
    density = np.full((n_rows, n_columns), -np.inf)
    gained, new = np.empty(n_columns), np.empty(n_columns)
    for r in range(n_rows):
        if not running_score[r : r + 2 * reach + 1, -1].any():
            continue
        gained[:] = 0.0
        new[:] = 0.0
        for k in range(2 * reach + 1):
            begin, end = reach - half_widths[k], reach + half_widths[k] + 1
            line_score, line_free = running_score[r + k], running_free[r + k]
            for c in range(n_columns):
                gained[c] += line_score[c + end] - line_score[c + begin]
                new[c] += line_free[c + end] - line_free[c + begin]
        for c in range(n_columns):
            whole = np.rint(new[c])
            if whole > 0 and whole >= least_new:
                density[r, c] = gained[c] / whole
    return density
