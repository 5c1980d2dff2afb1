"""Look-ups between geographies, and population-weighted centroids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from domain.areas import AreaLinks, GeographyKey
from domain.errors import Fault, SourceError
from sources.files import scan_text
from sources.ons_names import code_candidates, is_british_code, name_candidates
from sources.places import parse_numbers
from sources.tables import RecordBlock, find_column, join_faults, read_table
from sources.vectors import check_fit, read_vector

__all__ = ["read_centroids", "read_lookup"]

_POINT = 0
_CHANGE_COLUMNS = ("CHGIND", "change")


def read_lookup(
    path: Path,
    *,
    source: GeographyKey,
    target: GeographyKey,
    source_column: str | None = None,
    target_column: str | None = None,
    weight_column: str | None = None,
) -> AreaLinks:
    """
    Read a look-up from the areas of one geography to those of another.

    Parameters
    ----------
    path
        CSV, plain or gzipped, with or without a byte-order mark.
    source, target
        The two geographies.
    source_column, target_column
        Columns of their codes; guessed from the patterns of the Office for National Statistics if not named.
    weight_column
        Column of weights (people, households, shares). They are divided by their sum for each source area; without
        them each link has the share 1.

    Returns
    -------
    AreaLinks
        One row for each pair of codes, in file order; a pair that the file repeats is taken once, its weights added.

    Raises
    ------
    SourceError
        If a column is missing, a code is blank, a row is short, or a weight is not a number of 0 or more; all faults
        are named together.
    """
    file = scan_text(path)
    header, blocks = read_table(file)
    left = _needed(header, source_column, code_candidates(source), source, file.name)
    others = [name for name in header if name != left]
    columns = {
        "source_code": left,
        "target_code": _needed(others, target_column, code_candidates(target), target, file.name),
        "source_name": find_column(header, name_candidates(source)[:3]),
        "target_name": find_column(header, name_candidates(target)[:3]),
        "change": find_column(header, _CHANGE_COLUMNS),
    }
    if weight_column is not None:
        columns["weight"] = _needed(others, weight_column, [], target, file.name)
    numbers, frame = _texts(header, blocks, columns, file.name)
    faults = [
        Fault("the code is blank", file=file.name, row=numbers[i], column=columns[column])
        for column in ("source_code", "target_code")
        for i in np.flatnonzero(frame[column].isna()).tolist()
    ]
    frame["share"], bad_weights = _weights(frame, numbers, file.name, weight_column)
    if faults := faults + bad_weights:
        raise join_faults(faults, what=f"{file.name} cannot be used", hint="Mend these rows.")
    pairs = _with_shares(frame, is_weighted=weight_column is not None)
    return AreaLinks(source=source, target=target, file_name=file.name, sha256=file.sha256, frame=pairs)


def _texts(
    header: list[str], blocks: Iterable[RecordBlock], columns: Mapping[str, str | None], file: str
) -> tuple[list[int], pd.DataFrame]:
    """Return row numbers and the wanted columns as texts, None where blank or absent."""
    numbers: list[int] = []
    records: list[list[str]] = []
    for block in blocks:
        numbers.extend(block.row_numbers)
        records.extend(block.records)
    faults = [
        Fault(f"the row has {len(record)} fields, not {len(header)}", file=file, row=number)
        for number, record in zip(numbers, records, strict=True)
        if len(record) != len(header)
    ]
    if faults:
        raise join_faults(faults, what=f"{file} cannot be used", hint="Fetch or export the file again.")
    fields = list(zip(*records, strict=True))
    texts = {
        ours: [text.strip() or None for text in fields[header.index(theirs)]] if theirs else [None] * len(records)
        for ours, theirs in columns.items()
    }
    return numbers, pd.DataFrame(texts, dtype=object)


def _needed(header: Sequence[str], named: str | None, guesses: list[str], key: GeographyKey, file: str) -> str:
    found = find_column(header, [named] if named is not None else guesses)
    if found is None:
        raise SourceError.at(
            f"no column of codes of {key} is found (the file has {', '.join(header[:30])})",
            file=file,
            row=1,
            column=named or next(iter(guesses), None),
            remedy="Check the vintage, or name the column with --source-column or --target-column.",
        )
    return found


def _weights(
    frame: pd.DataFrame, numbers: Sequence[int], file: str, column: str | None
) -> tuple[pd.Series, list[Fault]]:
    """Return the weight of each row (1 without a column), and the rows where it is not a number of 0 or more."""
    if column is None:
        return pd.Series(1.0, index=frame.index), []
    values, _, _ = parse_numbers([text or "" for text in frame["weight"]])
    bad = np.isnan(values) | (values < 0)
    faults = [
        Fault("the weight is not a number of 0 or more", file=file, row=numbers[i], column=column)
        for i in np.flatnonzero(bad).tolist()
    ]
    return pd.Series(values, index=frame.index), faults


def _with_shares(frame: pd.DataFrame, *, is_weighted: bool) -> pd.DataFrame:
    """Join repeated pairs and, where there are weights, divide each by the sum of its source area."""
    pairs = frame.groupby(["source_code", "target_code"], sort=False, dropna=False)
    joined = pairs.agg(
        share=("share", "sum" if is_weighted else "first"),
        source_name=("source_name", "first"),
        target_name=("target_name", "first"),
        change=("change", "first"),
    ).reset_index()
    if is_weighted:
        total = joined.groupby("source_code")["share"].transform("sum")
        joined = joined[total > 0].reset_index(drop=True)
        joined["share"] = joined["share"] / total[total > 0].to_numpy()
    columns = ["source_code", "target_code", "share", "source_name", "target_name", "change"]
    texts = [column for column in columns if column != "share"]
    joined[texts] = joined[texts].astype(object).where(joined[texts].notna(), None)
    return joined[columns]


def read_centroids(path: Path, *, key: GeographyKey, code_column: str | None = None) -> AreaLinks:
    """
    Read population-weighted centroids: one point for each area.

    Parameters
    ----------
    path
        Shapefile, GeoJSON, GeoPackage or KML of points.
    key
        Geography and vintage of the areas.
    code_column
        Column of the area code; guessed if not named.

    Returns
    -------
    AreaLinks
        With `points` set and an empty `frame`.

    Raises
    ------
    SourceError
        If a code is blank or repeated, or a shape is not a point; all faults are named together.
    CrsError
        If the CRS is missing or the coordinates do not fit it.
    """
    features, sha256 = read_vector(path)
    columns = [str(column) for column in features.columns if column != features.geometry.name]
    column = _needed(columns, code_column, code_candidates(key), key, path.name)
    codes = features[column].astype(object).where(features[column].notna(), "").map(lambda code: str(code).strip())
    shapes = features.geometry.to_numpy()
    is_point = (shapely.get_type_id(shapes) == _POINT) & ~shapely.is_empty(shapes)
    faults = [Fault(f"feature {i + 1} has no area code", file=path.name) for i in np.flatnonzero(codes == "")]
    faults += [
        Fault(f"feature {i + 1} ({codes.iloc[i]}) is not a point", file=path.name) for i in np.flatnonzero(~is_point)
    ]
    faults += [
        Fault(f"feature {i + 1} repeats the area code {codes.iloc[i]}", file=path.name)
        for i in np.flatnonzero(codes.duplicated() & (codes != ""))
    ]
    if faults:
        raise join_faults(faults, what=f"{path.name} cannot be used", hint="Mend these features in a GIS.")
    check_fit(features, file=path.name, has_british_codes=is_british_code(codes))
    points = gpd.GeoDataFrame({"area_code": codes}, geometry=shapely.force_2d(shapes), crs=features.crs)
    columns = ["source_code", "target_code", "share", "source_name", "target_name", "change"]
    empty = pd.DataFrame({name: pd.Series(dtype=np.float64 if name == "share" else object) for name in columns})
    return AreaLinks(source=key, target=None, file_name=path.name, sha256=sha256, frame=empty, points=points)
