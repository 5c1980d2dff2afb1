"""
Keep every result under its run, so that an old page can be explained and made again.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    analysis_epsg = op.get_context().opts["analysis_epsg"]
    op.create_table(
        "backtest",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("chosen", sa.Text(), nullable=False, comment="Candidate that is published."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in one sentence."),
        sa.Column(
            "summary",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: each candidate's accuracy by budget, with intervals.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="backtest_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", name="backtest_pkey"),
        comment="How the candidates did on the force's own past, and which one is used.",
    )
    op.create_table(
        "forecast_score",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place of the row in its table, from 0.",
        ),
        sa.Column("candidate", sa.Text(), nullable=False, comment="Name of the candidate."),
        sa.Column("setting", sa.Text(), nullable=False, comment="Its setting."),
        sa.Column("month", sa.Text(), nullable=False, comment="Month tested, YYYY-MM."),
        sa.Column("budget", sa.Text(), nullable=False, comment="Area budget in words."),
        sa.Column("area_share", sa.Double(), nullable=True, comment="Share of the force's area, 0 to 1."),
        sa.Column("n_events", sa.Integer(), nullable=False, comment="Incidents of the month."),
        sa.Column("hits", sa.Double(), nullable=True, comment="Of which inside, expected under random tie order."),
        sa.Column("hit_rate", sa.Double(), nullable=True, comment="Hits over incidents."),
        sa.Column("pai", sa.Double(), nullable=True, comment="Predictive accuracy index."),
        sa.Column("pei", sa.Double(), nullable=True, comment="Predictive efficiency index."),
        sa.Column("rri", sa.Double(), nullable=True, comment="Recapture rate index."),
        sa.Column(
            "details",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="Further figures of the row that have no column yet.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="forecast_score_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", "position", name="forecast_score_pkey"),
        comment="The back-test ledger: a candidate's hits in one month at one area budget.",
    )
    op.create_table(
        "profile_definition",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("metric", sa.Text(), nullable=False, comment="Identifier, for example asb_rate_eb."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("label", sa.Text(), nullable=False, comment="Plain words."),
        sa.Column("topic", sa.Text(), nullable=False, comment="Group on the page."),
        sa.Column("unit", sa.Text(), nullable=False, comment="Unit in words."),
        sa.Column("source", sa.Text(), nullable=False, comment="Table of the publisher."),
        sa.Column("period", sa.Text(), nullable=False, comment="To what it refers."),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="profile_definition_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "metric", name="profile_definition_pkey"),
        comment="What a profile metric of a run is.",
    )
    op.create_table(
        "profile_metric",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("geography", sa.Text(), nullable=False, comment="Geography as name:vintage."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the area."),
        sa.Column("metric", sa.Text(), nullable=False, comment="Identifier of the metric."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("estimate", sa.Double(), nullable=True, comment="The figure, in the unit of its definition."),
        sa.Column("lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("numerator", sa.Double(), nullable=True, comment="Count above the line, where it is a ratio."),
        sa.Column("denominator", sa.Double(), nullable=True, comment="Count below the line, where it is a ratio."),
        sa.Column("force_estimate", sa.Double(), nullable=True, comment="The figure of the whole force."),
        sa.Column("index", sa.Double(), nullable=True, comment="The figure against the force's, which is 100."),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or why there is no figure."),
        sa.Column("note", sa.Text(), nullable=True, comment="What a reader should know of the figure."),
        sa.CheckConstraint(
            "state IN ('ok', 'no_data', 'suppressed', 'cannot_tell')", name=op.f("profile_metric_state_check")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="profile_metric_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "geography", "area_code", "metric", name="profile_metric_pkey"),
        comment="One figure of the profile of one area, with its interval and state.",
    )
    op.create_table(
        "red_time",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scope", sa.Text(), nullable=False, comment="force, patrol or zone."),
        sa.Column("code", sa.Text(), nullable=False, comment="Code of the patrol area or zone."),
        sa.Column("weekday", sa.SmallInteger(), autoincrement=False, nullable=False, comment="0 is Monday."),
        sa.Column(
            "hour", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Hour of the local day, 0 to 23."
        ),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("weight", sa.Double(), nullable=False, comment="Aoristic incidents."),
        sa.Column("share", sa.Double(), nullable=True, comment="Shrunk share of the week's 168 hours."),
        sa.Column("force_share", sa.Double(), nullable=True, comment="The force's share of the same hour."),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="red_time_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scope", "code", "weekday", "hour", name="red_time_pkey"),
        comment="Hour-of-week intensity of the force, a patrol area or a zone.",
    )
    op.create_table(
        "red_time_summary",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("state", sa.Text(), nullable=False, comment="ok, or no_data where no incident carries a time."),
        sa.Column("reason", sa.Text(), nullable=False, comment="One sentence for the page."),
        sa.Column("n_timed", sa.Integer(), nullable=False, comment="Incidents used."),
        sa.Column(
            "n_untimed", sa.Integer(), nullable=False, comment="Incidents left out, as only their month is known."
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="red_time_summary_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", name="red_time_summary_pkey"),
        comment="Whether a run has Red Times, and from how many incidents.",
    )
    op.create_table(
        "red_time_window",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scope", sa.Text(), nullable=False, comment="force, patrol or zone."),
        sa.Column("code", sa.Text(), nullable=False, comment="Code of the patrol area or zone."),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False, comment="Rank in its scope, from 1."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("weekday", sa.SmallInteger(), nullable=False, comment="0 is Monday."),
        sa.Column("begin_hour", sa.SmallInteger(), nullable=False, comment="First hour, 0 to 23."),
        sa.Column("end_hour", sa.SmallInteger(), nullable=False, comment="End, exclusive, 1 to 24."),
        sa.Column("weight", sa.Double(), nullable=False, comment="Aoristic incidents."),
        sa.Column("share", sa.Double(), nullable=True, comment="Share of the week, 0 to 1."),
        sa.Column("ratio", sa.Double(), nullable=True, comment="Share over the force's share of the same hours."),
        sa.Column("p_value", sa.Double(), nullable=True, comment="Resampling p."),
        sa.Column("q_value", sa.Double(), nullable=True, comment="After Benjamini-Hochberg."),
        sa.Column("label", sa.Text(), nullable=False, comment="In words, for example Fri 20:00-22:00."),
        sa.Column(
            "details",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="Further figures of the row that have no column yet.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="red_time_window_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scope", "code", "rank", name="red_time_window_pkey"),
        comment="A named Red Time: a window that stands out.",
    )
    op.create_table(
        "red_zone",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("zone_id", sa.Text(), nullable=False, comment="Id that follows the zone from month to month."),
        sa.Column("rank_force", sa.Integer(), nullable=False, comment="Rank in the force, from 1."),
        sa.Column("rank_patrol", sa.Integer(), nullable=False, comment="Rank in its patrol area, from 1."),
        sa.Column("patrol_code", sa.Text(), nullable=True, comment="Patrol area that holds its centre."),
        sa.Column("unit_code", sa.Text(), nullable=True, comment="Policing unit, by the parent of the patrol area."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name from its rows' own locations."),
        sa.Column("grid_reference", sa.Text(), nullable=True, comment="National grid reference of the centre."),
        sa.Column("centre_x", sa.Double(), nullable=False, comment="x of the centre in the analysis CRS, metres."),
        sa.Column("centre_y", sa.Double(), nullable=False, comment="y of the centre in the analysis CRS, metres."),
        sa.Column("radius_m", sa.Double(), nullable=False, comment="Radius before clipping, metres."),
        sa.Column("area_km2", sa.Double(), nullable=False, comment="Area, square kilometres."),
        sa.Column("score", sa.Double(), nullable=False, comment="Score of the surface over the zone."),
        sa.Column("expected_per_month", sa.Double(), nullable=False, comment="Expected incidents a month."),
        sa.Column("expected_lower", sa.Double(), nullable=True, comment="Lower end of its 95 per cent interval."),
        sa.Column("expected_upper", sa.Double(), nullable=True, comment="Upper end of its 95 per cent interval."),
        sa.Column("n_incidents", sa.Integer(), nullable=False, comment="Incidents of the set in the window."),
        sa.Column("n_places", sa.Integer(), nullable=False, comment="Distinct map points among them."),
        sa.Column("kinds", postgresql.JSON(astext_type=sa.Text()), nullable=False, comment="Incidents by category."),
        sa.Column("top_place_share", sa.Double(), nullable=True, comment="Share of the busiest point, 0 to 1."),
        sa.Column(
            "is_single_address",
            sa.Boolean(),
            nullable=False,
            comment="Whether one point has more than half: problem-solving, not patrol.",
        ),
        sa.Column(
            "n_officer_generated",
            sa.Integer(),
            nullable=False,
            comment="Records from police activity: shown, never scored.",
        ),
        sa.Column("segment_code", sa.Text(), nullable=True, comment="Community segment at its centre."),
        sa.Column(
            "details",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="Further parts of the score and of the argument for the zone.",
        ),
        sa.Column(
            "geom",
            Geometry(srid=analysis_epsg, spatial_index=False, nullable=False),
            nullable=False,
            comment="The zone in the analysis CRS.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="red_zone_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", "zone_id", name="red_zone_pkey"),
        comment="One Red Zone of a run, with the parts of its score kept apart.",
    )
    op.create_index("red_zone_geom_idx", "red_zone", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "red_zone_set",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("window_months", sa.Integer(), nullable=False, comment="Months that the surface reads."),
        sa.Column("capacity", sa.Integer(), nullable=False, comment="Zones that the patrol capacity allows."),
        sa.Column("notes", postgresql.ARRAY(sa.Text()), nullable=False, comment="Sentences for the page."),
        sa.CheckConstraint("scoring_set IN ('street', 'asb_minor')", name=op.f("red_zone_set_scoring_set_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="red_zone_set_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", name="red_zone_set_pkey"),
        comment="The Red Zones of one scoring set of a run, as a whole.",
    )
    op.create_table(
        "segment",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("segment_code", sa.Text(), nullable=False, comment="A for a group, A1 for an environment in it."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("level", sa.Text(), nullable=False, comment="group (People) or environment (Place)."),
        sa.Column("parent_code", sa.Text(), nullable=True, comment="Group of an environment."),
        sa.Column("name", sa.Text(), nullable=False, comment="Plain name."),
        sa.Column("name_state", sa.Text(), nullable=False, comment="proposed by the model or approved by a person."),
        sa.Column("n_areas", sa.Integer(), nullable=False, comment="Number of areas."),
        sa.Column("residents_share", sa.Double(), nullable=True, comment="Share of the force's residents, 0 to 1."),
        sa.Column(
            "portrait",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Most distinctive variables, each with value, force value and index.",
        ),
        sa.Column(
            "stability", sa.Double(), nullable=True, comment="Mean adjusted Rand index of its level over resamples."
        ),
        sa.Column(
            "details",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="Further figures of the row that have no column yet.",
        ),
        sa.CheckConstraint("level IN ('group', 'environment')", name=op.f("segment_level_check")),
        sa.CheckConstraint("name_state IN ('proposed', 'approved')", name=op.f("segment_name_state_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="segment_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "segment_code", name="segment_pkey"),
        comment="A community segment of a run.",
    )
    op.create_table(
        "segment_membership",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the small area."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("group_code", sa.Text(), nullable=False, comment="Its community group."),
        sa.Column("environment_code", sa.Text(), nullable=True, comment="Its environment within the group."),
        sa.Column("distance", sa.Double(), nullable=True, comment="Distance to the own centroid."),
        sa.Column("second_code", sa.Text(), nullable=True, comment="The second-nearest segment."),
        sa.Column(
            "second_ratio", sa.Double(), nullable=True, comment="Distance to the second-nearest over that to the own."
        ),
        sa.Column(
            "is_doubtful", sa.Boolean(), nullable=False, comment="Whether the second-nearest is within 10 per cent."
        ),
        sa.Column(
            "details",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=True,
            comment="Further figures of the row that have no column yet.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="segment_membership_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "area_code", name="segment_membership_pkey"),
        comment="The segment of a small area in a run.",
    )
    op.create_table(
        "segmentation",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Sentences that argue the chosen number of segments."),
        sa.Column(
            "diagnostics",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: quality of each number of segments tried, by level.",
        ),
        sa.Column(
            "clustergram",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: how groups divide as their number grows.",
        ),
        sa.Column(
            "centroids",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: centre of each segment by variable, on the 0-to-1 scale.",
        ),
        sa.Column(
            "scaling",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: range of each transformed variable, to assign new months.",
        ),
        sa.Column(
            "dropped",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: variables left out, and why.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="segmentation_run_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", name="segmentation_pkey"),
        comment="The argument for the segments of a run.",
    )


def downgrade() -> None:
    """Take the tables away, with what they hold."""
    op.drop_table("segmentation")
    op.drop_table("segment_membership")
    op.drop_table("segment")
    op.drop_table("red_zone_set")
    op.drop_table("red_zone")
    op.drop_table("red_time_window")
    op.drop_table("red_time_summary")
    op.drop_table("red_time")
    op.drop_table("profile_metric")
    op.drop_table("profile_definition")
    op.drop_table("forecast_score")
    op.drop_table("backtest")
