"""One event counts once: linked logs and logs of crimes are kept, and counted where they must be."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from sqlalchemy import text

from db.read import area_counts, load_detail, n_untimed, place_counts, timed_incidents
from db.write import refresh_assignments, store_incidents
from domain.areas import GeographyKey
from domain.incidents import EVENT_COLUMNS
from domain.months import LocalMonth

JULY = LocalMonth(2025, 7)


@pytest.fixture
def load_logs(connection, gridham):
    """Return a function that stores logs: (reference, parent, crime reference, not counted, not scored)."""

    def load(*logs: tuple[str | None, ...], **options):
        told = [(*log, *[None] * (5 - len(log))) for log in logs]
        rows = [gridham.incident(at="2025-07-05T20:00:00", reference=log[0], code="E01000001") for log in told]
        batch = gridham.batch(rows)
        facts = [json.dumps({"beat": "B1"} | ({"parent_log": log[1]} if log[1] else {})) for log in told]
        events = [(*log[1:], None, fact) for log, fact in zip(told, facts, strict=True)]
        batch.rows[list(EVENT_COLUMNS)] = pd.DataFrame(events, columns=list(EVENT_COLUMNS), dtype=object)
        known = {"source": "log", "scope": "log a", "is_open_data": False}
        return store_incidents(
            connection, gridham.incident_file([batch], **{**known, **options}), time_zone="Europe/London"
        )

    return load


@pytest.fixture
def counted(connection):
    def ask() -> dict[str, str | None]:
        found = text("SELECT reference, not_counted_because FROM incident ORDER BY incident_id")
        return {row.reference: row.not_counted_because for row in connection.execute(found)}

    return ask


def test_linked_logs_are_kept_and_their_parent_counts_for_them(load_logs, counted):
    report = load_logs(("L2", "L1"), ("L1",), ("L3", "L1"), ("L4", "L4"))
    assert report.kept == 4
    assert counted() == {"L2": "linked_log", "L1": None, "L3": "linked_log", "L4": None}
    assert report.notes == ("2 of 4 rows count as events; not counted: linked log 2",)


def test_where_the_parent_is_nowhere_the_first_linked_log_that_counts_stands_for_it(load_logs, counted):
    load_logs(("L2", "gone", None, "no_trace"), ("L3", "gone"), ("L4", "gone"), ("L5", "other"))
    assert counted() == {"L2": "no_trace", "L3": None, "L4": "linked_log", "L5": None}


def test_logs_that_name_each_other_count_once(load_logs, counted):
    load_logs(("L1", "L2"), ("L2", "L1"))
    assert counted() == {"L1": None, "L2": "linked_log"}


def test_a_log_that_became_a_crime_counts_once(load_logs, counted):
    load_logs(
        ("L1", None, "C1"),
        ("C1", None, "C1"),  # the crime itself is in the extract
        ("L2", None, "C2"),  # this one is not: the first of its logs stands for it
        ("L3", None, "C2"),
        ("L4", "L1", None),
    )
    assert counted() == {"L1": "became_crime", "C1": None, "L2": None, "L3": "became_crime", "L4": "linked_log"}


def test_parents_and_crimes_of_earlier_live_files_are_known_and_those_of_a_reissue_are_not(load_logs, counted):
    load_logs(("L1",), ("C1",), sha256="a", scope="log june")
    load_logs(("L2", "L1"), ("L3", None, "C1"), sha256="b", scope="log july")
    assert counted() == {"L1": None, "C1": None, "L2": "linked_log", "L3": "became_crime"}
    load_logs(("L9", "L2"), sha256="c", scope="log july")  # a re-issue without the log to which L9 was linked
    assert counted()["L9"] is None


def n_counted(connection):
    live = text(
        "SELECT count(*) FROM incident JOIN load USING (load_id) WHERE state = 'live' AND not_counted_because IS NULL"
    )
    return connection.scalar(live)


def test_a_parent_that_comes_in_a_later_file_is_not_counted_beside_the_log_that_stands_for_it(
    connection, load_logs, counted
):
    load_logs(("L2", "L1"), ("L3", "L1"), sha256="a", scope="log june")
    load_logs(("L1",), ("L4", "L1"), ("L5",), sha256="b", scope="log july")
    assert counted() == {"L2": None, "L3": "linked_log", "L1": "linked_log", "L4": "linked_log", "L5": None}
    load_logs(("L6", "L1"), sha256="c", scope="log august")
    assert counted()["L6"] == "linked_log", "a third file finds the event counted too"
    assert n_counted(connection) == 2


def test_an_event_counts_once_after_reissues_in_any_order(connection, load_logs):
    load_logs(("L2", "L1"), sha256="a", scope="log june")
    load_logs(("L1",), sha256="b", scope="log july")
    load_logs(("L2", "L1"), ("L3", "L1"), sha256="c", scope="log june")  # L1 counts no more, so that one of these must
    assert n_counted(connection) == 1
    load_logs(("L1",), ("L9", "L1"), sha256="d", scope="log july")
    assert n_counted(connection) == 1


def test_a_parent_that_says_nothing_of_its_event_is_found_too(connection, load_logs, gridham):
    load_logs(("L2", "L1"), sha256="a", scope="log june")
    rows = [gridham.incident(at="2025-07-05T20:00:00", reference=reference) for reference in ("L1", "L7")]
    batch = gridham.batch(rows)
    batch.rows[list(EVENT_COLUMNS)] = None
    batch.rows.loc[1, "details"] = '{"beat": "B1"}'
    file = gridham.incident_file([batch], source="log", scope="log july", sha256="b", is_open_data=False)
    store_incidents(connection, file, time_zone="Europe/London")
    assert n_counted(connection) == 2, "L2 for its event, and L7"


def test_both_totals_are_told(connection, load_logs):
    report = load_logs(("L1", None, None, None, "domestic"), ("L2", "L1"), ("L3", None, None, "cancelled"), ("L4",))
    detail = load_detail(connection, report.load_id)
    assert (detail["kept"], detail["events"]) == (
        4,
        {
            "counted": 2,
            "may_score": 1,
            "not_counted": {"cancelled": 1, "linked_log": 1},
            "not_scored": {"domestic": 1},
        },
    )
    assert report.notes == (
        "2 of 4 rows count as events; not counted: cancelled 1, linked log 1",
        "1 of 2 events may score; never scored: domestic 1",
    )
    assert connection.scalar(text("SELECT count(*) FROM incident WHERE details ->> 'beat' = 'B1'")) == 4


def test_counts_of_areas_take_events_and_those_of_places_only_what_may_score(town, load_logs):
    report = load_logs(
        ("L1", None, None, None, "private_place"), ("L2", "L1"), ("L3",), ("L4", None, None, "in_error"), ("L5",)
    )
    small = GeographyKey("lsoa", 2021)
    refresh_assignments(town, small_area=small, patrol=GeographyKey("ward", 2025))
    window = {"load_ids": [report.load_id], "first": JULY, "last": JULY}
    assert area_counts(town, geography=small, **window)["n"].sum() == 3
    assert place_counts(town, **window)["n"].sum() == 2
    assert len(timed_incidents(town, time_zone="Europe/London", **window)) == 2
    assert n_untimed(town, **window) == 0


def test_rows_of_sources_that_tell_nothing_of_events_all_count(connection, gridham, load_rows):
    report = load_rows(gridham.incident(), gridham.incident())
    assert report.notes == ()
    assert load_detail(connection, report.load_id)["events"] == {
        "counted": 2,
        "may_score": 2,
        "not_counted": {},
        "not_scored": {},
    }


def test_what_police_activity_made_counts_and_is_told_as_never_scored(connection, gridham, load_rows):
    report = load_rows(gridham.incident(), gridham.incident(is_officer_generated=True))
    assert load_detail(connection, report.load_id)["events"] == {
        "counted": 2,
        "may_score": 1,
        "not_counted": {},
        "not_scored": {"police_activity": 1},
    }
