"""Shapefile zips and GeoPackages that are byte for byte the same for the same content, whatever the clock says."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import pyogrio

from maps.content import SiteIdentity
from maps.export_fields import dictionary_csv, identity_values, readme, shapefile_table

__all__ = ["write_geopackage", "write_shapefile_zip", "zip_files"]

_LAYER = "red_zones"
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


def write_shapefile_zip(table: gpd.GeoDataFrame, path: Path, *, identity: SiteIdentity) -> None:
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
    """
    day = data_day(identity)
    short, notes = shapefile_table(table)
    dictionary = dictionary_csv(notes)
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
                geometry_type="Polygon",
                ENCODING="UTF-8",
                DBF_DATE_LAST_UPDATE=day.isoformat(),
            )
        members = {f"{stem}{part}": shapefile.with_suffix(part).read_bytes() for part in _PARTS}
    members[f"{stem}-fields.csv"] = dictionary.encode()
    members["README.txt"] = readme(identity, notes).encode()
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


def write_geopackage(table: gpd.GeoDataFrame, path: Path, *, identity: SiteIdentity) -> None:
    """
    Write a GeoPackage with one layer, `red_zones`.

    Parameters
    ----------
    table
        As `maps.export_fields.zone_table`.
    path
        Path of the file.
    identity
        What every export carries; also the layer's description.
    """
    path.unlink(missing_ok=True)
    values = identity_values(identity)
    description = ". ".join(part for part in values.values() if part)
    with _gdal_clock(data_day(identity)):
        pyogrio.write_dataframe(
            table,
            path,
            layer=_LAYER,
            driver="GPKG",
            geometry_type="MultiPolygon",
            promote_to_multi=True,
            layer_options={"IDENTIFIER": f"Red Zones of {identity.force_name}", "DESCRIPTION": description},
            layer_metadata=values,
        )
