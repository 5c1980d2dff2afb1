"""From when to when a geography is in force: two vintages never hold one code on one day, and months know theirs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Row, select, update

from db.models import geography
from db.statements import statement
from domain.areas import GeographyKey
from domain.errors import AnalysisError, DatabaseError, SettingsError
from domain.months import LocalMonth

__all__ = ["check_dates", "check_in_force", "date_geography", "geography_dates"]


def date_geography(connection: Connection, key: GeographyKey, *, valid_from: date | None, valid_to: date | None) -> str:
    """
    Write from when to when a geography is in force, in place of what was written before.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    key
        The geography.
    valid_from, valid_to
        First and last day; None where it is open.

    Returns
    -------
    str
        What holds now, in words.

    Raises
    ------
    SettingsError
        If it would end before it begins.
    DatabaseError
        If the geography is not known, or another vintage has the same codes on the same days.
    """
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise SettingsError(
            f"{key} would end on {valid_to}, before it begins on {valid_from}",
            hint="Exchange --valid-from and --valid-to, or leave --valid-to out while it is in force.",
        )
    dated = update(geography).where(*_is(key)).values(valid_from=valid_from, valid_to=valid_to)
    if not connection.execute(dated).rowcount:
        raise DatabaseError(f"{key} is not known", hint=f"redzones load boundaries FILE --geography {key}")
    check_dates(connection, key)
    return f"{key} is in force {_span(valid_from, valid_to)}"


def check_dates(connection: Connection, key: GeographyKey) -> None:
    """
    Refuse two dated vintages of a geography that have the same codes on the same days; undated ones are not judged.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    key
        The geography.

    Raises
    ------
    DatabaseError
        If another vintage has.
    """
    binds = {"name": key.name, "vintage": key.vintage}
    other = connection.execute(statement("vintages_at_once"), binds).first()
    if other is None:
        return
    own = connection.execute(select(geography.c.valid_from, geography.c.valid_to).where(*_is(key))).one()
    raise DatabaseError(
        f"{other.n_codes:,} {'code' if other.n_codes == 1 else 'codes'} would be in force twice, for example "
        f"{other.example}: {key} {_span(own.valid_from, own.valid_to)}, and {key.name}:{other.vintage} "
        f"{_span(other.valid_from, other.valid_to)}",
        hint=_way_out(key, own.valid_from, other),
    )


def _is(key: GeographyKey) -> tuple[ColumnElement[bool], ...]:
    return geography.c.name == key.name, geography.c.vintage == key.vintage


def _way_out(key: GeographyKey, begins: date | None, other: Row[Any]) -> str:
    """Return how to end the older of two vintages on the day before the newer begins."""
    both = ((begins, key.vintage), (other.valid_from, other.vintage))
    older, newer = sorted(both, key=lambda pair: (pair[0] or date.min, pair[1]))
    if newer[0] is None or newer[0] == older[0]:
        return "Say when each begins and ends: redzones areas dates NAME:YEAR --valid-from DAY --valid-to DAY"
    starts = "" if older[0] is None else f" --valid-from {older[0]}"
    ends = newer[0] - timedelta(days=1)
    return f"Say when the older ends: redzones areas dates {key.name}:{older[1]}{starts} --valid-to {ends}"


def check_in_force(connection: Connection, key: GeographyKey, month: LocalMonth) -> None:
    """
    Refuse a month for which a geography was over, or not yet in force while another vintage of it was.

    A month before the first vintage is counted on that one: history is often shown on today's boundaries.

    Parameters
    ----------
    connection
        An open connection.
    key
        The geography that the settings name.
    month
        The last month that is counted.

    Raises
    ------
    AnalysisError
        Naming the vintage that is in force, where there is one.
    """
    last_day = month.shift(1).first_day - timedelta(days=1)
    binds = {"name": key.name, "first_day": month.first_day, "last_day": last_day}
    vintages = connection.execute(statement("vintages_of"), binds).all()
    own = next((row for row in vintages if row.vintage == key.vintage), None)
    if own is None or not own.is_dated or own.is_in_force:
        return
    rightful = [row for row in vintages if row.is_dated and row.is_in_force]
    is_over = own.valid_to is not None and own.valid_to < month.first_day
    if not rightful and not is_over:
        return
    best = (
        f'Write "{key.name}:{rightful[-1].vintage}" instead of "{key}" in [geography] of the settings.'
        if rightful
        else (f"Load the boundaries that followed it, or correct its dates: redzones areas dates {key}")
    )
    raise AnalysisError(f"{key} is in force {_span(own.valid_from, own.valid_to)}, not in {month}", hint=best)


def geography_dates(connection: Connection) -> pd.DataFrame:
    """Return every geography with the days from and to which it is in force, None where that is open or not known."""
    columns = select(geography.c.name, geography.c.vintage, geography.c.valid_from, geography.c.valid_to)
    rows = connection.execute(columns.order_by(geography.c.name, geography.c.vintage)).all()
    return pd.DataFrame(
        [(f"{row.name}:{row.vintage}", _day(row.valid_from), _day(row.valid_to)) for row in rows],
        columns=["geography", "valid_from", "valid_to"],
        dtype=object,
    )


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)


def _span(valid_from: date | None, valid_to: date | None) -> str:
    begins = "" if valid_from is None else f"from {valid_from} "
    ends = "until further notice" if valid_to is None else f"to {valid_to}"
    return f"{begins}{ends}"
