"""
Hexagons of equal area over a force, for tests of significance and for display.

Hexagons have six neighbours at the same distance, so that a neighbourhood is as wide in every direction. They lie on
whole multiples of their width in the analysis CRS, whatever the outline, and all have the same area (H3 cells do not).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from domain.errors import AnalysisError

__all__ = ["Hexagons", "hexagons_over"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Row above over row, in widths: neighbouring centres are one width apart in all six directions.
_RISE = np.sqrt(3) / 2

# Of the six neighbours, steps in row and column; columns of odd rows lie half a width further east.
_STEPS = {
    0: ((0, -1), (0, 1), (-1, -1), (-1, 0), (1, -1), (1, 0)),
    1: ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, 0), (1, 1)),
}


@dataclass(frozen=True, slots=True)
class Hexagons:
    """
    The hexagons of a force, in order of row, then column.

    Parameters
    ----------
    row, column
        Place of each in the lattice, shape (n_cells,).
    flat_m
        Width from flat to flat, metres.
    neighbours
        Binary adjacency without the diagonal, shape (n_cells, n_cells).
    """

    row: Indices
    column: Indices
    flat_m: float
    neighbours: csr_array

    @property
    def area_km2(self) -> float:
        """Area of each hexagon, square kilometres."""
        return float(self.flat_m**2 * _RISE / 1e6)

    @property
    def x(self) -> Floats:
        """Centres east, metres in the analysis CRS."""
        return (self.column + 0.5 * (self.row % 2)) * self.flat_m

    @property
    def y(self) -> Floats:
        """Centres north, metres in the analysis CRS."""
        return self.row * (_RISE * self.flat_m)

    def cell_of(self, x: Floats, y: Floats) -> Indices:
        """
        Return the hexagon that holds each point, -1 for a point in none.

        Parameters
        ----------
        x, y
            Points, metres in the analysis CRS, each of shape (n,).
        """
        row, column = _lattice_of(x, y, self.flat_m)
        return _find(_keys(self.row, self.column), _keys(row, column))

    def counts(self, x: Floats, y: Floats, weights: Floats) -> Floats:
        """Return the sum of the weights of the points in each hexagon; points in none are left out."""
        cell = self.cell_of(x, y)
        return np.bincount(cell[cell >= 0], weights[cell >= 0], minlength=len(self.row)).astype(np.float64)

    def shapes(self, cells: Indices) -> NDArray[np.object_]:
        """Return the polygons of some hexagons."""
        return _polygons(self.x[cells], self.y[cells], self.flat_m)


def hexagons_over(outline: shapely.Geometry, *, flat_m: float, x: Floats, y: Floats) -> Hexagons:
    """
    Lay hexagons over a force.

    Parameters
    ----------
    outline
        The force, metres in the analysis CRS; islands and holes are fine.
    flat_m
        Width from flat to flat, metres.
    x, y
        Incidents of the force: their hexagons belong to it, wherever its simplified outline runs.

    Returns
    -------
    Hexagons
        Every hexagon that shares ground with the force or holds an incident of it.

    Raises
    ------
    AnalysisError
        If the width is not positive or the force has no area.

    Examples
    --------
    >>> import shapely
    >>> nowhere = np.array([])
    >>> cells = hexagons_over(shapely.box(10, 10, 990, 990), flat_m=200, x=nowhere, y=nowhere)
    >>> len(cells.row), round(cells.area_km2, 4), int(cells.neighbours.sum(axis=1).max())
    (39, 0.0346, 6)
    """
    if not flat_m > 0 or shapely.area(outline) <= 0:
        raise AnalysisError("hexagons need a width above zero and a force with an area")
    west, south, east, north = shapely.bounds(outline)
    rise_m = _RISE * flat_m
    rows = np.arange(int(np.floor(south / rise_m)) - 1, int(np.ceil(north / rise_m)) + 2)
    columns = np.arange(int(np.floor(west / flat_m)) - 1, int(np.ceil(east / flat_m)) + 2)
    row, column = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    belongs = _touches(outline, row, column, flat_m)
    keys = _keys(row[belongs], column[belongs])
    if len(x):
        keys = np.union1d(keys, _keys(*_lattice_of(x, y, flat_m)))
    row, column = _from_keys(np.unique(keys))
    return Hexagons(row, column, float(flat_m), _neighbours(row, column))


def _touches(outline: shapely.Geometry, row: Indices, column: Indices, flat_m: float) -> NDArray[np.bool_]:
    """Return which hexagons share ground with the force; only those at its border are looked at as shapes."""
    x, y = (column + 0.5 * (row % 2)) * flat_m, row * (_RISE * flat_m)
    shapely.prepare(outline)
    belongs = np.asarray(shapely.contains_xy(outline, x, y), dtype=np.bool_)
    reach = flat_m / np.sqrt(3)
    border = shapely.segmentize(shapely.boundary(outline), reach)
    near = Hexagons(row, column, flat_m, csr_array((0, 0)))
    corners = shapely.get_coordinates(border)
    close = np.zeros(len(row), dtype=np.bool_)
    touched = near.cell_of(corners[:, 0], corners[:, 1])
    close[touched[touched >= 0]] = True
    # A border may cut a corner of a hexagon between two of its points: the neighbours of those that hold one are asked.
    close = close | (_neighbours(row, column) @ close.astype(np.int64) > 0)
    asked = np.flatnonzero(close & ~belongs)
    shared = shapely.intersects(outline, _polygons(x[asked], y[asked], flat_m))
    belongs[asked[shared]] = True
    return belongs


def _lattice_of(x: Floats, y: Floats, flat_m: float) -> tuple[Indices, Indices]:
    """Return row and column of the nearest centre; a point between two belongs to the one further north, then east."""
    low = np.floor(y / (_RISE * flat_m)).astype(np.int64)
    best_row, best_column = low, np.zeros_like(low)
    best = np.full(len(low), np.inf)
    for row in (low, low + 1):
        column = np.floor(x / flat_m - 0.5 * (row % 2) + 0.5).astype(np.int64)
        distance = ((column + 0.5 * (row % 2)) * flat_m - x) ** 2 + (row * (_RISE * flat_m) - y) ** 2
        nearer = distance <= best
        best_row, best_column = np.where(nearer, row, best_row), np.where(nearer, column, best_column)
        best = np.minimum(best, distance)
    return best_row, best_column


def _keys(row: Indices, column: Indices) -> Indices:
    return (row << 32) + (column + (1 << 31))


def _from_keys(keys: Indices) -> tuple[Indices, Indices]:
    return keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31)


def _find(sorted_keys: Indices, wanted: Indices) -> Indices:
    """Return the position of each wanted key, -1 where it is not there."""
    if not len(sorted_keys):
        return np.full(len(wanted), -1)
    position = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
    return np.where(sorted_keys[position] == wanted, position, -1)


def _neighbours(row: Indices, column: Indices) -> csr_array:
    keys = _keys(row, column)
    begins, ends = [], []
    for parity, steps in _STEPS.items():
        own = np.flatnonzero(row % 2 == parity)
        for up, right in steps:
            found = _find(keys, _keys(row[own] + up, column[own] + right))
            begins.append(own[found >= 0])
            ends.append(found[found >= 0])
    pairs = np.concatenate(begins), np.concatenate(ends)
    return csr_array((np.ones(len(pairs[0])), pairs), shape=(len(row), len(row)))


def _polygons(x: Floats, y: Floats, flat_m: float) -> NDArray[np.object_]:
    angle = np.radians(np.arange(30, 390, 60))
    reach = flat_m / np.sqrt(3)
    corners = np.stack([x[:, None] + reach * np.cos(angle), y[:, None] + reach * np.sin(angle)], axis=2)
    return np.asarray(shapely.polygons(corners), dtype=object) if len(x) else np.array([], dtype=object)
