"""Refreshes, their steps, and which run is published."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from db.models.base import column, metadata, one_of

__all__ = ["publication", "run", "run_step"]

run = Table(
    "run",
    metadata,
    column("run_id", Integer, Identity(always=True), primary_key=True, comment="Number of the run in this database."),
    column("fingerprint", Text, unique=True, comment="Fingerprint of its month, settings, inputs and code version."),
    column("month", Date, comment="First day of the last month of its data."),
    column("config_fingerprint", Text, comment="Fingerprint of the settings that results depend on."),
    column("input_fingerprint", Text, comment="Fingerprint of the files that it reads."),
    column("code_version", Text, comment="Version of the code, with a fingerprint of the code itself."),
    column("seed", BigInteger, comment="Setting from which every step's random numbers come."),
    column("settings", JSON, comment="The settings that results depend on."),
    column("load_ids", ARRAY(Integer), comment="The loads that it reads, in order; it reads nothing else."),
    column("state", Text, server_default="running", comment="running, finished or failed."),
    column("started_at", DateTime(timezone=True), server_default=func.now(), comment="When it was first begun."),
    column("finished_at", DateTime(timezone=True), nullable=True, comment="When it was finished."),
    one_of("state", "running", "finished", "failed"),
    CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name="finished_at"),
    Index(None, "month"),
    comment="One refresh: what it reads, and how far it came.",
)

run_step = Table(
    "run_step",
    metadata,
    column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run."),
    column("name", Text, primary_key=True, comment="Name of the step."),
    column("key", Text, comment="Fingerprint of the step's own inputs, settings and algorithm version."),
    column("seed", BigInteger, comment="Setting from which its random numbers come, together with its name."),
    column("state", Text, comment="running, finished or failed."),
    column("result", JSON, nullable=True, comment="What the step has to say; its tables hold the figures."),
    column("error", Text, nullable=True, comment="Why it failed."),
    column("seconds", Double, nullable=True, comment="How long it took, seconds."),
    column("started_at", DateTime(timezone=True), server_default=func.now(), comment="When it was last begun."),
    one_of("state", "running", "finished", "failed"),
    comment="One step of a run; finished under the same key, it is not done again.",
)

publication = Table(
    "publication",
    metadata,
    column("publication_id", Integer, Identity(always=True), primary_key=True, comment="Number of the publication."),
    column("run_id", Integer, ForeignKey("run.run_id"), comment="The run that was published."),
    column("edition", Text, comment="For whom: force or partner."),
    column("folder", Text, comment="Name of the run's folder in the site."),
    column("state", Text, comment="pending (before the switch), live, past, or abandoned (the switch never came)."),
    column("pending_at", DateTime(timezone=True), server_default=func.now(), comment="When it was about to go live."),
    column("live_at", DateTime(timezone=True), nullable=True, comment="When it was known to be live."),
    one_of("state", "pending", "live", "past", "abandoned"),
    Index("publication_live_key", "edition", unique=True, postgresql_where=text("state = 'live'")),
    Index("publication_pending_key", "edition", unique=True, postgresql_where=text("state = 'pending'")),
    comment="Which run is live for whom; written as pending before the switch, and reconciled from the pointer.",
)
