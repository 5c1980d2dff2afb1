"""The ground of Demoshire: its outline, towns, small areas, wards and districts, all from one seed."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import SettingsError
from redzones.demoshire.ground import CAPITAL_SHARES, MIDDLE, Ground, Town, lay_ground
from redzones.demoshire.names import DISTRICT_DIRECTIONS, ward_names
from redzones.demoshire.regions import components, grow, spread_out
from redzones.demoshire.tessellation import Tessellation, neighbours_of

__all__ = ["County", "Division", "make_county"]

#: Added to a capital's share: what its district holds besides, a quarter of the rest of the county.
_REST_OF_DISTRICT = 0.11
_AREAS_PER_WARD = 7.5
_LEAST_AREAS_PER_WARD = 2
_AREAS_PER_MSOA = 5


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
    ground = lay_ground(n_small_areas=n_small_areas, rng=rng)
    return _divide(ground, rng)


def _divide(ground: Ground, rng: np.random.Generator) -> County:
    """Group small areas into districts, wards and MSOAs, name them, and put everything in the order of the codes."""
    towns, cells, labels, cores, core_town = (
        ground.towns,
        ground.cells,
        ground.area_of_cell,
        ground.cores,
        ground.core_town,
    )
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

    def fit(order: Iterable[str]) -> float:
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
    targets = [share + _REST_OF_DISTRICT for share in CAPITAL_SHARES]
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
        grown = _wards_of(neighbours, mine)
        for i in mine:
            of_area[i] = n_wards + grown[i]
        n_wards += 1 + max(grown.values())
    names = _names_of_wards(towns, cells.xy[cores], of_area, n_wards, rng)
    polygons = cells.polygons(of_area[labels], _anchors(of_area, cores, n_wards))
    return Division(tuple(f"E05{900_001 + w:06d}" for w in range(n_wards)), names, of_area, polygons)


def _wards_of(neighbours: list[list[int]], mine: list[int]) -> dict[int, int]:
    """Return the ward of each area of a district; a ward hemmed in to a single area gives way to its neighbours."""
    starts = spread_out(neighbours, mine, max(2, round(len(mine) / _AREAS_PER_WARD)))
    while True:
        grown = grow(neighbours, mine, starts, [1.0] * len(starts))
        sizes = np.bincount(list(grown.values()))
        if sizes.min() >= _LEAST_AREAS_PER_WARD or len(starts) == 1:
            return grown
        del starts[int(np.argmin(sizes))]


def _names_of_wards(
    towns: tuple[Town, ...], xy: NDArray[np.float64], of_area: NDArray[np.int64], n: int, rng: np.random.Generator
) -> tuple[str, ...]:
    """Return invented names; the ward of a town's centre bears the town's name."""
    names = ward_names(n, rng=rng)
    for town in reversed(towns):
        ward = int(of_area[int(np.argmin(np.hypot(*(xy - (town.x, town.y)).T)))])
        names[ward] = f"{town.name} Central" if town.n_areas > 2 * _AREAS_PER_WARD else town.name
    return tuple(names)
