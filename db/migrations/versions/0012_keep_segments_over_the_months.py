"""
Keep segments over the months: the models in which areas are placed, and the names that people approved.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and let a run say where its segments come from."""
    json = postgresql.JSON(astext_type=sa.Text())
    op.add_column(
        "segmentation",
        sa.Column("origin", json, nullable=True, comment="When the segments were made, and what has changed since."),
    )
    op.add_column(
        "segmentation",
        sa.Column("contrasts", json, nullable=True, comment="Table: areas of one group whose rates differ."),
    )
    op.create_table(
        "segment_model",
        sa.Column(
            "model_id",
            sa.Integer(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number; the highest is in force.",
        ),
        sa.Column(
            "fingerprint", sa.Text(), nullable=False, comment="Fingerprint of its centres, scales, codes and names."
        ),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography of its areas, name:year."),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the last month of its data."),
        sa.Column(
            "origin",
            sa.Text(),
            nullable=False,
            comment="first (made by the first finished refresh) or refit (a decision).",
        ),
        sa.Column("run_fingerprint", sa.Text(), nullable=True, comment="The run that made the first one."),
        sa.Column("settings", json, nullable=False, comment="The settings of its making."),
        sa.Column("result", json, nullable=False, comment="Tables of the segments as they were made."),
        sa.Column(
            "refit", json, nullable=True, comment="How it follows the model before it: index, movers, names kept."
        ),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="Who decided the refit."),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint("origin IN ('first', 'refit')", name="segment_model_origin_check"),
        sa.PrimaryKeyConstraint("model_id", name="segment_model_pkey"),
        comment="A segmentation that later months are placed in.",
    )
    op.create_table(
        "segment_name",
        sa.Column(
            "name_id",
            sa.Integer(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number; the highest is in force.",
        ),
        sa.Column("model_id", sa.Integer(), nullable=False, comment="The model."),
        sa.Column("segment_code", sa.Text(), nullable=False, comment="The segment."),
        sa.Column("name", sa.Text(), nullable=False, comment="The plain name that was approved."),
        sa.Column("decided_by", sa.Text(), nullable=False, comment="Who approved it."),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was approved.",
        ),
        sa.ForeignKeyConstraint(["model_id"], ["segment_model.model_id"], name="segment_name_model_id_fkey"),
        sa.PrimaryKeyConstraint("name_id", name="segment_name_pkey"),
        comment="A name of a segment that a person approved; earlier ones are kept.",
    )
    op.create_index("segment_name_model_id_idx", "segment_name", ["model_id"])


def downgrade() -> None:
    """Take the tables and columns away."""
    op.drop_table("segment_name")
    op.drop_table("segment_model")
    op.drop_column("segmentation", "contrasts")
    op.drop_column("segmentation", "origin")
