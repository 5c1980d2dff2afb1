"""
Keep what a force knows beside incidents, so that plans answer to it: visits, priorities, overrides, surveys, context.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = ("boundaries", "derived", "links", "people", "incidents")
_NEW_KINDS = ("visits", "priorities", "overrides", "calendar", "nominations", "places", "survey", "layer")


def upgrade() -> None:
    """Make the tables, and let loads be of their kinds."""
    analysis_epsg = op.get_context().opts["analysis_epsg"]
    _allow_kinds(*_KINDS, *_NEW_KINDS)
    op.create_table(
        "calendar",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column(
            "category",
            sa.Text(),
            nullable=False,
            comment="bank_holiday, school_term, school_holiday, match_day, event or shift.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the day, event or shift."),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False, comment="When it begins."),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it ends; the same midnight for one whole day.",
        ),
        sa.Column(
            "area_code", sa.Text(), nullable=True, comment="Patrol area that it concerns; empty for the whole force."
        ),
        sa.CheckConstraint(
            "category IN ('bank_holiday', 'school_term', 'school_holiday', 'match_day', 'event', 'shift')",
            name=op.f("calendar_category_check"),
        ),
        sa.CheckConstraint("ends_at >= begins_at", name=op.f("calendar_ends_at_check")),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("calendar_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("calendar_pkey")),
        comment="Days and hours that differ from others: holidays, terms, matches, events, shifts.",
    )
    op.create_index(op.f("calendar_category_begins_at_idx"), "calendar", ["category", "begins_at"], unique=False)
    op.create_table(
        "context_layer",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="roads, water, greenspace, names or no-patrol."),
        sa.Column("feature_name", sa.Text(), nullable=True, comment="Name of the feature, where it has one."),
        sa.Column(
            "geom",
            Geometry("GEOMETRY", srid=analysis_epsg, spatial_index=False),
            nullable=False,
            comment="The feature in the analysis CRS, valid.",
        ),
        sa.CheckConstraint(
            "kind IN ('roads', 'water', 'greenspace', 'names', 'no-patrol')", name=op.f("context_layer_kind_check")
        ),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("context_layer_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("context_layer_pkey")),
        comment="One feature of a context layer, by its place in the file (from 1).",
    )
    op.create_index(op.f("context_layer_geom_idx"), "context_layer", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "nomination",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Patrol area of the place."),
        sa.Column("nominated_by", sa.Text(), nullable=False, comment="Post that named it, such as an inspector."),
        sa.Column("nominated_on", sa.Date(), nullable=False, comment="When: before the zones of the month were shown."),
        sa.Column(
            "geom",
            Geometry("POINT", srid=analysis_epsg, spatial_index=False),
            nullable=False,
            comment="The place, in the analysis CRS.",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it was named."),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("nomination_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("nomination_pkey")),
        comment="A place that somebody who knows the beat named before seeing the zones.",
    )
    op.create_index(op.f("nomination_area_code_idx"), "nomination", ["area_code"], unique=False)
    op.create_index(op.f("nomination_geom_idx"), "nomination", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "patrol_visit",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("zone_id", sa.Text(), nullable=False, comment="The Red Zone visited."),
        sa.Column(
            "callsign", sa.Text(), nullable=False, comment="Callsign; never the number or the name of an officer."
        ),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False, comment="When the visit began."),
        sa.Column("minutes", sa.Double(), nullable=False, comment="How long it took, minutes."),
        sa.Column("mode", sa.Text(), nullable=True, comment="foot, cycle or vehicle, where known."),
        sa.CheckConstraint("mode IN ('foot', 'cycle', 'vehicle')", name=op.f("patrol_visit_mode_check")),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name=op.f("patrol_visit_minutes_check")),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("patrol_visit_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("patrol_visit_pkey")),
        comment="One delivered visit to a zone, by callsign; never for the performance of a person.",
    )
    op.create_index(op.f("patrol_visit_zone_id_begins_at_idx"), "patrol_visit", ["zone_id", "begins_at"], unique=False)
    op.create_table(
        "priority",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("priority_id", sa.Text(), nullable=False, comment="The force's own number of the priority."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Patrol area whose people raised it."),
        sa.Column("raised_on", sa.Date(), nullable=False, comment="When it was raised (You Said)."),
        sa.Column("issue", sa.Text(), nullable=False, comment="What people said."),
        sa.Column("kind", sa.Text(), nullable=True, comment="Kind of issue, where the file says."),
        sa.Column("action", sa.Text(), nullable=True, comment="What was done (We Did)."),
        sa.Column("told_on", sa.Date(), nullable=True, comment="When people were told of it."),
        sa.Column("agreed_solved_on", sa.Date(), nullable=True, comment="When they agreed that it is solved."),
        sa.Column("owner", sa.Text(), nullable=True, comment="Post that answers for it."),
        sa.CheckConstraint("told_on >= raised_on", name=op.f("priority_told_on_check")),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("priority_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("priority_pkey")),
        comment="One priority of a community: You Said, We Did, and whether people agree that it is solved.",
    )
    op.create_index(op.f("priority_area_code_idx"), "priority", ["area_code"], unique=False)
    op.create_table(
        "sensitive_place",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("place_name", sa.Text(), nullable=False, comment="Name of the place; it is never published."),
        sa.Column("category", sa.Text(), nullable=False, comment="What it is."),
        sa.Column(
            "geom",
            Geometry("POINT", srid=analysis_epsg, spatial_index=False),
            nullable=False,
            comment="The place, in the analysis CRS.",
        ),
        sa.Column("radius_m", sa.Double(), nullable=True, comment="How far it reaches, metres, where the file says."),
        sa.CheckConstraint(
            "category IN ('refuge', 'childrens_home', 'hostel', 'traveller_site', 'custody', 'prison', 'hospital',"
            " 'police_station', 'railway_station', 'school')",
            name=op.f("sensitive_place_category_check"),
        ),
        sa.CheckConstraint("radius_m > 0", name=op.f("sensitive_place_radius_m_check")),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("sensitive_place_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("sensitive_place_pkey")),
        comment="A place near which a zone needs a second thought, or where incidents are recorded by default.",
    )
    op.create_index(
        op.f("sensitive_place_geom_idx"), "sensitive_place", ["geom"], unique=False, postgresql_using="gist"
    )
    op.create_table(
        "survey_wave",
        sa.Column("wave_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the wave."),
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column("geography_id", sa.Integer(), nullable=False, comment="Geography of its area codes."),
        sa.Column("survey", sa.Text(), nullable=False, comment="Name of the survey."),
        sa.Column("wave", sa.Text(), nullable=False, comment="Name of the wave."),
        sa.Column("first_day", sa.Date(), nullable=False, comment="First day of fieldwork."),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last day of fieldwork."),
        sa.Column("mode", sa.Text(), nullable=False, comment="How people were asked; a change breaks the series."),
        sa.Column(
            "frame", sa.Text(), nullable=False, comment="List from which people were drawn; a change breaks the series."
        ),
        sa.Column(
            "response_rate",
            sa.Double(),
            nullable=True,
            comment="Share of those asked who answered, 0 to 1, where known.",
        ),
        sa.Column(
            "dont_know_in_base",
            sa.Boolean(),
            nullable=False,
            comment="Whether do not know counts in the base of a percentage.",
        ),
        sa.Column(
            "margins", postgresql.ARRAY(sa.Text()), nullable=False, comment="What the weights are raked to, in order."
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("survey_wave_days_check")),
        sa.CheckConstraint("response_rate BETWEEN 0 AND 1", name=op.f("survey_wave_response_rate_check")),
        sa.ForeignKeyConstraint(
            ["geography_id"], ["geography.geography_id"], name=op.f("survey_wave_geography_id_fkey")
        ),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("survey_wave_load_id_fkey")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("survey_wave_pkey")),
        sa.UniqueConstraint("load_id", name=op.f("survey_wave_load_id_key")),
        comment="One wave of a perception survey.",
    )
    op.create_index(op.f("survey_wave_survey_wave_idx"), "survey_wave", ["survey", "wave"], unique=False)
    op.create_table(
        "zone_override",
        sa.Column("load_id", sa.Integer(), nullable=False, comment="The load that brought it."),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Row of the file as a spreadsheet counts it (the header is row 1).",
        ),
        sa.Column("override_id", sa.Text(), nullable=False, comment="The force's own number of the override."),
        sa.Column("rule", sa.Text(), nullable=False, comment="exclude (no zone here) or nudge (score times factor)."),
        sa.Column(
            "geom",
            Geometry("POINT", srid=analysis_epsg, spatial_index=False),
            nullable=False,
            comment="Middle of the ground that it covers, in the analysis CRS.",
        ),
        sa.Column("radius_m", sa.Double(), nullable=False, comment="Radius of that ground, metres."),
        sa.Column("factor", sa.Double(), nullable=True, comment="Factor of a nudge."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why; it is shown."),
        sa.Column("owner", sa.Text(), nullable=False, comment="Who decided it."),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="First day on which it holds."),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="Last day on which it holds; empty until further notice."
        ),
        sa.CheckConstraint("rule IN ('exclude', 'nudge')", name=op.f("zone_override_rule_check")),
        sa.CheckConstraint("factor >= 0", name=op.f("zone_override_factor_check")),
        sa.CheckConstraint("radius_m > 0", name=op.f("zone_override_radius_m_check")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("zone_override_valid_to_check")),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("zone_override_load_id_fkey")),
        sa.PrimaryKeyConstraint("load_id", "row_number", name=op.f("zone_override_pkey")),
        comment="An analyst's exclusion or nudge, with its reason; applied before zones are ranked, and logged.",
    )
    op.create_index(op.f("zone_override_geom_idx"), "zone_override", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "survey_access",
        sa.Column(
            "access_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Number of the reading."
        ),
        sa.Column("wave_id", sa.Integer(), nullable=False, comment="The wave whose respondents were read."),
        sa.Column(
            "read_by",
            sa.Text(),
            server_default=sa.text("SESSION_USER"),
            nullable=False,
            comment="Who read them: the login role.",
        ),
        sa.Column(
            "read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False, comment="When."
        ),
        sa.Column("purpose", sa.Text(), nullable=False, comment="What for, such as the refresh of a month."),
        sa.Column("n_rows", sa.Integer(), nullable=False, comment="How many respondents were read."),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.wave_id"], name=op.f("survey_access_wave_id_fkey")),
        sa.PrimaryKeyConstraint("access_id", name=op.f("survey_access_pkey")),
        comment="Every reading of survey respondents: who, when, what for.",
    )
    op.create_index(op.f("survey_access_wave_id_idx"), "survey_access", ["wave_id"], unique=False)
    op.create_table(
        "survey_question",
        sa.Column("wave_id", sa.Integer(), nullable=False, comment="The wave."),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="Place of the question in its declaration, from 0."
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Our name: confidence, worry_asb, informed and so on."),
        sa.Column("wording", sa.Text(), nullable=False, comment="Exact wording; a change breaks the series."),
        sa.Column(
            "scale",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Pairs of code and label, in order.",
        ),
        sa.Column(
            "agree_codes", postgresql.ARRAY(sa.Integer()), nullable=False, comment="Codes that count as agreement."
        ),
        sa.Column("dont_know_codes", postgresql.ARRAY(sa.Integer()), nullable=False, comment="Codes of do not know."),
        sa.Column(
            "missing_codes",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="Codes of refusals and of questions not asked.",
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.wave_id"], name=op.f("survey_question_wave_id_fkey")),
        sa.PrimaryKeyConstraint("wave_id", "name", name=op.f("survey_question_pkey")),
        comment="One question of a wave, worded as it was asked.",
    )
    op.create_table(
        "survey_response",
        sa.Column("wave_id", sa.Integer(), nullable=False, comment="The wave."),
        sa.Column("respondent", sa.Text(), nullable=False, comment="Serial number in the file; it names nobody."),
        sa.Column("row_number", sa.BigInteger(), nullable=False, comment="Row of the file as a spreadsheet counts it."),
        sa.Column(
            "area_code", sa.Text(), nullable=False, comment="Area of the respondent, in the geography of the wave."
        ),
        sa.Column("weight", sa.Double(), nullable=False, comment="Design weight."),
        sa.Column("stratum", sa.Text(), nullable=True, comment="Stratum of the design, where there is one."),
        sa.Column("psu", sa.Text(), nullable=True, comment="Primary sampling unit, where there is one."),
        sa.Column("age_band", sa.Text(), nullable=True, comment="Age band; never an age or a date."),
        sa.Column("sex", sa.Text(), nullable=True, comment="Sex, as the survey asked."),
        sa.Column("ethnicity", sa.Text(), nullable=True, comment="Ethnic group, as the survey asked."),
        sa.Column("tenure", sa.Text(), nullable=True, comment="Housing tenure."),
        sa.Column(
            "channel", sa.Text(), nullable=True, comment="How this person was reached, where a wave mixes modes."
        ),
        sa.Column(
            "answers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Code of each answer by the name of its question; what was not asked is absent.",
        ),
        sa.CheckConstraint("weight > 0", name=op.f("survey_response_weight_check")),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.wave_id"], name=op.f("survey_response_wave_id_fkey")),
        sa.PrimaryKeyConstraint("wave_id", "respondent", name=op.f("survey_response_pkey")),
        comment="One respondent. Access is restricted: no name, address, free text or birth date is ever here.",
    )
    op.create_index(
        op.f("survey_response_wave_id_area_code_idx"), "survey_response", ["wave_id", "area_code"], unique=False
    )
    op.add_column(
        "load",
        sa.Column(
            "quality",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Audit of an incident load: where its points lie, and months that were recorded otherwise.",
        ),
    )


def downgrade() -> None:
    """Take the tables away, with what they hold and with the account of its loads."""
    op.drop_column("load", "quality")
    op.drop_table("survey_response")
    op.drop_table("survey_question")
    op.drop_table("survey_access")
    op.drop_table("zone_override")
    op.drop_table("survey_wave")
    op.drop_table("sensitive_place")
    op.drop_table("priority")
    op.drop_table("patrol_visit")
    op.drop_table("nomination")
    op.drop_table("context_layer")
    op.drop_table("calendar")
    load = sa.table("load", sa.column("load_id"), sa.column("kind"))
    rejected_row = sa.table("rejected_row", sa.column("load_id"))
    ours = sa.select(load.c.load_id).where(load.c.kind.in_(_NEW_KINDS))
    op.execute(sa.delete(rejected_row).where(rejected_row.c.load_id.in_(ours)))
    op.execute(sa.delete(load).where(load.c.kind.in_(_NEW_KINDS)))
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("load_kind_check"), "load", type_="check")
    op.create_check_constraint(op.f("load_kind_check"), "load", f"kind IN ({words})")
