"""Geometry for maps: simplified as a coverage, in longitude and latitude, with compact coordinates that stay valid."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from domain.crs import WGS84, require_crs, transform_points

__all__ = ["Bounds", "bounds_lat_lon", "common_borders", "geojson_geometries", "label_points", "simplify_areas"]

#: Decimals of a degree that a map keeps: 5 are about one metre.
COORDINATE_DECIMALS = 5

Geometries = NDArray[Any]

#: South-west and north-east corner, each (latitude, longitude).
Bounds = tuple[tuple[float, float], tuple[float, float]]


def simplify_areas(areas: gpd.GeoDataFrame, *, tolerance_m: float, epsg: int) -> gpd.GeoDataFrame:
    """
    Simplify areas so that neighbours keep their common border.

    Parameters
    ----------
    areas
        Areas (`domain.schemas.AREAS`) in the analysis CRS.
    tolerance_m
        About the size, in metres, of the details that go (square root of the area of a Visvalingam triangle).
    epsg
        EPSG code of the analysis CRS.

    Returns
    -------
    GeoDataFrame
        The same rows, in the same order. An area that the simplification would spoil keeps its own geometry.

    Raises
    ------
    CrsError
        If the areas are not in the analysis CRS.
    """
    require_crs(areas, epsg, what="the areas of a map")
    original = areas.geometry.to_numpy()
    if not len(areas):
        return areas
    simplified = shapely.coverage_simplify(original, tolerance_m)
    is_spoilt = shapely.is_empty(simplified) | ~shapely.is_valid(simplified)
    return areas.set_geometry(np.where(is_spoilt, original, simplified), crs=areas.crs)


def _to_degrees(geometries: Geometries, epsg: int) -> Geometries:
    def to_lon_lat(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = transform_points(coordinates[:, 0], coordinates[:, 1], source_epsg=epsg, target_epsg=WGS84)
        return np.column_stack([x, y])

    moved = shapely.transform(shapely.force_2d(geometries), to_lon_lat)
    grid = 10.0**-COORDINATE_DECIMALS
    # Plain rounding makes invalid polygons; this does not. A sliver thinner than the grid keeps its full coordinates.
    snapped = shapely.set_precision(moved, grid)
    return shapely.orient_polygons(np.where(shapely.is_empty(snapped), moved, snapped))


def geojson_geometries(geometries: Geometries, *, epsg: int) -> list[dict[str, Any]]:
    """
    Return GeoJSON geometries in longitude and latitude, rounded to a metre, still valid, rings as RFC 7946 wants them.

    Parameters
    ----------
    geometries
        Array of shape (n,) of shapely geometries in the analysis CRS.
    epsg
        EPSG code of the analysis CRS.
    """
    if not len(geometries):
        return []
    return [_rounded(shapely.geometry.mapping(shape)) for shape in _to_degrees(np.asarray(geometries), epsg)]


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": geometry["type"], "coordinates": _round_coordinates(geometry["coordinates"])}


def _round_coordinates(value: Any) -> Any:  # noqa: ANN401 - numbers nested to any depth
    if isinstance(value, (float, int)):
        return round(float(value), COORDINATE_DECIMALS)
    return [_round_coordinates(part) for part in value]


def bounds_lat_lon(boxes: NDArray[np.float64], *, epsg: int) -> list[Bounds]:
    """
    Return the corners of boxes as Leaflet wants them.

    Parameters
    ----------
    boxes
        Array of shape (n, 4): west, south, east, north, in the analysis CRS.
    epsg
        EPSG code of the analysis CRS.

    Returns
    -------
    list of pairs
        South-west and north-east corner of each, (latitude, longitude): the box that holds all four corners.
    """
    west, south, east, north = np.asarray(boxes, dtype=float).reshape(-1, 4).T
    x, y = np.concatenate([west, west, east, east]), np.concatenate([south, north, south, north])
    lon, lat = (part.reshape(4, -1) for part in transform_points(x, y, source_epsg=epsg, target_epsg=WGS84))
    low = np.stack([lat.min(axis=0), lon.min(axis=0)], axis=1).round(COORDINATE_DECIMALS).tolist()
    high = np.stack([lat.max(axis=0), lon.max(axis=0)], axis=1).round(COORDINATE_DECIMALS).tolist()
    return [((a[0], a[1]), (b[0], b[1])) for a, b in zip(low, high, strict=True)]


def common_borders(areas: Geometries) -> Geometries:
    """
    Return the borders of areas as lines, each border once though two areas share it.

    Parameters
    ----------
    areas
        Array of shape (n,) of polygons.

    Returns
    -------
    Array of shape (1,), or (0,) where there is no area
        One geometry of lines.
    """
    if not len(areas):
        return np.array([], dtype=object)
    return np.array([shapely.line_merge(shapely.union_all(shapely.boundary(np.asarray(areas))))])


def label_points(geometries: Geometries, *, epsg: int) -> list[tuple[float, float]]:
    """
    Return a point inside each geometry as (latitude, longitude), where its label stands.

    Parameters
    ----------
    geometries
        Array of shape (n,) in the analysis CRS.
    epsg
        EPSG code of the analysis CRS.
    """
    if not len(geometries):
        return []
    points = shapely.point_on_surface(np.asarray(geometries))
    lon, lat = transform_points(shapely.get_x(points), shapely.get_y(points), source_epsg=epsg, target_epsg=WGS84)
    return [(round(float(a), 5), round(float(b), 5)) for a, b in zip(lat, lon, strict=True)]
