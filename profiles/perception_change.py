"""Change since the first comparable wave: a change of mode, frame or wording breaks the series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, norm

from domain.areas import FigureState
from domain.surveys import CHOICE_QUESTIONS, SurveyQuestion, SurveyWave
from profiles.perception_figures import QuestionFigures
from profiles.survey_groups import FORCE, Groups

__all__ = ["CHANGE_COLUMNS", "change_rows", "first_comparable", "no_change_rows", "series_break"]

#: Columns of the table of changes.
CHANGE_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "question", "from_wave", "to_wave", "change", "standard_error", "lower", "upper",
    "verdict", "state", "note",
)  # fmt: skip
_LEVEL = 0.05


def series_break(earlier: SurveyWave, later: SurveyWave, question: str) -> str:
    """
    Return why two waves cannot be compared on a question, or nothing where they can.

    Parameters
    ----------
    earlier, later
        The waves.
    question
        Name of the question.

    Examples
    --------
    >>> from datetime import date
    >>> asked = (SurveyQuestion("confidence", "Do they?", ((1, "yes"), (2, "no")), (1,)),)
    >>> first, second = (
    ...     SurveyWave("S", name, date(2024, 1, 1), date(2024, 2, 1), mode, "post code file", None, asked)
    ...     for name, mode in (("1", "telephone"), ("2", "online"))
    ... )
    >>> series_break(first, second, "confidence")
    'the mode changed from telephone to online'
    """
    before, after = _question(earlier, question), _question(later, question)
    if before is None or after is None:
        return "the question was not asked"
    if earlier.survey != later.survey:
        return "it is another survey"
    for what, one, other in (("mode", earlier.mode, later.mode), ("frame", earlier.frame, later.frame)):
        if one != other:
            return f"the {what} changed from {one} to {other}"
    if before.wording != after.wording:
        return "the wording of the question changed"
    if before != after or earlier.dont_know_in_base != later.dont_know_in_base:
        return "the scale of the question, or what counts as agreement, changed"
    return ""


def _question(wave: SurveyWave, name: str) -> SurveyQuestion | None:
    return next((question for question in wave.questions if question.name == name), None)


def first_comparable(waves: Sequence[SurveyWave]) -> Mapping[str, tuple[int | None, str]]:
    """
    Return, for each question of the last wave, the first wave with which it can be compared.

    The series runs back from the last wave of its survey until the first break.

    Parameters
    ----------
    waves
        The waves, the earliest first; the last one is current.

    Returns
    -------
    Mapping
        By question: position of the wave and, where the series does not go back to the first wave of its survey, why
        not; the position is None where there is no earlier comparable wave.
    """
    last = waves[-1]
    earlier = [i for i, wave in enumerate(waves[:-1]) if wave.survey == last.survey]
    found: dict[str, tuple[int | None, str]] = {}
    for question in last.questions:
        if question.name in CHOICE_QUESTIONS:
            continue
        first, why = None, "" if earlier else "there is no earlier wave"
        for i in reversed(earlier):
            why = series_break(waves[i], last, question.name)
            if why:
                why = f"{why} after {waves[i].wave}"
                break
            first = i
        found[question.name] = (first, why)
    return found


def change_rows(
    now: QuestionFigures,
    groups: Groups,
    before: QuestionFigures,
    groups_before: Groups,
    *,
    from_wave: str,
    to_wave: str,
    why_not_longer: str,
    least_effective_n: float,
) -> pd.DataFrame:
    """
    Return the change of a share in every group, from direct estimates of both waves.

    `d = p_2 - p_1` with standard error `sqrt(se_1^2 + se_2^2)`. It rose or fell where the two-sided p-value, after
    Benjamini-Hochberg over the groups of a geography, is at most 0.05; else one cannot tell.

    Parameters
    ----------
    now, groups
        Figures of the current wave and their groups.
    before, groups_before
        Those of the earlier wave.
    from_wave, to_wave
        Names of the waves.
    why_not_longer
        Why the series does not go further back; may be empty.
    least_effective_n
        Effective answers that both waves need in a group.
    """
    keys = list(zip(groups_before.geography, groups_before.code, strict=True))
    place = {key: i for i, key in enumerate(keys)}
    at = np.array([place.get(key, -1) for key in zip(groups.geography, groups.code, strict=True)], dtype=np.int64)
    enough = (at >= 0) & (np.nan_to_num(now.effective_n) >= least_effective_n)
    enough &= np.nan_to_num(before.effective_n[at]) >= least_effective_n
    change = np.where(enough, now.direct.share - before.direct.share[at], np.nan)
    error = np.where(enough, np.sqrt(now.standard_error**2 + before.standard_error[at] ** 2), np.nan)
    is_clear = np.zeros(len(at), dtype=np.bool_)
    for geography in dict.fromkeys(groups.geography):
        mine = enough & (groups.geography == geography)
        if mine.any():
            is_clear[mine] = false_discovery_control(2 * norm.sf(np.abs(change[mine]) / error[mine])) <= _LEVEL
    verdict = np.where(is_clear, np.where(change > 0, "rose", "fell"), "cannot_tell")
    half = norm.isf(_LEVEL / 2) * error
    asked = (at >= 0) & (now.direct.n_respondents > 0) & (before.direct.n_respondents[at] > 0)
    short = f"since {from_wave}, before which {why_not_longer}" if why_not_longer else None
    return pd.DataFrame(
        {
            "geography": groups.geography, "area_code": groups.code, "question": now.question.name,
            "from_wave": from_wave, "to_wave": to_wave, "change": change, "standard_error": error,
            "lower": np.clip(change - half, -1, 1), "upper": np.clip(change + half, -1, 1), "verdict": verdict,
            "state": _states(is_clear, enough, asked), "note": _notes(enough, asked, short, least_effective_n),
        }
    )  # fmt: skip


def _states(is_clear: NDArray[np.bool_], enough: NDArray[np.bool_], asked: NDArray[np.bool_]) -> NDArray[np.object_]:
    without = np.where(asked, FigureState.SUPPRESSED.value, FigureState.NO_DATA.value)
    shown = np.where(is_clear, FigureState.OK.value, FigureState.CANNOT_TELL.value)
    return np.where(enough, shown, without).astype(object)


def _notes(enough: NDArray[np.bool_], asked: NDArray[np.bool_], short: str | None, least: float) -> pd.Series:
    few = f"too few answers in one of the waves: an effective {least:.0f} are needed in both"
    words = [
        short if ok else few if both else "nobody here was asked in one of the waves"
        for ok, both in zip(enough, asked, strict=True)
    ]
    return pd.Series(words, dtype=object)


def no_change_rows(question: str, *, to_wave: str, why: str) -> pd.DataFrame:
    """
    Return the one row that says why there is no change of a question.

    Parameters
    ----------
    question
        The question.
    to_wave
        The current wave.
    why
        What broke the series.
    """
    numbers = dict.fromkeys(("change", "standard_error", "lower", "upper"), np.nan)
    row = {
        "geography": FORCE, "area_code": FORCE, "question": question, "from_wave": None, "to_wave": to_wave, **numbers,
        "verdict": "cannot_tell", "state": FigureState.NO_DATA.value, "note": f"no change can be shown: {why}",
    }  # fmt: skip
    return pd.DataFrame([row], columns=list(CHANGE_COLUMNS))
