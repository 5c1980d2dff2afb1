"""police.uk street files: the real ones to the row, and each way in which one can be bad."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from domain.errors import RedzonesError, SettingsError, SourceError
from domain.incidents import INCIDENT_COLUMNS, REJECTED_COLUMNS, IncidentFile, Kind
from domain.months import LocalMonth
from sources.kinds import POLICE_ACTIVITY, UnknownKinds, police_uk_kinds
from sources.police_uk import open_street

LONDON = "Europe/London"


def drain(file: IncidentFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    batches = list(file.batches)
    return (
        pd.concat([batch.rows for batch in batches], ignore_index=True),
        pd.concat([batch.rejected for batch in batches], ignore_index=True),
    )


def raw_rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.real_data
def test_real_months_of_2025_are_kept_whole_and_kind_by_kind(cheshire):
    kinds = {rule.category: rule.kind for rule in police_uk_kinds()}
    found, expected, asb_rows = Counter(), Counter(), []
    for month in range(1, 13):
        path = cheshire / "crime" / f"2025-{month:02d}-cheshire-street.csv.gz"
        raw = raw_rows(path)
        file = open_street(path, time_zone=LONDON)
        rows, rejected = drain(file)
        assert (len(rows), len(rejected)) == (len(raw), 0)
        assert rows["row_number"].tolist() == list(range(2, len(raw) + 2))
        assert rows["x"].tolist() == [float(row["Longitude"]) for row in raw]
        assert rows["stated_area_code"].tolist() == [row["LSOA code"] or None for row in raw]
        assert file.months == (LocalMonth(2025, month),)
        assert file.scope == f"cheshire 2025-{month:02d}"
        found.update(rows["category"].map(kinds))
        expected.update(kinds[row["Crime type"]] for row in raw)
        asb_rows += [tuple(row.values()) for row in raw if row["Crime type"] == "Anti-social behaviour"]
    assert found == expected
    assert found.total() == 80_955
    assert found[Kind.ASB] == len(asb_rows) == 7_248
    # rows that are equal in every field are real incidents: none of them is dropped
    assert sum(n - 1 for n in Counter(asb_rows).values()) == 1_248


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("first", "last", "rows", "asb"),
    [((2016, 2), (2017, 2), 96_640, 35_640), ((2023, 3), (2023, 3), 7_438, None)],
)
def test_real_months_of_other_eras_are_kept_whole(cheshire, first, last, rows, asb):
    months, found = [LocalMonth(*first)], Counter()
    while months[-1] != LocalMonth(*last):
        months.append(months[-1].shift(1))
    for month in months:
        kept, rejected = drain(open_street(cheshire / "crime" / f"{month}-cheshire-street.csv.gz", time_zone=LONDON))
        assert rejected.empty
        found.update(kept["category"])
    assert found.total() == rows
    assert asb is None or found["Anti-social behaviour"] == asb


def test_batches_have_the_agreed_columns_and_types(write, street_header, street_row):
    path = write(
        "2025-07-cheshire-street.csv", f"{street_header}\n{street_row(month='2025-07', outcome='Local resolution')}\n"
    )
    file = open_street(path, time_zone=LONDON)
    rows, rejected = drain(file)
    assert tuple(rows.columns) == tuple(INCIDENT_COLUMNS)
    assert tuple(rejected.columns) == REJECTED_COLUMNS
    first = rows.iloc[0]
    assert first["begins_at"] == datetime(2025, 6, 30, 23, tzinfo=UTC)
    assert first["ends_at"] == datetime(2025, 7, 31, 23, tzinfo=UTC)
    assert rows["begins_at"].dtype == rows["ends_at"].dtype == "datetime64[us, UTC]"
    assert (first["time_precision"], first["place_precision"]) == ("month", "snapped")
    assert (first["location"], first["reference"], first["outcome"]) == ("Mill Lane", None, "Local resolution")
    assert (file.source, file.epsg, file.is_open_data) == ("police.uk street", 4326, True)


def test_no_location_and_blank_fields_become_none_and_blank_points_are_kept(write, street_header, street_row):
    lines = [
        street_row(location="No Location", longitude="", latitude="", lsoa=""),
        street_row(location="On or near "),
        street_row(location="  "),
        street_row(location="On or near Station Road ", crime_type="Drugs"),
    ]
    rows, rejected = drain(open_street(write("a.csv", "\n".join([street_header, *lines]) + "\n"), time_zone=LONDON))
    assert rejected.empty
    assert rows["location"].tolist() == [None, None, None, "Station Road"]
    assert rows["place_precision"].tolist() == ["none", "snapped", "snapped", "snapped"]
    assert np.isnan(rows["x"][0])
    assert rows["stated_area_code"][0] is None
    assert rows["is_officer_generated"].tolist() == [False, False, False, True]


def test_rows_that_police_activity_made_are_told(write, street_header, street_row):
    lines = [street_row(crime_type=kind) for kind in ("Drugs", "Other theft", "Possession of weapons")]
    file = open_street(write("a.csv", "\n".join([street_header, *lines]) + "\n"), time_zone=LONDON)
    assert [dict(batch.remarks) for batch in file.batches] == [{POLICE_ACTIVITY: 2}]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"crime_type": ""}, "Crime type", "blank"),
        ({"month": "December 2025"}, "Month", "YYYY-MM"),
        ({"month": "2025-13"}, "Month", "YYYY-MM"),
        ({"longitude": "west"}, "Longitude", "not a number"),
        ({"latitude": "nan"}, "Latitude", "not a number"),
        ({"longitude": "1e999"}, "Longitude", "not a number"),
        ({"longitude": ""}, "Longitude", "only one"),
        ({"longitude": "53.388041", "latitude": "-2.597311"}, "Longitude", "longitude and latitude look exchanged"),
        ({"longitude": "351916", "latitude": "385810"}, "Longitude", "outside the United Kingdom"),
        ({"longitude": "0", "latitude": "0"}, "Longitude", "outside the United Kingdom"),
    ],
)
def test_bad_row_is_rejected_with_column_reason_and_raw_text(write, street_header, street_row, change, column, reason):
    lines = [street_header, street_row(), street_row(**change), street_row()]
    path = write("2025-12-cheshire-street.csv", "\n".join(lines) + "\n")
    rows, rejected = drain(open_street(path, time_zone=LONDON))
    assert rows["row_number"].tolist() == [2, 4]
    assert rejected[["row_number", "column", "raw"]].to_numpy().tolist() == [[3, column, lines[2]]]
    assert reason in rejected["reason"][0]


def test_wrong_number_of_fields_is_rejected_and_the_rest_kept(write, street_header, street_row):
    lines = [street_header, street_row(), "a,b,c", street_row() + ",,", street_row(), street_row()]
    rows, rejected = drain(open_street(write("2025-12-x-street.csv", "\r\n".join(lines) + "\r\n"), time_zone=LONDON))
    assert rows["row_number"].tolist() == [2, 5, 6]
    assert rejected["row_number"].tolist() == [3, 4]
    assert rejected["raw"][0] == "a,b,c"


def test_blank_lines_are_no_rows_but_keep_their_number(write, street_header, street_row):
    path = write("a.csv", f"{street_header}\n\n{street_row()}\n\n{street_row()}\n\n")
    rows, rejected = drain(open_street(path, time_zone=LONDON))
    assert rows["row_number"].tolist() == [3, 5]
    assert rejected.empty


def test_row_of_another_month_refuses_the_file_and_names_the_first(write, street_header, street_row):
    lines = [street_header, street_row(), street_row(), street_row(month="2025-11"), street_row(month="2025-10")]
    file = open_street(write("2025-12-cheshire-street.csv", "\n".join(lines) + "\n"), time_zone=LONDON)
    with pytest.raises(SourceError, match="2025-11 but the file is of 2025-12") as caught:
        drain(file)
    assert (caught.value.faults[0].row, caught.value.faults[0].column) == (4, "Month")


def test_expected_month_must_be_that_of_the_file(write, street_header, street_row):
    path = write("2025-12-cheshire-street.csv", f"{street_header}\n{street_row()}\n")
    assert open_street(path, time_zone=LONDON, expected_month=LocalMonth(2025, 12)).months == (LocalMonth(2025, 12),)
    with pytest.raises(SourceError, match="2025-12, not 2025-11"):
        open_street(path, time_zone=LONDON, expected_month=LocalMonth(2025, 11))


def test_file_without_a_telling_name_takes_month_and_force_from_its_rows(write, street_header, street_row):
    file = open_street(write("export.csv.gz", f"{street_header}\n{street_row()}\n"), time_zone=LONDON)
    assert file.scope == "cheshire 2025-12"


def test_false_month_in_the_name_and_rows_without_any_month_are_refused(write, street_header, street_row):
    with pytest.raises(SourceError, match="not a month"):
        open_street(write("2025-13-cheshire-street.csv", f"{street_header}\n{street_row()}\n"), time_zone=LONDON)
    with pytest.raises(SourceError, match="YYYY-MM"):
        open_street(write("a.csv", f"{street_header}\n{street_row(month='soon')}\n"), time_zone=LONDON)


def test_missing_columns_are_named_together(write, street_row):
    header = "Crime ID,Month,Reported by,Falls within,Longitude,Lat,Location,LSOA code,LSOA name,Outcome type"
    with pytest.raises(SourceError) as caught:
        open_street(write("a.csv", f"{header}\n1,2,3,4,5,6,7,8,9,10\n"), time_zone=LONDON)
    assert [fault.column for fault in caught.value.faults] == ["Latitude", "Crime type"]
    assert caught.value.message.count("a.csv") == 1
    assert caught.value.hint == "This is an outcomes file: name the street file of the month."


def test_extra_columns_and_another_order_are_allowed(write):
    header = "Note,Crime type,Month,Latitude,Longitude,Location,LSOA code,Crime ID,Falls within,Last outcome category"
    row = "x,Burglary,2025-12,53.3,-2.5,On or near A,E01012500,id,Cheshire Constabulary,"
    rows, _ = drain(open_street(write("a.csv", f"\ufeff{header}\n{row}\n"), time_zone=LONDON))
    assert rows[["category", "x", "y", "reference"]].to_numpy().tolist() == [["Burglary", -2.5, 53.3, "id"]]


def test_file_cut_in_the_middle_of_a_row_is_refused_and_names_it(write, street_header, street_row):
    text = f"{street_header}\n{street_row()}\n{street_row()}"
    whole = write("2025-12-a-street.csv", text)
    assert len(drain(open_street(whole, time_zone=LONDON))[0]) == 2
    with pytest.raises(SourceError, match="middle of this row") as caught:
        drain(open_street(write("2025-12-b-street.csv", text[:-40]), time_zone=LONDON))
    assert caught.value.faults[0].row == 3


@pytest.mark.real_data
def test_real_file_cut_in_its_gzip_is_refused_before_any_row(cheshire, tmp_path):
    real = (cheshire / "crime" / "2025-12-cheshire-street.csv.gz").read_bytes()
    path = tmp_path / "2025-12-cheshire-street.csv.gz"
    path.write_bytes(real[: len(real) // 2])
    with pytest.raises(SourceError, match="breaks off before its end"):
        open_street(path, time_zone=LONDON)


def test_open_quotation_mark_is_refused_instead_of_swallowing_rows(write, street_header, street_row):
    lines = [street_header, street_row(), street_row(location='"On or near'), street_row(), street_row(location='x"')]
    with pytest.raises(SourceError, match="quotation mark") as caught:
        drain(open_street(write("2025-12-a-street.csv", "\n".join(lines) + "\n"), time_zone=LONDON))
    assert caught.value.faults[0].row is not None


def test_header_without_rows_and_mostly_wrong_files_are_refused(write, street_header, street_row):
    with pytest.raises(SourceError, match="no rows"):
        open_street(write("a.csv", street_header + "\n"), time_zone=LONDON)
    lines = [street_header, street_row(), *[street_row(crime_type="Noise")] * 3, street_row(crime_type="Litter")]
    file = open_street(write("2025-12-a-street.csv", "\n".join(lines) + "\n"), time_zone=LONDON)
    with pytest.raises(SourceError, match=r'"Noise" 3, "Litter" 1 \(4 of 5 rows\)') as caught:
        drain(file)
    assert (caught.value.faults[0].row, caught.value.faults[0].column) == (3, "Crime type")


def test_unknown_time_zone_is_refused(write, street_header, street_row):
    for name in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(SettingsError):
            open_street(write("a.csv", f"{street_header}\n{street_row()}\n"), time_zone=name)


def test_every_category_is_counted_as_methods_say():
    rules = {rule.category: rule for rule in police_uk_kinds()}
    minor = {"Criminal damage and arson", "Public order", "Shoplifting", "Other theft", "Bicycle theft"}
    assert {c for c, rule in rules.items() if rule.kind is Kind.MINOR_CRIME} == minor
    assert {c for c, rule in rules.items() if rule.kind is Kind.ASB} == {"Anti-social behaviour"}
    assert {c for c, rule in rules.items() if rule.is_street} == {"Anti-social behaviour", "Criminal damage and arson"}
    assert {c for c, rule in rules.items() if rule.is_officer_generated} == {"Drugs", "Possession of weapons"}
    assert len(rules) == 16


def test_rows_beyond_one_batch_keep_their_order_and_numbers(write, street_header, street_row):
    text = "\n".join([street_header, *[street_row(crime_id=str(i)) for i in range(61_234)]]) + "\n"
    batches = list(open_street(write("2025-12-big-street.csv", text), time_zone=LONDON).batches)
    assert len(batches) == 2
    rows = pd.concat([batch.rows for batch in batches])
    assert rows["reference"].tolist() == [str(i) for i in range(61_234)]
    assert rows["row_number"].tolist() == list(range(2, 61_236))


def test_every_refusal_is_a_redzones_error_with_its_own_exit_code():
    assert issubclass(SourceError, RedzonesError)
    assert SourceError.exit_code == 3


def test_an_unknown_crime_type_refuses_the_file_unless_told_otherwise(write, street_header, street_row):
    lines = [street_header, *[street_row()] * 5, street_row(crime_type="Witchcraft"), street_row()]
    path = write("2025-12-cheshire-street.csv", "\n".join(lines) + "\n")
    with pytest.raises(SourceError, match=r'"Witchcraft" 1 \(1 of 7 rows\)') as caught:
        drain(open_street(path, time_zone=LONDON))
    assert "--unknown-kinds other" in caught.value.hint
    rows, rejected = drain(open_street(path, time_zone=LONDON, unknown_kinds=UnknownKinds.REJECT))
    assert (len(rows), rejected["reason"].tolist()) == (6, ["the crime type is not known"])
    told = open_street(path, time_zone=LONDON, unknown_kinds=UnknownKinds.OTHER)
    rule = next(rule for rule in told.kinds if rule.category == "Witchcraft")
    assert (rule.kind, rule.is_street) == (Kind.OTHER, False)
    assert told.notes == ('counted as other, as no kind is stated for them: "Witchcraft" 1',)
    rows, rejected = drain(told)
    assert (len(rows), len(rejected), rows["category"].tolist().count("Witchcraft")) == (7, 0, 1)


def test_a_month_in_the_future_is_refused(write, street_header, street_row):
    path = write("2031-01-cheshire-street.csv", f"{street_header}\n{street_row(month='2031-01')}\n")
    with pytest.raises(SourceError, match="2031-01 lies in the future"):
        open_street(path, time_zone=LONDON, latest=datetime(2025, 12, 31, tzinfo=UTC))


def test_a_file_of_a_byte_order_mark_alone_holds_no_table(write):
    with pytest.raises(SourceError, match="holds no table"):
        open_street(write("2025-12-cheshire-street.csv", "\ufeff"), time_zone=LONDON)


def test_headers_in_capitals_or_with_blanks_around_names_are_known(write, street_header, street_row):
    shouted = ", ".join(street_header.upper().split(","))
    path = write("2025-12-cheshire-street.csv", f"{shouted}\n{street_row(outcome='Charged')}\n")
    (batch,) = open_street(path, time_zone="Europe/London").batches
    assert batch.rows[["category", "outcome"]].to_numpy().tolist() == [["Anti-social behaviour", "Charged"]]


def test_any_other_table_is_sent_to_a_mapping_and_a_damaged_street_file_to_the_publisher(write):
    with pytest.raises(SourceError, match='column "Crime type": the column is missing') as caught:
        open_street(write("log.csv", "log,when,e,n\n1,2,3,4\n"), time_zone="Europe/London")
    assert "redzones load propose FILE" in str(caught.value.hint)
    assert "--mapping" in str(caught.value.hint)
    path = write("2025-12-cheshire-street.csv", "Month,Falls within,Longitude,Latitude,Crime type\n,,,,\n")
    with pytest.raises(SourceError, match='"Location": the column is missing') as caught:
        open_street(path, time_zone="Europe/London")
    assert caught.value.hint == "Download the file again from data.police.uk."


@pytest.mark.parametrize(("separator", "called", "written"), [(";", "semicolons", '";"'), ("\t", "tabs", r'"\t"')])
def test_a_file_with_other_separators_says_which(write, street_header, street_row, separator, called, written):
    text = f"{street_header}\n{street_row()}\n".replace(",", separator)
    with pytest.raises(SourceError, match=f"the fields are separated by {called}, not by commas") as caught:
        open_street(write("2025-12-cheshire-street.csv", text), time_zone="Europe/London")
    assert f"delimiter = {written}" in str(caught.value.hint)


def test_a_file_of_another_force_under_this_name_is_told(write, street_header, street_row):
    text = f"{street_header}\n{street_row()}\n"
    own = open_street(write("2025-12-cheshire-street.csv", text), time_zone="Europe/London")
    assert own.notes == ()
    other = open_street(write("2025-12-gwent-street.csv", text), time_zone="Europe/London")
    assert other.notes == (
        'the rows are of "Cheshire Constabulary", and the file name says gwent: see that it is the right file',
    )
