"""
Zones that sit anywhere against cells of a grid, on the same area: what freedom from the grid is worth (METHODS 7).

Both flag the same share of the force in pieces of 0.0625 km2. The cells are the usual way: squares of 250 m ranked by
plain counts, anywhere in the force. The discs are the engine's own, placed on its surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from domain.incidents import ScoringSet
from hotspots.accuracy import expected_hits_at_area
from hotspots.candidates import PriorCounts
from hotspots.disc_refinement import refined
from hotspots.history import History, public_history, scored_rows
from hotspots.location_error import JITTERS_M, jittered
from hotspots.rasters import force_outline, rasterise
from hotspots.red_zones import ZoneSettings, score_surface
from hotspots.surface import score_raster
from hotspots.trials import NINE_ORIGINS, Ground, lay_ground
from hotspots.zones import Placement, blurred_for_placing, place_discs

__all__ = ["ZonesAgainstCells", "zones_against_cells"]

Floats = NDArray[np.float64]

# Discs may overlap by four tenths, so that more of them than area over area may be needed.
_SPARE = 1.7

# Moving discs once more lets the ground hold a few more of them.
_MORE = 8


@dataclass(frozen=True, slots=True)
class ZonesAgainstCells:
    """
    Hits of zones and of cells on the same area.

    Parameters
    ----------
    by_jitter
        A row per jitter: `jitter_m`, `zone_hits`, `cell_hits` (incidents over all test months, means over draws and,
        for cells, over nine grid origins), `gain` (zone hits over cell hits, less 1).
    area_share
        Share of the force's area that both flag.
    n_events
        Incidents of the test months.
    """

    by_jitter: pd.DataFrame
    area_share: float
    n_events: int


def zones_against_cells(  # noqa: PLR0913 - the tables, and everything that a comparison has to state
    places: pd.DataFrame,
    place_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    scoring_set: ScoringSet,
    last_month_index: int,
    test_months: int,
    force: gpd.GeoDataFrame,
    rng: np.random.Generator,
    settings: ZoneSettings | None = None,
    model: str = "blend",
    area_share: float = 0.01,
    jitters_m: Sequence[float] = JITTERS_M,
    n_draws: int = 3,
    n_passes: int = 0,
) -> ZonesAgainstCells:
    """
    Place zones and rank cells for each test month from the months before it, and count what each would have found.

    Parameters
    ----------
    places, place_counts, kinds
        Tables `PLACES`, `PLACE_COUNTS` and `KINDS` of `domain.schemas`; coordinates in metres in the analysis CRS.
    scoring_set
        Which categories score, and count as hits.
    last_month_index, test_months
        The months that are tested end there.
    force
        Outline of the force in the analysis CRS.
    rng
        Draws the steps of moved incidents.
    settings
        How zones are placed; the capacity is not read, since area decides.
    model
        Name of the candidate that the zones are placed on.
    area_share
        Share of the force's area to flag.
    jitters_m, n_draws
        Standard deviations by which test incidents are moved, metres, and draws for each above 0.
    n_passes
        How often placed discs are moved once more (`hotspots.disc_refinement`); the lists that are published are not,
        since each of their resamples places anew: it is worth something only where discs crowd one another, as on an
        area share and not at what patrol can cover.

    Notes
    -----
    Discs count with the ground that no earlier disc has and that lies in the force; of the last disc as large a share
    of its hits is taken as its ground still fits. Cells tie in expectation.
    """
    chosen = settings or ZoneSettings(capacity=1)
    outline = force_outline(force)
    rows = scored_rows(places, place_counts, kinds, scoring_set=scoring_set)
    history = public_history(rows, last_month_index=last_month_index)
    ground = lay_ground(outline, history, NINE_ORIGINS)
    flagged_m2 = area_share * float(ground.raster.area_m2.sum())
    hits = np.zeros((len(jitters_m), 2))
    n_events = 0
    for month in range(last_month_index - test_months + 1, last_month_index + 1):
        past = history.window(month - chosen.window_months).before(month)
        discs = _discs(past, outline, month, chosen, model, flagged_m2, n_passes)
        cells = ground.cells(
            score_raster(PriorCounts().score(past, ground.raster, month_index=month), past, ground.raster)
        )
        x, y = _incidents(history.only(month))
        n_events += len(x)
        for j, sigma_m in enumerate(jitters_m):
            draws = [
                jittered(x, y, sigma_m=sigma_m, raster=ground.raster, rng=rng)
                for _ in range(n_draws if sigma_m > 0 else 1)
            ]
            hits[j, 0] += np.mean([_disc_hits(discs, *moved, chosen.radius_m, flagged_m2) for moved in draws])
            hits[j, 1] += np.mean([_cell_hits(ground, cells, *moved, flagged_m2) for moved in draws])
    table = pd.DataFrame({"jitter_m": list(map(float, jitters_m)), "zone_hits": hits[:, 0], "cell_hits": hits[:, 1]})
    return ZonesAgainstCells(table.assign(gain=table["zone_hits"] / table["cell_hits"] - 1), area_share, n_events)


def _incidents(history: History) -> tuple[Floats, Floats]:
    times = history.n_own.astype(np.int64)
    return np.repeat(history.x, times), np.repeat(history.y, times)


def _discs(
    past: History,
    outline: shapely.Geometry,
    month: int,
    settings: ZoneSettings,
    model: str,
    flagged_m2: float,
    n_passes: int,
) -> Placement:
    """Place more discs than the area holds, so that the last one can be cut."""
    surface = score_surface(past, outline, month_index=month, settings=settings, model=model)
    blurred, disc_m2 = blurred_for_placing(surface, sigma_m=settings.blur_m), np.pi * settings.radius_m**2
    placed = place_discs(
        blurred,
        radius_m=settings.radius_m,
        capacity=int(np.ceil(_SPARE * flagged_m2 / disc_m2)) + 1,
        least_new_share=settings.least_new_share,
    )
    if not n_passes:
        return placed
    n_held = int(np.searchsorted(np.cumsum(placed.new_share) * disc_m2, flagged_m2)) + _MORE
    first = Placement(*(part[:n_held] for part in (placed.x, placed.y, placed.score, placed.new_share)))
    return refined(
        blurred, first, radius_m=settings.radius_m, least_new_share=settings.least_new_share, n_passes=n_passes
    )


def _disc_hits(discs: Placement, x: Floats, y: Floats, radius_m: float, flagged_m2: float) -> float:
    """Return the incidents in the discs that the area holds: each counts in the first disc that covers it."""
    tree = cKDTree(np.column_stack([discs.x, discs.y]))
    near = pd.Series(tree.query_ball_point(np.column_stack([x, y]), radius_m), dtype=object)
    first = near[near.map(len) > 0].map(min).to_numpy(np.int64)
    new = np.bincount(first, minlength=len(discs.x))
    area = np.concatenate([[0.0], np.cumsum(discs.new_share * np.pi * radius_m**2)])
    return float(np.interp(flagged_m2, area, np.concatenate([[0.0], np.cumsum(new)])))


def _cell_hits(ground: Ground, cells: Sequence[Floats], x: Floats, y: Floats, flagged_m2: float) -> float:
    """Return the incidents in the best cells that the area holds, the mean over origins."""
    events = ground.cells(rasterise(ground.raster, x, y, np.ones(len(x))))
    areas = ground.cells(ground.raster.area_m2)
    found = [expected_hits_at_area(s, a, e, flagged_m2) for s, a, e in zip(cells, areas, events, strict=True)]
    return float(np.mean(found))
