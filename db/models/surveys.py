"""Perception surveys: the facts of a wave, its questions, its respondents, and who has read them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from db.models.base import column, metadata

__all__ = ["survey_access", "survey_question", "survey_response", "survey_wave"]

survey_wave = Table(
    "survey_wave",
    metadata,
    column("wave_id", Integer, Identity(always=True), primary_key=True, comment="Number of the wave."),
    column("load_id", Integer, ForeignKey("load.load_id"), comment="The load that brought it."),
    column("geography_id", Integer, ForeignKey("geography.geography_id"), comment="Geography of its area codes."),
    column("survey", Text, comment="Name of the survey."),
    column("wave", Text, comment="Name of the wave."),
    column("first_day", Date, comment="First day of fieldwork."),
    column("last_day", Date, comment="Last day of fieldwork."),
    column("mode", Text, comment="How people were asked; a change breaks the series."),
    column("frame", Text, comment="List from which people were drawn; a change breaks the series."),
    column("response_rate", Double, nullable=True, comment="Share of those asked who answered, 0 to 1, where known."),
    column("dont_know_in_base", Boolean, comment="Whether do not know counts in the base of a percentage."),
    column("margins", ARRAY(Text), comment="What the weights are raked to, in order."),
    UniqueConstraint("load_id"),
    CheckConstraint("last_day >= first_day", name="days"),
    CheckConstraint("response_rate BETWEEN 0 AND 1", name="response_rate"),
    Index(None, "survey", "wave"),
    comment="One wave of a perception survey.",
)

survey_question = Table(
    "survey_question",
    metadata,
    column("wave_id", Integer, ForeignKey("survey_wave.wave_id"), primary_key=True, comment="The wave."),
    column("position", Integer, comment="Place of the question in its declaration, from 0."),
    column("name", Text, primary_key=True, comment="Our name: confidence, worry_asb, informed and so on."),
    column("wording", Text, comment="Exact wording; a change breaks the series."),
    column("scale", JSON, comment="Pairs of code and label, in order."),
    column("agree_codes", ARRAY(Integer), comment="Codes that count as agreement."),
    column("dont_know_codes", ARRAY(Integer), comment="Codes of do not know."),
    column("missing_codes", ARRAY(Integer), comment="Codes of refusals and of questions not asked."),
    comment="One question of a wave, worded as it was asked.",
)

survey_response = Table(
    "survey_response",
    metadata,
    column("wave_id", Integer, ForeignKey("survey_wave.wave_id"), primary_key=True, comment="The wave."),
    column("respondent", Text, primary_key=True, comment="Serial number in the file; it names nobody."),
    column("row_number", BigInteger, comment="Row of the file as a spreadsheet counts it."),
    column("area_code", Text, comment="Area of the respondent, in the geography of the wave."),
    column("weight", Double, comment="Design weight."),
    column("stratum", Text, nullable=True, comment="Stratum of the design, where there is one."),
    column("psu", Text, nullable=True, comment="Primary sampling unit, where there is one."),
    column("age_band", Text, nullable=True, comment="Age band; never an age or a date."),
    column("sex", Text, nullable=True, comment="Sex, as the survey asked."),
    column("ethnicity", Text, nullable=True, comment="Ethnic group, as the survey asked."),
    column("tenure", Text, nullable=True, comment="Housing tenure."),
    column("channel", Text, nullable=True, comment="How this person was reached, where a wave mixes modes."),
    column("answers", JSONB, comment="Code of each answer by the name of its question; what was not asked is absent."),
    CheckConstraint("weight > 0", name="weight"),
    Index(None, "wave_id", "area_code"),
    comment="One respondent. Access is restricted: no name, address, free text or birth date is ever here.",
)

survey_access = Table(
    "survey_access",
    metadata,
    column("access_id", BigInteger, Identity(always=True), primary_key=True, comment="Number of the reading."),
    column("wave_id", Integer, ForeignKey("survey_wave.wave_id"), comment="The wave whose respondents were read."),
    column("read_by", Text, server_default=func.session_user(), comment="Who read them: the login role."),
    column("read_at", DateTime(timezone=True), server_default=func.now(), comment="When."),
    column("purpose", Text, comment="What for, such as the refresh of a month."),
    column("n_rows", Integer, comment="How many respondents were read."),
    Index(None, "wave_id"),
    comment="Every reading of survey respondents: who, when, what for.",
)
