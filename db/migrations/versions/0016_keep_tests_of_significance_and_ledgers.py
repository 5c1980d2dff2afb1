"""
Keep what is hot beyond chance, and the ledgers of back-tests, so that a page and a referee can read both.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and give the refresh's own ledger its scope and jitter."""
    analysis_epsg = op.get_context().opts["analysis_epsg"]
    op.create_table(
        "backtest_ledger",
        sa.Column("ledger_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Number of the ledger."),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="Of inputs, settings, version and what was asked."),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last day of the last period tested."),
        sa.Column("period", sa.Text(), nullable=False, comment="What is forecast: month, 28-day block or week."),
        sa.Column("n_periods", sa.Integer(), nullable=False, comment="Periods asked for."),
        sa.Column("input_fingerprint", sa.Text(), nullable=False, comment="Of the loads that were read."),
        sa.Column("code_version", sa.Text(), nullable=False, comment="Version of the code with its fingerprint."),
        sa.Column("seed", sa.BigInteger(), nullable=False, comment="Seed of every resample."),
        sa.Column(
            "settings",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Settings that the results depend on.",
        ),
        sa.Column("load_ids", postgresql.ARRAY(sa.Integer()), nullable=False, comment="Loads that were read."),
        sa.PrimaryKeyConstraint("ledger_id", name=op.f("backtest_ledger_pkey")),
        sa.UniqueConstraint("fingerprint", name=op.f("backtest_ledger_fingerprint_key")),
        comment="One run of redzones backtest; the same one again takes the place of its ledger.",
    )
    op.create_table(
        "backtest_choice",
        sa.Column("ledger_id", sa.Integer(), nullable=False, comment="The ledger."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("chosen", sa.Text(), nullable=False, comment="Candidate that would be published."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in one sentence."),
        sa.Column(
            "summary",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: each candidate's accuracy by budget, scope and jitter, with intervals.",
        ),
        sa.CheckConstraint("scoring_set IN ('street', 'asb_minor')", name=op.f("backtest_choice_scoring_set_check")),
        sa.ForeignKeyConstraint(
            ["ledger_id"],
            ["backtest_ledger.ledger_id"],
            name=op.f("backtest_choice_ledger_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ledger_id", "scoring_set", name=op.f("backtest_choice_pkey")),
        comment="What a ledger says of one scoring set.",
    )
    op.create_table(
        "backtest_score",
        sa.Column("ledger_id", sa.Integer(), nullable=False, comment="The ledger."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place of the row in its ledger, from 0.",
        ),
        sa.Column("candidate", sa.Text(), nullable=False, comment="Name of the way of ranking."),
        sa.Column("setting", sa.Text(), nullable=False, comment="Its setting."),
        sa.Column("month", sa.Text(), nullable=False, comment="Period tested: YYYY-MM, or its first day in words."),
        sa.Column("scope", sa.Text(), nullable=False, comment="force or built-up."),
        sa.Column("jitter_m", sa.Double(), nullable=False, comment="By how much tested incidents were moved, metres."),
        sa.Column(
            "origin",
            sa.Text(),
            nullable=False,
            comment="How far the grid was moved, metres east and north; mean for the mean over all.",
        ),
        sa.Column("budget", sa.Text(), nullable=False, comment="Area budget in words."),
        sa.Column("area_share", sa.Double(), nullable=False, comment="Share of the scope's area, 0 to 1."),
        sa.Column("n_events", sa.Integer(), nullable=False, comment="Incidents of the period."),
        sa.Column("hits", sa.Double(), nullable=False, comment="Of which in the marked ground, ties in expectation."),
        sa.Column("hit_rate", sa.Double(), nullable=False, comment="Hits over incidents."),
        sa.Column("pai", sa.Double(), nullable=False, comment="Predictive accuracy index."),
        sa.Column("pei", sa.Double(), nullable=True, comment="Predictive efficiency index; of the mean alone."),
        sa.Column("rri", sa.Double(), nullable=True, comment="Recapture rate index; of the mean alone."),
        sa.Column(
            "share_of_seen",
            sa.Double(),
            nullable=True,
            comment="Hits over a ranking that has seen it all; of the mean.",
        ),
        sa.CheckConstraint("scope IN ('force', 'built-up')", name=op.f("backtest_score_scope_check")),
        sa.ForeignKeyConstraint(
            ["ledger_id"], ["backtest_ledger.ledger_id"], name=op.f("backtest_score_ledger_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ledger_id", "scoring_set", "position", name=op.f("backtest_score_pkey")),
        comment="One figure of a ledger of redzones backtest.",
    )
    op.create_index(
        op.f("backtest_score_ledger_id_scoring_set_candidate_idx"),
        "backtest_score",
        ["ledger_id", "scoring_set", "candidate"],
        unique=False,
    )
    op.create_table(
        "hot_cell",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("cell_id", sa.Text(), nullable=False, comment="Row and column of the hexagon in its lattice."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("name", sa.Text(), nullable=False, comment="Where most of its incidents are written; may be empty."),
        sa.Column("grid_reference", sa.Text(), nullable=False, comment="Grid reference of the centre."),
        sa.Column("patrol_code", sa.Text(), nullable=False, comment="Patrol area that holds its centre."),
        sa.Column("centre_x", sa.Double(), nullable=False, comment="x of the centre in the analysis CRS, metres."),
        sa.Column("centre_y", sa.Double(), nullable=False, comment="y of the centre in the analysis CRS, metres."),
        sa.Column("n_incidents", sa.Integer(), nullable=False, comment="Incidents of the window in it."),
        sa.Column("n_neighbourhood", sa.Integer(), nullable=False, comment="Incidents in it and its neighbours."),
        sa.Column("z", sa.Double(), nullable=False, comment="Standardised Gi*."),
        sa.Column("p_value", sa.Double(), nullable=False, comment="One-sided conditional-permutation p."),
        sa.Column(
            "q_value", sa.Double(), nullable=True, comment="After Benjamini-Hochberg; empty where it was not tested."
        ),
        sa.Column("is_hot", sa.Boolean(), nullable=False, comment="Whether it is hot over the whole window."),
        sa.Column(
            "trend",
            sa.Text(),
            nullable=False,
            comment="Kind of hot spot, by the months in which it was hot; empty where none is named.",
        ),
        sa.Column("n_hot_months", sa.Integer(), nullable=False, comment="Months in which it was hot."),
        sa.Column(
            "geom",
            Geometry("POLYGON", srid=analysis_epsg, spatial_index=False),
            nullable=False,
            comment="The hexagon in the analysis CRS.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("hot_cell_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", "cell_id", name=op.f("hot_cell_pkey")),
        comment="A hexagon that is hot beyond chance, or was in some month.",
    )
    op.create_index(op.f("hot_cell_geom_idx"), "hot_cell", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "period_change",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("area_code", sa.Text(), nullable=False, comment="Code of the small area."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("n_before", sa.Integer(), nullable=False, comment="Incidents of the earlier period."),
        sa.Column("n_after", sa.Integer(), nullable=False, comment="Incidents of the same months a year later."),
        sa.Column(
            "share_before", sa.Double(), nullable=False, comment="Share of all incidents of the earlier period, 0 to 1."
        ),
        sa.Column(
            "share_after", sa.Double(), nullable=False, comment="Share of all incidents of the later period, 0 to 1."
        ),
        sa.Column("p_value", sa.Double(), nullable=False, comment="Fisher's exact two-sided p of equal shares."),
        sa.Column("q_value", sa.Double(), nullable=False, comment="After Benjamini-Hochberg."),
        sa.Column("direction", sa.Text(), nullable=False, comment="Whether its share is more, less or the same."),
        sa.CheckConstraint("direction IN ('more', 'less', 'same')", name=op.f("period_change_direction_check")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("period_change_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", "area_code", name=op.f("period_change_pkey")),
        comment="Share of one small area in two periods a year apart.",
    )
    op.create_table(
        "significance",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column("flat_m", sa.Double(), nullable=False, comment="Width of a hexagon from flat to flat, metres."),
        sa.Column("window_months", sa.Integer(), nullable=False, comment="Months tested as one."),
        sa.Column("n_months", sa.Integer(), nullable=False, comment="Of which are loaded."),
        sa.Column("n_permutations", sa.Integer(), nullable=False, comment="Permutations of each test."),
        sa.Column(
            "false_discovery_rate", sa.Double(), nullable=False, comment="Level of the Benjamini-Hochberg procedure."
        ),
        sa.Column("n_cells", sa.Integer(), nullable=False, comment="Hexagons of the force."),
        sa.Column("n_family", sa.Integer(), nullable=False, comment="Hexagons tested: those that hold an incident."),
        sa.Column("n_incidents", sa.Integer(), nullable=False, comment="Incidents of the window."),
        sa.Column("hot_area_share", sa.Double(), nullable=False, comment="Share of the hexagons that are hot, 0 to 1."),
        sa.Column(
            "hot_incident_share", sa.Double(), nullable=False, comment="Share of the incidents in hot hexagons, 0 to 1."
        ),
        sa.Column("trend_state", sa.Text(), nullable=False, comment="Whether kinds of hot spots are named."),
        sa.Column("trend_reason", sa.Text(), nullable=False, comment="Why not, in one sentence; empty where they are."),
        sa.Column(
            "concentration",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Table: how concentrated incidents are, by unit of place.",
        ),
        sa.Column(
            "comparison",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Two periods as a whole: state, reason, similarity, incidents, months.",
        ),
        sa.Column(
            "near_repeats",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Near repeats: state, reason, incidents, and the table of bands.",
        ),
        sa.Column(
            "streets",
            postgresql.JSON(astext_type=sa.Text()),
            nullable=False,
            comment="Streets as a whole: state, reason, segments, length, incidents near them.",
        ),
        sa.CheckConstraint("scoring_set IN ('street', 'asb_minor')", name=op.f("significance_scoring_set_check")),
        sa.CheckConstraint(
            "trend_state IN ('ok', 'no_data', 'cannot_tell')", name=op.f("significance_trend_state_check")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("significance_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", name=op.f("significance_pkey")),
        comment="What the tests of significance found in one scoring set of a run, as a whole.",
    )
    op.create_table(
        "street_rank",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="The run that computed it."),
        sa.Column("scoring_set", sa.Text(), nullable=False, comment="street or asb_minor."),
        sa.Column(
            "segment", sa.Integer(), autoincrement=False, nullable=False, comment="Number of the segment in the layer."
        ),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place of the row in its table, from 0."),
        sa.Column("rank", sa.Integer(), nullable=False, comment="Rank by incidents per kilometre, from 1."),
        sa.Column(
            "rank_last", sa.Integer(), nullable=False, comment="Last of the ranks that it shares with equal segments."
        ),
        sa.Column("street_name", sa.Text(), nullable=False, comment="Name of the road; may be empty."),
        sa.Column("length_m", sa.Double(), nullable=False, comment="Length of the segment, metres."),
        sa.Column(
            "n_incidents",
            sa.Double(),
            nullable=False,
            comment="Incidents of which it is the nearest road; shared where several are.",
        ),
        sa.Column("per_km", sa.Double(), nullable=False, comment="Incidents per kilometre."),
        sa.Column(
            "n_tied", sa.Double(), nullable=False, comment="Of its incidents, those shared with another segment."
        ),
        sa.Column(
            "geom",
            Geometry("LINESTRING", srid=analysis_epsg, spatial_index=False),
            nullable=False,
            comment="The segment in the analysis CRS.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("street_rank_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "scoring_set", "segment", name=op.f("street_rank_pkey")),
        comment="A street segment ranked by incidents per kilometre.",
    )
    op.create_index(op.f("street_rank_geom_idx"), "street_rank", ["geom"], unique=False, postgresql_using="gist")
    op.add_column(
        "forecast_score",
        sa.Column(
            "scope",
            sa.Text(),
            nullable=True,
            comment="force or built-up; empty in runs of old, which knew the force alone.",
        ),
    )
    op.add_column(
        "forecast_score",
        sa.Column("jitter_m", sa.Double(), nullable=True, comment="By how much tested incidents were moved, metres."),
    )
    op.add_column(
        "forecast_score",
        sa.Column(
            "share_of_seen", sa.Double(), nullable=True, comment="Hits over those of a ranking that has seen it all."
        ),
    )


def downgrade() -> None:
    """Change it back."""
    op.drop_column("forecast_score", "share_of_seen")
    op.drop_column("forecast_score", "jitter_m")
    op.drop_column("forecast_score", "scope")
    op.drop_index(op.f("street_rank_geom_idx"), table_name="street_rank", postgresql_using="gist")
    op.drop_table("street_rank")
    op.drop_table("significance")
    op.drop_table("period_change")
    op.drop_index(op.f("hot_cell_geom_idx"), table_name="hot_cell", postgresql_using="gist")
    op.drop_table("hot_cell")
    op.drop_index(op.f("backtest_score_ledger_id_scoring_set_candidate_idx"), table_name="backtest_score")
    op.drop_table("backtest_score")
    op.drop_table("backtest_choice")
    op.drop_table("backtest_ledger")
