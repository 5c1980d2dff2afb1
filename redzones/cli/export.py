"""`redzones export`: results for GIS and tables."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import DatabaseError
from domain.incidents import ScoringSet
from redzones.cli.context import console_out, engine_of, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Export results for QGIS, ArcGIS and spreadsheets.")


class ExportFormat(StrEnum):
    """The formats of an export."""

    SHP = "shp"
    GPKG = "gpkg"
    GEOJSON = "geojson"
    CSV = "csv"


@app.callback()
def _group() -> None:
    """Export results for QGIS, ArcGIS and spreadsheets."""


@app.command("red-zones")
def red_zones(
    ctx: typer.Context,
    format: Annotated[ExportFormat, typer.Option("--format", help="File format.")] = ExportFormat.SHP,  # noqa: A002
    scoring_set: Annotated[
        ScoringSet | None, typer.Option("--set", help="Which list of zones; the first of the settings by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path(),
    run: Annotated[int | None, typer.Option(help="Number of a run; the latest finished one by default.")] = None,
) -> None:
    """
    Export the Red Zones of a run: a zipped shapefile with its field dictionary, GeoPackage, GeoJSON or CSV.

    Example: redzones export red-zones --format gpkg --out exports
    """
    from db.results import read_zones
    from maps.exports import write_red_zones
    from redzones.content import run_identity

    settings = settings_of(ctx)
    wanted = scoring_set or settings.hotspots.scoring_sets[0]
    with engine_of(ctx).connect() as connection:
        run_id = _run_or_latest(connection, run)
        zones = read_zones(connection, run_id)
        identity = run_identity(connection, settings, run_id)
    if wanted not in zones:
        raise DatabaseError(f"run {run_id} has no Red Zones of the set {wanted}", hint="redzones runs lists runs.")
    out.mkdir(parents=True, exist_ok=True)
    path = write_red_zones(
        zones[wanted].zones,
        out / f"red-zones-{wanted}",
        format=format.value,
        identity=identity,
        scoring_set=wanted.value,
    )
    console_out.print(str(path), markup=False)


@app.command("segments")
def segments(
    ctx: typer.Context,
    format: Annotated[ExportFormat, typer.Option("--format", help="File format.")] = ExportFormat.CSV,  # noqa: A002
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path(),
    run: Annotated[int | None, typer.Option(help="Number of a run; the latest finished one by default.")] = None,
) -> None:
    """
    Export the segments of every small area of a run: CSV, GeoPackage, GeoJSON or a zipped shapefile.

    Example: redzones export segments --format gpkg --out exports
    """
    from db.read import areas
    from db.results import read_segments
    from domain.areas import GeographyKey
    from maps.segment_exports import write_segments
    from redzones.content import run_identity

    settings = settings_of(ctx)
    with engine_of(ctx).connect() as connection:
        run_id = _run_or_latest(connection, run)
        identity = run_identity(connection, settings, run_id)
        result = read_segments(connection, run_id)
        small_areas = areas(connection, GeographyKey.parse(settings.geography.small_area))
    if result is None:
        raise DatabaseError(f"run {run_id} has no segments", hint="redzones runs lists runs; its pages say why.")
    out.mkdir(parents=True, exist_ok=True)
    path = write_segments(small_areas, result, out / "segments", format=format.value, identity=identity)
    console_out.print(str(path), markup=False)


class ProfileFormat(StrEnum):
    """The formats of exported profiles; they have more columns than a shapefile holds."""

    CSV = "csv"
    GEOJSON = "geojson"
    GPKG = "gpkg"


@app.command("profiles")
def profiles(
    ctx: typer.Context,
    format: Annotated[ProfileFormat, typer.Option("--format", help="File format.")] = ProfileFormat.CSV,  # noqa: A002
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path(),
    run: Annotated[int | None, typer.Option(help="Number of a run; the latest finished one by default.")] = None,
) -> None:
    """
    Export the community profiles of a run: a row for each figure (CSV), or a layer for each geography.

    Example: redzones export profiles --format gpkg --out exports
    """
    from db.read import areas
    from db.results import read_profiles
    from domain.areas import GeographyKey
    from maps.profile_exports import write_profiles
    from redzones.content import run_identity

    settings = settings_of(ctx)
    geography = settings.geography
    with engine_of(ctx).connect() as connection:
        run_id = _run_or_latest(connection, run)
        result = read_profiles(connection, run_id)
        identity = run_identity(connection, settings, run_id)
        keys = dict.fromkeys((geography.small_area, geography.patrol, geography.policing_unit))
        layers = {key: areas(connection, GeographyKey.parse(key)) for key in keys}
    if result is None:
        raise DatabaseError(
            f"run {run_id} has no profiles", hint="redzones runs lists runs; redzones refresh makes one."
        )
    out.mkdir(parents=True, exist_ok=True)
    known = {key: layer for key, layer in layers.items() if len(layer)}
    for path in write_profiles(out, result, known, format=format.value, identity=identity):
        console_out.print(str(path), markup=False)


@app.command("enquiry")
def enquiry(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path(),
    run: Annotated[int | None, typer.Option(help="Number of a run; the latest finished one by default.")] = None,
) -> None:
    """
    Export lines of enquiry, interventions, communication plans and You Said, We Did of a run as tables (CSV).

    Example: redzones export enquiry --out exports
    """
    from maps.enquiry_exports import write_enquiry_tables
    from redzones.content import site_content

    settings = settings_of(ctx)
    with engine_of(ctx).connect() as connection:
        run_id = _run_or_latest(connection, run)
        content = site_content(connection, settings, run_id)
    if content.enquiry is None:
        raise DatabaseError(f"run {run_id} has no lines of enquiry", hint="redzones refresh makes a run that has.")
    for path in write_enquiry_tables(out, content):
        console_out.print(str(path), markup=False)


def _run_or_latest(connection: Connection, run: int | None) -> int:
    """Return the run that was asked for, else the latest finished one."""
    from db.runs import latest_finished_run

    return run if run is not None else latest_finished_run(connection).run_id
