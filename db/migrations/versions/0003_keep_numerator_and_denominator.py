"""
Keep People values with their denominators, as percentages cannot be added up.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "people_variable",
        sa.Column(
            "variable_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the variable."
        ),
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that declared and brought it."),
        sa.Column("geography_id", sa.Integer(), nullable=False, comment="Geography of its area codes."),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="Place of the variable in its declaration, from 0."
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Identifier, for example households_no_car."),
        sa.Column("label", sa.Text(), nullable=False, comment="Plain words for a page."),
        sa.Column(
            "topic",
            sa.Text(),
            nullable=False,
            comment="Group on the page: age, ethnicity, deprivation, tenure and so on.",
        ),
        sa.Column("unit", sa.Text(), nullable=False, comment="share (numerator over denominator), count or score."),
        sa.Column("source_table", sa.Text(), nullable=False, comment="Table of the publisher, for example TS045."),
        sa.Column("period", sa.Text(), nullable=False, comment="Date or year to which it refers."),
        sa.Column(
            "forms_segments",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it may form community groups.",
        ),
        sa.CheckConstraint("unit IN ('share', 'count', 'score')", name=op.f("people_variable_unit_check")),
        sa.ForeignKeyConstraint(["geography_id"], ["geography.geography_id"], name="people_variable_geography_id_fkey"),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name="people_variable_load_id_fkey"),
        sa.PrimaryKeyConstraint("variable_id", name="people_variable_pkey"),
        sa.UniqueConstraint("load_id", "name", name="people_variable_load_id_name_key"),
        comment="One People variable, as one load declared it.",
    )
    op.create_index("people_variable_geography_id_name_idx", "people_variable", ["geography_id", "name"], unique=False)
    op.create_table(
        "people_value",
        sa.Column("variable_id", sa.Integer(), nullable=False, comment="The variable."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area."),
        sa.Column(
            "numerator", sa.Double(), nullable=True, comment="Count, or the score itself; empty where not published."
        ),
        sa.Column(
            "denominator",
            sa.Double(),
            nullable=True,
            comment="Count of which the numerator is a part; empty for scores.",
        ),
        sa.ForeignKeyConstraint(["variable_id"], ["people_variable.variable_id"], name="people_value_variable_id_fkey"),
        sa.PrimaryKeyConstraint("variable_id", "area_code", name="people_value_pkey"),
        comment="Value of a People variable for one area: numerator and denominator, never only a percentage.",
    )


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("people_value")
    op.drop_table("people_variable")
