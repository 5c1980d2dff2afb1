"""Profiles as data: every figure as a row, what each metric is, and a layer for each geography."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from domain.crs import require_crs
from domain.errors import PublicationError
from maps.content import SiteIdentity
from maps.export_fields import IDENTITY_FIELDS, identity_values
from maps.export_files import write_csv, write_geojson, write_geopackage
from maps.lookup import safe_name
from profiles.results import MetricDefinition, ProfileResult

__all__ = ["figure_table", "metric_table", "profile_layer", "write_profiles"]

_FIGURES = (
    "geography", "area_code", "metric", "estimate", "lower", "upper", "numerator", "denominator", "force_estimate",
    "index", "nation_estimate", "nation_index", "q_value", "state", "note",
)  # fmt: skip
_DEFINITION = ("metric", "label", "part", "topic", "unit", "source", "period", "nation", "limits")
_DECIMALS = 4
_OK = "ok"


def figure_table(metrics: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """
    Return every figure as a row, rounded to published precision, with the name of its area.

    Parameters
    ----------
    metrics
        As `profiles.results.ProfileResult.metrics`.
    names
        Name by area code.
    """
    table = metrics.reindex(columns=list(_FIGURES)).sort_values(["geography", "area_code", "metric"], kind="stable")
    numbers = table.select_dtypes("number").columns
    table = table.assign(**{name: table[name].round(_DECIMALS) for name in numbers})
    table.insert(2, "area_name", table["area_code"].map(dict(names)))
    return table


def metric_table(definitions: tuple[MetricDefinition, ...]) -> pd.DataFrame:
    """Return what each metric is: label, part, topic, unit, source, period, nation, and what it cannot tell."""
    rows = [[getattr(definition, name) for name in _DEFINITION] for definition in definitions]
    return pd.DataFrame(rows, columns=list(_DEFINITION))


def profile_layer(areas: gpd.GeoDataFrame, result: ProfileResult, identity: SiteIdentity) -> gpd.GeoDataFrame:
    """
    Return the areas of one geography with their figures as columns, in order of code.

    Each metric has a column of its name; its interval is in `..._lower` and `..._upper` where any area has one, and
    `..._state` says why a figure is missing where any is: a missing figure is empty, never nought.

    Parameters
    ----------
    areas
        `domain.schemas.AREAS` of the geography, in the analysis CRS.
    result
        The profiles of a run.
    identity
        What every row carries.

    Raises
    ------
    CrsError
        If the areas are not in the analysis CRS.
    """
    require_crs(areas, identity.analysis_epsg, what="the table of areas")
    ordered = areas.sort_values("area_code", kind="stable").reset_index(drop=True)
    codes = ordered["area_code"]
    own = result.metrics[result.metrics["area_code"].isin(set(codes))]
    by_metric = {str(name): rows.drop_duplicates("area_code") for name, rows in own.groupby("metric", sort=False)}
    columns: dict[str, pd.Series] = {"area_code": codes, "area_name": ordered["area_name"]}
    for definition in result.definitions:
        if (rows := by_metric.get(definition.metric)) is None:
            continue
        figures = rows.set_index("area_code").reindex(codes).reset_index(drop=True)
        columns[definition.metric] = figures["estimate"].astype("float64").round(_DECIMALS)
        for end in ("lower", "upper"):
            if figures[end].notna().any():
                columns[f"{definition.metric}_{end}"] = figures[end].astype("float64").round(_DECIMALS)
        state = figures["state"].fillna("no_data")
        if (state != _OK).any():
            columns[f"{definition.metric}_state"] = state
    constant = identity_values(identity)
    columns |= {name: pd.Series([constant[name]] * len(ordered), dtype="str") for name in IDENTITY_FIELDS}
    return gpd.GeoDataFrame(columns, geometry=ordered.geometry.to_numpy(), crs=areas.crs)


def write_profiles(
    folder: Path,
    result: ProfileResult,
    areas: Mapping[str, gpd.GeoDataFrame],
    *,
    format: Literal["csv", "geojson", "gpkg"],  # noqa: A002 - the word that the command line uses
    identity: SiteIdentity,
) -> tuple[Path, ...]:
    """
    Write profiles for a spreadsheet or for GIS, and beside them what each metric is.

    Parameters
    ----------
    folder
        An existing folder; files of the same name are replaced.
    result
        The profiles of a run.
    areas
        `domain.schemas.AREAS` by geography (`name:vintage`), in the analysis CRS.
    format
        `csv` (a row for each figure), `geojson` or `gpkg` (a file for each geography, a column for each metric).
    identity
        What every file carries.

    Returns
    -------
    tuple of Path
        The files written. The same profiles give the same bytes.

    Raises
    ------
    PublicationError
        If the format is unknown.
    CrsError
        If areas are not in the analysis CRS.
    """
    if format not in {"csv", "geojson", "gpkg"}:
        raise PublicationError(f'"{format}" is no format of profiles', hint="Choose csv, geojson or gpkg.")
    constant = {name: identity_values(identity)[name] for name in IDENTITY_FIELDS}
    written = []
    if format == "csv":
        named = pd.concat([layer[["area_code", "area_name"]] for layer in areas.values()])
        names = dict(zip(named["area_code"], named["area_name"], strict=True))
        write_csv(figure_table(result.metrics, names).assign(**constant), folder / "profiles.csv")
        written.append(folder / "profiles.csv")
    else:
        for geography, layer in areas.items():
            table = profile_layer(layer, result, identity)
            path = folder / f"profiles-{safe_name(geography)}.{format}"
            if format == "gpkg":
                write_geopackage(table, path, identity=identity, what="Community profiles")
            else:
                write_geojson(table, path, identity)
            written.append(path)
    write_csv(metric_table(result.definitions).assign(**constant), folder / "profile-metrics.csv")
    return (*written, folder / "profile-metrics.csv")
