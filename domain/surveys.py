"""Perception surveys: the facts of a wave, its questions, and its respondents, before they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import AnalysisError

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from domain.areas import GeographyKey

__all__ = ["CHOICE_QUESTIONS", "SURVEY_COLUMNS", "SurveyQuestion", "SurveyTable", "SurveyWave", "refuse_circular"]

#: Questions whose answers are told one by one, not as a share that agrees.
CHOICE_QUESTIONS: tuple[str, ...] = ("preferred_channel", "priority")

#: Fixed columns of `SurveyTable.frame`; one `answer_<question>` column (float64 code, NaN = not asked) follows for each
#: question. There is no name, address, free text or exact birth date, by construction.
SURVEY_COLUMNS: tuple[str, ...] = (
    "respondent", "area_code", "weight", "stratum", "psu", "age_band", "sex", "ethnicity", "tenure", "channel",
)  # fmt: skip

#: Beginnings of the names of metrics that hold recorded crime or ASB; the whole index of deprivation holds both.
_CIRCULAR = ("imd", "crime", "asb", "minor_crime")


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """
    One question, worded exactly as it was asked.

    Parameters
    ----------
    name
        Ours: `confidence`, `worry_asb`, `perceived_asb`, `informed`, `priority`, `preferred_channel`, ...
    wording
        Exact wording.
    scale
        Label by code, in order, as `(code, label)`.
    agree_codes
        Codes counted as agreement (the top two of five for confidence); empty for `CHOICE_QUESTIONS`.
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


def refuse_circular(covariates: Sequence[str]) -> None:
    """
    Refuse covariates of a survey figure that hold recorded crime: a gap between the two would then explain itself.

    Parameters
    ----------
    covariates
        Names of People metrics.

    Raises
    ------
    AnalysisError
        If one is the whole Index of Multiple Deprivation, its Crime domain, or a rate of incidents.
    """
    if wrong := [name for name in covariates if name.startswith(_CIRCULAR)]:
        raise AnalysisError(
            f"{', '.join(wrong)} holds recorded crime or ASB, so a survey figure may not rest on it",
            hint="Use a single domain that does not, such as income_deprivation.",
        )
