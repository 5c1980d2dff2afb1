"""
Undo a load: it is withdrawn, and what it had superseded is live again; nothing is deleted.

Places and areas are joined anew at the next refresh, where boundaries or look-ups have changed. A run that read the
load goes on reading it, as every run reads through its own set of loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from db.loads import take_load_lock
from db.models import area, crime_outcome, geography, load
from db.statements import statement
from db.write_boundaries import derive_parents
from db.write_outcomes import resolve_outcomes
from domain.errors import DatabaseError

__all__ = ["UndoReport", "undo_load"]


@dataclass(frozen=True, slots=True)
class UndoReport:
    """
    What became of a load that was undone.

    Parameters
    ----------
    load_id, file_name, kept
        The load, its file, and how many rows it had stored.
    reinstated
        Loads that are live again, in order, as `(load_id, file_name)`.
    runs
        Runs that read the load and go on doing so, in order.
    outcomes
        Incidents whose outcome is again what it was without the load, where it is of outcomes.
    """

    load_id: int
    file_name: str
    kept: int
    reinstated: tuple[tuple[int, str], ...]
    runs: tuple[int, ...]
    outcomes: int = 0


def undo_load(connection: Connection, load_id: int) -> UndoReport:
    """
    Withdraw a load and reinstate what it superseded.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    load_id
        Number of the load.

    Returns
    -------
    UndoReport
        What is live again.

    Raises
    ------
    DatabaseError
        If there is no such load, it is withdrawn or superseded already, it was derived from others, its outcomes were
        joined before what they replace was kept, or another load has taken the place of what would be live again.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    found = _undoable(connection, load_id)
    of_earlier = (load.c.superseded_by == load_id, load.c.kind != "derived")
    earlier = connection.execute(select(load).where(*of_earlier).order_by(load.c.load_id)).all()
    for gone in earlier:
        _refuse_taken_place(connection, gone, load_id)
    _set_state(connection, [load_id], "withdrawn")
    _set_state(connection, [gone.load_id for gone in earlier], "live")
    if found.kind == "boundaries":
        _put_areas_right(connection, load_id, earlier)
    n_outcomes = _put_outcomes_right(connection, found, earlier) if found.kind == "outcomes" else 0
    runs = connection.scalars(statement("runs_that_read"), {"load_id": load_id})
    reinstated = tuple((gone.load_id, gone.file_name) for gone in earlier)
    return UndoReport(load_id, found.file_name, found.kept, reinstated, tuple(runs), n_outcomes)


def _undoable(connection: Connection, load_id: int) -> Row[Any]:
    found = connection.execute(select(load).where(load.c.load_id == load_id)).first()
    if found is None:
        raise DatabaseError(f"there is no load {load_id}", hint="redzones loads lists every load.")
    if found.kind == "derived":
        raise DatabaseError(
            f"load {load_id} was {found.file_name}, and goes with those areas", hint="Undo the load of those areas."
        )
    if found.state == "withdrawn":
        raise DatabaseError(
            f"load {load_id} ({found.file_name}) is withdrawn already", hint="To have it back, load the file again."
        )
    if found.state == "superseded":
        raise DatabaseError(
            f"load {load_id} ({found.file_name}) is not read any more: load {found.superseded_by} has replaced it",
            hint=f"To go back to it: redzones loads undo {found.superseded_by}",
        )
    return found


def _refuse_taken_place(connection: Connection, gone: Row[Any], load_id: int) -> None:
    """Raise if a third load is live where a superseded one would be live again."""
    same = (load.c.kind == gone.kind, load.c.source == gone.source, load.c.scope == gone.scope)
    third = select(load.c.load_id).where(*same, load.c.state == "live", load.c.load_id != load_id)
    if (number := connection.scalar(third)) is not None:
        raise DatabaseError(
            f"load {gone.load_id} ({gone.file_name}) would be live again, but load {number} has taken its place",
            hint=f"Undo that first: redzones loads undo {number}",
        )


def _set_state(connection: Connection, load_ids: Sequence[int], state: str) -> None:
    changed = update(load).where(load.c.load_id.in_(load_ids))
    connection.execute(changed.values(state=state, superseded_by=None))


# --- outcomes --------------------------------------------------------------------------------------------------------


def _put_outcomes_right(connection: Connection, found: Row[Any], earlier: Sequence[Row[Any]]) -> int:
    """Give the crimes of an undone load what other live files say of them, else what their own rows say."""
    sources = select(crime_outcome.c.incident_source).where(crime_outcome.c.load_id == found.load_id)
    source = connection.scalar(sources.limit(1))
    if source is None and found.kept:
        raise DatabaseError(
            f"load {found.load_id} ({found.file_name}) was joined by a version that did not keep what it replaced",
            hint="Undo the street files whose crimes it names, load them again, and then the outcomes that are wanted.",
        )
    load_ids = [found.load_id, *(gone.load_id for gone in earlier)]
    return resolve_outcomes(connection, found.load_id, load_ids, source=source)[2] if source is not None else 0


# --- boundaries ------------------------------------------------------------------------------------------------------


def _put_areas_right(connection: Connection, load_id: int, earlier: Sequence[Row[Any]]) -> None:
    """Check that no area is live twice, and dissolve the parents anew from what is live now."""
    number = connection.scalar(select(area.c.geography_id).where(area.c.load_id == load_id).limit(1))
    if number is None:
        return
    for gone in earlier:
        binds = {"load_id": gone.load_id, "geography_id": number}
        if other := connection.execute(statement("overlapping_area_loads"), binds).first():
            raise DatabaseError(
                f"load {gone.load_id} ({gone.file_name}) would be live again, but load {other.load_id} "
                f"({other.file_name}) holds some of its areas, for example {other.example}",
                hint=f"Undo that first: redzones loads undo {other.load_id}",
            )
    connection.execute(statement("reinstate_derived"), {"load_id": load_id, "geography_id": number})
    parent_id = connection.scalar(select(geography.c.parent_id).where(geography.c.geography_id == number))
    for parent in (number, parent_id):
        if parent is not None:
            _derive_anew(connection, parent)


def _derive_anew(connection: Connection, parent_id: int) -> None:
    """Dissolve the areas of a geography from its children, or withdraw it where no child is live any more."""
    children = select(geography.c.geography_id).where(geography.c.parent_id == parent_id)
    for child_id in connection.scalars(children.order_by(geography.c.geography_id)).all():
        derive_parents(connection, child_id)
    connection.execute(statement("withdraw_orphaned_derived"), {"parent_id": parent_id})
