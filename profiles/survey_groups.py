"""Groups of respondents for which figures are made: patrol areas, policing units, segments and the whole force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.surveys import SurveyQuestion, SurveyWave

__all__ = ["FORCE", "SEGMENT", "Groups", "SurveyAnswers", "agreement", "make_groups", "place_respondents"]

#: Names of geographies that are not loaded as areas.
FORCE, SEGMENT = "force", "segment"


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """
    One wave as it comes from the store.

    Parameters
    ----------
    wave
        Its facts.
    responses
        As `db.read_surveys.survey_responses` returns them.
    small_areas
        Small area of each code of the wave's geography; empty where the wave is placed more coarsely.
    patrol_areas, units
        Patrol area and policing unit of each code of the wave's geography.
    """

    wave: SurveyWave
    responses: pd.DataFrame
    small_areas: Mapping[str, str]
    patrol_areas: Mapping[str, str]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Groups:
    """
    Groups of respondents.

    Parameters
    ----------
    geography, code
        What each group is, shape (n_groups,).
    members
        Who belongs to which, shape (n_respondents, n_groups).
    """

    geography: NDArray[np.object_]
    code: NDArray[np.object_]
    members: NDArray[np.bool_]

    def of(self, geography: str) -> NDArray[np.int64]:
        """Return the positions of the groups of one geography, in order."""
        return np.flatnonzero(self.geography == geography)


def place_respondents(survey: SurveyAnswers) -> tuple[pd.DataFrame, int]:
    """
    Return the respondents who live in a known policing unit, with their areas, and how many do not.

    Parameters
    ----------
    survey
        The wave.

    Returns
    -------
    tuple
        The respondents with `small_code`, `patrol_code` and `unit_code` (None where not known), and the number of those
        left out.
    """
    code = survey.responses["area_code"]
    placed = survey.responses.assign(
        small_code=_looked_up(code, survey.small_areas),
        patrol_code=_looked_up(code, survey.patrol_areas),
        unit_code=_looked_up(code, survey.units),
    )
    inside = placed[placed["unit_code"].notna()].reset_index(drop=True)
    return inside, len(placed) - len(inside)


def _looked_up(codes: pd.Series, areas: Mapping[str, str]) -> pd.Series:
    return pd.Series([areas.get(code) for code in codes], index=codes.index, dtype=object)


def make_groups(
    placed: pd.DataFrame,
    *,
    patrol_key: str,
    patrol_codes: list[str],
    unit_key: str,
    unit_codes: list[str],
    segments: pd.DataFrame | None,
) -> Groups:
    """
    Return the groups of placed respondents: every patrol area and unit, every segment, and the force.

    Parameters
    ----------
    placed
        As `place_respondents` returns them.
    patrol_key, patrol_codes
        Patrol areas: geography (`name:vintage`), and codes in order.
    unit_key, unit_codes
        Policing units likewise.
    segments
        `area_code` (small areas), `group_code`, `environment_code`; or None.
    """
    geography: list[str] = []
    code: list[str] = []
    members: list[NDArray[np.bool_]] = []

    def add(name: str, codes: list[str], of_each: pd.Series) -> None:
        for own in codes:
            geography.append(name)
            code.append(own)
            members.append(np.asarray(of_each == own, dtype=np.bool_))

    add(patrol_key, patrol_codes, placed["patrol_code"])
    if unit_key != patrol_key:
        add(unit_key, unit_codes, placed["unit_code"])
    if segments is not None:
        for level in ("group_code", "environment_code"):
            of_area = dict(zip(segments["area_code"], segments[level], strict=True))
            of_each = _looked_up(placed["small_code"], of_area)
            add(SEGMENT, sorted(set(segments[level].dropna())), of_each)
    add(FORCE, [FORCE], pd.Series([FORCE] * len(placed), dtype=object))
    return Groups(np.array(geography, dtype=object), np.array(code, dtype=object), np.column_stack(members))


def agreement(responses: pd.DataFrame, question: SurveyQuestion, *, dont_know_in_base: bool) -> NDArray[np.float64]:
    """
    Return 1 for each respondent who agrees, 0 for one who does not, NaN for one outside the base.

    Parameters
    ----------
    responses
        With the column `answer_<question>`.
    question
        Which codes agree, and which are "don't know" or missing.
    dont_know_in_base
        Whether "don't know" counts as not agreeing.

    Examples
    --------
    >>> asked = SurveyQuestion("confidence", "...", ((1, "yes"), (2, "no")), (1,), dont_know_codes=(8,))
    >>> answers = pd.DataFrame({"answer_confidence": [1.0, 2.0, 8.0, np.nan]})
    >>> agreement(answers, asked, dont_know_in_base=True).tolist()
    [1.0, 0.0, 0.0, nan]
    """
    codes = responses[f"answer_{question.name}"].to_numpy(dtype=np.float64)
    outside = list(question.missing_codes) + ([] if dont_know_in_base else list(question.dont_know_codes))
    agrees = np.isin(codes, question.agree_codes).astype(np.float64)
    return np.where(np.isfinite(codes) & ~np.isin(codes, outside), agrees, np.nan)
