"""Boundaries: the polygons of one geography, checked, with invalid ones repaired and said so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.areas import AreaLayer, GeographyKey
from domain.errors import Fault, SettingsError, SourceError
from sources.coverage import coverage_notes
from sources.files import stem
from sources.ons_names import code_candidates, is_british_code, name_candidates, parent_candidates
from sources.tables import find_column, join_faults
from sources.vectors import check_fit, read_vector

__all__ = ["read_boundaries", "repaired_polygons"]

_POLYGON, _MULTIPOLYGON = 3, 6


def read_boundaries(  # noqa: PLR0913 - each option names one thing of the file
    path: Path,
    *,
    key: GeographyKey,
    code_column: str | None = None,
    name_column: str | None = None,
    parent_column: str | None = None,
    parent_name_column: str | None = None,
    parent_key: GeographyKey | None = None,
    parent_code: str | None = None,
    code: str | None = None,
    name: str | None = None,
) -> AreaLayer:
    """
    Read the areas of a boundary file, in a format of `sources.vectors`.

    Columns that are not named are guessed from the patterns of the Office for National Statistics (`LSOA21CD`,
    `WD25NM`). Invalid polygons are repaired by `shapely.make_valid`, of which only the polygons are kept.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    key
        Geography and vintage of the areas.
    code_column, name_column
        Columns of code and name.
    parent_column, parent_name_column
        Columns of code and name of the area in which each lies.
    parent_key
        Geography of the parents; without it parents are not read.
    parent_code
        Code and name of the one area in which all lie, such as a city, where no column names it.
    code, name
        Code and name of the only area of a file that has no such columns, such as a force boundary; by default the
        name of the geography, and the name of the file.

    Returns
    -------
    AreaLayer
        The areas in file order, in the file's own CRS.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, or has blank or repeated codes, missing shapes or shapes that are
        not polygons; all faults are named together.
    CrsError
        If the CRS is missing or the coordinates do not fit it.
    SettingsError
        If a parent is named without the parents' geography, or both by a column and as one code.
    """
    if parent_key is None and (parent_column or parent_name_column or parent_code):
        raise SettingsError("a parent column needs the parents' geography", hint="Add --parent, such as district:2025.")
    if parent_code and (parent_column or parent_name_column):
        raise SettingsError("the parent is named twice", hint="Give --parent-column or --parent-code, not both.")
    features, sha256 = read_vector(path)
    table = _codes_and_names(features, path, key, code_column, name_column, only=(code, name))
    if parent_code:
        parents = pd.DataFrame({"code": parent_code, "name": parent_code}, index=table.index, dtype=object)
    else:
        parents = _parents(features, path, parent_key, parent_column, parent_name_column)
    _refuse_faults(table, features.geometry.to_numpy(), path.name)
    check_fit(features, file=path.name, has_british_codes=is_british_code(table["area_code"]))
    shapes, was_repaired, faults = repaired_polygons(features.geometry.to_numpy(), table["area_code"], path.name)
    if faults:
        raise join_faults(faults, what=f"{path.name} cannot be used", hint="Mend these shapes in a GIS.")
    frame = gpd.GeoDataFrame(
        {
            "area_code": table["area_code"],
            "area_name": table["area_name"],
            "parent_code": parents["code"],
            "was_repaired": was_repaired,
        },
        geometry=shapes,
        crs=features.crs,
    )
    named = parents.dropna().drop_duplicates("code")
    return AreaLayer(
        key=key,
        file_name=path.name,
        sha256=sha256,
        frame=frame,
        parent=parent_key,
        parent_names=MappingProxyType(dict(zip(named["code"], named["name"], strict=True))),
        notes=coverage_notes(frame),
    )


def _codes_and_names(
    features: gpd.GeoDataFrame,
    path: Path,
    key: GeographyKey,
    code_column: str | None,
    name_column: str | None,
    *,
    only: tuple[str | None, str | None],
) -> pd.DataFrame:
    """Return `area_code` and `area_name` (str, "" where blank) of each feature."""
    columns = [str(column) for column in features.columns if column != features.geometry.name]
    code_at = _column(columns, code_column, code_candidates(key), path)
    name_at = _column(columns, name_column, name_candidates(key), path)
    if code_at is None and (len(features) > 1 or code_column is not None):
        raise SourceError.at(
            f"no column of area codes of {key} is found (the file has {', '.join(columns[:30]) or 'no columns'})",
            file=path.name,
            remedy="Check the vintage, or name the column with --code-column.",
        )
    only_code, only_name = only
    titled = stem(path).replace("_", " ").strip()
    blank = pd.Series([None] * len(features), dtype=object)
    codes = _texts(features[code_at]) if code_at else blank.fillna(only_code or key.name)
    names = _texts(features[name_at]) if name_at else blank
    if code_at is None:
        names = names.where(names.map(bool), only_name or titled[:1].upper() + titled[1:])
    return pd.DataFrame({"area_code": codes, "area_name": names.where(names.map(bool), codes)})


def _column(columns: list[str], named: str | None, candidates: list[str], path: Path) -> str | None:
    if named is None:
        return find_column(columns, candidates)
    if named not in columns:
        raise SourceError.at(
            "the column is missing",
            file=path.name,
            column=named,
            remedy=f"The file has {', '.join(columns[:30]) or 'no columns'}.",
        )
    return named


def _texts(column: pd.Series) -> pd.Series:
    """Return a column as stripped texts, "" where blank; whole numbers lose their ".0"."""
    values = column.astype(object).where(column.notna(), "")
    texts = [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v).strip() for v in values]
    return pd.Series(texts, dtype=object)


def _parents(
    features: gpd.GeoDataFrame, path: Path, key: GeographyKey | None, code_column: str | None, name_column: str | None
) -> pd.DataFrame:
    """Return `code` and `name` of each feature's parent, None where there is none."""
    columns = [str(column) for column in features.columns if column != features.geometry.name]
    nothing = pd.Series([None] * len(features), dtype=object)
    if key is None:
        return pd.DataFrame({"code": nothing, "name": nothing})
    code_at = _column(columns, code_column, parent_candidates(key), path)
    name_at = _column(columns, name_column, name_candidates(key)[:-1], path)
    if code_at is None:
        raise SourceError.at(
            f"no column of parents' codes of {key} is found (the file has {', '.join(columns[:30])})",
            file=path.name,
            remedy="Name the column with --parent-column, or leave --parent out.",
        )
    codes = _texts(features[code_at])
    names = _texts(features[name_at]) if name_at else nothing
    return pd.DataFrame({"code": codes.where(codes.map(bool), None), "name": names.where(names.map(bool), None)})


def _refuse_faults(table: pd.DataFrame, shapes: NDArray[np.object_], file: str) -> None:
    """Name every blank or repeated code, missing shape and shape that is not a polygon, together."""
    faults = [
        Fault(f"feature {i} has no area code", file=file) for i, code in enumerate(table["area_code"], 1) if not code
    ]
    repeated = Counter(code for code in table["area_code"] if code)
    faults += [
        Fault(f"the area code {code} stands {n} times", file=file) for code, n in sorted(repeated.items()) if n > 1
    ]
    kinds = shapely.get_type_id(shapes)
    for i, (kind, code) in enumerate(zip(kinds, table["area_code"], strict=True), 1):
        if kind == -1 or shapely.is_empty(shapes[i - 1]):
            faults.append(Fault(f"feature {i} ({code or 'no code'}) has no shape", file=file))
        elif kind not in {_POLYGON, _MULTIPOLYGON}:
            found = shapes[i - 1].geom_type
            faults.append(Fault(f"feature {i} ({code or 'no code'}) is a {found}, not a polygon", file=file))
    if faults:
        raise join_faults(faults, what=f"{file} cannot be used", hint="Mend these features in a GIS and export again.")


def repaired_polygons(
    shapes: NDArray[np.object_], codes: pd.Series, file: str
) -> tuple[NDArray[np.object_], NDArray[np.bool_], list[Fault]]:
    """
    Repair polygons, of which only the polygons are kept.

    Parameters
    ----------
    shapes
        Shapes, shape (n,).
    codes
        Code of each, for the messages.
    file
        Name of the file, for the messages.

    Returns
    -------
    tuple
        Valid polygons, which of them were repaired, and the faults of those that could not be.
    """
    flat = shapely.force_2d(shapes)
    was_invalid = ~shapely.is_valid(flat)
    faults = []
    for i in np.flatnonzero(was_invalid):
        parts = shapely.get_parts(shapely.make_valid(flat[i]))
        polygons = [p for part in parts for p in shapely.get_parts(part) if shapely.get_type_id(p) == _POLYGON]
        flat[i] = shapely.union_all(polygons)
        if shapely.get_type_id(flat[i]) not in {_POLYGON, _MULTIPOLYGON} or flat[i].is_empty:
            faults.append(Fault(f"the shape of {codes.iloc[i]} is invalid and cannot be repaired", file=file))
    return flat, was_invalid, faults
