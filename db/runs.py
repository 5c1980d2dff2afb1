"""Refreshes as runs of steps, and the record of which run is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.models import publication, run, run_step
from db.statements import statement
from domain.errors import DatabaseError, LockedError
from domain.months import LocalMonth

__all__ = [
    "RunRecord",
    "confirm_publication",
    "earlier_publications",
    "fail_step",
    "finish_run",
    "finish_step",
    "finished_step",
    "latest_finished_run",
    "live_publication",
    "reconcile_publication",
    "refresh_lock",
    "run_by_id",
    "runs_list",
    "set_pending_publication",
    "start_or_resume_run",
    "start_step",
    "step_result",
]

_REFRESH_LOCK = 0x72656672  # any number that no other use of advisory locks takes


@dataclass(frozen=True, slots=True)
class RunRecord:
    """
    One run.

    Parameters
    ----------
    run_id, fingerprint
        Number in this database; fingerprint of month, settings, inputs and code.
    month
        First day of the last month of its data.
    state
        `running`, `finished` or `failed`.
    load_ids
        The loads that it reads.
    """

    run_id: int
    fingerprint: str
    month: date
    state: str
    load_ids: tuple[int, ...]


@contextmanager
def refresh_lock(engine: Engine) -> Iterator[None]:
    """
    Hold the lock that lets one refresh work at a time; the server frees it when its holder is killed.

    Parameters
    ----------
    engine
        Engine of the database.

    Raises
    ------
    LockedError
        If another session holds it; the message says which.
    """
    with engine.connect() as connection:
        key = {"key": _REFRESH_LOCK}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
            holder = connection.execute(statement("lock_holder"), key).mappings().first()
            who = f" ({holder['application']}, process {holder['pid']}, since {holder['since']})" if holder else ""
            raise LockedError(f"another refresh is at work{who}", hint="Wait until it has finished, then try again.")
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
            connection.commit()


def start_or_resume_run(  # noqa: PLR0913 - what makes a run the same run
    connection: Connection,
    *,
    month: LocalMonth,
    fingerprint: str,
    config_fingerprint: str,
    input_fingerprint: str,
    code_version: str,
    seed: int,
    settings: Mapping[str, Any],
    load_ids: Sequence[int],
) -> RunRecord:
    """
    Return the run with this fingerprint, which is begun if it is new and goes on if it was broken off.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    month
        Last month of the data.
    fingerprint, config_fingerprint, input_fingerprint, code_version
        What makes a run the same run.
    seed, settings
        What its results depend on.
    load_ids
        The loads that it reads.
    """
    row = {
        "fingerprint": fingerprint,
        "month": month.first_day,
        "config_fingerprint": config_fingerprint,
        "input_fingerprint": input_fingerprint,
        "code_version": code_version,
        "seed": seed,
        "settings": dict(settings),
        "load_ids": list(load_ids),
    }
    connection.execute(upsert(run).values(row).on_conflict_do_nothing(index_elements=["fingerprint"]))
    found = _record(connection, run.c.fingerprint == fingerprint)
    if found is None:
        raise DatabaseError(f"the run {fingerprint} could not be begun")
    if found.state == "failed":
        connection.execute(update(run).where(run.c.run_id == found.run_id).values(state="running"))
    return found


def _record(connection: Connection, *conditions: Any) -> RunRecord | None:  # noqa: ANN401 - SQL expressions
    columns = select(run.c.run_id, run.c.fingerprint, run.c.month, run.c.state, run.c.load_ids)
    row = connection.execute(columns.where(*conditions).order_by(run.c.run_id.desc()).limit(1)).first()
    return None if row is None else RunRecord(row[0], row[1], row[2], row[3], tuple(row[4]))


def run_by_id(connection: Connection, run_id: int) -> RunRecord:
    """
    Return one run.

    Raises
    ------
    DatabaseError
        If there is no such run.
    """
    found = _record(connection, run.c.run_id == run_id)
    if found is None:
        raise DatabaseError(f"there is no run {run_id}", hint="redzones runs lists every run.")
    return found


def latest_finished_run(connection: Connection) -> RunRecord:
    """
    Return the finished run of the latest month, the newest where there are several.

    Raises
    ------
    DatabaseError
        If no run was finished yet.
    """
    latest = select(func.max(run.c.month)).where(run.c.state == "finished").scalar_subquery()
    found = _record(connection, run.c.state == "finished", run.c.month == latest)
    if found is None:
        raise DatabaseError("no run is finished yet", hint="redzones refresh --month YYYY-MM")
    return found


def runs_list(connection: Connection) -> pd.DataFrame:
    """Return every run, the newest first, with its month, state and whether it is live."""
    live = (
        select(publication.c.edition)
        .where(publication.c.run_id == run.c.run_id, publication.c.state == "live")
        .limit(1)
        .scalar_subquery()
    )
    columns = (
        run.c.run_id, run.c.fingerprint, func.to_char(run.c.month, "YYYY-MM").label("month"), run.c.state,
        func.to_char(run.c.started_at, "YYYY-MM-DD HH24:MI").label("started"), live.label("live_edition"),
    )  # fmt: skip
    rows = connection.execute(select(*columns).order_by(run.c.run_id.desc()))
    return pd.DataFrame(rows.all(), columns=list(rows.keys()), dtype=object)


def finish_run(connection: Connection, run_id: int) -> None:
    """Record that every step of a run is finished."""
    values = {"state": "finished", "finished_at": func.coalesce(run.c.finished_at, func.now())}
    connection.execute(update(run).where(run.c.run_id == run_id).values(values))


def finished_step(connection: Connection, run_id: int, name: str, key: str) -> dict[str, Any] | None:
    """Return what a step had to say if it is finished under this key, else None."""
    wanted = (run_step.c.run_id == run_id, run_step.c.name == name, run_step.c.key == key)
    row = connection.execute(select(run_step.c.result).where(*wanted, run_step.c.state == "finished")).first()
    return None if row is None else dict(row[0] or {})


def step_result(connection: Connection, run_id: int, name: str) -> dict[str, Any]:
    """Return what a finished step of a run had to say; empty where there is nothing."""
    wanted = (run_step.c.run_id == run_id, run_step.c.name == name, run_step.c.state == "finished")
    return dict(connection.scalar(select(run_step.c.result).where(*wanted)) or {})


def start_step(connection: Connection, run_id: int, name: str, key: str, *, seed: int) -> None:
    """Record that a step is begun, or begun again."""
    values = {"key": key, "seed": seed, "state": "running", "result": None, "error": None, "seconds": None}
    statement_ = upsert(run_step).values(run_id=run_id, name=name, **values)
    again = {**values, "started_at": func.now()}
    connection.execute(statement_.on_conflict_do_update(index_elements=["run_id", "name"], set_=again))
    running = {"state": "running", "finished_at": None}
    connection.execute(update(run).where(run.c.run_id == run_id).values(running))


def finish_step(connection: Connection, run_id: int, name: str, *, result: Mapping[str, Any], seconds: float) -> None:
    """Record that a step is finished, with what it has to say, in the transaction that wrote its tables."""
    values = {"state": "finished", "result": dict(result), "seconds": seconds}
    connection.execute(update(run_step).where(run_step.c.run_id == run_id, run_step.c.name == name).values(values))


def fail_step(connection: Connection, run_id: int, name: str, message: str) -> None:
    """Record that a step failed, and why; the run can be resumed."""
    step = update(run_step).where(run_step.c.run_id == run_id, run_step.c.name == name)
    connection.execute(step.values(state="failed", error=message[:2000]))
    connection.execute(update(run).where(run.c.run_id == run_id).values(state="failed", finished_at=None))


def set_pending_publication(connection: Connection, *, run_id: int, edition: str, folder: str) -> None:
    """Record, before the switch, that a run is about to go live for an edition."""
    waiting = (publication.c.edition == edition, publication.c.state == "pending")
    connection.execute(update(publication).where(*waiting).values(state="abandoned"))
    connection.execute(insert(publication).values(run_id=run_id, edition=edition, folder=folder, state="pending"))


def confirm_publication(connection: Connection, *, edition: str, folder: str) -> None:
    """Record, after the switch, that the pending run is live and the one before it is past."""
    of_edition = publication.c.edition == edition
    pending = (of_edition, publication.c.state == "pending", publication.c.folder == folder)
    if connection.scalar(select(func.count()).select_from(publication).where(*pending)) == 0:
        return
    connection.execute(update(publication).where(of_edition, publication.c.state == "live").values(state="past"))
    connection.execute(update(publication).where(*pending).values(state="live", live_at=func.now()))


def reconcile_publication(connection: Connection, *, edition: str, folder_now_live: str | None) -> None:
    """
    Let the record follow the pointer: a switch that happened is live, one that never came is abandoned.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    edition
        For whom.
    folder_now_live
        Folder to which the pointer leads, or None where nothing is published.
    """
    if folder_now_live is not None:
        confirm_publication(connection, edition=edition, folder=folder_now_live)
    waiting = (publication.c.edition == edition, publication.c.state == "pending")
    connection.execute(update(publication).where(*waiting).values(state="abandoned"))


def live_publication(connection: Connection, edition: str) -> tuple[int, str] | None:
    """Return run and folder that are recorded as live for an edition, or None."""
    wanted = (publication.c.edition == edition, publication.c.state == "live")
    row = connection.execute(select(publication.c.run_id, publication.c.folder).where(*wanted)).first()
    return None if row is None else (row[0], row[1])


def earlier_publications(connection: Connection, *, edition: str, live: str | None) -> list[tuple[int, str]]:
    """Return run and folder of what was live before, the latest first, each folder once."""
    columns = select(publication.c.run_id, publication.c.folder)
    wanted = (publication.c.edition == edition, publication.c.state.in_(["past", "live"]), publication.c.folder != live)
    rows = connection.execute(columns.where(*wanted).order_by(publication.c.publication_id.desc())).all()
    return [(run_id, folder) for run_id, folder in dict.fromkeys((r[0], r[1]) for r in rows)]
