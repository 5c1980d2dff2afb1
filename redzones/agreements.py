"""Decisions on community profiles (strategy 33): a person says that one is agreed with partners, or a draft again."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

import db.profiles
import db.read
import db.runs
from db.write_records import store_records
from domain.areas import GeographyKey
from domain.errors import SettingsError
from domain.incidents import REJECTED_COLUMNS
from domain.months import LocalMonth
from domain.records import RecordKind, RecordTable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.loads import LoadReport
    from redzones.settings import Settings

__all__ = ["decide", "states_of_profiles"]


def decide(  # noqa: PLR0913 - what a decision consists of
    connection: Connection,
    settings: Settings,
    area: str,
    *,
    state: str,
    by: str,
    on: str,
    partners: str | None = None,
    month: str | None = None,
    note: str | None = None,
) -> LoadReport:
    """
    Record a decision on the profile of one area, in the place of the one before.

    It is a load like any other, so that a run knows what it read, and `redzones loads undo` takes it back.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    settings
        Name the geographies.
    area
        Code of a small area, patrol area or policing unit.
    state
        `agreed` or `draft`.
    by, on
        Who decided; the day, YYYY-MM-DD.
    partners
        With whom it was agreed.
    month
        Last month of the data of the profile, YYYY-MM; that of the latest finished run if None.
    note
        Why.

    Raises
    ------
    SettingsError
        If there is no such area, nobody is named, or the day or month is none.
    DatabaseError
        If no month is given and no run is finished.
    """
    geography = settings.geography
    keys = dict.fromkeys((geography.patrol, geography.policing_unit, geography.small_area))
    if not any(area in db.read.area_codes(connection, GeographyKey.parse(key)) for key in keys):
        raise SettingsError(
            f"there is no area {area} in {', '.join(keys)}", hint="Name it by its code, as on its page."
        )
    if not by.strip():
        raise SettingsError("a decision needs a name", hint='Say who decided: --by "Insp. Northgate".')
    last = LocalMonth.parse(month) if month else LocalMonth.of(db.runs.latest_finished_run(connection).month)
    row = {
        "area_code": area,
        "state": state,
        "decided_on": pd.Timestamp(_day(on)),
        "decided_by": by.strip(),
        "partners": partners or None,
        "profile_month": str(last),
        "note": note or None,
    }
    frame = pd.DataFrame([{"row_number": 2, **row}]).astype({"decided_on": "datetime64[us]"})
    text = json.dumps({**row, "decided_on": on}, sort_keys=True)
    table = RecordTable(
        kind=RecordKind.AGREEMENTS,
        file_name=f"redzones profiles {area}",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        scope=f"{RecordKind.AGREEMENTS} {area}",
        frame=frame.astype(dict.fromkeys(("partners", "note"), object)),
        rejected=pd.DataFrame({name: pd.Series(dtype=object) for name in REJECTED_COLUMNS}),
        rows_read=1,
    )
    return store_records(connection, table)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f'"{text}" is not a day', hint="Write a day as YYYY-MM-DD, for example 2026-01-15."
        ) from error


def states_of_profiles(connection: Connection, settings: Settings) -> pd.DataFrame:
    """
    Return the state of the profile of every patrol area and policing unit.

    Parameters
    ----------
    connection
        An open connection.
    settings
        Name the geographies.

    Returns
    -------
    DataFrame
        `area`, `name`, `state`, `on`, `by`, `partners`, `profile_month`; an area without a decision is a draft.
    """
    found = db.profiles.profile_agreements(connection, db.read.live_load_ids(connection)).set_index("area_code")
    rows = []
    for key in dict.fromkeys((settings.geography.policing_unit, settings.geography.patrol)):
        for area in db.read.areas(connection, GeographyKey.parse(key)).itertuples():
            known = found.loc[area.area_code].to_dict() if area.area_code in found.index else {}
            rows.append(
                {
                    "area": area.area_code,
                    "name": area.area_name,
                    "state": known.get("state", "draft"),
                    "on": known.get("decided_on"),
                    "by": known.get("decided_by"),
                    "partners": known.get("partners"),
                    "profile_month": known.get("profile_month"),
                }
            )
    return pd.DataFrame(rows)
