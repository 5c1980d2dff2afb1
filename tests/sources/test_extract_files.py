"""Force extracts: the mapping, the clock changes, intervals, places and categories."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from domain.errors import SettingsError, SourceError
from domain.incidents import INCIDENT_COLUMNS, IncidentFile, Kind
from sources.clock import read_local_times
from sources.force_extract import open_extract, read_mapping
from sources.kinds import UnknownKinds

HERE = Path(__file__).parent

MAPPING = """
dataset = "demoshire log"
time_zone = "Europe/London"
epsg = 27700
place_precision = "exact"

[columns]
reference = "log_no"
begins = "from"
ends = "to"
x = "easting"
y = "northing"
category = "class"
location = "where"
reported_by = "by"

[formats]
time = "%d/%m/%Y %H:%M"

[officer_generated]
reported_by = ["Officer"]

[kinds]
"ASB Nuisance" = { kind = "asb", street = true }
"Stop and search" = { kind = "other", officer_generated = true }
"Damage" = { kind = "minor_crime", street = true, weight = 2.5 }
"""
HEADER = "log_no,from,to,easting,northing,class,where,by"


def row(**change: str) -> str:
    fields = {
        "log_no": "L1",
        "from": "01/07/2025 21:00",
        "to": "01/07/2025 21:30",
        "easting": "360500",
        "northing": "388100",
        "class": "ASB Nuisance",
        "where": "Mill Lane",
        "by": "Public",
    }
    return ",".join((fields | change).values())


@pytest.fixture
def load(write):
    def read(
        *rows: str, mapping: str = MAPPING, header: str = HEADER, **options
    ) -> tuple[IncidentFile, pd.DataFrame, ...]:
        opened = open_extract(
            write("log.csv", "\n".join([header, *rows]) + "\n"),
            mapping=read_mapping(write("m.toml", mapping)),
            **options,
        )
        batches = list(opened.batches)
        remarks = Counter()
        for batch in batches:
            remarks.update(batch.remarks)
        kept = pd.concat([batch.rows for batch in batches], ignore_index=True)
        return opened, kept, pd.concat([batch.rejected for batch in batches], ignore_index=True), remarks

    return read


def test_row_is_read_as_the_mapping_says(load):
    opened, rows, rejected, remarks = load(row(), row(**{"to": "", "by": "Officer", "class": "Damage"}))
    assert rejected.empty
    assert remarks == {"made by police activity: kept and shown, never scored": 1}
    assert tuple(rows.columns) == tuple(INCIDENT_COLUMNS)
    first, second = rows.iloc[0], rows.iloc[1]
    assert first["begins_at"] == datetime(2025, 7, 1, 20, tzinfo=UTC)
    assert first["ends_at"] == datetime(2025, 7, 1, 20, 30, tzinfo=UTC)
    assert (first["time_precision"], second["time_precision"]) == ("interval", "instant")
    assert second["ends_at"] == second["begins_at"]
    assert (first["x"], first["y"], first["place_precision"]) == (360500.0, 388100.0, "exact")
    assert (first["location"], first["reference"], first["outcome"]) == ("Mill Lane", "L1", None)
    assert rows["is_officer_generated"].tolist() == [False, True]
    assert (opened.source, opened.scope, opened.epsg) == ("demoshire log", "demoshire log log", 27700)
    assert opened.mapping_sha256 is not None
    assert opened.kinds[2].weight == 2.5
    assert opened.kinds[0].kind is Kind.ASB


def test_clock_changes_follow_the_stated_rule_and_are_counted(load):
    _, rows, _, remarks = load(
        row(**{"from": "30/03/2025 01:30", "to": ""}), row(**{"from": "26/10/2025 01:30", "to": ""}), row()
    )
    assert rows["begins_at"][0] == datetime(2025, 3, 30, 1, tzinfo=UTC)
    assert rows["begins_at"][1] == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert sorted((text.split("(")[0].strip(), n) for text, n in remarks.items()) == [
        ("the local time does not exist", 1),
        ("the local time exists twice", 1),
    ]


def test_double_hour_is_the_first_where_winter_time_is_the_exception():
    # in the rules of Ireland, winter is a negative daylight saving time
    times = read_local_times(["26/10/2025 01:30"], formats=["%d/%m/%Y %H:%M"], zone=ZoneInfo("Europe/Dublin"))
    assert times.utc[0] == np.datetime64("2025-10-26T00:30", "us")
    assert times.is_double_hour.tolist() == [True]


def test_end_before_begin_is_kept_as_an_instant_and_counted(load):
    _, rows, rejected, remarks = load(row(to="01/07/2025 20:59"), row())
    assert rejected.empty
    assert rows["ends_at"][0] == rows["begins_at"][0]
    assert rows["time_precision"].tolist() == ["instant", "interval"]
    assert remarks == {"the end lies before the begin: kept as an instant at its begin": 1}


def test_days_without_an_hour_become_whole_local_days(load):
    mapping = MAPPING.replace("%d/%m/%Y %H:%M", "%d/%m/%Y")
    _, rows, _, _ = load(
        row(**{"from": "30/03/2025", "to": ""}), row(**{"from": "01/07/2025", "to": "02/07/2025"}), mapping=mapping
    )
    hours = (rows["ends_at"] - rows["begins_at"]).dt.total_seconds() / 3600
    assert hours.tolist() == [23.0, 48.0]
    assert rows["time_precision"].tolist() == ["interval", "interval"]


def test_several_formats_and_offsets_are_read(load):
    mapping = MAPPING.replace('"%d/%m/%Y %H:%M"', '["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z"]')
    _, rows, rejected, _ = load(row(to=""), row(**{"from": "2025-07-01T21:00:00+02:00", "to": ""}), mapping=mapping)
    assert rejected.empty
    assert rows["begins_at"].dt.hour.tolist() == [20, 19]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"from": ""}, "from", "blank"),
        ({"from": "31/02/2025 10:00"}, "from", "formats"),
        ({"from": "01/07/1066 10:00"}, "from", "formats"),
        ({"to": "later"}, "to", "formats"),
        ({"class": " "}, "class", "the category is blank"),
        ({"easting": "x"}, "easting", "not a number"),
        ({"easting": "SJ 405 665"}, "easting", "a grid reference stands in place of a coordinate"),
        ({"easting": "SJ405665"}, "easting", "a grid reference stands in place of a coordinate"),
        ({"easting": "CW1 2AB"}, "easting", "a postcode stands in place of a coordinate"),
        ({"northing": "///filled.count.soap"}, "northing", "three words stand in place of a coordinate"),
        ({"easting": '"360,500"'}, "easting", "the coordinate has commas between its digits"),
        ({"from": "01/07/2025 24:00"}, "from", "there is no hour 24: write 00:00 of the next day"),
        ({"to": "01/07/2025 24:00"}, "to", "there is no hour 24: write 00:00 of the next day"),
        ({"northing": ""}, "northing", "only one"),
        ({"easting": "-2.59", "northing": "53.38"}, "easting", "look like degrees"),
        ({"easting": "5000000"}, "easting", "outside the area in which EPSG:27700"),
    ],
)
def test_bad_row_is_rejected_with_column_and_reason(load, change, column, reason):
    _, rows, rejected, _ = load(row(), row(**change), row())
    assert rows["row_number"].tolist() == [2, 4]
    assert rejected[["row_number", "column"]].to_numpy().tolist() == [[3, column]]
    assert reason in rejected["reason"][0]


def test_future_is_judged_only_where_a_latest_time_is_given(load):
    late = row(**{"from": "01/07/2031 10:00", "to": ""})
    assert len(load(row(), late)[1]) == 2
    _, rows, rejected, _ = load(row(), row(), late, latest=datetime(2025, 12, 31, tzinfo=UTC))
    assert len(rows) == 2
    assert rejected["reason"].tolist() == ["the time lies in the future"]


def test_blank_and_zero_places_are_kept_without_a_point(load):
    _, rows, rejected, remarks = load(row(easting="", northing=""), row(easting="0", northing="0.0"), row())
    assert rejected.empty
    assert rows["place_precision"].tolist() == ["none", "none", "exact"]
    assert remarks == {"x and y are both 0: kept without a place": 1}


def test_bounds_of_the_mapping_tell_exchanged_coordinates(load):
    mapping = MAPPING.replace("epsg = 27700", "epsg = 27700\nbounds = [300000, 370000, 400000, 410000]")
    _, _, rejected, _ = load(row(), row(), row(easting="388100", northing="360500"), mapping=mapping)
    assert rejected["reason"].tolist() == ["x and y look exchanged"]


def test_file_with_mostly_unknown_categories_is_refused_and_lists_them(load):
    with pytest.raises(SourceError, match=r'"Noise" 2, "Litter" 1'):
        load(row(), row(**{"class": "Noise"}), row(**{"class": "Noise"}), row(**{"class": "Litter"}))


def test_columns_that_the_file_lacks_are_named_together(load):
    with pytest.raises(SourceError) as caught:
        load(row(), header=HEADER.replace("easting", "e").replace("class", "type"))
    assert [fault.column for fault in caught.value.faults] == ["class", "easting"]


def test_other_delimiter_and_encoding_are_read_where_the_mapping_states_them(write):
    mapping = 'delimiter = ";"\nencoding = "cp1252"\n' + MAPPING
    text = f"{HEADER}\n{row(where='Café £ Row')}\n".replace(",", ";").encode("cp1252")
    opened = open_extract(write("log.csv", text), mapping=read_mapping(write("m.toml", mapping)))
    rows = pd.concat([batch.rows for batch in opened.batches])
    assert rows["location"].tolist() == ["Café £ Row"]
    assert opened.notes == ("read as cp1252, as the mapping states",)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('dataset = "demoshire log"', "", "dataset"),
        ("epsg = 27700", "epsg = 1", "epsg"),
        ('time_zone = "Europe/London"', 'time_zone = "Mars"', "time_zone"),
        ('"exact"', '"roughly"', "place_precision"),
        ('begins = "from"', "", "columns.begins"),
        ('category = "class"', "", "category"),
        ('reported_by = "by"', "", "reported_by"),
        ('x = "easting"', 'x = "easting"\nshift = "b"', "columns.shift"),
        ('"%d/%m/%Y %H:%M"', '"%H:%M"', "formats.time"),
        ('"%d/%m/%Y %H:%M"', '"%Q"', "formats.time"),
        ('kind = "asb"', 'kind = "nuisance"', "kinds.ASB Nuisance.kind"),
        ("weight = 2.5", "weight = -1", "kinds.Damage.weight"),
        ("[kinds]", "[kinds", "not TOML"),
    ],
)
def test_mapping_that_makes_no_sense_is_refused_and_names_the_entry(write, old, new, named):
    assert old in MAPPING
    with pytest.raises(SettingsError) as caught:
        read_mapping(write("m.toml", MAPPING.replace(old, new)))
    assert named in caught.value.message


def test_time_zone_comes_from_the_mapping_or_from_the_caller(load):
    mapping = MAPPING.replace('time_zone = "Europe/London"', "")
    with pytest.raises(SettingsError, match="no time zone"):
        load(row(), mapping=mapping)
    assert load(row(), mapping=mapping, time_zone="America/Toronto")[1]["begins_at"][0].hour == 1


@pytest.mark.real_data
def test_real_intervals_of_new_york_load_through_a_mapping(real_data):
    path = real_data / "nyc" / "nyc_vehicle_thefts_2014_2017_intervals.csv.gz"
    opened = open_extract(path, mapping=read_mapping(HERE / "data" / "nyc_vehicle_thefts.toml"))
    rows = pd.concat([batch.rows for batch in opened.batches], ignore_index=True)
    with gzip.open(path, "rt") as stream:
        raw = pd.read_csv(stream)
    assert len(rows) == len(raw) == 35_746
    assert raw["end_time"].isna().sum() == 2_852
    begins = pd.to_datetime(raw["begin_time"])
    local = rows["begins_at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    assert (local == begins).mean() == 1.0
    assert (rows.loc[raw["end_time"].isna(), "time_precision"] == "instant").all()
    assert (rows["time_precision"] == "interval").sum() == (pd.to_datetime(raw["end_time"]) > begins).sum()


def test_a_category_without_a_kind_refuses_the_load_unless_told_otherwise(load):
    rows_of = (
        row(),
        row(**{"class": "Moonlighting"}),
        row(),
        row(**{"class": "Moonlighting"}),
        row(**{"class": "Owls"}),
    )
    with pytest.raises(SourceError, match=r'"Moonlighting" 2, "Owls" 1 \(3 of 5 rows\)') as caught:
        load(*rows_of)
    assert "State their kinds in the mapping" in caught.value.hint
    _, kept, rejected, _ = load(*rows_of[:4], unknown_kinds=UnknownKinds.REJECT)
    assert (len(kept), rejected["reason"].unique().tolist()) == (2, ["the category is not in the mapping"])
    file, kept, rejected, _ = load(*rows_of, mapping='unknown_kinds = "other"\n' + MAPPING)
    assert (len(kept), len(rejected)) == (5, 0)
    assert {rule.kind for rule in file.kinds if rule.category in {"Moonlighting", "Owls"}} == {Kind.OTHER}
    assert 'counted as other, as no kind is stated for them: "Moonlighting" 2, "Owls" 1' in file.notes


def test_the_agency_is_that_of_a_column_else_that_of_the_mapping(load):
    council = MAPPING.replace("[formats]", '[constants]\nsource_agency = "Halton Council"\n\n[formats]')
    _, rows, _, _ = load(row(), row(), mapping=council)
    assert rows["source_agency"].tolist() == ["Halton Council"] * 2
    shared = council.replace('reported_by = "by"', 'reported_by = "by"\nsource_agency = "agency"', 1)
    _, rows, _, _ = load(row() + ",Weaver Homes", row() + ",", mapping=shared, header=f"{HEADER},agency")
    assert rows["source_agency"].tolist() == ["Weaver Homes", "Halton Council"]
    assert "source_agency" not in load(row())[1]


def test_what_staff_saw_themselves_is_kept_and_marked_as_never_scoring(load):
    council = MAPPING.replace('reported_by = ["Officer"]', 'reported_by = ["Warden"]')
    _, rows, _, _ = load(row(by="Warden"), row(by="Public"), mapping=council)
    assert rows["is_officer_generated"].tolist() == [True, False]


def test_rows_with_a_day_only_beside_rows_with_an_hour_become_that_local_day(load):
    mapping = MAPPING.replace('"%d/%m/%Y %H:%M"', '["%d/%m/%Y %H:%M", "%d/%m/%Y"]')
    pairs = (
        ("01/07/2025 21:30", ""),
        ("01/07/2025", ""),
        ("30/03/2025", ""),  # the day on which clocks go forward has 23 hours
        ("01/07/2025", "02/07/2025"),
        ("01/07/2025", "02/07/2025 06:00"),
        ("01/07/2025 21:30", "02/07/2025"),
    )
    _, rows, rejected, remarks = load(*(row(**{"from": a, "to": b}) for a, b in pairs), mapping=mapping)
    assert rejected.empty
    told = [(str(r.begins_at)[:16], str(r.ends_at)[:16], str(r.time_precision)) for r in rows.itertuples()]
    assert told == [
        ("2025-07-01 20:30", "2025-07-01 20:30", "instant"),
        ("2025-06-30 23:00", "2025-07-01 23:00", "interval"),
        ("2025-03-30 00:00", "2025-03-30 23:00", "interval"),
        ("2025-06-30 23:00", "2025-07-02 23:00", "interval"),
        ("2025-06-30 23:00", "2025-07-02 05:00", "interval"),
        ("2025-07-01 20:30", "2025-07-02 23:00", "interval"),
    ]
    assert remarks == {"only the day is known: kept as the whole day": 4}
