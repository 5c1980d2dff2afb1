"""What a run found in the perception survey, written and read back; the respondents stay in `db.read_surveys`."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, insert, select

from db import models
from db.result_frames import clear_rows, frame_as_json, frame_from_json, read_rows, write_rows
from profiles.results import PerceptionResult

__all__ = ["clear_perception", "read_perception", "write_perception"]

_CHANNEL, _PRIORITY = "preferred_channel", "priority"


def write_perception(connection: Connection, run_id: int, result: PerceptionResult) -> None:
    """
    Write the survey's figures of a run, in place of what an earlier attempt wrote.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    run_id
        The run.
    result
        The figures.
    """
    clear_perception(connection, run_id)
    write_rows(connection, run_id, models.survey_estimate, result.estimates)
    write_rows(connection, run_id, models.survey_change, result.changes)
    write_rows(connection, run_id, models.survey_gap, result.gaps)
    for question, shares in ((_CHANNEL, result.channels), (_PRIORITY, result.priorities)):
        write_rows(connection, run_id, models.survey_share, shares.assign(question=question))
    connection.execute(
        insert(models.perception).values(
            run_id=run_id,
            waves=frame_as_json(result.waves),
            force=frame_as_json(result.force),
            targets=frame_as_json(result.targets),
            low_confidence_probability=result.low_confidence_probability,
            notes=list(result.notes),
        )
    )


def clear_perception(connection: Connection, run_id: int) -> None:
    """Delete what an earlier attempt of a run wrote."""
    clear_rows(
        connection, run_id, models.survey_estimate, models.survey_change, models.survey_gap, models.survey_share,
        models.perception,
    )  # fmt: skip


def read_perception(connection: Connection, run_id: int) -> PerceptionResult | None:
    """
    Return the survey's figures of a run, or None where no survey was read.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    """
    whole = models.perception
    row = connection.execute(select(whole).where(whole.c.run_id == run_id)).mappings().first()
    if row is None:
        return None
    return PerceptionResult(
        waves=frame_from_json(row["waves"]),
        estimates=read_rows(connection, run_id, models.survey_estimate),
        force=frame_from_json(row["force"]),
        channels=_shares(connection, run_id, _CHANNEL),
        priorities=_shares(connection, run_id, _PRIORITY),
        changes=read_rows(connection, run_id, models.survey_change),
        gaps=read_rows(connection, run_id, models.survey_gap),
        targets=frame_from_json(row["targets"]),
        low_confidence_probability=row["low_confidence_probability"],
        notes=tuple(row["notes"]),
    )


def _shares(connection: Connection, run_id: int, question: str) -> pd.DataFrame:
    table = models.survey_share
    return read_rows(connection, run_id, table, table.c.question == question).drop(columns="question")
