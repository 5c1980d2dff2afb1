"""Segments of every small area for GIS and spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from domain.crs import require_crs
from maps.content import SiteIdentity
from maps.export_fields import Field, identity_values
from maps.export_files import ExportFormat, write_layer
from segmentation.results import SegmentationResult

__all__ = ["SEGMENT_FIELDS", "segment_layer", "write_segments"]

#: Every field of a small area's segments, in order.
SEGMENT_FIELDS: tuple[Field, ...] = (
    Field("area_code", "area_code", "text", "Code of the small area"),
    Field("area_name", "area_name", "text", "Name of the small area"),
    Field("state", "state", "text", "ok, or no_data where the area is in no segment"),
    Field("group_code", "group_code", "text", "Code of its community group: areas alike in their people"),
    Field("group_name", "group_name", "text", "Plain name of the community group"),
    Field("group_name_state", "group_st", "text", "Whether a person approved that name: approved or proposed"),
    Field("environment_code", "env_code", "text", "Code of its environment: within the group, alike in its streets"),
    Field("environment_name", "env_name", "text", "Plain name of the environment"),
    Field("environment_name_state", "env_st", "text", "Whether a person approved that name: approved or proposed"),
    Field("second_code", "second", "text", "The group that comes second"),
    Field("second_ratio", "sec_ratio", "number", "Distance to the second group over that to the own, 1 = a tie", 4),
    Field("is_doubtful", "doubtful", "flag", "1 where the second group is within 10 per cent: read with care"),
    Field("marking", "marking", "text", "Protective marking"),
    Field("period", "period", "text", "First and last month of the data"),
    Field("valid_until", "valid_to", "text", "Last day of validity"),
    Field("run", "run", "text", "Fingerprint of the run"),
)


def segment_layer(areas: gpd.GeoDataFrame, result: SegmentationResult, identity: SiteIdentity) -> gpd.GeoDataFrame:
    """
    Return every small area with its segments, in order of code; one that is in none says so.

    Parameters
    ----------
    areas
        `domain.schemas.AREAS` in the analysis CRS.
    result
        The segments.
    identity
        What every row carries.

    Raises
    ------
    CrsError
        If the areas are not in the analysis CRS.
    """
    require_crs(areas, identity.analysis_epsg, what="the table of small areas")
    ordered = areas.sort_values("area_code", kind="stable").reset_index(drop=True)
    member = result.membership.set_index("area_code").reindex(ordered["area_code"]).reset_index(drop=True)
    named = result.segments.set_index("segment_code")
    is_known = member["group_code"].notna()
    constant = identity_values(identity)
    values: dict[str, Any] = {
        "area_code": ordered["area_code"],
        "area_name": ordered["area_name"],
        "state": pd.Series(np.where(is_known, "ok", "no_data")),
        "second_code": member["second_code"],
        "second_ratio": member["second_ratio"].astype("float64"),
        "is_doubtful": member["is_doubtful"].eq(True),
    }
    for level in ("group", "environment"):
        values[f"{level}_code"] = member[f"{level}_code"]
        values[f"{level}_name"] = member[f"{level}_code"].map(named["name"])
        values[f"{level}_name_state"] = member[f"{level}_code"].map(named["name_state"])
    columns = {
        field.name: _column(field, pd.Series(constant[field.name], index=ordered.index))
        if field.name in constant
        else _column(field, values[field.name])
        for field in SEGMENT_FIELDS
    }
    return gpd.GeoDataFrame(columns, geometry=ordered.geometry.to_numpy(), crs=areas.crs)


def _column(field: Field, values: pd.Series) -> pd.Series:
    if field.kind == "text":
        return pd.Series([str(v) if isinstance(v, str) else None for v in values], dtype="str")
    return values.round(field.decimals) if field.kind == "number" else values.astype("int32")


def write_segments(
    areas: gpd.GeoDataFrame,
    result: SegmentationResult,
    path: Path,
    *,
    format: ExportFormat,  # noqa: A002 - the word that the command line uses
    identity: SiteIdentity,
) -> Path:
    """
    Write the segments of every small area.

    Parameters
    ----------
    areas, result
        As in `segment_layer`.
    path
        Path of the file; the format's own suffix is added where it lacks it.
    format
        `shp` (a zip with a field dictionary, also written beside it), `gpkg`, `geojson` or `csv` (without geometry).
    identity
        What every row carries.

    Returns
    -------
    Path
        The file written. The same segments and identity give the same bytes.

    Raises
    ------
    CrsError
        If the areas are not in the analysis CRS.
    PublicationError
        If the format is unknown.
    """
    table = segment_layer(areas, result, identity)
    return write_layer(table, path, format=format, identity=identity, fields=SEGMENT_FIELDS, what="Segments")
