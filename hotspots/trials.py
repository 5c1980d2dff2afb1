"""
The ground of a back-test: square cells in several positions, and what a score finds on them.

A trial is one test period on one scope, the whole force or its built-up part, with the test incidents as they are
written and moved by a little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from domain.errors import AnalysisError
from hotspots.accuracy import expected_hits_at_area
from hotspots.history import History
from hotspots.location_error import jittered
from hotspots.rasters import ForceRaster, block_sums, force_raster, rasterise
from hotspots.surface import SMOOTH_PIXEL_M
from hotspots.zones import disc_offsets, disc_sums

__all__ = [
    "BUILT_UP",
    "BUILT_UP_M",
    "CELL_M",
    "FORCE",
    "NINE_ORIGINS",
    "Found",
    "Ground",
    "Trial",
    "built_up",
    "lay_ground",
    "make_trials",
]

Floats = NDArray[np.float64]

#: Side of the square cells, metres.
CELL_M = 250.0

#: How far the grid is moved east and north for each origin, metres.
NINE_ORIGINS: tuple[tuple[float, float], ...] = tuple((x, y) for y in (0.0, 100.0, 200.0) for x in (0.0, 100.0, 200.0))

#: Names of the scopes.
FORCE, BUILT_UP = "force", "built-up"

#: Ground is built-up if a public-reported incident of any kind was this near in the months read, metres.
BUILT_UP_M = 250.0

_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Ground:
    """
    The force as pixels of 50 m, and where the lines of the cells lie.

    Parameters
    ----------
    raster
        The pixels.
    shifts
        For each origin, the pixels by which the lines of the cells are moved north and east.
    """

    raster: ForceRaster
    shifts: tuple[tuple[int, int], ...]

    def cells(self, pixels: Floats) -> list[Floats]:
        """Return the sums of the cells for each origin."""
        return block_sums(pixels, size=round(CELL_M / self.raster.pixel_m), shifts=self.shifts)


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a ranking found, the mean over origins and draws.

    Parameters
    ----------
    hits
        Expected incidents in the flagged ground, shape (n_jitters, n_budgets).
    promised
        Share of the score in the flagged ground, shape (n_budgets,).
    hits_by_origin
        Expected incidents for each origin of the grid, shape (n_origins, n_jitters, n_budgets).
    """

    hits: Floats
    promised: Floats
    hits_by_origin: Floats


def lay_ground(outline: shapely.Geometry, history: History, origins: Sequence[tuple[float, float]]) -> Ground:
    """
    Lay pixels and cells over a force.

    Parameters
    ----------
    outline
        The force, metres in the analysis CRS.
    history
        Incidents whose pixels belong to the force, wherever its simplified outline runs.
    origins
        How far the cells are moved east and north, metres.

    Raises
    ------
    AnalysisError
        If an origin lies between pixels.
    """
    raster = force_raster(outline, pixel_m=SMOOTH_PIXEL_M, anchor_m=CELL_M).holding(history.x, history.y)
    if any(offset % SMOOTH_PIXEL_M for origin in origins for offset in origin):
        raise AnalysisError(f"an origin of the grid is not a multiple of {SMOOTH_PIXEL_M:g} m")
    return Ground(
        raster, tuple((round(north / SMOOTH_PIXEL_M), round(east / SMOOTH_PIXEL_M)) for east, north in origins)
    )


def built_up(raster: ForceRaster, history: History) -> NDArray[np.bool_]:
    """
    Return which pixels have seen a public-reported incident of any kind within 250 m in the months of a history.

    Parameters
    ----------
    raster
        Pixels of 50 m.
    history
        Incidents before the test period, so that the scope knows nothing of it.

    Returns
    -------
    boolean array of the shape of the raster
        A stand-in for a layer of built-up ground that needs no other data: fields without any recorded incident, which
        every ranking leaves out with ease, are out of it.
    """
    half_widths = disc_offsets(BUILT_UP_M / raster.pixel_m)
    seen = rasterise(raster, history.x, history.y, (history.everything > 0).astype(np.float64))
    return np.asarray(disc_sums(np.pad(seen, len(half_widths) // 2), half_widths) > 0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Trial:
    """
    One test period on one scope.

    Parameters
    ----------
    ground
        The cells.
    mask
        Pixels of the scope; None for the whole force.
    areas
        Area of each cell within the scope, m2, one array per origin.
    events
        Incidents of each cell, one array of shape (n_versions, n_cells) per origin.
    jitter_of
        For each version of the incidents, the position of its jitter.
    n_events
        Incidents in the scope for each jitter, the mean over draws.
    budget_m2
        Areas to flag, m2.
    """

    ground: Ground
    mask: NDArray[np.bool_] | None
    areas: tuple[Floats, ...]
    events: tuple[Floats, ...]
    jitter_of: NDArray[np.int64]
    n_events: Floats
    budget_m2: Floats

    @property
    def area_m2(self) -> float:
        """Area of the scope, m2."""
        return float(self.areas[0].sum())

    @property
    def can_be_tested(self) -> bool:
        """Whether the scope has ground and an incident to find."""
        return bool(self.area_m2 > 0 and (self.n_events > 0).all())

    def of_score(self, pixels: Floats) -> Found:
        """Return what a score of pixels finds, its cells ranked by score per area."""
        cells = self.ground.cells(_within(pixels, self.mask))
        by_origin = [
            expected_hits_at_area(score, area, [*events, score / max(score.sum(), _TINY)], self.budget_m2)
            for score, area, events in zip(cells, self.areas, self.events, strict=True)
        ]
        mean = np.asarray(np.mean(by_origin, axis=0), dtype=np.float64)
        hits_by_origin = np.stack([self._by_jitter(found[:-1]) for found in by_origin])
        return Found(self._by_jitter(mean[:-1]), mean[-1], hits_by_origin)

    def of_best(self) -> Floats:
        """Return the most incidents that as much ground can hold (n*), shape (n_jitters, n_budgets)."""
        best = [
            [expected_hits_at_area(version, area, version, self.budget_m2) for version in events]
            for area, events in zip(self.areas, self.events, strict=True)
        ]
        return self._by_jitter(np.asarray(np.mean(best, axis=0), dtype=np.float64))

    def _by_jitter(self, hits: Floats) -> Floats:
        return np.stack([hits[self.jitter_of == i].mean(axis=0) for i in range(len(self.n_events))])


def _within(pixels: Floats, mask: NDArray[np.bool_] | None) -> Floats:
    return pixels if mask is None else np.where(mask, pixels, 0.0)


def make_trials(
    ground: Ground,
    past: History,
    present: History,
    *,
    scopes: Sequence[str],
    budgets: Mapping[str, tuple[float, float]],
    jitters_m: Sequence[float],
    n_draws: int,
    rng: np.random.Generator,
) -> dict[str, Trial]:
    """
    Set up the trials of one test period.

    Parameters
    ----------
    ground
        The cells.
    past, present
        Incidents before the test period, and of it.
    scopes
        `force`, `built-up`.
    budgets
        For each budget the share of the scope's area and the area beyond that, m2.
    jitters_m
        Standard deviations by which test incidents are moved, metres.
    n_draws
        Draws for each jitter above 0.
    rng
        Draws the steps.

    Returns
    -------
    dict
        Trials by scope, without those in which there is nothing to find.
    """
    versions, jitter_of = _event_rasters(ground.raster, present, jitters_m, n_draws, rng)
    trials = {}
    for scope in scopes:
        mask = built_up(ground.raster, past) if scope == BUILT_UP else None
        by_version = [ground.cells(_within(version, mask)) for version in versions]
        events = tuple(np.stack(of_origin) for of_origin in zip(*by_version, strict=True))
        areas = tuple(ground.cells(_within(ground.raster.area_m2, mask)))
        totals = events[0].sum(axis=1)
        n_events = np.array([totals[jitter_of == i].mean() for i in range(len(jitters_m))])
        total = float(areas[0].sum())
        budget_m2 = np.array([min(share * total + area, total) for share, area in budgets.values()])
        trial = Trial(ground, mask, areas, events, jitter_of, n_events, budget_m2)
        if trial.can_be_tested:
            trials[scope] = trial
    return trials


def _event_rasters(
    raster: ForceRaster, present: History, jitters_m: Sequence[float], n_draws: int, rng: np.random.Generator
) -> tuple[list[Floats], NDArray[np.int64]]:
    """Return the test incidents as rasters, one per draw, and the jitter of each."""
    times = present.n_own.astype(np.int64)
    x, y = np.repeat(present.x, times), np.repeat(present.y, times)
    versions, jitter_of = [], []
    for i, sigma_m in enumerate(jitters_m):
        for _ in range(n_draws if sigma_m > 0 else 1):
            moved = jittered(x, y, sigma_m=sigma_m, raster=raster, rng=rng)
            versions.append(rasterise(raster, *moved, np.ones(len(x))))
            jitter_of.append(i)
    return versions, np.array(jitter_of, dtype=np.int64)
