"""The segments that later months are placed in, and the names that people approved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, insert, select

from db.models import run, segment_model, segment_name
from db.results import read_segments
from db.segment_records import (
    refit_as_json,
    refit_from_json,
    segmentation_as_json,
    segmentation_from_json,
)
from domain.errors import DatabaseError
from domain.months import LocalMonth
from segmentation.frozen import SegmentModel
from segmentation.results import Refit, SegmentationResult

__all__ = [
    "ModelInForce",
    "approve_name",
    "freeze_first",
    "model_in_force",
    "name_list",
    "read_model",
    "write_refit",
]


@dataclass(frozen=True, slots=True)
class ModelInForce:
    """
    The model in which areas of a geography are placed, as an input of a run.

    Parameters
    ----------
    model_id
        Number in this database.
    fingerprint
        Fingerprint of the model; the same in every database.
    run_fingerprint
        The run that made it, if it is a first one.
    approved
        Approved names as (segment code, name), in order of code.
    """

    model_id: int
    fingerprint: str
    run_fingerprint: str | None
    approved: tuple[tuple[str, str], ...]


def model_in_force(connection: Connection, geography: str) -> ModelInForce | None:
    """Return the model of a geography that is in force, or None before the first finished refresh."""
    table = segment_model
    wanted = select(table.c.model_id, table.c.fingerprint, table.c.run_fingerprint).where(
        table.c.geography == geography
    )
    row = connection.execute(wanted.order_by(table.c.model_id.desc()).limit(1)).first()
    return None if row is None else ModelInForce(row[0], row[1], row[2], _approved(connection, row[0]))


def _approved(connection: Connection, model_id: int) -> tuple[tuple[str, str], ...]:
    wanted = select(segment_name.c.segment_code, segment_name.c.name).where(segment_name.c.model_id == model_id)
    rows = connection.execute(wanted.order_by(segment_name.c.name_id)).all()
    return tuple(sorted({row.segment_code: row.name for row in rows}.items()))


def read_model(connection: Connection, model: ModelInForce) -> SegmentModel:
    """
    Return a model with the names that were approved when the run began.

    Raises
    ------
    DatabaseError
        If the model is not there any more.
    """
    wanted = select(segment_model.c.result, segment_model.c.month, segment_model.c.refit)
    row = connection.execute(wanted.where(segment_model.c.model_id == model.model_id)).first()
    if row is None:
        raise DatabaseError(f"the segments {model.fingerprint} are not kept any more", hint="redzones segments refit")
    result = segmentation_from_json(row.result)
    month = str(LocalMonth.of(row.month))
    return SegmentModel(result, month, dict(model.approved), refit_from_json(row.refit))


def freeze_first(connection: Connection, run_id: int, *, geography: str) -> bool:
    """
    Keep the segments of a finished run for later months, if the geography has none yet.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    run_id
        A run whose steps are finished.
    geography
        Geography of its areas, `name:year`.

    Returns
    -------
    bool
        Whether they were kept.
    """
    if model_in_force(connection, geography) is not None:
        return False
    result = read_segments(connection, run_id)
    if result is None:
        return False
    made_by = connection.execute(
        select(run.c.fingerprint, run.c.month, run.c.settings).where(run.c.run_id == run_id)
    ).one()
    _write(
        connection, result, geography=geography, month=LocalMonth.of(made_by.month), origin="first",
        run_fingerprint=made_by.fingerprint, settings=made_by.settings.get("segments") or {},
    )  # fmt: skip
    return True


def write_refit(
    connection: Connection,
    model: SegmentModel,
    *,
    geography: str,
    settings: Mapping[str, Any],
    decided_by: str,
) -> ModelInForce:
    """
    Keep segments that were made anew; the names that survive stay approved by whom they were.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    model
        The new segments, as `segmentation.refitting.refit_model` returns them.
    geography
        Geography of its areas, `name:year`.
    settings
        The settings of their making.
    decided_by
        Who decided it.
    """
    before = model_in_force(connection, geography)
    model_id = _write(
        connection, model.result, geography=geography, month=LocalMonth.parse(model.month), origin="refit",
        settings=settings, refit=model.refit, decided_by=decided_by,
    )  # fmt: skip
    kept = () if before is None else before.approved
    for code, name in kept:
        if code in model.approved:
            who = _latest(connection, before.model_id, code) if before else None
            values = {} if who is None else {"decided_by": who[0], "decided_at": who[1]}
            connection.execute(insert(segment_name).values(model_id=model_id, segment_code=code, name=name, **values))
    written = model_in_force(connection, geography)
    assert written is not None, "it was written above"
    return written


def _latest(connection: Connection, model_id: int, code: str) -> Any:  # noqa: ANN401 - a row of SQLAlchemy
    columns = select(segment_name.c.decided_by, segment_name.c.decided_at)
    wanted = (segment_name.c.model_id == model_id, segment_name.c.segment_code == code)
    return connection.execute(columns.where(*wanted).order_by(segment_name.c.name_id.desc()).limit(1)).first()


def _write(  # noqa: PLR0913 - a row's columns
    connection: Connection,
    result: SegmentationResult,
    *,
    geography: str,
    month: LocalMonth,
    origin: str,
    settings: Mapping[str, Any],
    run_fingerprint: str | None = None,
    refit: Refit | None = None,
    decided_by: str | None = None,
) -> int:
    stored = segmentation_as_json(result)
    how = refit_as_json(refit)
    text = json.dumps([geography, str(month), stored, how], sort_keys=True)
    values = {
        "fingerprint": hashlib.sha256(text.encode()).hexdigest()[:12], "geography": geography,
        "month": month.first_day, "origin": origin, "run_fingerprint": run_fingerprint, "settings": dict(settings),
        "result": stored, "refit": how, "decided_by": decided_by,
    }  # fmt: skip
    return int(
        connection.execute(insert(segment_model).values(values).returning(segment_model.c.model_id)).scalar_one()
    )


def approve_name(connection: Connection, model: ModelInForce, *, code: str, name: str, decided_by: str) -> None:
    """
    Record that a person approved the name of a segment; earlier names stay on record.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    model
        The model in force.
    code
        Code of the segment.
    name
        The plain name, already checked (`segmentation.name_rules.check_name`).
    decided_by
        Who approved it.
    """
    values = {"model_id": model.model_id, "segment_code": code, "name": name, "decided_by": decided_by}
    connection.execute(insert(segment_name).values(values))


def name_list(connection: Connection, model: ModelInForce) -> pd.DataFrame:
    """Return every approval of a model, the newest first: segment, name, who and when."""
    when = func.to_char(segment_name.c.decided_at, "YYYY-MM-DD HH24:MI").label("decided_at")
    columns = (segment_name.c.segment_code, segment_name.c.name, segment_name.c.decided_by, when)
    wanted = select(*columns).where(segment_name.c.model_id == model.model_id).order_by(segment_name.c.name_id.desc())
    rows = connection.execute(wanted)
    return pd.DataFrame(rows.all(), columns=list(rows.keys()), dtype=object)
