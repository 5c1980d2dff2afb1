"""Which areas touch: a contiguity graph from shared vertices or shared edges, by hashing, without pairwise geometry."""

from __future__ import annotations

import geopandas as gpd
import numba
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from domain.errors import AnalysisError

__all__ = ["contiguity"]

_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

# Of the sort by buckets: keys in each on average, and up to how many insertion is the faster sort.
_PER_BUCKET = 4
_SMALL = 48
#: Pairs that are remembered so as not to be written again.
_REMEMBERED = 65_536


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
        Side of the grid on which vertices are compared, in units of the CRS (metres); the areas may span 2^31 of them.

    Returns
    -------
    csr_array
        Symmetric boolean adjacency of shape (n_areas, n_areas), with an empty diagonal and sorted indices.

    Raises
    ------
    AnalysisError
        If `kind` is unknown, an area is not a polygon or empty, or the grid is too fine for the extent.

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
    if not np.isin(shapely.get_type_id(geometries), _POLYGONAL).all() or shapely.is_empty(geometries).any():
        raise AnalysisError("contiguity needs a polygon for every area")
    if not len(geometries):
        return csr_array((0, 0), dtype=bool)
    if kind == "queen":
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        return _graph(_vertex_keys(coordinates, precision_m), owner, len(geometries))
    parts, part_area = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    edge = _edge_keys(_vertex_keys(coordinates, precision_m))
    same_ring = ring[1:] == ring[:-1]
    return _graph(edge[same_ring], part_area[ring_part][ring][1:][same_ring], len(geometries))


def _vertex_keys(coordinates: NDArray[np.float64], precision_m: float) -> NDArray[np.int64]:
    """Return one whole number for each vertex, equal where two vertices fall on the same grid point."""
    # a column at a time: far quicker than along an axis of two
    low, high = (np.array([function(column) for column in coordinates.T]) for function in (np.min, np.max))
    low, high = np.rint(low / precision_m), np.rint(high / precision_m)
    if not (high - low).max() < 2**31:
        raise AnalysisError(f"a grid of {precision_m:g} is too fine for the extent of the areas")
    return _interleaved(coordinates, precision_m, low)


def _edge_keys(vertex: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one whole number for each two consecutive vertices, the same in both directions."""
    ordered, position = _in_buckets(vertex, np.arange(len(vertex)))
    rank = np.empty_like(vertex)
    rank[position] = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
    low, high = np.minimum(rank[1:], rank[:-1]), np.maximum(rank[1:], rank[:-1])
    return low * (int(rank.max()) + 1) + high


def _graph(key: NDArray[np.int64], owner: NDArray[np.int64], n: int) -> csr_array:
    """Link the owners of equal keys; owners come in rising order."""
    smaller, larger = np.divmod(_pairs_of_owners(key, owner, n), n)
    links = np.concatenate([smaller, larger]), np.concatenate([larger, smaller])
    graph = csr_array((np.ones(len(links[0]), dtype=bool), links), shape=(n, n))
    graph.sum_duplicates()
    return graph


# The kernels below are compiled once and kept on disk; tests also run them as plain Python.


@numba.njit(cache=True)
def _spread(number: int) -> int:  # pragma: no cover - compiled
    """Put a zero before each of the 31 bits of a number."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555


@numba.njit(cache=True)
def _interleaved(
    coordinates: NDArray[np.float64], precision_m: float, low: NDArray[np.float64]
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Interleave the bits of the grid coordinates (Morton order): what is near in space gets near numbers."""
    key = np.empty(len(coordinates), dtype=np.int64)
    for i in range(len(coordinates)):
        column = int(np.rint(coordinates[i, 0] / precision_m) - low[0])
        row = int(np.rint(coordinates[i, 1] / precision_m) - low[1])
        key[i] = _spread(column) | _spread(row) << 1
    return key


@numba.njit(cache=True)
def _sort_small(key: NDArray[np.int64], owner: NDArray[np.int64]) -> None:  # pragma: no cover - compiled
    """Sort a few keys and their owners in place, equal keys as they came."""
    for i in range(1, len(key)):
        moving_key, moving_owner, j = key[i], owner[i], i
        while j > 0 and key[j - 1] > moving_key:
            key[j], owner[j] = key[j - 1], owner[j - 1]
            j -= 1
        key[j], owner[j] = moving_key, moving_owner


@numba.njit(cache=True)
def _in_buckets(
    key: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # pragma: no cover - compiled
    """Sort keys and owners by key: into buckets of a few by the leading bits, then within each bucket."""
    base, shift = key.min(), 0
    while (key.max() - base) >> shift > len(key) // _PER_BUCKET:
        shift += 1
    starts = np.zeros(((key.max() - base) >> shift) + 2, dtype=np.int64)
    for i in range(len(key)):
        starts[((key[i] - base) >> shift) + 1] += 1
    starts = np.cumsum(starts)
    place = starts.copy()
    sorted_key, sorted_owner = np.empty_like(key), np.empty_like(owner)
    for i in range(len(key)):
        bucket = (key[i] - base) >> shift
        sorted_key[place[bucket]], sorted_owner[place[bucket]] = key[i], owner[i]
        place[bucket] += 1
    for bucket in range(len(starts) - 1):
        inside = slice(starts[bucket], starts[bucket + 1])
        if starts[bucket + 1] - starts[bucket] <= _SMALL:
            _sort_small(sorted_key[inside], sorted_owner[inside])
        else:
            order = np.argsort(sorted_key[inside], kind="mergesort")
            sorted_key[inside], sorted_owner[inside] = sorted_key[inside][order], sorted_owner[inside][order]
    return sorted_key, sorted_owner


@numba.njit(cache=True)
def _pairs_of_owners(
    key: NDArray[np.int64], owner: NDArray[np.int64], n: int
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Return `smaller * n + larger` for owners of equal keys, most pairs once: a border's vertices are near."""
    pairs, n_pairs = np.empty(1024, dtype=np.int64), 0
    if len(key) == 0:
        return pairs[:0]
    key, owner = _in_buckets(key, owner)
    lately = np.full(_REMEMBERED, -1, dtype=np.int64)
    begin = 0
    for end in range(1, len(key) + 1):
        if end < len(key) and key[end] == key[begin]:
            continue
        for i in range(begin, end):
            for j in range(i + 1, end):
                pair = owner[i] * n + owner[j]
                if owner[i] == owner[j] or lately[pair % _REMEMBERED] == pair:
                    continue
                lately[pair % _REMEMBERED] = pair
                if n_pairs == len(pairs):
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                pairs[n_pairs] = pair
                n_pairs += 1
        begin = end
    return pairs[:n_pairs]
