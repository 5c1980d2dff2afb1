"""Repeat callers as the store counts them: of files that tell, and of no other."""

from __future__ import annotations

import pandas as pd
import pytest

from db.read import place_counts, repeat_caller_counts
from db.write import store_incidents
from domain.incidents import EVENT_COLUMNS
from domain.months import LocalMonth
from domain.schemas import REPEAT_CALLERS, check

WINDOW = {"first": LocalMonth(2025, 7), "last": LocalMonth(2025, 8)}


@pytest.fixture
def load_calls(connection, gridham):
    """Return a function that stores incidents with these details, and gives the load."""

    def load(*details: str | None, sha256: str = "a", not_counted: str | None = None, **options) -> int:
        batch = gridham.batch([gridham.incident(at="2025-07-05T20:00:00") for _ in details])
        events = [(None, None, not_counted, None, None, own) for own in details]
        batch.rows[list(EVENT_COLUMNS)] = pd.DataFrame(events, columns=list(EVENT_COLUMNS), dtype=object)
        known = {"source": "log", "is_open_data": False, "mapping_sha256": "m", "scope": sha256, "sha256": sha256}
        file = gridham.incident_file([batch], **{**known, **options})
        return store_incidents(connection, file, time_zone="Europe/London").load_id

    return load


YES, NO, SILENT = '{"is_repeat_caller": true}', '{"is_repeat_caller": false}', '{"beat": "B1"}'


def test_a_row_that_is_silent_in_a_file_that_tells_says_no(connection, load_calls) -> None:
    number = load_calls(YES, YES, NO, SILENT, None)
    table = check(repeat_caller_counts(connection, load_ids=[number], **WINDOW), REPEAT_CALLERS)
    assert table[["n_told", "n_repeat"]].to_numpy().tolist() == [[5, 2]]
    counts = place_counts(connection, load_ids=[number], **WINDOW)
    keys = ["place_id", "month_index", "kind_id", "is_officer_generated"]
    assert table[keys].to_numpy().tolist() == counts[keys].to_numpy().tolist()


def test_a_file_that_tells_of_no_callers_is_not_in_it(connection, load_calls) -> None:
    silent = load_calls(SILENT, None)
    telling = load_calls(NO, sha256="b")
    both = repeat_caller_counts(connection, load_ids=[silent, telling], **WINDOW)
    assert both[["n_told", "n_repeat"]].to_numpy().tolist() == [[1, 0]]
    nothing = check(repeat_caller_counts(connection, load_ids=[silent], **WINDOW), REPEAT_CALLERS)
    assert nothing.empty


def test_what_does_not_count_is_not_asked_and_sources_are_chosen(connection, load_calls) -> None:
    linked = load_calls(YES, not_counted="no_trace")
    counted = load_calls(YES, NO, sha256="b", source="other log")
    loads = {"load_ids": [linked, counted], **WINDOW}
    assert repeat_caller_counts(connection, **loads)["n_repeat"].tolist() == [1]
    assert repeat_caller_counts(connection, sources=["log"], **loads).empty
    early = {"first": LocalMonth(2025, 1), "last": LocalMonth(2025, 6)}
    assert repeat_caller_counts(connection, load_ids=[counted], **early).empty
