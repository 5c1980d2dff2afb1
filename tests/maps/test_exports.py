"""Exports: open in GIS as they are, explained, marked, never cut in silence, and the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from domain.errors import CrsError, PublicationError
from maps.export_fields import SHAPEFILE_TEXT_BYTES, ZONE_FIELDS, identity_values
from maps.exports import write_exports, write_red_zones

FORMATS = ("shp", "gpkg", "geojson", "csv")
OVERPRINT = "Approximate open data: not for deployment"


def read(path):
    source = f"/vsizip/{path}" if path.suffix == ".zip" else path
    return gpd.read_file(source)


@pytest.fixture
def zones(content):
    return content.zones["street"].zones


def test_short_names_are_distinct_and_fit_a_shapefile():
    short = [field.short for field in ZONE_FIELDS]
    assert len({name.lower() for name in short}) == len(short)
    assert max(map(len, short)) <= 10


def test_a_shapefile_opens_with_its_system_encoding_and_every_field(tmp_path, content, zones):
    path = write_red_zones(zones, tmp_path / "zones", format="shp", identity=content.identity, scoring_set="street")
    info = pyogrio.read_info(f"/vsizip/{path}")
    assert info["crs"] == "EPSG:27700"
    assert info["encoding"] == "UTF-8"
    assert list(info["fields"]) == [field.short for field in ZONE_FIELDS]
    with zipfile.ZipFile(path) as archive:
        names = {name.rsplit(".", 1)[-1]: name for name in archive.namelist()}
        assert archive.read(names["cpg"]) == b"UTF-8"
        assert b"British_National_Grid" in archive.read(names["prj"])
    table = read(path)
    assert table["rank_force"].tolist() == zones["rank_force"].tolist()
    assert shapely.equals_exact(
        table.geometry.to_numpy(), zones.geometry.to_numpy(), tolerance=0.1, normalize=True
    ).all()


def test_the_dictionary_is_in_the_zip_and_beside_it_and_explains_every_field(tmp_path, content, zones):
    path = write_red_zones(zones, tmp_path / "zones", format="shp", identity=content.identity)
    beside = (tmp_path / "zones-fields.csv").read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        assert archive.read("zones-fields.csv").decode() == beside
        assert content.identity.marking in archive.read("README.txt").decode()
    rows = {row["shapefile_field"]: row for row in csv.DictReader(io.StringIO(beside))}
    assert set(rows) == set(read(path).columns) - {"geometry"}
    assert all(row["meaning"] for row in rows.values())


@pytest.mark.parametrize("form", FORMATS)
def test_every_row_of_every_format_carries_the_identity(tmp_path, content, zones, form):
    path = write_red_zones(zones, tmp_path / "zones", format=form, identity=content.identity, scoring_set="street")
    table = pd.read_csv(path) if form == "csv" else read(path)
    short = {field.name: field.short for field in ZONE_FIELDS} if form == "shp" else {}
    for name, value in identity_values(content.identity).items():
        assert set(table[short.get(name, name)].astype(str)) == {value}
    assert set(table[short.get("scoring_set", "scoring_set")]) == {"street"}
    assert len(table) == len(zones)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_zones_give_the_same_bytes(tmp_path, content, zones, form):
    shuffled = zones.sample(frac=1, random_state=1)
    for name in "ab":
        (tmp_path / name).mkdir()
    one = write_red_zones(zones, tmp_path / "a" / "z", format=form, identity=content.identity)
    two = write_red_zones(shuffled, tmp_path / "b" / "z", format=form, identity=content.identity)
    assert one.read_bytes() == two.read_bytes()


def test_no_clock_reaches_a_file(tmp_path, content, zones):
    shp = write_red_zones(zones, tmp_path / "z", format="shp", identity=content.identity)
    with zipfile.ZipFile(shp) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2025, 12, 31, 12, 0, 0)}
        assert tuple(archive.read("z.dbf")[1:4]) == (125, 12, 31)
    gpkg = write_red_zones(zones, tmp_path / "z", format="gpkg", identity=content.identity)
    assert b"2025-12-31T12:00:00" in gpkg.read_bytes()


def test_geojson_is_in_degrees_with_its_identity(tmp_path, content, zones):
    path = write_red_zones(zones, tmp_path / "z", format="geojson", identity=content.identity)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["status"] == OVERPRINT
    ring = np.array(document["features"][0]["geometry"]["coordinates"][0])
    west, south = ring.min(axis=0)
    east, north = ring.max(axis=0)
    assert -3 < west < east < -2
    assert 53 < south < north < 54
    assert shapely.is_ccw(shapely.LinearRing(ring))


def test_a_long_text_is_shortened_aloud_and_whole_elsewhere(tmp_path, hostile_content):
    zones, identity = hostile_content.zones["street"].zones, hostile_content.identity
    path = write_red_zones(zones, tmp_path / "z", format="shp", identity=identity)
    table = read(path)
    texts = [text for name in ("name", "kinds") for text in table[name]]
    assert max(len(text.encode()) for text in texts) <= SHAPEFILE_TEXT_BYTES
    dictionary = (tmp_path / "z-fields.csv").read_text(encoding="utf-8")
    notes = {row["shapefile_field"]: row["note"] for row in csv.DictReader(io.StringIO(dictionary))}
    assert notes["name"].startswith("shortened in 1 row")
    assert notes["kinds"].startswith("shortened in 6 rows")
    assert all(text.endswith("; …") for text in table["kinds"])
    whole = read(write_red_zones(zones, tmp_path / "z", format="gpkg", identity=identity))
    assert "é" * 300 in whole["name"].tolist()


def test_a_spreadsheet_runs_no_name_as_a_formula(tmp_path, hostile_content):
    zones, identity = hostile_content.zones["street"].zones, hostile_content.identity
    path = write_red_zones(zones, tmp_path / "z", format="csv", identity=identity)
    with path.open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert "'=HYPERLINK(1)" in names
    assert "'-2+3" in names
    assert not any(name[:1] in "=+-@" for name in names)


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_without_zones_is_a_file_without_rows(tmp_path, bare_content, form):
    zones = bare_content.zones["street"].zones
    path = write_red_zones(zones, tmp_path / "z", format=form, identity=bare_content.identity)
    assert len(pd.read_csv(path) if form == "csv" else read(path)) == 0


def test_an_unknown_format_and_a_wrong_system_are_refused(tmp_path, content, zones):
    with pytest.raises(PublicationError, match='"kml" is not an export format'):
        write_red_zones(zones, tmp_path / "z", format="kml", identity=content.identity)
    with pytest.raises(CrsError, match="27700"):
        write_red_zones(zones.to_crs(4326), tmp_path / "z", format="shp", identity=content.identity)


def test_every_export_of_a_site_is_listed_and_there(tmp_path, content):
    files = write_exports(tmp_path, content)
    listed = {file.name for file in files}
    assert {"profiles.csv", "segments.csv", "red-zones-street.gpkg", "red-zones-asb_minor.shp.zip"} <= listed
    assert all((tmp_path / name).stat().st_size > 0 for name in listed)


def test_profiles_keep_every_figure_and_its_state(tmp_path, content):
    write_exports(tmp_path, content)
    table = pd.read_csv(tmp_path / "profiles.csv")
    assert len(table) == len(content.metrics)
    assert set(table["state"]) == {"ok", "no_data", "suppressed", "cannot_tell"}
    assert table.loc[table["state"] != "ok", "estimate"].isna().all()
    assert set(table["run"].astype(str)) == {content.identity.fingerprint}
