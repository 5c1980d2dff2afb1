"""
Record what partners agreed: whether the community profile of an area is a draft or agreed, by whom and when.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KINDS = (
    "boundaries", "derived", "links", "people", "incidents", "visits", "priorities", "overrides", "calendar",
    "nominations", "places", "survey", "layer", "outcomes",
)  # fmt: skip


def upgrade() -> None:
    """Make the table, and let loads be of agreements."""
    _allow_kinds(*_KINDS, "agreements")
    op.create_table(
        "profile_agreement",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Area whose community profile it is."),
        sa.Column("state", sa.Text(), nullable=False, comment="agreed with partners, or draft again."),
        sa.Column("decided_on", sa.Date(), nullable=False, comment="Day of the decision."),
        sa.Column(
            "decided_by", sa.Text(), nullable=False, comment="Who decided for the force: a role or a name at work."
        ),
        sa.Column("partners", sa.Text(), nullable=True, comment="With whom it was agreed."),
        sa.Column(
            "profile_month",
            sa.Text(),
            nullable=True,
            comment="Last month of the data of the agreed profile, YYYY-MM.",
        ),
        sa.Column("note", sa.Text(), nullable=True, comment="Why, where that needs saying."),
        sa.CheckConstraint("state IN ('agreed', 'draft')", name=op.f("profile_agreement_state_check")),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("profile_agreement_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("profile_agreement_pkey")),
        comment="A decision on a community profile: agreed with partners, or draft again.",
    )
    op.create_index(
        op.f("profile_agreement_area_code_decided_on_idx"), "profile_agreement", ["area_code", "decided_on"]
    )


def downgrade() -> None:
    """Take the table away, and the account of its loads with it."""
    op.drop_table("profile_agreement")
    op.execute("DELETE FROM rejected_row WHERE load_id IN (SELECT load_id FROM load WHERE kind = 'agreements')")
    op.execute("DELETE FROM load WHERE kind = 'agreements'")
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("load_kind_check"), "load", type_="check")
    op.create_check_constraint(op.f("load_kind_check"), "load", f"kind IN ({words})")
