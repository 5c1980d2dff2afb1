"""The bare ground of Demoshire: an outline, towns, crooked cells, and the small areas that grow on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from domain.errors import SettingsError
from redzones.demoshire.names import town_names
from redzones.demoshire.regions import flood
from redzones.demoshire.tessellation import Tessellation, hex_points, tessellate

__all__ = ["CAPITAL_SHARES", "MIDDLE", "Ground", "Town", "lay_ground"]

#: Middle of the county in the British National Grid: open water in the Irish Sea, where no force has an area.
MIDDLE = (287_000.0, 428_000.0)
#: Share of the small areas that lie in each of the four capitals.
CAPITAL_SHARES = (0.22, 0.14, 0.11, 0.08)

_LEAST_AREAS, _MOST_AREAS = 40, 600
_COUNTY_KM2_PER_AREA = 3.4
_TOWN_KM2_PER_AREA = 0.55
_FILLER_SPACING_M = 640.0
_CELLS_PER_TOWN_AREA = 8
_SMALL_TOWN_SHARE = 0.033
_SMALL_TOWNS_OF_300 = 8


@dataclass(frozen=True, slots=True)
class Town:
    """
    A town.

    Parameters
    ----------
    name
        Its name.
    x, y
        Its centre, metres in the British National Grid.
    radius_m
        Distance from the centre to the edge of the built-up ground.
    n_areas
        Number of small areas in it.
    """

    name: str
    x: float
    y: float
    radius_m: float
    n_areas: int


@dataclass(frozen=True, slots=True)
class Ground:
    """
    The bare ground.

    Parameters
    ----------
    towns
        Towns, the four capitals of the districts first.
    cells
        The tessellation of which everything is made.
    area_of_cell
        Small area of each cell, shape (n_cells,); areas are connected.
    cores
        Core cell of each small area, shape (n_areas,).
    core_town
        Position of the town of each small area, -1 in the countryside.
    """

    towns: tuple[Town, ...]
    cells: Tessellation
    area_of_cell: NDArray[np.int64]
    cores: NDArray[np.int64]
    core_town: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Outline:
    """A wavy circle round the middle: mean radius in metres; cosine and sine heights of its waves."""

    radius_m: float
    waves: NDArray[np.float64]

    def rim(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance of the outline from the middle at each angle."""
        k = np.arange(1, self.waves.shape[1] + 1) + 1
        wobble = self.waves[0] @ np.cos(np.outer(k, angle)) + self.waves[1] @ np.sin(np.outer(k, angle))
        return np.asarray(self.radius_m * (1 + wobble))

    def depth(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far inside the outline each point lies, in metres along its ray; negative outside."""
        away = xy - MIDDLE
        return np.asarray(self.rim(np.arctan2(away[:, 1], away[:, 0])) - np.hypot(away[:, 0], away[:, 1]))


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Seeds of cells inside and around the county; the town of each inner cell, -1 in the countryside."""

    inside: NDArray[np.float64]
    around: NDArray[np.float64]
    town: NDArray[np.int64]


def lay_ground(*, n_small_areas: int, rng: np.random.Generator) -> Ground:
    """
    Lay out towns and grow the small areas.

    Parameters
    ----------
    n_small_areas
        Number of small areas, 40 to 600.
    rng
        Source of randomness.

    Raises
    ------
    SettingsError
        If the number is outside that range: the county would not hold four towns, or not fit into the sea.
    """
    if not _LEAST_AREAS <= n_small_areas <= _MOST_AREAS:
        raise SettingsError(
            f"a demo county cannot have {n_small_areas} small areas",
            hint=f"Ask for {_LEAST_AREAS} to {_MOST_AREAS}.",
        )
    radius_m = float(np.sqrt(n_small_areas * _COUNTY_KM2_PER_AREA * 1e6 / np.pi))
    outline = _Outline(radius_m, rng.normal(size=(2, 4)) * np.array([0.10, 0.07, 0.05, 0.03]))
    towns = _place_towns(n_small_areas, outline, rng)
    seeds = _seeds(towns, outline, rng)
    cells = tessellate(seeds.inside, seeds.around, rng=rng)
    cores, core_town = _cores(towns, seeds, n_small_areas, rng=rng)
    reach = _reach(towns, core_town, n_small_areas)
    labels = flood(cells.neighbours(), seeds.inside, cores, reach, rng=rng)
    return Ground(towns, cells, labels, cores, core_town)


def _place_towns(n_small_areas: int, outline: _Outline, rng: np.random.Generator) -> tuple[Town, ...]:
    """Place four capitals in four directions and small towns where there is most room."""
    n_small = max(1, round(_SMALL_TOWNS_OF_300 * n_small_areas / 300))
    n_areas = [max(3, round(share * n_small_areas)) for share in CAPITAL_SHARES]
    n_areas += [max(2, round(_SMALL_TOWN_SHARE * n_small_areas * rng.uniform(0.6, 1.3))) for _ in range(n_small)]
    radii = [float(np.sqrt(n * _TOWN_KM2_PER_AREA * 1e6 / np.pi)) for n in n_areas]
    turn = rng.uniform(0, np.pi / 6)
    angles = turn + np.pi / 2 * rng.permutation(4) + rng.uniform(-0.25, 0.25, size=4)
    out = outline.rim(angles) * rng.uniform(0.40, 0.60, size=4)
    places = [np.array(MIDDLE) + r * np.array([np.cos(a), np.sin(a)]) for a, r in zip(angles, out, strict=True)]
    for wanted in radii[4:]:
        tries = MIDDLE + rng.uniform(-1.3, 1.3, size=(400, 2)) * outline.radius_m
        tries = tries[outline.depth(tries) > 2.0 * wanted]
        room = [min(np.hypot(*(t - p)) - r for p, r in zip(places, radii, strict=False)) for t in tries]
        places.append(tries[int(np.argmax(room))])
    names = town_names(len(places))
    return tuple(
        Town(name, float(p[0]), float(p[1]), r, n) for name, p, r, n in zip(names, places, radii, n_areas, strict=True)
    )


def _seeds(towns: tuple[Town, ...], outline: _Outline, rng: np.random.Generator) -> _Seeds:
    """Scatter seeds: fine in towns, coarse in the countryside and the surroundings."""
    reach = 1.5 * outline.radius_m
    west, south, east, north = MIDDLE[0] - reach, MIDDLE[1] - reach, MIDDLE[0] + reach, MIDDLE[1] + reach
    filler = hex_points((west, south, east, north), spacing_m=_FILLER_SPACING_M, jitter=0.33, rng=rng)
    near_a_town = np.zeros(len(filler), dtype=bool)
    built, town_of = [], []
    for i, town in enumerate(towns):
        near_a_town |= np.hypot(filler[:, 0] - town.x, filler[:, 1] - town.y) < 1.12 * town.radius_m
        points = _town_seeds(town, rng)
        built.append(points)
        town_of.append(np.full(len(points), i))
    filler = filler[~near_a_town]
    is_in = outline.depth(filler) > 0
    n_filler = int(is_in.sum())
    return _Seeds(
        inside=np.concatenate([*built, filler[is_in]]),
        around=filler[~is_in],
        town=np.concatenate([*town_of, np.full(n_filler, -1)]).astype(np.int64),
    )


def _town_seeds(town: Town, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the seeds of a town: a lobed disc, denser towards the centre."""
    spacing = np.sqrt(_TOWN_KM2_PER_AREA * 1e6 / _CELLS_PER_TOWN_AREA * 1.155)
    r = town.radius_m
    points = hex_points((-1.3 * r, -1.3 * r, 1.3 * r, 1.3 * r), spacing_m=spacing, jitter=0.35, rng=rng)
    angle, away = np.arctan2(points[:, 1], points[:, 0]), np.hypot(points[:, 0], points[:, 1])
    lobes = 1 + 0.12 * np.cos(2 * angle + rng.uniform(0, 6)) + 0.08 * np.cos(3 * angle + rng.uniform(0, 6))
    kept = points[away < r * lobes]
    drawn_in = (np.hypot(kept[:, 0], kept[:, 1]) / r) ** 0.15
    return kept * drawn_in[:, None] + (town.x, town.y)


def _cores(
    towns: tuple[Town, ...], seeds: _Seeds, n_small_areas: int, *, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the core cell of each small area and the town it is in: far from each other, in town and country."""
    cores: list[int] = []
    of_town: list[int] = []
    for i, town in enumerate(towns):
        mine = np.flatnonzero(seeds.town == i)
        middle = np.array([[town.x, town.y]])
        found = _far_apart(seeds.inside[mine], town.n_areas, avoid=middle[:0], rng=rng)
        cores += mine[found].tolist()
        of_town += [i] * len(found)
    country = np.flatnonzero(seeds.town < 0)
    avoid = np.array([[t.x, t.y] for t in towns])
    found = _far_apart(seeds.inside[country], n_small_areas - len(cores), avoid=avoid, rng=rng)
    cores += country[found].tolist()
    of_town += [-1] * len(found)
    return np.array(cores, dtype=np.int64), np.array(of_town, dtype=np.int64)


def _far_apart(
    xy: NDArray[np.float64], n: int, *, avoid: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Choose `n` points one by one, each the furthest of a random third from those chosen and those to avoid."""
    gap = np.asarray(cKDTree(avoid).query(xy)[0] if len(avoid) else np.full(len(xy), np.inf))
    chosen: list[int] = []
    for _ in range(n):
        score = np.where(rng.random(len(xy)) < 1 / 3, gap, -1.0)
        score[chosen] = -2.0
        chosen.append(int(np.argmax(score)))
        gap = np.minimum(gap, np.hypot(*(xy - xy[chosen[-1]]).T))
    return np.array(chosen, dtype=np.int64)


def _reach(towns: tuple[Town, ...], core_town: NDArray[np.int64], n_small_areas: int) -> NDArray[np.float64]:
    """Return the typical radius of each area, which sets how fast it grows."""
    town_km2 = sum(t.n_areas for t in towns) * _TOWN_KM2_PER_AREA
    country_km2 = (n_small_areas * _COUNTY_KM2_PER_AREA - town_km2) / max(1, int((core_town < 0).sum()))
    return np.asarray(np.where(core_town >= 0, _TOWN_KM2_PER_AREA, country_km2) ** 0.5 * 1000.0, dtype=np.float64)
