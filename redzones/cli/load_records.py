"""`redzones load`, second part: what a force knows beside incidents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.records import LayerKind, RecordKind
from redzones.cli.context import settings_of
from redzones.cli.loading import Files, load_each

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.loads import LoadReport

__all__ = ["app"]

app = typer.Typer()

Epsg = Annotated[int | None, typer.Option(help="Reference system of x and y; by default the analysis CRS.")]


def _load_records(ctx: typer.Context, files: list[Path], kind: RecordKind, *, epsg: int | None = None) -> None:
    from db.write_records import store_records
    from sources.records import read_records_file

    known = epsg or settings_of(ctx).geography.analysis_epsg

    def store(connection: Connection, file: Path) -> LoadReport:
        return store_records(connection, read_records_file(file, kind=kind, epsg=known))

    load_each(ctx, files, store)


@app.command()
def visits(ctx: typer.Context, files: Files) -> None:
    """
    Load delivered visits: zone, callsign, begin and minutes. Columns that could name an officer are refused.

    Example: redzones load visits visits-2025-12.csv
    """
    _load_records(ctx, files, RecordKind.VISITS)


@app.command()
def priorities(ctx: typer.Context, files: Files) -> None:
    """
    Load community priorities: You Said, We Did, told, agreed solved.

    Example: redzones load priorities priorities.csv
    """
    _load_records(ctx, files, RecordKind.PRIORITIES)


@app.command()
def overrides(ctx: typer.Context, files: Files, epsg: Epsg = None) -> None:
    """
    Load an analyst's exclusions and nudges of ground, each with its reason, owner and dates.

    Example: redzones load overrides overrides.csv
    """
    _load_records(ctx, files, RecordKind.OVERRIDES, epsg=epsg)


@app.command()
def calendar(ctx: typer.Context, files: Files) -> None:
    """
    Load days and hours that differ: bank holidays, school terms, match days, events, shifts.

    Example: redzones load calendar calendar-2025.csv
    """
    _load_records(ctx, files, RecordKind.CALENDAR)


@app.command()
def nominations(ctx: typer.Context, files: Files, epsg: Epsg = None) -> None:
    """
    Load the places that those who know a beat name before they see its zones.

    Example: redzones load nominations nominations-2025-12.csv
    """
    _load_records(ctx, files, RecordKind.NOMINATIONS, epsg=epsg)


@app.command()
def places(ctx: typer.Context, files: Files, epsg: Epsg = None) -> None:
    """
    Load sensitive places and stations: refuges, hostels, custody, hospitals, schools. They are never published.

    Example: redzones load places places.csv
    """
    _load_records(ctx, files, RecordKind.PLACES, epsg=epsg)


@app.command()
def agreements(ctx: typer.Context, files: Files) -> None:
    """
    Load which community profiles are agreed with partners, by whom and when; redzones profiles agree does it for one.

    Example: redzones load agreements agreements.csv
    """
    _load_records(ctx, files, RecordKind.AGREEMENTS)


@app.command()
def survey(
    ctx: typer.Context,
    files: Files,
    mapping: Annotated[Path, typer.Option(help="Mapping (TOML): the facts of the wave, its columns and questions.")],
) -> None:
    """
    Load a wave of a perception survey: CSV, SPSS or Stata. Names, addresses and free text are refused.

    Example: redzones load survey wave-2025-q4.sav --mapping wave-2025-q4.toml
    """
    from db.write_surveys import store_survey
    from sources.surveys import read_survey, read_survey_mapping

    facts = read_survey_mapping(mapping)
    load_each(ctx, files, lambda connection, file: store_survey(connection, read_survey(file, mapping=facts)))


@app.command()
def layer(
    ctx: typer.Context,
    files: Files,
    kind: Annotated[LayerKind, typer.Option(help="What the features are.")],
    layer_name: Annotated[str | None, typer.Option("--layer", help="Layer to read, of a file with several.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column of the features' names; else guessed.")] = None,
) -> None:
    """
    Load a context layer from GeoJSON, GeoPackage, shapefile or KML, such as those of OS OpenData.

    Example: redzones load layer open-zoomstack.gpkg --layer greenspace --kind greenspace
    """
    from db.write_layers import store_layer
    from sources.layers import read_layer

    def store(connection: Connection, file: Path) -> LoadReport:
        return store_layer(connection, read_layer(file, kind=kind, layer=layer_name, name_column=name_column))

    load_each(ctx, files, store)
