"""police.uk stop and search: the real files to the row, the clock, and what is never read."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime

import pandas as pd
import pytest

from domain.errors import SourceError
from domain.incidents import INCIDENT_COLUMNS
from domain.months import LocalMonth
from sources.monthly import open_monthly
from sources.stop_search import open_stop_search, search_kinds

LONDON = "Europe/London"
NAME = "2025-06-cheshire-stop-and-search.csv"
HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing"
)


def search_row(
    *,
    searched="Person search",
    at="2025-06-01T00:38:00+00:00",
    latitude="53.100992",
    longitude="-2.473827",
    thing="Controlled drugs",
    outcome="Arrest",
) -> str:
    return f"{searched},{at},,,{latitude},{longitude},Male,25-34,White - British,White,An Act,{thing},{outcome},True,"


@pytest.fixture
def read(write):
    def read_rows(*rows: str, name: str = NAME, header: str = HEADER):
        file = open_stop_search(write(name, "\n".join([header, *rows]) + "\n"), time_zone=LONDON)
        batches = list(file.batches)
        kept = pd.concat([batch.rows for batch in batches], ignore_index=True)
        rejected = pd.concat([batch.rejected for batch in batches], ignore_index=True)
        remarks = {remark: n for batch in batches for remark, n in batch.remarks.items()}
        return file, kept, rejected, remarks

    return read_rows


@pytest.mark.real_data
def test_real_files_are_kept_whole_with_and_without_coordinates(cheshire):
    rows_in = without = 0
    for month in ("2023-03", "2025-06", "2025-07", "2025-08", "2025-09"):
        path = cheshire / "crime" / f"{month}-cheshire-stop-and-search.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            raw = list(csv.DictReader(stream))
        file = open_monthly(path, time_zone=LONDON)
        batches = list(file.batches)
        rows = pd.concat([batch.rows for batch in batches])
        assert sum(len(batch.rejected) for batch in batches) == 0
        assert all(not batch.remarks for batch in batches)
        assert tuple(rows.columns) == tuple(INCIDENT_COLUMNS)
        assert [t.to_pydatetime() for t in rows["begins_at"]] == [datetime.fromisoformat(r["Date"]) for r in raw]
        assert rows["is_officer_generated"].all()
        assert (file.source, file.scope) == ("police.uk stop-and-search", f"cheshire {month} stop-and-search")
        rows_in += len(raw)
        without += int((rows["place_precision"] == "none").sum())
    assert (rows_in, without) == (5_780, 194)


def test_no_category_can_score():
    assert all(rule.is_officer_generated and rule.weight == 0 and not rule.is_street for rule in search_kinds())
    assert len({rule.category for rule in search_kinds()}) == len(search_kinds())


def test_times_are_taken_by_their_offset_and_months_are_local(read):
    file, kept, rejected, remarks = read(
        search_row(at="2025-05-31T23:45:00+00:00"), search_row(at="2025-06-01T01:45:00+01:00")
    )
    assert rejected.empty
    assert kept["begins_at"].tolist() == [
        datetime(2025, 5, 31, 23, 45, tzinfo=UTC),
        datetime(2025, 6, 1, 0, 45, tzinfo=UTC),
    ]
    assert kept["ends_at"].equals(kept["begins_at"].rename("ends_at"))
    assert kept["time_precision"].unique().tolist() == ["instant"]
    assert remarks == {}  # 23:45 UTC is 00:45 on 1 June on the clocks of the force
    assert file.months == (LocalMonth(2025, 6),)


def test_a_search_of_another_local_month_is_kept_with_a_remark(read):
    _, kept, rejected, remarks = read(search_row(at="2025-05-31T22:59:00+00:00"), search_row())
    assert (len(kept), len(rejected), list(remarks.values())) == (2, 0, [1])


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"at": "2025-06-01T00:38:00"}, "Date", "offset"),
        ({"at": ""}, "Date", "blank"),
        ({"at": "yesterday+00:00"}, "Date", "not written"),
        ({"searched": "Dog search"}, "Type", "not known"),
        ({"latitude": ""}, "Latitude", "only one"),
        ({"latitude": "-2.473827", "longitude": "53.100992"}, "Longitude", "exchanged"),
        ({"latitude": "north"}, "Latitude", "not a number"),
    ],
)
def test_bad_rows_are_rejected_with_column_and_reason(read, change, column, reason):
    _, kept, rejected, _ = read(search_row(), search_row(**change), search_row())
    assert kept["row_number"].tolist() == [2, 4]
    assert rejected["column"].tolist() == [column]
    assert reason in rejected["reason"][0]


def test_objects_that_are_blank_or_new_are_kept(read):
    _, kept, rejected, remarks = read(search_row(thing=""), search_row(thing="Sandwiches"))
    assert rejected.empty
    assert kept["category"].tolist() == ["Person search: object not stated", "Person search: another object"]
    assert list(remarks.values()) == [1]


def test_nothing_about_the_person_is_read(read):
    _, kept, _, _ = read(search_row())
    told = " ".join(str(value) for value in kept.iloc[0].tolist())
    assert "White" not in told
    assert "25-34" not in told
    assert "Male" not in told


def test_a_file_without_its_name_is_refused(read):
    with pytest.raises(SourceError, match="do not say their force") as caught:
        read(search_row(), name="searches.csv")
    assert "2025-06-cheshire-stop-and-search.csv" in caught.value.hint


def test_street_and_outcomes_files_are_told_apart(write, street_header, street_row):
    street = open_monthly(write("a.csv", f"{street_header}\n{street_row()}\n"), time_zone=LONDON)
    assert street.source == "police.uk street"
    outcomes = write("2025-12-cheshire-outcomes.csv", "Crime ID,Month,Outcome type\na,2025-12,Suspect charged\n")
    with pytest.raises(SourceError, match="outcomes file") as caught:
        open_monthly(outcomes, time_zone=LONDON)
    assert "redzones load outcomes" in caught.value.hint
    with pytest.raises(SourceError) as caught:
        open_stop_search(write(NAME, f"{street_header}\n{street_row()}\n"), time_zone=LONDON)
    assert [fault.column for fault in caught.value.faults] == ["Type", "Date", "Object of search"]


def test_a_header_that_is_not_csv_is_refused_by_the_reader_that_follows(write):
    with pytest.raises(SourceError, match="carriage return"):
        open_monthly(write(NAME, f"\rType,Date\n{search_row()}\n"), time_zone=LONDON)
