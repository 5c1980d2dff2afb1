"""
Keep areas by geography and vintage, as codes mean other ground in other years.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    analysis_epsg = op.get_context().opts["analysis_epsg"]
    op.create_table(
        "geography",
        sa.Column(
            "geography_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the geography."
        ),
        sa.Column(
            "name",
            sa.Text(),
            nullable=False,
            comment="Lower-case name: lsoa, ward, district, force, neighbourhood and so on.",
        ),
        sa.Column("vintage", sa.Integer(), nullable=False, comment="Year of the boundaries or codes."),
        sa.Column(
            "parent_id",
            sa.Integer(),
            nullable=True,
            comment="Geography of its areas' parents, such as the districts of wards.",
        ),
        sa.Column(
            "valid_from", sa.Date(), nullable=True, comment="First day on which its areas are in force, where known."
        ),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="Last day on which its areas are in force, where known."
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["geography.geography_id"], name="geography_parent_id_fkey"),
        sa.PrimaryKeyConstraint("geography_id", name="geography_pkey"),
        sa.UniqueConstraint("name", "vintage", name="geography_name_vintage_key"),
        comment="One geography with a vintage, written name:vintage.",
    )
    op.create_table(
        "area",
        sa.Column(
            "area_id",
            sa.Integer(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the area in this database.",
        ),
        sa.Column("geography_id", sa.Integer(), nullable=False, comment="Its geography."),
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it, or derived it."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area in its geography."),
        sa.Column("area_name", sa.Text(), nullable=False, comment="Readable name."),
        sa.Column(
            "parent_code", sa.Text(), nullable=True, comment="Code of the area of the parent geography that it lies in."
        ),
        sa.Column("parent_name", sa.Text(), nullable=True, comment="Name of that area, where the file has it."),
        sa.Column(
            "was_repaired",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether its polygon was invalid as read.",
        ),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=analysis_epsg, spatial_index=False, nullable=False),
            nullable=False,
            comment="Polygon in the analysis CRS, valid.",
        ),
        sa.ForeignKeyConstraint(["geography_id"], ["geography.geography_id"], name="area_geography_id_fkey"),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name="area_load_id_fkey"),
        sa.PrimaryKeyConstraint("area_id", name="area_pkey"),
        sa.UniqueConstraint("load_id", "geography_id", "area_code", name="area_load_id_geography_id_area_code_key"),
        comment="One area of a geography, as one load gave it.",
    )
    op.create_index("area_geography_id_area_code_idx", "area", ["geography_id", "area_code"], unique=False)
    op.create_index("area_geom_idx", "area", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "area_link",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="Geography of the source code."),
        sa.Column("target_id", sa.Integer(), nullable=False, comment="Geography of the target code."),
        sa.Column("source_code", sa.Text(), nullable=False, comment="Code of the source area."),
        sa.Column("target_code", sa.Text(), nullable=False, comment="Code of the target area."),
        sa.Column("share", sa.Double(), nullable=False, comment="Share of the source area in the target area, 0 to 1."),
        sa.Column("source_name", sa.Text(), nullable=True, comment="Name of the source area, where the file has it."),
        sa.Column("target_name", sa.Text(), nullable=True, comment="Name of the target area, where the file has it."),
        sa.Column(
            "change", sa.Text(), nullable=True, comment="U unchanged, S split, M merged, X irregular (ONS look-ups)."
        ),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name="area_link_load_id_fkey"),
        sa.PrimaryKeyConstraint("load_id", "source_code", "target_code", name="area_link_pkey"),
        comment="Share of one area in another, by a code look-up; also tells which codes exist at all.",
    )
    op.create_index("area_link_target_id_target_code_idx", "area_link", ["target_id", "target_code"], unique=False)
    op.create_table(
        "area_point",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area."),
        sa.Column("geography_id", sa.Integer(), nullable=False, comment="Geography of the code."),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=analysis_epsg, spatial_index=False, nullable=False),
            nullable=False,
            comment="Population-weighted centroid in the analysis CRS.",
        ),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name="area_point_load_id_fkey"),
        sa.PrimaryKeyConstraint("load_id", "area_code", name="area_point_pkey"),
        comment="Where the people of an area live on average; decides which larger area it belongs to.",
    )
    op.create_index("area_point_geography_id_area_code_idx", "area_point", ["geography_id", "area_code"], unique=False)
    op.create_table(
        "geography_outline",
        sa.Column(
            "geography_id", sa.Integer(), nullable=False, comment="The geography whose live areas were dissolved."
        ),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="Fingerprint of the loads that were dissolved; another one means: do it again.",
        ),
        sa.Column("area_km2", sa.Double(), nullable=False, comment="Area, square kilometres."),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=analysis_epsg, spatial_index=False, nullable=False),
            nullable=False,
            comment="Union of the areas in the analysis CRS.",
        ),
        sa.ForeignKeyConstraint(
            ["geography_id"], ["geography.geography_id"], name="geography_outline_geography_id_fkey"
        ),
        sa.PrimaryKeyConstraint("geography_id", name="geography_outline_pkey"),
        comment="The outline of a geography: of the small areas, it is where incidents count as inside the force.",
    )


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("geography_outline")
    op.drop_table("area_point")
    op.drop_table("area_link")
    op.drop_table("area")
    op.drop_table("geography")
