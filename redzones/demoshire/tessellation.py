"""
Cells that fill the plane with crooked edges, and the polygons that groups of cells make.

The cells are a Voronoi tessellation whose straight edges are replaced by jagged ones. An edge may wander only inside
the *kite* between its two ends and the two seeds beside it. Kites of different edges do not overlap, and inside its
kite an edge is the graph of a function, so no two edges ever cross and every polygon is valid by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi

__all__ = ["Tessellation", "hex_points", "neighbours_of", "tessellate"]

_JAG = 0.13
_KITE_SHARE = 0.7
_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Tessellation:
    """
    Cells and the edges between them.

    Parameters
    ----------
    xy
        Seeds of shape (n_cells, 2), metres; the cells of the county first, the surroundings after them.
    n_inside
        Number of cells that belong to the county.
    pairs
        Cells on both sides of each edge, shape (n_edges, 2).
    edges
        LineStrings of shape (n_edges,), crooked, ends shared exactly.
    """

    xy: NDArray[np.float64]
    n_inside: int
    pairs: NDArray[np.int64]
    edges: NDArray[Any]

    def neighbours(self) -> list[list[int]]:
        """Return the cells of the county beside each cell of the county, in ascending order."""
        return neighbours_of(self.pairs[(self.pairs < self.n_inside).all(axis=1)], n=self.n_inside)

    def polygons(self, labels: NDArray[np.int64], anchors: NDArray[np.int64]) -> NDArray[Any]:
        """
        Return the polygon of each group of cells.

        Parameters
        ----------
        labels
            Group of each cell of the county, shape (n_inside,); every group is connected.
        anchors
            One cell of each group, shape (n_groups,).

        Returns
        -------
        array of Polygons
            Shape (n_groups,), in the order of `anchors`.
        """
        both = np.full(len(self.xy), -1, dtype=np.int64)
        both[: self.n_inside] = labels
        is_border = both[self.pairs[:, 0]] != both[self.pairs[:, 1]]
        faces = shapely.get_parts(shapely.polygonize(self.edges[is_border]))
        face, seed = shapely.STRtree(np.asarray(shapely.points(self.xy[anchors]))).query(faces, predicate="contains")
        chosen = np.empty(len(anchors), dtype=object)
        chosen[seed] = faces[face]
        return shapely.normalize(chosen)


def neighbours_of(pairs: NDArray[np.int64], *, n: int) -> list[list[int]]:
    """Return the ascending neighbours of each of `n` nodes from pairs of nodes."""
    sets: list[set[int]] = [set() for _ in range(n)]
    for a, b in pairs.tolist():
        if a != b:
            sets[a].add(b)
            sets[b].add(a)
    return [sorted(found) for found in sets]


def hex_points(
    bounds: tuple[float, float, float, float], *, spacing_m: float, jitter: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """
    Return a jittered hexagonal grid of points.

    Parameters
    ----------
    bounds
        West, south, east, north in metres.
    spacing_m
        Distance between neighbours.
    jitter
        Largest shift as a share of the spacing.
    rng
        Source of randomness.

    Returns
    -------
    array
        Shape (n, 2).
    """
    west, south, east, north = bounds
    columns = np.arange(float(west), east, spacing_m)
    rows = np.arange(float(south), north, spacing_m * np.sqrt(3) / 2)
    x, y = np.meshgrid(columns, rows)
    x[1::2] += spacing_m / 2
    points = np.column_stack([x.ravel(), y.ravel()])
    return points + rng.uniform(-jitter, jitter, size=points.shape) * spacing_m


def tessellate(inside: NDArray[np.float64], around: NDArray[np.float64], *, rng: np.random.Generator) -> Tessellation:
    """
    Make the cells of the given seeds.

    Parameters
    ----------
    inside
        Seeds of the county, shape (n_inside, 2), metres.
    around
        Seeds of the surroundings, shape (n_around, 2), which must enclose the county.
    rng
        Source of the jags.
    """
    xy = np.concatenate([inside, around])
    voronoi = Voronoi(xy)
    vertices = np.array(voronoi.ridge_vertices)
    pairs = np.asarray(voronoi.ridge_points, dtype=np.int64)
    wanted = (vertices >= 0).all(axis=1) & (pairs < len(inside)).any(axis=1)
    order = np.lexsort((pairs[wanted].max(axis=1), pairs[wanted].min(axis=1)))
    ends, pairs = vertices[wanted][order], pairs[wanted][order]
    edges = _crooked(voronoi.vertices[ends[:, 0]], voronoi.vertices[ends[:, 1]], xy[pairs[:, 0]], xy[pairs[:, 1]], rng)
    return Tessellation(xy=xy, n_inside=len(inside), pairs=pairs, edges=edges)


def _crooked(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    seed_a: NDArray[np.float64],
    seed_b: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Return jagged LineStrings by midpoint displacement, held inside the kites."""
    along = end - start
    length = np.hypot(along[:, 0], along[:, 1])
    safe = np.maximum(length, 1e-9)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / safe[:, None]
    t = np.linspace(0, 1, 2**_DEPTH + 1)
    offset = _midpoint_offsets(length, rng)
    foot_a, height_a = _foot_and_height(start, along, safe, normal, seed_a)
    foot_b, height_b = _foot_and_height(start, along, safe, normal, seed_b)
    room_a, room_b = (_kite_room(t, f, h) for f, h in ((foot_a, height_a), (foot_b, height_b)))
    up = np.where((height_a > 0)[:, None], room_a, room_b)
    down = np.where((height_a > 0)[:, None], room_b, room_a)
    offset = np.clip(offset, -_KITE_SHARE * down, _KITE_SHARE * up)
    offset[:, [0, -1]] = 0.0
    line = start[:, None, :] + t[None, :, None] * along[:, None, :] + offset[:, :, None] * normal[:, None, :]
    line[:, -1, :] = end  # exactly the vertex that the neighbouring edges share
    return np.asarray(shapely.linestrings(line))


def _midpoint_offsets(length: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    offset = np.zeros((len(length), 2**_DEPTH + 1))
    for level in range(_DEPTH):
        step = 2 ** (_DEPTH - level)
        for middle in range(step // 2, 2**_DEPTH, step):
            mean = (offset[:, middle - step // 2] + offset[:, middle + step // 2]) / 2
            offset[:, middle] = mean + _JAG * length / 2**level * rng.standard_normal(len(length))
    return offset


def _foot_and_height(
    start: NDArray[np.float64],
    along: NDArray[np.float64],
    length: NDArray[np.float64],
    normal: NDArray[np.float64],
    seed: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where a seed stands beside its edge: position along it (0 to 1 between the ends) and signed distance."""
    away = seed - start
    return (away * along).sum(axis=1) / length**2, (away * normal).sum(axis=1)


def _kite_room(t: NDArray[np.float64], foot: NDArray[np.float64], height: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the edge may wander towards a seed at each t: the height of the triangle of ends and seed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = np.where(foot[:, None] > 0, t[None, :] / foot[:, None], np.inf)
        falling = np.where(foot[:, None] < 1, (1 - t)[None, :] / (1 - foot)[:, None], np.inf)
    share: NDArray[np.float64] = np.minimum(np.minimum(rising, falling), 1e6)
    return np.abs(height)[:, None] * share
