"""What earlier months and the latest days say of areas, beside the metrics of the profile."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, SmallInteger, Table, Text

from db.models.base import column, metadata, one_of

__all__ = ["profile_current", "profile_freshness", "profile_level", "profile_picture", "profile_season"]

_STATES = ("ok", "no_data", "suppressed", "cannot_tell")


def _run_id() -> Column[Any]:
    return column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run that computed it.")


def _area() -> tuple[Column[Any], ...]:
    return (
        column("geography", Text, primary_key=True, comment="Geography as name:vintage, or force."),
        column("area_code", Text, primary_key=True, comment="Code of the area."),
        column("kind", Text, primary_key=True, comment="asb, minor_crime or a kind of the watch list."),
    )


def _position() -> Column[Any]:
    return column("position", Integer, comment="Place of the row in its table, from 0.")


def _state() -> tuple[Column[Any], ...]:
    return (
        column("state", Text, comment="ok, or why there is no figure."),
        column("note", Text, nullable=True, comment="What a reader should know of the figure."),
    )


profile_season = Table(
    "profile_season",
    metadata,
    _run_id(),
    *_area(),
    column("calendar_month", SmallInteger, primary_key=True, autoincrement=False, comment="1 is January."),
    _position(),
    column("estimate", Double, nullable=True, comment="The calendar month against the average month, which is 100."),
    column("lower", Double, nullable=True, comment="Lower end of its 95 per cent interval."),
    column("upper", Double, nullable=True, comment="Upper end of its 95 per cent interval."),
    column("n", Double, nullable=True, comment="Incidents of the calendar month over the years."),
    column("n_years", Integer, comment="Whole years that were used."),
    *_state(),
    one_of("state", *_STATES),
    comment="Season of one kind in one area.",
)

profile_level = Table(
    "profile_level",
    metadata,
    _run_id(),
    *_area(),
    column("rank", Integer, primary_key=True, autoincrement=False, comment="Number of the change, from 1; 0 for none."),
    _position(),
    column("last_before", Text, nullable=True, comment="Last month of the old level, YYYY-MM."),
    column("first_after", Text, nullable=True, comment="First month of the new level, YYYY-MM."),
    column("ratio", Double, nullable=True, comment="New level over old, like months with like."),
    column("lower", Double, nullable=True, comment="Lower end of its 95 per cent interval."),
    column("upper", Double, nullable=True, comment="Upper end of its 95 per cent interval."),
    column("p_value", Double, nullable=True, comment="Of the permutation test of no change."),
    *_state(),
    one_of("state", *_STATES),
    comment="Change in the level of recording of one kind in one area.",
)

profile_picture = Table(
    "profile_picture",
    metadata,
    _run_id(),
    column("state", Text, comment="ok, or no_data where no incident carries a time."),
    column("reason", Text, comment="Why there is no current picture; empty otherwise."),
    column("last_at", Text, nullable=True, comment="Last instant of the time-stamped data, local time."),
    one_of("state", *_STATES),
    comment="Whether a run has a current picture, and until when.",
)

profile_current = Table(
    "profile_current",
    metadata,
    _run_id(),
    *_area(),
    column("days", Integer, primary_key=True, autoincrement=False, comment="Days before the last instant."),
    _position(),
    column("n", Integer, comment="Incidents in these days."),
    column("usual", Double, nullable=True, comment="Incidents that are usual in so many days."),
    column("lower", Double, nullable=True, comment="Lower end of the range of chance around what is usual."),
    column("upper", Double, nullable=True, comment="Upper end of that range."),
    column("q_value", Double, nullable=True, comment="Of the e-test, after Benjamini-Hochberg."),
    *_state(),
    one_of("state", *_STATES),
    comment="Incidents of one kind in one area in the latest days of time-stamped data.",
)

profile_freshness = Table(
    "profile_freshness",
    metadata,
    _run_id(),
    column("source", Text, primary_key=True, comment="Name of the source of incidents."),
    _position(),
    column("is_counted", Boolean, comment="Whether the profile counts it."),
    column("first_month", Text, nullable=True, comment="First month with an incident, YYYY-MM."),
    column("last_month", Text, nullable=True, comment="Last month with an incident, YYYY-MM."),
    column("last_at", Text, nullable=True, comment="Last instant, local time; empty where only months are known."),
    column("n", Integer, comment="Incidents."),
    column("n_timed", Integer, comment="Of which with a time better than the month."),
    comment="How fresh each source of incidents is.",
)
