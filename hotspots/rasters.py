"""
Square pixels over a force: what share of each pixel lies in it, and sums of pixels into larger cells.

Pixels lie on whole multiples of their size in the analysis CRS, whatever the outline of the force, so that rasters of
different months, and of a force that has gained an empty corner, fit on one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from domain.errors import AnalysisError

__all__ = ["ForceRaster", "block_sums", "force_outline", "force_raster", "rasterise"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Sums of edge pieces leave rounding of about 1e-12 of a pixel; anything this near to empty or full is exactly that.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ForceRaster:
    """
    The pixels of a force.

    Parameters
    ----------
    west, south
        South-west corner, metres in the analysis CRS.
    pixel_m
        Side of a pixel, metres.
    area_m2
        Area of the force in each pixel, exact, shape (n_rows, n_columns); row 0 is the southernmost.
    inside
        Whether at least half of the pixel lies in the force (or an incident of the force was put there), same shape.
    """

    west: float
    south: float
    pixel_m: float
    area_m2: Floats
    inside: NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and of columns."""
        n_rows, n_columns = self.area_m2.shape
        return n_rows, n_columns

    def pixel_of(self, x: Floats, y: Floats) -> tuple[Indices, Indices]:
        """
        Return row and column of points, each of shape (n,).

        Raises
        ------
        AnalysisError
            If a point lies beyond the raster.
        """
        column = np.floor((x - self.west) / self.pixel_m).astype(np.int64)
        row = np.floor((y - self.south) / self.pixel_m).astype(np.int64)
        n_rows, n_columns = self.shape
        if ((row < 0) | (row >= n_rows) | (column < 0) | (column >= n_columns)).any():
            raise AnalysisError(
                "a place that is marked as inside the force lies far outside its outline",
                hint="Load the force's boundary again and refresh.",
            )
        return row, column

    def holding(self, x: Floats, y: Floats) -> ForceRaster:
        """Return this raster with the pixels of these points counted as inside, so that no incident is lost."""
        inside = self.inside.copy()
        inside[self.pixel_of(x, y)] = True
        return ForceRaster(self.west, self.south, self.pixel_m, self.area_m2, inside)


def force_outline(force: gpd.GeoDataFrame) -> shapely.Geometry:
    """
    Return the one geometry of a force.

    Raises
    ------
    AnalysisError
        If it has no area.
    """
    outline = shapely.union_all(force.geometry.to_numpy())
    if outline is None or shapely.area(outline) <= 0:
        raise AnalysisError("the force has no area", hint="Load the force's boundary.")
    return outline


def force_raster(outline: shapely.Geometry, *, pixel_m: float, anchor_m: float | None = None) -> ForceRaster:
    """
    Lay pixels over a force and measure how much of each lies in it.

    Parameters
    ----------
    outline
        Polygon or MultiPolygon of the force (islands and holes are fine), metres in the analysis CRS.
    pixel_m
        Side of a pixel, metres.
    anchor_m
        Corners of the raster are whole multiples of this many metres; the pixel's side by default.

    Notes
    -----
    The area of a polygon in each pixel is the signed sum, over the pieces of its edges in that row, of the area to the
    right of the piece (as in anti-aliased font rendering): one pass over the edges, exact up to rounding.

    Examples
    --------
    >>> raster = force_raster(shapely.box(10, 0, 95, 75), pixel_m=50)
    >>> raster.area_m2.tolist()
    [[2000.0, 2250.0], [1000.0, 1125.0]]
    """
    anchor = pixel_m if anchor_m is None else anchor_m
    west, south, east, north = shapely.bounds(outline)
    west, south = (np.floor(low / anchor) * anchor for low in (west, south))
    n_columns, n_rows = (_n_pixels(extent, pixel_m, anchor) for extent in (east - west, north - south))
    share = _coverage(outline, west, south, pixel_m, (n_rows, n_columns))
    return ForceRaster(float(west), float(south), pixel_m, share * pixel_m**2, share >= 0.5)


def _n_pixels(extent_m: float, pixel_m: float, anchor_m: float) -> int:
    # One more block than needed: points on the far edge belong to the next pixel.
    return (int(extent_m // anchor_m) + 1) * round(anchor_m / pixel_m)


def _coverage(outline: shapely.Geometry, west: float, south: float, pixel_m: float, shape: tuple[int, int]) -> Floats:
    """Return the share of every pixel that lies in the outline."""
    begin, end = _edges(outline)
    corner = np.array([west, south])
    begin, end = _split_at_grid_lines((begin - corner) / pixel_m, (end - corner) / pixel_m)
    middle = (begin + end) / 2
    column, row = (np.floor(middle[:, i]).astype(np.int64) for i in (0, 1))
    # Exteriors run anticlockwise, so that edges going down have the polygon on their right.
    fall = begin[:, 1] - end[:, 1]
    within = middle[:, 0] - column
    n_rows, n_columns = shape
    width = n_columns + 1
    flat = np.bincount(row * width + column, fall * (1 - within), minlength=n_rows * width)
    flat += np.bincount(row * width + column + 1, fall * within, minlength=n_rows * width)
    share = flat.reshape(n_rows, width).cumsum(axis=1)[:, :n_columns]
    share[share < _ROUNDING] = 0.0
    share[share > 1 - _ROUNDING] = 1.0
    return np.ascontiguousarray(share)


def _edges(outline: shapely.Geometry) -> tuple[Floats, Floats]:
    """Return begin and end of every edge, exteriors anticlockwise and holes clockwise, each of shape (n, 2)."""
    polygons = shapely.get_parts(outline)
    polygons = polygons[shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON]
    rings = shapely.get_rings(shapely.orient_polygons(polygons))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    is_edge = ring[1:] == ring[:-1]
    return coordinates[:-1][is_edge], coordinates[1:][is_edge]


def _split_at_grid_lines(begin: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Cut edges wherever they cross a whole coordinate, so that every piece lies in one pixel."""
    n_edges = len(begin)
    edges, cuts = [np.arange(n_edges), np.arange(n_edges)], [np.zeros(n_edges), np.ones(n_edges)]
    for axis in (0, 1):
        low = np.minimum(begin[:, axis], end[:, axis])
        high = np.maximum(begin[:, axis], end[:, axis])
        first = np.floor(low).astype(np.int64) + 1
        n_lines = np.maximum(np.ceil(high).astype(np.int64) - first, 0)
        edge = np.repeat(np.arange(n_edges), n_lines)
        line = np.arange(len(edge)) - np.repeat(np.cumsum(n_lines) - n_lines, n_lines) + first[edge]
        edges.append(edge)
        cuts.append((line - begin[edge, axis]) / (end[edge, axis] - begin[edge, axis]))
    edge, cut = np.concatenate(edges), np.concatenate(cuts)
    order = np.lexsort((cut, edge))
    edge, cut = edge[order], cut[order]
    point = begin[edge] + cut[:, None] * (end - begin)[edge]
    is_piece = edge[1:] == edge[:-1]
    return point[:-1][is_piece], point[1:][is_piece]


def rasterise(raster: ForceRaster, x: Floats, y: Floats, weights: Floats) -> Floats:
    """
    Sum the weights of points into the pixels that hold them.

    Parameters
    ----------
    raster
        The pixels.
    x, y, weights
        Points and their weights, each of shape (n,).

    Returns
    -------
    array of shape (n_rows, n_columns)
        The sums; a point on a line between pixels belongs to the pixel north or east of it.
    """
    row, column = raster.pixel_of(x, y)
    n_rows, n_columns = raster.shape
    sums = np.bincount(row * n_columns + column, weights, minlength=n_rows * n_columns)
    return sums.astype(np.float64, copy=False).reshape(n_rows, n_columns)


def block_sums(values: Floats, *, size: int, shifts: Sequence[tuple[int, int]] = ((0, 0),)) -> list[Floats]:
    """
    Sum pixels into square cells, for one or several positions of the cells.

    Parameters
    ----------
    values
        Array of shape (n_rows, n_columns), both multiples of `size`.
    size
        Pixels on the side of a cell.
    shifts
        For each position, the pixels by which the lines of the cells are moved north and east, 0 to `size` - 1.

    Returns
    -------
    list of arrays, each of shape (n_cells,)
        Sums of the cells for each position, southern row first; a border of part-cells is added, so that every
        position has as many cells and the same total.

    Examples
    --------
    >>> unmoved, moved_east = block_sums(np.ones((2, 2)), size=2, shifts=[(0, 0), (0, 1)])
    >>> unmoved.tolist(), moved_east.tolist()
    ([4.0, 0.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0])
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    sums = np.empty((len(shifts), len(values) // size + 1, values.shape[1] // size + 1))
    for north in dict.fromkeys(north for north, _ in shifts):
        places = np.array([i for i, shift in enumerate(shifts) if shift[0] == north], dtype=np.int64)
        _add_up_blocks(values, size, north, places, np.array([east for _, east in shifts], dtype=np.int64), sums)
    return [of_shift.ravel() for of_shift in sums]


@numba.njit(cache=True, nogil=True)
def _add_up_blocks(  # pragma: no cover - compiled
    values: Floats, size: int, north: int, places: Indices, easts: Indices, sums: Floats
) -> None:
    """Add up the rows of each row of cells once, and from these the cells of every shift to the east."""
    n_rows, n_columns = values.shape
    column_sums = np.empty(n_columns)
    for row in range(sums.shape[1]):
        below = row * size - (size - north) % size
        column_sums[:] = 0.0
        for r in range(max(below, 0), min(below + size, n_rows)):
            column_sums += values[r]
        for place in places:
            left = -((size - easts[place]) % size)
            for column in range(sums.shape[2]):
                total = 0.0
                for c in range(max(left, 0), min(left + size, n_columns)):
                    total += column_sums[c]
                sums[place, row, column] = total
                left += size
