"""`redzones load`: read files of the outside world into the store, each in one transaction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.areas import GeographyKey
from domain.errors import DatabaseError, SettingsError
from redzones.cli import load_records
from redzones.cli.context import console_out, engine_of, settings_of, shown_progress, state_of
from redzones.cli.loading import Files, load_each, tell_each
from sources.kinds import UnknownKinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geopandas import GeoDataFrame
    from sqlalchemy import Connection

    from db.loads import LoadReport
    from domain.areas import AreaLayer
    from domain.incidents import IncidentFile
    from sources.files import FileLike

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Load files; a file that was loaded before changes nothing.")
app.add_typer(load_records.app)

Forces = Annotated[
    list[str] | None, typer.Option("--force", help="Force to take from an archive, such as cheshire; all if not given.")
]


def _optional_key(text: str | None) -> GeographyKey | None:
    return GeographyKey.parse(text) if text else None


@app.command()
def boundaries(  # noqa: PLR0917 - typer makes an option of each
    ctx: typer.Context,
    files: Files,
    geography: Annotated[str, typer.Option(help="Geography and vintage, such as lsoa:2021.")],
    code_column: Annotated[str | None, typer.Option(help="Column of the area code; guessed if not given.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column of the area name; guessed if not given.")] = None,
    parent: Annotated[str | None, typer.Option(help="Geography of the parent areas, such as district:2025.")] = None,
    parent_column: Annotated[str | None, typer.Option(help="Column of the parent's code.")] = None,
    parent_name_column: Annotated[str | None, typer.Option(help="Column of the parent's name.")] = None,
    parent_code: Annotated[
        str | None, typer.Option(help="The one parent of all areas, such as a city, where no column names it.")
    ] = None,
    force: Annotated[
        str | None, typer.Option(help="Folder of the force to take from neighbourhood boundaries, such as cheshire.")
    ] = None,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day on which the geography is in force.")
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day on which the geography is in force.")
    ] = None,
) -> None:
    """
    Load polygons of areas from any usual vector format, or the neighbourhoods of data.police.uk.

    Neighbourhoods come as a zip or a folder with a KML for each team. What areas overlap or leave out is said.

    Example: redzones load boundaries wards.geojson --geography ward:2025 --parent district:2025
    """
    from db.geography_dates import date_geography
    from db.write_boundaries import store_boundaries
    from sources.boundaries import read_boundaries
    from sources.coverage import joint_coverage_notes
    from sources.neighbourhoods import is_neighbourhoods, read_neighbourhoods

    key, parent_key = GeographyKey.parse(geography), _optional_key(parent)
    days = (valid_from.date() if valid_from else None, valid_to.date() if valid_to else None)
    frames: list[GeoDataFrame] = []

    def read(file: Path) -> AreaLayer:
        if is_neighbourhoods(file):
            return read_neighbourhoods(file, key=key, force=force)
        return read_boundaries(
            file,
            key=key,
            code_column=code_column,
            name_column=name_column,
            parent_column=parent_column,
            parent_name_column=parent_name_column,
            parent_key=parent_key,
            parent_code=parent_code,
        )

    def store(connection: Connection, file: Path) -> LoadReport:
        layer = read(file)
        frames.append(layer.frame)
        if len(frames) == len(files) > 1:
            # said with the last file, when all are known
            layer = replace(layer, notes=(*layer.notes, *joint_coverage_notes(frames)))
        report = store_boundaries(connection, layer)
        if days == (None, None):
            return report
        said = date_geography(connection, key, valid_from=days[0], valid_to=days[1])
        return replace(report, notes=(*report.notes, said))

    load_each(ctx, files, store)


@app.command()
def lookup(
    ctx: typer.Context,
    files: Files,
    source: Annotated[str | None, typer.Option(help="Geography of the left codes, such as lsoa:2011.")] = None,
    target: Annotated[str | None, typer.Option(help="Geography of the right codes, such as lsoa:2021.")] = None,
    centroids: Annotated[
        str | None, typer.Option(help="Geography whose population-weighted centroids the file holds.")
    ] = None,
    source_column: Annotated[str | None, typer.Option(help="Column of the left codes; guessed if not given.")] = None,
    target_column: Annotated[str | None, typer.Option(help="Column of the right codes; guessed if not given.")] = None,
    weight_column: Annotated[
        str | None, typer.Option(help="Column of weights, such as people; without it each link is whole.")
    ] = None,
) -> None:
    """
    Load a look-up between geographies, or population-weighted centroids.

    Example: redzones load lookup lsoa11_lsoa21.csv --source lsoa:2011 --target lsoa:2021
    """
    from db.write_links import store_links
    from sources.lookups import read_centroids, read_lookup

    keys = _optional_key(source), _optional_key(target), _optional_key(centroids)

    def store(connection: Connection, file: Path) -> LoadReport:
        left, right, points = keys
        if points is not None:
            return store_links(connection, read_centroids(file, key=points))
        if left is None or right is None:
            raise SettingsError(
                "a look-up needs --source and --target, or --centroids",
                hint="Such as --source lsoa:2011 --target lsoa:2021, or --centroids lsoa:2021.",
            )
        links = read_lookup(
            file,
            source=left,
            target=right,
            source_column=source_column,
            target_column=target_column,
            weight_column=weight_column,
        )
        return store_links(connection, links)

    load_each(ctx, files, store)


@app.command()
def people(
    ctx: typer.Context,
    files: Files,
    geography: Annotated[str, typer.Option(help="Geography of the area codes, such as lsoa:2021.")],
    variables: Annotated[Path | None, typer.Option(help="Own declaration of variables (TOML).")] = None,
    to: Annotated[
        str | None, typer.Option(help="Geography to carry the values over to, through a look-up that is loaded.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; the first if not given.")] = None,
    period: Annotated[
        str | None, typer.Option(help="Year or date of the figures, where the file holds another than declared.")
    ] = None,
) -> None:
    """
    Load census tables, mid-year or workday population, or Indices of Deprivation; the layout is recognised.

    Areas that no boundary file holds are left out, so national files serve as they are. With --to, output areas are
    added up to LSOAs, or codes of one vintage carried over to another.

    Example: redzones load people ts054.csv.gz --geography oa:2021 --to lsoa:2021
    """
    from db.read_links import links_to
    from db.summaries import area_codes
    from db.write_people import store_people
    from sources.aggregation import aggregate_people
    from sources.people import read_people

    key, target = GeographyKey.parse(geography), _optional_key(to)

    def store(connection: Connection, file: Path) -> LoadReport:
        links = links_to(connection, key, target) if target is not None else None
        known = area_codes(connection, key) if links is None else links["source_code"]
        areas = frozenset(known) or None
        table = read_people(file, key=key, variables=variables, areas=areas, sheet=sheet, period=period)
        if links is not None and target is not None:
            table = aggregate_people(table, links, target=target)
        return store_people(connection, table)

    load_each(ctx, files, store)


@app.command()
def incidents(
    ctx: typer.Context,
    files: Files,
    mapping: Annotated[
        Path | None, typer.Option(help="Column mapping (TOML) of a force extract; without it, police.uk files.")
    ] = None,
    force: Forces = None,
    unknown_kinds: Annotated[
        UnknownKinds | None,
        typer.Option(help="What becomes of categories without a stated kind; by default the load is refused."),
    ] = None,
) -> None:
    """
    Load incidents: police.uk street or stop and search files, or a force extract with a column mapping.

    Which of the police.uk files it is, its header tells; a monthly archive (.zip) is read without unpacking it, each
    file in it as a load of its own. Searches are shown and never score.

    Example: redzones load incidents 2025-12-cheshire-street.csv.gz
    """
    from db.incident_records import PreparedFile, prepare_incidents
    from db.read_ahead import read_files_ahead
    from db.schema import stored_analysis_epsg
    from db.stage_ahead import stage_ahead
    from sources.archive import expand_archives
    from sources.force_extract import open_extract, read_mapping
    from sources.monthly import open_monthly
    from sources.monthly_files import MonthlyKind

    time_zone = settings_of(ctx).force.time_zone
    columns = read_mapping(mapping) if mapping else None
    # a clock that differs by some minutes makes no report one of the future
    now = datetime.now(UTC) + timedelta(hours=1)

    with engine_of(ctx).connect() as connection:
        analysis_epsg = stored_analysis_epsg(connection)

    def opened(file: FileLike) -> IncidentFile:
        if columns is not None and isinstance(file, Path):
            return open_extract(file, mapping=columns, time_zone=time_zone, latest=now, unknown_kinds=unknown_kinds)
        policy = unknown_kinds or UnknownKinds.REFUSE
        return open_monthly(file, time_zone=time_zone, latest=now, unknown_kinds=policy)

    def prepared(file: FileLike) -> PreparedFile:
        return prepare_incidents(opened(file), analysis_epsg=analysis_epsg, time_zone=time_zone)

    wanted = (MonthlyKind.STREET, MonthlyKind.STOP_AND_SEARCH)
    named = files if columns else expand_archives(files, kinds=wanted, forces=force or ())
    with (
        shown_progress(ctx) as progress,
        read_files_ahead(named, prepared) as incident_files,
        stage_ahead(engine_of(ctx), incident_files, progress=progress) as staged,
    ):
        reports = tell_each(ctx, (file.store() for file in staged))
    _audit(ctx, [report.load_id for report in reports])


def _audit(ctx: typer.Context, load_ids: list[int]) -> None:
    """Join what was loaded to the small areas, if they are loaded, audit it, and print what the audit warns of."""
    from db.audits import audit_loads, audit_sentences
    from db.duplicates import flag_duplicates
    from db.loads import take_load_lock
    from db.write_assignments import assign_incident_areas

    if not load_ids:
        return
    settings = settings_of(ctx)
    with engine_of(ctx).begin() as connection:
        take_load_lock(connection)
        with suppress(DatabaseError):  # boundaries may come later: then the refresh joins, and audits again
            assign_incident_areas(connection, small_area=GeographyKey.parse(settings.geography.small_area))
        audits = audit_loads(connection, load_ids, seed=settings.seed)
        n_pairs = flag_duplicates(connection, load_ids)
    if n_pairs and not state_of(ctx).is_json:
        words = f"{n_pairs:,} pairs of incidents may have been recorded by two agencies: flagged, none is merged"
        console_out.print(f"  note: {words}", markup=False)
    if not state_of(ctx).is_json:
        for sentence in _warnings({load_id: audit_sentences(audit) for load_id, audit in audits.items()}):
            console_out.print(f"  warning: {sentence}", markup=False)


def _warnings(sentences: Mapping[int, Sequence[str]]) -> list[str]:
    """Return what loads are warned of, each sentence once, with its loads where it is not said of all of them."""
    loads_of: dict[str, list[str]] = {}
    for load_id, said in sentences.items():
        for words in dict.fromkeys(said):
            loads_of.setdefault(words, []).append(f"load {load_id}")
    return [words if len(ids) == len(sentences) else f"{words} ({', '.join(ids)})" for words, ids in loads_of.items()]


@app.command()
def outcomes(ctx: typer.Context, files: Files, force: Forces = None) -> None:
    """
    Load outcomes files of police.uk, or those in a monthly archive: crimes in the store take their last outcome.

    About half of a file belongs to crimes of other months, which is normal. Load the street files first; a file that is
    loaded again is joined again.

    Example: redzones load outcomes 2023-03-cheshire-outcomes.csv.gz
    """
    from db.write_outcomes import store_outcomes
    from sources.archive import expand_archives
    from sources.monthly_files import MonthlyKind
    from sources.outcomes import open_outcomes

    with shown_progress(ctx) as progress:

        def store(connection: Connection, file: FileLike) -> LoadReport:
            return store_outcomes(connection, open_outcomes(file), progress=progress)

        load_each(ctx, expand_archives(files, kinds=[MonthlyKind.OUTCOMES], forces=force or ()), store)


@app.command()
def propose(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="The extract.", show_default=False)]) -> None:
    """
    Draft the column mapping of a force extract, and say what is unsure; nothing is loaded.

    Example: redzones load propose log-2025.csv > log.toml
    """
    from sources.propose import propose_mapping

    text = propose_mapping(file, time_zone=settings_of(ctx).force.time_zone)
    console_out.print(text, markup=False, end="")
