"""
Keep the small tables of a run that pages show whole, and let Red Times be of a segment and run over midnight.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SCOPE = "force, patrol or zone.", "force, patrol, zone or segment."
_CODE = "Code of the patrol area or zone.", "Code of the patrol area, zone or segment."
_END = "End, exclusive, 1 to 24.", "End, exclusive, 1 to 24; not after the begin where it runs over midnight."
_HOURS = (
    "Hour-of-week intensity of the force, a patrol area or a zone.",
    "Hour-of-week intensity of the force, a patrol area, a zone or a segment.",
)


def upgrade() -> None:
    """Make the table, and say what scopes and ends may be."""
    op.create_table(
        "run_table",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column(
            "step",
            sa.Text(),
            nullable=False,
            comment="Step of the refresh that made it, with its scoring set if any.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="What it holds, for example days."),
        sa.Column(
            "content",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="The table: types of its columns, and its rows.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="run_table_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "step", "name", name="run_table_pkey"),
        comment="A small table of a run that pages show whole.",
    )
    _say(before=0, after=1)


def downgrade() -> None:
    """Drop the table, and say it as before; rows of segments go."""
    op.execute("DELETE FROM red_time WHERE scope = 'segment'")
    op.execute("DELETE FROM red_time_window WHERE scope = 'segment' OR end_hour <= begin_hour")
    op.drop_table("run_table")
    _say(before=1, after=0)


def _say(*, before: int, after: int) -> None:
    for table in ("red_time", "red_time_window"):
        for name, words in (("scope", _SCOPE), ("code", _CODE)):
            op.alter_column(
                table,
                name,
                existing_type=sa.Text(),
                existing_nullable=False,
                comment=words[after],
                existing_comment=words[before],
            )
    op.alter_column(
        "red_time_window",
        "end_hour",
        existing_type=sa.SmallInteger(),
        existing_nullable=False,
        comment=_END[after],
        existing_comment=_END[before],
    )
    op.create_table_comment("red_time", _HOURS[after], existing_comment=_HOURS[before])
