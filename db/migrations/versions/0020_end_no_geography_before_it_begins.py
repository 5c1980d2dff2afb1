"""
End no geography before it begins.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the check."""
    op.create_check_constraint(op.f("geography_valid_to_check"), "geography", "valid_to >= valid_from")


def downgrade() -> None:
    """Drop it."""
    op.drop_constraint(op.f("geography_valid_to_check"), "geography", type_="check")
