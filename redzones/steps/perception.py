"""What people think: the survey's waves weighed, estimated and modelled for every area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

import db.perception
import db.read
import db.results
from domain.targets import Target
from profiles.perception import measure_perception
from profiles.perception_change import first_comparable
from profiles.perception_inputs import AreasOfForce, PerceptionOptions
from profiles.survey_groups import SurveyAnswers
from profiles.survey_margins import population_by_unit
from redzones.steps.work import people_values, profiles_so_far

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from db.read_surveys import StoredWave
    from domain.areas import GeographyKey
    from redzones.steps.work import Work

__all__ = ["perception"]

_ASB_RATE = "asb_rate_eb"
_NO_SURVEY = "No survey of confidence is loaded, so there are no figures of what people think."


def perception(connection: Connection, work: Work) -> dict[str, Any]:
    """Estimate what the people of each area think, from the survey waves up to the month."""
    db.perception.clear_perception(connection, work.run_id)
    until = work.month.shift(1).first_day
    loaded = db.read.survey_waves(connection, load_ids=work.load_ids)
    stored = sorted((w for w in loaded if w.wave.last_day < until), key=lambda w: (w.wave.last_day, w.wave_id))
    if not stored:
        return {"note": _NO_SURVEY}
    waves = [s.wave for s in stored]
    needed = {position for position, _ in first_comparable(waves).values() if position is not None}
    answers = {i: _answers(connection, work, stored[i]) for i in sorted({*needed, len(waves) - 1})}
    options = work.settings.perception
    result = measure_perception(
        waves,
        answers,
        areas=_areas(connection, work),
        options=PerceptionOptions(
            least_effective_n=options.least_effective_n,
            most_half_width=options.most_half_width_points / 100,
            low_confidence_probability=options.low_confidence_probability,
            covariates=options.covariates,
        ),
        target=None if options.target is None else Target(**options.target.model_dump()),
    )
    db.perception.write_perception(connection, work.run_id, result)
    return {"wave": waves[-1].wave, "figures": len(result.estimates), "notes": list(result.notes)}


def _answers(connection: Connection, work: Work, stored: StoredWave) -> SurveyAnswers:
    """Read the respondents of a wave, which is noted, and say to which areas its codes belong."""
    return SurveyAnswers(
        wave=stored.wave,
        responses=db.read.survey_responses(connection, stored.wave_id, purpose=f"refresh of {work.month}"),
        small_areas=_links(connection, stored.key, work.small_area) if stored.key == work.small_area else {},
        patrol_areas=_links(connection, stored.key, work.patrol),
        units=_links(connection, stored.key, work.unit),
    )


def _links(connection: Connection, source: GeographyKey, target: GeographyKey) -> Mapping[str, str]:
    if source == target:
        return {code: code for code in db.read.area_codes(connection, source)}
    links = db.read.best_fit_links(connection, source, target)
    return dict(zip(links["source_code"], links["target_code"], strict=True))


def _areas(connection: Connection, work: Work) -> AreasOfForce:
    units = db.read.areas(connection, work.unit)
    people = people_values(connection, work)
    profiles = profiles_so_far(connection, work)
    segments = db.results.read_segments(connection, work.run_id)
    figures = (
        pd.DataFrame(columns=["area_code", "metric", "estimate", "lower", "upper"])
        if profiles is None
        else profiles.metrics
    )
    if profiles is not None:
        figures = figures[(figures["geography"] == str(work.patrol)) & (figures["state"] == "ok")]
    asb = figures[figures["metric"] == _ASB_RATE]
    return AreasOfForce(
        patrol_key=str(work.patrol),
        unit_key=str(work.unit),
        patrol_codes=sorted(db.read.area_codes(connection, work.patrol)),
        unit_names=dict(zip(units["area_code"], units["area_name"], strict=True)),
        segments=None if segments is None else segments.membership,
        population=population_by_unit(people, _links(connection, work.small_area, work.unit)),
        metrics=figures.pivot_table(index="area_code", columns="metric", values="estimate", aggfunc="first"),
        asb=asb.set_index("area_code")[["estimate", "lower", "upper"]],
    )
