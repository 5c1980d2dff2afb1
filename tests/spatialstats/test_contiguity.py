"""Contiguity: a grid whose neighbours are known, and libpysal as oracle."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pytest
from shapely import MultiPolygon, Polygon, box

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
