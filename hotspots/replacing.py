"""
Placing zones again and again on changed incidents: fast, since only the ground that could make the list is looked at.

A hundred resamples of a force would each blur and sum millions of pixels. Ground whose score is so low that chance
alone never lifts it into the list is left out once; what is left is kept row by row without gaps, so that the row of a
disc is one difference of running sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from hotspots.results import ScoreSurface
from hotspots.zones import disc_offsets, disc_sums

__all__ = ["PlacingRules", "ReplacingGround", "Weighed", "likely_centres"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Kernels end at three standard deviations, as everywhere in this room.
_TRUNCATE = 3.0

# The smooth part of a score rises and falls with the chosen kinds around it: a Gaussian of 125 m, on blocks of 100 m.
_AROUND_M, _BLOCK_M = 125.0, 100.0

# A place with n incidents is not looked at where it would take so many standard deviations of chance to make the list.
_DEVIATIONS = 4.0

# Sums of incidents that were added and taken away again leave rounding behind.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class PlacingRules:
    """
    How discs are placed: `hotspots.zones.place_discs` on a surface of `hotspots.zones.blurred_for_placing`.

    Parameters
    ----------
    radius_m, capacity, least_new_share
        Of the discs.
    blur_m
        Standard deviation of the blur, metres.
    blur_share
        Weight of the blurred score.
    """

    radius_m: float
    capacity: int
    least_new_share: float
    blur_m: float
    blur_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Weighed:
    """
    Incidents of the chosen kinds with what each adds to the score, each array of shape (n,).

    Parameters
    ----------
    x, y
        Metres in the analysis CRS.
    sharp
        Weight that the score puts at the very point.
    decayed
        Weight by age, which the smooth part of the score follows.
    """

    x: Floats
    y: Floats
    sharp: Floats
    decayed: Floats

    def take(self, positions: NDArray[np.int64] | NDArray[np.bool_]) -> Weighed:
        """Return some of the incidents."""
        return Weighed(self.x[positions], self.y[positions], self.sharp[positions], self.decayed[positions])


def likely_centres(
    blurred: ScoreSurface,
    rules: PlacingRules,
    seen: Weighed,
    *,
    jitter_m: float,
    least_density: float,
    n_effective: float,
) -> NDArray[np.bool_]:
    """
    Return the pixels round which a disc could make the list in a resample.

    Parameters
    ----------
    blurred
        The surface that zones were placed on.
    rules
        How they were placed.
    seen
        The incidents behind the surface: a disc that cannot hold any is no zone.
    jitter_m
        Standard deviation by which resampled incidents are moved, metres.
    least_density
        Score per pixel of the last zone of the list; 0 where the list is not full.
    n_effective
        Incidents that stand behind the last zone: `(sum w)^2 / sum w^2` of their weights.

    Returns
    -------
    array of bool, of the surface's shape
        A disc of `a` times that density rests on about `a n` incidents; it is left out where even four standard
        deviations of chance leave it short of nine tenths of the list's end: `a n + 4 sqrt(a n) < 0.9 n`. Ground that a
        better zone takes may raise the density of what is left of a disc by `1 / least_new_share`: allowed for.
    """
    needed = 0.9 * max(n_effective, 1.0)
    root = (-_DEVIATIONS + np.sqrt(_DEVIATIONS**2 + 4 * needed)) / 2
    share = root**2 / max(n_effective, 1.0)
    half_widths = disc_offsets(rules.radius_m / blurred.pixel_m)
    reach = len(half_widths) // 2
    sums = disc_sums(np.pad(blurred.values, reach), half_widths)
    least = rules.least_new_share * share * least_density * rules.least_new_share * (2 * half_widths + 1).sum()
    occupied = np.zeros(sums.shape, dtype=bool)
    n_rows, n_columns = sums.shape
    row, column = (
        np.floor((axis - corner) / blurred.pixel_m).astype(np.int64).clip(0, n - 1)
        for axis, corner, n in ((seen.y, blurred.south, n_rows), (seen.x, blurred.west, n_columns))
    )
    occupied[row, column] = True
    within = _dilated(occupied, round((rules.radius_m + _TRUNCATE * jitter_m) / blurred.pixel_m))
    return within & (sums >= max(least, 1e-12 * float(blurred.values.sum())))


class ReplacingGround:
    """
    The ground on which discs are placed anew for changed incidents.

    Parameters
    ----------
    blurred
        The surface that zones were placed on; its smooth part is taken from it.
    seen
        The incidents behind the surface.
    centres
        Pixels round which discs may lie (`likely_centres`).
    rules
        How discs are placed.
    multiplier
        Factor by pixel that the surface carries (nudges, confidence); None for none.
    """

    def __init__(
        self,
        blurred: ScoreSurface,
        seen: Weighed,
        centres: NDArray[np.bool_],
        rules: PlacingRules,
        multiplier: Floats | None = None,
    ) -> None:
        self._rules, self._surface = rules, blurred
        self._half_widths = disc_offsets(rules.radius_m / blurred.pixel_m)
        reach = len(self._half_widths) // 2
        self._kernel = _placing_kernel(rules, blurred.pixel_m)
        self._margin = max(reach, len(self._kernel) // 2)
        padded = np.pad(centres, self._margin)
        ground = _dilated(padded, reach)
        self._reached = _dilated(ground, len(self._kernel) // 2)
        self._ids = np.full(padded.shape, -1, dtype=np.int32)
        self._ids[ground] = np.arange(int(ground.sum()), dtype=np.int32)
        self._row, self._column = np.nonzero(ground)
        self._centres = self._ids[padded]
        inside = np.pad(blurred.inside, self._margin)[ground]
        self._free = inside.astype(np.float64)
        plain = 1.0 if multiplier is None else np.pad(multiplier, self._margin)[ground]
        self._factor = np.where(inside, plain, 0.0)
        self._times = round(_BLOCK_M / blurred.pixel_m)
        self._block = self._block_of(self._row - self._margin, self._column - self._margin)
        self._summed: tuple[Weighed, Floats, Floats, Floats] | None = None
        self._around_seen = self._around(seen)[self._block]
        total = np.pad(np.where(blurred.inside, blurred.values, 0.0), self._margin)[ground]
        self._smooth = np.maximum(total - self._sharp(seen) * self._factor, 0.0)
        self._negligible = 1e-12 * float(blurred.values.sum())

    @property
    def n_pixels(self) -> int:
        """Number of pixels that are looked at."""
        return len(self._row)

    def near(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Return which points could matter: those within a kernel and a disc of the ground."""
        row, column = self._pixels(x, y)
        far = _dilated(self._ids >= 0, self._margin + round(_TRUNCATE * _AROUND_M / self._surface.pixel_m))
        return np.asarray(far[row, column], dtype=np.bool_)

    def place(self, incidents: Weighed, *, without: Weighed | None = None) -> tuple[Floats, Floats]:
        """
        Place discs on changed incidents.

        Parameters
        ----------
        incidents
            All incidents; the same object again is not summed again.
        without
            Incidents among them to leave out.

        Returns
        -------
        tuple of arrays
            x and y of at most `capacity` centres, metres, in the order of placing; each disc holds an incident that no
            disc before it holds.
        """
        if self._summed is None or self._summed[0] is not incidents:
            self._summed = (incidents, *self._sums(incidents))
        _, sharp, around, own = self._summed
        if without is not None:
            less_sharp, less_around, less_own = self._sums(without)
            sharp, around, own = sharp - less_sharp, around - less_around, own - less_own
        change = np.divide(around, self._around_seen, out=np.ones_like(around), where=self._around_seen > _NOTHING)
        value = sharp * self._factor + self._smooth * np.maximum(change, 0.0)
        disc_pixels = int((2 * self._half_widths + 1).sum())
        placed = _place(
            self._ids, self._row, self._column, value, self._free.copy(), own.copy(), self._centres, self._half_widths,
            self._rules.capacity, self._rules.least_new_share * disc_pixels, self._negligible / disc_pixels,
        )  # fmt: skip
        rows, columns = self._row[placed] - self._margin, self._column[placed] - self._margin
        pixel_m = self._surface.pixel_m
        return self._surface.west + (columns + 0.5) * pixel_m, self._surface.south + (rows + 0.5) * pixel_m

    def _sums(self, incidents: Weighed) -> tuple[Floats, Floats, Floats]:
        """Return for each pixel the blurred weight at points, the decayed incidents around, and the incidents in it."""
        row, column = self._pixels(incidents.x, incidents.y)
        at = self._ids[row, column]
        own = np.bincount(at[at >= 0], minlength=self.n_pixels).astype(np.float64)
        return self._sharp(incidents), self._around(incidents)[self._block], own

    def _pixels(self, x: Floats, y: Floats) -> tuple[Indices, Indices]:
        """Return padded row and column; what has stepped over the edge counts at the edge."""
        n_rows, n_columns = self._surface.values.shape
        column = np.floor((x - self._surface.west) / self._surface.pixel_m).astype(np.int64)
        row = np.floor((y - self._surface.south) / self._surface.pixel_m).astype(np.int64)
        return np.clip(row, 0, n_rows - 1) + self._margin, np.clip(column, 0, n_columns - 1) + self._margin

    def _sharp(self, incidents: Weighed) -> Floats:
        row, column = self._pixels(incidents.x, incidents.y)
        matters = self._reached[row, column] & (incidents.sharp != 0)
        out = np.zeros(self.n_pixels)
        _scatter(self._ids, row[matters], column[matters], incidents.sharp[matters], self._kernel, out)
        return out

    def _block_of(self, row: Indices, column: Indices) -> Indices:
        n_rows, n_columns = (n // self._times + 1 for n in self._surface.values.shape)
        row, column = (row // self._times).clip(0, n_rows - 1), (column // self._times).clip(0, n_columns - 1)
        return np.asarray(row * n_columns + column, dtype=np.int64)

    def _around(self, incidents: Weighed) -> Floats:
        """Return the decayed incidents around each block of 100 m."""
        n_rows, n_columns = (n // self._times + 1 for n in self._surface.values.shape)
        row, column = ((axis - self._margin) // self._times for axis in self._pixels(incidents.x, incidents.y))
        kernel = _gaussian(_AROUND_M, _BLOCK_M)
        reach = len(kernel) // 2
        out = np.zeros((n_rows + 2 * reach, n_columns + 2 * reach))
        _add_around(row, column, incidents.decayed, kernel, out)
        return out[reach : reach + n_rows, reach : reach + n_columns].ravel()


def _dilated(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return the mask grown by a square."""
    tall = maximum_filter1d(mask.astype(np.uint8), 2 * reach + 1, axis=0, mode="constant")
    return np.asarray(maximum_filter1d(tall, 2 * reach + 1, axis=1, mode="constant"), dtype=np.bool_)


def _gaussian(sigma_m: float, pixel_m: float) -> Floats:
    """Return a square Gaussian kernel that sums to 1."""
    reach = int(_TRUNCATE * sigma_m / pixel_m)
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) * pixel_m / sigma_m) ** 2)
    line /= line.sum()
    return np.asarray(np.outer(line, line), dtype=np.float64)


def _placing_kernel(rules: PlacingRules, pixel_m: float) -> Floats:
    kernel = rules.blur_share * _gaussian(rules.blur_m, pixel_m)
    middle = len(kernel) // 2
    kernel[middle, middle] += 1 - rules.blur_share
    return kernel


@numba.njit(cache=True, nogil=True)
def _scatter(  # pragma: no cover - compiled
    ids: NDArray[np.int32], row: Indices, column: Indices, weight: Floats, kernel: Floats, out: Floats
) -> None:
    """Add the kernel round each point to the pixels that are kept."""
    reach = len(kernel) // 2
    for i in range(len(row)):
        if weight[i] == 0.0:
            continue
        for k in range(len(kernel)):
            for m in range(len(kernel)):
                pixel = ids[row[i] + k - reach, column[i] + m - reach]
                if pixel >= 0:
                    out[pixel] += weight[i] * kernel[k, m]


@numba.njit(cache=True, nogil=True)
def _add_around(  # pragma: no cover - compiled
    row: Indices, column: Indices, weight: Floats, kernel: Floats, out: Floats
) -> None:
    """Add the kernel round each point of a padded raster."""
    for i in range(len(row)):
        for k in range(len(kernel)):
            for m in range(len(kernel)):
                out[row[i] + k, column[i] + m] += weight[i] * kernel[k, m]


@numba.njit(cache=True, nogil=True)
def _held(  # pragma: no cover - compiled
    ids: NDArray[np.int32], row: int, column: int, values: Floats, half_widths: Indices
) -> float:
    """Sum the pixels of one disc."""
    reach = len(half_widths) // 2
    total = 0.0
    for k in range(len(half_widths)):
        first = ids[row + k - reach, column - half_widths[k]]
        for pixel in range(first, first + 2 * half_widths[k] + 1):
            total += values[pixel]
    return total


@numba.njit(cache=True, nogil=True)
def _measure_row(
    ids: NDArray[np.int32],
    row: int,
    middle: int,
    value: Floats,
    free: Floats,
    half_widths: Indices,
    least_new: float,
    density: Floats,
) -> None:
    """Measure anew the discs of a row near a column; those side by side are added up together."""
    reach = len(half_widths) // 2
    begin, end = max(middle - 2 * reach, 0), min(middle + 2 * reach + 1, ids.shape[1])
    gained, new = np.empty(end - begin), np.empty(end - begin)
    column = begin
    while column < end:
        centre = ids[row, column]
        n = 0
        # the pixels of neighbouring discs follow one another without gaps
        while column + n < end and ids[row, column + n] >= 0 and density[centre + n] > -np.inf:
            gained[n] = new[n] = 0.0
            n += 1
        for k in range(len(half_widths) if n else 0):
            first = ids[row + k - reach, column - half_widths[k]]
            for pixel in range(first, first + 2 * half_widths[k] + 1):
                for i in range(n):
                    gained[i] += value[pixel + i]
                    new[i] += free[pixel + i]
        for i in range(n):
            is_enough = new[i] > 0 and new[i] >= least_new
            density[centre + i] = gained[i] / new[i] if is_enough else -np.inf
        column += max(n, 1)


@numba.njit(cache=True, nogil=True)
def _place(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one compiled loop  # pragma: no cover
    ids: NDArray[np.int32],
    row: Indices,
    column: Indices,
    value: Floats,
    free: Floats,
    own: Floats,
    centres: NDArray[np.int32],
    half_widths: Indices,
    capacity: int,
    least_new: float,
    negligible: float,
) -> Indices:
    """Place discs greedily by score per new pixel; return their centre pixels."""
    n_block = 256
    reach = len(half_widths) // 2
    running_value, running_free = np.zeros(len(value) + 1), np.zeros(len(value) + 1)
    running_value[1:], running_free[1:] = np.cumsum(value), np.cumsum(free)
    density = np.full(len(value), -np.inf)
    for centre in centres:
        gained, new = 0.0, 0.0
        for k in range(len(half_widths)):
            first = ids[row[centre] + k - reach, column[centre] - half_widths[k]]
            end = first + 2 * half_widths[k] + 1
            gained += running_value[end] - running_value[first]
            new += running_free[end] - running_free[first]
        if new > 0 and new >= least_new:
            density[centre] = gained / new
    best = np.full(len(value) // n_block + 1, -np.inf)
    for pixel in range(len(value)):
        best[pixel // n_block] = max(best[pixel // n_block], density[pixel])
    placed = np.empty(capacity, dtype=np.int64)
    n_placed = 0
    while n_placed < capacity:
        block = np.argmax(best)
        if not best[block] > negligible:
            break
        begin = block * n_block
        centre = begin + np.argmax(density[begin : begin + n_block])
        if _held(ids, row[centre], column[centre], own, half_widths) > 0:
            placed[n_placed] = centre
            n_placed += 1
        for k in range(len(half_widths)):
            first = ids[row[centre] + k - reach, column[centre] - half_widths[k]]
            for pixel in range(first, first + 2 * half_widths[k] + 1):
                value[pixel] = free[pixel] = own[pixel] = 0.0
        for k in range(-2 * reach, 2 * reach + 1):
            r = row[centre] + k
            if r < 0 or r >= ids.shape[0]:
                continue
            _measure_row(ids, r, column[centre], value, free, half_widths, least_new, density)
            # the pixels of this row of the window lie in at most a few blocks; their best is taken anew
        for k in range(-2 * reach, 2 * reach + 1):
            r = row[centre] + k
            if r < 0 or r >= ids.shape[0]:
                continue
            last = -1
            for m in range(-2 * reach, 2 * reach + 1):
                c = column[centre] + m
                if c < 0 or c >= ids.shape[1] or ids[r, c] < 0:
                    continue
                other = ids[r, c] // n_block
                if other != last:
                    last = other
                    best[other] = density[other * n_block : (other + 1) * n_block].max()
    return placed[:n_placed]
