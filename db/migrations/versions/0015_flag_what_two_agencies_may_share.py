"""
Flag what two agencies may both have recorded: who recorded an incident, and pairs that are near in place and time.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the agencies of incidents and of loads, and make the table of pairs."""
    op.add_column(
        "incident",
        sa.Column(
            "source_agency",
            sa.Text(),
            nullable=True,
            comment="Who recorded it, such as a council or a landlord; empty for the police.",
        ),
    )
    op.add_column(
        "load",
        sa.Column(
            "agencies",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Agencies other than the police that recorded its incidents, in order.",
        ),
    )
    op.create_table(
        "possible_duplicate",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load whose incident it is."),
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The incident."),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of its local month."),
        sa.Column("other_load_id", sa.Integer(), nullable=False, comment="The load of the incident of another agency."),
        sa.Column(
            "other_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The incident of another agency."
        ),
        sa.Column("other_month", sa.Date(), nullable=False, comment="First day of the other's local month."),
        sa.Column("distance_m", sa.Double(), nullable=False, comment="Metres between the two points."),
        sa.Column(
            "gap_minutes", sa.Double(), nullable=False, comment="Minutes between the two times; 0 where they overlap."
        ),
        sa.PrimaryKeyConstraint("incident_id", "other_id", name=op.f("possible_duplicate_pkey")),
        comment="Two incidents of one kind that two agencies may both have recorded: shown to people, never merged.",
    )
    for name in ("load_id", "other_load_id"):
        op.create_index(op.f(f"possible_duplicate_{name}_idx"), "possible_duplicate", [name], unique=False)


def downgrade() -> None:
    """Forget the pairs and the agencies."""
    op.drop_table("possible_duplicate")
    op.drop_column("load", "agencies")
    op.drop_column("incident", "source_agency")
