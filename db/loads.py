"""
Loads: one per file, in one transaction; what became of each row; and which load replaces which.

A load is never overwritten. The same bytes loaded again change nothing; other bytes of the same source and scope
supersede the earlier load, which stays for the runs that read it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, text, update

from db.copying import copy_rows
from db.models import load
from db.statements import statement
from domain.errors import LockedError
from domain.months import LocalMonth

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LOAD_LOCK",
    "LoadIdentity",
    "LoadReport",
    "begin_load",
    "find_load",
    "finish_load",
    "store_rejected",
    "take_load_lock",
]

#: Advisory lock that a load holds until its transaction ends.
LOAD_LOCK = 0x6C6F6164
_WAIT_S = 60.0
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class LoadIdentity:
    """
    What makes a file the same as, or a re-issue of, one that was loaded before.

    Parameters
    ----------
    kind
        `boundaries`, `derived`, `links`, `people` or `incidents`.
    source, scope
        Format and publisher; what a re-issue of the file would replace.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    mapping_sha256
        Fingerprint of the column mapping used, where there is one.
    """

    kind: str
    source: str
    scope: str
    file_name: str
    sha256: str
    mapping_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """
    What became of one file.

    Parameters
    ----------
    load_id
        Number of the load; of the earlier one where the file was loaded before.
    file_name, source
        The file, and its format and publisher.
    rows_in, kept, rejected
        Rows read, stored and refused: `rows_in = kept + rejected`.
    reasons
        Refused rows by reason.
    is_already_loaded
        Whether the very same file was loaded before, so that nothing changed.
    superseded
        The load that this one replaces.
    months
        Local months that the load covers, as YYYY-MM, in order.
    notes
        What the reader of the report should know.
    """

    load_id: int
    file_name: str
    source: str
    rows_in: int
    kept: int
    rejected: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    is_already_loaded: bool = False
    superseded: int | None = None
    months: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def take_load_lock(connection: Connection, *, wait_s: float = _WAIT_S) -> None:
    """
    Wait until no other load is at work, and hold the lock until the transaction ends.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    wait_s
        How long to wait, seconds.

    Raises
    ------
    LockedError
        If another load still works after that; it says which.
    """
    until = time.monotonic() + wait_s
    while not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOAD_LOCK}):
        if time.monotonic() >= until:
            holder = connection.execute(statement("lock_holder"), {"key": LOAD_LOCK}).first()
            who = f" (process {holder.pid}, {holder.application}, since {holder.since})" if holder else ""
            raise LockedError(
                f"another load is still at work after {wait_s:.0f} seconds{who}", hint="Load again when it has ended."
            )
        time.sleep(_PAUSE_S)


def find_load(connection: Connection, identity: LoadIdentity) -> LoadReport | None:
    """
    Return the report of the load that brought the very same file, or None.

    A withdrawn load does not count. A superseded one does: loading a whole folder again must not bring back what a
    re-issue has replaced.
    """
    same = (
        select(load)
        .where(load.c.kind == identity.kind, load.c.sha256 == identity.sha256)
        .where(load.c.source == identity.source, load.c.scope == identity.scope)
        .where(load.c.mapping_sha256.is_not_distinct_from(identity.mapping_sha256))
        .where(load.c.state.in_(("live", "superseded")))
        .order_by(load.c.load_id.desc())
    )
    found = connection.execute(same).first()
    if found is None:
        return None
    replaced = () if found.state == "live" else (f"load {found.superseded_by}, a re-issue, has replaced it",)
    return LoadReport(
        load_id=found.load_id,
        file_name=identity.file_name,
        source=found.source,
        rows_in=found.rows_in,
        kept=found.kept,
        rejected=found.rejected,
        reasons=_reasons(connection, found.load_id),
        is_already_loaded=True,
        months=tuple(str(LocalMonth.of(month)) for month in found.months),
        notes=(*found.notes, *replaced),
    )


def begin_load(connection: Connection, identity: LoadIdentity, *, is_open_data: bool = False) -> int:
    """Return the number of a new load; it counts as withdrawn until `finish_load` makes it live."""
    row = insert(load).values(
        kind=identity.kind,
        file_name=identity.file_name,
        sha256=identity.sha256,
        mapping_sha256=identity.mapping_sha256,
        source=identity.source,
        scope=identity.scope,
        state="withdrawn",
        rows_in=0,
        kept=0,
        rejected=0,
        is_open_data=is_open_data,
    )
    return int(connection.execute(row.returning(load.c.load_id)).scalar_one())


def finish_load(
    connection: Connection,
    load_id: int,
    *,
    rows_in: int,
    kept: int,
    rows_outside: int = 0,
    months: Sequence[LocalMonth] = (),
    notes: Sequence[str] = (),
) -> LoadReport:
    """
    Write the account of a load and make it live, in the place of the one it supersedes.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    load_id
        The load that was begun.
    rows_in, kept
        Rows read and stored; the database refuses the load if they and the refused rows do not add up.
    rows_outside
        Further rows of areas that were not asked for.
    months
        Local months that it covers, in order.
    notes
        What the reader of the report should know.
    """
    reasons = _reasons(connection, load_id)
    rejected = connection.scalar(statement("count_rejected_rows"), {"load_id": load_id})
    replaced = connection.scalar(statement("supersede_load"), {"load_id": load_id})
    changed = (
        update(load)
        .where(load.c.load_id == load_id)
        .values(
            state="live",
            rows_in=rows_in,
            kept=kept,
            rejected=rejected,
            rows_outside=rows_outside,
            months=[month.first_day for month in months],
            notes=list(notes),
        )
        .returning(load.c.file_name, load.c.source, load.c.rejected)
    )
    row = connection.execute(changed).one()
    return LoadReport(
        load_id=load_id,
        file_name=row.file_name,
        source=row.source,
        rows_in=rows_in,
        kept=kept,
        rejected=row.rejected,
        reasons=reasons,
        superseded=replaced,
        months=tuple(map(str, months)),
        notes=tuple(notes),
    )


def store_rejected(connection: Connection, load_id: int, rejected: pd.DataFrame) -> None:
    """
    Keep the refused rows of a load.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    load_id
        The load.
    rejected
        Table with the columns of `domain.incidents.REJECTED_COLUMNS`.
    """
    if len(rejected):
        columns = ("load_id", "row_number", "column_name", "reason", "raw")
        values = rejected[["row_number", "column", "reason", "raw"]].astype(object)
        # PostgreSQL's text cannot hold a NUL character
        rows = (
            [load_id, *(v.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(v, str) else v for v in row)]
            for row in values.where(values.notna(), None).itertuples(index=False)
        )
        copy_rows(connection, "rejected_row", columns, rows)


def _reasons(connection: Connection, load_id: int) -> dict[str, int]:
    found = connection.execute(statement("rejected_reasons"), {"load_id": load_id})
    return {row.reason: row.n for row in found}
