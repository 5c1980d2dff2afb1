"""The demo county's files: the layouts of the real sources, the same bytes for a seed, the counts asked for."""

from __future__ import annotations

import ast
import csv
import dataclasses
import gzip
import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import shapely

from domain.areas import GeographyKey
from domain.errors import SettingsError
from domain.months import LocalMonth
from redzones.demo import demo_environment, load_plan
from redzones.demoshire import CountyFiles, write_county
from redzones.settings import load_settings
from sources.boundaries import read_boundaries
from sources.force_extract import open_extract, read_mapping
from sources.lookups import read_centroids, read_lookup
from sources.people import read_people
from sources.police_uk import open_street

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"n_small_areas": 60, "n_months": 14, "n_incidents": 4200}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> CountyFiles:
    return write_county(tmp_path_factory.mktemp("county"), seed=11, **SMALL)


@pytest.fixture(scope="module")
def street(files) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path) for path in files.street], ignore_index=True)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _header(path: Path, *, encoding: str = "utf-8-sig") -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return next(csv.reader([raw.split(b"\n", 1)[0].decode(encoding).rstrip("\r")]))


def _features(path: Path) -> list[dict]:
    collection = json.loads(path.read_text(encoding="utf-8"))
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:OGC:1.3:CRS84"
    return collection["features"]


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(files, tmp_path):
    again = write_county(tmp_path / "again", seed=11, **SMALL)
    other = write_county(tmp_path / "other", seed=12, **SMALL)
    assert _bytes(again.folder) == _bytes(files.folder)
    assert files.street[0].read_bytes() != other.street[0].read_bytes()
    assert files.lsoa_boundaries[0].read_bytes() != other.lsoa_boundaries[0].read_bytes()


def test_no_file_names_the_folder_or_carries_a_clock(files):
    for content in _bytes(files.folder).values():
        assert str(files.folder).encode() not in content


def test_every_path_of_the_result_exists_and_no_other_file_does(files):
    named = {
        *files.lsoa_boundaries,
        *files.ward_boundaries,
        *files.people,
        *files.street,
        files.force_boundary,
        files.lookup,
        files.centroids,
        files.force_log,
        files.force_mapping,
        files.settings,
        files.readme,
        *files.truth.iterdir(),
        *(path for wave in files.surveys for path in wave),
        *dataclasses.asdict(files.known).values(),
        *(files.workday, files.council, files.council_mapping),
    }
    assert named == {p for p in files.folder.rglob("*") if p.is_file()}


def test_incidents_add_up_to_the_number_asked_for_in_a_file_for_each_month(files, street):
    assert len(street) == 4200
    assert files.first_month == LocalMonth(2024, 11)
    assert files.last_month == LocalMonth(2025, 12)
    assert len(files.street) == 14
    for path in files.street:
        month = path.parent.name
        assert path.name == f"{month}-demoshire-street.csv"
        assert set(pd.read_csv(path)["Month"]) == {month}


def test_asb_has_no_crime_id_and_identical_rows_occur(street):
    is_asb = street["Crime type"] == "Anti-social behaviour"
    assert street.loc[is_asb, ["Crime ID", "Last outcome category"]].isna().all(axis=None)
    assert street.loc[~is_asb, ["Crime ID", "Last outcome category"]].notna().all(axis=None)
    assert street.loc[~is_asb, "Crime ID"].str.fullmatch("[0-9a-f]{64}").all()
    assert street.loc[~is_asb, "Crime ID"].is_unique
    assert street[is_asb].duplicated().sum() > 0
    assert street["Context"].isna().all()


def test_a_few_rows_lie_in_the_neighbours_area_and_a_few_have_no_place(street):
    outside = street["LSOA name"].str.startswith("Saltmarch", na=False)
    assert 2 <= outside.sum() <= 0.005 * len(street)
    blank = street["Longitude"].isna()
    assert 1 <= blank.sum() <= 0.01 * len(street)
    assert (street.loc[blank, "Location"] == "No Location").all()
    assert street.loc[blank, ["Latitude", "LSOA code", "LSOA name"]].isna().all(axis=None)


def test_every_row_lies_in_the_area_that_it_names(files, street):
    polygons = {
        f["properties"]["LSOA21CD"]: shapely.geometry.shape(f["geometry"])
        for path in files.lsoa_boundaries
        for f in _features(path)
    }
    inside = street[street["LSOA code"].isin(list(polygons))]
    assert len(inside) > 0.98 * len(street)
    own = [polygons[code] for code in inside["LSOA code"]]
    off = shapely.distance(own, shapely.points(inside["Longitude"], inside["Latitude"]))
    assert off.max() < 2e-6  # six decimals of a degree


def test_boundary_files_nest_to_the_last_digit(files):
    small = [f for path in files.lsoa_boundaries for f in _features(path)]
    wards = [f for path in files.ward_boundaries for f in _features(path)]
    assert len(small) == 60
    areas = shapely.from_geojson([json.dumps(f["geometry"]) for f in small])
    ward_shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in wards])
    assert shapely.is_valid(areas).all()
    assert shapely.coverage_is_valid(areas)
    assert shapely.coverage_is_valid(ward_shapes)
    assert shapely.area(areas).sum() == pytest.approx(shapely.area(ward_shapes).sum(), rel=1e-12)
    points = shapely.from_geojson([json.dumps(f["geometry"]) for f in _features(files.centroids)])
    in_ward = [int(shapely.contains(ward_shapes, point).argmax()) for point in points]
    assert min(in_ward.count(w) for w in range(len(wards))) >= 2
    assert all(shapely.contains(area, point) for area, point in zip(_by_code(small), points, strict=True))


def _by_code(features: list[dict]) -> list:
    ordered = sorted(features, key=lambda f: f["properties"]["LSOA21CD"])
    return [shapely.geometry.shape(f["geometry"]) for f in ordered]


def test_people_tables_cover_every_area_and_their_totals_are_sums_of_parts(files):
    for path in files.people[:5]:
        frame = pd.read_csv(path)
        assert len(frame) == 60
        total, rest = frame.columns[3], frame.columns[4:]
        lowest = [c for c in rest if not any(o.startswith(f"{c}: ") for o in rest)]
        assert (frame[lowest].sum(axis=1) == frame[total]).all()
        assert (frame[rest] >= 0).all(axis=None)


def test_totals_of_two_census_tables_differ_a_little_as_real_ones_do(files):
    by_name = {path.stem: path for path in files.people}
    ethnic = pd.read_csv(by_name["census2021-ts021-lsoa"])["Ethnic group: Total: All usual residents"].sum()
    ages = pd.read_csv(by_name["census21_pop_agegroup_lsoa21"])["usual_residents"].sum()
    assert ethnic != ages
    assert ethnic == pytest.approx(ages, rel=0.005)


def test_deprivation_ranks_are_distinct_and_agree_with_deciles(files):
    frame = pd.read_csv(files.people[-1])
    for domain in ("IMD", "Income", "Crime"):
        rank, decile = frame[f"{domain}_rank"], frame[f"{domain}_decile"]
        assert rank.is_unique
        assert rank.between(1, 33_755).all()
        assert decile.between(1, 10).all()
        assert frame[f"{domain}_score"].corr(rank, method="spearman") < -0.99
        assert rank.corr(decile, method="spearman") > 0.95


def test_the_lookup_has_splits_a_merger_a_mark_and_crlf(files):
    raw = files.lookup.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    frame = pd.read_csv(files.lookup, encoding="utf-8-sig")
    assert frame["CHGIND"].value_counts().to_dict() == {"U": 60 - 8 - 1, "S": 8, "M": 2}
    assert set(frame.loc[frame["CHGIND"] == "S", "LSOA11CD"].value_counts()) == {2}
    assert len(set(frame.loc[frame["CHGIND"] == "M", "LSOA21CD"])) == 1
    assert frame["LSOA21CD"].nunique() == 60


def test_the_log_holds_the_last_twelve_months_with_the_faults_of_real_logs(files):
    log = pd.read_csv(files.force_log)
    begins = pd.to_datetime(log["from"], format="%d/%m/%Y %H:%M")
    ends = pd.to_datetime(log["to"], format="%d/%m/%Y %H:%M")
    assert begins.min() >= pd.Timestamp(2025, 1, 1)
    assert begins.max() < pd.Timestamp(2026, 1, 2)
    assert log["log_no"].is_unique
    assert (ends == begins).mean() > 0.5
    assert (ends > begins).mean() > 0.08
    assert 0 < (ends < begins).mean() < 0.02
    assert 0.01 < ends.isna().mean() < 0.08
    assert set(log["reported_by"]) == {"Public", "Officer"}


def test_log_and_open_data_are_copies_of_the_same_incidents(files, street):
    log = pd.read_csv(files.force_log)
    recent = street[street["Month"] >= "2025-01"]
    assert (log["closing_class"] != "Road Related Nuisance").sum() == len(recent)
    for closing_class, category in (("Burglary", "Burglary"), ("Theft - Shoplifting", "Shoplifting")):
        assert (log["closing_class"] == closing_class).sum() == (recent["Crime type"] == category).sum()
    is_asb = log["closing_class"].str.startswith("ASB ")
    assert is_asb.sum() == (recent["Crime type"] == "Anti-social behaviour").sum()
    assert log["easting"].isna().sum() >= recent["Longitude"].isna().sum()


def test_the_mapping_names_columns_of_the_log_and_every_closing_class(files):
    mapping = tomllib.loads(files.force_mapping.read_text(encoding="utf-8"))
    log = pd.read_csv(files.force_log)
    assert set(mapping["columns"].values()) <= set(log.columns)
    assert set(log["closing_class"]) <= set(mapping["kinds"])
    assert {rule["kind"] for rule in mapping["kinds"].values()} == {"asb", "minor_crime", "road_related", "other"}
    assert mapping["dataset"] == "demoshire log"
    assert mapping["officer_generated"]["reported_by"] == ["Officer"]


def test_the_readers_keep_every_row(files, street):
    month = open_street(files.street[-1], time_zone="Europe/London")
    extract = open_extract(files.force_log, mapping=read_mapping(files.force_mapping))
    for opened, expected in (
        (month, (street["Month"] == "2025-12").sum()),
        (extract, len(pd.read_csv(files.force_log))),
    ):
        batches = list(opened.batches)
        assert sum(len(b.rows) for b in batches) == expected
        assert sum(len(b.rejected) for b in batches) == 0
    key = GeographyKey("lsoa", 2021)
    for path in files.people:
        table = read_people(path, key=key)
        assert table.frame["area_code"].nunique() == 60
        assert len(table.rejected) == 0
    assert sum(len(read_boundaries(path, key=key).frame) for path in files.lsoa_boundaries) == 60
    assert len(read_boundaries(files.force_boundary, key=GeographyKey("force", 2025)).frame) == 1
    assert len(read_centroids(files.centroids, key=key).points) == 60
    assert len(read_lookup(files.lookup, source=GeographyKey("lsoa", 2011), target=key).frame) == 60 + 1


def test_the_settings_of_the_county_load_and_name_its_sources(files, monkeypatch):
    monkeypatch.delenv("REDZONES_CONFIG", raising=False)
    settings = load_settings(files.settings)
    assert settings.force.name == "Demoshire"
    assert settings.incidents.counted_sources == ("police.uk street",)
    assert settings.incidents.timed_sources == ("demoshire log",)


def test_the_load_plan_loads_every_data_file_once_boundaries_first(files):
    plan = load_plan(files)
    named = [word for command in plan for word in command if word.startswith(str(files.folder))]
    data = {p for p in files.folder.rglob("*") if p.is_file() and files.truth not in p.parents}
    assert sorted(named) == sorted(str(p) for p in data - {files.settings, files.readme})
    assert [command[:2] for command in plan[:3]] == [["load", "boundaries"]] * 3
    assert ["load", "incidents", str(files.force_log), "--mapping", str(files.force_mapping)] in plan
    assert [command[1] for command in plan[-3:]] == ["survey"] * 3
    for command in plan:
        if "--geography" in command:
            GeographyKey.parse(command[command.index("--geography") + 1])


def test_the_demo_never_reaches_a_configured_database(files, tmp_path, monkeypatch):
    monkeypatch.setenv("REDZONES_DATABASE_URL", "postgresql://force.example/redzones")
    environment = demo_environment(tmp_path, files)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert not settings.database_url
    assert settings.force.name == "Demoshire"
    assert settings.site.folder == (tmp_path / "site").resolve()


def test_too_few_incidents_are_refused_with_a_remedy(tmp_path):
    with pytest.raises(SettingsError) as caught:
        write_county(tmp_path, n_small_areas=60, n_incidents=10)
    assert "10 incidents or more" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []


def test_progress_is_heard_from_begin_to_end(tmp_path):
    heard: list[tuple[int, int | None]] = []
    write_county(
        tmp_path,
        n_small_areas=40,
        n_months=1,
        n_incidents=400,
        progress=lambda what, done, total: heard.append((done, total)),
    )
    assert heard[0] == (0, 5)
    assert heard[-1] == (5, 5)


def test_the_generator_imports_only_the_words_of_the_domain():
    ours = {p.name for p in ROOT.iterdir() if (p / "__init__.py").is_file()}
    assert {"hotspots", "profiles", "segmentation", "spatialstats", "domain"} <= ours
    for path in sorted((ROOT / "redzones" / "demoshire").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                is_allowed = name.startswith("redzones.demoshire") or name.split(".")[0] not in ours - {"domain"}
                assert is_allowed, f"{path.name} imports {name}"


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("ours", "real"),
    [
        ("people/census2021-ts045-lsoa.csv", "people/census2021-ts045-lsoa.csv.gz"),
        ("people/census2021-ts062-lsoa.csv", "people/census2021-ts062-lsoa.csv.gz"),
        ("people/census2021-ts067-lsoa.csv", "people/census2021-ts067-lsoa.csv.gz"),
        ("people/census21_pop_agegroup_lsoa21.csv", "people/census21_pop_agegroup_lsoa21.csv.gz"),
        ("people/imd2025_england_lsoa21.csv", "people/imd2025_england_lsoa21.csv.gz"),
        ("lookups/lsoa11_lsoa21_lad22.csv", "lookups/lsoa11_lsoa21_lad22.csv.gz"),
        ("police_uk/2025-12/2025-12-demoshire-street.csv", "crime/2025-12-cheshire-street.csv.gz"),
    ],
)
def test_headers_are_those_of_the_real_files(files, cheshire, ours, real):
    assert _header(files.folder / ours) == _header(cheshire / real)


@pytest.mark.real_data
@pytest.mark.parametrize("number", ["ts021", "ts054"])
def test_categories_are_those_of_the_real_metadata(files, cheshire, number):
    metadata = pd.read_csv(cheshire / "people/census2021_oa/Table_Metadata.csv.gz")
    names = metadata.loc[metadata["Table_ID"] == number].sort_values("new_names")["old_names"].tolist()
    assert _header(files.folder / f"people/census2021-{number}-lsoa.csv") == [
        "date",
        "geography",
        "geography code",
        *names,
    ]


@pytest.mark.real_data
def test_age_groups_and_categories_of_crime_are_those_of_the_real_files(files, street, cheshire):
    ages = pd.read_csv(cheshire / "people/census21_pop_agegroup_lsoa21.csv.gz")["age_group"]
    assert set(pd.read_csv(files.people[5])["age_group"]) == set(ages)
    real = pd.read_csv(cheshire / "crime/2025-07-cheshire-street.csv.gz")
    assert set(street["Crime type"]) <= set(real["Crime type"])
    assert set(street["Last outcome category"].dropna()) <= set(real["Last outcome category"].dropna())


@pytest.mark.real_data
@pytest.mark.parametrize("layer", ["lsoa", "ward"])
def test_boundary_properties_are_among_those_of_the_real_files(files, cheshire, layer):
    path = cheshire / "boundaries" / layer / "E06000006.geojson.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        real = set(json.load(file)["features"][0]["properties"])
    ours = files.lsoa_boundaries if layer == "lsoa" else files.ward_boundaries
    assert set(_features(ours[0])[0]["properties"]) <= real
