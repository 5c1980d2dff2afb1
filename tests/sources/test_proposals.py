"""A drafted mapping: it reads back, it loads the file it was made from, and it says what it is unsure of."""

from __future__ import annotations

import tomllib

import pandas as pd
import pyogrio
import pytest

from domain.errors import SettingsError, SourceError
from sources.force_extract import open_extract, read_mapping
from sources.propose import propose_mapping

LONDON = "Europe/London"
HEADER = "Log No,From,To,Easting,Northing,Closing Class,Qualifiers,Parent Log,Result,Premises,Reported By"
ROWS = (
    "L1,01/07/2025 21:00,13/07/2025 22:00,360500,388100,ASB Nuisance,Alcohol;Domestic,,No trace,Dwelling,Public",
    "L2,02/07/2025 21:00,,360600,388200,Criminal Damage,,L1,Arrest,Street,Officer",
    "L3,03/07/2025 21:00,,360600,388200,ASB Personal,,,Cancelled,Street,Public",
    "L4,04/07/2025 21:00,,360600,388200,Suspicious Circumstances,,,Arrest,Street,Public",
)


def unsure(text: str) -> dict[str, str]:
    lines = [line.split("  # unsure: ") for line in text.splitlines() if "  # unsure: " in line]
    return {entry.split(" = ")[0].strip('"'): why for entry, why in lines}


@pytest.fixture
def propose(write):
    def draft(*rows: str, header: str = HEADER, name: str = "log.csv"):
        path = write(name, "\n".join([header, *rows]) + "\n")
        text = propose_mapping(path, time_zone=LONDON)
        return path, text, read_mapping(write("draft.toml", text))

    return draft


def test_a_draft_loads_the_file_it_was_made_from(propose):
    path, _, mapping = propose(*ROWS)
    (batch,) = open_extract(path, mapping=mapping).batches
    assert (len(batch.rows), len(batch.rejected)) == (4, 0)
    assert batch.rows["not_counted_because"].tolist() == ["no_trace", None, "cancelled", None]
    assert batch.rows["not_scored_because"].tolist() == ["domestic", None, None, None]
    assert batch.rows["parent"].tolist() == [None, "L1", None, None]
    assert batch.rows["is_officer_generated"].tolist() == [False, True, False, False]
    assert {name: rule.kind.value for name, rule in mapping.kinds.items()} == {
        "ASB Nuisance": "asb",
        "ASB Personal": "asb",
        "Criminal Damage": "minor_crime",
        "Suspicious Circumstances": "other",
    }
    assert (mapping.kinds["ASB Personal"].weight, mapping.kinds["ASB Personal"].street) == (0, False)


def test_a_draft_says_what_it_is_unsure_of_and_only_that(propose):
    _, text, _ = propose(*ROWS)
    doubts = unsure(text)
    assert "no word of it is known; 1 rows" in doubts["Suspicious Circumstances"]
    assert {"dataset", "place_precision"} < set(doubts)
    assert not {"epsg", "time_zone", "begins", "x", "ASB Nuisance", "Criminal Damage", "time"} & set(doubts)


def test_days_and_months_that_could_be_exchanged_are_unsure(propose):
    _, text, mapping = propose(*[row.replace("13/07", "03/07") for row in ROWS])
    assert mapping.formats.time == ("%d/%m/%Y %H:%M",)
    assert unsure(text)["time"] == "%m/%d/%Y %H:%M fits as well"


def test_columns_that_cannot_be_told_are_asked_for(propose, write):
    path, text, mapping = propose("a,b,c", "d,e,f", header="Alpha,Beta,Gamma")
    doubts = unsure(text)
    assert {"begins", "x", "y", "category", "epsg", "time"} <= set(doubts)
    assert "# not used: Alpha, Beta, Gamma" in text
    with pytest.raises(SourceError, match="column is missing"):
        open_extract(path, mapping=mapping)


def test_two_columns_for_one_field_are_both_named(propose):
    header = "ref,start,date,easting,northing,class"
    _, text, mapping = propose("a,01/07/2025 21:00,01/07/2025,360500,388100,ASB", header=header)
    assert mapping.columns.begins == "start"
    assert unsure(text)["begins"] == "it could also be date"


def test_separators_encodings_and_odd_words_survive(write):
    text = 'ref;start;long;lat;class\n1;2025-07-01 21:00;-2.5;53.3;"Café ""noise"" \\ # = x"\n'
    path = write("log.csv", text.encode("cp1252"))
    draft = propose_mapping(path, time_zone=LONDON)
    mapping = read_mapping(write("m.toml", draft))
    assert (mapping.delimiter, mapping.encoding, mapping.epsg) == (";", "cp1252", 4326)
    assert list(mapping.kinds) == ['Café "noise" \\ # = x']
    (batch,) = open_extract(path, mapping=mapping).batches
    assert len(batch.rows) == 1


def test_a_workbook_is_drafted_too(tmp_path, write):
    frame = pd.DataFrame([row.split(",") for row in ROWS], columns=HEADER.split(","))
    frame["From"] = pd.to_datetime(frame["From"], format="%d/%m/%Y %H:%M")
    frame[["Easting", "Northing"]] = frame[["Easting", "Northing"]].astype(float)
    path = tmp_path / "log.xlsx"
    pyogrio.write_dataframe(frame, path, driver="XLSX", layer="Logs")
    mapping = read_mapping(write("m.toml", propose_mapping(path, time_zone=LONDON)))
    (batch,) = open_extract(path, mapping=mapping).batches
    assert len(batch.rows) == 4


@pytest.mark.real_data
def test_real_extracts_of_other_countries_are_drafted(real_data):
    toronto = real_data / "toronto" / "toronto_mci_2014_2021.csv.gz"
    table = tomllib.loads(propose_mapping(toronto, time_zone="America/Toronto"))
    assert table["columns"] | {"beat": "neighbourhood"} == {
        "begins": "datetime",
        "x": "lon",
        "y": "lat",
        "category": "category",
        "place_type": "premises_type",
        "beat": "neighbourhood",
    }
    assert (table["epsg"], table["formats"]["time"]) == (4326, "%Y-%m-%d %H:%M")


def test_bad_files_and_zones_are_refused(write):
    with pytest.raises(SourceError):
        propose_mapping(write("a.csv", "only a header\n"), time_zone=LONDON)
    with pytest.raises(SourceError, match="as many fields"):
        propose_mapping(write("a.csv", "a,b\n1\n"), time_zone=LONDON)
    with pytest.raises(SettingsError):
        propose_mapping(write("b.csv", "a,b\n1,2\n"), time_zone="Nowhere")


def test_times_under_another_name_and_in_several_formats_are_found(tmp_path):
    path = tmp_path / "mixed.csv"
    times = ["25/03/2016 21:30", "2016-03-27 21:30:00", "27-Mar-16 21:30", "28/03/2016"]
    path.write_text(
        "Log,Rep'd at,Easting,Northing\n" + "".join(f"L{i},{t},360500,388100\n" for i, t in enumerate(times))
    )
    draft = propose_mapping(path, time_zone="Europe/London")
    told = tomllib.loads(draft)
    assert told["columns"]["begins"] == "Rep'd at"
    assert "the texts of this one are times" in draft
    assert told["formats"]["time"] == ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d-%b-%y %H:%M", "%d/%m/%Y"]
    assert "fits 100% of the times; a row with a day only means the whole day" in draft


def test_a_draft_that_nobody_completed_says_what_to_name(tmp_path):
    path, mapping = tmp_path / "log.csv", tmp_path / "log.toml"
    path.write_text("Log,When,Easting,Northing\nL1,yesterday,360500,388100\n")
    mapping.write_text(propose_mapping(path, time_zone="Europe/London"))
    with pytest.raises(SourceError) as caught:
        open_extract(path, mapping=read_mapping(mapping))
    assert 'name the column in place of "?" at begins' in str(caught.value.hint)
