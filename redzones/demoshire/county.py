"""The ground of Demoshire: its outline, towns, small areas, wards and districts, all from one seed."""

from __future__ import annotations

import string
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from domain.errors import SettingsError
from redzones.demoshire.names import DISTRICT_DIRECTIONS, town_names, ward_names
from redzones.demoshire.regions import components, flood, grow, spread_out
from redzones.demoshire.tessellation import Tessellation, hex_points, neighbours_of, tessellate

__all__ = ["County", "Division", "Town", "make_county"]

#: Middle of the county in the British National Grid: open water in the Irish Sea, where no force has an area.
MIDDLE = (287_000.0, 428_000.0)

_LEAST_AREAS, _MOST_AREAS = 40, 600
_COUNTY_KM2_PER_AREA = 3.4
_TOWN_KM2_PER_AREA = 0.55
_FILLER_SPACING_M = 640.0
_CELLS_PER_TOWN_AREA = 8
_CAPITAL_SHARES = (0.22, 0.14, 0.11, 0.08)
#: Added to a capital's share: what its district holds besides, a quarter of the rest of the county.
_REST_OF_DISTRICT = 0.11
_SMALL_TOWN_SHARE = 0.033
_SMALL_TOWNS_OF_300 = 8
_AREAS_PER_WARD = 7.5
_AREAS_PER_MSOA = 5


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
class Division:
    """
    Wards or districts: groups of small areas.

    Parameters
    ----------
    codes, names
        Code and name of each group.
    of_area
        Position of the group of each small area, shape (n_areas,).
    polygons
        Polygon of each group, metres in the British National Grid.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    of_area: NDArray[np.int64]
    polygons: NDArray[Any]


@dataclass(frozen=True, slots=True)
class County:
    """
    The whole ground; every array over areas is in the order of the codes.

    Parameters
    ----------
    towns
        Towns by size.
    cells
        The tessellation of which everything is made.
    area_of_cell
        Small area of each cell, shape (n_cells,).
    cell_weight
        Share of its small area's people who live in each cell, in any unit.
    area_codes, area_names
        Synthetic LSOA codes (`E019.....`) and readable names.
    area_xy
        A point well inside each area, shape (n_areas, 2).
    area_town
        Position of the town of each area, -1 in the countryside.
    polygons
        Polygon of each area.
    wards, districts
        The groups above.
    outline
        Polygon of the county.
    """

    towns: tuple[Town, ...]
    cells: Tessellation
    area_of_cell: NDArray[np.int64]
    cell_weight: NDArray[np.float64]
    area_codes: tuple[str, ...]
    area_names: tuple[str, ...]
    area_xy: NDArray[np.float64]
    area_town: NDArray[np.int64]
    polygons: NDArray[Any]
    wards: Division
    districts: Division
    outline: Any

    def distance_in_town(self) -> NDArray[np.float64]:
        """Return each area's distance from its town's centre in radii of the town; 3 in the countryside."""
        away = np.full(len(self.area_codes), 3.0)
        for i, town in enumerate(self.towns):
            mine = self.area_town == i
            away[mine] = np.hypot(*(self.area_xy[mine] - (town.x, town.y)).T) / town.radius_m
        return away


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Seeds of cells inside and around the county; the town of each inner cell, -1 in the countryside."""

    inside: NDArray[np.float64]
    around: NDArray[np.float64]
    town: NDArray[np.int64]


def make_county(*, n_small_areas: int, rng: np.random.Generator) -> County:
    """
    Make the ground.

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
    radius = np.sqrt(n_small_areas * _COUNTY_KM2_PER_AREA * 1e6 / np.pi)
    waves = rng.normal(size=(2, 4)) * np.array([0.10, 0.07, 0.05, 0.03])
    towns = _place_towns(n_small_areas, radius=radius, waves=waves, rng=rng)
    seeds = _seeds(towns, radius=radius, waves=waves, rng=rng)
    cells = tessellate(seeds.inside, seeds.around, rng=rng)
    cores, core_town = _cores(towns, seeds, n_small_areas, rng=rng)
    reach = _reach(towns, core_town, n_small_areas)
    labels = flood(cells.neighbours(), seeds.inside, cores, reach, rng=rng)
    return _divide(towns, cells, labels, cores, core_town, rng)


def _rim(angle: NDArray[np.float64], *, radius: float, waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of the outline from the middle at each angle."""
    k = np.arange(1, waves.shape[1] + 1) + 1
    wobble = waves[0] @ np.cos(np.outer(k, angle)) + waves[1] @ np.sin(np.outer(k, angle))
    return np.asarray(radius * (1 + wobble))


def _depth(xy: NDArray[np.float64], *, radius: float, waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far inside the outline each point lies, in metres along its ray; negative outside."""
    away = xy - MIDDLE
    rim = _rim(np.arctan2(away[:, 1], away[:, 0]), radius=radius, waves=waves)
    return np.asarray(rim - np.hypot(away[:, 0], away[:, 1]))


def _place_towns(
    n_small_areas: int, *, radius: float, waves: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Town, ...]:
    """Place four capitals in four directions and small towns where there is most room."""
    n_small = max(1, round(_SMALL_TOWNS_OF_300 * n_small_areas / 300))
    n_areas = [max(3, round(share * n_small_areas)) for share in _CAPITAL_SHARES]
    n_areas += [max(2, round(_SMALL_TOWN_SHARE * n_small_areas * rng.uniform(0.6, 1.3))) for _ in range(n_small)]
    radii = [float(np.sqrt(n * _TOWN_KM2_PER_AREA * 1e6 / np.pi)) for n in n_areas]
    turn = rng.uniform(0, np.pi / 6)
    angles = turn + np.pi / 2 * rng.permutation(4) + rng.uniform(-0.25, 0.25, size=4)
    out = _rim(angles, radius=radius, waves=waves) * rng.uniform(0.40, 0.60, size=4)
    places = [np.array(MIDDLE) + r * np.array([np.cos(a), np.sin(a)]) for a, r in zip(angles, out, strict=True)]
    for wanted in radii[4:]:
        tries = MIDDLE + rng.uniform(-1.3, 1.3, size=(400, 2)) * radius
        tries = tries[_depth(tries, radius=radius, waves=waves) > 2.0 * wanted]
        room = [min(np.hypot(*(t - p)) - r for p, r in zip(places, radii, strict=False)) for t in tries]
        places.append(tries[int(np.argmax(room))])
    names = town_names(len(places))
    return tuple(
        Town(name, float(p[0]), float(p[1]), r, n)
        for name, p, r, n in zip(names, places, radii, n_areas, strict=True)
    )


def _seeds(towns: tuple[Town, ...], *, radius: float, waves: NDArray[np.float64], rng: np.random.Generator) -> _Seeds:
    """Scatter seeds: fine in towns, coarse in the countryside and the surroundings."""
    west, south = MIDDLE[0] - 1.5 * radius, MIDDLE[1] - 1.5 * radius
    east, north = MIDDLE[0] + 1.5 * radius, MIDDLE[1] + 1.5 * radius
    filler = hex_points((west, south, east, north), spacing_m=_FILLER_SPACING_M, jitter=0.33, rng=rng)
    near_a_town = np.zeros(len(filler), dtype=bool)
    built, town_of = [], []
    for i, town in enumerate(towns):
        near_a_town |= np.hypot(filler[:, 0] - town.x, filler[:, 1] - town.y) < 1.12 * town.radius_m
        points = _town_seeds(town, rng)
        built.append(points)
        town_of.append(np.full(len(points), i))
    filler = filler[~near_a_town]
    is_in = _depth(filler, radius=radius, waves=waves) > 0
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
    if len(avoid):
        gap = cKDTree(avoid).query(xy)[0]
    else:
        gap = np.full(len(xy), 1e9)
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
    return np.where(core_town >= 0, np.sqrt(_TOWN_KM2_PER_AREA), np.sqrt(country_km2)) * 1000.0


def _divide(
    towns: tuple[Town, ...],
    cells: Tessellation,
    labels: NDArray[np.int64],
    cores: NDArray[np.int64],
    core_town: NDArray[np.int64],
    rng: np.random.Generator,
) -> County:
    """Group small areas into districts, wards and MSOAs, name them, and put everything in the order of the codes."""
    xy = cells.xy[cores]
    inner = cells.pairs[(cells.pairs < cells.n_inside).all(axis=1)]
    neighbours = neighbours_of(labels[inner], n=len(cores))
    district = _districts(towns, neighbours, xy, core_town)
    names = _area_names(neighbours, xy, district)
    order = np.array(sorted(range(len(cores)), key=lambda i: names[i]), dtype=np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    labels, cores, xy, core_town = rank[labels], cores[order], xy[order], core_town[order]
    neighbours = [sorted(int(rank[j]) for j in neighbours[i]) for i in order]
    districts = _district_division(cells, labels, cores, district[order])
    wards = _ward_division(towns, cells, labels, cores, neighbours, districts.of_area, rng)
    everything = np.zeros(cells.n_inside, dtype=np.int64)
    return County(
        towns=towns,
        cells=cells,
        area_of_cell=labels,
        cell_weight=_cell_weight(labels, core_town, rng),
        area_codes=tuple(f"E01{900_001 + i:06d}" for i in range(len(cores))),
        area_names=tuple(names[i] for i in order),
        area_xy=xy,
        area_town=core_town,
        polygons=cells.polygons(labels, cores),
        wards=wards,
        districts=districts,
        outline=cells.polygons(everything, cores[:1])[0],
    )


def _cell_weight(
    labels: NDArray[np.int64], core_town: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return where people live within an area: evenly in town, in a village or two in the country."""
    in_town = core_town[labels] >= 0
    return np.where(in_town, rng.uniform(0.5, 1.5, size=len(labels)), np.exp(2.2 * rng.standard_normal(len(labels))))


def _district_names(towns: tuple[Town, ...]) -> list[str]:
    """Name the districts of the four capitals so that the names fit their directions best."""
    away = [np.array([t.x, t.y]) - MIDDLE for t in towns[:4]]
    names = list(DISTRICT_DIRECTIONS)

    def fit(order: tuple[str, ...]) -> float:
        return float(sum(a @ np.array(DISTRICT_DIRECTIONS[name]) for a, name in zip(away, order, strict=True)))

    return list(max(permutations(names), key=fit))


def _districts(
    towns: tuple[Town, ...], neighbours: list[list[int]], xy: NDArray[np.float64], core_town: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the district of each area, numbered in the order of `DISTRICT_DIRECTIONS`; no town is cut in two."""
    block = components(neighbours, core_town)
    pairs = np.array([(block[i], block[j]) for i, near in enumerate(neighbours) for j in near], dtype=np.int64)
    blocks = neighbours_of(pairs, n=int(block.max()) + 1)
    starts = [int(block[int(np.argmin(np.hypot(*(xy - (t.x, t.y)).T)))]) for t in towns[:4]]
    targets = [share + _REST_OF_DISTRICT for share in _CAPITAL_SHARES]
    grown = grow(blocks, range(len(blocks)), starts, targets, weights=np.bincount(block).tolist())
    position = [list(DISTRICT_DIRECTIONS).index(name) for name in _district_names(towns)]
    return np.array([position[grown[int(b)]] for b in block], dtype=np.int64)


def _area_names(neighbours: list[list[int]], xy: NDArray[np.float64], district: NDArray[np.int64]) -> list[str]:
    """Return names such as `Demo North 003B`: district, MSOA from north to south, letter from north to south."""
    names = [""] * len(xy)
    for d, district_name in enumerate(DISTRICT_DIRECTIONS):
        mine = np.flatnonzero(district == d).tolist()
        n_groups = max(1, round(len(mine) / _AREAS_PER_MSOA))
        grown = grow(neighbours, mine, spread_out(neighbours, mine, n_groups), [1.0] * n_groups)
        groups = [[i for i in mine if grown[i] == g] for g in range(n_groups)]
        groups.sort(key=lambda group: -float(np.mean(xy[group, 1])))
        for number, group in enumerate(groups, start=1):
            for letter, i in zip(_letters(len(group)), sorted(group, key=lambda i: -xy[i, 1]), strict=True):
                names[i] = f"{district_name} {number:03d}{letter}"
    return names


def _letters(n: int) -> list[str]:
    if n > len(string.ascii_uppercase):
        raise SettingsError("an MSOA of the demo county has more than 26 areas", hint="Choose another seed.")
    return list(string.ascii_uppercase[:n])


def _anchors(of_area: NDArray[np.int64], cores: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return one core cell of each group."""
    return np.array([cores[int(np.argmax(of_area == g))] for g in range(n)], dtype=np.int64)


def _district_division(
    cells: Tessellation, labels: NDArray[np.int64], cores: NDArray[np.int64], of_area: NDArray[np.int64]
) -> Division:
    names = tuple(DISTRICT_DIRECTIONS)
    polygons = cells.polygons(of_area[labels], _anchors(of_area, cores, len(names)))
    return Division(tuple(f"E06{900_001 + d:06d}" for d in range(len(names))), names, of_area, polygons)


def _ward_division(
    towns: tuple[Town, ...],
    cells: Tessellation,
    labels: NDArray[np.int64],
    cores: NDArray[np.int64],
    neighbours: list[list[int]],
    district: NDArray[np.int64],
    rng: np.random.Generator,
) -> Division:
    of_area = np.full(len(cores), -1, dtype=np.int64)
    n_wards = 0
    for d in range(len(DISTRICT_DIRECTIONS)):
        mine = np.flatnonzero(district == d).tolist()
        n = max(2, round(len(mine) / _AREAS_PER_WARD))
        grown = grow(neighbours, mine, spread_out(neighbours, mine, n), [1.0] * n)
        for i in mine:
            of_area[i] = n_wards + grown[i]
        n_wards += n
    names = _names_of_wards(towns, cells.xy[cores], of_area, n_wards, rng)
    polygons = cells.polygons(of_area[labels], _anchors(of_area, cores, n_wards))
    return Division(tuple(f"E05{900_001 + w:06d}" for w in range(n_wards)), names, of_area, polygons)


def _names_of_wards(
    towns: tuple[Town, ...], xy: NDArray[np.float64], of_area: NDArray[np.int64], n: int, rng: np.random.Generator
) -> tuple[str, ...]:
    """Return invented names; the ward of a town's centre bears the town's name."""
    names = ward_names(n, rng=rng)
    for town in reversed(towns):
        ward = int(of_area[int(np.argmin(np.hypot(*(xy - (town.x, town.y)).T)))])
        names[ward] = f"{town.name} Central" if town.n_areas > 2 * _AREAS_PER_WARD else town.name
    return tuple(names)
