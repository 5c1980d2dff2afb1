"""The same of surveys (CSV, SPSS, Stata) and of every vector format, as boundaries and as layers."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyreadstat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapely.geometry import box

from domain.areas import GeographyKey
from domain.records import LayerKind
from sources.boundaries import read_boundaries
from sources.layers import read_layer
from sources.surveys import read_survey, read_survey_mapping
from tests.sources.mutations import (
    N_ROWS,
    NO_DAMAGE,
    TABLE_DAMAGE,
    damaged_table,
    fuzz,
    fuzz_seldom,
    rows_below_header,
    survives,
)
from tests.sources.test_surveys import HEADER, MAPPING, ROWS

LSOA = GeographyKey("lsoa", 2021)
SQUARES = [box(360_000 + 500 * i, 388_000, 360_500 + 500 * i, 388_500) for i in range(3)]
WAVE = f"{HEADER}\n" + "".join(
    f"{i},E0{5 + i % 3},1.{i % 4},{('16-24', '25-34', '35-49')[i % 3]},{1 + i % 2},{(1, 2, 5, 8, 9, '')[i % 6]}\n"
    for i in range(N_ROWS)
)
#: Each format, and the part of it that is damaged.
FORMATS = ("a.gpkg", "a.fgb", "a.gml", "a.shp", "a.dbf", "a.shx", "a.tab", "a.map", "a.dat", "a.mif", "a.mid")
BYTES = st.tuples(st.integers(0, 200_000), st.binary(min_size=1, max_size=6), st.sampled_from(["set", "put", "cut"]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def damaged(data: bytes, at: int, some: bytes, kind: str) -> bytes:
    # half of all damage near the head, where formats say what they are
    at %= len(data) if at % 2 else min(len(data), 600)
    kept = {"set": data[at + len(some) :], "put": data[at:], "cut": b""}[kind]
    return data[:at] + (b"" if kind == "cut" else some) + kept


@pytest.fixture(scope="module")
def survey(folder: Path):
    (folder / "survey.toml").write_text(MAPPING)
    return read_survey_mapping(folder / "survey.toml")


@fuzz
@example(damage=NO_DAMAGE)
@given(damage=TABLE_DAMAGE)
def test_surveys_lose_no_respondent(folder, survey, damage):
    data = damaged_table(WAVE, damage, is_ragged=False)
    (folder / "wave.csv").write_bytes(data)

    def work() -> None:
        table = read_survey(folder / "wave.csv", mapping=survey)
        assert len(table.frame) + len(table.rejected) == rows_below_header(data)
        assert table.rejected["raw"].eq("").all()

    survives(work)


@pytest.fixture(scope="module")
def packed_waves(folder: Path) -> dict[str, bytes]:
    frame = pd.DataFrame([row.split(",") for row in ROWS], columns=HEADER.split(","))
    pyreadstat.write_sav(frame, str(folder / "whole.sav"))
    pyreadstat.write_dta(frame, str(folder / "whole.dta"))
    return {ending: (folder / f"whole.{ending}").read_bytes() for ending in ("sav", "dta")}


@pytest.mark.parametrize("ending", ["sav", "dta"])
@fuzz
@given(damage=BYTES)
def test_damaged_waves_are_read_or_refused(folder, survey, packed_waves, ending, damage):
    path = folder / f"wave.{ending}"
    path.write_bytes(damaged(packed_waves[ending], *damage))

    def work() -> None:
        table = read_survey(path, mapping=survey)
        assert (table.frame["weight"] > 0).all()
        assert table.frame["area_code"].str.len().gt(0).all()

    survives(work)


@pytest.fixture(scope="module")
def layers(folder: Path) -> dict[str, bytes]:
    for name in ("a.gpkg", "a.fgb", "a.gml", "a.shp", "a.tab", "a.mif"):
        codes = [f"E0101250{i}" for i in range(3)]
        of_format = folder / name[2:]
        of_format.mkdir()
        gpd.GeoDataFrame({"LSOA21CD": codes}, geometry=SQUARES, crs=27700).to_file(of_format / name)
    return {path.name: path.read_bytes() for path in folder.glob("*/a.*")}


@pytest.mark.parametrize("name", FORMATS)
@fuzz_seldom
@given(damage=BYTES, is_layer=st.booleans())
def test_damaged_vector_files_are_read_or_refused(folder, layers, name, damage, is_layer):
    part = next(folder.glob(f"*/{name}"))
    part.write_bytes(damaged(layers[name], *damage))

    def work() -> None:
        if is_layer:
            assert len(read_layer(part, kind=LayerKind.GREENSPACE).frame)
            return
        frame = read_boundaries(part, key=LSOA).frame
        assert frame["area_code"].is_unique
        assert frame.geometry.is_valid.all()

    try:
        survives(work)
    finally:
        part.write_bytes(layers[name])
