"""What was loaded: every load with its account, one load in full, and the fingerprint of a set of loads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from db.duplicates import duplicate_totals
from db.events import event_totals
from db.frames import read_frame
from db.models import load
from db.statements import statement
from domain.errors import DatabaseError
from domain.months import LocalMonth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["input_fingerprint", "live_load_ids", "load_detail", "load_list"]


def live_load_ids(connection: Connection) -> list[int]:
    """Return the numbers of the live loads, in order; a run notes them and reads nothing else."""
    return list(connection.scalars(select(load.c.load_id).where(load.c.state == "live").order_by(load.c.load_id)))


def input_fingerprint(connection: Connection, load_ids: Sequence[int]) -> str:
    """
    Return the fingerprint of what some loads hold: their files in order, and how categories are counted.

    It is made of the files' own fingerprints, not of numbers, so that another database with the same files loaded in
    the same order has the same one. The order matters, as the last load of a People variable is the one that is read.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        The loads.
    """
    binds = {"load_ids": list(load_ids)}
    digest = hashlib.sha256()
    for name in ("load_fingerprints", "kind_fingerprints"):
        for row in connection.execute(statement(name), binds):
            digest.update("\x1f".join("" if value is None else str(value) for value in row).encode())
            digest.update(b"\x1e")
    return digest.hexdigest()


def load_list(connection: Connection) -> pd.DataFrame:
    """Return every load with its account, in order: a row each, with plain values for a table on a screen."""
    types = {
        "load_id": "int64",
        "kind": "object",
        "file": "object",
        "source": "object",
        "months": "object",
        "state": "object",
        "rows_in": "int64",
        "kept": "int64",
        "rejected": "int64",
        "loaded": "object",
    }
    return read_frame(connection, "load_list", {}, types)


def load_detail(connection: Connection, load_id: int) -> dict[str, Any]:
    """
    Return one load in full: of incidents, both totals, rows and events; the reasons of refused rows and the first.

    Parameters
    ----------
    connection
        An open connection.
    load_id
        Number of the load.

    Raises
    ------
    DatabaseError
        If there is no such load.
    """
    row = connection.execute(select(load).where(load.c.load_id == load_id)).mappings().first()
    if row is None:
        raise DatabaseError(f"there is no load {load_id}", hint="redzones loads lists every load.")
    binds = {"load_id": load_id}
    detail = {key: value for key, value in row.items() if value is not None}
    detail["loaded_at"] = row["loaded_at"].isoformat(timespec="seconds")
    detail["months"] = [str(LocalMonth.of(month)) for month in row["months"]]
    if row["kind"] == "incidents":
        detail["events"] = event_totals(connection, load_id, list(row["months"]))
        detail["possible_duplicates"] = duplicate_totals(connection, live_load_ids(connection), of=[load_id])
    detail["reasons"] = {r.reason: r.n for r in connection.execute(statement("rejected_reasons"), binds)}
    refused = connection.execute(statement("first_rejected_rows"), binds).mappings()
    detail["first_rejected_rows"] = [dict(r) for r in refused]
    return detail
