"""
Log what every override of a run met, and keep the lists with and without perception side by side.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and make the table."""
    op.add_column(
        "red_zone_set",
        sa.Column(
            "comparison",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="The lists with and without perception in the score.",
        ),
    )
    op.create_table(
        "zone_override_use",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Order in which they were applied, from 0.",
        ),
        sa.Column(
            "override_id", sa.Text(), nullable=False, comment="Number of the override, or the named rule that made it."
        ),
        sa.Column("rule", sa.Text(), nullable=False, comment="exclude or nudge."),
        sa.Column("x", sa.Double(), nullable=False, comment="x of its middle in the analysis CRS, metres."),
        sa.Column("y", sa.Double(), nullable=False, comment="y of its middle in the analysis CRS, metres."),
        sa.Column("radius_m", sa.Double(), nullable=False, comment="Its radius, metres."),
        sa.Column("factor", sa.Double(), nullable=True, comment="Factor of a nudge."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.Column("owner", sa.Text(), nullable=False, comment="Who decided it."),
        sa.Column(
            "n_incidents", sa.Integer(), nullable=False, comment="Incidents of the set on its ground, in the window."
        ),
        sa.Column("n_zones", sa.Integer(), nullable=False, comment="Zones of the list that touch its ground."),
        sa.CheckConstraint("rule IN ('exclude', 'nudge')", name="zone_override_use_rule_check"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="zone_override_use_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", "position", name="zone_override_use_pkey"),
        comment="An override as a run applied it, before ranking, and what it met.",
    )


def downgrade() -> None:
    """Drop the table and the column."""
    op.drop_table("zone_override_use")
    op.drop_column("red_zone_set", "comparison")
