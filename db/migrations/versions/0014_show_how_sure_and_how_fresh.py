"""
Show how sure and how fresh a profile is: the nation beside the force, seasons, changes of level, the latest days.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_STATES = "state IN ('ok', 'no_data', 'suppressed', 'cannot_tell')"


def upgrade() -> None:
    """Make the tables, and add what a metric and its definition now hold."""
    op.create_table(
        "people_total",
        sa.Column("variable_id", sa.Integer(), nullable=False, comment="The variable."),
        sa.Column("place", sa.Text(), nullable=False, comment="Nation, such as England and Wales."),
        sa.Column(
            "n_areas", sa.Integer(), nullable=False, comment="Number of its areas: all of them, or there is no row."
        ),
        sa.Column("numerator", sa.Double(), nullable=False, comment="Sum over its areas."),
        sa.Column(
            "denominator",
            sa.Double(),
            nullable=True,
            comment="Sum over its areas; the number of areas for scores.",
        ),
        sa.ForeignKeyConstraint(["variable_id"], ["people_variable.variable_id"], name="people_total_variable_id_fkey"),
        sa.PrimaryKeyConstraint("variable_id", "place", name="people_total_pkey"),
        comment="Sum of a People variable over a nation, from a national file, so that areas can be compared with it.",
    )
    for name, comment in (
        ("nation_estimate", "The figure of the nation."),
        ("nation_index", "The figure against the nation's, which is 100."),
        ("q_value", "Of a test, after Benjamini-Hochberg."),
    ):
        op.add_column("profile_metric", sa.Column(name, sa.Double(), nullable=True, comment=comment))
    for name, default, comment in (
        ("part", "place", "Part of the profile: people, hints, place, watch, quality."),
        ("limits", "", "What the figure cannot tell, in a sentence."),
        ("nation", "", "Nation with which it is compared, or empty."),
    ):
        op.add_column(
            "profile_definition", sa.Column(name, sa.Text(), server_default=default, nullable=False, comment=comment)
        )
    _make_history()
    _make_current()


def _of_area() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage, or force."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area."),
        sa.Column("kind", sa.Text(), nullable=False, comment="asb, minor_crime or a kind of the watch list."),
    )


def _position() -> sa.Column[Any]:
    return sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0.")


def _state() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or why there is no figure."),
        sa.Column("note", sa.Text(), nullable=True, comment="What a reader should know of the figure."),
    )


def _keys(table: str, *key: str) -> tuple[Any, ...]:
    return (
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=f"{table}_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", *key, name=f"{table}_pkey"),
    )


def _make_history() -> None:
    op.create_table(
        "profile_season",
        *_of_area(),
        sa.Column("calendar_month", sa.SmallInteger(), autoincrement=False, nullable=False, comment="1 is January."),
        _position(),
        sa.Column(
            "estimate",
            sa.Double(),
            nullable=True,
            comment="The calendar month against the average month, which is 100.",
        ),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("n", sa.Double(), nullable=True, comment="Incidents of the calendar month over the years."),
        sa.Column("n_years", sa.Integer(), nullable=False, comment="Whole years that were used."),
        *_state(),
        sa.CheckConstraint(_STATES, name=op.f("profile_season_state_check")),
        *_keys("profile_season", "geography", "area_code", "kind", "calendar_month"),
        comment="Season of one kind in one area.",
    )
    op.create_table(
        "profile_level",
        *_of_area(),
        sa.Column(
            "rank",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Number of the change, from 1; 0 for none.",
        ),
        _position(),
        sa.Column("last_before", sa.Text(), nullable=True, comment="Last month of the old level, YYYY-MM."),
        sa.Column("first_after", sa.Text(), nullable=True, comment="First month of the new level, YYYY-MM."),
        sa.Column("ratio", sa.Double(), nullable=True, comment="New level over old, like months with like."),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("p_value", sa.Double(), nullable=True, comment="Of the permutation test of no change."),
        *_state(),
        sa.CheckConstraint(_STATES, name=op.f("profile_level_state_check")),
        *_keys("profile_level", "geography", "area_code", "kind", "rank"),
        comment="Change in the level of recording of one kind in one area.",
    )


def _make_current() -> None:
    op.create_table(
        "profile_picture",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or no_data where no incident carries a time."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why there is no current picture; empty otherwise."),
        sa.Column("last_at", sa.Text(), nullable=True, comment="Last instant of the time-stamped data, local time."),
        sa.CheckConstraint(_STATES, name=op.f("profile_picture_state_check")),
        *_keys("profile_picture"),
        comment="Whether a run has a current picture, and until when.",
    )
    op.create_table(
        "profile_current",
        *_of_area(),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False, comment="Days before the last instant."),
        _position(),
        sa.Column("n", sa.Integer(), nullable=False, comment="Incidents in these days."),
        sa.Column("usual", sa.Double(), nullable=True, comment="Incidents that are usual in so many days."),
        sa.Column(
            "lower", sa.Double(), nullable=True, comment="Lower end of the range of chance around what is usual."
        ),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of that range."),
        sa.Column("q_value", sa.Double(), nullable=True, comment="Of the e-test, after Benjamini-Hochberg."),
        *_state(),
        sa.CheckConstraint(_STATES, name=op.f("profile_current_state_check")),
        *_keys("profile_current", "geography", "area_code", "kind", "days"),
        comment="Incidents of one kind in one area in the latest days of time-stamped data.",
    )
    op.create_table(
        "profile_freshness",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("source", sa.Text(), nullable=False, comment="Name of the source of incidents."),
        _position(),
        sa.Column("is_counted", sa.Boolean(), nullable=False, comment="Whether the profile counts it."),
        sa.Column("first_month", sa.Text(), nullable=True, comment="First month with an incident, YYYY-MM."),
        sa.Column("last_month", sa.Text(), nullable=True, comment="Last month with an incident, YYYY-MM."),
        sa.Column(
            "last_at", sa.Text(), nullable=True, comment="Last instant, local time; empty where only months are known."
        ),
        sa.Column("n", sa.Integer(), nullable=False, comment="Incidents."),
        sa.Column("n_timed", sa.Integer(), nullable=False, comment="Of which with a time better than the month."),
        *_keys("profile_freshness", "source"),
        comment="How fresh each source of incidents is.",
    )


def downgrade() -> None:
    """Take away what was added, with what it holds."""
    for table in ("profile_freshness", "profile_current", "profile_picture", "profile_level", "profile_season"):
        op.drop_table(table)
    for name in ("nation", "limits", "part"):
        op.drop_column("profile_definition", name)
    for name in ("q_value", "nation_index", "nation_estimate"):
        op.drop_column("profile_metric", name)
    op.drop_table("people_total")
