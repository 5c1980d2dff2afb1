"""
Neighbourhood boundaries of data.police.uk: a folder or a zip of KML files, one for each neighbourhood team.

Nothing is unpacked to the disk. A zip is judged as a whole first: a path that climbs out, an encrypted member, or one
that swells refuses all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from domain.areas import AreaLayer, GeographyKey
from domain.errors import Fault, SourceError
from sources.archive import is_archive, list_names, read_members
from sources.boundaries import repaired_polygons
from sources.coverage import coverage_notes
from sources.files import read_whole
from sources.tables import join_faults
from sources.vectors import VECTOR_ENDINGS, check_fit, read_vector_bytes

__all__ = ["is_neighbourhoods", "read_neighbourhoods"]

_REMEDY = "Download the neighbourhood boundaries again from data.police.uk."
_MOST_BYTES = 64 << 20


def is_neighbourhoods(path: Path) -> bool:
    """Return whether a path is a folder, or a zip without a vector file other than KML."""
    if path.is_dir():
        return True
    if not path.is_file() or not is_archive(path):
        return False
    return not list_names(path, endings=VECTOR_ENDINGS)


def read_neighbourhoods(path: Path, *, key: GeographyKey, force: str | None = None) -> AreaLayer:
    """
    Read the neighbourhoods of a force: code by file name, name by what the KML calls its team.

    Parameters
    ----------
    path
        A folder of KML files, or a zip of them (in folders by force, as the archive of data.police.uk has them).
    key
        Geography and vintage of the areas.
    force
        Folder of the force to take, where the zip or folder has several.

    Returns
    -------
    AreaLayer
        The areas in order of their codes.

    Raises
    ------
    SourceError
        If there is no KML file, one is damaged or holds no polygon, two have one code, or the zip is not safe; all
        faults are named together.
    """
    files = dict(_files(path) if path.is_dir() else _members(path))
    if force is not None:
        wanted = force.strip().lower()
        files = {name: data for name, data in files.items() if wanted in PurePosixPath(name.lower()).parts[:-1]}
    if not files:
        raise SourceError.at("there is no KML file of a neighbourhood", file=path.name, remedy=_REMEDY)
    return _layer(path, key, files)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() == ".kml" and file.is_file():
            yield str(file.relative_to(folder).as_posix()), read_whole(file, limit=_MOST_BYTES)[0]


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    return read_members(path, endings=(".kml",), most_bytes=_MOST_BYTES, remedy=_REMEDY)


def _layer(path: Path, key: GeographyKey, files: Mapping[str, bytes]) -> AreaLayer:
    digest = hashlib.sha256()
    rows: list[tuple[str, str, shapely.Geometry]] = []
    faults: list[Fault] = []
    crs = None
    for name in sorted(files):
        code = PurePosixPath(name).stem
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
        try:
            features = read_vector_bytes(PurePosixPath(name).name, files[name])
            check_fit(features, file=name, has_british_codes=False)
        except SourceError as error:
            faults.append(Fault(error.message, file=path.name, remedy=error.hint))
            continue
        crs = features.crs
        shape = shapely.union_all(shapely.make_valid(shapely.force_2d(features.geometry.to_numpy())))
        rows.append((code, _team(features, code), shape))
    codes = pd.Series([code for code, _, _ in rows], dtype=object)
    faults += [Fault(f"two files are called {code}", file=path.name) for code in sorted(set(codes[codes.duplicated()]))]
    if faults:
        raise join_faults(faults, what=f"{path.name} cannot be used", hint=_REMEDY)
    shapes = np.array([shape for _, _, shape in rows], dtype=object)
    valid, was_repaired, broken = repaired_polygons(shapes, codes, path.name)
    if broken:
        raise join_faults(broken, what=f"{path.name} cannot be used", hint="Mend these shapes in a GIS.")
    frame = gpd.GeoDataFrame(
        {
            "area_code": codes,
            "area_name": [name for _, name, _ in rows],
            "parent_code": None,
            "was_repaired": was_repaired,
        },
        geometry=valid,
        crs=crs,
    )
    return AreaLayer(
        key=key,
        file_name=path.name,
        sha256=digest.hexdigest(),
        frame=frame,
        parent_names=MappingProxyType({}),
        notes=coverage_notes(frame),
    )


def _team(features: gpd.GeoDataFrame, code: str) -> str:
    """Return the name of the team that a KML gives, or its code."""
    for column in ("Name", "name"):
        if column in features:
            names = [str(name).strip() for name in features[column].dropna() if str(name).strip()]
            if names:
                return names[0]
    return code
