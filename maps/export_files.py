"""Shapefile zips and GeoPackages that are byte for byte the same for the same content, whatever the clock says."""

from __future__ import annotations

import json
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from domain.errors import PublicationError
from maps.content import SiteIdentity
from maps.export_fields import (
    ZONE_FIELDS,
    Field,
    dictionary_csv,
    identity_values,
    readme,
    shapefile_table,
    spreadsheet_safe,
)
from maps.geometry import geojson_geometries

__all__ = [
    "ExportFormat",
    "write_csv",
    "write_geojson",
    "write_geopackage",
    "write_layer",
    "write_shapefile_zip",
    "zip_files",
]

ExportFormat = Literal["shp", "gpkg", "geojson", "csv"]

_SUFFIX = {"shp": ".shp.zip", "gpkg": ".gpkg", "geojson": ".geojson", "csv": ".csv"}

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_FILE_MODE = 0o644


def data_day(identity: SiteIdentity) -> date:
    """Return the last day of the data month: the date that files carry instead of today's."""
    return identity.last_month.shift(1).first_day - timedelta(days=1)


@contextmanager
def _gdal_clock(day: date) -> Iterator[None]:
    """Let GDAL believe that it is noon of a given day."""
    name = "OGR_CURRENT_DATE"
    before = pyogrio.get_gdal_config_option(name)
    pyogrio.set_gdal_config_options({name: f"{day.isoformat()}T12:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({name: before})


def write_shapefile_zip(
    table: gpd.GeoDataFrame,
    path: Path,
    *,
    identity: SiteIdentity,
    fields: tuple[Field, ...] = ZONE_FIELDS,
    what: str = "Red Zones",
    shape: str = "Polygon",
) -> None:
    """
    Write a zipped shapefile with its field dictionary and read-me; the dictionary is also written beside the zip.

    Parameters
    ----------
    table
        As `maps.export_fields.zone_table`.
    path
        Path of the zip.
    identity
        What every export carries.
    fields, what
        Fields of the table, and what it is.
    shape
        `Polygon` or `Point`.
    """
    day = data_day(identity)
    short, notes = shapefile_table(table, fields)
    dictionary = dictionary_csv(notes, fields)
    stem = path.name.removesuffix(".zip").removesuffix(".shp")
    with tempfile.TemporaryDirectory() as scratch:
        shapefile = Path(scratch) / f"{stem}.shp"
        with _gdal_clock(day), warnings.catch_warnings():
            # An empty list of zones has no geometry type of its own; the stated one is right.
            warnings.filterwarnings("ignore", message=".*empty", category=UserWarning)
            pyogrio.write_dataframe(
                short,
                shapefile,
                driver="ESRI Shapefile",
                geometry_type=shape,
                ENCODING="UTF-8",
                DBF_DATE_LAST_UPDATE=day.isoformat(),
            )
        members = {f"{stem}{part}": shapefile.with_suffix(part).read_bytes() for part in _PARTS}
    members[f"{stem}-fields.csv"] = dictionary.encode()
    members["README.txt"] = readme(identity, notes, what=what).encode()
    zip_files(path, members, day=day)
    path.with_name(f"{stem}-fields.csv").write_text(dictionary, encoding="utf-8")


def zip_files(path: Path, members: dict[str, bytes], *, day: date) -> None:
    """
    Write a zip whose bytes depend on its members and the day alone.

    Parameters
    ----------
    path
        Path of the zip.
    members
        Content by name, in the order in which it is written.
    day
        Date that every member carries.
    """
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, date_time=(day.year, day.month, day.day, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = _FILE_MODE << 16
            archive.writestr(info, content)


def write_geopackage(
    table: gpd.GeoDataFrame, path: Path, *, identity: SiteIdentity, what: str = "Red Zones", shape: str = "Polygon"
) -> None:
    """
    Write a GeoPackage with one layer, such as `red_zones`.

    Parameters
    ----------
    table
        As `maps.export_fields.zone_table`.
    path
        Path of the file.
    identity
        What every export carries; also the layer's description.
    what
        What the rows are, which names the layer too.
    shape
        `Polygon` or `Point`.
    """
    path.unlink(missing_ok=True)
    values = identity_values(identity)
    description = ". ".join(part for part in values.values() if part)
    with _gdal_clock(data_day(identity)):
        pyogrio.write_dataframe(
            table,
            path,
            layer=what.lower().replace(" ", "_"),
            driver="GPKG",
            geometry_type=f"Multi{shape}",
            promote_to_multi=True,
            layer_options={"IDENTIFIER": f"{what} of {identity.force_name}", "DESCRIPTION": description},
            layer_metadata=values,
        )


def write_layer(
    table: gpd.GeoDataFrame,
    path: Path,
    *,
    format: ExportFormat,  # noqa: A002 - the word that the command line uses
    identity: SiteIdentity,
    fields: tuple[Field, ...] = ZONE_FIELDS,
    what: str = "Red Zones",
    shape: str = "Polygon",
) -> Path:
    """
    Write rows with a geometry for GIS or a spreadsheet; an existing file is replaced.

    Parameters
    ----------
    table
        Columns as `fields` says, and a geometry in the analysis CRS.
    path
        Path of the file; the format's own suffix is added where it lacks it.
    format
        `shp`, `gpkg`, `geojson` or `csv` (without geometry).
    identity
        What every export carries.
    fields, what
        Fields of the table, and what it is.
    shape
        `Polygon` or `Point`.

    Returns
    -------
    Path
        The file written. The same table and identity give the same bytes.

    Raises
    ------
    PublicationError
        If the format is unknown.
    """
    if format not in _SUFFIX:
        raise PublicationError(f'"{format}" is not an export format', hint=f"Choose one of {', '.join(_SUFFIX)}.")
    target = path if path.name.endswith(_SUFFIX[format]) else path.with_name(path.name + _SUFFIX[format])
    if format == "shp":
        write_shapefile_zip(table, target, identity=identity, fields=fields, what=what, shape=shape)
    elif format == "gpkg":
        write_geopackage(table, target, identity=identity, what=what, shape=shape)
    elif format == "geojson":
        write_geojson(table, target, identity)
    else:
        write_csv(pd.DataFrame(table.drop(columns="geometry")), target)
    return target


def write_geojson(table: gpd.GeoDataFrame, path: Path, identity: SiteIdentity) -> None:
    """Write features in longitude and latitude, rings as RFC 7946 wants them, with the identity as members."""
    rows = table.drop(columns="geometry").to_dict("records")
    features = [
        {"type": "Feature", "properties": _json_row(row), "geometry": shape}
        for row, shape in zip(
            rows, geojson_geometries(table.geometry.to_numpy(), epsg=identity.analysis_epsg), strict=True
        )
    ]
    document = {"type": "FeatureCollection", **identity_values(identity), "features": features}
    path.write_text(json.dumps(document, allow_nan=False, ensure_ascii=False, indent=None) + "\n", encoding="utf-8")


def _json_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return plain JSON values; a missing number is null."""
    values = {str(k): v.item() if isinstance(v, np.generic) else v for k, v in row.items()}
    return {k: None if v is None or v != v else v for k, v in values.items()}  # noqa: PLR0124 - NaN


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table whose texts no spreadsheet runs as a formula."""
    spreadsheet_safe(table).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
