"""Everything that is written to the store, and results as they were written; each function takes a connection."""

from __future__ import annotations

from db.results import (
    previous_zones,
    read_backtests,
    read_profiles,
    read_red_times,
    read_segments,
    read_zones,
    write_backtest,
    write_profiles,
    write_red_times,
    write_segments,
    write_zones,
)
from db.write_assignments import assign_incident_areas, refresh_assignments
from db.write_boundaries import store_boundaries
from db.write_incidents import store_incidents
from db.write_layers import store_layer
from db.write_links import store_links
from db.write_people import store_people
from db.write_records import store_records
from db.write_surveys import store_survey

__all__ = [
    "assign_incident_areas",
    "previous_zones",
    "read_backtests",
    "read_profiles",
    "read_red_times",
    "read_segments",
    "read_zones",
    "refresh_assignments",
    "store_boundaries",
    "store_incidents",
    "store_layer",
    "store_links",
    "store_people",
    "store_records",
    "store_survey",
    "write_backtest",
    "write_profiles",
    "write_red_times",
    "write_segments",
    "write_zones",
]
