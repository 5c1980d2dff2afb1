"""
Keep what the public think: the figures of the perception survey, never an answer of a person.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "perception",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column(
            "waves",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: the waves that were read, and those that were not.",
        ),
        sa.Column(
            "force",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: the figure of the whole force by question, and how far areas differ.",
        ),
        sa.Column(
            "targets",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: progress to a dated target, where one is set.",
        ),
        sa.Column(
            "low_confidence_probability",
            sa.Double(),
            nullable=False,
            comment="From which probability on an area is of low confidence.",
        ),
        sa.Column("notes", postgresql.ARRAY(sa.Text()), nullable=False, comment="Sentences for the page."),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="perception_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", name="perception_pkey"),
        comment="What a run found in the perception survey, as a whole.",
    )
    op.create_table(
        "survey_change",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage, or segment or force."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area or segment."),
        sa.Column("question", sa.Text(), nullable=False, comment="Our name of the question."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("from_wave", sa.Text(), nullable=True, comment="First comparable wave."),
        sa.Column("to_wave", sa.Text(), nullable=False, comment="Current wave."),
        sa.Column("change", sa.Double(), nullable=True, comment="Change of the share, -1 to 1."),
        sa.Column("standard_error", sa.Double(), nullable=True, comment="Its standard error."),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("verdict", sa.Text(), nullable=False, comment="rose, fell or cannot_tell."),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or why there is no figure."),
        sa.Column("note", sa.Text(), nullable=True, comment="What a reader should know of the figure."),
        sa.CheckConstraint(
            "state IN ('ok', 'no_data', 'suppressed', 'cannot_tell')", name=op.f("survey_change_state_check")
        ),
        sa.CheckConstraint("verdict IN ('rose', 'fell', 'cannot_tell')", name=op.f("survey_change_verdict_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="survey_change_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "geography", "area_code", "question", name="survey_change_pkey"),
        comment="Change of a survey figure since the first wave that can be compared with the current one.",
    )
    op.create_table(
        "survey_estimate",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage, or segment or force."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area or segment."),
        sa.Column("question", sa.Text(), nullable=False, comment="Our name of the question."),
        sa.Column(
            "model", sa.Text(), nullable=False, comment="direct, modelled (no Place covariate) or modelled_with_place."
        ),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("estimate", sa.Double(), nullable=True, comment="Share who agree, 0 to 1."),
        sa.Column(
            "standard_error",
            sa.Double(),
            nullable=True,
            comment="Standard error; for a modelled figure the root of its mean squared error.",
        ),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("n_respondents", sa.Integer(), nullable=False, comment="Answers in the base."),
        sa.Column(
            "effective_n", sa.Double(), nullable=True, comment="Effective number of answers, after weights and design."
        ),
        sa.Column(
            "probability_below_force",
            sa.Double(),
            nullable=True,
            comment="Probability that the true share lies below the force's.",
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or why there is no figure."),
        sa.Column("note", sa.Text(), nullable=True, comment="What a reader should know of the figure."),
        sa.CheckConstraint(
            "model IN ('direct', 'modelled', 'modelled_with_place')", name=op.f("survey_estimate_model_check")
        ),
        sa.CheckConstraint(
            "state IN ('ok', 'no_data', 'suppressed', 'cannot_tell')", name=op.f("survey_estimate_state_check")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="survey_estimate_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "geography", "area_code", "question", "model", name="survey_estimate_pkey"),
        comment="Share of the people of an area who agree with a question of the survey, with its interval.",
    )
    op.create_table(
        "survey_gap",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage, or segment or force."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area or segment."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column(
            "gap", sa.Double(), nullable=True, comment="Standardised worry about ASB less standardised rate of ASB."
        ),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column(
            "worry_score",
            sa.Double(),
            nullable=True,
            comment="Worry, in standard deviations from the mean of the areas.",
        ),
        sa.Column(
            "asb_score",
            sa.Double(),
            nullable=True,
            comment="Rate of ASB, in standard deviations from the mean of the areas.",
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or why there is no figure."),
        sa.Column("note", sa.Text(), nullable=True, comment="What a reader should know of the figure."),
        sa.CheckConstraint(
            "state IN ('ok', 'no_data', 'suppressed', 'cannot_tell')", name=op.f("survey_gap_state_check")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="survey_gap_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "geography", "area_code", name="survey_gap_pkey"),
        comment="Perception gap of an area: worry that the rate of ASB does not explain, or the other way round.",
    )
    op.create_table(
        "survey_share",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage, or segment or force."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area or segment."),
        sa.Column("question", sa.Text(), nullable=False, comment="Our name of the question."),
        sa.Column("code", sa.Integer(), autoincrement=False, nullable=False, comment="Code of the answer."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("answer", sa.Text(), nullable=False, comment="The answer in words."),
        sa.Column(
            "share",
            sa.Double(),
            nullable=True,
            comment="Share of the people, 0 to 1; in patrol areas shrunk to the force's.",
        ),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("force_share", sa.Double(), nullable=True, comment="Share in the whole force."),
        sa.Column("n_respondents", sa.Integer(), nullable=False, comment="Answers in the base."),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or why there is no figure."),
        sa.Column("note", sa.Text(), nullable=True, comment="What a reader should know of the figure."),
        sa.CheckConstraint(
            "state IN ('ok', 'no_data', 'suppressed', 'cannot_tell')", name=op.f("survey_share_state_check")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="survey_share_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "geography", "area_code", "question", "code", name="survey_share_pkey"),
        comment="Share of the people of an area who choose an answer: a channel, or a priority.",
    )


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("survey_share")
    op.drop_table("survey_gap")
    op.drop_table("survey_estimate")
    op.drop_table("survey_change")
    op.drop_table("perception")
