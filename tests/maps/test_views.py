"""What pages say, before it becomes HTML: sentences, states, trends, legends, colours."""

from __future__ import annotations

import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from domain.months import LocalMonth
from hotspots.results import BacktestResult, RedTimesResult
from maps.accuracy_views import accuracy_view
from maps.area_views import monthly_counts, overview, trend
from maps.content import SiteContent
from maps.lookup import index_site, safe_name
from maps.map_layers import area_layers
from maps.map_views import area_map, force_map, prepare_maps
from maps.page_builders import PageBuilder
from maps.palette import NO_DATA, SEQUENTIAL, group_swatch, sequential_swatch
from maps.profile_views import profile_view
from maps.render import render
from maps.site import build_site
from maps.time_views import RedTimesTable
from maps.zone_views import all_zones


@pytest.fixture(scope="module")
def index(content):
    return index_site(content)


def changed(content, **changes) -> SiteContent:
    names = SiteContent.__dataclass_fields__
    return SiteContent(**{**{name: getattr(content, name) for name in names}, **changes})


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


#: Machado, Oliveira & Fernandes 2009, severity 1 (doi 10.1109/TVCG.2009.113), on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["full", "deutan", "protan"])
def test_colours_stay_apart_without_red_or_green_sight(sight):
    for colours in (SEQUENTIAL, [group_swatch(i).fill for i in range(8)]):
        seen = [lab(sight @ linear(c)) for c in colours]
        assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 12


def test_a_scale_grows_darker_and_no_data_is_not_its_lightest_colour():
    lightness = [lab(linear(c))[0] for c in SEQUENTIAL]
    assert lightness == sorted(lightness, reverse=True)
    assert NO_DATA.pattern == "hatch"
    assert NO_DATA.fill not in SEQUENTIAL
    assert sequential_swatch(0, 3).fill == SEQUENTIAL[0]
    assert sequential_swatch(2, 3).fill == SEQUENTIAL[-1]


def test_areas_without_a_rate_have_classes_of_their_own(index, content):
    rate = next(layer for layer in area_layers(index) if layer.layer.key == "rate")
    first, second = content.small_areas["area_code"][:2]
    assert rate.class_of[first] == "none"
    assert rate.class_of[second] == "suppressed"
    assert {c.key for c in rate.layer.classes} >= {"none", "suppressed"}


def test_every_class_of_every_layer_is_in_its_legend(index):
    parts = prepare_maps(index, overprint="")
    for view in (force_map(parts), area_map(parts, "E05000001")):
        for layer in view.layers[:-1]:
            keys = {c.key for c in layer.classes}
            assert {shape.classes[layer.key] for shape in view.areas} <= keys


def test_classes_of_the_rate_follow_the_values(index, content):
    rate = next(layer for layer in area_layers(index) if layer.layer.key == "rate")
    values = [(index.figure("small", c, "asb_rate_eb"), rate.class_of[c]) for c in content.small_areas["area_code"]]
    ordered = sorted((f.estimate, int(key[1:])) for f, key in values if f is not None)
    assert [k for _, k in ordered] == sorted(k for _, k in ordered)


def test_a_suppressed_area_shows_no_number_in_its_tooltip(index, content):
    parts = prepare_maps(index, overprint="")
    lines = parts.lines[content.small_areas["area_code"][1]]
    assert "Antisocial behaviour, steadied: suppressed" in lines


def test_a_figure_without_a_value_gives_its_reason(index):
    rows = {row.label: row for topic in profile_view(index, "patrol", "E05000001").place for row in topic.rows}
    change = rows["Change in antisocial behaviour"]
    assert (change.value, change.interval, change.is_ok) == ("cannot tell: needs 24 months", "", False)


def test_an_area_is_called_different_only_beyond_its_interval(index, content):
    metrics = content.metrics.copy()
    row = (metrics["area_code"] == "E05000001") & (metrics["metric"] == "asb_rate_eb")
    for (low, high), words in {
        (9.5, 12.0): "more than",
        (8.0, 12.0): "not clearly different from",
        (2.0, 8.9): "less than",
    }.items():
        metrics.loc[row, ["estimate", "lower", "upper"]] = [(low + high) / 2, low, high]
        told = overview(index_site(changed(content, metrics=metrics)), "E05000001")
        assert f"{words} the force's 9.0" in told[-1]


def test_why_a_zone_is_red_is_said_with_its_interval_and_firmness(index):
    zone = all_zones(index)[0].zones[0]
    assert zone.why[0] == "108 incidents at 6 map points within 141 m in the last 12 months."
    assert "likely between 4.5 and 16.2" in zone.why[1]
    assert zone.firm == "In the list in 83 of 100 resamples of the past; 4 fewer incidents would remove it."
    assert zone.main_kind.startswith("Anti-social behaviour")


def test_the_rest_of_a_long_mix_is_summed_and_not_lost(hostile_content):
    zone = all_zones(index_site(hostile_content))[0].zones[0]
    assert zone.kinds[-1].category == "Other kinds"
    assert sum(int(kind.n) for kind in zone.kinds) == sum(90 - i for i in range(12))


def test_officer_generated_records_are_in_no_trend(content):
    table = monthly_counts(content)
    public = content.area_counts[~content.area_counts["is_officer_generated"]]
    assert table.to_numpy().sum() == public["n"].sum()


def test_a_month_that_was_not_loaded_is_a_gap_and_a_quiet_one_is_zero():
    months = [LocalMonth(2025, m).index for m in (1, 2, 4)]
    rows = pd.DataFrame({"area_code": "A", "month_index": [months[0], months[2]], "asb": [5, 7], "minor_crime": [1, 2]})
    view = trend(rows.set_index(["area_code", "month_index"]), ["A"], loaded=months, last=LocalMonth(2025, 4))
    assert [month.figures[0] for month in view.months] == ["5", "0", "no data", "7"]
    assert len(view.lines[0].runs) == 2


def test_no_loaded_month_is_no_trend(content):
    assert trend(monthly_counts(content), [], loaded=[], last=LocalMonth(2025, 12)) is None


def test_the_capacity_budget_speaks_for_a_back_test(content):
    view = accuracy_view(content.backtests["street"])
    assert "Tested on the last 6 months" in view.sentence
    assert "0.40\xa0% of the force's area" in view.sentence
    assert [row.is_chosen for row in view.rows] == [True, True, False, False]
    assert view.rows[0].gain == ""


def test_moved_points_are_told_in_words_and_stay_out_of_the_table(content):
    plain = content.backtests["street"]
    tables = [
        plain.summary.assign(scope=scope, jitter_m=jitter_m, share_of_seen=0.8, hit_rate=0.44 - jitter_m / 1000)
        for scope, jitter_m in [("force", 0.0), ("force", 35.0), ("built-up", 0.0)]
    ]
    view = accuracy_view(replace(plain, summary=pd.concat(tables, ignore_index=True)))
    assert len(view.rows) == len(plain.summary)
    assert {row.of_seen for row in view.rows} == {"0.80"}
    assert "moved by about 35 m" in view.moved
    assert accuracy_view(plain).moved == ""


def test_a_past_too_short_to_test_says_so():
    nothing = BacktestResult("street", pd.DataFrame(), pd.DataFrame(), "counts", "Too few months.")
    assert accuracy_view(nothing).sentence == "These zones could not be tested on earlier months."


def test_an_hour_of_the_average_share_is_one(content):
    view = RedTimesTable(content.red_times).view("patrol", "E05000001")
    matrix = content.red_times.matrix
    own = matrix[(matrix["scope"] == "patrol") & (matrix["code"] == "E05000001")]
    assert view.rows[0].cells[0].text == f"{own.iloc[0]['share'] * 168:.1f}"
    assert len(view.rows) == 7
    assert {len(row.cells) for row in view.rows} == {24}


def test_a_window_is_named_with_its_share_and_how_firm_it_is(content):
    table = RedTimesTable(content.red_times)
    assert table.view("zone", "street-001").windows[0].replace("\xa0", " ") == (
        "Friday 20:00 to 22:00: 3.1 % of the week's incidents, 2.4 times the force's usual share of these hours, "
        "unlikely to be chance (q under 0.001)"
    )
    assert "an even week" in table.view("force", "force").windows[0]


def test_a_place_without_timed_incidents_says_so(content):
    timed = content.red_times
    without = RedTimesResult("ok", "", timed.matrix, pd.DataFrame(), 5, 0)
    table = RedTimesTable(without)
    assert table.view("zone", "elsewhere").reason.startswith("No incident with a known time")
    assert table.view("force", "force").windows == ()


def test_file_names_are_safe_on_every_share():
    assert safe_name("../../etc/passwd") == "etc-passwd"
    assert safe_name("ST-SJ4012-6634") == "ST-SJ4012-6634"
    assert safe_name("...") == "unnamed"


def test_a_force_without_units_and_an_area_without_small_areas_still_get_pages(tmp_path, content):
    units = content.units.iloc[:0]
    patrol = content.patrol_areas.assign(parent_code=None)
    links = content.small_to_patrol[content.small_to_patrol["target_code"] != "E05000003"]
    report = build_site(tmp_path / "s", changed(content, units=units, patrol_areas=patrol, small_to_patrol=links))
    assert report.n_areas == 3
    assert "Other areas" in (tmp_path / "s" / "index.html").read_text(encoding="utf-8")
    html = (tmp_path / "s/areas/E05000003.html").read_text(encoding="utf-8")
    assert "No LSOA belongs here (each belongs where most of its people live)" in html


def test_one_geography_may_be_small_area_and_patrol_area_at_once(content):
    wards = content.patrol_areas
    codes = wards["area_code"]
    links = pd.DataFrame({"source_code": codes, "target_code": codes, "share": 1.0})
    metrics = content.metrics[content.metrics["geography"] == "ward:2025"]
    same = changed(content, small_areas=wards, small_to_patrol=links, metrics=metrics, segmentation=None)
    page = PageBuilder(index_site(same), ()).area("E05000001")
    assert page.small_areas[0].residents != "no data"
    assert page.profile.is_known


def test_another_reference_system_is_drawn_where_it_lies(content):
    moved = {name: getattr(content, name).to_crs(32630) for name in ("small_areas", "patrol_areas", "units", "force")}
    zones = {
        name: type(result)(result.scoring_set, result.zones.to_crs(32630), 12, 8)
        for name, result in content.zones.items()
    }
    identity = type(content.identity)(
        **{**{n: getattr(content.identity, n) for n in content.identity.__dataclass_fields__}, "analysis_epsg": 32630}
    )
    assert isinstance(moved["force"], gpd.GeoDataFrame)
    there = force_map(prepare_maps(index_site(changed(content, identity=identity, zones=zones, **moved)), overprint=""))
    here = force_map(prepare_maps(index_site(content), overprint=""))
    assert np.allclose(np.array(there.bounds), np.array(here.bounds), atol=2e-3)


def test_an_area_page_says_by_what_its_small_areas_belong_to_it(content):
    code = content.small_to_patrol["target_code"].iloc[0]
    links = content.small_to_patrol.assign(how="overlap")
    html = render("area.html.j2", PageBuilder(index_site(replace(content, small_to_patrol=links)), ()).area(code))
    assert "where most of its ground lies, so borders may differ" in html
    assert "most of its people live" not in html
