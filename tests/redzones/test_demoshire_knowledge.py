"""What people and partners of Demoshire know: files that the readers take whole, and copies that the store flags."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point
from sqlalchemy import Engine

from db.duplicates import flag_duplicates, possible_duplicates
from db.read import live_load_ids
from db.write import store_incidents
from domain.areas import GeographyKey
from domain.records import LayerKind, RecordKind
from redzones.demoshire import CountyFiles, write_county
from redzones.demoshire.calendar_days import bank_holidays
from redzones.demoshire.knowledge import KnowledgeFiles
from sources.force_extract import open_extract, read_mapping
from sources.layers import read_layer
from sources.people import read_people
from sources.records import read_records_file

LONDON = "Europe/London"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CountyFiles:
    folder = tmp_path_factory.mktemp("county")
    return write_county(folder, seed=5, n_small_areas=60, n_months=14, n_incidents=6_000)


@pytest.fixture(scope="module")
def known(files: CountyFiles) -> KnowledgeFiles:
    assert files.known is not None
    return files.known


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # as published: gov.uk/bank-holidays
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2023, "01-02 04-07 04-10 05-01 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
    ],
)
def test_bank_holidays_are_those_of_england(year: int, days: str) -> None:
    assert [day for _, day in bank_holidays(year)] == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


# a profile is agreed by people, so an invented county comes with none
@pytest.mark.parametrize("kind", [kind for kind in RecordKind if kind is not RecordKind.AGREEMENTS])
def test_every_record_file_is_read_without_a_refused_row(known: KnowledgeFiles, kind: RecordKind) -> None:
    table = read_records_file(getattr(known, str(kind)), kind=kind, epsg=27700)
    assert len(table.frame) == table.rows_read > 0
    assert table.rejected.empty


def test_the_calendar_knows_every_kind_of_day(known: KnowledgeFiles) -> None:
    frame = read_records_file(known.calendar, kind=RecordKind.CALENDAR).frame
    assert set(frame["category"]) == {"bank_holiday", "school_term", "school_holiday", "match_day", "shift"}
    shifts = frame[frame["category"] == "shift"]
    assert (shifts["ends_at"] - shifts["begins_at"]).sum() == pd.Timedelta(days=1)


def test_excluded_ground_lies_apart_from_every_planted_hot_spot(files: CountyFiles, known: KnowledgeFiles) -> None:
    frame = read_records_file(known.overrides, kind=RecordKind.OVERRIDES, epsg=27700).frame
    excluded = frame[frame["rule"] == "exclude"].iloc[0]
    hot = gpd.read_file(files.truth / "planted_hot_spots.geojson").to_crs(27700)
    assert hot.distance(Point(excluded["x"], excluded["y"])).min() > excluded["radius_m"]


def test_roads_are_lines_with_names(known: KnowledgeFiles) -> None:
    layer = read_layer(known.roads, kind=LayerKind.ROADS)
    assert len(layer.frame) > 100
    assert layer.frame["feature_name"].notna().all()
    assert layer.frame.geometry.is_valid.all()
    assert 50 < layer.frame.to_crs(27700).length.median() < 1_000


def test_the_workday_population_carries_its_warning(files: CountyFiles) -> None:
    assert files.workday is not None
    table = read_people(files.workday, key=GeographyKey("lsoa", 2021))
    assert table.frame["area_code"].nunique() == 60
    assert any("pandemic" in note for note in table.notes)


def test_cases_that_the_police_logged_too_are_flagged(files: CountyFiles, fresh_engine: Engine) -> None:
    assert files.council is not None
    assert files.council_mapping is not None
    copies = len(pd.read_csv(Path(files.truth) / "council_cases.csv"))
    with fresh_engine.begin() as connection:
        for file, mapping in ((files.force_log, files.force_mapping), (files.council, files.council_mapping)):
            opened = open_extract(file, mapping=read_mapping(mapping))
            report = store_incidents(connection, opened, time_zone=LONDON)
            assert report.rejected == 0
        flag_duplicates(connection, [report.load_id])
        pairs = possible_duplicates(connection, live_load_ids(connection))
    assert set(pairs["kind"]) == {"asb"}
    assert set(pairs["agency"]) == {"Demoshire Council", "Weaver Homes"}
    # all but the copies of logs with a swapped or wide interval are found, and few others
    assert 0.8 * copies < len(pairs) < 2.5 * copies
