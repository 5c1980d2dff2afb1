"""Odd data through a whole refresh: a clear state or message on the page, never a crash or an invented figure."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import shapely

from db import write
from db.read import live_load_ids
from db.results import read_backtests, read_red_times, read_zones
from domain.areas import GeographyKey
from domain.incidents import ScoringSet
from domain.months import LocalMonth
from domain.records import RecordKind
from redzones.demoshire.writers import write_features
from redzones.refresh import refresh
from redzones.settings import Settings
from sources.boundaries import read_boundaries
from sources.force_extract import open_extract, read_mapping
from sources.records import read_records_file, template

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

    from hotspots.results import BacktestResult, RedTimesResult, RedZonesResult

LSOA, WARD, DISTRICT = (GeographyKey.parse(key) for key in ("lsoa:2021", "ward:2025", "district:2025"))
DECEMBER = LocalMonth(2025, 12)
WEST, SOUTH = 350_000, 370_000
MAPPING = """
dataset = "log"
time_zone = "Europe/London"
epsg = 27700
place_precision = "exact"
[columns]
reference = "log"
begins = "from"
x = "x"
y = "y"
category = "class"
[formats]
time = "%Y-%m-%d %H:%M"
[kinds]
"ASB" = { kind = "asb", street = true }
"Burglary" = { kind = "other" }
"""
#: Four small areas of 2 by 2 km, two wards, one district.
MAINLAND = tuple(shapely.box(WEST + 2_000 * i, SOUTH, WEST + 2_000 * (i + 1), SOUTH + 2_000) for i in range(4))
#: The same with water between them, the last one a rock of 240 m.
ISLANDS = (*(shapely.buffer(shapely.Point(WEST + 3_000 * i, SOUTH), 700) for i in range(3)),
           shapely.box(WEST + 9_000, SOUTH, WEST + 9_240, SOUTH + 240))  # fmt: skip

Row = tuple[str, float, float, str]


@dataclass(frozen=True)
class Refreshed:
    """What a refresh of a small force left behind."""

    zones: RedZonesResult
    backtest: BacktestResult
    times: RedTimesResult
    site: Path

    def words(self, page: str = "force.html") -> str:
        """Return the words of a page."""
        text = (self.site / page).read_text(encoding="utf-8")
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))

    def exported(self) -> list[dict[str, str]]:
        """Return the rows of the exported zones."""
        with (self.site / "exports" / "red-zones-street.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def refreshed(fresh_engine: Engine, tmp_path: Path) -> Callable[..., Refreshed]:
    """Return a function that loads a small force with some incidents and refreshes it."""

    def run(
        rows: Sequence[Row],
        *,
        ground: Sequence[shapely.Geometry] = MAINLAND,
        records: dict[RecordKind, Sequence[str]] | None = None,
        **changes: object,
    ) -> Refreshed:
        _load(fresh_engine, tmp_path, rows, ground, records or {})
        report = refresh(fresh_engine, _settings(tmp_path / "site", **changes), month=DECEMBER)
        with fresh_engine.connect() as connection:
            found = (read(connection, report.run_id) for read in (read_zones, read_backtests))
            zones, backtests = (by_set["street"] for by_set in found)
            times = read_red_times(connection, report.run_id)
        assert times is not None
        return Refreshed(zones, backtests, times, tmp_path / "site" / "current")

    return run


def _settings(site: Path, **changes: object) -> Settings:
    plain = Settings()
    quick: dict[str, object] = {
        "site": plain.site.model_copy(update={"folder": site}),
        "segments": plain.segments.model_copy(update={"k_most": 2, "starts": 2, "resamples": 2}),
        "hotspots": plain.hotspots.model_copy(update={"test_months": 3, "scoring_sets": (ScoringSet.STREET,)}),
    }
    return plain.model_copy(update=quick | changes)


def _load(
    engine: Engine,
    folder: Path,
    rows: Sequence[Row],
    ground: Sequence[shapely.Geometry],
    records: dict[RecordKind, Sequence[str]],
) -> None:
    small = write_features(
        folder / "lsoa.geojson",
        [({"LSOA21CD": f"E0100000{i}", "LSOA21NM": f"Block {i}"}, shape) for i, shape in enumerate(ground)],
    )
    halves = [shapely.union_all(list(ground[:2])), shapely.union_all(list(ground[2:]))]
    names = [("E05000001", "Westward"), ("E05000002", "Eastward")]
    wards = write_features(
        folder / "ward.geojson",
        [
            ({"WD25CD": code, "WD25NM": name, "LAD25CD": "E07000001", "LAD25NM": "Shire"}, shape)
            for (code, name), shape in zip(names, halves, strict=True)
        ],
    )
    log, mapping = folder / "log.csv", folder / "log.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    lines = [f"L{i},{at},{x:.0f},{y:.0f},{kind}" for i, (at, x, y, kind) in enumerate(rows)]
    log.write_text("\n".join(["log,from,x,y,class", *lines, ""]), encoding="utf-8")
    with engine.begin() as connection:
        write.store_boundaries(connection, read_boundaries(small, key=LSOA))
        write.store_boundaries(connection, read_boundaries(wards, key=WARD, parent_key=DISTRICT))
        extract = open_extract(log, mapping=read_mapping(mapping))
        write.store_incidents(connection, extract, time_zone="Europe/London")
        for kind, given in records.items():
            file = folder / f"{kind}.csv"
            file.write_text("\n".join([template(kind), *given, ""]), encoding="utf-8")
            write.store_records(connection, read_records_file(file, kind=kind, epsg=27700))
        assert live_load_ids(connection)


def spread(n_a_month: int, *, months: Sequence[int] = range(1, 13), at: str = "21:30") -> list[Row]:
    """Return incidents at the same few places month by month, more at the first of them."""
    places = [(WEST + 500 + 800 * i, SOUTH + 900 + 30 * i) for i in range(5)]
    order = [0, 0, 0, 1, 1, 2, 3, 4]
    return [
        (f"2025-{month:02d}-{1 + i % 28:02d} {at}", *places[order[i % len(order)]], "ASB")
        for month in months
        for i in range(n_a_month)
    ]


def figures(zones: pd.DataFrame) -> pd.DataFrame:
    return zones[["score", "expected_per_month", "expected_lower", "expected_upper", "firmness", "area_km2"]]


def test_incidents_that_never_score_give_no_zone_and_a_sentence(refreshed) -> None:
    found = refreshed([(f"2025-12-{day:02d} 12:00", WEST + 500, SOUTH + 500, "Burglary") for day in range(1, 29)])
    assert found.zones.zones.empty
    assert found.exported() == []
    assert "No public-reported incident of the chosen kinds lies in the force in these months: there are no zones." in (
        found.words()
    )
    assert "The past is too short for a back-test" in found.backtest.reason


def test_one_incident_is_one_zone_of_one_address_and_no_model_is_claimed(refreshed) -> None:
    found = refreshed([("2025-12-05 21:30", WEST + 500, SOUTH + 900, "ASB")])
    zones = found.zones.zones
    assert zones["n_incidents"].tolist() == [1]
    assert zones["is_single_address"].tolist() == [True]
    assert figures(zones).notna().all(axis=None)
    assert "The past is too short for a back-test" in found.words("method.html")
    assert "One address: problem-solving, not patrol" in found.words()
    assert found.times.windows.empty


def test_all_at_one_point_is_one_zone_that_is_not_for_patrol(refreshed) -> None:
    rows = [(f"2025-{m:02d}-{d:02d} 21:30", WEST + 500, SOUTH + 900, "ASB") for m in range(1, 13) for d in range(1, 9)]
    found = refreshed(rows)
    zones = found.zones.zones
    assert zones["n_incidents"].tolist() == [96]
    assert zones["top_place_share"].tolist() == [1.0]
    assert found.exported()[0]["is_single_address"] == "1"
    assert found.zones.notes[0] == "Patrol could cover 5 zones; incidents of the chosen kinds support 1."


def test_all_in_one_hour_is_one_red_time_and_a_week_that_adds_up(refreshed) -> None:
    found = refreshed(spread(16, at="21:30"))
    force = found.times.matrix[found.times.matrix["scope"] == "force"]
    assert found.times.state == "ok"
    assert force.loc[force["share"].idxmax(), "hour"] == 21
    assert force["share"].sum() == pytest.approx(1, abs=1e-6)
    windows = found.times.windows
    assert len(windows)
    length = (windows["end_hour"] - windows["begin_hour"] - 1) % 24 + 1  # over midnight, too
    assert ((21 - windows["begin_hour"]) % 24 < length).all()


def test_a_single_month_has_zones_no_back_test_and_no_season(refreshed) -> None:
    found = refreshed(spread(16, months=[12]))
    assert len(found.zones.zones) >= 1
    assert found.backtest.ledger.empty
    words = found.words()
    assert "Of the last 12 months, data of 1 are loaded." in words
    assert "a season shows in 24 months in a row, and there are 1 month." in words


def test_a_budget_of_more_zones_than_the_force_holds_places_what_incidents_support(refreshed) -> None:
    patrol = Settings().patrol.model_copy(update={"visits_per_day": 400, "visits_per_zone": 1, "most_zones": 300})
    found = refreshed(spread(16), patrol=patrol)
    assert found.zones.capacity == 300
    assert 1 <= len(found.zones.zones) <= 5
    assert found.zones.notes[0].startswith("Patrol could cover 300 zones; incidents of the chosen kinds support ")
    assert found.backtest.summary["hit_rate"].max() <= 1
    assert (found.backtest.ledger["area_share"] <= 1).all()


def test_a_force_of_islands_has_zones_on_land_only(refreshed) -> None:
    at = [(WEST, SOUTH), (WEST + 3_000, SOUTH + 650), (WEST + 9_120, SOUTH + 120)]
    rows = [(f"2025-{m:02d}-{d:02d} 21:30", *at[(m + d) % 3], "ASB") for m in range(1, 13) for d in range(1, 13)]
    found = refreshed(rows, ground=ISLANDS)
    zones = found.zones.zones
    land = shapely.union_all(list(ISLANDS))
    assert len(zones) == 3
    assert shapely.area(shapely.difference(zones.geometry.to_numpy(), land.buffer(1.0))).max() == pytest.approx(
        0, abs=1
    )
    assert 0.6 * 0.0625 <= zones["area_km2"].min() <= 0.24**2  # on the rock: at least three fifths of a circle
    assert zones["n_incidents"].sum() == 144


def test_an_islet_on_which_no_zone_fits_is_named_with_its_incidents(refreshed) -> None:
    rock = shapely.box(WEST + 9_000, SOUTH, WEST + 9_100, SOUTH + 100)
    rows = [(f"2025-{m:02d}-15 21:30", WEST + 9_050, SOUTH + 50, "ASB") for m in range(1, 13) for _ in range(4)]
    found = refreshed([*rows, *spread(8)], ground=(*MAINLAND[:3], rock))
    assert (found.zones.zones["centre_x"] < WEST + 6_000).all()
    assert found.zones.zones["n_incidents"].sum() <= 96
    said = "Incidents on ground in the force on which no zone fits: 48 of 144 (a zone needs 60 % of its circle)."
    assert said in found.words()


def test_points_outside_the_force_place_nothing_and_are_counted(refreshed) -> None:
    outside = [(f"2025-{m:02d}-15 12:00", WEST - 9_000, SOUTH, "ASB") for m in range(1, 13) for _ in range(9)]
    found = refreshed([*spread(8), *outside])
    assert found.zones.zones["n_incidents"].sum() <= 96
    assert (found.zones.zones["centre_x"] > WEST).all()
    report = json.loads((found.site / "report.json").read_text(encoding="utf-8"))
    assert report["run"]
    assert "108" in found.words("data.html")


def test_all_points_outside_the_force_give_no_zone(refreshed) -> None:
    found = refreshed([("2025-12-05 21:30", WEST - 9_000, SOUTH, "ASB")] * 40)
    assert found.zones.zones.empty
    assert "there are no zones" in found.words()


def test_overlapping_overrides_apply_in_order_and_are_logged(refreshed) -> None:
    x, y = WEST + 500, SOUTH + 900
    rules = [
        f"O1,exclude,{x},{y},150,,custody suite,Analyst,2025-01-01,",
        f"O2,exclude,{x + 60},{y},150,,the same building,Analyst,2025-01-01,",
        f"O3,nudge,{x + 100},{y},300,1.5,new underpass,Analyst,2025-01-01,",
        f"O4,nudge,{x + 800},{y},300,9,near the bus station,Analyst,2025-01-01,",
        f"O5,nudge,{x + 850},{y},300,9,the same place again,Analyst,2025-01-01,",
    ]
    found = refreshed(spread(16), records={RecordKind.OVERRIDES: rules})
    log = found.zones.overrides
    assert log is not None
    assert log["override_id"].tolist() == ["O1", "O2", "O3", "O4", "O5"]
    zones = found.zones.zones
    from_excluded = ((zones["centre_x"] - x) ** 2 + (zones["centre_y"] - y) ** 2) ** 0.5
    assert (from_excluded > 9).all()
    held = shapely.union_all([shapely.buffer(shapely.Point(x + east, y), 149) for east in (0, 60)])
    assert shapely.area(shapely.intersection(zones.geometry.to_numpy(), held)).max() < 50
    assert zones["nudge_factor"].max() == pytest.approx(10, rel=0.01)  # 9 times 9, held at 10
    assert "exclusions first, then nudges" in found.words().lower()


def test_shifts_over_midnight_are_whole_windows(refreshed) -> None:
    rows = [*spread(12, at="23:30"), *spread(12, at="00:30")]
    shifts = ["shift,Day,2025-01-01 08:00,2025-01-01 18:00,", "shift,Night,2025-01-01 18:00,2025-01-02 08:00,"]
    found = refreshed(rows, records={RecordKind.CALENDAR: shifts})
    assert found.times.shifts == ("Day 08:00-18:00", "Night 18:00-08:00")
    force = found.times.windows[found.times.windows["scope"] == "force"]
    over = force[force["end_hour"] % 24 < force["begin_hour"] % 24]
    assert len(over) >= 1
    assert "Night" in found.words("times.html")
