"""Results of a run: profiles, segments, Red Zones, Red Times and the back-test ledger."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from db.models.base import column, geometry, metadata, one_of

__all__ = [
    "backtest",
    "forecast_score",
    "profile_definition",
    "profile_metric",
    "red_time",
    "red_time_summary",
    "red_time_window",
    "red_zone",
    "red_zone_set",
    "run_table",
    "segment",
    "segment_membership",
    "segmentation",
    "zone_override_use",
]


def _run_id() -> Column[Any]:
    return column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run that computed it.")


def _position() -> Column[Any]:
    return column("position", Integer, comment="Place of the row in its table, from 0.")


def _details() -> Column[Any]:
    return column("details", JSON, nullable=True, comment="Further figures of the row that have no column yet.")


profile_definition = Table(
    "profile_definition",
    metadata,
    _run_id(),
    column("metric", Text, primary_key=True, comment="Identifier, for example asb_rate_eb."),
    _position(),
    column("label", Text, comment="Plain words."),
    column("topic", Text, comment="Group on the page."),
    column("unit", Text, comment="Unit in words."),
    column("source", Text, comment="Table of the publisher."),
    column("period", Text, comment="To what it refers."),
    column("part", Text, server_default="place", comment="Part of the profile: people, hints, place, watch, quality."),
    column("limits", Text, server_default="", comment="What the figure cannot tell, in a sentence."),
    column("nation", Text, server_default="", comment="Nation with which it is compared, or empty."),
    comment="What a profile metric of a run is.",
)

profile_metric = Table(
    "profile_metric",
    metadata,
    _run_id(),
    column("geography", Text, primary_key=True, comment="Geography as name:vintage."),
    column("area_code", Text, primary_key=True, comment="Code of the area."),
    column("metric", Text, primary_key=True, comment="Identifier of the metric."),
    _position(),
    column("estimate", Double, nullable=True, comment="The figure, in the unit of its definition."),
    column("lower", Double, nullable=True, comment="Lower end of its 95 per cent interval."),
    column("upper", Double, nullable=True, comment="Upper end of its 95 per cent interval."),
    column("numerator", Double, nullable=True, comment="Count above the line, where it is a ratio."),
    column("denominator", Double, nullable=True, comment="Count below the line, where it is a ratio."),
    column("force_estimate", Double, nullable=True, comment="The figure of the whole force."),
    column("index", Double, nullable=True, comment="The figure against the force's, which is 100."),
    column("nation_estimate", Double, nullable=True, comment="The figure of the nation."),
    column("nation_index", Double, nullable=True, comment="The figure against the nation's, which is 100."),
    column("q_value", Double, nullable=True, comment="Of a test, after Benjamini-Hochberg."),
    column("state", Text, comment="ok, or why there is no figure."),
    column("note", Text, nullable=True, comment="What a reader should know of the figure."),
    one_of("state", "ok", "no_data", "suppressed", "cannot_tell"),
    comment="One figure of the profile of one area, with its interval and state.",
)

segmentation = Table(
    "segmentation",
    metadata,
    _run_id(),
    column("reason", Text, comment="Sentences that argue the chosen number of segments."),
    column("diagnostics", JSON, comment="Table: quality of each number of segments tried, by level."),
    column("clustergram", JSON, comment="Table: how groups divide as their number grows."),
    column("centroids", JSON, comment="Table: centre of each segment by variable, on the 0-to-1 scale."),
    column("scaling", JSON, comment="Table: range of each transformed variable, to assign new months."),
    column("dropped", JSON, comment="Table: variables left out, and why."),
    column("origin", JSON, nullable=True, comment="When the segments were made, and what has changed since."),
    column("contrasts", JSON, nullable=True, comment="Table: areas of one group whose rates differ."),
    comment="The argument for the segments of a run.",
)

segment = Table(
    "segment",
    metadata,
    _run_id(),
    column("segment_code", Text, primary_key=True, comment="A for a group, A1 for an environment in it."),
    _position(),
    column("level", Text, comment="group (People) or environment (Place)."),
    column("parent_code", Text, nullable=True, comment="Group of an environment."),
    column("name", Text, comment="Plain name."),
    column("name_state", Text, comment="proposed by the model or approved by a person."),
    column("n_areas", Integer, comment="Number of areas."),
    column("residents_share", Double, nullable=True, comment="Share of the force's residents, 0 to 1."),
    column("portrait", JSON, comment="Most distinctive variables, each with value, force value and index."),
    column("stability", Double, nullable=True, comment="Mean adjusted Rand index of its level over resamples."),
    _details(),
    one_of("level", "group", "environment"),
    one_of("name_state", "proposed", "approved"),
    comment="A community segment of a run.",
)

segment_membership = Table(
    "segment_membership",
    metadata,
    _run_id(),
    column("area_code", Text, primary_key=True, comment="Code of the small area."),
    _position(),
    column("group_code", Text, comment="Its community group."),
    column("environment_code", Text, nullable=True, comment="Its environment within the group."),
    column("distance", Double, nullable=True, comment="Distance to the own centroid."),
    column("second_code", Text, nullable=True, comment="The second-nearest segment."),
    column("second_ratio", Double, nullable=True, comment="Distance to the second-nearest over that to the own."),
    column("is_doubtful", Boolean, comment="Whether the second-nearest is within 10 per cent."),
    _details(),
    comment="The segment of a small area in a run.",
)

red_zone_set = Table(
    "red_zone_set",
    metadata,
    _run_id(),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column("window_months", Integer, comment="Months that the surface reads."),
    column("capacity", Integer, comment="Zones that the patrol capacity allows."),
    column("notes", ARRAY(Text), comment="Sentences for the page."),
    column("comparison", JSON, nullable=True, comment="The lists with and without perception in the score."),
    one_of("scoring_set", "street", "asb_minor"),
    comment="The Red Zones of one scoring set of a run, as a whole.",
)

zone_override_use = Table(
    "zone_override_use",
    metadata,
    _run_id(),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column(
        "position", Integer, primary_key=True, autoincrement=False, comment="Order in which they were applied, from 0."
    ),
    column("override_id", Text, comment="Number of the override, or the named rule that made it."),
    column("rule", Text, comment="exclude or nudge."),
    column("x", Double, comment="x of its middle in the analysis CRS, metres."),
    column("y", Double, comment="y of its middle in the analysis CRS, metres."),
    column("radius_m", Double, comment="Its radius, metres."),
    column("factor", Double, nullable=True, comment="Factor of a nudge."),
    column("reason", Text, comment="Why."),
    column("owner", Text, comment="Who decided it."),
    column("n_incidents", Integer, comment="Incidents of the set on its ground, in the window."),
    column("n_zones", Integer, comment="Zones of the list that touch its ground."),
    one_of("rule", "exclude", "nudge"),
    comment="An override as a run applied it, before ranking, and what it met.",
)

red_zone = Table(
    "red_zone",
    metadata,
    _run_id(),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column("zone_id", Text, primary_key=True, comment="Id that follows the zone from month to month."),
    column("rank_force", Integer, comment="Rank in the force, from 1."),
    column("rank_patrol", Integer, comment="Rank in its patrol area, from 1."),
    column("patrol_code", Text, nullable=True, comment="Patrol area that holds its centre."),
    column("unit_code", Text, nullable=True, comment="Policing unit, by the parent of the patrol area."),
    column("name", Text, comment="Name from its rows' own locations."),
    column("grid_reference", Text, nullable=True, comment="National grid reference of the centre."),
    column("centre_x", Double, comment="x of the centre in the analysis CRS, metres."),
    column("centre_y", Double, comment="y of the centre in the analysis CRS, metres."),
    column("radius_m", Double, comment="Radius before clipping, metres."),
    column("area_km2", Double, comment="Area, square kilometres."),
    column("score", Double, comment="Score of the surface over the zone."),
    column("expected_per_month", Double, comment="Expected incidents a month."),
    column("expected_lower", Double, nullable=True, comment="Lower end of its 95 per cent interval."),
    column("expected_upper", Double, nullable=True, comment="Upper end of its 95 per cent interval."),
    column("n_incidents", Integer, comment="Incidents of the set in the window."),
    column("n_places", Integer, comment="Distinct map points among them."),
    column("kinds", JSON, comment="Incidents by category."),
    column("top_place_share", Double, nullable=True, comment="Share of the busiest point, 0 to 1."),
    column("is_single_address", Boolean, comment="Whether one point has more than half: problem-solving, not patrol."),
    column("n_officer_generated", Integer, comment="Records from police activity: shown, never scored."),
    column("segment_code", Text, nullable=True, comment="Community segment at its centre."),
    column("details", JSON, nullable=True, comment="Further parts of the score and of the argument for the zone."),
    column("geom", geometry("GEOMETRY"), comment="The zone in the analysis CRS."),
    Index(None, "geom", postgresql_using="gist"),
    comment="One Red Zone of a run, with the parts of its score kept apart.",
)

backtest = Table(
    "backtest",
    metadata,
    _run_id(),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column("chosen", Text, comment="Candidate that is published."),
    column("reason", Text, comment="Why, in one sentence."),
    column("summary", JSON, comment="Table: each candidate's accuracy by budget, with intervals."),
    comment="How the candidates did on the force's own past, and which one is used.",
)

forecast_score = Table(
    "forecast_score",
    metadata,
    _run_id(),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column(
        "position", Integer, primary_key=True, autoincrement=False, comment="Place of the row in its table, from 0."
    ),
    column("candidate", Text, comment="Name of the candidate."),
    column("setting", Text, comment="Its setting."),
    column("month", Text, comment="Month tested, YYYY-MM."),
    column("budget", Text, comment="Area budget in words."),
    column("area_share", Double, nullable=True, comment="Share of the force's area, 0 to 1."),
    column("n_events", Integer, comment="Incidents of the month."),
    column("hits", Double, nullable=True, comment="Of which inside, expected under random tie order."),
    column("hit_rate", Double, nullable=True, comment="Hits over incidents."),
    column("pai", Double, nullable=True, comment="Predictive accuracy index."),
    column("pei", Double, nullable=True, comment="Predictive efficiency index."),
    column("rri", Double, nullable=True, comment="Recapture rate index."),
    column(
        "scope", Text, nullable=True, comment="force or built-up; empty in runs of old, which knew the force alone."
    ),
    column("jitter_m", Double, nullable=True, comment="By how much tested incidents were moved, metres."),
    column("share_of_seen", Double, nullable=True, comment="Hits over those of a ranking that has seen it all."),
    _details(),
    comment="The back-test ledger: a candidate's hits in one month at one area budget.",
)

red_time_summary = Table(
    "red_time_summary",
    metadata,
    _run_id(),
    column("state", Text, comment="ok, or no_data where no incident carries a time."),
    column("reason", Text, comment="One sentence for the page."),
    column("n_timed", Integer, comment="Incidents used."),
    column("n_untimed", Integer, comment="Incidents left out, as only their month is known."),
    comment="Whether a run has Red Times, and from how many incidents.",
)

red_time = Table(
    "red_time",
    metadata,
    _run_id(),
    column("scope", Text, primary_key=True, comment="force, patrol, zone or segment."),
    column("code", Text, primary_key=True, comment="Code of the patrol area, zone or segment."),
    column("weekday", SmallInteger, primary_key=True, autoincrement=False, comment="0 is Monday."),
    column("hour", SmallInteger, primary_key=True, autoincrement=False, comment="Hour of the local day, 0 to 23."),
    _position(),
    column("weight", Double, comment="Aoristic incidents."),
    column("share", Double, nullable=True, comment="Shrunk share of the week's 168 hours."),
    column("force_share", Double, nullable=True, comment="The force's share of the same hour."),
    comment="Hour-of-week intensity of the force, a patrol area, a zone or a segment.",
)

red_time_window = Table(
    "red_time_window",
    metadata,
    _run_id(),
    column("scope", Text, primary_key=True, comment="force, patrol, zone or segment."),
    column("code", Text, primary_key=True, comment="Code of the patrol area, zone or segment."),
    column("rank", Integer, primary_key=True, autoincrement=False, comment="Rank in its scope, from 1."),
    _position(),
    column("weekday", SmallInteger, comment="0 is Monday."),
    column("begin_hour", SmallInteger, comment="First hour, 0 to 23."),
    column(
        "end_hour", SmallInteger, comment="End, exclusive, 1 to 24; not after the begin where it runs over midnight."
    ),
    column("weight", Double, comment="Aoristic incidents."),
    column("share", Double, nullable=True, comment="Share of the week, 0 to 1."),
    column("ratio", Double, nullable=True, comment="Share over the force's share of the same hours."),
    column("p_value", Double, nullable=True, comment="Resampling p."),
    column("q_value", Double, nullable=True, comment="After Benjamini-Hochberg."),
    column("label", Text, comment="In words, for example Fri 20:00-22:00."),
    _details(),
    comment="A named Red Time: a window that stands out.",
)

run_table = Table(
    "run_table",
    metadata,
    _run_id(),
    column("step", Text, primary_key=True, comment="Step of the refresh that made it, with its scoring set if any."),
    column("name", Text, primary_key=True, comment="What it holds, for example days."),
    column("content", JSON, comment="The table: types of its columns, and its rows."),
    comment="A small table of a run that pages show whole.",
)
