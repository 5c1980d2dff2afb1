"""
Keep the outcomes of each file and what they replace, so that a load of outcomes can be undone.

Outcomes that were joined before cannot be told from what the rows said: those loads stay as they are.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "crime_outcome",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load of outcomes that brought it."),
        sa.Column("reference", sa.Text(), nullable=False, comment="Id of the crime, such as a Crime ID."),
        sa.Column(
            "incident_source", sa.Text(), nullable=False, comment="Source of the incidents that have such references."
        ),
        sa.Column("outcome", sa.Text(), nullable=False, comment="The last outcome that the file has for the crime."),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("crime_outcome_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "reference", name=op.f("crime_outcome_pkey")),
        comment="What one file of outcomes says of one crime.",
    )
    op.create_index(op.f("crime_outcome_reference_idx"), "crime_outcome", ["reference"], unique=False)
    op.create_table(
        "stated_outcome",
        sa.Column("month", sa.Date(), nullable=False, comment="Local month of the incident."),
        sa.Column("incident_id", sa.BigInteger(), nullable=False, comment="The incident."),
        sa.Column("outcome", sa.Text(), nullable=True, comment="What its own row says; empty where it says nothing."),
        sa.PrimaryKeyConstraint("month", "incident_id", name=op.f("stated_outcome_pkey")),
        comment="What the row of an incident itself says of its outcome, where a file of outcomes has replaced it.",
    )


def downgrade() -> None:
    """Change it back."""
    op.drop_table("stated_outcome")
    op.drop_table("crime_outcome")
