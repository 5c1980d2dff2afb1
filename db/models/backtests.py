"""Ledgers of `redzones backtest`: every candidate, setting, period, scope, jitter, origin and budget."""

from __future__ import annotations

from sqlalchemy import BigInteger, Date, Double, ForeignKey, Identity, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from db.models.base import column, metadata, one_of

__all__ = ["backtest_choice", "backtest_ledger", "backtest_score"]

backtest_ledger = Table(
    "backtest_ledger",
    metadata,
    column("ledger_id", Integer, Identity(always=True), primary_key=True, comment="Number of the ledger."),
    column("fingerprint", Text, unique=True, comment="Of inputs, settings, version and what was asked."),
    column("last_day", Date, comment="Last day of the last period tested."),
    column("period", Text, comment="What is forecast: month, 28-day block or week."),
    column("n_periods", Integer, comment="Periods asked for."),
    column("input_fingerprint", Text, comment="Of the loads that were read."),
    column("code_version", Text, comment="Version of the code with its fingerprint."),
    column("seed", BigInteger, comment="Seed of every resample."),
    column("settings", JSON, comment="Settings that the results depend on."),
    column("load_ids", ARRAY(Integer), comment="Loads that were read."),
    comment="One run of redzones backtest; the same one again takes the place of its ledger.",
)

backtest_choice = Table(
    "backtest_choice",
    metadata,
    column(
        "ledger_id",
        Integer,
        ForeignKey("backtest_ledger.ledger_id", ondelete="CASCADE"),
        primary_key=True,
        comment="The ledger.",
    ),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column("chosen", Text, comment="Candidate that would be published."),
    column("reason", Text, comment="Why, in one sentence."),
    column("summary", JSON, comment="Table: each candidate's accuracy by budget, scope and jitter, with intervals."),
    one_of("scoring_set", "street", "asb_minor"),
    comment="What a ledger says of one scoring set.",
)

backtest_score = Table(
    "backtest_score",
    metadata,
    column(
        "ledger_id",
        Integer,
        ForeignKey("backtest_ledger.ledger_id", ondelete="CASCADE"),
        primary_key=True,
        comment="The ledger.",
    ),
    column("scoring_set", Text, primary_key=True, comment="street or asb_minor."),
    column(
        "position", Integer, primary_key=True, autoincrement=False, comment="Place of the row in its ledger, from 0."
    ),
    column("candidate", Text, comment="Name of the way of ranking."),
    column("setting", Text, comment="Its setting."),
    column("month", Text, comment="Period tested: YYYY-MM, or its first day in words."),
    column("scope", Text, comment="force or built-up."),
    column("jitter_m", Double, comment="By how much tested incidents were moved, metres."),
    column("origin", Text, comment="How far the grid was moved, metres east and north; mean for the mean over all."),
    column("budget", Text, comment="Area budget in words."),
    column("area_share", Double, comment="Share of the scope's area, 0 to 1."),
    column("n_events", Integer, comment="Incidents of the period."),
    column("hits", Double, comment="Of which in the marked ground, ties in expectation."),
    column("hit_rate", Double, comment="Hits over incidents."),
    column("pai", Double, comment="Predictive accuracy index."),
    column("pei", Double, nullable=True, comment="Predictive efficiency index; of the mean alone."),
    column("rri", Double, nullable=True, comment="Recapture rate index; of the mean alone."),
    column("share_of_seen", Double, nullable=True, comment="Hits over a ranking that has seen it all; of the mean."),
    one_of("scope", "force", "built-up"),
    Index(None, "ledger_id", "scoring_set", "candidate"),
    comment="One figure of a ledger of redzones backtest.",
)
