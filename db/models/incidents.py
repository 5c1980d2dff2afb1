"""Incidents by month, the places where they happened, and the areas in which those lie."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from db.models.base import column, geometry, metadata, one_of

__all__ = [
    "assignment",
    "crime_outcome",
    "incident",
    "incident_kind",
    "place",
    "place_area",
    "possible_duplicate",
    "stated_outcome",
    "stated_siting",
    "stated_siting_area",
]

incident_kind = Table(
    "incident_kind",
    metadata,
    column("kind_id", Integer, Identity(always=True), primary_key=True, comment="Number of the category."),
    column("source", Text, comment="The source that uses the category."),
    column("category", Text, comment="The category exactly as the source writes it."),
    column("kind", Text, comment="Our kind."),
    column("is_street", Boolean, comment="Whether it belongs to the scoring set street (ASB and criminal damage)."),
    column(
        "is_officer_generated", Boolean, comment="Whether such records come from police activity: they never score."
    ),
    column("weight", Double, server_default="1", comment="Weight of one incident in a score; 1 unless the force says."),
    UniqueConstraint("source", "category"),
    one_of("kind", "asb", "minor_crime", "road_related", "other"),
    CheckConstraint("weight >= 0", name="weight"),
    comment="A category of one source, mapped to ours.",
)

place = Table(
    "place",
    metadata,
    column("place_id", Integer, primary_key=True, autoincrement=False, comment="Number of the place."),
    column("source_epsg", Integer, comment="Reference system of the coordinates as the files gave them."),
    column("source_x", Double, comment="x or longitude, exactly as the files gave it."),
    column("source_y", Double, comment="y or latitude, exactly as the files gave it."),
    column("is_open_data", Boolean, comment="Whether the point is a published approximation."),
    column("location", Text, nullable=True, comment="What most rows of the first load called the place."),
    column("geom", geometry("POINT"), comment="Point in the analysis CRS."),
    UniqueConstraint("source_epsg", "source_x", "source_y", "is_open_data"),
    comment="One distinct map point; resolved once, however many incidents happened there.",
)

# The views `siting` and `siting_area` lay these two and the places together: a point alone is its place.
stated_siting = Table(
    "stated_siting",
    metadata,
    column("siting_id", Integer, primary_key=True, autoincrement=False, comment="Number of the siting, below 0."),
    column("place_id", Integer, nullable=True, comment="The point, in place; empty without one."),
    column("stated_area_code", Text, nullable=True, comment="Small-area code that the rows name; empty without one."),
    Index("stated_siting_key", text("coalesce(place_id, 0)"), text("coalesce(stated_area_code, '')"), unique=True),
    comment="One distinct way in which rows say where they were by an area code, with a point or without, or not at"
    " all; a point alone is its place.",
)

assignment = Table(
    "assignment",
    metadata,
    column(
        "geography_id",
        Integer,
        ForeignKey("geography.geography_id"),
        primary_key=True,
        comment="The geography to which places were assigned.",
    ),
    column("is_small_area", Boolean, comment="Whether incidents are counted in it, by stated code or by point."),
    column("fingerprint", Text, comment="Fingerprint of the boundaries and look-ups that were used."),
    comment="Which geographies the places were last joined to, and from what.",
)

place_area = Table(
    "place_area",
    metadata,
    column("geography_id", Integer, primary_key=True, autoincrement=False, comment="The geography."),
    column("place_id", Integer, primary_key=True, autoincrement=False, comment="The place."),
    column(
        "area_code", Text, nullable=True, comment="Area that covers the point, the lowest code on a border; or none."
    ),
    comment="The area of a geography in which a place lies, by its point alone.",
)

stated_siting_area = Table(
    "stated_siting_area",
    metadata,
    column("geography_id", Integer, primary_key=True, autoincrement=False, comment="The geography."),
    column("siting_id", Integer, primary_key=True, autoincrement=False, comment="The siting."),
    column("area_code", Text, nullable=True, comment="The small area in which its incidents are counted, or none."),
    column("area_how", Text, comment="stated, lookup, point, outside (of the force) or none (nothing is known)."),
    one_of("area_how", "stated", "lookup", "point", "outside", "none"),
    CheckConstraint("(area_code IS NULL) = (area_how IN ('outside', 'none'))", name="area_known"),
    comment="The small area of incidents that state a code or have no point, and how it was found: the People x Place"
    " join, once per siting.",
)

incident = Table(
    "incident",
    metadata,
    column("month", Date, primary_key=True, comment="First day of the local month in which it begins."),
    column(
        "incident_id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="load_id x 1,000,000,000 + row of the file: a row of a file is one incident, and never two.",
    ),
    column("load_id", Integer, comment="The load that brought it."),
    column("kind_id", Integer, comment="Category of its source, in incident_kind."),
    column(
        "siting_id",
        Integer,
        comment="Where it was, in siting: the place of a point alone, or a stated siting, below 0.",
    ),
    column("during", TSTZRANGE, comment="Its time: the whole month, an interval, or one instant as [t,t]."),
    column("time_precision", Text, comment="month, interval or instant."),
    column("place_precision", Text, comment="snapped (to a published point), exact or none."),
    column("is_officer_generated", Boolean, comment="Whether the row itself says that police activity made it."),
    column(
        "location", Text, nullable=True, comment="What the row calls its place, where the place is called otherwise."
    ),
    column("reference", Text, nullable=True, comment="The source's own id, such as a Crime ID; never assumed unique."),
    column("outcome", Text, nullable=True, comment="Last known outcome."),
    column(
        "not_counted_because",
        Text,
        nullable=True,
        comment="Why the row is kept and not counted; empty where it counts.",
    ),
    column(
        "not_scored_because",
        Text,
        nullable=True,
        comment="Why the row counts in profiles and never in a patrol zone; empty where it may score.",
    ),
    column(
        "source_agency",
        Text,
        nullable=True,
        comment="Who recorded it, such as a council or a landlord; empty for the police.",
    ),
    column(
        "details",
        JSONB,
        nullable=True,
        comment="Further facts of a force extract, by name: qualifiers, parent log, crime reference, result, beat.",
    ),
    one_of("not_counted_because", "linked_log", "became_crime", "no_trace", "in_error", "cancelled", "duplicate"),
    one_of("not_scored_because", "domestic", "private_place", "personal"),
    one_of("time_precision", "month", "interval", "instant"),
    one_of("place_precision", "snapped", "exact", "none"),
    postgresql_partition_by="RANGE (month)",
    comment="One incident, in the partition of its month; without foreign keys, so that months load fast.",
)

possible_duplicate = Table(
    "possible_duplicate",
    metadata,
    column("load_id", Integer, comment="The load whose incident it is."),
    column("incident_id", BigInteger, primary_key=True, autoincrement=False, comment="The incident."),
    column("month", Date, comment="First day of its local month."),
    column("other_load_id", Integer, comment="The load of the incident of another agency."),
    column("other_id", BigInteger, primary_key=True, autoincrement=False, comment="The incident of another agency."),
    column("other_month", Date, comment="First day of the other's local month."),
    column("distance_m", Double, comment="Metres between the two points."),
    column("gap_minutes", Double, comment="Minutes between the two times; 0 where they overlap."),
    Index(None, "load_id"),
    Index(None, "other_load_id"),
    comment="Two incidents of one kind that two agencies may both have recorded: shown to people, never merged.",
)

crime_outcome = Table(
    "crime_outcome",
    metadata,
    column(
        "load_id",
        Integer,
        ForeignKey("load.load_id"),
        primary_key=True,
        comment="The load of outcomes that brought it.",
    ),
    column("reference", Text, primary_key=True, comment="Id of the crime, such as a Crime ID."),
    column("incident_source", Text, comment="Source of the incidents that have such references."),
    column("outcome", Text, comment="The last outcome that the file has for the crime."),
    Index(None, "reference"),
    comment="What one file of outcomes says of one crime.",
)

stated_outcome = Table(
    "stated_outcome",
    metadata,
    column("month", Date, primary_key=True, comment="Local month of the incident."),
    column("incident_id", BigInteger, primary_key=True, autoincrement=False, comment="The incident."),
    column("outcome", Text, nullable=True, comment="What its own row says; empty where it says nothing."),
    comment="What the row of an incident itself says of its outcome, where a file of outcomes has replaced it.",
)
