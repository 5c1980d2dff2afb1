"""What a force knows beside incidents: visits, priorities, overrides, a calendar, nominations, places, context."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from db.models.base import column, geometry, metadata, one_of

__all__ = [
    "calendar",
    "context_layer",
    "nomination",
    "patrol_visit",
    "priority",
    "profile_agreement",
    "sensitive_place",
    "zone_override",
]


def _row_of_a_file() -> tuple[Column[Any], Column[Any]]:
    """Return the two columns that say which row of which file a record is."""
    return (
        column("load_id", Integer, ForeignKey("load.load_id"), primary_key=True, comment="The load that brought it."),
        column(
            "row_number",
            BigInteger,
            primary_key=True,
            autoincrement=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
    )


patrol_visit = Table(
    "patrol_visit",
    metadata,
    *_row_of_a_file(),
    column("zone_id", Text, comment="The Red Zone visited."),
    column("callsign", Text, comment="Callsign; never the number or the name of an officer."),
    column("begins_at", DateTime(timezone=True), comment="When the visit began."),
    column("minutes", Double, comment="How long it took, minutes."),
    column("mode", Text, nullable=True, comment="foot, cycle or vehicle, where known."),
    one_of("mode", "foot", "cycle", "vehicle"),
    CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),
    Index(None, "zone_id", "begins_at"),
    comment="One delivered visit to a zone, by callsign; never for the performance of a person.",
)

priority = Table(
    "priority",
    metadata,
    *_row_of_a_file(),
    column("priority_id", Text, comment="The force's own number of the priority."),
    column("area_code", Text, comment="Patrol area whose people raised it."),
    column("raised_on", Date, comment="When it was raised (You Said)."),
    column("issue", Text, comment="What people said."),
    column("kind", Text, nullable=True, comment="Kind of issue, where the file says."),
    column("action", Text, nullable=True, comment="What was done (We Did)."),
    column("told_on", Date, nullable=True, comment="When people were told of it."),
    column("agreed_solved_on", Date, nullable=True, comment="When they agreed that it is solved."),
    column("owner", Text, nullable=True, comment="Post that answers for it."),
    CheckConstraint("told_on >= raised_on", name="told_on"),
    Index(None, "area_code"),
    comment="One priority of a community: You Said, We Did, and whether people agree that it is solved.",
)

zone_override = Table(
    "zone_override",
    metadata,
    *_row_of_a_file(),
    column("override_id", Text, comment="The force's own number of the override."),
    column("rule", Text, comment="exclude (no zone here) or nudge (score times factor)."),
    column("geom", geometry("POINT"), comment="Middle of the ground that it covers, in the analysis CRS."),
    column("radius_m", Double, comment="Radius of that ground, metres."),
    column("factor", Double, nullable=True, comment="Factor of a nudge."),
    column("reason", Text, comment="Why; it is shown."),
    column("owner", Text, comment="Who decided it."),
    column("valid_from", Date, comment="First day on which it holds."),
    column("valid_to", Date, nullable=True, comment="Last day on which it holds; empty until further notice."),
    one_of("rule", "exclude", "nudge"),
    CheckConstraint("radius_m > 0", name="radius_m"),
    CheckConstraint("factor >= 0", name="factor"),
    CheckConstraint("valid_to >= valid_from", name="valid_to"),
    Index(None, "geom", postgresql_using="gist"),
    comment="An analyst's exclusion or nudge, with its reason; applied before zones are ranked, and logged.",
)

calendar = Table(
    "calendar",
    metadata,
    *_row_of_a_file(),
    column("category", Text, comment="bank_holiday, school_term, school_holiday, match_day, event or shift."),
    column("name", Text, comment="Name of the day, event or shift."),
    column("begins_at", DateTime(timezone=True), comment="When it begins."),
    column("ends_at", DateTime(timezone=True), comment="When it ends; the same midnight for one whole day."),
    column("area_code", Text, nullable=True, comment="Patrol area that it concerns; empty for the whole force."),
    one_of("category", "bank_holiday", "school_term", "school_holiday", "match_day", "event", "shift"),
    CheckConstraint("ends_at >= begins_at", name="ends_at"),
    Index(None, "category", "begins_at"),
    comment="Days and hours that differ from others: holidays, terms, matches, events, shifts.",
)

nomination = Table(
    "nomination",
    metadata,
    *_row_of_a_file(),
    column("area_code", Text, comment="Patrol area of the place."),
    column("nominated_by", Text, comment="Post that named it, such as an inspector."),
    column("nominated_on", Date, comment="When: before the zones of the month were shown."),
    column("geom", geometry("POINT"), comment="The place, in the analysis CRS."),
    column("reason", Text, nullable=True, comment="Why it was named."),
    Index(None, "area_code"),
    Index(None, "geom", postgresql_using="gist"),
    comment="A place that somebody who knows the beat named before seeing the zones.",
)

sensitive_place = Table(
    "sensitive_place",
    metadata,
    *_row_of_a_file(),
    column("place_name", Text, comment="Name of the place; it is never published."),
    column("category", Text, comment="What it is."),
    column("geom", geometry("POINT"), comment="The place, in the analysis CRS."),
    column("radius_m", Double, nullable=True, comment="How far it reaches, metres, where the file says."),
    one_of(
        "category",
        "refuge",
        "childrens_home",
        "hostel",
        "traveller_site",
        "custody",
        "prison",
        "hospital",
        "police_station",
        "railway_station",
        "school",
        "transport_hub",
        "shopping_centre",
        "shop",
        "licensed_premises",
    ),
    CheckConstraint("radius_m > 0", name="radius_m"),
    Index(None, "geom", postgresql_using="gist"),
    comment="A place near which a zone needs a second thought, a default address, or a place that people go to.",
)

context_layer = Table(
    "context_layer",
    metadata,
    *_row_of_a_file(),
    column("kind", Text, comment="roads, water, greenspace, names or no-patrol."),
    column("feature_name", Text, nullable=True, comment="Name of the feature, where it has one."),
    column("geom", geometry("GEOMETRY"), comment="The feature in the analysis CRS, valid."),
    one_of("kind", "roads", "water", "greenspace", "names", "no-patrol"),
    Index(None, "geom", postgresql_using="gist"),
    comment="One feature of a context layer, by its place in the file (from 1).",
)

profile_agreement = Table(
    "profile_agreement",
    metadata,
    *_row_of_a_file(),
    column("area_code", Text, comment="Area whose community profile it is."),
    column("state", Text, comment="agreed with partners, or draft again."),
    column("decided_on", Date, comment="Day of the decision."),
    column("decided_by", Text, comment="Who decided for the force: a role or a name at work."),
    column("partners", Text, nullable=True, comment="With whom it was agreed."),
    column("profile_month", Text, nullable=True, comment="Last month of the data of the agreed profile, YYYY-MM."),
    column("note", Text, nullable=True, comment="Why, where that needs saying."),
    one_of("state", "agreed", "draft"),
    Index(None, "area_code", "decided_on"),
    comment="A decision on a community profile: agreed with partners, or draft again.",
)
