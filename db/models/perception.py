"""Results of a run from perception surveys: estimates, shares, changes and gaps; never an answer of a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Double, ForeignKey, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from db.models.base import column, metadata, one_of

__all__ = ["perception", "survey_change", "survey_estimate", "survey_gap", "survey_share"]

_STATES = ("ok", "no_data", "suppressed", "cannot_tell")


def _run_id() -> Column[Any]:
    return column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run that computed it.")


def _area() -> tuple[Column[Any], ...]:
    return (
        column("geography", Text, primary_key=True, comment="Geography as name:vintage, or segment or force."),
        column("area_code", Text, primary_key=True, comment="Code of the area or segment."),
    )


def _question() -> Column[Any]:
    return column("question", Text, primary_key=True, comment="Our name of the question.")


def _position() -> Column[Any]:
    return column("position", Integer, comment="Place of the row in its table, from 0.")


def _number(name: str, comment: str) -> Column[Any]:
    return column(name, Double, nullable=True, comment=comment)


def _state() -> tuple[Any, ...]:
    return (
        column("state", Text, comment="ok, or why there is no figure."),
        column("note", Text, nullable=True, comment="What a reader should know of the figure."),
        one_of("state", *_STATES),
    )


perception = Table(
    "perception",
    metadata,
    _run_id(),
    column("waves", JSON, comment="Table: the waves that were read, and those that were not."),
    column("force", JSON, comment="Table: the figure of the whole force by question, and how far areas differ."),
    column("targets", JSON, comment="Table: progress to a dated target, where one is set."),
    column("low_confidence_probability", Double, comment="From which probability on an area is of low confidence."),
    column("notes", ARRAY(Text), comment="Sentences for the page."),
    comment="What a run found in the perception survey, as a whole.",
)

survey_estimate = Table(
    "survey_estimate",
    metadata,
    _run_id(),
    *_area(),
    _question(),
    column("model", Text, primary_key=True, comment="direct, modelled (no Place covariate) or modelled_with_place."),
    _position(),
    _number("estimate", "Share who agree, 0 to 1."),
    _number("standard_error", "Standard error; for a modelled figure the root of its mean squared error."),
    _number("lower", "Lower end of its 95 per cent interval."),
    _number("upper", "Upper end of its 95 per cent interval."),
    column("n_respondents", Integer, comment="Answers in the base."),
    _number("effective_n", "Effective number of answers, after weights and design."),
    _number("probability_below_force", "Probability that the true share lies below the force's."),
    *_state(),
    one_of("model", "direct", "modelled", "modelled_with_place"),
    comment="Share of the people of an area who agree with a question of the survey, with its interval.",
)

survey_share = Table(
    "survey_share",
    metadata,
    _run_id(),
    *_area(),
    _question(),
    column("code", Integer, primary_key=True, autoincrement=False, comment="Code of the answer."),
    _position(),
    column("answer", Text, comment="The answer in words."),
    _number("share", "Share of the people, 0 to 1; in patrol areas shrunk to the force's."),
    _number("lower", "Lower end of its 95 per cent interval."),
    _number("upper", "Upper end of its 95 per cent interval."),
    _number("force_share", "Share in the whole force."),
    column("n_respondents", Integer, comment="Answers in the base."),
    *_state(),
    comment="Share of the people of an area who choose an answer: a channel, or a priority.",
)

survey_change = Table(
    "survey_change",
    metadata,
    _run_id(),
    *_area(),
    _question(),
    _position(),
    column("from_wave", Text, nullable=True, comment="First comparable wave."),
    column("to_wave", Text, comment="Current wave."),
    _number("change", "Change of the share, -1 to 1."),
    _number("standard_error", "Its standard error."),
    _number("lower", "Lower end of its 95 per cent interval."),
    _number("upper", "Upper end of its 95 per cent interval."),
    column("verdict", Text, comment="rose, fell or cannot_tell."),
    *_state(),
    one_of("verdict", "rose", "fell", "cannot_tell"),
    comment="Change of a survey figure since the first wave that can be compared with the current one.",
)

survey_gap = Table(
    "survey_gap",
    metadata,
    _run_id(),
    *_area(),
    _position(),
    _number("gap", "Standardised worry about ASB less standardised rate of ASB."),
    _number("lower", "Lower end of its 95 per cent interval."),
    _number("upper", "Upper end of its 95 per cent interval."),
    _number("worry_score", "Worry, in standard deviations from the mean of the areas."),
    _number("asb_score", "Rate of ASB, in standard deviations from the mean of the areas."),
    *_state(),
    comment="Perception gap of an area: worry that the rate of ASB does not explain, or the other way round.",
)
