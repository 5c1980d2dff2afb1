"""Which areas touch: a contiguity graph from shared vertices or shared edges, by hashing, without pairwise geometry."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from domain.errors import AnalysisError

__all__ = ["contiguity"]


def contiguity(areas: gpd.GeoSeries, *, kind: str = "queen", precision_m: float = 0.01) -> csr_array:
    """
    Return which areas of a coverage touch.

    Queen: they share a vertex. Rook: they share an edge (two consecutive vertices). Vertices are compared on a grid, so
    the areas must come from one coverage whose shared borders have the same vertices.

    Parameters
    ----------
    areas
        Polygons of shape (n_areas,), in a projected CRS.
    kind
        `queen` or `rook`.
    precision_m
        Side of the grid on which vertices are compared, in units of the CRS (metres).

    Returns
    -------
    csr_array
        Symmetric boolean adjacency of shape (n_areas, n_areas), with an empty diagonal and sorted indices.

    Raises
    ------
    AnalysisError
        If `kind` is unknown or an area is empty.

    Examples
    --------
    >>> from shapely import box
    >>> squares = gpd.GeoSeries([box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 1, 3, 2)])
    >>> contiguity(squares).toarray().astype(int).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    >>> contiguity(squares, kind="rook").sum()
    np.int64(2)
    """
    if kind not in {"queen", "rook"}:
        raise AnalysisError(f"contiguity is queen or rook, not {kind}")
    geometries = np.asarray(areas.array, dtype=object)
    if shapely.is_missing(geometries).any() or shapely.is_empty(geometries).any():
        raise AnalysisError("contiguity needs a polygon for every area")
    parts, part_area = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    owner = part_area[ring_part][ring]
    vertex = _vertex_keys(coordinates, precision_m)
    if kind == "queen":
        return _pairs_by_key(vertex, owner, len(geometries))
    same_ring = ring[1:] == ring[:-1]
    low, high = np.minimum(vertex[1:], vertex[:-1])[same_ring], np.maximum(vertex[1:], vertex[:-1])[same_ring]
    return _pairs_by_key(_combined(low, high), owner[1:][same_ring], len(geometries))


def _vertex_keys(coordinates: NDArray[np.float64], precision_m: float) -> NDArray[np.int64]:
    """Return one whole number for each vertex, equal where two vertices fall on the same grid point."""
    grid = np.rint(coordinates / precision_m).astype(np.int64)
    grid -= grid.min(axis=0, initial=np.iinfo(np.int64).max)
    width = int(grid[:, 0].max(initial=0)) + 1
    return grid[:, 1] * width + grid[:, 0]


def _combined(low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one whole number for each pair of keys."""
    _, ranks = np.unique(np.concatenate([low, high]), return_inverse=True)
    ranks = ranks.astype(np.int64)
    return ranks[: len(low)] * (int(ranks.max(initial=0)) + 1) + ranks[len(low) :]


def _pairs_by_key(key: NDArray[np.int64], owner: NDArray[np.int64], n: int) -> csr_array:
    """Link the owners of equal keys: sorted by key, each owner of a run is paired with the others of the run."""
    order = np.lexsort((owner, key))
    key, owner = key[order], owner[order]
    keep = np.concatenate([[True], (key[1:] != key[:-1]) | (owner[1:] != owner[:-1])])
    key, owner = key[keep], owner[keep]
    rows, columns = [], []
    step = 1
    while step < len(key):
        same = np.flatnonzero(key[step:] == key[:-step])
        if not len(same):
            break
        rows.append(owner[same])
        columns.append(owner[same + step])
        step += 1
    if not rows:
        return csr_array((n, n), dtype=bool)
    left, right = np.concatenate(rows), np.concatenate(columns)
    links = np.unique(np.concatenate([left * n + right, right * n + left]))
    graph = coo_array((np.ones(len(links), dtype=bool), (links // n, links % n)), shape=(n, n))
    return csr_array(graph)
