"""Incidents as the core needs them: counts by place and by area, times, kinds; never the whole table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from db.frames import read_frame
from db.models import assignment, geography, load
from db.read_areas import best_fit_links
from db.statements import statement
from db.summaries import months_by_source
from domain.areas import GeographyKey
from domain.errors import DatabaseError
from domain.months import LocalMonth

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "area_counts",
    "assigned_geography",
    "incident_loads",
    "kinds",
    "location_quality",
    "location_quality_of_loads",
    "months_available",
    "n_untimed",
    "place_counts",
    "places",
    "repeat_caller_counts",
    "timed_incidents",
]

_COUNT = {"month_index": "int64", "kind_id": "int64", "is_officer_generated": "bool", "n": "int64"}


def kinds(connection: Connection, sources: Sequence[str] = ()) -> pd.DataFrame:
    """
    Return how each category is counted.

    Parameters
    ----------
    connection
        An open connection.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.KINDS`, in order of source and category.
    """
    types = {
        "kind_id": "int64",
        "source": "object",
        "category": "object",
        "kind": "object",
        "is_street": "bool",
        "is_officer_generated": "bool",
        "weight": "float64",
    }
    return read_frame(connection, "kinds", {"sources": list(sources)}, types)


def months_available(
    connection: Connection, load_ids: Sequence[int], sources: Sequence[str] = ()
) -> tuple[LocalMonth, ...]:
    """Return the months that the incident loads of some sources (all if empty) cover, in order."""
    by_source = months_by_source(connection, load_ids)
    indices = sorted({month for source in sources or by_source for month in by_source.get(source, ())})
    return tuple(LocalMonth(0, 1).shift(index) for index in indices)


def places(
    connection: Connection,
    *,
    small_area: GeographyKey,
    patrol: GeographyKey,
    load_ids: Sequence[int],
    sources: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Return the distinct places of incidents, with the areas in which they lie.

    Parameters
    ----------
    connection
        An open connection.
    small_area, patrol
        The two geographies; incidents must be joined to them (`refresh_assignments`).
    load_ids
        Loads to read through.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.PLACES` in order of places; a place is inside if some small area covers it.

    Raises
    ------
    DatabaseError
        If places are not joined to one of the two.
    """
    binds = {
        "small_id": assigned_geography(connection, small_area),
        "patrol_id": assigned_geography(connection, patrol),
        "load_ids": incident_loads(connection, load_ids, sources),
    }
    types = {
        "place_id": "int64",
        "x": "float64",
        "y": "float64",
        "location": "object",
        "is_inside": "bool",
        "small_area_code": "object",
        "patrol_code": "object",
    }
    return read_frame(connection, "places", binds, types)


def place_counts(
    connection: Connection,
    *,
    load_ids: Sequence[int],
    first: LocalMonth,
    last: LocalMonth,
    sources: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Count incidents by place, month and category.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    first, last
        First and last month.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.PLACE_COUNTS`, in order of its columns; incidents without a place are not in it.
    """
    binds = _window(connection, load_ids, sources, first, last)
    return read_frame(connection, "place_month_kind_counts", binds, {"place_id": "int64", **_COUNT})


def repeat_caller_counts(
    connection: Connection,
    *,
    load_ids: Sequence[int],
    first: LocalMonth,
    last: LocalMonth,
    sources: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Count incidents of repeat callers by place, month and category, where the loaded file tells of them.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    first, last
        First and last month.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.REPEAT_CALLERS`, in order of its columns; empty where no load tells. A load tells if any
        of its rows does: in such a load a row that is silent counts as no.
    """
    binds = _window(connection, load_ids, sources, first, last)
    types = {"place_id": "int64", **_COUNT}
    types = {**{name: kind for name, kind in types.items() if name != "n"}, "n_told": "int64", "n_repeat": "int64"}
    return read_frame(connection, "repeat_caller_counts", binds, types)


def area_counts(
    connection: Connection,
    *,
    geography: GeographyKey,
    load_ids: Sequence[int],
    first: LocalMonth,
    last: LocalMonth,
    sources: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Count incidents by area, month and category.

    Parameters
    ----------
    connection
        An open connection.
    geography
        The small areas to which incidents are joined, or larger ones, to which small areas are added up by best fit.
    load_ids
        Loads to read through.
    first, last
        First and last month.
    sources
        Sources of incidents; all if empty.

    Returns
    -------
    DataFrame
        Table `domain.schemas.AREA_COUNTS`, in order of its columns; incidents outside the force are not in it.

    Raises
    ------
    DatabaseError
        If incidents are not joined to small areas yet.
    """
    small = _small_area(connection)
    binds = {
        **_window(connection, load_ids, sources, first, last),
        "geography_id": assigned_geography(connection, small),
    }
    counts = read_frame(connection, "area_month_kind_counts", binds, {"area_code": "object", **_COUNT})
    if small == geography:
        return counts
    links = best_fit_links(connection, small, geography).set_index("source_code")["target_code"]
    counts["area_code"] = counts["area_code"].map(links)
    by = ["area_code", "month_index", "kind_id", "is_officer_generated"]
    return counts.groupby(by, sort=True)["n"].sum().reset_index()


def timed_incidents(
    connection: Connection,
    *,
    load_ids: Sequence[int],
    first: LocalMonth,
    last: LocalMonth,
    time_zone: str,
    sources: Sequence[str] = (),
    patrol: GeographyKey | None = None,
) -> pd.DataFrame:
    """
    Return the incidents whose time is known better than the month and whose place is known.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    first, last
        First and last month.
    time_zone
        Time zone of the wall clock in which times are given.
    sources
        Sources of incidents; all if empty.
    patrol
        Geography of `patrol_code`; without it, the codes are None.

    Returns
    -------
    DataFrame
        Table `domain.schemas.TIMED_INCIDENTS` in order of incidents; an open end is NaT.

    Raises
    ------
    DatabaseError
        If places are not joined to the small areas, or not to the patrol areas.
    """
    binds = {
        **_window(connection, load_ids, sources, first, last),
        "patrol_id": None if patrol is None else assigned_geography(connection, patrol),
        "small_id": assigned_geography(connection, _small_area(connection)),
        "time_zone": time_zone,
    }
    types = {
        "incident_id": "int64",
        "place_id": "int64",
        "x": "float64",
        "y": "float64",
        "kind_id": "int64",
        "is_officer_generated": "bool",
        "patrol_code": "object",
        "begins_at": "datetime64[us]",
        "ends_at": "datetime64[us]",
        "small_area_code": "object",
    }
    return read_frame(connection, "timed_incidents", binds, types)


def n_untimed(
    connection: Connection,
    *,
    load_ids: Sequence[int],
    first: LocalMonth,
    last: LocalMonth,
    sources: Sequence[str] = (),
) -> int:
    """Count the incidents of which only the month is known; arguments as in `timed_incidents`."""
    binds = _window(connection, load_ids, sources, first, last)
    return int(connection.execute(statement("count_untimed"), binds).scalar_one())


def location_quality(
    connection: Connection,
    load_ids: Sequence[int],
    *,
    sources: Sequence[str] = (),
    must_be_joined: bool = True,
) -> dict[str, Any]:
    """
    Audit how well incidents are placed.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    sources
        Sources of incidents; all if empty.
    must_be_joined
        Whether it is an error that incidents are not joined to areas yet; otherwise what needs areas is None.

    Returns
    -------
    dict
        `n_rows`; `share_with_coordinates` (0 to 1; under 0.85 a map of hot spots misleads: Ratcliffe 2004,
        doi 10.1080/13658810310001596076); `n_outside` and `share_outside` (of the force); `share_on_ten_busiest` (of
        the rows with coordinates, on the ten busiest points); `share_point_disagrees` (of the rows that state one of
        our areas and have coordinates, those whose point lies in another).
    """
    small = _geography_or_none(connection, must_be_joined=must_be_joined)
    loads = incident_loads(connection, load_ids, sources)
    binds = {"load_ids": loads, "geography_id": small, "by_load": False}
    counted = connection.execute(statement("location_quality"), binds).mappings().first()
    return _quality(dict(counted or {}), is_joined=small is not None)


def location_quality_of_loads(connection: Connection, load_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """
    Audit how well the incidents of each load are placed, all loads in one reading.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads of incidents.

    Returns
    -------
    dict
        By load, as `location_quality` returns it; what needs areas is None before incidents are joined to them.
    """
    small = _geography_or_none(connection, must_be_joined=False)
    counted = connection.execute(
        statement("location_quality"), {"load_ids": list(load_ids), "geography_id": small, "by_load": True}
    ).mappings()
    by_load = {row["part"]: dict(row) for row in counted}
    return {number: _quality(by_load.get(number, {}), is_joined=small is not None) for number in load_ids}


def _geography_or_none(connection: Connection, *, must_be_joined: bool) -> int | None:
    try:
        return assigned_geography(connection, _small_area(connection))
    except DatabaseError:
        if must_be_joined:
            raise
        return None


def _quality(counted: Mapping[Any, Any], *, is_joined: bool) -> dict[str, Any]:
    n_rows, n_placed, n_outside = (counted.get(name, 0) for name in ("n_rows", "n_placed", "n_outside"))
    return {
        "n_rows": n_rows,
        "share_with_coordinates": _share(n_placed, n_rows),
        "n_outside": n_outside if is_joined else None,
        "share_outside": _share(n_outside, n_rows) if is_joined else None,
        "share_on_ten_busiest": _share(counted.get("n_on_ten_busiest", 0), n_placed),
        "share_point_disagrees": _share(counted.get("n_disagree", 0), counted.get("n_stated", 0))
        if is_joined
        else None,
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _window(
    connection: Connection, load_ids: Sequence[int], sources: Sequence[str], first: LocalMonth, last: LocalMonth
) -> dict[str, Any]:
    loads = incident_loads(connection, load_ids, sources)
    return {"load_ids": loads, "first": first.first_day, "last": last.first_day}


def incident_loads(connection: Connection, load_ids: Sequence[int], sources: Sequence[str]) -> list[int]:
    """Return the loads among some that brought incidents of some sources (of all if empty)."""
    wanted = [load.c.kind == "incidents", load.c.load_id.in_(load_ids)]
    if sources:
        wanted.append(load.c.source.in_(sources))
    return list(connection.scalars(select(load.c.load_id).where(*wanted).order_by(load.c.load_id)))


def assigned_geography(connection: Connection, key: GeographyKey) -> int:
    """Return the number of a geography to which places are joined."""
    joined = assignment.join(geography, geography.c.geography_id == assignment.c.geography_id)
    wanted = (geography.c.name == key.name, geography.c.vintage == key.vintage)
    number = connection.scalar(select(assignment.c.geography_id).select_from(joined).where(*wanted))
    if number is None:
        raise DatabaseError(f"incidents are not joined to {key} yet", hint="redzones refresh does it.")
    return int(number)


def _small_area(connection: Connection) -> GeographyKey:
    joined = assignment.join(geography, geography.c.geography_id == assignment.c.geography_id)
    columns = select(geography.c.name, geography.c.vintage).select_from(joined)
    row = connection.execute(columns.where(assignment.c.is_small_area)).first()
    if row is None:
        raise DatabaseError("incidents are not joined to small areas yet", hint="redzones refresh does it.")
    return GeographyKey(row.name, row.vintage)
