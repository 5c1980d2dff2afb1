"""Perception surveys: the facts of a wave, its questions, and its respondents, before they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from domain.areas import GeographyKey

__all__ = ["SURVEY_COLUMNS", "SurveyQuestion", "SurveyTable", "SurveyWave"]

#: Fixed columns of `SurveyTable.frame`; one `answer_<question>` column (float64 code, NaN = not asked) follows for each
#: question. There is no name, address, free text or exact birth date, by construction.
SURVEY_COLUMNS: tuple[str, ...] = (
    "respondent", "area_code", "weight", "stratum", "psu", "age_band", "sex", "ethnicity", "tenure", "channel",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """
    One question, worded exactly as it was asked.

    Parameters
    ----------
    name
        Ours: `confidence`, `worry_asb`, `perceived_asb`, `informed`, `priority`, ...
    wording
        Exact wording.
    scale
        Label by code, in order, as `(code, label)`.
    agree_codes
        Codes counted as agreement (the top two of five for confidence).
    dont_know_codes
        Codes of "don't know"; they stay in the base unless the wave says otherwise.
    missing_codes
        Codes of refusals and questions not asked; they leave the base.
    """

    name: str
    wording: str
    scale: tuple[tuple[int, str], ...]
    agree_codes: tuple[int, ...]
    dont_know_codes: tuple[int, ...] = ()
    missing_codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SurveyWave:
    """
    The facts of one wave; a change of mode, frame or wording breaks the series.

    Parameters
    ----------
    survey, wave
        Name of the survey and of the wave.
    first_day, last_day
        Fieldwork dates.
    mode, frame
        How people were asked, and from which list they were drawn.
    response_rate
        0 to 1, or None where unknown.
    questions
        Every question held.
    dont_know_in_base
        Whether "don't know" stays in the base.
    margins
        Variables to which the design weights are raked, in order: `age_sex`, `ethnicity`, `tenure`.
    """

    survey: str
    wave: str
    first_day: date
    last_day: date
    mode: str
    frame: str
    response_rate: float | None
    questions: tuple[SurveyQuestion, ...]
    dont_know_in_base: bool = True
    margins: tuple[str, ...] = ("age_sex",)


@dataclass(frozen=True, slots=True)
class SurveyTable:
    """
    Respondents of one wave.

    Parameters
    ----------
    wave
        The wave's facts.
    key
        Geography of `area_code`.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    frame
        `row_number`, the columns of `SURVEY_COLUMNS` and `answer_<question>` for each question.
    rejected
        Table with the columns of `domain.incidents.REJECTED_COLUMNS`; `raw` is empty: no answer leaves the table.
    rows_read
        Data rows of the file.
    """

    wave: SurveyWave
    key: GeographyKey
    file_name: str
    sha256: str
    frame: pd.DataFrame
    rejected: pd.DataFrame
    rows_read: int
