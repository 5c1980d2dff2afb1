"""
Keep one analysis CRS, and an account of every file and every refused row, so that nothing is lost or doubled.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "analysis",
        sa.Column(
            "is_only",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Always true: there is one row only.",
        ),
        sa.Column(
            "epsg",
            sa.Integer(),
            nullable=False,
            comment="EPSG code of the analysis CRS: projected, in metres, never changed.",
        ),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the schema was made.",
        ),
        sa.CheckConstraint("is_only", name=op.f("analysis_one_row_check")),
        sa.PrimaryKeyConstraint("is_only", name="analysis_pkey"),
        comment="The one reference system in which this database keeps every geometry.",
    )
    op.create_table(
        "load",
        sa.Column("load_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the load."),
        sa.Column("kind", sa.Text(), nullable=False, comment="What the file holds."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Name of the file, without folders."),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Fingerprint of the decompressed bytes of the file."),
        sa.Column(
            "mapping_sha256", sa.Text(), nullable=True, comment="Fingerprint of the column mapping, where one was used."
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Format and publisher, for example police.uk street."),
        sa.Column(
            "scope",
            sa.Text(),
            nullable=False,
            comment="What a re-issue of the file replaces, for example cheshire 2025-12.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            server_default="live",
            nullable=False,
            comment="live, superseded by a re-issue, or withdrawn by a person.",
        ),
        sa.Column("superseded_by", sa.Integer(), nullable=True, comment="The load that replaced this one."),
        sa.Column(
            "loaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was loaded.",
        ),
        sa.Column("rows_in", sa.BigInteger(), nullable=False, comment="Rows read: kept and rejected."),
        sa.Column("kept", sa.BigInteger(), nullable=False, comment="Rows stored."),
        sa.Column(
            "rejected", sa.BigInteger(), nullable=False, comment="Rows refused, each with its reason in rejected_row."
        ),
        sa.Column(
            "rows_outside",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Further rows of areas that were not asked for, as in a national file; not among rows_in.",
        ),
        sa.Column(
            "months",
            postgresql.ARRAY(sa.Date()),
            server_default="{}",
            nullable=False,
            comment="First days of the local months it covers, in order.",
        ),
        sa.Column(
            "is_open_data",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether its points are published approximations.",
        ),
        sa.Column(
            "notes",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="What a reader of the load's report should know.",
        ),
        sa.CheckConstraint(
            "(state = 'superseded') = (superseded_by IS NOT NULL)", name=op.f("load_superseded_by_check")
        ),
        sa.CheckConstraint(
            "kind IN ('boundaries', 'derived', 'links', 'people', 'incidents')", name=op.f("load_kind_check")
        ),
        sa.CheckConstraint("state IN ('live', 'superseded', 'withdrawn')", name=op.f("load_state_check")),
        sa.CheckConstraint("rows_in = kept + rejected", name=op.f("load_rows_add_up_check")),
        sa.ForeignKeyConstraint(["superseded_by"], ["load.load_id"], name="load_superseded_by_fkey"),
        sa.PrimaryKeyConstraint("load_id", name="load_pkey"),
        comment="One file loaded; never overwritten: a re-issue supersedes it, a person may withdraw it.",
    )
    op.create_index("load_kind_sha256_idx", "load", ["kind", "sha256"], unique=False)
    op.create_index(
        "load_live_key", "load", ["kind", "source", "scope"], unique=True, postgresql_where=sa.text("state = 'live'")
    )
    op.create_table(
        "rejected_row",
        sa.Column(
            "rejected_row_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the refusal.",
        ),
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that refused the row."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("column_name", sa.Text(), nullable=True, comment="Column at fault, where one is."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why the row was refused."),
        sa.Column(
            "raw", sa.Text(), nullable=True, comment="The row as read, cut at 1,000 characters; empty for survey rows."
        ),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name="rejected_row_load_id_fkey"),
        sa.PrimaryKeyConstraint("rejected_row_id", name="rejected_row_pkey"),
        comment="One row of a file that was refused, with its reason.",
    )
    op.create_index("rejected_row_load_id_idx", "rejected_row", ["load_id"], unique=False)
    op.execute(
        sa.insert(sa.table("analysis", sa.column("epsg", sa.Integer()))).values(
            epsg=op.get_context().opts["analysis_epsg"]
        )
    )
    op.execute("COMMENT ON TABLE alembic_version IS 'The migration at which this schema stands.'")
    op.execute("COMMENT ON COLUMN alembic_version.version_num IS 'Number of the migration.'")


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("rejected_row")
    op.drop_table("load")
    op.drop_table("analysis")
