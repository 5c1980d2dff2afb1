"""
The People x Place join: every distinct place in its areas, every distinct siting in its small area.

A siting is how rows say where they were: a point, an area code, or both. Its small area is found by the stated code
where its vintage matches, else through a look-up, else by the point; a code or point of another force is kept and
flagged `outside`. A point alone is its place, and has the place's area. Incidents themselves are never rewritten.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import assignment, geography_outline, place_area, stated_siting_area
from db.statements import read_sql, statement
from db.write_boundaries import geography_id
from domain.areas import GeographyKey
from domain.errors import DatabaseError

__all__ = ["assign_incident_areas", "refresh_assignments"]


def refresh_assignments(connection: Connection, *, small_area: GeographyKey, patrol: GeographyKey) -> dict[str, int]:
    """
    Join every place and siting to the small areas and the patrol areas, as far as that is not done yet.

    New places are added to what is there. Where boundaries or look-ups have changed, everything is joined anew. The
    outline of the small areas is dissolved too: a place is inside the force if that outline covers it, so that counts
    by place and counts by area agree.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    small_area
        Geography in which incidents are counted.
    patrol
        Geography of patrol areas.

    Returns
    -------
    dict
        Incidents of live loads by how their area was found: `stated`, `lookup`, `point`, `outside`, `none`.

    Raises
    ------
    DatabaseError
        If no boundaries of one of the two are loaded.
    """
    assign_incident_areas(connection, small_area=small_area)
    _assign_places(connection, patrol, is_small_area=patrol == small_area)
    counted = connection.execute(statement("count_area_how"), {"geography_id": geography_id(connection, small_area)})
    return {row.area_how: row.n for row in counted}


def assign_incident_areas(connection: Connection, *, small_area: GeographyKey) -> None:
    """
    Find the small area of every siting that has none yet.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    small_area
        Geography in which incidents are counted.

    Raises
    ------
    DatabaseError
        If no boundaries of it are loaded.
    """
    number = _assign_places(connection, small_area, is_small_area=True)
    connection.execute(statement("assign_areas"), {"geography_id": number})
    connection.exec_driver_sql("ANALYZE stated_siting_area")
    _dissolve_outline(connection, number)


def _assign_places(connection: Connection, key: GeographyKey, *, is_small_area: bool) -> int:
    """Find the area that covers each place that has none yet, and return the number of the geography."""
    number = geography_id(connection, key)
    fingerprint = connection.scalar(
        statement("assignment_fingerprint"), {"geography_id": number, "with_links": is_small_area}
    )
    if fingerprint is None:
        raise DatabaseError(
            f"no boundaries of {key} are loaded", hint=f"redzones load boundaries FILE --geography {key}"
        )
    _begin_again_if_changed(connection, number, fingerprint, is_small_area=is_small_area)
    connection.exec_driver_sql(read_sql("allow_memory"))
    connection.exec_driver_sql(read_sql("make_fresh_place"))
    connection.execute(statement("fill_fresh_place"), {"geography_id": number})
    connection.exec_driver_sql(read_sql("index_fresh_place"))
    connection.execute(statement("assign_places"), {"geography_id": number})
    connection.exec_driver_sql("ANALYZE place_area")
    return number


def _begin_again_if_changed(connection: Connection, number: int, fingerprint: str, *, is_small_area: bool) -> None:
    """Forget what was joined from other boundaries or look-ups, and note what is used now."""
    of_geography = assignment.c.geography_id == number
    known = connection.execute(select(assignment.c.fingerprint).where(of_geography)).scalar()
    if known != fingerprint:
        for table in (place_area, stated_siting_area):
            connection.execute(delete(table).where(table.c.geography_id == number))
    if is_small_area:
        connection.execute(update(assignment).where(~of_geography).values(is_small_area=False))
    values = {"fingerprint": fingerprint, "is_small_area": is_small_area}
    noted = insert(assignment).values(geography_id=number, **values)
    connection.execute(noted.on_conflict_do_update(index_elements=["geography_id"], set_=values))


def _dissolve_outline(connection: Connection, number: int) -> None:
    used = connection.scalar(statement("assignment_fingerprint"), {"geography_id": number, "with_links": False})
    known = select(geography_outline.c.fingerprint).where(geography_outline.c.geography_id == number)
    if connection.scalar(known) != used:
        connection.execute(delete(geography_outline).where(geography_outline.c.geography_id == number))
        connection.execute(statement("dissolve_outline"), {"geography_id": number, "fingerprint": used})
