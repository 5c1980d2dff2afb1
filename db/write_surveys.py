"""Store a wave of a perception survey: its facts, its questions, and its respondents, who are never named."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert

from db.copying import copy_rows
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, store_rejected, take_load_lock
from db.models import survey_question, survey_wave
from db.write_boundaries import geography_id
from domain.errors import SchemaError
from domain.surveys import SURVEY_COLUMNS, SurveyTable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["store_survey"]


def store_survey(connection: Connection, table: SurveyTable) -> LoadReport:
    """
    Store one wave; the same wave of the same survey, loaded again, supersedes the earlier one.

    The same file with other facts (another wording, another scale) is another load, as it says something else.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    table
        The wave with its respondents.

    Returns
    -------
    LoadReport
        What became of every row.

    Raises
    ------
    SchemaError
        If the table holds columns that are not a survey's: nothing that names a person may slip in.
    LockedError
        If another load is at work for too long.
    """
    _refuse_further_columns(table)
    take_load_lock(connection)
    wave = table.wave
    identity = LoadIdentity(
        kind="survey",
        source=f"survey {table.key}",
        scope=f"{wave.survey} {wave.wave}",
        file_name=table.file_name,
        sha256=table.sha256,
        mapping_sha256=hashlib.sha256(json.dumps(asdict(wave), default=str, sort_keys=True).encode()).hexdigest(),
    )
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    load_id = begin_load(connection, identity)
    store_rejected(connection, load_id, table.rejected)
    wave_id = _declare(connection, table, load_id)
    columns = ("wave_id", "row_number", *SURVEY_COLUMNS, "answers")
    kept = copy_rows(connection, "survey_response", columns, _rows(table, wave_id))
    connection.exec_driver_sql("ANALYZE survey_response")
    return finish_load(connection, load_id, rows_in=table.rows_read, kept=kept)


def _answer_columns(table: SurveyTable) -> dict[str, str]:
    return {question.name: f"answer_{question.name}" for question in table.wave.questions}


def _refuse_further_columns(table: SurveyTable) -> None:
    known = {"row_number", *SURVEY_COLUMNS, *_answer_columns(table).values()}
    if further := sorted(set(map(str, table.frame.columns)) - known):
        raise SchemaError(f"{table.file_name}: a survey may not hold the columns {', '.join(further)}")


def _declare(connection: Connection, table: SurveyTable, load_id: int) -> int:
    """Store the wave and its questions, and return the number of the wave."""
    wave = table.wave
    facts = {key: value for key, value in asdict(wave).items() if key not in {"questions", "margins"}}
    row = insert(survey_wave).values(
        load_id=load_id, geography_id=geography_id(connection, table.key), margins=list(wave.margins), **facts
    )
    wave_id = int(connection.execute(row.returning(survey_wave.c.wave_id)).scalar_one())
    connection.execute(
        insert(survey_question),
        [
            {
                "wave_id": wave_id,
                "position": position,
                "name": question.name,
                "wording": question.wording,
                "scale": [list(pair) for pair in question.scale],
                "agree_codes": list(question.agree_codes),
                "dont_know_codes": list(question.dont_know_codes),
                "missing_codes": list(question.missing_codes),
            }
            for position, question in enumerate(wave.questions)
        ],
    )
    return wave_id


def _rows(table: SurveyTable, wave_id: int) -> Iterator[tuple[object, ...]]:
    fixed = table.frame[["row_number", *SURVEY_COLUMNS]].astype(object)
    fixed = fixed.where(fixed.notna(), None)
    names = _answer_columns(table)
    given = table.frame[list(names.values())].to_numpy(dtype="float64")
    for row, codes in zip(fixed.itertuples(index=False, name=None), given.tolist(), strict=True):
        answers = {name: int(code) for name, code in zip(names, codes, strict=True) if code == code}  # noqa: PLR0124 - NaN
        yield (wave_id, *row, json.dumps(answers))
