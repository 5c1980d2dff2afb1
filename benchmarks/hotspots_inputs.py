"""What the benchmarks of the hot spots run on: made from a fixed seed, clustered as incidents are."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from domain.crs import BRITISH_NATIONAL_GRID
from hotspots.results import ScoreSurface

Floats = NDArray[np.float64]

SEED = 20090604
PIXEL_M = 25.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large each input is."""

    gi_side: int = 200
    knox_points: int = 10_000
    knox_many_points: int = 50_000
    permutations: int = 999
    density_points: int = 500_000
    density_side: int = 500
    density_sample: int = 2_500
    areas: int = 35_000
    intervals: int = 1_000_000
    force_side: int = 2_000
    force_zones: int = 60
    large_side: int = 4_000
    large_occupied: int = 2_000_000
    large_zones: int = 1_600


FULL = Sizes()
QUICK = Sizes(
    gi_side=60,
    knox_points=1_000,
    knox_many_points=5_000,
    permutations=99,
    density_points=20_000,
    density_side=100,
    density_sample=500,
    areas=2_000,
    intervals=20_000,
    force_side=400,
    large_side=800,
    large_occupied=80_000,
    large_zones=64,
)


def counts(n: int) -> Floats:
    """Make counts of cells: most few, some many."""
    rng = np.random.default_rng(SEED)
    return rng.poisson(rng.gamma(0.3, 5.0, n)).astype(np.float64)


def points(n: int, *, side_m: float) -> Floats:
    """Make points in clusters of 800 m within a square and no nearer than 100 m to its border, shape (n, 2)."""
    rng = np.random.default_rng(SEED)
    centres = rng.uniform(0.1 * side_m, 0.9 * side_m, (300, 2))
    made = centres[rng.integers(len(centres), size=2 * n)] + rng.normal(0, 800, (2 * n, 2))
    return made[((made > 100) & (made < side_m - 100)).all(axis=1)][:n]


def days(n: int) -> Floats:
    """Make whole days of a year, shape (n,)."""
    return np.random.default_rng(SEED + 1).integers(0, 365, n).astype(np.float64)


def intervals(n: int) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Make begins in a leap year and ends ten hours later on average, in whole minutes."""
    rng = np.random.default_rng(SEED)
    begins = np.datetime64("2024-01-01T00:00", "s") + rng.integers(0, 366 * 1440, n).astype("timedelta64[m]")
    return begins, begins + rng.exponential(600, n).astype("timedelta64[m]")


def tessellation(n_areas: int) -> gpd.GeoSeries:
    """Make Voronoi cells that fill a square of 400 km, with a vertex every 100 m as digitised boundaries have them."""
    extent_m = 400_000.0
    seeds = np.random.default_rng(SEED).uniform(0, extent_m, size=(n_areas, 2))
    square = shapely.box(0, 0, extent_m, extent_m)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=square))
    dense = shapely.segmentize(cells, 100.0)
    return gpd.GeoSeries(shapely.transform(dense, lambda xy: xy.round(2)), crs=BRITISH_NATIONAL_GRID)


def score(side: int, *, occupied: int) -> ScoreSurface:
    """Make a raster of a square force on which so many pixels hold a score."""
    rng = np.random.default_rng(SEED)
    centres = rng.uniform(0, side, (side // 4, 2))
    near = (
        centres[rng.integers(len(centres), size=4 * occupied)] + rng.normal(0, side / 40, (4 * occupied, 2))
    ).round()
    near = near[((near >= 0) & (near < side)).all(axis=1)].astype(np.int64)
    pixels = rng.permutation(np.unique(near[:, 0] * side + near[:, 1]))[:occupied]
    values = np.zeros(side * side)
    values[pixels] = rng.gamma(0.5, size=len(pixels))
    return ScoreSurface(values.reshape(side, side), 0.0, 0.0, PIXEL_M, np.ones((side, side), dtype=bool))
