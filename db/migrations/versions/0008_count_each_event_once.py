"""
Count each event once: logs of one event, logs that became crimes, and logs that came to nothing are kept, not counted.

Loads of outcomes are allowed too; outcomes themselves are written to `incident.outcome`.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = (
    "boundaries", "derived", "links", "people", "incidents", "visits", "priorities", "overrides", "calendar",
    "nominations", "places", "survey", "layer",
)  # fmt: skip


def upgrade() -> None:
    """Add what a row says about its event, and let loads be of outcomes."""
    _allow_kinds(*_KINDS, "outcomes")
    op.add_column(
        "incident",
        sa.Column(
            "not_counted_because",
            sa.Text(),
            nullable=True,
            comment="Why the row is kept and not counted; empty where it counts.",
        ),
    )
    op.add_column(
        "incident",
        sa.Column(
            "not_scored_because",
            sa.Text(),
            nullable=True,
            comment="Why the row counts in profiles and never in a patrol zone; empty where it may score.",
        ),
    )
    op.add_column(
        "incident",
        sa.Column(
            "details",
            postgresql.JSONB(),
            nullable=True,
            comment="Further facts of a force extract, by name: qualifiers, parent log, crime reference, result, beat.",
        ),
    )
    op.create_check_constraint(
        op.f("incident_not_counted_because_check"),
        "incident",
        "not_counted_because IN ('linked_log', 'became_crime', 'no_trace', 'in_error', 'cancelled', 'duplicate')",
    )
    op.create_check_constraint(
        op.f("incident_not_scored_because_check"),
        "incident",
        "not_scored_because IN ('domestic', 'private_place', 'personal')",
    )


def downgrade() -> None:
    """Take the columns away, and the account of loads of outcomes with them."""
    op.drop_constraint(op.f("incident_not_scored_because_check"), "incident", type_="check")
    op.drop_constraint(op.f("incident_not_counted_because_check"), "incident", type_="check")
    for name in ("details", "not_scored_because", "not_counted_because"):
        op.drop_column("incident", name)
    op.execute("DELETE FROM rejected_row WHERE load_id IN (SELECT load_id FROM load WHERE kind = 'outcomes')")
    op.execute("DELETE FROM load WHERE kind = 'outcomes'")
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("load_kind_check"), "load", type_="check")
    op.create_check_constraint(op.f("load_kind_check"), "load", f"kind IN ({words})")
