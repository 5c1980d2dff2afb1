"""
Say what more of a People variable means: more need, less need, or nothing.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the direction of each variable; what was loaded before has none."""
    op.add_column(
        "people_variable",
        sa.Column(
            "direction",
            sa.Text(),
            server_default="neither",
            nullable=False,
            comment="What more of it means for an area: more_need, less_need or neither.",
        ),
    )
    op.create_check_constraint(
        op.f("people_variable_direction_check"),
        "people_variable",
        "direction IN ('more_need', 'less_need', 'neither')",
    )


def downgrade() -> None:
    """Forget the directions."""
    op.drop_column("people_variable", "direction")
