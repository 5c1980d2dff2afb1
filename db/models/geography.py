"""Geographies with their vintages, areas, links between areas, and population-weighted centroids."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.models.base import column, geometry, metadata

__all__ = ["area", "area_link", "area_point", "geography", "geography_outline"]

geography = Table(
    "geography",
    metadata,
    column("geography_id", Integer, Identity(always=True), primary_key=True, comment="Number of the geography."),
    column("name", Text, comment="Lower-case name: lsoa, ward, district, force, neighbourhood and so on."),
    column("vintage", Integer, comment="Year of the boundaries or codes."),
    column(
        "parent_id",
        Integer,
        ForeignKey("geography.geography_id"),
        nullable=True,
        comment="Geography of its areas' parents, such as the districts of wards.",
    ),
    column("valid_from", Date, nullable=True, comment="First day on which its areas are in force, where known."),
    column("valid_to", Date, nullable=True, comment="Last day on which its areas are in force, where known."),
    UniqueConstraint("name", "vintage"),
    CheckConstraint("valid_to >= valid_from", name="valid_to"),
    comment="One geography with a vintage, written name:vintage.",
)

area = Table(
    "area",
    metadata,
    column("area_id", Integer, Identity(always=True), primary_key=True, comment="Number of the area in this database."),
    column("geography_id", Integer, ForeignKey("geography.geography_id"), comment="Its geography."),
    column("load_id", Integer, ForeignKey("load.load_id"), comment="The load that brought it, or derived it."),
    column("area_code", Text, comment="Code of the area in its geography."),
    column("area_name", Text, comment="Readable name."),
    column("parent_code", Text, nullable=True, comment="Code of the area of the parent geography that it lies in."),
    column("parent_name", Text, nullable=True, comment="Name of that area, where the file has it."),
    column("was_repaired", Boolean, server_default=text("false"), comment="Whether its polygon was invalid as read."),
    column("geom", geometry("MULTIPOLYGON"), comment="Polygon in the analysis CRS, valid."),
    UniqueConstraint("load_id", "geography_id", "area_code"),
    Index(None, "geography_id", "area_code"),
    Index(None, "geom", postgresql_using="gist"),
    comment="One area of a geography, as one load gave it.",
)

area_link = Table(
    "area_link",
    metadata,
    column("load_id", Integer, ForeignKey("load.load_id"), primary_key=True, comment="The load that brought it."),
    column("source_id", Integer, comment="Geography of the source code."),
    column("target_id", Integer, comment="Geography of the target code."),
    column("source_code", Text, primary_key=True, comment="Code of the source area."),
    column("target_code", Text, primary_key=True, comment="Code of the target area."),
    column("share", Double, comment="Share of the source area in the target area, 0 to 1."),
    column("source_name", Text, nullable=True, comment="Name of the source area, where the file has it."),
    column("target_name", Text, nullable=True, comment="Name of the target area, where the file has it."),
    column("change", Text, nullable=True, comment="U unchanged, S split, M merged, X irregular (ONS look-ups)."),
    Index(None, "target_id", "target_code"),
    comment="Share of one area in another, by a code look-up; also tells which codes exist at all.",
)

area_point = Table(
    "area_point",
    metadata,
    column("load_id", Integer, ForeignKey("load.load_id"), primary_key=True, comment="The load that brought it."),
    column("area_code", Text, primary_key=True, comment="Code of the area."),
    column("geography_id", Integer, comment="Geography of the code."),
    column("geom", geometry("POINT"), comment="Population-weighted centroid in the analysis CRS."),
    Index(None, "geography_id", "area_code"),
    comment="Where the people of an area live on average; decides which larger area it belongs to.",
)

geography_outline = Table(
    "geography_outline",
    metadata,
    column(
        "geography_id",
        Integer,
        ForeignKey("geography.geography_id"),
        primary_key=True,
        comment="The geography whose live areas were dissolved.",
    ),
    column(
        "fingerprint", Text, comment="Fingerprint of the loads that were dissolved; another one means: do it again."
    ),
    column("area_km2", Double, comment="Area, square kilometres."),
    column("geom", geometry("MULTIPOLYGON"), comment="Union of the areas in the analysis CRS."),
    comment="The outline of a geography: of the small areas, it is where incidents count as inside the force.",
)
