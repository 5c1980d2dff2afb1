"""What the database is (its analysis CRS), every file loaded into it, and every row refused."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.models.base import column, metadata, one_of

__all__ = ["analysis", "load", "rejected_row"]

analysis = Table(
    "analysis",
    metadata,
    column(
        "is_only", Boolean, primary_key=True, server_default=text("true"), comment="Always true: there is one row only."
    ),
    column("epsg", Integer, comment="EPSG code of the analysis CRS: projected, in metres, never changed."),
    column("made_at", DateTime(timezone=True), server_default=func.now(), comment="When the schema was made."),
    CheckConstraint("is_only", name="one_row"),
    comment="The one reference system in which this database keeps every geometry.",
)

load = Table(
    "load",
    metadata,
    column("load_id", Integer, Identity(always=True), primary_key=True, comment="Number of the load."),
    column("kind", Text, comment="What the file holds."),
    column("file_name", Text, comment="Name of the file, without folders."),
    column("sha256", Text, comment="Fingerprint of the decompressed bytes of the file."),
    column("mapping_sha256", Text, nullable=True, comment="Fingerprint of the column mapping, where one was used."),
    column("source", Text, comment="Format and publisher, for example police.uk street."),
    column("scope", Text, comment="What a re-issue of the file replaces, for example cheshire 2025-12."),
    column("state", Text, server_default="live", comment="live, superseded by a re-issue, or withdrawn by a person."),
    column(
        "superseded_by", Integer, ForeignKey("load.load_id"), nullable=True, comment="The load that replaced this one."
    ),
    column("loaded_at", DateTime(timezone=True), server_default=func.now(), comment="When it was loaded."),
    column("rows_in", BigInteger, comment="Rows read: kept and rejected."),
    column("kept", BigInteger, comment="Rows stored."),
    column("rejected", BigInteger, comment="Rows refused, each with its reason in rejected_row."),
    column(
        "rows_outside",
        BigInteger,
        server_default="0",
        comment="Further rows of areas that were not asked for, as in a national file; not among rows_in.",
    ),
    column("months", ARRAY(Date), server_default="{}", comment="First days of the local months it covers, in order."),
    column(
        "is_open_data",
        Boolean,
        server_default=text("false"),
        comment="Whether its points are published approximations.",
    ),
    column("notes", ARRAY(Text), server_default="{}", comment="What a reader of the load's report should know."),
    column(
        "quality",
        JSONB,
        nullable=True,
        comment="Audit of an incident load: where its points lie, and months that were recorded otherwise.",
    ),
    column(
        "agencies",
        ARRAY(Text),
        server_default="{}",
        comment="Agencies other than the police that recorded its incidents, in order.",
    ),
    one_of(
        "kind",
        "boundaries",
        "derived",
        "links",
        "people",
        "incidents",
        "visits",
        "priorities",
        "overrides",
        "calendar",
        "nominations",
        "places",
        "survey",
        "layer",
        "outcomes",
        "agreements",
    ),
    one_of("state", "live", "superseded", "withdrawn"),
    CheckConstraint("rows_in = kept + rejected", name="rows_add_up"),
    CheckConstraint("(state = 'superseded') = (superseded_by IS NOT NULL)", name="superseded_by"),
    Index(None, "kind", "sha256"),
    Index("load_live_key", "kind", "source", "scope", unique=True, postgresql_where=text("state = 'live'")),
    comment="One file loaded; never overwritten: a re-issue supersedes it, a person may withdraw it.",
)

rejected_row = Table(
    "rejected_row",
    metadata,
    column("rejected_row_id", BigInteger, Identity(always=True), primary_key=True, comment="Number of the refusal."),
    column("load_id", Integer, ForeignKey("load.load_id"), comment="The load that refused the row."),
    column("row_number", BigInteger, comment="Row of the file as a spreadsheet counts it (the header is row 1)."),
    column("column_name", Text, nullable=True, comment="Column at fault, where one is."),
    column("reason", Text, comment="Why the row was refused."),
    column("raw", Text, nullable=True, comment="The row as read, cut at 1,000 characters; empty for survey rows."),
    Index(None, "load_id"),
    comment="One row of a file that was refused, with its reason.",
)
