"""Under any mutation of a file, readers raise only our own errors, and every row is kept or refused exactly once."""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapely.geometry import box

from domain.areas import GeographyKey, PeopleTable
from sources.boundaries import read_boundaries
from sources.force_extract import open_extract, read_mapping
from sources.kinds import UnknownKinds
from sources.lookups import read_lookup
from sources.people import read_people
from sources.police_uk import open_street
from tests.sources.mutations import (
    MUTATIONS,
    N_ROWS,
    NO_DAMAGE,
    TABLE_DAMAGE,
    check_incidents,
    damaged_table,
    fuzz,
    fuzz_seldom,
    mutated,
    rows_below_header,
    survives,
)

LSOA = GeographyKey("lsoa", 2021)
HERE = Path(__file__).parent


def check_people(data: bytes, table: PeopleTable, rows_per_area: int = 1) -> None:
    areas = table.frame["area_code"].nunique()
    assert table.rows_read == len(table.rejected) + table.rows_outside + rows_per_area * areas
    assert table.rejected["row_number"].is_unique
    assert len(table.frame) == areas * len(table.variables)
    assert table.frame["numerator"].notna().all()
    assert table.rows_read <= rows_below_header(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def mapping():
    return read_mapping(HERE / "data" / "nyc_vehicle_thefts.toml")


@pytest.fixture(scope="module")
def street_text() -> str:
    header = (HERE / "conftest.py").read_text().split("STREET_HEADER = (\n")[1].split(")\n")[0]
    lines = ["".join(part.strip().strip('"') for part in header.splitlines())]
    kinds = ["Anti-social behaviour", "Burglary", "Drugs", "Other theft", "Public order"]
    force = "Cheshire Constabulary"
    lines += [
        f"id{i},2025-12,{force},{force},{-2.5 - i / 1000:.3f},{53.3 + i / 1000:.3f},On or near A Lane,E0101250{i % 9},"
        f'"Halton, 00{i}A",{kinds[i % 5]},Local resolution,'
        for i in range(N_ROWS)
    ]
    return "\n".join(lines) + "\n"


@fuzz
@example(damage=NO_DAMAGE, unknown_kinds=UnknownKinds.REFUSE)
@given(damage=TABLE_DAMAGE, unknown_kinds=st.sampled_from([*UnknownKinds, UnknownKinds.REJECT]))
def test_street_files_lose_no_row(folder, street_text, damage, unknown_kinds):
    data = damaged_table(street_text, damage)
    path = folder / "2025-12-cheshire-street.csv"
    path.write_bytes(data)
    opened = partial(open_street, path, time_zone="Europe/London", unknown_kinds=unknown_kinds)
    survives(lambda: check_incidents(data, opened()))


@fuzz
@given(at=st.integers(0, 5_000), some=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_damaged_gzip_is_refused_or_read_whole(folder, street_text, at, some, cut):
    data = gzip.compress(street_text.encode(), mtime=0)
    at %= len(data)
    path = folder / "2025-12-cheshire-street.csv.gz"
    path.write_bytes(data[:at] if cut else data[:at] + some + data[at + len(some) :])
    survives(lambda: check_incidents(street_text.encode(), open_street(path, time_zone="Europe/London")))


EXTRACT = "uid,mid_time,begin_time,end_time,longitude,latitude,location_type\n" + "".join(
    f"{i},2014-01-08 12:46,2014-0{1 + i % 9}-09 19:40,{'' if i % 3 else '2014-12-10 07:53'},-73.9{i},40.8{i},street\n"
    for i in range(N_ROWS)
)


@fuzz
@example(damage=NO_DAMAGE)
@given(damage=TABLE_DAMAGE)
def test_extracts_lose_no_row(folder, mapping, damage):
    data = damaged_table(EXTRACT, damage)
    path = folder / "extract.csv"
    path.write_bytes(data)
    survives(lambda: check_incidents(data, open_extract(path, mapping=mapping)))


@fuzz
@given(changes=MUTATIONS)
def test_broken_mappings_are_refused_in_our_own_words(folder, changes):
    path, extract = folder / "mapping.toml", folder / "unbroken.csv"
    path.write_bytes(mutated((HERE / "data" / "nyc_vehicle_thefts.toml").read_text(), changes))
    extract.write_text(EXTRACT)
    survives(lambda: check_incidents(EXTRACT.encode(), open_extract(extract, mapping=read_mapping(path))))


@fuzz
@given(
    epsg=st.one_of(st.sampled_from([4326, 4258, 27700, 32617]), st.integers(1_024, 40_000)),
    time_format=st.one_of(
        st.sampled_from(["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%d-%m %H:%M", "%Y-%m-%d %M:%H", "%Y-%m-%d"]),
        st.text("%YmdHMSzjUpIBab /:-T", max_size=14),
    ),
    zone=st.one_of(
        st.sampled_from(["UTC", "Europe/Dublin", "America/St_Johns", "posixrules", "America"]), st.text(max_size=8)
    ),
)
def test_any_crs_format_and_zone_is_used_or_refused(folder, epsg, time_format, zone):
    text = (HERE / "data" / "nyc_vehicle_thefts.toml").read_text()
    path, extract = folder / "mapping.toml", folder / "unbroken.csv"
    changed = text.replace("epsg = 4326", f"epsg = {epsg}").replace("%Y-%m-%d %H:%M", time_format)
    path.write_text(changed.replace('"America/New_York"', json.dumps(zone)))
    extract.write_text(EXTRACT)
    survives(lambda: check_incidents(EXTRACT.encode(), open_extract(extract, mapping=read_mapping(path))))


CARS = "Number of cars or vans: "
BULK = (
    f"date,geography,geography code,{CARS}Total: All households,{CARS}No cars or vans in household,"
    f"{CARS}2 cars or vans in household,{CARS}3 or more cars or vans in household\n"
) + "".join(f"2021,Halton 00{i}A,E0101{2500 + i},200,{20 + i},30,5\n" for i in range(N_ROWS))
GROUPS = (
    ("Asian, Asian British or Asian Welsh", 5),
    ("Black, Black British, Black Welsh, Caribbean or African", 4),
    ("Mixed or Multiple ethnic groups", 3),
    ("White", 86),
    ("Other ethnic group", 2),
)
QUERY = (
    "TS021 - Ethnic group,,,,,,,,,,,,\n,,,,,,,,,,,,\nlsoa,Total: All usual residents,%,"
    + ",".join(f'"{name}",%' for name, _ in GROUPS)
    + "\n,,,,,,,,,,,,\n"
    + "".join(
        f"E0101{2500 + i} : Halton 00{i}A,{100 + i},100," + ",".join(f"{n},{n}.0" for _, n in GROUPS) + "\n"
        for i in range(N_ROWS)
    )
)
LONG = "lsoa21_code,lsoa21_name,age_group,usual_residents\n" + "".join(
    f"E0101250{i},Halton,{group},{10 + i}\n"
    for i in range(10)
    for group in (
        "Aged 15 years and under",
        "Aged 16 to 24 years",
        "Aged 25 to 34 years",
        "Aged 35 to 49 years",
        "Aged 50 to 64 years",
        "Aged 65 years and over",
    )
)
DEPRIVATION = (
    "lsoa21_code,IMD_decile,IMD_score,Income_score,Employment_score,Education_score,Health_score,Crime_score,"
    "Housing_and_Services_score,Environment_score\n"
) + "".join(f"E0101{2500 + i},{1 + i % 10},20.{i},0.1,0.1,10,-0.5,0.3,9,30\n" for i in range(N_ROWS))


@pytest.mark.parametrize(
    ("text", "rows_per_area", "head"),
    [(BULK, 1, 1), (QUERY, 1, 4), (LONG, 6, 1), (DEPRIVATION, 1, 1)],
    ids=["nomis bulk", "nomis query", "long table", "deprivation"],
)
@fuzz
@example(damage=NO_DAMAGE, is_restricted=False)
@given(damage=TABLE_DAMAGE, is_restricted=st.booleans())
def test_people_files_lose_no_row(folder, text, rows_per_area, head, damage, is_restricted):
    data = damaged_table(text, damage, head=head)
    path = folder / "people.csv"
    path.write_bytes(data)
    areas = frozenset(f"E010125{i:02}" for i in range(0, N_ROWS, 3)) if is_restricted else None
    survives(lambda: check_people(data, read_people(path, key=LSOA, areas=areas), rows_per_area))


@fuzz
@example(damage=NO_DAMAGE)
@given(damage=TABLE_DAMAGE)
def test_lookups_are_read_or_refused(folder, damage):
    text = "LSOA11CD,LSOA11NM,LSOA21CD,people\n" + "".join(f"A{i % 50},x,B{i},{1 + i}\n" for i in range(N_ROWS))
    path = folder / "lookup.csv"
    path.write_bytes(damaged_table(text, damage))

    def work() -> None:
        frame = read_lookup(path, source=GeographyKey("lsoa", 2011), target=LSOA, weight_column="people").frame
        assert frame["share"].between(0, 1).all()
        assert (frame.groupby("source_code")["share"].sum() - 1).abs().lt(1e-9).all()

    survives(work)


RING = [[-2.6, 53.3], [-2.5, 53.3], [-2.5, 53.4], [-2.6, 53.3]]


def check_boundaries(path: Path, code_column: str | None = None) -> None:
    frame = read_boundaries(path, key=LSOA, code_column=code_column).frame
    assert frame["area_code"].is_unique
    assert frame.geometry.is_valid.all()
    assert frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()


@fuzz
@given(changes=MUTATIONS)
def test_geojson_is_read_or_refused(folder, changes):
    shape = {"type": "Polygon", "coordinates": [RING]}
    features = [{"type": "Feature", "properties": {"LSOA21CD": f"E{i}"}, "geometry": shape} for i in range(3)]
    path = folder / "areas.geojson"
    path.write_bytes(mutated(json.dumps({"type": "FeatureCollection", "features": features}), changes))
    survives(lambda: check_boundaries(path))


@fuzz
@given(changes=MUTATIONS)
def test_kml_is_read_or_refused(folder, changes):
    ring = " ".join(f"{x},{y},0" for x, y in RING)
    shape = f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
    places = "".join(f"<Placemark><name>E{i}</name><Polygon>{shape}</Polygon></Placemark>" for i in range(2))
    path = folder / "areas.kml"
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{places}</Document></kml>'
    path.write_bytes(mutated(text, changes))
    survives(lambda: check_boundaries(path, "Name"))


@pytest.fixture(scope="module")
def layers(folder) -> Path:
    """Return a small shapefile, which has a GeoPackage beside it."""
    table = {"LSOA21CD": ["E01012500", "E01012501"]}
    frame = gpd.GeoDataFrame(table, geometry=[box(360_000, 388_000, 361_000, 389_000)] * 2, crs=27700)
    frame.to_file(folder / "whole.gpkg")
    frame.to_file(folder / "whole.shp")
    return folder / "whole.shp"


@fuzz_seldom
@given(at=st.integers(0, 200_000), some=st.binary(min_size=1, max_size=8))
def test_damaged_geopackage_is_read_or_refused(folder, layers, at, some):
    data = layers.with_suffix(".gpkg").read_bytes()
    at %= len(data)
    path = folder / "areas.gpkg"
    path.write_bytes(data[:at] + some + data[at + len(some) :])
    survives(lambda: check_boundaries(path))


@fuzz_seldom
@given(part=st.sampled_from([".shp", ".dbf", ".shx", ".prj"]), at=st.integers(0, 10_000), some=st.binary(max_size=8))
def test_damaged_shapefile_is_read_or_refused(folder, layers, part, at, some):
    for suffix in (".shp", ".dbf", ".shx", ".prj"):
        data = layers.with_suffix(suffix).read_bytes()
        position = at % len(data)
        damaged = data[:position] + some + data[position + len(some) :]
        (folder / "areas.shp").with_suffix(suffix).write_bytes(damaged if suffix == part else data)
    survives(lambda: check_boundaries(folder / "areas.shp"))
