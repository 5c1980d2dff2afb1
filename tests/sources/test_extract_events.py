"""Counting rules of force extracts: what a row says about its event, from CSV and from workbooks alike."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
import pyogrio
import pytest

from domain.errors import SettingsError, SourceError
from domain.incidents import EVENT_COLUMNS, INCIDENT_COLUMNS
from sources.force_extract import open_extract, read_mapping

MAPPING = """
dataset = "demoshire log"
time_zone = "Europe/London"
epsg = 27700
place_precision = "exact"

[columns]
reference = "Log No"
begins = "Start"
x = "Easting"
y = "Northing"
category = "Closing class"
opening_class = "Opening class"
qualifiers = "Qualifiers"
parent = "Parent log"
crime_reference = "Crime ref"
result = "Result"
repeat_caller = "Repeat caller"
domestic = "Domestic"
place_type = "Premises"
asb_category = "ASB type"
beat = "Beat"
reported_by = "Reported by"

[formats]
time = "%d/%m/%Y %H:%M"

[events]
domestic_qualifiers = ["Domestic abuse"]
private_places = ["Dwelling"]
personal = ["Personal"]
results = { "No trace" = "no_trace", "Created in error" = "in_error", "Cancelled by caller" = "cancelled" }

[kinds]
"ASB" = { kind = "asb", street = true }
"Damage" = { kind = "minor_crime", street = true }
"""
BLANK = {
    "Log No": "L1",
    "Start": "01/07/2025 21:00",
    "Easting": "360500",
    "Northing": "388100",
    "Closing class": "ASB",
    **dict.fromkeys(
        ("Opening class", "Qualifiers", "Parent log", "Crime ref", "Result", "Repeat caller", "Domestic", "Premises"),
        "",
    ),
    "ASB type": "Nuisance",
    "Beat": "B1",
    "Reported by": "Public",
}


@pytest.fixture
def read(write):
    def rows(*changes: dict[str, str]) -> pd.DataFrame:
        lines = [",".join(BLANK), *[",".join({**BLANK, **change}.values()) for change in changes]]
        path = write("log.csv", "\n".join(lines) + "\n")
        batches = list(open_extract(path, mapping=read_mapping(write("m.toml", MAPPING))).batches)
        assert all(batch.rejected.empty for batch in batches)
        return pd.concat([batch.rows for batch in batches], ignore_index=True)

    return rows


def test_rows_that_came_to_nothing_are_kept_with_the_reason(read):
    rows = read(
        {},
        {"Result": "No trace"},
        {"Result": "created in error "},
        {"Result": "Cancelled by caller"},
        {"Result": "Advice"},
    )
    assert tuple(rows.columns) == (*INCIDENT_COLUMNS, *EVENT_COLUMNS)
    assert rows["not_counted_because"].tolist() == [None, "no_trace", "in_error", "cancelled", None]


def test_domestic_private_and_personal_events_never_score(read):
    rows = read(
        {"Domestic": "Y"},
        {"Domestic": "N"},
        {"Qualifiers": "Alcohol; DOMESTIC ABUSE"},
        {"Premises": "dwelling"},
        {"Premises": "Street"},
        {"ASB type": "Personal"},
    )
    expected = ["domestic", None, "domestic", "private_place", None, "personal"]
    assert rows["not_scored_because"].tolist() == expected
    assert rows["not_counted_because"].isna().all()


def test_references_are_handed_on_and_facts_kept(read):
    rows = read(
        {"Parent log": "L0", "Crime ref": "C9", "Qualifiers": "Alcohol;Youth", "Repeat caller": "yes", "Domestic": "n"}
    )
    assert rows[["parent", "crime_reference"]].to_numpy().tolist() == [["L0", "C9"]]
    assert json.loads(rows["details"][0]) == {
        "asb_category": "Nuisance",
        "beat": "B1",
        "crime_reference": "C9",
        "is_domestic": False,
        "is_repeat_caller": True,
        "parent_log": "L0",
        "qualifiers": ["Alcohol", "Youth"],
        "reported_by": "Public",
    }


def test_a_repeat_caller_is_a_flag_and_never_an_identity(read):
    rows = read({"Repeat caller": "07700 900123"})
    assert "07700" not in rows["details"][0]
    assert json.loads(rows["details"][0])["is_repeat_caller"] is False


@pytest.mark.parametrize("column", ["result", "place_type", "asb_category", "qualifiers"])
def test_rules_without_their_column_are_refused(write, column):
    lines = [line for line in MAPPING.splitlines() if not line.startswith(f"{column} =")]
    with pytest.raises(SettingsError, match=f"needs the column {column}"):
        read_mapping(write("m.toml", "\n".join(lines)))


def workbook(path, *changes: dict[str, object], layer="Logs"):
    frame = pd.DataFrame([{**BLANK, **change} for change in changes])
    frame["Start"] = pd.to_datetime(frame["Start"], format="%d/%m/%Y %H:%M")
    frame[["Easting", "Northing"]] = frame[["Easting", "Northing"]].astype("int64")
    pyogrio.write_dataframe(frame, path, driver="XLSX", layer=layer)
    return path


def test_a_workbook_gives_the_rows_of_its_csv(read, write, tmp_path):
    changes = [{"Result": "No trace"}, {"Log No": "L2", "Start": "26/10/2025 01:30"}, {"Domestic": "Y"}]
    path = workbook(tmp_path / "log.xlsx", *changes)
    file = open_extract(path, mapping=read_mapping(write("m.toml", MAPPING)))
    rows = pd.concat([batch.rows for batch in file.batches], ignore_index=True)
    pd.testing.assert_frame_equal(rows, read(*changes))
    assert file.notes == ('read from the sheet "Logs"',)
    assert (file.file_name, len(file.sha256)) == ("log.xlsx", 64)


def test_sheets_are_named_and_bad_workbooks_refused(write, tmp_path):
    path = workbook(tmp_path / "log.xlsx", {})
    other = read_mapping(write("m.toml", MAPPING.replace("epsg =", 'sheet = "June"\nepsg =')))
    with pytest.raises(SourceError, match='no sheet "June"') as caught:
        open_extract(path, mapping=other)
    assert caught.value.hint == "It has: Logs."
    mapping = read_mapping(write("m.toml", MAPPING))
    data = path.read_bytes()
    for broken in (data[: len(data) // 2], b"PK\x03\x04" + bytes(50), b"just text"):
        with pytest.raises(SourceError, match="workbook cannot be read"):
            open_extract(write("broken.xlsx", broken), mapping=mapping)
    with pytest.raises(SourceError, match="Parquet"):
        open_extract(write("a.parquet", b"PAR1" + bytes(20)), mapping=mapping)


def test_rejected_rows_of_a_workbook_keep_their_row_number(write, tmp_path):
    path = workbook(tmp_path / "log.xlsx", {}, {"Closing class": " "}, {})
    file = open_extract(path, mapping=read_mapping(write("m.toml", MAPPING)))
    found = Counter()
    for batch in file.batches:
        found.update({"kept": len(batch.rows), **{int(n): 1 for n in batch.rejected["row_number"]}})
    assert found == {"kept": 2, 3: 1}


@pytest.mark.parametrize("formats", ['["%d/%m/%Y %H:%M", "%d/%m/%Y"]', '["%d/%m/%Y", "%d/%m/%Y %H:%M"]'])
def test_days_among_the_times_of_a_workbook_are_whole_days_in_whichever_order_formats_stand(write, tmp_path, formats):
    path = workbook(tmp_path / "log.xlsx", {}, {"Start": "02/07/2025 00:00"})  # a cell at midnight holds a day
    file = open_extract(path, mapping=read_mapping(write("m.toml", MAPPING.replace('"%d/%m/%Y %H:%M"', formats))))
    (batch,) = file.batches
    told = batch.rows[["begins_at", "ends_at"]].map(lambda time: str(time)[:16]).to_numpy().tolist()
    assert told == [["2025-07-01 20:00", "2025-07-01 20:00"], ["2025-07-01 23:00", "2025-07-02 23:00"]]
