"""How segments were chosen, what moved, and similar people elsewhere, as pages and files say it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest

from domain.errors import CrsError
from maps.lookup import index_site
from maps.map_layers import area_layers
from maps.segment_exports import SEGMENT_FIELDS, segment_layer, write_segments
from maps.segment_views import clustergram_view, contrast_views, dropped_variables, segment_history


@pytest.fixture(scope="module")
def index(content):
    return index_site(content)


def test_the_clustergram_has_a_dot_for_each_group_and_lines_as_thick_as_what_goes_there(content) -> None:
    view = clustergram_view(content.segmentation)
    assert len(view.dots) == 5
    assert [(text, chosen) for _, text, chosen in view.ticks] == [("2", True), ("3", False)]
    assert len(view.lines) == 3  # no line where no area goes
    widths = sorted(line[4] for line in view.lines)
    assert widths == [2.0, 4.0, 6.0]
    assert all(0 < x < view.width and 0 < y < view.height for x, y, _, _ in view.dots)
    assert [row.groups for row in view.rows][1] == "6 (+0.50), 2 (-0.20), 4 (-0.60)"
    assert clustergram_view(replace(content.segmentation, clustergram=pd.DataFrame())) is None


def test_what_was_left_out_is_told_with_its_reason(index) -> None:
    rows = dropped_variables(index)
    assert [(row.reason, row.correlation) for row in rows] == [
        ("nearly the same as Households without a car", "0.86"),
        ("it is the same in every area", ""),
    ]


def test_the_history_names_the_month_the_movers_and_the_names_that_survived(index) -> None:
    history = segment_history(index)
    assert "June 2025" in history.sentences[0]
    assert "1 area has another segment" in history.sentences[1]
    assert history.movers[0].before == "A1"
    refit = " ".join(history.refit_sentences)
    for words in ("A new census", "0.87", "1 area moved", "Names that survived: A", "ended: C", "new: D"):
        assert words in refit


def test_contrasts_are_told_clearest_first_and_an_area_page_has_its_own(index) -> None:
    whole = contrast_views(index)
    assert [pair.apart for pair in whole] == ["3.5 times", "2.0 times"]
    assert whole[0].figure == "42.0 (35.0 to 50.0)"
    one = index.content.segmentation.contrasts["other_code"][1]
    assert [pair.apart for pair in contrast_views(index, [one], root="../")] == ["2.0 times"]
    assert contrast_views(index, []) == ()


def test_confidence_is_compared_in_points_between_patrol_areas(content) -> None:
    row = ("confidence", "A", "E05000001", 0.62, 0.55, 0.69, "E05000002", 0.41, 0.35, 0.47, float("nan"), 1e-5)
    codes = list(content.patrol_areas["area_code"])
    row = (*row[:2], codes[0], *row[3:6], codes[1], *row[7:])
    table = pd.DataFrame([row], columns=list(content.segmentation.contrasts.columns))
    changed = replace(content, segmentation=replace(content.segmentation, contrasts=table))
    (pair,) = contrast_views(index_site(changed), [codes[1]])
    assert (pair.measure, pair.apart) == ("confidence in the police", "21.0 points")
    assert pair.figure == "62.0 (55.0 to 69.0) %"
    assert pair.area == content.patrol_areas["area_name"].iloc[0]
    assert pair.area_href.startswith("areas/")


def test_doubtful_areas_have_a_layer_of_their_own_on_the_map(index) -> None:
    layer = next(layer for layer in area_layers(index) if layer.layer.key == "doubt")
    doubtful = {code for code, kind in layer.class_of.items() if kind == "close"}
    assert doubtful == {code for code, member in index.memberships.items() if member.is_doubtful}
    assert doubtful


def test_the_pages_draw_the_clustergram_with_a_table_twin_and_say_what_is_approved(site) -> None:
    method = (site / "method.html").read_text(encoding="utf-8")
    for words in ("Clustergram", "The same figures as a table", "variables left out", "Segments over the months"):
        assert words in method
    force = (site / "force.html").read_text(encoding="utf-8")
    assert "Similar people, different places" in force
    assert "waits for approval" in force


def test_segments_go_into_every_format_with_their_dictionary(content, tmp_path) -> None:
    options = {"identity": content.identity}
    areas, result = content.small_areas, content.segmentation
    layer = segment_layer(areas, result, content.identity)
    assert list(layer.columns[:-1]) == [field.name for field in SEGMENT_FIELDS]
    paths = {
        f: write_segments(areas, result, tmp_path / "segments", format=f, **options)
        for f in ("csv", "gpkg", "geojson", "shp")
    }
    assert len(pd.read_csv(paths["csv"])) == len(areas)
    assert gpd.read_file(paths["gpkg"], layer="segments").crs.to_epsg() == content.identity.analysis_epsg
    assert len(json.loads(paths["geojson"].read_text(encoding="utf-8"))["features"]) == len(areas)
    names = set(gpd.read_file(paths["shp"]).columns)
    assert {field.short for field in SEGMENT_FIELDS} <= names
    assert max(len(field.short) for field in SEGMENT_FIELDS) <= 10
    with zipfile.ZipFile(paths["shp"]) as archive:
        assert "Segments of" in archive.read("README.txt").decode()
        assert "group_name" in archive.read("segments-fields.csv").decode()
    before = {f: path.read_bytes() for f, path in paths.items()}
    for f in paths:
        assert write_segments(areas, result, tmp_path / "segments", format=f, **options).read_bytes() == before[f]


def test_an_area_in_no_segment_says_no_data_and_a_wrong_system_is_refused(content) -> None:
    result = replace(content.segmentation, membership=content.segmentation.membership.iloc[1:])
    layer = segment_layer(content.small_areas, result, content.identity).set_index("area_code")
    missing = content.segmentation.membership["area_code"][0]
    assert layer.loc[missing, "state"] == "no_data"
    assert pd.isna(layer.loc[missing, "group_code"])
    assert layer.loc[missing, "is_doubtful"] == 0
    with pytest.raises(CrsError):
        segment_layer(content.small_areas.to_crs(32630), content.segmentation, content.identity)
