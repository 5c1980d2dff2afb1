"""Contiguity: a grid whose neighbours are known, and libpysal as oracle."""

from __future__ import annotations

import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPolygon, Polygon, box

from domain.errors import AnalysisError
from spatialstats.contiguity import contiguity


def _grid(side: int) -> gpd.GeoSeries:
    return gpd.GeoSeries([box(x, y, x + 1, y + 1) for y in range(side) for x in range(side)])


def test_a_grid_has_queen_and_rook_neighbours() -> None:
    queen, rook = contiguity(_grid(5)), contiguity(_grid(5), kind="rook")
    assert queen[[12]].sum() == 8
    assert rook[[12]].sum() == 4
    assert queen[[0]].sum() == 3
    assert (queen != queen.T).nnz == 0
    assert not queen.diagonal().any()


def test_equal_to_libpysal() -> None:
    grid = _grid(7).affine_transform([1, 0.3, -0.2, 1.1, 300_000, 400_000])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from libpysal import graph

        for kind, rook in (("queen", False), ("rook", True)):
            theirs = graph.Graph.build_contiguity(grid, rook=rook).sparse.toarray() > 0
            np.testing.assert_array_equal(contiguity(grid, kind=kind).toarray(), theirs)


def test_equal_to_a_plain_comparison_of_vertices_where_many_lie_close() -> None:
    points = np.random.default_rng(2).normal(0, 400, (500, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points)))
    areas = gpd.GeoSeries(shapely.transform(shapely.segmentize(cells, 30.0), lambda xy: xy.round(1)))
    sets = [{tuple(xy) for xy in shapely.get_coordinates(area).round(1)} for area in areas]
    expected = np.array([[i != j and bool(a & b) for j, b in enumerate(sets)] for i, a in enumerate(sets)])
    np.testing.assert_array_equal(contiguity(areas).toarray(), expected)
    shuffled = np.random.default_rng(3).permutation(len(areas))
    np.testing.assert_array_equal(contiguity(areas.iloc[shuffled]).toarray(), expected[np.ix_(shuffled, shuffled)])


def test_compiled_and_plain_python_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from spatialstats import contiguity as module

    fan = [Polygon([(0, 0), (np.cos(a), np.sin(a)), (np.cos(b), np.sin(b))]) for a, b in pairwise(np.arange(60) / 10)]
    areas = gpd.GeoSeries([*fan, *_grid(6).translate(5, 5)])  # 59 meet in one point
    fast = [contiguity(areas, kind=kind).toarray() for kind in ("queen", "rook")]
    for kernel in ("_spread", "_interleaved", "_sort_small", "_in_buckets", "_pairs_of_owners"):
        monkeypatch.setattr(module, kernel, getattr(module, kernel).py_func)
    slow = [contiguity(areas, kind=kind).toarray() for kind in ("queen", "rook")]
    np.testing.assert_array_equal(fast, slow)
    assert fast[0][:59, :59].sum() == 59 * 58


def test_holes_and_parts_belong_to_their_area() -> None:
    ring = Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    areas = gpd.GeoSeries([ring, box(1, 1, 2, 2), MultiPolygon([box(9, 9, 10, 10), box(3, 3, 4, 4)])])
    assert contiguity(areas).toarray().astype(int).tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


def test_islands_touch_nothing() -> None:
    assert contiguity(gpd.GeoSeries([box(0, 0, 1, 1), box(5, 5, 6, 6)])).nnz == 0


def test_bad_input_is_refused() -> None:
    with pytest.raises(AnalysisError):
        contiguity(gpd.GeoSeries([box(0, 0, 1, 1), None]))
    with pytest.raises(AnalysisError):
        contiguity(_grid(2), kind="bishop")
    with pytest.raises(AnalysisError, match="polygon"):
        contiguity(gpd.GeoSeries([box(0, 0, 1, 1), LineString([(0, 0), (1, 1)])]))
    with pytest.raises(AnalysisError, match="too fine"):
        contiguity(_grid(2).scale(1e6, 1e6), precision_m=1e-7)


def test_no_areas_have_no_neighbours() -> None:
    assert contiguity(gpd.GeoSeries([])).shape == (0, 0)
