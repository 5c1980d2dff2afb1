"""Store the areas of a boundary file, in the analysis CRS, and dissolve them into their parents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select, text, update

from db.copying import copy_rows
from db.geography_dates import check_dates
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, take_load_lock
from db.models import geography, load
from db.schema import stored_analysis_epsg
from db.statements import statement
from domain.areas import AreaLayer, GeographyKey
from domain.errors import CrsError, DatabaseError

__all__ = ["derive_parents", "geography_id", "store_boundaries"]

_COLUMNS = (
    "geography_id", "load_id", "area_code", "area_name", "parent_code", "parent_name", "was_repaired", "geom",
)  # fmt: skip


def geography_id(connection: Connection, key: GeographyKey) -> int:
    """Return the number of a geography, which is made if it is new."""
    connection.execute(statement("add_geography"), {"name": key.name, "vintage": key.vintage})
    number = select(geography.c.geography_id).where(geography.c.name == key.name, geography.c.vintage == key.vintage)
    return int(connection.execute(number).scalar_one())


def store_boundaries(connection: Connection, layer: AreaLayer) -> LoadReport:
    """
    Store the areas of one boundary file.

    A file of the same name supersedes the earlier one; a file that holds every area of another supersedes that one; a
    file that holds some of them is refused. Where areas have parents, the parents are dissolved from them, unless
    boundaries of the parents themselves are loaded.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    layer
        The areas, in the CRS of their file; they are transformed to the analysis CRS here.

    Raises
    ------
    CrsError
        If the areas cannot be transformed.
    DatabaseError
        If some, but not all, of the areas of another live file are in this one, or some are in force in another vintage
        too.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    identity = LoadIdentity("boundaries", f"boundaries {layer.key}", layer.file_name, layer.file_name, layer.sha256)
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    number = geography_id(connection, layer.key)
    load_id = begin_load(connection, identity)
    shapes = _shapes(layer, stored_analysis_epsg(connection))
    copy_rows(connection, "area", _COLUMNS, _rows(layer, shapes, number, load_id))
    connection.execute(statement("repair_areas"), {"load_id": load_id})
    notes = [*_replace_other_files(connection, layer, load_id, number), *_notes(connection, load_id), *layer.notes]
    report = finish_load(connection, load_id, rows_in=len(layer.frame), kept=len(layer.frame), notes=notes)
    connection.execute(statement("supersede_derived"), {"load_id": load_id, "source": f"derived {layer.key}"})
    if layer.parent is not None:
        own = update(geography).where(geography.c.geography_id == number)
        connection.execute(own.values(parent_id=geography_id(connection, layer.parent)))
    check_dates(connection, layer.key)
    derive_parents(connection, number)
    connection.execute(text("ANALYZE area"))
    return report


def _rows(layer: AreaLayer, shapes: NDArray[np.object_], number: int, load_id: int) -> Iterator[tuple[Any, ...]]:
    frame = layer.frame
    parents = frame["parent_code"] if "parent_code" in frame else [None] * len(frame)
    repaired = frame["was_repaired"] if "was_repaired" in frame else [False] * len(frame)
    for code, name, parent, was_repaired, shape in zip(
        frame["area_code"], frame["area_name"], parents, repaired, shapes, strict=True
    ):
        known = parent if isinstance(parent, str) else None
        parent_name = layer.parent_names.get(known) if known else None
        yield (number, load_id, code, name, known, parent_name, bool(was_repaired), shape)


def _shapes(layer: AreaLayer, epsg: int) -> NDArray[np.object_]:
    """Return MultiPolygons in the analysis CRS as hexadecimal EWKB, transformed as incident points are."""
    if layer.frame.crs is None:
        raise CrsError(f"{layer.file_name} has no coordinate reference system", hint="Save it with its CRS in a GIS.")
    shapes = shapely.force_2d(layer.frame.geometry.to_crs(epsg).to_numpy())
    if not np.isfinite(shapely.bounds(shapes)).all():
        raise CrsError(
            f"{layer.file_name} has areas that EPSG:{epsg} cannot show", hint="Check the CRS that the file states."
        )
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    return shapely.to_wkb(shapely.set_srid(shapes, epsg), hex=True, include_srid=True)


def _replace_other_files(connection: Connection, layer: AreaLayer, load_id: int, number: int) -> list[str]:
    """Supersede each other live file whose areas are all in this one, so that no area is there twice."""
    notes = []
    others = connection.execute(statement("overlapping_area_loads"), {"load_id": load_id, "geography_id": number}).all()
    for other in others:
        if other.n_shared < other.n_areas:
            raise DatabaseError(
                f"{layer.file_name} holds {other.n_shared:,} of the {other.n_areas:,} areas of {other.file_name} "
                f"(load {other.load_id}), for example {other.example}: no area may be loaded twice",
                hint="Load files that do not overlap, or one file that replaces the other as a whole.",
            )
        connection.execute(statement("supersede_by"), {"load_id": load_id, "earlier_id": other.load_id})
        notes.append(f"replaces {other.file_name} (load {other.load_id}), as it holds all of its areas")
    return notes


def _notes(connection: Connection, load_id: int) -> list[str]:
    n_repaired = connection.scalar(
        text("SELECT count(*) FROM area WHERE load_id = :id AND was_repaired"), {"id": load_id}
    )
    return [f"{n_repaired:,} invalid polygons were repaired"] if n_repaired else []


def derive_parents(connection: Connection, child_id: int) -> None:
    """
    Dissolve the live areas of a geography into their parents; the result is a load of its own.

    Nothing happens where the areas have no parents, boundaries of the parents are loaded, or it was done already.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    child_id
        Number of the geography.
    """
    parent = connection.execute(statement("derivable_parent"), {"child_id": child_id}).first()
    if parent is None:
        return
    key = GeographyKey(parent.name, parent.vintage)
    sha256 = hashlib.sha256(parent.fingerprints.encode()).hexdigest()
    identity = LoadIdentity("derived", f"derived {key}", str(key), f"dissolved from {parent.child}", sha256)
    same = select(load.c.load_id).where(load.c.source == identity.source, load.c.sha256 == sha256)
    if connection.scalar(same.where(load.c.kind == "derived", load.c.state == "live")) is not None:
        return
    load_id = begin_load(connection, identity)
    binds = {"load_id": load_id, "child_id": child_id, "parent_id": parent.parent_id}
    n_areas = connection.execute(statement("derive_parent_areas"), binds).rowcount
    finish_load(connection, load_id, rows_in=n_areas, kept=n_areas)
    connection.execute(statement("drop_unread_derived_areas"), {"load_id": load_id})
    connection.execute(statement("drop_unread_derived_loads"), {"load_id": load_id})
