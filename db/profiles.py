"""What earlier months and the latest days say of areas: written to the tables of a run and read back as they were."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Connection, insert, select

from db import models
from db.frames import read_frame
from db.read_incidents import assigned_geography, incident_loads
from db.result_frames import clear_rows, read_rows, write_rows
from db.statements import statement
from domain.areas import GeographyKey
from profiles.results import CurrentPicture, PlaceHistory

__all__ = [
    "area_quality",
    "last_instants",
    "people_totals",
    "profile_agreements",
    "read_current",
    "read_history",
    "recent_counts",
    "source_freshness",
    "write_current",
    "write_history",
]


def write_history(connection: Connection, run_id: int, result: PlaceHistory) -> None:
    """Write seasons and changes of level of a run, in place of what an earlier attempt wrote."""
    clear_rows(connection, run_id, models.profile_season, models.profile_level)
    write_rows(connection, run_id, models.profile_season, result.seasons)
    write_rows(connection, run_id, models.profile_level, result.levels)


def read_history(connection: Connection, run_id: int) -> PlaceHistory:
    """Return seasons and changes of level of a run; both are empty where they are not computed."""
    return PlaceHistory(
        read_rows(connection, run_id, models.profile_season), read_rows(connection, run_id, models.profile_level)
    )


def write_current(connection: Connection, run_id: int, picture: CurrentPicture) -> None:
    """Write the current picture of a run, in place of what an earlier attempt wrote."""
    clear_rows(connection, run_id, models.profile_current, models.profile_freshness, models.profile_picture)
    write_rows(connection, run_id, models.profile_current, picture.figures)
    write_rows(connection, run_id, models.profile_freshness, picture.freshness)
    values = {"state": picture.state, "reason": picture.reason, "last_at": picture.last_at}
    connection.execute(insert(models.profile_picture).values(run_id=run_id, **values))


def read_current(connection: Connection, run_id: int) -> CurrentPicture | None:
    """Return the current picture of a run, or None where it is not computed."""
    table = models.profile_picture
    row = connection.execute(select(table).where(table.c.run_id == run_id)).mappings().first()
    if row is None:
        return None
    figures = read_rows(connection, run_id, models.profile_current)
    freshness = read_rows(connection, run_id, models.profile_freshness)
    return CurrentPicture(row["state"], row["reason"], row["last_at"], figures, freshness)


def people_totals(connection: Connection, key: GeographyKey, load_ids: Sequence[int]) -> pd.DataFrame:
    """
    Return what each People variable of a geography comes to in the nation, where a national file was loaded.

    Parameters
    ----------
    connection
        An open connection.
    key
        Geography of the areas that were added up.
    load_ids
        Loads to read through; where several hold a variable, the last one does.

    Returns
    -------
    DataFrame
        Table `domain.schemas.PEOPLE_TOTALS`, in order of variables and nations.
    """
    binds = {"name": key.name, "vintage": key.vintage, "load_ids": list(load_ids)}
    types = {
        "variable": "object", "place": "object", "n_areas": "int64", "numerator": "float64", "denominator": "float64",
    }  # fmt: skip
    return read_frame(connection, "people_totals", binds, types)


def area_quality(
    connection: Connection, key: GeographyKey, load_ids: Sequence[int], *, sources: Sequence[str] = ()
) -> pd.DataFrame:
    """
    Audit how well the counted incidents of each small area are placed.

    Parameters
    ----------
    connection
        An open connection.
    key
        Geography of the small areas, to which incidents must be joined.
    load_ids
        Loads to read through.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.AREA_QUALITY`, in order of area codes.
    """
    binds = {
        "load_ids": incident_loads(connection, load_ids, sources),
        "geography_id": assigned_geography(connection, key),
    }
    types = {"area_code": "object", **dict.fromkeys(("n", "n_placed", "n_stated", "n_elsewhere", "n_busiest"), "int64")}
    return read_frame(connection, "area_quality", binds, types)


def last_instants(
    connection: Connection, load_ids: Sequence[int], *, time_zone: str, sources: Sequence[str] = ()
) -> tuple[str | None, int]:
    """
    Return the last instant of the incidents whose time is known, and the days since the first one.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    time_zone
        Time zone of the wall clock in which the instant is given.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    tuple
        The instant as `2025-12-31 22:40`, or None where no time is known; whole days from the first to the last.
    """
    binds = {"load_ids": incident_loads(connection, load_ids, sources), "time_zone": time_zone}
    row = connection.execute(statement("last_instant"), binds).one()
    return row.last_at, int(row.n_days or 0)


def recent_counts(
    connection: Connection, key: GeographyKey, load_ids: Sequence[int], *, n_days: int, sources: Sequence[str] = ()
) -> pd.DataFrame:
    """
    Count the incidents whose time is known by small area and whole days before the last instant.

    An incident that lies between two times is counted on the day on which it may have begun.

    Parameters
    ----------
    connection
        An open connection.
    key
        Geography of the small areas.
    load_ids
        Loads to read through.
    n_days
        How many days to look back.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.RECENT_COUNTS`, in order of its columns.
    """
    binds = {
        "load_ids": incident_loads(connection, load_ids, sources),
        "geography_id": assigned_geography(connection, key),
        "n_days": n_days,
    }
    types = {
        "area_code": "object", "age_days": "int64", "kind_id": "int64", "is_officer_generated": "bool", "n": "int64",
    }  # fmt: skip
    return read_frame(connection, "recent_counts", binds, types)


def source_freshness(
    connection: Connection, load_ids: Sequence[int], *, time_zone: str, counted: Sequence[str] = ()
) -> pd.DataFrame:
    """
    Return how fresh each source of incidents is, by its own last instant or month.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    time_zone
        Time zone of the wall clock.
    counted
        Sources that the profile counts; all if empty.

    Returns
    -------
    DataFrame
        As `profiles.results.CurrentPicture.freshness`, in order of sources.
    """
    binds = {
        "load_ids": incident_loads(connection, load_ids, ()),
        "time_zone": time_zone,
        "counted": list(counted),
    }
    types = {
        "source": "object", "is_counted": "bool", "first_month": "object", "last_month": "object", "last_at": "object",
        "n": "int64", "n_timed": "int64",
    }  # fmt: skip
    return read_frame(connection, "source_freshness", binds, types)


def profile_agreements(connection: Connection, load_ids: Sequence[int]) -> pd.DataFrame:
    """
    Return the latest decision on the profile of each area that has one.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.

    Returns
    -------
    DataFrame
        `area_code`, `state` (`agreed` or `draft`), `decided_on` (YYYY-MM-DD), `decided_by`, `partners`,
        `profile_month` (YYYY-MM), `note`; the last three may be None. In order of area codes.
    """
    names = ("area_code", "state", "decided_on", "decided_by", "partners", "profile_month", "note")
    return read_frame(connection, "profile_agreements", {"load_ids": list(load_ids)}, dict.fromkeys(names, "object"))
