"""Segments that stay: the models in which monthly refreshes place areas, and the names that people approved."""

from __future__ import annotations

from sqlalchemy import Date, DateTime, ForeignKey, Identity, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import JSON

from db.models.base import column, metadata, one_of

__all__ = ["segment_model", "segment_name"]

segment_model = Table(
    "segment_model",
    metadata,
    column("model_id", Integer, Identity(always=True), primary_key=True, comment="Number; the highest is in force."),
    column("fingerprint", Text, comment="Fingerprint of its centres, scales, codes and names."),
    column("geography", Text, comment="Geography of its areas, name:year."),
    column("month", Date, comment="First day of the last month of its data."),
    column("origin", Text, comment="first (made by the first finished refresh) or refit (a decision)."),
    column("run_fingerprint", Text, nullable=True, comment="The run that made the first one."),
    column("settings", JSON, comment="The settings of its making."),
    column("result", JSON, comment="Tables of the segments as they were made."),
    column("refit", JSON, nullable=True, comment="How it follows the model before it: index, movers, names kept."),
    column("decided_by", Text, nullable=True, comment="Who decided the refit."),
    column("made_at", DateTime(timezone=True), server_default=func.now(), comment="When it was made."),
    one_of("origin", "first", "refit"),
    comment="A segmentation that later months are placed in.",
)

segment_name = Table(
    "segment_name",
    metadata,
    column("name_id", Integer, Identity(always=True), primary_key=True, comment="Number; the highest is in force."),
    column("model_id", Integer, ForeignKey("segment_model.model_id"), index=True, comment="The model."),
    column("segment_code", Text, comment="The segment."),
    column("name", Text, comment="The plain name that was approved."),
    column("decided_by", Text, comment="Who approved it."),
    column("decided_at", DateTime(timezone=True), server_default=func.now(), comment="When it was approved."),
    comment="A name of a segment that a person approved; earlier ones are kept.",
)
