"""What the step of Red Zones is told of perception: confidence by patrol area, and priorities, never who people are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import db.perception
import db.read
from domain.areas import FigureState
from hotspots.confidence import Perception, confidence_deficits, priority_weights

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from profiles.results import PerceptionResult
    from redzones.steps.work import Work

__all__ = ["confidence_of", "perception_in_score"]

_CONFIDENCE, _MODEL = "confidence", "modelled"


def perception_in_score(connection: Connection, work: Work, kinds: pd.DataFrame) -> Perception:
    """
    Return what perception does to the scores of this run.

    Parameters
    ----------
    connection
        An open connection.
    work
        The run and its settings.
    kinds
        Table `domain.schemas.KINDS`.
    """
    survey = db.perception.read_perception(connection, work.run_id)
    deficits, note = confidence_of(survey, geography=str(work.patrol))
    strength = work.settings.hotspots.confidence_strength if deficits else 0.0
    weights = _weights(connection, work, kinds, survey)
    if weights is None:
        return Perception(deficits, strength, note=note)
    return Perception(deficits, strength, weights, note)


def confidence_of(survey: PerceptionResult | None, *, geography: str) -> tuple[dict[str, float], str]:
    """
    Return the deficit of confidence by patrol area, and a sentence for the page.

    Parameters
    ----------
    survey
        The figures of the survey; None where none is loaded.
    geography
        Patrol geography as `name:vintage`.
    """
    if survey is None:
        return {}, "No perception survey is loaded, so confidence does not enter the score."
    force = survey.force[(survey.force["question"] == _CONFIDENCE) & (survey.force["state"] == FigureState.OK)]
    table = survey.estimates
    own = table[(table["geography"] == geography) & (table["question"] == _CONFIDENCE) & (table["model"] == _MODEL)]
    if force.empty or own.empty:
        return {}, "The survey has no estimate of confidence by patrol area, so confidence does not enter the score."
    deficits = confidence_deficits(
        own[["area_code", "estimate", "state"]],
        force_mean=float(force["estimate"].iloc[0]),
        between_area_sd=float(force["between_area_sd"].iloc[0]),
    )
    n_unknown = int((own["state"] != FigureState.OK).sum())
    unknown = f" Without an estimate, and so without a deficit: {n_unknown}." if n_unknown else ""
    return deficits, f"Patrol areas of which confidence is known: {len(deficits)}.{unknown}"


def _weights(
    connection: Connection, work: Work, kinds: pd.DataFrame, survey: PerceptionResult | None
) -> pd.DataFrame | None:
    """Return the weights of categories by patrol area, from recorded priorities or the survey's; None for none."""
    source = work.settings.hotspots.priority_weights
    if source == "recorded":
        named = db.read.named_priorities(connection, work.load_ids, month=work.month)
    elif source == "survey" and survey is not None:
        table = survey.priorities
        own = table[(table["geography"] == str(work.patrol)) & (table["state"] == FigureState.OK)]
        named = pd.DataFrame(
            {
                "area_code": own["area_code"],
                "kind": own["answer"].map(_plain),
                "n": own["share"].astype(float) * own["n_respondents"].astype(float),
            }
        )
    else:
        return None
    by_word = _categories(kinds)
    named = (
        named.assign(category=named["kind"].map(_plain).map(by_word)).dropna(subset=["category"]).explode("category")
    )
    return priority_weights(named[["area_code", "category", "n"]])


def _categories(kinds: pd.DataFrame) -> dict[str, list[str]]:
    """Return the categories that a priority's word stands for: a category itself, or all of a kind such as `asb`."""
    words = {_plain(name): [str(name)] for name in kinds["category"]}
    for kind, rows in kinds.groupby("kind"):
        words.setdefault(str(kind), sorted(set(rows["category"].astype(str))))
    return words


def _plain(word: str) -> str:
    """Return a word as it is compared: "Antisocial behaviour" of a survey is "Anti-social behaviour" of police.uk."""
    return str(word).replace("-", "").casefold()
