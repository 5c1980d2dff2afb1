"""
Moving placed discs once more: each to where it adds most, given where all others are.

The greedy search never looks back. Once a later disc has taken part of the ground, an earlier one is no longer where it
adds most; moving discs in turn until they stay mends that at no cost in ground.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotspots.results import ScoreSurface
from hotspots.zones import Placement, disc_offsets, disc_sums

__all__ = ["refined"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# A move has to be worth more than the rounding of running sums.
_WORTH = 1e-9


def refined(
    surface: ScoreSurface,
    placed: Placement,
    *,
    radius_m: float,
    least_new_share: float = 0.6,
    n_passes: int = 2,
    reach_m: float = 150.0,
) -> Placement:
    """
    Move each disc to where it adds most, the last one first, and rank the discs anew.

    Parameters
    ----------
    surface
        The score, blurred as it was for placing.
    placed
        Discs of `hotspots.zones.place_discs` on that surface.
    radius_m
        Their radius, metres.
    least_new_share
        Share of a disc that has to be ground of no other disc, where it is moved to.
    n_passes
        How often every disc is looked at.
    reach_m
        How far a disc may move each time, metres east and north.

    Returns
    -------
    Placement
        As many discs or fewer, most score per new ground first; one that adds nothing any more is left out.

    Notes
    -----
    A disc is worth `score(new ground) - price * area(new ground)`, the price of ground being the score per ground of
    the last disc: the Lagrangian of "most score on so much ground". Each move raises the sum of the worths, so that
    passes end by themselves.
    """
    if not len(placed.x):
        return placed
    ground = _Covered(surface, radius_m, placed, reach_m)
    price = float(placed.score.min()) / ground.disc_pixels
    for _ in range(n_passes):
        n_moved = sum(ground.move(disc, price, least_new_share) for disc in range(len(placed.x) - 1, -1, -1))
        if not n_moved:
            break
    return ground.ranked()


class _Covered:
    """How often every pixel is covered, and the discs that cover it; arrays carry a border that no move can leave."""

    def __init__(self, surface: ScoreSurface, radius_m: float, placed: Placement, reach_m: float) -> None:
        self._surface = surface
        self._half_widths = disc_offsets(radius_m / surface.pixel_m)
        self._radius = len(self._half_widths) // 2
        self._steps = round(reach_m / surface.pixel_m)
        self._border = self._radius + self._steps
        self._score = np.pad(np.where(surface.inside, surface.values, 0.0), self._border)
        self._inside = np.pad(surface.inside, self._border).astype(np.float64)
        self._times = np.zeros(self._score.shape, dtype=np.int32)
        self.disc_pixels = int((2 * self._half_widths + 1).sum())
        self._row = np.rint((placed.y - surface.south) / surface.pixel_m - 0.5).astype(np.int64)
        self._column = np.rint((placed.x - surface.west) / surface.pixel_m - 0.5).astype(np.int64)
        for disc in range(len(self._row)):
            self._cover(disc, 1)

    def _cover(self, disc: int, times: int) -> None:
        row, column = self._row[disc] + self._border - self._radius, self._column[disc] + self._border
        for i, half_width in enumerate(self._half_widths):
            self._times[row + i, column - half_width : column + half_width + 1] += times

    def _new(self, disc: int, steps: int) -> tuple[Floats, Floats]:
        """Return score and pixels of new ground of a disc for every place within so many steps."""
        reach = self._radius + steps
        row, column = self._row[disc] + self._border, self._column[disc] + self._border
        window = np.s_[row - reach : row + reach + 1, column - reach : column + reach + 1]
        is_free = self._times[window] == 0
        return (
            disc_sums(np.where(is_free, self._score[window], 0.0), self._half_widths),
            np.rint(disc_sums(np.where(is_free, self._inside[window], 0.0), self._half_widths)),
        )

    def move(self, disc: int, price: float, least_new_share: float) -> bool:
        """Move one disc to the best place within reach, if it is better than where it is."""
        self._cover(disc, -1)
        score, pixels = self._new(disc, self._steps)
        worth = score - price * pixels
        n_rows, n_columns = self._surface.values.shape
        rows, columns = (at[disc] + np.arange(-self._steps, self._steps + 1) for at in (self._row, self._column))
        on_raster = ((rows >= 0) & (rows < n_rows))[:, None] & ((columns >= 0) & (columns < n_columns))
        allowed = on_raster & (pixels >= least_new_share * self.disc_pixels)
        worth_if_allowed = np.where(allowed, worth, -np.inf)
        best = int(worth_if_allowed.argmax())
        up, right = divmod(best, worth.shape[1])
        here = worth[self._steps, self._steps]
        is_better = bool(worth_if_allowed[up, right] > here + _WORTH * max(abs(here), price))
        if is_better:
            self._row[disc], self._column[disc] = rows[up], columns[right]
        self._cover(disc, 1)
        return is_better

    def ranked(self) -> Placement:
        """Return the discs anew, each time the one with the most score per new ground."""
        self._times[:] = 0
        n_discs = len(self._row)
        score, pixels = np.zeros(n_discs), np.zeros(n_discs)
        left = np.ones(n_discs, dtype=np.bool_)
        stale = np.arange(n_discs)
        order: list[tuple[int, float, float]] = []
        while left.any():
            for disc in stale:
                gained, new = self._new(int(disc), 0)
                score[disc], pixels[disc] = gained[0, 0], new[0, 0]
            density = np.where(left & (pixels > 0), score / np.maximum(pixels, 1), -np.inf)
            best = int(density.argmax())
            if not density[best] > _WORTH * float(score.max()) / self.disc_pixels:
                break
            order.append((best, float(density[best]), float(pixels[best])))
            left[best] = False
            self._cover(best, 1)
            apart = (self._row - self._row[best]) ** 2 + (self._column - self._column[best]) ** 2
            stale = np.flatnonzero(left & (apart <= (2 * self._radius + 1) ** 2))
        discs = np.array([disc for disc, _, _ in order], dtype=np.int64)
        pixel_m = self._surface.pixel_m
        return Placement(
            (self._surface.west + (self._column[discs] + 0.5) * pixel_m).astype(np.float64),
            (self._surface.south + (self._row[discs] + 0.5) * pixel_m).astype(np.float64),
            np.array([density * self.disc_pixels for _, density, _ in order]),
            np.array([new / self.disc_pixels for _, _, new in order]),
        )
