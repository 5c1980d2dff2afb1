"""The visibility layer as files of its own: never in one file with the Red Zones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from domain.crs import require_crs
from maps.content import SiteIdentity
from maps.export_fields import Field, identity_values
from maps.export_files import ExportFormat, write_layer
from maps.visibility_views import in_sight_words

__all__ = ["VISIBLE_FIELDS", "visible_table", "write_visible_places"]

#: Every field of the layer, in order.
VISIBLE_FIELDS: tuple[Field, ...] = (
    Field("patrol_code", "ptrl_code", "text", "Code of the patrol area"),
    Field("rank", "rank", "whole", "Number of the place in its patrol area, as on its page"),
    Field("kind", "kind", "text", "people (where most live or work), or a kind of public place"),
    Field("name", "name", "text", "Name, or the street that it is near"),
    Field("grid_reference", "grid_ref", "text", "National grid reference"),
    Field("residents", "residents", "number", "Residents within 200 m, to the nearest ten; rough", -1),
    Field("workers", "workers", "number", "People at work within 200 m, to the nearest ten; empty if not loaded", -1),
    Field("in_sight", "in_sight", "text", "Public places within 200 m, where loaded: number and kind"),
    Field("is_low_confidence", "low_conf", "number", "1 where confidence is likely below the force; empty if unknown"),
    Field("marking", "marking", "text", "Protective marking"),
    Field("period", "period", "text", "First and last month of the data"),
    Field("valid_until", "valid_to", "text", "Last day of validity"),
    Field("run", "run", "text", "Fingerprint of the run"),
)


def visible_table(places: gpd.GeoDataFrame, identity: SiteIdentity) -> gpd.GeoDataFrame:
    """
    Return the places with the fields of `VISIBLE_FIELDS`, rounded to published precision.

    Parameters
    ----------
    places
        As `hotspots.results.VisibilityResult.places`.
    identity
        What every row carries.

    Raises
    ------
    CrsError
        If the places are not in the analysis CRS.
    """
    require_crs(places, identity.analysis_epsg, what="the table of visible places")
    ordered = places.reset_index(drop=True)
    constant = identity_values(identity)
    columns: dict[str, Any] = {}
    for field in VISIBLE_FIELDS:
        values = pd.Series(constant.get(field.name), index=ordered.index, dtype=object)
        if field.name not in constant and field.name in ordered:
            values = ordered[field.name]
        columns[field.name] = _column(field, values)
    return gpd.GeoDataFrame(columns, geometry=ordered.geometry.to_numpy(), crs=places.crs)


def _column(field: Field, values: pd.Series) -> pd.Series:
    if field.name == "in_sight":
        return values.map(in_sight_words).astype("str")
    if field.kind == "text":
        return values.astype("str")
    if field.kind == "whole":
        return values.astype("int32")
    return pd.Series([float(v) if v is not None else None for v in values], dtype="float64").round(field.decimals)


def write_visible_places(
    places: gpd.GeoDataFrame,
    path: Path,
    *,
    format: ExportFormat,  # noqa: A002 - the word that the command line uses
    identity: SiteIdentity,
) -> Path:
    """
    Write the layer; the same places and identity give the same bytes.

    Parameters
    ----------
    places
        As `hotspots.results.VisibilityResult.places`.
    path
        Path of the file; the format's own suffix is added where it lacks it.
    format
        `shp`, `gpkg`, `geojson` or `csv`.
    identity
        What every row carries.
    """
    table = visible_table(places, identity)
    return write_layer(
        table, path, format=format, identity=identity, fields=VISIBLE_FIELDS, what="Visible places", shape="Point"
    )
