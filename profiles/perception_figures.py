"""Figures of one question in one wave: direct in every group of respondents, with effective numbers and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from domain.areas import FigureState
from domain.surveys import SurveyQuestion
from profiles.perception_model import AreaModel, design_effect
from profiles.survey_groups import FORCE, Groups, agreement
from profiles.survey_variance import DirectEstimates, direct_estimates, wilson_interval
from profiles.survey_weights import WeightedWave

__all__ = [
    "ESTIMATE_COLUMNS",
    "QuestionFigures",
    "direct_rows",
    "modelled_rows",
    "patrol_direct",
    "question_figures",
    "refused_rows",
]

#: Columns of the table of estimates.
ESTIMATE_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "question", "model", "estimate", "standard_error", "lower", "upper", "n_respondents",
    "effective_n", "probability_below_force", "state", "note",
)  # fmt: skip
_OWN_VARIANCE_FROM = 30
_NOBODY = "nobody here was asked"
_TOO_FEW = "too few answers to show: an effective {least:.0f} are needed"
_TOO_WIDE = "the interval is wider than plus or minus {most:.0f} points"
_EXPECTED = "nobody was asked here: what its people alone would lead one to expect"
_NO_PEOPLE = "not known: no census figures of this area are loaded"


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """
    One question in one wave, for every group.

    Parameters
    ----------
    question
        The question.
    direct
        Direct estimates of the groups, shape (n_groups,).
    design_effect
        That of the patrol areas.
    effective_n, standard_error, lower, upper
        Shape (n_groups,); NaN where nobody answered.
    """

    question: SurveyQuestion
    direct: DirectEstimates
    design_effect: float
    effective_n: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def question_figures(
    weighted: WeightedWave,
    groups: Groups,
    question: SurveyQuestion,
    *,
    patrol_key: str,
    dont_know_in_base: bool,
) -> QuestionFigures:
    """
    Estimate the share who agree in every group.

    In patrol areas variances are smoothed: Kish's effective number over a design effect learned from all of them. In
    larger groups (30 answers or more) the group's own linearised variance v gives the effective number
    `p (1 - p) / v`. Intervals are Wilson's.

    Parameters
    ----------
    weighted
        The wave.
    groups
        Groups of its respondents.
    question
        The question.
    patrol_key
        Geography of the patrol areas.
    dont_know_in_base
        As the wave says.
    """
    answers = agreement(weighted.responses, question, dont_know_in_base=dont_know_in_base)
    direct = direct_estimates(weighted, answers, groups.members)
    patrol = groups.of(patrol_key)
    force_share = direct.share[groups.of(FORCE)[0]]
    deff = design_effect(_some(direct, patrol), float(np.nan_to_num(force_share, nan=0.5)))
    effective = np.where(direct.kish_n > 0, direct.kish_n / deff, np.nan)
    p = direct.share
    is_own = (groups.geography != patrol_key) & (direct.n_respondents >= _OWN_VARIANCE_FROM) & (direct.variance > 0)
    own = np.divide(p * (1 - p), direct.variance, out=np.full(len(p), np.nan), where=is_own)
    effective = np.where(is_own & (own > 0), own, effective)
    centre = np.where(np.isfinite(p), np.clip(p, 0.5 / np.maximum(effective, 1), 1 - 0.5 / np.maximum(effective, 1)), p)
    error = np.sqrt(centre * (1 - centre) / effective)
    lower, upper = wilson_interval(p, effective)
    return QuestionFigures(question, direct, deff, effective, error, lower, upper)


def _some(direct: DirectEstimates, where: NDArray[np.int64]) -> DirectEstimates:
    return DirectEstimates(
        direct.share[where],
        direct.variance[where],
        direct.n_respondents[where],
        direct.kish_n[where],
        direct.population[where],
    )


def patrol_direct(figures: QuestionFigures, groups: Groups, patrol_key: str) -> DirectEstimates:
    """
    Return the direct estimates of the patrol areas alone.

    Parameters
    ----------
    figures
        Figures of every group.
    groups
        The groups.
    patrol_key
        Geography of the patrol areas.
    """
    return _some(figures.direct, groups.of(patrol_key))


def direct_rows(figures: QuestionFigures, groups: Groups, *, least_effective_n: float) -> pd.DataFrame:
    """
    Return the rows of direct estimates; one of too few answers is suppressed.

    Parameters
    ----------
    figures
        Figures of every group.
    groups
        The groups; the force's own figure is not among the rows.
    least_effective_n
        Effective answers from which a figure is shown.
    """
    force = int(groups.of(FORCE)[0])
    n, effective = figures.direct.n_respondents, figures.effective_n
    shown = np.nan_to_num(effective) >= least_effective_n
    spread = np.sqrt(figures.standard_error**2 + figures.standard_error[force] ** 2)
    below = norm.cdf((figures.direct.share[force] - figures.direct.share) / spread)
    state = np.where(shown, FigureState.OK, np.where(n > 0, FigureState.SUPPRESSED, FigureState.NO_DATA))
    few = _TOO_FEW.format(least=least_effective_n)
    note = [None if ok else few if asked else _NOBODY for ok, asked in zip(shown, n > 0, strict=True)]
    frame = pd.DataFrame(
        {
            "geography": groups.geography, "area_code": groups.code, "question": figures.question.name,
            "model": "direct", "estimate": np.where(shown, figures.direct.share, np.nan),
            "standard_error": np.where(shown, figures.standard_error, np.nan),
            "lower": np.where(shown, figures.lower, np.nan), "upper": np.where(shown, figures.upper, np.nan),
            "n_respondents": n, "effective_n": effective,
            "probability_below_force": np.where(shown, below, np.nan),
            "state": [str(s) for s in state], "note": pd.Series(note, dtype=object),
        }
    )  # fmt: skip
    return frame[groups.geography != FORCE].reset_index(drop=True)


def modelled_rows(
    figures: QuestionFigures,
    groups: Groups,
    fitted: AreaModel,
    *,
    patrol_key: str,
    model: str,
    most_half_width: float,
) -> pd.DataFrame:
    """
    Return the rows of modelled estimates of the patrol areas; one whose interval is too wide cannot tell.

    Parameters
    ----------
    figures
        Figures of every group.
    groups
        The groups.
    fitted
        The model of the patrol areas.
    patrol_key
        Their geography.
    model
        `modelled` or `modelled_with_place`.
    most_half_width
        Half width of an interval up to which a figure is shown.
    """
    at = groups.of(patrol_key)
    n = figures.direct.n_respondents[at]
    known = np.isfinite(fitted.estimate)
    shown = known & (np.nan_to_num(fitted.upper - fitted.lower, nan=np.inf) / 2 <= most_half_width)
    state = np.where(shown, FigureState.OK, np.where(known, FigureState.CANNOT_TELL, FigureState.NO_DATA))
    wide = _TOO_WIDE.format(most=100 * most_half_width)
    note = [
        (None if asked else _EXPECTED) if ok else wide if has else _NO_PEOPLE
        for ok, asked, has in zip(shown, n > 0, known, strict=True)
    ]
    return pd.DataFrame(
        {
            "geography": groups.geography[at], "area_code": groups.code[at], "question": figures.question.name,
            "model": model, "estimate": fitted.estimate, "standard_error": fitted.standard_error,
            "lower": fitted.lower, "upper": fitted.upper, "n_respondents": n, "effective_n": figures.effective_n[at],
            "probability_below_force": fitted.probability_below, "state": [str(s) for s in state],
            "note": pd.Series(note, dtype=object),
        }
    )  # fmt: skip


def refused_rows(
    figures: QuestionFigures, groups: Groups, *, patrol_key: str, model: str, state: FigureState, note: str
) -> pd.DataFrame:
    """
    Return rows without figures for the patrol areas, with the reason.

    Parameters
    ----------
    figures
        Figures of every group.
    groups
        The groups.
    patrol_key
        Geography of the patrol areas.
    model
        `modelled` or `modelled_with_place`.
    state, note
        Why there is none.
    """
    at = groups.of(patrol_key)
    numbers = ("estimate", "standard_error", "lower", "upper", "probability_below_force")
    frame = pd.DataFrame(
        {
            "geography": groups.geography[at], "area_code": groups.code[at], "question": figures.question.name,
            "model": model, **dict.fromkeys(numbers, np.nan), "n_respondents": figures.direct.n_respondents[at],
            "effective_n": figures.effective_n[at], "state": str(state), "note": note,
        }
    )  # fmt: skip
    return frame[list(ESTIMATE_COLUMNS)]
