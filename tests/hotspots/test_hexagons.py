"""Hexagons: equal areas, six neighbours at one distance, every point in the nearest centre's."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from domain.errors import AnalysisError
from hotspots.hexagons import Hexagons, hexagons_over

NOWHERE = np.array([])
SQUARE = shapely.box(350_000, 380_000, 353_000, 382_000)


def over(outline: shapely.Geometry, *, flat_m: float = 200.0) -> Hexagons:
    return hexagons_over(outline, flat_m=flat_m, x=NOWHERE, y=NOWHERE)


def test_they_are_equal_in_area_and_cover_the_force_once() -> None:
    cells = over(SQUARE)
    shapes = cells.shapes(np.arange(len(cells.row)))
    np.testing.assert_allclose(shapely.area(shapes) / 1e6, cells.area_km2)
    whole = shapely.union_all(shapely.buffer(shapes, 1e-6))
    assert whole.contains(SQUARE)
    assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-6)


def test_neighbours_lie_one_width_away_and_are_mutual() -> None:
    cells = over(SQUARE)
    first, second = cells.neighbours.nonzero()
    away = np.hypot(cells.x[first] - cells.x[second], cells.y[first] - cells.y[second])
    np.testing.assert_allclose(away, 200.0)
    assert abs(cells.neighbours - cells.neighbours.T).max() == 0
    assert int(cells.neighbours.sum(axis=1).max()) == 6
    near = np.hypot(cells.x[:, None] - cells.x, cells.y[:, None] - cells.y) < 201
    assert len(first) == near.sum() - len(cells.row)


def test_a_point_belongs_to_the_hexagon_that_covers_it() -> None:
    cells = over(SQUARE)
    rng = np.random.default_rng(3)
    x, y = rng.uniform(350_000, 353_000, 500), rng.uniform(380_000, 382_000, 500)
    cell = cells.cell_of(x, y)
    assert shapely.distance(cells.shapes(cell), shapely.points(x, y)).max() < 1e-6
    assert cells.counts(x, y, np.ones(500)).sum() == 500
    assert cells.cell_of(np.array([0.0]), np.array([0.0])).tolist() == [-1]


def test_they_are_the_ones_that_touch_the_force_however_it_is_shaped() -> None:
    thin = shapely.LineString([(350_010, 380_020), (352_970, 381_870)]).buffer(3)
    island = shapely.box(352_500, 380_100, 352_530, 380_120)
    outline = shapely.union_all([thin, island])
    cells = over(outline)
    every = over(SQUARE)
    touching = shapely.intersects(outline, every.shapes(np.arange(len(every.row))))
    wanted = set(zip(every.row[touching], every.column[touching], strict=True))
    assert set(zip(cells.row, cells.column, strict=True)) == wanted


def test_an_empty_region_beside_the_force_moves_no_hexagon() -> None:
    wider = over(shapely.union_all([SQUARE, shapely.box(340_000, 380_000, 350_000, 382_000)]))
    pairs = set(zip(wider.row, wider.column, strict=True))
    assert set(zip(over(SQUARE).row, over(SQUARE).column, strict=True)) <= pairs


def test_an_incident_beyond_a_simplified_outline_has_its_hexagon() -> None:
    cells = hexagons_over(SQUARE, flat_m=200, x=np.array([349_500.0]), y=np.array([381_000.0]))
    assert cells.cell_of(np.array([349_500.0]), np.array([381_000.0]))[0] >= 0


@pytest.mark.parametrize(("outline", "flat_m"), [(SQUARE, 0.0), (shapely.Polygon(), 200.0)])
def test_no_width_and_no_ground_are_refused(outline: shapely.Geometry, flat_m: float) -> None:
    with pytest.raises(AnalysisError, match="hexagons need"):
        over(outline, flat_m=flat_m)
