"""What the step of Red Zones is told of perception: confidence by patrol area, and priorities, never who people are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import db.perception
import db.read
from domain.areas import FigureState
from domain.incidents import Kind
from hotspots.confidence import Perception, confidence_deficits, priority_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from profiles.results import PerceptionResult
    from redzones.steps.work import Work

__all__ = [
    "confidence_of",
    "named_categories",
    "perception_in_score",
    "survey_priorities",
    "weights_sentence",
]

_CONFIDENCE, _MODEL = "confidence", "modelled"

# What people call our kinds; a category of the same name goes first.
_KIND_WORDS = {Kind.ASB.value: ("antisocial behaviour",), Kind.MINOR_CRIME.value: ("minor crime",)}

_SHOWN_KINDS = 6


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
    weights, weights_note = _weights(connection, work, kinds, survey)
    return Perception(deficits, strength, weights, note, weights_note)


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
) -> tuple[pd.DataFrame, str]:
    """Return the weights of categories by patrol area, from recorded priorities or the survey's, and a sentence."""
    source = work.settings.hotspots.priority_weights
    nothing = priority_weights(pd.DataFrame({"area_code": [], "category": [], "n": []}))
    if source == "none":
        return nothing, ""
    if source == "recorded":
        named = db.read.named_priorities(connection, work.load_ids, month=work.month)
    else:
        named = survey_priorities(survey, geography=str(work.patrol))
    if named.empty:
        whose = "no priority of the last two years is recorded" if source == "recorded" else "no survey wave tells any"
        return nothing, f"Every kind weighs 1: weights by public priorities ({source}) are set, but {whose}."
    matched, unmatched = named_categories(named, kinds)
    weights = priority_weights(matched)
    return weights, weights_sentence(
        weights, source=source, n_areas=matched["area_code"].nunique(), unmatched=unmatched
    )


def survey_priorities(survey: PerceptionResult | None, *, geography: str) -> pd.DataFrame:
    """
    Return how often each priority was named in the survey, by patrol area.

    Parameters
    ----------
    survey
        The figures of the survey; None where none is loaded.
    geography
        Patrol geography as `name:vintage`.

    Returns
    -------
    DataFrame
        `area_code`, `kind` (the answer), `n` (answers that its shrunk share stands for); only areas of which every
        answer is known, since a share that cannot be told would pass for nobody naming it.
    """
    if survey is None or survey.priorities.empty:
        return pd.DataFrame({"area_code": [], "kind": [], "n": []})
    own = survey.priorities[survey.priorities["geography"] == geography]
    is_known = (own["state"] == FigureState.OK).groupby(own["area_code"]).transform("all")
    own = own[is_known & (own["n_respondents"] > 0)]
    n = own["share"].astype(float) * own["n_respondents"].astype(float)
    return pd.DataFrame({"area_code": own["area_code"], "kind": own["answer"], "n": n}).reset_index(drop=True)


def named_categories(named: pd.DataFrame, kinds: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """
    Return the priorities as categories of incidents.

    Parameters
    ----------
    named
        `area_code`, `kind` (a category, or a kind of ours such as `asb`, however it is spelt) and `n`.
    kinds
        Table `domain.schemas.KINDS`.

    Returns
    -------
    tuple
        `area_code`, `category`, `n` (shared evenly among the categories of a kind), and the words that are none of
        them, in order.
    """
    by_word = _categories(kinds)
    found = named.assign(category=named["kind"].map(_plain).map(by_word))
    unmatched = sorted(set(found.loc[found["category"].isna(), "kind"].astype(str)))
    found = found.dropna(subset=["category"])
    found = found.assign(n=found["n"].astype(float) / found["category"].map(len)).explode("category")
    return found[["area_code", "category", "n"]].reset_index(drop=True), tuple(unmatched)


def weights_sentence(weights: pd.DataFrame, *, source: str, n_areas: int, unmatched: Sequence[str]) -> str:
    """
    Return which weights are used, in words for a page.

    Parameters
    ----------
    weights
        What `hotspots.confidence.priority_weights` returned.
    source
        The setting.
    n_areas
        Patrol areas where a kind of incident here was named.
    unmatched
        Named priorities that are no category of incident.

    Examples
    --------
    >>> weights = pd.DataFrame({"area_code": ["A", "B"], "category": "Shoplifting", "weight": [0.8, 1.25]})
    >>> weights_sentence(weights, source="survey", n_areas=2, unmatched=("Speeding",))
    'Kinds weigh what people name as priorities (survey), in 2 areas: Shoplifting 0.80 to 1.25. No kind here: Speeding.'
    """
    without = f" No kind here: {', '.join(unmatched)}." if unmatched else ""
    if weights.empty:
        return f"Every kind weighs 1: no priority that is named ({source}) is a kind of incident here.{without}"
    ranges = weights.groupby("category")["weight"].agg(["min", "max"])
    words = [f"{name} {low:.2f} to {high:.2f}" for name, low, high in ranges.itertuples(name=None)]
    more = f" and {len(words) - _SHOWN_KINDS} more" if len(words) > _SHOWN_KINDS else ""
    shown = f"{', '.join(words[:_SHOWN_KINDS])}{more}"
    areas = f"{n_areas} area{'s' if n_areas != 1 else ''}"
    return f"Kinds weigh what people name as priorities ({source}), in {areas}: {shown}.{without}"


def _categories(kinds: pd.DataFrame) -> dict[str, list[str]]:
    """Return the categories that a priority's word stands for: a category itself, or all of a kind such as `asb`."""
    words = {_plain(name): [str(name)] for name in kinds["category"]}
    for kind, rows in kinds[kinds["kind"] != Kind.OTHER.value].groupby("kind"):  # "other" names nothing
        own = sorted(set(rows["category"].astype(str)))
        for word in (str(kind), *_KIND_WORDS.get(str(kind), ())):
            words.setdefault(_plain(word), own)
    return words


def _plain(word: str) -> str:
    """Return a word as it is compared: "Antisocial behaviour" of a survey is "Anti-social behaviour" of police.uk."""
    return str(word).replace("-", "").casefold()
