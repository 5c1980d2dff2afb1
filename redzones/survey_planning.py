"""The plan of the next wave, from what the latest refresh found in the survey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import db.perception
import db.read
import db.results
import db.runs
from domain.areas import GeographyKey
from domain.errors import AnalysisError
from profiles.survey_plan import SurveyPlan, plan_interviews

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Engine

    from redzones.settings import Settings

__all__ = ["NamedPlan", "plan_survey"]


@dataclass(frozen=True, slots=True)
class NamedPlan:
    """
    A plan with the names of its areas.

    Parameters
    ----------
    plan
        The plan.
    areas
        Its areas with `area_name`.
    question, wave
        The question whose error falls, and the wave on which the plan rests.
    """

    plan: SurveyPlan
    areas: pd.DataFrame
    question: str
    wave: str


def plan_survey(
    engine: Engine, settings: Settings, *, interviews: int, question: str, step: int, by_residents: bool
) -> NamedPlan:
    """
    Plan the next interviews over the patrol areas.

    Parameters
    ----------
    engine
        Engine of an upgraded database.
    settings
        The force's settings.
    interviews
        Interviews to give.
    question
        Question whose error is to fall.
    step
        Interviews in a batch.
    by_residents
        Whether an area counts by its residents; else all count alike.

    Raises
    ------
    AnalysisError
        If the latest refresh has no figures of that question, or the areas do not differ.
    DatabaseError
        If no run was finished yet.
    """
    patrol = GeographyKey.parse(settings.geography.patrol)
    with engine.connect() as connection:
        run_id = db.runs.latest_finished_run(connection).run_id
        found = db.perception.read_perception(connection, run_id)
        names = db.read.areas(connection, patrol).set_index("area_code")["area_name"]
        if found is None:
            raise AnalysisError(
                "the latest refresh has read no survey",
                hint="redzones load survey FILE --mapping MAPPING; redzones refresh",
            )
        own = found.estimates
        own = own[(own["geography"] == str(patrol)) & (own["question"] == question) & (own["model"] == "modelled")]
        force = found.force[found.force["question"] == question]
        if own.empty or force.empty:
            asked = ", ".join(sorted(set(found.estimates["question"]))) or "none"
            raise AnalysisError(f"the survey has no figures of {question}", hint=f"Questions with figures: {asked}.")
        weights = _residents(connection, run_id, str(patrol), own["area_code"]) if by_residents else None
    row = force.iloc[0]
    plan = plan_interviews(
        own.reset_index(drop=True),
        n_more=interviews,
        share=float(row["estimate"]),
        model_variance=float(row["model_variance"]),
        step=step,
        weights=weights,
    )
    areas = plan.areas.assign(area_name=plan.areas["area_code"].map(names).fillna(""))
    return NamedPlan(plan, areas, question, str(row["wave"]))


def _residents(connection: Connection, run_id: int, geography: str, codes: pd.Series) -> NDArray[np.float64]:
    profiles = db.results.read_profiles(connection, run_id)
    if profiles is None:
        raise AnalysisError("the refresh has no profiles", hint="redzones refresh --month YYYY-MM")
    table = profiles.metrics
    known = table[(table["geography"] == geography) & (table["metric"] == "residents")].set_index("area_code")
    return known["estimate"].reindex(codes).fillna(0.0).to_numpy(dtype="float64")
