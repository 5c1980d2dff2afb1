"""
Keep runs, their keyed steps and their publication, so that a refresh resumes and publishes by one switch.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "run",
        sa.Column(
            "run_id",
            sa.Integer(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the run in this database.",
        ),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="Fingerprint of its month, settings, inputs and code version.",
        ),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the last month of its data."),
        sa.Column(
            "config_fingerprint",
            sa.Text(),
            nullable=False,
            comment="Fingerprint of the settings that results depend on.",
        ),
        sa.Column("input_fingerprint", sa.Text(), nullable=False, comment="Fingerprint of the files that it reads."),
        sa.Column(
            "code_version",
            sa.Text(),
            nullable=False,
            comment="Version of the code, with a fingerprint of the code itself.",
        ),
        sa.Column(
            "seed", sa.BigInteger(), nullable=False, comment="Setting from which every step's random numbers come."
        ),
        sa.Column(
            "settings",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="The settings that results depend on.",
        ),
        sa.Column(
            "load_ids",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="The loads that it reads, in order; it reads nothing else.",
        ),
        sa.Column("state", sa.Text(), server_default="running", nullable=False, comment="running, finished or failed."),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was first begun.",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="When it was finished."),
        sa.CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name=op.f("run_finished_at_check")),
        sa.CheckConstraint("state IN ('running', 'finished', 'failed')", name=op.f("run_state_check")),
        sa.PrimaryKeyConstraint("run_id", name="run_pkey"),
        sa.UniqueConstraint("fingerprint", name="run_fingerprint_key"),
        comment="One refresh: what it reads, and how far it came.",
    )
    op.create_index("run_month_idx", "run", ["month"], unique=False)
    op.create_table(
        "publication",
        sa.Column(
            "publication_id",
            sa.Integer(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the publication.",
        ),
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that was published."),
        sa.Column("edition", sa.Text(), nullable=False, comment="For whom: force or partner."),
        sa.Column("folder", sa.Text(), nullable=False, comment="Name of the run's folder in the site."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="pending (before the switch), live, past, or abandoned (the switch never came).",
        ),
        sa.Column(
            "pending_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was about to go live.",
        ),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True, comment="When it was known to be live."),
        sa.CheckConstraint("state IN ('pending', 'live', 'past', 'abandoned')", name=op.f("publication_state_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="publication_run_id_fkey"),
        sa.PrimaryKeyConstraint("publication_id", name="publication_pkey"),
        comment="Which run is live for whom; written as pending before the switch, and reconciled from the pointer.",
    )
    op.create_index(
        "publication_live_key", "publication", ["edition"], unique=True, postgresql_where=sa.text("state = 'live'")
    )
    op.create_index(
        "publication_pending_key",
        "publication",
        ["edition"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "run_step",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the step."),
        sa.Column(
            "key",
            sa.Text(),
            nullable=False,
            comment="Fingerprint of the step's own inputs, settings and algorithm version.",
        ),
        sa.Column(
            "seed",
            sa.BigInteger(),
            nullable=False,
            comment="Setting from which its random numbers come, together with its name.",
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="running, finished or failed."),
        sa.Column(
            "result",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="What the step has to say; its tables hold the figures.",
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="Why it failed."),
        sa.Column("seconds", sa.Double(), nullable=True, comment="How long it took, seconds."),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last begun.",
        ),
        sa.CheckConstraint("state IN ('running', 'finished', 'failed')", name=op.f("run_step_state_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="run_step_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "name", name="run_step_pkey"),
        comment="One step of a run; finished under the same key, it is not done again.",
    )


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("run_step")
    op.drop_table("publication")
    op.drop_table("run")
