"""Results of a run: the lines of enquiry of every area, and the rules that made them."""

from __future__ import annotations

from sqlalchemy import Double, ForeignKey, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSON

from db.models.base import column, metadata, one_of

__all__ = ["enquiry_line", "enquiry_rule"]

enquiry_rule = Table(
    "enquiry_rule",
    metadata,
    column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run that asked it."),
    column("rule_id", Text, primary_key=True, comment="Identifier of the rule in its file."),
    column("position", Integer, comment="Place of the rule in its file, from 0."),
    column("content", JSON, comment="The rule as it stood in this run, with the interventions that it suggests."),
    comment="A rule of enquiry as it stood when a run asked it.",
)

enquiry_line = Table(
    "enquiry_line",
    metadata,
    column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run that computed it."),
    column("geography", Text, primary_key=True, comment="Geography as name:vintage."),
    column("area_code", Text, primary_key=True, comment="Code of the area."),
    column("rule_id", Text, primary_key=True, comment="The rule."),
    column("position", Integer, comment="Place of the row in its table, from 0; of an area the strongest comes first."),
    column("state", Text, comment="triggered, or not_evaluated where a figure is absent."),
    column("certainty", Double, nullable=True, comment="Least probability of its conditions, 0 to 1; 1 for counts."),
    column("evidence", Text, comment="Sentence with the figures; empty where it was not evaluated."),
    column("reason", Text, comment="What the rule needs; empty where it was evaluated."),
    one_of("state", "triggered", "not_evaluated"),
    comment="A line of enquiry of an area: a rule that its figures trigger, or that could not be asked.",
)
