"""Survey waves and their respondents; every reading of respondents is noted in `survey_access`, here and only here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, insert, select

from db.models import geography, load, survey_access, survey_question, survey_response, survey_wave
from domain.areas import GeographyKey
from domain.errors import DatabaseError
from domain.surveys import SURVEY_COLUMNS, SurveyQuestion, SurveyWave

__all__ = ["StoredWave", "survey_responses", "survey_waves"]


@dataclass(frozen=True, slots=True)
class StoredWave:
    """
    A wave in the store.

    Parameters
    ----------
    wave_id, load_id
        Its number; the load that brought it.
    key
        Geography of its area codes.
    wave
        Its facts.
    """

    wave_id: int
    load_id: int
    key: GeographyKey
    wave: SurveyWave


def survey_waves(connection: Connection, *, load_ids: Sequence[int] | None = None) -> list[StoredWave]:
    """
    Return the waves with their facts and questions, the earliest first; no respondent is read.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through; by default those that are live.
    """
    joined = survey_wave.join(load, survey_wave.c.load_id == load.c.load_id).join(
        geography, survey_wave.c.geography_id == geography.c.geography_id
    )
    chosen = load.c.state == "live" if load_ids is None else load.c.load_id.in_(load_ids)
    columns = (survey_wave, geography.c.name.label("geography"), geography.c.vintage)
    ordered = (
        select(*columns).select_from(joined).where(chosen).order_by(survey_wave.c.first_day, survey_wave.c.wave_id)
    )
    found = []
    for row in connection.execute(ordered).mappings().all():
        facts = {name: row[name] for name in ("survey", "wave", "first_day", "last_day", "mode", "frame")}
        further = {name: row[name] for name in ("response_rate", "dont_know_in_base")}
        questions = _questions(connection, row["wave_id"])
        wave = SurveyWave(**facts, **further, margins=tuple(row["margins"]), questions=questions)
        key = GeographyKey(row["geography"], row["vintage"])
        found.append(StoredWave(row["wave_id"], row["load_id"], key, wave))
    return found


def survey_responses(connection: Connection, wave_id: int, *, purpose: str) -> pd.DataFrame:
    """
    Return the respondents of one wave, and note who read them, when and what for.

    Parameters
    ----------
    connection
        A connection in a transaction that is committed: the note is part of it.
    wave_id
        The wave.
    purpose
        What the rows are read for, such as `refresh of 2025-12`.

    Returns
    -------
    DataFrame
        `row_number`, the columns of `domain.surveys.SURVEY_COLUMNS` and `answer_<question>` (float64 code, NaN where
        not asked), in order of the file's rows.

    Raises
    ------
    DatabaseError
        If there is no such wave.
    """
    names = [question.name for question in _questions(connection, wave_id)]
    if not names:
        raise DatabaseError(f"there is no survey wave {wave_id}", hint="redzones loads lists every load.")
    columns = ["row_number", *SURVEY_COLUMNS]
    wanted = select(*(survey_response.c[name] for name in columns), survey_response.c.answers)
    rows = connection.execute(
        wanted.where(survey_response.c.wave_id == wave_id).order_by(survey_response.c.row_number)
    ).all()
    noted = {"wave_id": wave_id, "read_by": func.session_user(), "purpose": purpose, "n_rows": len(rows)}
    connection.execute(insert(survey_access).values(**noted))
    frame = pd.DataFrame([tuple(row)[:-1] for row in rows], columns=columns).astype({"row_number": "int64"})
    for name in names:
        frame[f"answer_{name}"] = np.array([row.answers.get(name, np.nan) for row in rows], dtype=np.float64)
    return frame


def _questions(connection: Connection, wave_id: int) -> tuple[SurveyQuestion, ...]:
    wanted = select(survey_question).where(survey_question.c.wave_id == wave_id).order_by(survey_question.c.position)
    return tuple(
        SurveyQuestion(
            name=row.name,
            wording=row.wording,
            scale=tuple((int(code), label) for code, label in row.scale),
            agree_codes=tuple(row.agree_codes),
            dont_know_codes=tuple(row.dont_know_codes),
            missing_codes=tuple(row.missing_codes),
        )
        for row in connection.execute(wanted)
    )
