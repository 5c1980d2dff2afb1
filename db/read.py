"""Everything that is read from the store for computation and pages; each function takes a connection."""

from __future__ import annotations

from db.duplicates import duplicate_totals, possible_duplicates
from db.read_areas import areas, best_fit_links, force_area
from db.read_calendar import calendar
from db.read_incidents import (
    area_counts,
    kinds,
    location_quality,
    months_available,
    n_untimed,
    place_counts,
    places,
    repeat_caller_counts,
    timed_incidents,
)
from db.read_loads import input_fingerprint, live_load_ids, load_detail, load_list
from db.read_overrides import exclusions, named_priorities, nudges, sensitive_places
from db.read_people import people_values, people_variables
from db.read_priorities import priorities
from db.read_surveys import survey_responses, survey_waves
from db.summaries import area_codes, is_open_data, load_totals, months_by_source

__all__ = [
    "area_codes",
    "area_counts",
    "areas",
    "best_fit_links",
    "calendar",
    "duplicate_totals",
    "exclusions",
    "force_area",
    "input_fingerprint",
    "is_open_data",
    "kinds",
    "live_load_ids",
    "load_detail",
    "load_list",
    "load_totals",
    "location_quality",
    "months_available",
    "months_by_source",
    "n_untimed",
    "named_priorities",
    "nudges",
    "people_values",
    "people_variables",
    "place_counts",
    "places",
    "possible_duplicates",
    "priorities",
    "repeat_caller_counts",
    "sensitive_places",
    "survey_responses",
    "survey_waves",
    "timed_incidents",
]
