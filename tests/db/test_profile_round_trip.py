"""Seasons, levels and the latest days come back as they were written; audits and freshness are read as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from db import profiles, runs
from db.read import live_load_ids
from db.write import refresh_assignments, store_people
from domain.areas import PEOPLE_VALUE_COLUMNS, GeographyKey, PeopleTable, PeopleVariable
from domain.months import LocalMonth
from domain.schemas import AREA_QUALITY, PEOPLE_TOTALS, RECENT_COUNTS, check
from profiles.results import CurrentPicture, PlaceHistory

if TYPE_CHECKING:
    from sqlalchemy import Connection

LSOA, WARD = GeographyKey("lsoa", 2021), GeographyKey("ward", 2025)
AREA = {"geography": ["force", "ward:2025"], "area_code": ["force", "E05"], "kind": ["asb", "asb"]}
STATE = {"state": ["ok", "cannot_tell"], "note": pd.Series([None, "needs 24 months"], dtype=object)}


def _numbers(*names: str) -> dict[str, list[float]]:
    return {name: [1 / 3, np.nan] for name in names}


def _run(connection: Connection) -> int:
    started = runs.start_or_resume_run(
        connection,
        month=LocalMonth(2025, 12),
        fingerprint="abc",
        config_fingerprint="c",
        input_fingerprint="i",
        code_version="v",
        seed=1,
        settings={},
        load_ids=(),
    )
    return started.run_id


def test_history(connection: Connection) -> None:
    seasons = pd.DataFrame(
        {**AREA, "calendar_month": [1, 12], **_numbers("estimate", "lower", "upper", "n"), "n_years": [2, 1], **STATE}
    )
    months = {name: pd.Series(["2025-03", None], dtype=object) for name in ("last_before", "first_after")}
    levels = pd.DataFrame({**AREA, "rank": [1, 0], **months, **_numbers("ratio", "lower", "upper", "p_value"), **STATE})
    run_id = _run(connection)
    for _ in range(2):  # a second attempt takes the place of the first
        profiles.write_history(connection, run_id, PlaceHistory(seasons, levels))
    read = profiles.read_history(connection, run_id)
    assert_frame_equal(read.seasons, seasons, check_dtype=False, rtol=1e-9)
    assert_frame_equal(read.levels, levels, check_dtype=False, rtol=1e-9)


def test_the_current_picture(connection: Connection) -> None:
    figures = pd.DataFrame(
        {**AREA, "days": [7, 28], "n": [4, 0], **_numbers("usual", "lower", "upper", "q_value"), **STATE}
    )
    freshness = pd.DataFrame(
        {"source": ["force log", "police.uk street"], "is_counted": [False, True], "first_month": "2025-01",
         "last_month": "2025-12", "last_at": pd.Series(["2025-12-31 22:40", None], dtype=object), "n": [50, 90],
         "n_timed": [50, 0]}
    )  # fmt: skip
    picture = CurrentPicture("ok", "", "2025-12-31 22:40", figures, freshness)
    run_id = _run(connection)
    assert profiles.read_current(connection, run_id) is None
    for _ in range(2):
        profiles.write_current(connection, run_id, picture)
    read = profiles.read_current(connection, run_id)
    assert read is not None
    assert (read.state, read.reason, read.last_at) == ("ok", "", "2025-12-31 22:40")
    assert_frame_equal(read.figures, figures, check_dtype=False, rtol=1e-9)
    assert_frame_equal(read.freshness, freshness, check_dtype=False)


def test_how_well_each_area_is_placed_is_counted(gridham, town, load_rows) -> None:
    elsewhere = {"x": gridham.WEST + 1.5 * gridham.SIDE, "code": "E01000001"}  # states an area, lies in the next
    load_rows(
        gridham.incident(code="E01000001"),
        gridham.incident(code="E01000001"),
        gridham.incident(**elsewhere),
        gridham.incident(None, None, code="E01000001"),
        gridham.incident(gridham.WEST - 50_000),  # outside the force: in no area
    )
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    audit = check(profiles.area_quality(town, LSOA, live_load_ids(town)), AREA_QUALITY)
    assert audit.to_dict("records") == [
        {"area_code": "E01000001", "n": 4, "n_placed": 3, "n_stated": 3, "n_elsewhere": 1, "n_busiest": 2}
    ]


def test_the_latest_days_are_counted_back_from_the_last_instant_of_the_data(gridham, town, load_rows) -> None:
    load_rows(
        gridham.incident(at="2025-07-31T21:00:00", code="E01000001"),
        gridham.incident(at="2025-07-30T21:30:00", code="E01000001"),  # less than a day before
        gridham.incident(at="2025-07-30T20:30:00", code="E01000001"),  # more than a day before
        gridham.incident(at="2025-06-01T20:30:00", month="2025-06", code="E01000001"),  # too long ago
        gridham.incident(code="E01000001"),  # only the month is known
    )
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    loads = live_load_ids(town)
    recent = check(profiles.recent_counts(town, LSOA, loads, n_days=28), RECENT_COUNTS)
    assert recent[["area_code", "age_days", "n"]].to_numpy().tolist() == [["E01000001", 0, 2], ["E01000001", 1, 1]]
    last_at, n_days = profiles.last_instants(town, loads, time_zone="Europe/London")
    assert (last_at, n_days) == ("2025-07-31 22:00", 60)
    fresh = profiles.source_freshness(town, loads, time_zone="Europe/London", counted=["another"])
    assert fresh.to_dict("records") == [
        {"source": "police.uk street", "is_counted": False, "first_month": "2025-06", "last_month": "2025-07",
         "last_at": "2025-07-31 22:00", "n": 5, "n_timed": 4}
    ]  # fmt: skip


def test_without_times_there_is_no_last_instant(gridham, town, load_rows) -> None:
    load_rows(gridham.incident(code="E01000001"))
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    loads = live_load_ids(town)
    assert profiles.last_instants(town, loads, time_zone="Europe/London") == (None, 0)
    assert profiles.recent_counts(town, LSOA, loads, n_days=28).empty
    assert profiles.source_freshness(town, loads, time_zone="Europe/London")["last_at"].tolist() == [None]


def test_the_nation_of_the_latest_load_is_read(town: Connection) -> None:
    def store(sha256: str, numerator: float) -> None:
        totals = pd.DataFrame(
            {"variable": ["no_car"], "place": ["England"], "n_areas": [3], "numerator": [numerator],
             "denominator": [100.0]}
        )  # fmt: skip
        store_people(
            town,
            PeopleTable(
                LSOA, f"{sha256}.csv", sha256, "nomis_bulk",
                (PeopleVariable("no_car", "Households without a car", "cars", "share", "TS045", "2021"),),
                pd.DataFrame([("E01000001", "no_car", 1.0, 4.0)], columns=list(PEOPLE_VALUE_COLUMNS)),
                pd.DataFrame({"row_number": [], "column": [], "reason": [], "raw": []}), 1, totals=totals,
            ),
        )  # fmt: skip

    store("first", 20.0)
    store("second", 30.0)
    read = check(profiles.people_totals(town, LSOA, live_load_ids(town)), PEOPLE_TOTALS)
    assert read[["place", "numerator", "denominator"]].to_numpy().tolist() == [["England", 30.0, 100.0]]
    assert profiles.people_totals(town, WARD, live_load_ids(town)).empty
