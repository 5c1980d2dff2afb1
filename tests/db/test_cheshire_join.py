"""The join on the real Cheshire of 2025: every row accounted for, every area hit, every ward with its people."""

from __future__ import annotations

import csv
import gzip
from collections import Counter

import pytest

from db.read import area_counts, areas, best_fit_links, force_area, kinds, live_load_ids, location_quality, place_counts
from db.write import refresh_assignments, store_boundaries, store_incidents, store_links
from domain.areas import GeographyKey
from domain.months import LocalMonth
from sources.boundaries import read_boundaries
from sources.lookups import read_centroids, read_lookup
from sources.police_uk import open_street

pytestmark = pytest.mark.real_data

LSOA, WARD, DISTRICT = (GeographyKey.parse(key) for key in ("lsoa:2021", "ward:2025", "district:2025"))
YEAR = {"first": LocalMonth(2025, 1), "last": LocalMonth(2025, 12)}
ASB = "Anti-social behaviour"


@pytest.fixture(scope="module")
def loaded(engine, cheshire):
    with engine.connect() as connection:
        transaction = connection.begin()
        for path in sorted(cheshire.glob("boundaries/lsoa/*.geojson.gz")):
            store_boundaries(connection, read_boundaries(path, key=LSOA))
        for path in sorted(cheshire.glob("boundaries/ward/*.geojson.gz")):
            store_boundaries(connection, read_boundaries(path, key=WARD, parent_key=DISTRICT))
        lookup = cheshire / "lookups" / "lsoa11_lsoa21_lad22.csv.gz"
        store_links(connection, read_lookup(lookup, source=GeographyKey("lsoa", 2011), target=LSOA))
        store_links(connection, read_centroids(next(cheshire.glob("lookups/lsoa21_pwc/*.shp")), key=LSOA))
        for path in sorted(cheshire.glob("crime/2025-*-street.csv.gz")):
            store_incidents(connection, open_street(path, time_zone="Europe/London"), time_zone="Europe/London")
        yield connection, refresh_assignments(connection, small_area=LSOA, patrol=WARD)
        transaction.rollback()


@pytest.fixture(scope="module")
def raw_counts(cheshire):
    """Return rows of the raw files by month and category."""
    counts = Counter()
    for path in sorted(cheshire.glob("crime/2025-*-street.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            counts.update((row["Month"], row["Crime type"]) for row in csv.DictReader(file))
    return counts


def by_month_and_category(connection, frame):
    category = kinds(connection).set_index("kind_id")["category"]
    frame = frame.assign(category=frame["kind_id"].map(category))
    sums = frame.groupby(["month_index", "category"])["n"].sum()
    return {(str(LocalMonth(0, 1).shift(month)), name): n for (month, name), n in sums.items()}


def test_each_row_is_joined_or_flagged(loaded):
    _, found = loaded
    assert found == {"outside": 123, "stated": 80_832}


def test_counts_equal_those_of_the_raw_files_kind_by_kind(loaded, raw_counts):
    connection, _ = loaded
    counted = by_month_and_category(connection, place_counts(connection, load_ids=live_load_ids(connection), **YEAR))
    assert counted == dict(raw_counts)
    assert sum(raw_counts.values()) == 80_955
    assert sum(n for (_, category), n in raw_counts.items() if category == ASB) == 7_248


def test_every_small_area_is_hit(loaded):
    connection, _ = loaded
    counted = area_counts(connection, geography=LSOA, load_ids=live_load_ids(connection), **YEAR)
    assert counted["n"].sum() == 80_832
    assert set(counted["area_code"]) == set(areas(connection, LSOA)["area_code"])
    assert counted["area_code"].nunique() == 678


@pytest.mark.parametrize(("key", "n_areas"), [(WARD, 137), (DISTRICT, 4)])
def test_larger_areas_lose_no_incident(loaded, key, n_areas):
    connection, _ = loaded
    counted = area_counts(connection, geography=key, load_ids=live_load_ids(connection), **YEAR)
    assert counted["n"].sum() == 80_832
    assert counted["area_code"].nunique() == n_areas


def test_every_ward_gets_at_least_two_small_areas(loaded):
    connection, _ = loaded
    links = best_fit_links(connection, LSOA, WARD)
    assert len(links) == links["source_code"].nunique() == 678
    sizes = links.groupby("target_code").size()
    assert len(sizes) == 137
    assert sizes.min() >= 2
    assert set(links["how"]) == {"centroid"}


def test_small_areas_go_to_the_district_of_their_ward(loaded):
    connection, _ = loaded
    ward = best_fit_links(connection, LSOA, WARD).set_index("source_code")["target_code"]
    parent = areas(connection, WARD).set_index("area_code")["parent_code"]
    district = best_fit_links(connection, LSOA, DISTRICT).set_index("source_code")["target_code"]
    assert (ward.map(parent) == district).all()


def test_districts_have_names_and_the_force_its_ground(loaded):
    connection, _ = loaded
    assert areas(connection, DISTRICT)["area_name"].tolist() == [
        "Halton", "Warrington", "Cheshire East", "Cheshire West and Chester",
    ]  # fmt: skip
    outline = force_area(connection)
    assert outline.area.item() / 1e6 == pytest.approx(2_346, abs=1)


def test_location_quality_is_as_counted_by_hand(loaded):
    connection, _ = loaded
    audit = location_quality(connection, live_load_ids(connection))
    assert (audit["n_rows"], audit["n_outside"], audit["share_with_coordinates"]) == (80_955, 123, 1.0)
    assert audit["share_point_disagrees"] == pytest.approx(0.029, abs=0.001)
    assert audit["share_on_ten_busiest"] == pytest.approx(0.031, abs=0.001)
