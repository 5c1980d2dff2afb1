"""
Reading vector files through GDAL, without letting GDAL choose what to open.

GDAL recognises a file by its contents, and some contents name other files or addresses to read. So the contents are
looked at first, and only GeoJSON, GeoPackage, FlatGeobuf, shapefile, MapInfo, GML and KML are handed on, as bytes where
the format is one file. A zip is unpacked to a folder that is gone when its shapes are read.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from domain.crs import WGS84
from domain.errors import CrsError, SourceError
from sources.archive import is_archive, read_members
from sources.files import check_path, read_whole
from sources.places import UNITED_KINGDOM

__all__ = ["VECTOR_ENDINGS", "check_fit", "read_vector", "read_vector_bytes"]

# formats of several files: the parts that must be there, and those that may be
_PARTS = {
    ".shp": ((".shp", ".dbf", ".shx"), (".prj", ".cpg")),
    ".tab": ((".tab", ".dat", ".map", ".id"), (".ind",)),
    ".mif": ((".mif", ".mid"), ()),
}
_CHIEFS = {part: chief for chief, parts in _PARTS.items() for part in (*parts[0], *parts[1])}
_SINGLE = (".geojson", ".json", ".gpkg", ".fgb", ".gml", ".kml")
#: Endings of vector files other than KML, as a zip may hold them.
VECTOR_ENDINGS = tuple(ending for ending in (*_PARTS, *_SINGLE) if ending != ".kml")
_SHAPEFILE_MAGIC = b"\x00\x00\x27\x0a"
_MIF_MAGIC = re.compile(rb"\s*version\s+\d", re.IGNORECASE)
_FLATGEOBUF_MAGIC = b"fgb\x03fgb"
# a MapInfo table of its own; others are views of tables, or name further files
_NATIVE_TABLE = re.compile(rb"\s*!table\s.*?^\s*type\s+native\b", re.IGNORECASE | re.DOTALL | re.MULTILINE)
_OTHER_TABLES = re.compile(rb"seamless|create\s+view|^\s*file\s", re.IGNORECASE | re.MULTILINE)
# where the schema of a GML file lies, which may be an address
_SCHEMA_PLACE = re.compile(rb"""\s[\w:]*schemaLocation\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_FORMATS = "GeoJSON, GeoPackage, FlatGeobuf, shapefile, MapInfo, GML or KML"
_GEOPACKAGE_MAGIC = b"SQLite format 3\x00"
_DANGEROUS_XML = re.compile(rb"<!\s*(doctype|entity)", re.IGNORECASE)
# elements by which GDAL takes any text, wherever in its head they stand, for a list of other files or addresses to open
_OTHER_SOURCES = re.compile(rb"<\s*(OGR\w*DataSource|GDAL|VRTDataset|W[FM]T?S|CSW|TileMap)", re.IGNORECASE)
_MEMORY_NAME = re.compile(r"(/vsimem/)?pyogrio_[0-9a-f]+(\.\w+)?")
_MARGIN_DEG = 3.0


def read_vector(path: Path, *, layer: str | None = None) -> tuple[gpd.GeoDataFrame, str]:
    """
    Return the features of a vector file, with the CRS that the file states (or None), and its sha256.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, FlatGeobuf, GML or KML, plain or gzipped; a shapefile or MapInfo table (TAB, MIF) with its
        parts beside it; or a zip with one of these.
    layer
        Name of the layer to read, where the file holds several.

    Returns
    -------
    tuple
        The features in file order, and the fingerprint of the decompressed bytes (of all parts).

    Raises
    ------
    SourceError
        If the file is none of these, is damaged, holds no feature, lacks the layer, or holds several and none is named.
    """
    check_path(path)
    if path.suffix.lower() in _CHIEFS:
        return _read_parts(path, _CHIEFS[path.suffix.lower()], layer)
    if is_archive(path):
        return _read_zipped(path, layer)
    data, sha256 = read_whole(path)
    return _read(path, _checked(path, data), layer), sha256


def read_vector_bytes(name: str, data: bytes) -> gpd.GeoDataFrame:
    """
    Return the features of a vector file that is in memory, such as a member of an archive.

    Parameters
    ----------
    name
        Its name, for messages.
    data
        GeoJSON, GeoPackage, FlatGeobuf, GML or KML.

    Raises
    ------
    SourceError
        As `read_vector`.
    """
    path = Path(name)
    return _read(path, _checked(path, data), None)


def _read_zipped(path: Path, layer: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Unpack the parts of the one vector file of a zip to a folder of our own, and read it."""
    members = {PurePosixPath(name).name: data for name, data in read_members(path, endings=(*_CHIEFS, *_SINGLE))}
    chiefs = sorted(name for name in members if Path(name).suffix.lower() in {*_PARTS, *_SINGLE})
    if len(chiefs) != 1:
        found = f"{len(chiefs)} vector files ({', '.join(chiefs[:10])})" if chiefs else "no vector file"
        raise SourceError.at(
            f"the zip holds {found}, not one", file=path.name, remedy="Unpack it, and name the file that you need."
        )
    with TemporaryDirectory(prefix="redzones-") as folder:
        for name, data in members.items():
            (Path(folder) / name).write_bytes(data)
        return read_vector(Path(folder) / chiefs[0], layer=layer)


def _read_parts(named: Path, chief: str, layer: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Read a format of several files, whichever of them is named."""
    digest = hashlib.sha256()
    needed, allowed = _PARTS[chief]
    found: dict[str, Path] = {}
    for suffix in (*needed, *allowed):
        part = next((p for p in (named.with_suffix(suffix), named.with_suffix(suffix.upper())) if p.exists()), None)
        if part is not None:
            found[suffix] = part
        elif suffix in needed:
            raise SourceError.at(
                f"the part {named.with_suffix(suffix).name} of it is missing",
                file=named.name,
                remedy="Keep all parts of a shapefile or of a MapInfo table in one folder.",
            )
    for suffix, part in found.items():
        data, _ = read_whole(part)
        if suffix == chief:
            _check_chief(part, chief, data)
        digest.update(data)
    # an absolute path, so that nothing in its name can be read as a GDAL prefix
    return _read(found[chief], found[chief].resolve(), layer), digest.hexdigest()


def _check_chief(path: Path, chief: str, data: bytes) -> None:
    """Refuse a chief part that is not what its name says, or that names other files."""
    if chief == ".shp":
        is_right = data.startswith(_SHAPEFILE_MAGIC)
    elif chief == ".tab":
        is_right = bool(_NATIVE_TABLE.match(data)) and not _OTHER_TABLES.search(data)
    else:
        is_right = bool(_MIF_MAGIC.match(data))
    if not is_right:
        what = "a shapefile" if chief == ".shp" else "a MapInfo table of its own"
        raise SourceError.at(f"this is not {what}", file=path.name, remedy="Fetch or export it again.")
    if chief != ".shp":
        _refuse_other_sources(path, data)


def _checked(path: Path, data: bytes) -> bytes:
    """Return contents that are plainly one of the formats, without what would make GDAL look elsewhere."""
    _check_contents(path, data)
    return _SCHEMA_PLACE.sub(b"", data) if data[:1_000].lstrip().startswith((b"<", b"\xef\xbb\xbf<")) else data


def _check_contents(path: Path, data: bytes) -> None:
    """Refuse contents that are not plainly one of the formats, and XML that could pull in other files."""
    start = data[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith((_GEOPACKAGE_MAGIC, _FLATGEOBUF_MAGIC)):
        return
    _refuse_other_sources(path, data)
    if start.startswith(b"{"):
        _check_geojson(path, data)
    elif start.startswith(b"<"):
        _check_xml(path, data)
    else:
        raise SourceError.at(f"this is not {_FORMATS}", file=path.name, remedy="Export it as one of these.")


def _refuse_other_sources(path: Path, data: bytes) -> None:
    if found := _OTHER_SOURCES.search(data):
        raise SourceError.at(
            f"the contents name other files or addresses to read ({found[0].decode()[:30]}), and nothing is fetched",
            file=path.name,
            remedy="Export the shapes themselves as GeoJSON or GeoPackage.",
        )


def _check_geojson(path: Path, data: bytes) -> None:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError.at(
            f"the GeoJSON is broken or cut off ({error})", file=path.name, remedy="Fetch or export it again."
        ) from error
    if document.get("type") != "FeatureCollection" or b"gdal_streamed_alg" in data:
        raise SourceError.at(
            "the JSON is not a GeoJSON FeatureCollection", file=path.name, remedy="Export it as GeoJSON."
        )
    if not document.get("features"):
        raise SourceError.at("the file holds no feature", file=path.name, remedy="Fetch or export it again.")


def _check_xml(path: Path, data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError.at("the XML is not UTF-8", file=path.name, remedy="Save it as UTF-8.") from error
    if _DANGEROUS_XML.search(data):
        raise SourceError.at(
            "the XML declares a document type or an entity, which could pull in other files",
            file=path.name,
            remedy="Remove the declaration if you trust where the file comes from.",
        )
    if b"<kml" not in data[:10_000] and b"opengis.net/gml" not in data[:10_000]:
        raise SourceError.at("the XML is not KML or GML", file=path.name, remedy="Export it as one, or as GeoJSON.")


def _read(path: Path, source: bytes | Path, wanted: str | None) -> gpd.GeoDataFrame:
    with _in_our_words(path):
        layers = {i: str(name) for i, (name, kind) in enumerate(pyogrio.list_layers(source)) if kind is not None}
    if wanted is not None:
        layers = {i: name for i, name in layers.items() if name == wanted} or _refuse_layer(path, wanted, layers)
    elif len(layers) != 1:
        raise SourceError.at(
            f"the file holds {len(layers)} layers of shapes ({', '.join(layers.values())}), not one",
            file=path.name,
            remedy="Say which with --layer, or export the one that you need to a file of its own.",
        )
    with _in_our_words(path):
        frame = pyogrio.read_dataframe(source, layer=next(iter(layers)))
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise SourceError.at("the file holds no shape", file=path.name, remedy="Fetch or export it again.")
    return frame.set_geometry(_flat_shapes(frame.geometry.to_numpy(), path.name), crs=frame.crs)


def _flat_shapes(shapes: NDArray[np.object_], file: str) -> NDArray[np.object_]:
    """Return shapes without heights, which are not kept; every coordinate of them has to be a number."""
    with np.errstate(invalid="ignore"):  # a height may be anything
        flat = shapely.force_2d(shapes)
    coordinates, of_shape = shapely.get_coordinates(flat, return_index=True)
    odd = of_shape[~np.isfinite(coordinates).all(axis=1)]
    if odd.size:
        raise SourceError.at(
            f"feature {int(odd[0]) + 1} has a coordinate that is not a number",
            file=file,
            remedy="Mend this feature in a GIS and export again.",
        )
    return flat


def _refuse_layer(path: Path, wanted: str, layers: Mapping[int, str]) -> NoReturn:
    raise SourceError.at(
        f"the file has no layer {wanted}", file=path.name, remedy=f"It has: {', '.join(sorted(layers.values()))}."
    )


@contextmanager
def _in_our_words(path: Path) -> Iterator[None]:
    """Turn whatever GDAL says about a damaged file into one error of ours."""
    try:
        with warnings.catch_warnings():
            # GDAL warns of what is checked later in our own words (open rings, mixed types, odd dates)
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        # every kind: besides its own errors pyogrio lets out others, such as an UnboundLocalError for a broken .prj
        raise SourceError.at(
            f"the file cannot be read ({_MEMORY_NAME.sub(path.name, str(error))})",
            file=path.name,
            remedy="Fetch or export it again.",
        ) from error


def check_fit(frame: gpd.GeoDataFrame, *, file: str, has_british_codes: bool) -> None:
    """
    Check that the coordinates can be what the file's CRS says.

    Parameters
    ----------
    frame
        Features with geometries.
    file
        Name for the message.
    has_british_codes
        Whether the area codes are those of the United Kingdom, so that exchanged degrees can be told.

    Raises
    ------
    CrsError
        If there is no CRS, if degrees are given as metres or metres as degrees, if longitude and latitude are
        exchanged, or if the layer lies far from where the CRS is used.
    """
    crs = frame.crs
    if crs is None or not (crs.is_geographic or crs.is_projected):
        _refuse_crs("the file does not say its coordinate reference system", file, "Set it in a GIS and export again.")
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    if not np.isfinite([west, south, east, north]).all():
        _refuse_crs("the coordinates are not numbers", file, "Fetch or export the file again.")
    in_degrees = max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90
    name = f"{crs.name} (EPSG:{crs.to_epsg()})" if crs.to_epsg() else crs.name
    if crs.is_geographic:
        if not in_degrees:
            _refuse_crs(f"the file says {name}, but its coordinates are not degrees", file, "Give it its right CRS.")
        middle_x, middle_y = np.array([(west + east) / 2]), np.array([(south + north) / 2])
        if has_british_codes and UNITED_KINGDOM.contains(middle_y, middle_x)[0]:
            _refuse_crs("longitude and latitude look exchanged", file, "Write longitude first.")
        return
    if in_degrees:
        _refuse_crs(f"the file says {name}, but its coordinates look like degrees", file, "Give it its right CRS.")
    _check_area_of_use(crs, ((west + east) / 2, (south + north) / 2), name=name, file=file)


@lru_cache(maxsize=32)
def _to_degrees(crs: CRS) -> Transformer:
    """Return the way from a CRS to degrees; to find one takes longer than to read a small file."""
    return Transformer.from_crs(crs, WGS84, always_xy=True)


def _check_area_of_use(crs: CRS, middle: tuple[float, float], *, name: str, file: str) -> None:
    epsg = crs.to_epsg()
    if crs.area_of_use is None and epsg is not None:
        crs = CRS.from_epsg(epsg)
    if crs.area_of_use is None:
        return
    try:
        longitude, latitude = _to_degrees(crs).transform(*middle)
    except ProjError as error:
        raise CrsError.at(f"{name} cannot be used", file=file, remedy="Give the file its right CRS.") from error
    west, south, east, north = crs.area_of_use.bounds
    lies_in = west - _MARGIN_DEG <= longitude <= east + _MARGIN_DEG
    if not (lies_in and south - _MARGIN_DEG <= latitude <= north + _MARGIN_DEG):
        _refuse_crs(f"the shapes lie far from where {name} is used", file, "Give the file its right CRS.")


def _refuse_crs(message: str, file: str, remedy: str) -> NoReturn:
    raise CrsError.at(message, file=file, remedy=remedy)
