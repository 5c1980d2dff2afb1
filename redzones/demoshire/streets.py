"""Streets of Demoshire and the anonymised map points on them to which open data are snapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from redzones.demoshire.county import County
from redzones.demoshire.names import GENERIC_LOCATIONS, street_names

__all__ = ["Streets", "make_streets"]

_N_OUTSIDE = 24
_FARTHEST_OUTSIDE_M = 900.0
_ASTRAY_M = (-90_000.0, 4_000.0)  # still open water
_STREETS_PER_AREA = 10
_POINTS_PER_STREET = (2, 6)


@dataclass(frozen=True, slots=True)
class Streets:
    """
    Map points, each on a named street or at a named kind of place.

    Parameters
    ----------
    xy
        Shape (n_points, 2), metres in the British National Grid.
    area
        Small area that holds each point; -1 for the few points of the neighbouring county.
    street
        Name of the street on which each point lies.
    label
        What police.uk calls each point: the street, or a kind of place such as `Parking Area`.
    bearing
        Direction of the street, radians from east.
    in_town
        Distance from the town's centre in radii of the town, 3 in the countryside.
    """

    xy: NDArray[np.float64]
    area: NDArray[np.int64]
    street: list[str]
    label: list[str]
    bearing: NDArray[np.float64]
    in_town: NDArray[np.float64]


def make_streets(county: County, *, rng: np.random.Generator) -> Streets:
    """Lay streets where people live; each town has a direction of its own that its streets follow or cross."""
    starts, area = _starts(county, rng)
    town = county.area_town[area]
    of_town = np.append(rng.uniform(0, np.pi / 2, size=len(county.towns)), 0.0)
    wild = rng.uniform(0, np.pi, size=len(area))
    along = of_town[town] + np.pi / 2 * rng.integers(2, size=len(area)) + rng.normal(0, 0.15, size=len(area))
    bearing = np.where(town < 0, wild, along)
    gap = np.where(town < 0, rng.uniform(90, 180, size=len(area)), rng.uniform(45, 80, size=len(area)))
    names = street_names(len(area), rng=rng)
    n_points = rng.integers(*_POINTS_PER_STREET, size=len(area), endpoint=True)
    which = np.repeat(np.arange(len(area)), n_points)
    step = np.concatenate([np.arange(n) - (n - 1) / 2 for n in n_points])
    heading = np.column_stack([np.cos(bearing), np.sin(bearing)])
    xy = np.round(starts[which] + (step * gap[which])[:, None] * heading[which] + rng.normal(0, 4, (len(which), 2)), 1)
    kept = shapely.contains_xy(county.polygons[area[which]], xy[:, 0], xy[:, 1])
    which, xy = which[kept], xy[kept]
    in_town = _distance_in_town(county, xy, town[which])
    street = [names[i] for i in which]
    beyond = _points_outside(county)
    street_beyond = street_names(len(beyond), rng=rng)
    return Streets(
        xy=np.concatenate([xy, beyond]),
        area=np.concatenate([area[which], np.full(len(beyond), -1)]),
        street=street + street_beyond,
        label=_labels(street, in_town, rng) + street_beyond,
        bearing=np.concatenate([bearing[which], np.zeros(len(beyond))]),
        in_town=np.concatenate([in_town, np.full(len(beyond), 3.0)]),
    )


def _points_outside(county: County) -> NDArray[np.float64]:
    """Return points of the neighbouring county just over the border, and one that is far astray."""
    around = county.cells.xy[county.cells.n_inside :]
    gap = shapely.distance(county.outline, shapely.points(around))
    near = around[gap < _FARTHEST_OUTSIDE_M]
    chosen = near[np.linspace(0, len(near) - 1, _N_OUTSIDE - 1).astype(int)]
    return np.round(np.concatenate([chosen, chosen[:1] + _ASTRAY_M]), 1)


def _starts(county: County, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the middles of streets and their small areas: in cells by where people live, one in each area's core."""
    n_areas = len(county.area_codes)
    seeds = county.cells.xy[: county.cells.n_inside]
    gap = np.where(county.area_town[county.area_of_cell] < 0, 220.0, 85.0)
    chosen = []
    for i in range(n_areas):
        mine = np.flatnonzero(county.area_of_cell == i)
        weight = county.cell_weight[mine] / county.cell_weight[mine].sum()
        chosen.append(rng.choice(mine, size=_STREETS_PER_AREA, p=weight))
    cells = np.concatenate(chosen)
    xy = seeds[cells] + rng.normal(0, 1, size=(len(cells), 2)) * gap[cells, None]
    area = np.repeat(np.arange(n_areas), _STREETS_PER_AREA)
    xy[::_STREETS_PER_AREA] = county.area_xy  # so that no area is without a point
    return xy, area


def _distance_in_town(county: County, xy: NDArray[np.float64], town: NDArray[np.int64]) -> NDArray[np.float64]:
    centres = np.array([[t.x, t.y] for t in county.towns])
    radii = np.array([t.radius_m for t in county.towns])
    away = np.hypot(*(xy - centres[town]).T) / radii[town]
    return np.where(town < 0, 3.0, away)


def _labels(street: list[str], in_town: NDArray[np.float64], rng: np.random.Generator) -> list[str]:
    """Return the street's name, or a kind of place for a few points in towns, more of them near the centre."""
    kinds = list(GENERIC_LOCATIONS)
    shares = np.array(list(GENERIC_LOCATIONS.values()))
    factor = np.where(in_town < 0.3, 4.0, np.where(in_town < 2, 1.0, 0.3))
    is_generic = rng.random(len(street)) < shares.sum() * factor
    drawn = rng.choice(len(kinds), size=len(street), p=shares / shares.sum())
    return [kinds[drawn[i]] if is_generic[i] else name for i, name in enumerate(street)]
