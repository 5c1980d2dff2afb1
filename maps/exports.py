"""
Exports for QGIS, ArcGIS and spreadsheets: the same bytes every time, each with its marking, period and fingerprint.

A shapefile's names have at most ten characters and its texts at most 254 bytes: both are mapped and shortened here on
purpose, and a dictionary in and beside the zip says how.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from domain.crs import require_crs
from maps.content import SiteContent, SiteIdentity
from maps.enquiry_exports import communication_table, enquiry_table, intervention_table, priority_table
from maps.export_fields import (
    IDENTITY_FIELDS,
    dictionary_csv,
    identity_values,
    readme,
    zone_table,
)
from maps.export_files import ExportFormat, write_csv, write_layer
from maps.lookup import scoring_set_label
from maps.profile_exports import figure_table, metric_table
from maps.visible_exports import write_visible_places

__all__ = ["ExportFile", "ExportFormat", "write_exports", "write_red_zones"]

_LABELS = {
    "shp": "Shapefile (zip, with field dictionary)",
    "gpkg": "GeoPackage",
    "geojson": "GeoJSON (longitude and latitude)",
    "csv": "Table (CSV)",
}


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of the `exports` folder, for the list on the pages."""

    name: str
    label: str
    description: str


def write_red_zones(
    zones: gpd.GeoDataFrame,
    path: Path,
    *,
    format: ExportFormat,  # noqa: A002 - the word that the command line uses
    identity: SiteIdentity,
    scoring_set: str = "",
) -> Path:
    """
    Write Red Zones for GIS or a spreadsheet.

    Parameters
    ----------
    zones
        As `hotspots.results.RedZonesResult.zones`, in the analysis CRS.
    path
        Path of the file; the format's own suffix is added where it lacks it. An existing file is replaced.
    format
        `shp` (a zip with a field dictionary, which is also written beside it), `gpkg`, `geojson` (longitude and
        latitude) or `csv` (no geometry but the centre).
    identity
        What every export carries: marking, period, fingerprint, and the overprint where points are approximate.
    scoring_set
        Which list this is; a column of every row.

    Returns
    -------
    Path
        The file written. The same zones and identity give the same bytes.

    Raises
    ------
    CrsError
        If the zones are not in the analysis CRS.
    PublicationError
        If the format is unknown.
    """
    require_crs(zones, identity.analysis_epsg, what="the table of Red Zones")
    table = zone_table(zones, identity=identity, scoring_set=scoring_set)
    return write_layer(table, path, format=format, identity=identity)


def write_exports(folder: Path, content: SiteContent) -> tuple[ExportFile, ...]:
    """
    Write every export of a site.

    Parameters
    ----------
    folder
        The `exports` folder; made if absent.
    content
        The content of the site.

    Returns
    -------
    tuple of ExportFile
        What was written, in the order in which the pages list it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    identity = content.identity
    written: list[ExportFile] = []
    for name, result in content.zones.items():
        for form, label in _LABELS.items():
            path = write_red_zones(
                result.zones,
                folder / f"red-zones-{name}",
                format=form,  # type: ignore[arg-type]
                identity=identity,
                scoring_set=name,
            )
            words = scoring_set_label(name, identity.scoring_set_labels)
            written.append(ExportFile(path.name, label, f"Red Zones, {words}"))
    written += _write_visible_places(folder, content)
    tables = {
        "profiles": (_profiles(content), "Profiles", "Every figure with interval and state, by area"),
        "metrics": (
            metric_table(content.definitions),
            "Metrics",
            "What each metric of the profiles is, with source and period",
        ),
        "segments": (_segments(content), "Segments", "The segments of every small area"),
        "backtests": (_backtests(content), "Back-tests", "How each way of ranking did, by month and area budget"),
        "red-times": (_red_times(content), "Red Times", "The windows of the week that stand out"),
        "lines-of-enquiry": (
            enquiry_table(content),
            "Lines of enquiry",
            "What each area's figures suggest to look into",
        ),
        "interventions": (intervention_table(content), "Interventions", "What can be done, with evidence and source"),
        "communication": (communication_table(content), "Communication plan", "Whom to tell what, how and until when"),
        "you-said-we-did": (priority_table(content), "You Said, We Did", "What people raised, and where it stands"),
        "equality": (_equality(content), "Equality report", "Shares of groups in zones, residents and reports"),
    }
    for name, (table, label, description) in tables.items():
        if table is None:
            continue
        write_csv(_with_identity(table, identity), folder / f"{name}.csv")
        written.append(ExportFile(f"{name}.csv", f"{label} (CSV)", description))
    (folder / "red-zones-dictionary.csv").write_text(dictionary_csv(), encoding="utf-8")
    (folder / "README.txt").write_text(readme(identity), encoding="utf-8")
    written.append(ExportFile("red-zones-dictionary.csv", "Field dictionary (CSV)", "What each field of the zones is"))
    written.append(ExportFile("README.txt", "Read me", "Marking, period, licences"))
    return tuple(written)


def _write_visible_places(folder: Path, content: SiteContent) -> list[ExportFile]:
    """Write the visibility layer, where the run has one."""
    found = content.visibility
    if found is None or not len(found.places):
        return []
    written = []
    for form, label in _LABELS.items():
        path = folder / "visible-places"
        file = write_visible_places(found.places, path, format=form, identity=content.identity)  # type: ignore[arg-type]
        written.append(ExportFile(file.name, label, "Places to be seen at (no Red Zones)"))
    return written


def _with_identity(table: pd.DataFrame, identity: SiteIdentity) -> pd.DataFrame:
    return table.assign(**{name: identity_values(identity)[name] for name in IDENTITY_FIELDS})


def _profiles(content: SiteContent) -> pd.DataFrame:
    layers = (content.small_areas, content.patrol_areas, content.units)
    names = pd.concat([layer[["area_code", "area_name"]] for layer in layers]).drop_duplicates("area_code")
    return figure_table(content.metrics, dict(zip(names["area_code"], names["area_name"], strict=True)))


def _segments(content: SiteContent) -> pd.DataFrame | None:
    result = content.segmentation
    if result is None:
        return None
    names = result.segments.set_index("segment_code")["name"]
    areas = content.small_areas[["area_code", "area_name"]]
    table = result.membership.merge(areas, on="area_code", how="left").sort_values("area_code", kind="stable")
    patrol = content.small_to_patrol.drop_duplicates("source_code").set_index("source_code")["target_code"]
    return pd.DataFrame(
        {
            "area_code": table["area_code"],
            "area_name": table["area_name"],
            "patrol_code": table["area_code"].map(patrol),
            "group_code": table["group_code"],
            "group_name": table["group_code"].map(names),
            "environment_code": table["environment_code"],
            "environment_name": table["environment_code"].map(names),
            "second_code": table["second_code"],
            "second_ratio": table["second_ratio"].astype(float).round(4),
            "is_doubtful": table["is_doubtful"],
        }
    )


def _backtests(content: SiteContent) -> pd.DataFrame | None:
    tables = [
        result.summary.assign(scoring_set=name, is_chosen=result.summary["candidate"] == result.chosen)
        for name, result in content.backtests.items()
        if len(result.summary)
    ]
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True)
    numbers = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].round(6) for name in numbers})


def _red_times(content: SiteContent) -> pd.DataFrame | None:
    windows = content.red_times.windows
    if not len(windows):
        return None
    numbers = windows.select_dtypes("float").columns
    return windows.assign(**{name: windows[name].round(6) for name in numbers})


def _equality(content: SiteContent) -> pd.DataFrame | None:
    tables = [report.shares.assign(scoring_set=name) for name, report in content.equality.items() if len(report.shares)]
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True)
    numbers = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].round(6) for name in numbers})
