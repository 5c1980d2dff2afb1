"""Every table of the schema `redzones`, in one metadata object."""

from __future__ import annotations

from db.models.backtests import backtest_choice, backtest_ledger, backtest_score
from db.models.base import metadata, metadata_in
from db.models.enquiry import enquiry_line, enquiry_rule
from db.models.geography import area, area_link, area_point, geography, geography_outline
from db.models.incidents import (
    assignment,
    incident,
    incident_kind,
    place,
    place_area,
    possible_duplicate,
    siting,
    siting_area,
)
from db.models.loads import analysis, load, rejected_row
from db.models.people import people_total, people_value, people_variable
from db.models.perception import perception, survey_change, survey_estimate, survey_gap, survey_share
from db.models.profiles import (
    profile_current,
    profile_freshness,
    profile_level,
    profile_picture,
    profile_season,
)
from db.models.records import (
    calendar,
    context_layer,
    nomination,
    patrol_visit,
    priority,
    profile_agreement,
    sensitive_place,
    zone_override,
)
from db.models.results import (
    backtest,
    forecast_score,
    profile_definition,
    profile_metric,
    red_time,
    red_time_summary,
    red_time_window,
    red_zone,
    red_zone_set,
    run_table,
    segment,
    segment_membership,
    segmentation,
    zone_override_use,
)
from db.models.runs import publication, run, run_step
from db.models.segment_models import segment_model, segment_name
from db.models.significance import hot_cell, period_change, significance, street_rank
from db.models.surveys import survey_access, survey_question, survey_response, survey_wave

__all__ = [
    "analysis",
    "area",
    "area_link",
    "area_point",
    "assignment",
    "backtest",
    "backtest_choice",
    "backtest_ledger",
    "backtest_score",
    "calendar",
    "context_layer",
    "enquiry_line",
    "enquiry_rule",
    "forecast_score",
    "geography",
    "geography_outline",
    "hot_cell",
    "incident",
    "incident_kind",
    "load",
    "metadata",
    "metadata_in",
    "nomination",
    "patrol_visit",
    "people_total",
    "people_value",
    "people_variable",
    "perception",
    "period_change",
    "place",
    "place_area",
    "possible_duplicate",
    "priority",
    "profile_agreement",
    "profile_current",
    "profile_definition",
    "profile_freshness",
    "profile_level",
    "profile_metric",
    "profile_picture",
    "profile_season",
    "publication",
    "red_time",
    "red_time_summary",
    "red_time_window",
    "red_zone",
    "red_zone_set",
    "rejected_row",
    "run",
    "run_step",
    "run_table",
    "segment",
    "segment_membership",
    "segment_model",
    "segment_name",
    "segmentation",
    "sensitive_place",
    "significance",
    "siting",
    "siting_area",
    "street_rank",
    "survey_access",
    "survey_change",
    "survey_estimate",
    "survey_gap",
    "survey_question",
    "survey_response",
    "survey_share",
    "survey_wave",
    "zone_override",
    "zone_override_use",
]
