"""
Keep each area's lines of enquiry with the rules that made them, so that a run can be read when the rules have changed.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "enquiry_rule",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that asked it."),
        sa.Column("rule_id", sa.Text(), nullable=False, comment="Identifier of the rule in its file."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the rule in its file, from 0."),
        sa.Column(
            "content",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="The rule as it stood in this run, with the interventions that it suggests.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("enquiry_rule_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "rule_id", name=op.f("enquiry_rule_pkey")),
        comment="A rule of enquiry as it stood when a run asked it.",
    )
    op.create_table(
        "enquiry_line",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area."),
        sa.Column("rule_id", sa.Text(), nullable=False, comment="The rule."),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="Place of the row in its table, from 0; of an area the strongest comes first.",
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="triggered, or not_evaluated where a figure is absent."),
        sa.Column(
            "certainty",
            sa.Double(),
            nullable=True,
            comment="Least probability of its conditions, 0 to 1; 1 for counts.",
        ),
        sa.Column(
            "evidence",
            sa.Text(),
            nullable=False,
            comment="Sentence with the figures; empty where it was not evaluated.",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="What the rule needs; empty where it was evaluated."),
        sa.CheckConstraint("state IN ('triggered', 'not_evaluated')", name=op.f("enquiry_line_state_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("enquiry_line_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "geography", "area_code", "rule_id", name=op.f("enquiry_line_pkey")),
        comment="A line of enquiry of an area: a rule that its figures trigger, or that could not be asked.",
    )


def downgrade() -> None:
    """Change it back."""
    op.drop_table("enquiry_line")
    op.drop_table("enquiry_rule")
