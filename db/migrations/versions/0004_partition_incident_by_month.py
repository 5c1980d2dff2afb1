"""
Partition incidents by local month, so that months load fast and leave as a whole; join each distinct place once.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    analysis_epsg = op.get_context().opts["analysis_epsg"]
    op.create_table(
        "incident",
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the local month in which it begins."),
        sa.Column(
            "incident_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="load_id x 1,000,000,000 + row of the file: a row of a file is one incident, and never two.",
        ),
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column("kind_id", sa.Integer(), nullable=False, comment="Category of its source, in incident_kind."),
        sa.Column(
            "siting_id",
            sa.Integer(),
            nullable=False,
            comment="Where it was, in siting; the area assigned stands in siting_area.",
        ),
        sa.Column(
            "during",
            postgresql.TSTZRANGE(),
            nullable=False,
            comment="Its time: the whole month, an interval, or one instant as [t,t].",
        ),
        sa.Column("time_precision", sa.Text(), nullable=False, comment="month, interval or instant."),
        sa.Column(
            "place_precision", sa.Text(), nullable=False, comment="snapped (to a published point), exact or none."
        ),
        sa.Column(
            "is_officer_generated",
            sa.Boolean(),
            nullable=False,
            comment="Whether the row itself says that police activity made it.",
        ),
        sa.Column(
            "location",
            sa.Text(),
            nullable=True,
            comment="What the row calls its place, where the place is called otherwise.",
        ),
        sa.Column(
            "reference",
            sa.Text(),
            nullable=True,
            comment="The source's own id, such as a Crime ID; never assumed unique.",
        ),
        sa.Column("outcome", sa.Text(), nullable=True, comment="Last known outcome."),
        sa.CheckConstraint(
            "place_precision IN ('snapped', 'exact', 'none')", name=op.f("incident_place_precision_check")
        ),
        sa.CheckConstraint(
            "time_precision IN ('month', 'interval', 'instant')", name=op.f("incident_time_precision_check")
        ),
        sa.PrimaryKeyConstraint("month", "incident_id", name="incident_pkey"),
        comment="One incident, in the partition of its month; without foreign keys, so that months load fast.",
        postgresql_partition_by="RANGE (month)",
    )
    op.create_table(
        "incident_kind",
        sa.Column("kind_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the category."),
        sa.Column("source", sa.Text(), nullable=False, comment="The source that uses the category."),
        sa.Column("category", sa.Text(), nullable=False, comment="The category exactly as the source writes it."),
        sa.Column("kind", sa.Text(), nullable=False, comment="Our kind."),
        sa.Column(
            "is_street",
            sa.Boolean(),
            nullable=False,
            comment="Whether it belongs to the scoring set street (ASB and criminal damage).",
        ),
        sa.Column(
            "is_officer_generated",
            sa.Boolean(),
            nullable=False,
            comment="Whether such records come from police activity: they never score.",
        ),
        sa.Column(
            "weight",
            sa.Double(),
            server_default="1",
            nullable=False,
            comment="Weight of one incident in a score; 1 unless the force says.",
        ),
        sa.CheckConstraint(
            "kind IN ('asb', 'minor_crime', 'road_related', 'other')", name=op.f("incident_kind_kind_check")
        ),
        sa.CheckConstraint("weight >= 0", name=op.f("incident_kind_weight_check")),
        sa.PrimaryKeyConstraint("kind_id", name="incident_kind_pkey"),
        sa.UniqueConstraint("source", "category", name="incident_kind_source_category_key"),
        comment="A category of one source, mapped to ours.",
    )
    op.create_table(
        "place",
        sa.Column("place_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the place."),
        sa.Column(
            "source_epsg",
            sa.Integer(),
            nullable=False,
            comment="Reference system of the coordinates as the files gave them.",
        ),
        sa.Column("source_x", sa.Double(), nullable=False, comment="x or longitude, exactly as the files gave it."),
        sa.Column("source_y", sa.Double(), nullable=False, comment="y or latitude, exactly as the files gave it."),
        sa.Column(
            "is_open_data", sa.Boolean(), nullable=False, comment="Whether the point is a published approximation."
        ),
        sa.Column("location", sa.Text(), nullable=True, comment="What most rows of the first load called the place."),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=analysis_epsg, spatial_index=False, nullable=False),
            nullable=False,
            comment="Point in the analysis CRS.",
        ),
        sa.PrimaryKeyConstraint("place_id", name="place_pkey"),
        sa.UniqueConstraint(
            "source_epsg",
            "source_x",
            "source_y",
            "is_open_data",
            name="place_source_epsg_source_x_source_y_is_open_data_key",
        ),
        comment="One distinct map point; resolved once, however many incidents happened there.",
    )
    op.create_table(
        "place_area",
        sa.Column("geography_id", sa.Integer(), autoincrement=False, nullable=False, comment="The geography."),
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False, comment="The place."),
        sa.Column(
            "area_code",
            sa.Text(),
            nullable=True,
            comment="Area that covers the point, the lowest code on a border; or none.",
        ),
        sa.PrimaryKeyConstraint("geography_id", "place_id", name="place_area_pkey"),
        comment="The area of a geography in which a place lies, by its point alone.",
    )
    op.create_table(
        "siting",
        sa.Column("siting_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the siting."),
        sa.Column("place_id", sa.Integer(), nullable=True, comment="The point, in place; empty without one."),
        sa.Column(
            "stated_area_code",
            sa.Text(),
            nullable=True,
            comment="Small-area code that the rows name; empty without one.",
        ),
        sa.PrimaryKeyConstraint("siting_id", name="siting_pkey"),
        comment="One distinct way in which rows say where they were: a point, an area code, both or neither.",
    )
    op.create_index(
        "siting_key",
        "siting",
        [sa.literal_column("coalesce(place_id, 0)"), sa.literal_column("coalesce(stated_area_code, '')")],
        unique=True,
    )
    op.create_table(
        "siting_area",
        sa.Column("geography_id", sa.Integer(), autoincrement=False, nullable=False, comment="The geography."),
        sa.Column("siting_id", sa.Integer(), autoincrement=False, nullable=False, comment="The siting."),
        sa.Column(
            "area_code", sa.Text(), nullable=True, comment="The small area in which its incidents are counted, or none."
        ),
        sa.Column(
            "area_how",
            sa.Text(),
            nullable=False,
            comment="stated, lookup, point, outside (of the force) or none (nothing is known).",
        ),
        sa.CheckConstraint(
            "(area_code IS NULL) = (area_how IN ('outside', 'none'))", name=op.f("siting_area_area_known_check")
        ),
        sa.CheckConstraint(
            "area_how IN ('stated', 'lookup', 'point', 'outside', 'none')", name=op.f("siting_area_area_how_check")
        ),
        sa.PrimaryKeyConstraint("geography_id", "siting_id", name="siting_area_pkey"),
        comment="The small area of incidents, and how it was found: the People x Place join, once per siting.",
    )
    op.create_table(
        "assignment",
        sa.Column("geography_id", sa.Integer(), nullable=False, comment="The geography to which places were assigned."),
        sa.Column(
            "is_small_area",
            sa.Boolean(),
            nullable=False,
            comment="Whether incidents are counted in it, by stated code or by point.",
        ),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="Fingerprint of the boundaries and look-ups that were used.",
        ),
        sa.ForeignKeyConstraint(["geography_id"], ["geography.geography_id"], name="assignment_geography_id_fkey"),
        sa.PrimaryKeyConstraint("geography_id", name="assignment_pkey"),
        comment="Which geographies the places were last joined to, and from what.",
    )


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("assignment")
    op.drop_table("siting_area")
    op.drop_table("siting")
    op.drop_table("place_area")
    op.drop_table("place")
    op.drop_table("incident_kind")
    op.drop_table("incident")
