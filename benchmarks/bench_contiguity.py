"""Queen contiguity of a national number of areas: ours against libpysal's graph."""

from __future__ import annotations

import argparse
import os
import time
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import shapely
from libpysal.graph import Graph

from domain.crs import BRITISH_NATIONAL_GRID
from spatialstats.contiguity import contiguity

_EXTENT_M = 400_000.0
_VERTEX_EVERY_M = 100.0
_SEED = 20090604


def tessellation(n_areas: int) -> gpd.GeoSeries:
    """Make areas that fill a square, with vertices along their borders as digitised boundaries have them."""
    points = np.random.default_rng(_SEED).uniform(0, _EXTENT_M, size=(n_areas, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.box(0, 0, _EXTENT_M, _EXTENT_M))
    )
    dense = shapely.segmentize(cells, _VERTEX_EVERY_M)
    return gpd.GeoSeries(shapely.transform(dense, lambda xy: xy.round(2)), crs=BRITISH_NATIONAL_GRID)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--areas", type=int, default=35_672)
    areas = tessellation(parser.parse_args().areas)
    vertices = shapely.get_num_coordinates(areas.array).mean()
    print(f"{len(areas):,} areas of {vertices:.0f} vertices on average, {os.cpu_count()} cores")

    began = time.perf_counter()
    ours = contiguity(areas)
    ours_s = time.perf_counter() - began

    began = time.perf_counter()
    graph = Graph.build_contiguity(areas, rook=False)
    peer_s = time.perf_counter() - began

    peer = graph.sparse.tocsr().astype(bool)
    differing = abs(ours.astype(int) - peer.astype(int)).sum()
    if differing:
        raise SystemExit(f"the two graphs differ in {differing} entries: no times are given")
    print(f"the same {ours.nnz // 2:,} pairs of neighbours")
    print(f"redzones                 {ours_s:7.2f} s")
    print(f"libpysal {version('libpysal'):<15} {peer_s:7.2f} s")
    print(f"ratio                    {peer_s / ours_s:7.1f}")


if __name__ == "__main__":
    main()
