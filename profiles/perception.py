"""What people think: the survey's waves turned into figures of every area, each with its interval and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.areas import FigureState
from domain.errors import AnalysisError
from domain.surveys import CHOICE_QUESTIONS, SurveyWave
from domain.targets import Target
from profiles.perception_change import CHANGE_COLUMNS, change_rows, first_comparable, no_change_rows
from profiles.perception_figures import (
    ESTIMATE_COLUMNS,
    QuestionFigures,
    direct_rows,
    modelled_rows,
    patrol_direct,
    question_figures,
    refused_rows,
)
from profiles.perception_gap import GAP_COLUMNS, perception_gaps
from profiles.perception_inputs import AreasOfForce, PerceptionOptions
from profiles.perception_model import AreaModel, model_areas
from profiles.perception_shares import answer_shares, no_shares
from profiles.results import PerceptionResult
from profiles.survey_groups import FORCE, Groups, SurveyAnswers, make_groups, place_respondents
from profiles.survey_weights import WeightedWave, weigh_wave
from profiles.targets import no_target, target_progress

__all__ = ["measure_perception"]

TARGET_QUESTION, WORRY = "confidence", "worry_asb"
#: Geographies below a neighbourhood, for which no survey figure is ever made.
_TOO_SMALL = frozenset({"oa", "lsoa"})
_FORCE_COLUMNS = (
    "question", "wording", "wave", "estimate", "standard_error", "lower", "upper", "between_area_sd", "model_variance",
    "design_effect", "n_respondents", "effective_n", "state", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Wave:
    """A wave whose respondents are placed, weighted and grouped."""

    wave: SurveyWave
    weighted: WeightedWave
    groups: Groups
    n_left_out: int


def measure_perception(
    waves: Sequence[SurveyWave],
    answers: Mapping[int, SurveyAnswers],
    *,
    areas: AreasOfForce,
    options: PerceptionOptions | None = None,
    target: Target | None = None,
) -> PerceptionResult:
    """
    Make every figure of the survey: levels, gaps, channels, priorities, changes and progress to a target.

    The last wave is current; changes are told since the first wave that can be compared with it. In each patrol area
    there are a direct estimate, where answers allow, and two modelled ones: one without any Place covariate, which
    alone serves gaps, lines of enquiry, zones and evaluation, and one that may use the rate of ASB.

    Parameters
    ----------
    waves
        Facts of every wave, the earliest first; at least one.
    answers
        Respondents by position of the wave: of the last, and of each that `first_comparable` names.
    areas
        The areas and what is known of them.
    options
        How figures are made.
    target
        A dated target, or None.

    Raises
    ------
    AnalysisError
        If there is no wave.
    """
    if not waves:
        raise AnalysisError("there is no survey wave", hint="redzones load survey FILE --mapping MAPPING")
    options = options or PerceptionOptions()
    last = len(waves) - 1
    current = _prepared(answers[last], areas)
    notes = list(current.weighted.notes)
    if current.n_left_out:
        notes.insert(0, f"{current.n_left_out} respondents live in areas that are not linked to a {_unit(areas)}.")
    if not len(current.weighted.responses):
        return _nothing(waves, current, options, notes, _why_nobody(answers[last]))
    figures = {
        q.name: question_figures(
            current.weighted, current.groups, q, patrol_key=areas.patrol_key,
            dont_know_in_base=current.wave.dont_know_in_base,
        )
        for q in current.wave.questions
        if q.name not in CHOICE_QUESTIONS
    }  # fmt: skip
    rows: list[pd.DataFrame] = []
    force: list[dict[str, object]] = []
    for figure in figures.values():
        made, whole, told = _question_rows(figure, current, areas, options)
        rows, force, notes = [*rows, *made], [*force, whole], [*notes, *told]
    if TARGET_QUESTION not in figures:
        force.append(_no_force_row(current.wave, "the wave does not ask about confidence"))
    table = pd.DataFrame(force, columns=list(_FORCE_COLUMNS))
    estimates = pd.concat(rows, ignore_index=True)[list(ESTIMATE_COLUMNS)] if rows else _empty(ESTIMATE_COLUMNS)
    channels, priorities = (_choices(name, current, areas, options, figures) for name in CHOICE_QUESTIONS)
    return PerceptionResult(
        waves=_wave_rows(waves, answers, last),
        estimates=estimates,
        force=table,
        channels=channels,
        priorities=priorities,
        changes=_changes(waves, answers, current, figures, areas, options),
        gaps=_gaps(estimates, areas),
        targets=_progress(target, table, current.wave),
        low_confidence_probability=options.low_confidence_probability,
        notes=tuple(dict.fromkeys(notes)),
    )


def _unit(areas: AreasOfForce) -> str:
    return areas.unit_key.split(":")[0].replace("_", " ")


def _prepared(survey: SurveyAnswers, areas: AreasOfForce) -> _Wave:
    placed, n_left_out = place_respondents(survey)
    weighted = weigh_wave(placed, margins=survey.wave.margins, population=areas.population, unit_names=areas.unit_names)
    groups = make_groups(
        weighted.responses,
        patrol_key=areas.patrol_key,
        patrol_codes=list(areas.patrol_codes),
        unit_key=areas.unit_key,
        unit_codes=list(areas.unit_names),
        segments=areas.segments if survey.small_areas else None,
    )
    return _Wave(survey.wave, weighted, groups, n_left_out)


def _why_nobody(survey: SurveyAnswers) -> str:
    if not len(survey.responses):
        return "the wave holds no respondent"
    return "the areas of the survey are not linked to the force's: load their look-up or their boundaries"


def _nothing(
    waves: Sequence[SurveyWave], current: _Wave, options: PerceptionOptions, notes: Sequence[str], why: str
) -> PerceptionResult:
    """Return a result without figures, which says why."""
    force = pd.DataFrame([_no_force_row(current.wave, why)], columns=list(_FORCE_COLUMNS))
    return PerceptionResult(
        waves=_wave_rows(waves, {}, len(waves) - 1),
        estimates=_empty(ESTIMATE_COLUMNS),
        force=force,
        channels=no_shares(),
        priorities=no_shares(),
        changes=_empty(CHANGE_COLUMNS),
        gaps=_empty(GAP_COLUMNS),
        targets=no_target(),
        low_confidence_probability=options.low_confidence_probability,
        notes=(*notes, f"There is no survey figure: {why}."),
    )


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in columns})


def _no_force_row(wave: SurveyWave, why: str) -> dict[str, object]:
    numbers = ("estimate", "standard_error", "lower", "upper", "between_area_sd", "model_variance", "design_effect")
    return {
        "question": TARGET_QUESTION, "wording": "", "wave": wave.wave, **dict.fromkeys(numbers, np.nan),
        "n_respondents": 0, "effective_n": np.nan, "state": FigureState.NO_DATA.value, "note": why,
    }  # fmt: skip


def _question_rows(
    figures: QuestionFigures, current: _Wave, areas: AreasOfForce, options: PerceptionOptions
) -> tuple[list[pd.DataFrame], dict[str, object], list[str]]:
    """Return the rows of estimates of one question, the force's row, and sentences about its model."""
    groups, name = current.groups, figures.question.name
    direct = direct_rows(figures, groups, least_effective_n=options.least_effective_n)
    rows, told = [_without_small_areas(direct, areas)], []
    fitted: AreaModel | None = None
    for model, covariates in _covariates(areas, options).items():
        options_of = {"patrol_key": areas.patrol_key, "model": model}
        if _is_too_small(areas):
            note = "no survey figure is made for areas as small as these"
            rows.append(refused_rows(figures, groups, **options_of, state=FigureState.SUPPRESSED, note=note))
            continue
        try:
            found = _fit(figures, groups, covariates, areas)
        except AnalysisError as error:
            rows.append(refused_rows(figures, groups, **options_of, state=FigureState.CANNOT_TELL, note=error.message))
            continue
        rows.append(modelled_rows(figures, groups, found, **options_of, most_half_width=options.most_half_width))
        fitted = fitted or found
        told += [f"{name.replace('_', ' ').capitalize()}: {note}." for note in found.notes]
    return rows, _force_row(figures, current, fitted, options), told


def _covariates(areas: AreasOfForce, options: PerceptionOptions) -> dict[str, pd.DataFrame]:
    """Return the covariates of patrol areas by model; a metric that is not loaded at all is left out."""
    codes = list(areas.patrol_codes)
    names = [name for name in options.covariates if name in areas.metrics and areas.metrics[name].notna().any()]
    people = areas.metrics.reindex(codes)[names].astype(np.float64)
    rate = areas.asb.reindex(codes)["estimate"].astype(np.float64)
    if not (rate > 0).any():
        return {"modelled": people}
    return {"modelled": people, "modelled_with_place": people.assign(log_asb_rate=np.log(rate.where(rate > 0)))}


def _fit(figures: QuestionFigures, groups: Groups, covariates: pd.DataFrame, areas: AreasOfForce) -> AreaModel:
    force = groups.of(FORCE)[0]
    return model_areas(
        patrol_direct(figures, groups, areas.patrol_key),
        covariates,
        force_share=float(figures.direct.share[force]),
        force_standard_error=float(figures.standard_error[force]),
    )


def _force_row(
    figures: QuestionFigures, current: _Wave, fitted: AreaModel | None, options: PerceptionOptions
) -> dict[str, object]:
    at = current.groups.of(FORCE)[0]
    effective = float(figures.effective_n[at])
    is_shown = effective >= options.least_effective_n
    asked = bool(figures.direct.n_respondents[at] > 0)
    state = FigureState.OK if is_shown else FigureState.SUPPRESSED if asked else FigureState.NO_DATA
    numbers = {
        "estimate": figures.direct.share[at], "standard_error": figures.standard_error[at],
        "lower": figures.lower[at], "upper": figures.upper[at],
    }  # fmt: skip
    return {
        "question": figures.question.name,
        "wording": figures.question.wording,
        "wave": current.wave.wave,
        **{name: float(value) if is_shown else np.nan for name, value in numbers.items()},
        "between_area_sd": fitted.between_area_sd if fitted else np.nan,
        "model_variance": fitted.model_variance if fitted else np.nan,
        "design_effect": fitted.design_effect if fitted else figures.design_effect,
        "n_respondents": int(figures.direct.n_respondents[at]),
        "effective_n": effective,
        "state": str(state),
        "note": None if is_shown else "too few answers" if asked else "nobody answered this question",
    }


def _choices(
    name: str,
    current: _Wave,
    areas: AreasOfForce,
    options: PerceptionOptions,
    figures: Mapping[str, QuestionFigures],
) -> pd.DataFrame:
    question = next((q for q in current.wave.questions if q.name == name), None)
    if question is None:
        return no_shares()
    known = figures.get(TARGET_QUESTION) or next(iter(figures.values()), None)
    table = answer_shares(
        current.weighted,
        current.groups,
        question,
        patrol_key=areas.patrol_key,
        design_effect=known.design_effect if known else 1.0,
        least_effective_n=options.least_effective_n,
        most_half_width=options.most_half_width,
    )
    return _without_small_areas(table, areas)


def _without_small_areas(table: pd.DataFrame, areas: AreasOfForce) -> pd.DataFrame:
    """Leave out patrol areas that are smaller than a neighbourhood."""
    if not _is_too_small(areas):
        return table
    return table[table["geography"] != areas.patrol_key].reset_index(drop=True)


def _is_too_small(areas: AreasOfForce) -> bool:
    return areas.patrol_key.split(":")[0] in _TOO_SMALL


def _changes(
    waves: Sequence[SurveyWave],
    answers: Mapping[int, SurveyAnswers],
    current: _Wave,
    figures: Mapping[str, QuestionFigures],
    areas: AreasOfForce,
    options: PerceptionOptions,
) -> pd.DataFrame:
    prepared: dict[int, _Wave] = {}
    blocks = []
    for name, (position, why) in first_comparable(waves).items():
        if position is None:
            blocks.append(no_change_rows(name, to_wave=current.wave.wave, why=why))
            continue
        if position not in prepared:
            prepared[position] = _prepared(answers[position], areas)
        earlier = prepared[position]
        if not len(earlier.weighted.responses):
            blocks.append(no_change_rows(name, to_wave=current.wave.wave, why=_why_nobody(answers[position])))
            continue
        question = next(q for q in earlier.wave.questions if q.name == name)
        before = question_figures(
            earlier.weighted, earlier.groups, question, patrol_key=areas.patrol_key,
            dont_know_in_base=earlier.wave.dont_know_in_base,
        )  # fmt: skip
        changed = change_rows(
            figures[name], current.groups, before, earlier.groups, from_wave=earlier.wave.wave,
            to_wave=current.wave.wave, why_not_longer=why, least_effective_n=options.least_effective_n,
        )  # fmt: skip
        blocks.append(_without_small_areas(changed, areas))
    return pd.concat(blocks, ignore_index=True) if blocks else _empty(CHANGE_COLUMNS)


def _gaps(estimates: pd.DataFrame, areas: AreasOfForce) -> pd.DataFrame:
    if estimates.empty or areas.asb.empty:
        return _empty(GAP_COLUMNS)
    worry = estimates[(estimates["question"] == WORRY) & (estimates["model"] == "modelled")]
    return perception_gaps(worry, areas.asb) if len(worry) else _empty(GAP_COLUMNS)


def _progress(target: Target | None, force: pd.DataFrame, wave: SurveyWave) -> pd.DataFrame:
    if target is None:
        return no_target()
    row = force[force["question"] == target.question]
    estimate, error = (float(row[name].iloc[0]) if len(row) else np.nan for name in ("estimate", "standard_error"))
    return target_progress(target, estimate=estimate, standard_error=error, day=wave.last_day)


def _wave_rows(waves: Sequence[SurveyWave], answers: Mapping[int, SurveyAnswers], last: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "wave": wave.wave, "survey": wave.survey, "first_day": wave.first_day.isoformat(),
                "last_day": wave.last_day.isoformat(), "mode": wave.mode, "frame": wave.frame,
                "response_rate": np.nan if wave.response_rate is None else wave.response_rate,
                "n_respondents": float(len(answers[i].responses)) if i in answers else np.nan, "is_current": i == last,
            }
            for i, wave in enumerate(waves)
        ]
    )  # fmt: skip
