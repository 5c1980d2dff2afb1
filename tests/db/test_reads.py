"""What the core reads: the agreed tables, through the loads of a run, on the wall clock of the force."""

from __future__ import annotations

import pandas as pd
import pytest

from db.read import (
    input_fingerprint,
    kinds,
    live_load_ids,
    load_detail,
    load_list,
    months_available,
    n_untimed,
    place_counts,
    timed_incidents,
)
from db.write import refresh_assignments
from domain.areas import GeographyKey
from domain.errors import DatabaseError
from domain.incidents import Kind, KindRule
from domain.months import LocalMonth
from domain.schemas import KINDS, PLACE_COUNTS, TIMED_INCIDENTS, check

LSOA, WARD = GeographyKey("lsoa", 2021), GeographyKey("ward", 2025)
JULY, AUGUST = LocalMonth(2025, 7), LocalMonth(2025, 8)


def test_kinds_are_read_by_source(gridham, connection, load_rows):
    load_rows(gridham.incident())
    load_rows(gridham.incident(), source="force", sha256="other")
    table = check(kinds(connection, ["force"]), KINDS)
    assert table["category"].tolist() == ["Anti-social behaviour", "Drugs", "Shoplifting"]
    assert table["is_street"].tolist() == [True, False, False]
    assert table["is_officer_generated"].tolist() == [False, True, False]
    assert set(kinds(connection)["source"]) == {"force", "police.uk street"}


def test_the_latest_statement_of_a_kind_holds(gridham, connection, load_rows):
    load_rows(gridham.incident())
    heavier = KindRule("Anti-social behaviour", Kind.ASB, is_street=True, weight=2.0)
    load_rows(gridham.incident(), sha256="second", scope="second", kinds=(heavier,))
    table = kinds(connection).set_index("category")
    assert table.loc["Anti-social behaviour", "weight"] == 2.0
    assert len(table) == 3


def test_counts_by_place_and_month_are_read_through_the_loads(gridham, connection, load_rows):
    first = load_rows(gridham.incident(), gridham.incident(), gridham.incident(None, None))
    second = load_rows(
        gridham.incident(is_officer_generated=True),
        gridham.incident(month="2025-08"),
        sha256="b",
        scope="b",
        source="c",
    )
    window = {"first": JULY, "last": AUGUST}
    both = check(place_counts(connection, load_ids=[first.load_id, second.load_id], **window), PLACE_COUNTS)
    assert both[["month_index", "is_officer_generated", "n"]].to_numpy().tolist() == [
        [JULY.index, False, 2],
        [JULY.index, True, 1],
        [AUGUST.index, False, 1],
    ]
    assert place_counts(connection, load_ids=[first.load_id], **window)["n"].tolist() == [2]
    assert place_counts(connection, load_ids=live_load_ids(connection), sources=["c"], **window)["n"].sum() == 2
    assert place_counts(connection, load_ids=[first.load_id], first=AUGUST, last=AUGUST).empty
    assert [str(m) for m in months_available(connection, live_load_ids(connection))] == ["2025-07", "2025-08"]
    assert months_available(connection, live_load_ids(connection), ["police.uk street"]) == (JULY,)


def test_times_are_read_on_the_wall_clock(gridham, town, load_rows):
    load_rows(
        gridham.incident(),
        gridham.incident(at="2025-07-01T21:30:00"),
        gridham.incident(at="2025-07-01T22:30:00", until="2025-07-02T06:00:00"),
        gridham.incident(at="2025-07-03T10:00:00", until=None),
        gridham.incident(None, None, at="2025-07-03T10:00:00"),  # nowhere: not in any zone
        gridham.incident(at="2025-12-24T21:30:00"),
    )
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    window = {"load_ids": live_load_ids(town), "first": JULY, "last": LocalMonth(2025, 12)}
    table = check(timed_incidents(town, time_zone="Europe/London", patrol=WARD, **window), TIMED_INCIDENTS)
    assert table["begins_at"].astype(str).tolist() == [
        "2025-07-01 22:30:00", "2025-07-01 23:30:00", "2025-07-03 11:00:00", "2025-12-24 21:30:00",
    ]  # fmt: skip
    assert table["ends_at"].iloc[0] == table["begins_at"].iloc[0]
    assert str(table["ends_at"].iloc[1]) == "2025-07-02 07:00:00"
    assert pd.isna(table["ends_at"].iloc[2])
    assert set(table["patrol_code"]) == {"E05000001"}
    assert n_untimed(town, **window) == 1
    assert timed_incidents(town, time_zone="Europe/London", **window)["patrol_code"].tolist() == [None] * 4


def test_the_fingerprint_is_of_the_files_and_kinds_and_not_of_numbers(fresh_engine, gridham, connection, load_rows):
    from db.write import store_incidents

    load_rows(gridham.incident(), sha256="gone")
    load_rows(gridham.incident(), sha256="first")
    here = input_fingerprint(connection, live_load_ids(connection))
    with fresh_engine.begin() as other:
        file = gridham.incident_file([gridham.batch([gridham.incident()])], sha256="first")
        store_incidents(other, file, time_zone="Europe/London")
        assert live_load_ids(other) != live_load_ids(connection)
        assert input_fingerprint(other, live_load_ids(other)) == here
    changed = (*gridham.KINDS[1:], KindRule("Anti-social behaviour", Kind.ASB, weight=3.0))
    load_rows(gridham.incident(), sha256="second", scope="another", source="police.uk street", kinds=changed)
    first_only = live_load_ids(connection)[:1]
    assert input_fingerprint(connection, first_only) != here


def test_loads_are_listed_in_words(gridham, connection, load_rows):
    report = load_rows(gridham.incident(), gridham.incident(month="2025-08"))
    row = load_list(connection).iloc[-1].to_dict()
    assert row["months"] == "2025-07 to 2025-08"
    assert (row["kind"], row["state"], row["rows_in"], row["kept"], row["rejected"]) == ("incidents", "live", 2, 2, 0)
    assert load_detail(connection, report.load_id)["months"] == ["2025-07", "2025-08"]
    with pytest.raises(DatabaseError, match="there is no load 999"):
        load_detail(connection, 999)
