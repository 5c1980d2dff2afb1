"""Census and deprivation figures: what each variable is, and its value for every area."""

from __future__ import annotations

from sqlalchemy import Boolean, Double, ForeignKey, Identity, Index, Integer, Table, Text, UniqueConstraint, text

from db.models.base import column, metadata, one_of

__all__ = ["people_total", "people_value", "people_variable"]

people_variable = Table(
    "people_variable",
    metadata,
    column("variable_id", Integer, Identity(always=True), primary_key=True, comment="Number of the variable."),
    column("load_id", Integer, ForeignKey("load.load_id"), comment="The load that declared and brought it."),
    column("geography_id", Integer, ForeignKey("geography.geography_id"), comment="Geography of its area codes."),
    column("position", Integer, comment="Place of the variable in its declaration, from 0."),
    column("name", Text, comment="Identifier, for example households_no_car."),
    column("label", Text, comment="Plain words for a page."),
    column("topic", Text, comment="Group on the page: age, ethnicity, deprivation, tenure and so on."),
    column("unit", Text, comment="share (numerator over denominator), count or score."),
    column("source_table", Text, comment="Table of the publisher, for example TS045."),
    column("period", Text, comment="Date or year to which it refers."),
    column("forms_segments", Boolean, server_default=text("true"), comment="Whether it may form community groups."),
    column(
        "direction",
        Text,
        server_default="neither",
        comment="What more of it means for an area: more_need, less_need or neither.",
    ),
    UniqueConstraint("load_id", "name"),
    one_of("unit", "share", "count", "score"),
    one_of("direction", "more_need", "less_need", "neither"),
    Index(None, "geography_id", "name"),
    comment="One People variable, as one load declared it.",
)

people_value = Table(
    "people_value",
    metadata,
    column(
        "variable_id",
        Integer,
        ForeignKey("people_variable.variable_id"),
        primary_key=True,
        comment="The variable.",
    ),
    column("area_code", Text, primary_key=True, comment="Code of the area."),
    column("numerator", Double, nullable=True, comment="Count, or the score itself; empty where not published."),
    column("denominator", Double, nullable=True, comment="Count of which the numerator is a part; empty for scores."),
    comment="Value of a People variable for one area: numerator and denominator, never only a percentage.",
)

people_total = Table(
    "people_total",
    metadata,
    column(
        "variable_id",
        Integer,
        ForeignKey("people_variable.variable_id"),
        primary_key=True,
        comment="The variable.",
    ),
    column("place", Text, primary_key=True, comment="Nation, such as England and Wales."),
    column("n_areas", Integer, comment="Number of its areas: all of them, or there is no row."),
    column("numerator", Double, comment="Sum over its areas."),
    column("denominator", Double, nullable=True, comment="Sum over its areas; the number of areas for scores."),
    comment="Sum of a People variable over a nation, from a national file, so that areas can be compared with it.",
)
