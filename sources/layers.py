"""Context layers: roads, water, greenspace, names, and ground that no patrol can walk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely

from domain.errors import Fault, SourceError
from domain.records import ContextLayer, LayerKind
from sources.tables import join_faults
from sources.vectors import check_fit, read_vector

__all__ = ["read_layer"]

_POINTS, _LINES, _SURFACES = frozenset({0, 4}), frozenset({1, 2, 5}), frozenset({3, 6})
#: Types of shape (as shapely numbers them) that suit each kind.
_SUITABLE: Mapping[LayerKind, frozenset[int]] = MappingProxyType(
    {
        LayerKind.ROADS: _LINES,
        LayerKind.WATER: _LINES | _SURFACES,
        LayerKind.GREENSPACE: _SURFACES,
        LayerKind.NAMES: _POINTS | _SURFACES,
        LayerKind.NO_PATROL: _SURFACES,
    }
)
_NEEDED: Mapping[LayerKind, str] = MappingProxyType(
    {
        LayerKind.ROADS: "lines",
        LayerKind.WATER: "lines or polygons",
        LayerKind.GREENSPACE: "polygons",
        LayerKind.NAMES: "points or polygons",
        LayerKind.NO_PATROL: "polygons",
    }
)
#: Columns that hold a name in OS Open Zoomstack, OpenMap Local and Open Names, and in OpenStreetMap extracts.
_NAME_COLUMNS = ("name", "name1", "names", "distname", "roadname", "feature_name", "name_1", "roadnumber")


def read_layer(
    path: Path, *, kind: LayerKind, layer: str | None = None, name_column: str | None = None
) -> ContextLayer:
    """
    Read a layer of context: GeoJSON, GeoPackage, shapefile or KML.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    kind
        What its features are.
    layer
        Name of the layer in a file that holds several, such as OS Open Zoomstack.
    name_column
        Column of the features' names; by default one that is called like it, or none.

    Returns
    -------
    ContextLayer
        The features in file order, in the file's own CRS.

    Raises
    ------
    SourceError
        If the file cannot be read, or has missing shapes or shapes that do not suit the kind.
    CrsError
        If the CRS is missing or the coordinates do not fit it.
    """
    features, sha256 = read_vector(path, layer=layer)
    shapes = features.geometry.to_numpy()
    _refuse_unsuitable(shapes, kind, path.name)
    check_fit(features, file=path.name, has_british_codes=False)
    return ContextLayer(
        kind=kind,
        file_name=path.name if layer is None else f"{path.name} {layer}",
        sha256=sha256,
        frame=gpd.GeoDataFrame(
            {"feature_name": _names(features, name_column, path.name)}, geometry=shapes, crs=features.crs
        ),
    )


def _refuse_unsuitable(shapes: np.ndarray, kind: LayerKind, file: str) -> None:
    is_missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    is_other = ~is_missing & ~np.isin(shapely.get_type_id(shapes), sorted(_SUITABLE[kind]))
    faults = [Fault("the feature has no shape", file=file, row=int(i) + 1) for i in np.flatnonzero(is_missing)]
    faults += [
        Fault(f"a {shapes[i].geom_type} is none of the shapes of {kind}, {_NEEDED[kind]}", file=file, row=int(i) + 1)
        for i in np.flatnonzero(is_other)
    ]
    if faults:
        raise join_faults(faults, what=f"{file} is no layer of {kind}", hint="Export only the features that are.")


def _names(features: gpd.GeoDataFrame, wanted: str | None, file: str) -> list[str | None]:
    columns = {str(column).lower(): column for column in features.columns if column != features.geometry.name}
    if wanted is not None:
        found = columns.get(wanted.lower())
        if found is None:
            raise SourceError.at(
                "there is no such column", file=file, column=wanted, remedy=f"It has: {', '.join(columns)}."
            )
    else:
        found = next((columns[name] for name in _NAME_COLUMNS if name in columns), None)
    if found is None:
        return [None] * len(features)
    return [str(value).strip() or None if isinstance(value, str) else None for value in features[found]]
