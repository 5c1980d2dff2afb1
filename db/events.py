"""
One event counts once (METHODS 1): linked logs and logs that became crimes are kept and not counted.

The rows of a file are judged among themselves and against earlier live files of the same source. Rows of earlier loads
are never changed: a parent log that comes in a later file than a linked log that stands for it is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from db.copying import copy_rows
from db.statements import statement
from domain.incidents import EVENT_COLUMNS

__all__ = ["event_notes", "event_totals", "mark_events", "stage_events", "told_events"]

_STAGED = ("row_number", *EVENT_COLUMNS)


def told_events(rows: pd.DataFrame) -> list[list[Any]]:
    """
    Return what rows say about their events, for `stage_events`.

    Parameters
    ----------
    rows
        Table with the columns of `INCIDENT_COLUMNS`; nothing is told unless it has those of `EVENT_COLUMNS` too.

    Returns
    -------
    list
        Row number and the values of `EVENT_COLUMNS`, of each row that says anything; None is NULL.
    """
    if any(name not in rows for name in EVENT_COLUMNS):
        return []
    telling = rows[rows[list(EVENT_COLUMNS)].notna().any(axis=1)]
    values = telling[list(_STAGED)].astype(object)
    told: list[list[Any]] = values.where(values.notna(), None).to_numpy().tolist()
    return told


def stage_events(connection: Connection, told: Sequence[Sequence[Any]]) -> None:
    """
    Copy what rows say about their events into the staging table.

    Parameters
    ----------
    connection
        A connection in the caller's transaction, with the staging tables of incidents.
    told
        What `told_events` returned.
    """
    if told:
        copy_rows(connection, "event_staging", _STAGED, told)


def mark_events(connection: Connection, *, source: str, scope: str) -> None:
    """
    Mark the staged rows that do not count because another row stands for their event.

    Parameters
    ----------
    connection
        A connection in the caller's transaction, with the staging tables filled.
    source, scope
        Of the file; earlier live files of the source are looked at, but for the one of the same scope.
    """
    connection.exec_driver_sql("ANALYZE event_staging")
    for name in ("mark_linked_logs", "mark_logs_of_crimes"):
        connection.execute(statement(name), {"source": source, "scope": scope})


def event_totals(connection: Connection, load_id: int, months: Sequence[date]) -> dict[str, Any]:
    """
    Return how many rows of an incident load count as events and how many may score, and why the others do not.

    Parameters
    ----------
    connection
        An open connection.
    load_id
        The load.
    months
        First days of the months in which its rows lie.

    Returns
    -------
    dict
        `counted`, `not_counted` (rows by reason), `may_score` and `not_scored` (counted rows by reason).
    """
    totals: dict[str, Any] = {"counted": 0, "may_score": 0, "not_counted": {}, "not_scored": {}}
    for row in connection.execute(statement("event_totals"), {"load_id": load_id, "months": list(months)}):
        if row.not_counted_because is not None:
            reasons = totals["not_counted"]
            reasons[row.not_counted_because] = reasons.get(row.not_counted_because, 0) + row.n
            continue
        totals["counted"] += row.n
        if row.not_scored_because is None:
            totals["may_score"] += row.n
        else:
            totals["not_scored"][row.not_scored_because] = row.n
    return totals


def event_notes(totals: Mapping[str, Any]) -> list[str]:
    """
    Return the sentences for a load's report; none where every row counts and may score.

    Examples
    --------
    >>> event_notes({"counted": 8, "may_score": 7, "not_counted": {"linked_log": 2}, "not_scored": {"domestic": 1}})
    ['8 of 10 rows count as events; not counted: linked log 2', '7 of 8 events may score; never scored: domestic 1']
    """
    counted, n_rows = totals["counted"], totals["counted"] + sum(totals["not_counted"].values())
    notes = []
    if why := _listed(totals["not_counted"]):
        notes.append(f"{counted:,} of {n_rows:,} rows count as events; not counted: {why}")
    if why := _listed(totals["not_scored"]):
        notes.append(f"{totals['may_score']:,} of {counted:,} events may score; never scored: {why}")
    return notes


def _listed(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in sorted(reasons.items()))
