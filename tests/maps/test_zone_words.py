"""What pages say of zones beyond figures: firmness, flags, score parts, rounds, both lists, visible places."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from maps.export_fields import ZONE_FIELDS
from maps.exports import write_exports, write_red_zones
from maps.list_views import lists_view
from maps.lookup import index_site
from maps.visibility_views import coverage_sentence, visibility_labels, visibility_view
from maps.visible_exports import VISIBLE_FIELDS, visible_table
from maps.zone_reasons import actions, engagement, firm_sentence, flags, rank_sentences, round_sentence, score_rows
from maps.zone_views import all_zones

KINDS = {"Anti-social behaviour": "asb", "Shoplifting": "minor_crime"}


@pytest.fixture(scope="module")
def index(content):
    return index_site(content)


@pytest.mark.parametrize(
    ("margin", "said"),
    [
        (1, "; 1 fewer incident would remove it."),
        (4, "; 4 fewer incidents would remove it."),
        (-1, "a zone would stand here even without its own incidents"),
        (30, "it stays as long as any of its incidents is left"),
        (None, "100 resamples of the past."),
        (float("nan"), "100 resamples of the past."),
    ],
)
def test_how_firm_a_zone_is_and_what_it_hangs_on(margin, said) -> None:
    sentence = firm_sentence({"firmness": 0.5, "firmness_margin": margin, "n_incidents": 30})
    assert sentence.startswith("In the list in 50 of 100 resamples of the past")
    assert said in sentence


def test_an_older_run_says_nothing_of_what_it_did_not_test() -> None:
    row = {"is_single_address": False, "zone_id": "A"}
    assert firm_sentence(row) == ""
    assert flags(row) == ()
    assert score_rows(row) == ()
    assert rank_sentences(row) == ()
    assert round_sentence(row, {}) == ""


def test_a_protected_address_is_never_named() -> None:
    for category in ("refuge", "childrens_home", "hostel", "traveller_site"):
        said = " ".join(flags({"is_single_address": False, "sensitive_near": [category]}))
        assert "speak to your analyst" in said
        assert category.split("_")[0] not in said.lower()
    assert flags({"is_single_address": True, "sensitive_near": ["police_station", "prison"]}) == (
        "One address: problem-solving, not patrol",
        "Near a police station and a prison",
    )


def test_repeat_callers_are_a_flag_and_an_action_of_their_own() -> None:
    row = {"kinds": {"Anti-social behaviour": 9}, "is_single_address": False, "has_repeat_callers": True}
    assert flags(row) == ("Repeat callers: see who needs help before patrol",)
    said = actions(row, KINDS)
    assert said[1].startswith("Repeat callers stand behind much of this")
    assert len(said) == 1 + len(actions({**row, "has_repeat_callers": False}, KINDS))


def test_parts_of_a_score_stand_under_each_other_and_add_up(index) -> None:
    zone = all_zones(index)[0].zones[0]
    assert [part.value for part in zone.score_parts] == ["10.8", "\N{MINUS SIGN}3.6", "+0.9", "+0.9", "9.0"]
    assert zone.score_parts[-1].label == "Score"


def test_both_ranks_are_told_where_something_lifted_a_zone() -> None:
    row = {
        "nudge_factor": 1.5,
        "rank_without_nudges": 7.0,
        "confidence_factor": 1.25,
        "rank_without_confidence": np.nan,
    }
    nudge, confidence = rank_sentences(row)
    assert nudge == "Its score is multiplied by 1.50 for an analyst's nudge; without that: rank 7."
    assert confidence.endswith("for low confidence in the police here; without that: not on the list.")
    assert rank_sentences({**row, "nudge_factor": 1.0, "confidence_factor": 1.0}) == ()


def test_a_round_names_the_other_zones_and_its_length() -> None:
    row = {"zone_id": "A", "group_members": ["A", "C", "B"], "group_walk_m": 1_540.0}
    names = {"A": "zone 1", "B": "zone 2", "C": "zone 4"}
    assert round_sentence(row, names) == (
        "One round on foot with zone 4 and zone 2: about 1.5 km in all, as the crow flies."
    )
    assert round_sentence({**row, "group_members": ["A"]}, names) == ""


def test_every_zone_says_what_to_do_and_one_address_is_never_told_to_be_patrolled() -> None:
    street = {"kinds": {"Anti-social behaviour": 9, "Shoplifting": 1}, "is_single_address": False}
    shop = {"kinds": {"Anti-social behaviour": 1, "Shoplifting": 9}, "is_single_address": False}
    one = {**street, "is_single_address": True}
    assert actions(street, KINDS)[0] != actions(shop, KINDS)[0]
    assert "15 minutes" in " ".join(actions(street, KINDS))
    assert "15 minutes" not in " ".join(actions(one, KINDS))
    for row in (street, shop, one):
        assert actions(row, KINDS)[-1].startswith("Patrol alone does not move confidence")


def test_engagement_comes_from_the_segment_and_the_survey_or_says_that_there_is_none() -> None:
    lines = engagement("A1: Young renters", ("Twice the force's share of students.",), ("text message (41 %)",))
    assert lines == (
        "A1: Young renters. Twice the force's share of students.",
        "People here would rather hear from the police by text message (41 %) (survey).",
    )
    assert engagement("", (), ()) == ("No survey says how people here want to be told: ask, and note it.",)


def test_both_lists_and_their_price_are_said(index, content) -> None:
    view = lists_view(index, content.zones["street"])
    assert view.is_known
    assert view.summary == "The lists differ in 1 zone."
    assert view.price == (
        "Over 2 past months the list with confidence would have met 0.38 of 100 incidents fewer "
        "(95 % interval of the loss: 0.00 to 0.75)."
    )
    assert [(row.rank_without, row.rank_with) for row in view.zones] == [
        ("1", "1"),
        ("not on it", "2"),
        ("2", "not on it"),
    ]
    assert [row.month for row in view.periods] == ["November 2025", "December 2025"]
    assert [row.rule for row in view.overrides] == ["no zone here", "score times 1.50"]


def test_without_a_comparison_the_reason_stands_there(bare_content) -> None:
    index = index_site(bare_content)
    view = lists_view(index, bare_content.zones["street"])
    assert (view.is_known, view.reason, view.zones) == (False, "This run did not compare the lists.", ())
    assert coverage_sentence(index) == ""


def test_places_to_be_seen_at_are_rough_numbers_with_a_letter_on_the_map(index, content) -> None:
    code = content.patrol_areas["area_code"].iloc[0]
    view = visibility_view(index, code)
    assert [place.label for place in view.places] == ["V1", "V2"]
    assert view.places[0].residents == "about 1,230"
    assert view.places[0].workers == "not loaded"
    assert view.is_low_confidence
    assert [label.text for label in visibility_labels(index, code)] == ["V1", "V2"]
    assert {label.style for label in visibility_labels(index, code)} == {"visible"}
    assert coverage_sentence(index).startswith("Confidence is likely to be below the force in 1 patrol area;")


def test_what_else_is_in_sight_is_said_and_an_older_run_says_nothing(index, content) -> None:
    code = content.patrol_areas["area_code"].iloc[0]
    assert [place.in_sight for place in visibility_view(index, code).places] == ["1 school, 12 shops", ""]
    older = content.visibility.places.drop(columns="in_sight")
    view = visibility_view(index_site(replace(content, visibility=replace(content.visibility, places=older))), code)
    assert [place.in_sight for place in view.places] == ["", ""]
    assert "in_sight" in visible_table(older, content.identity)


def test_a_site_without_the_layer_says_so(bare_content) -> None:
    index = index_site(bare_content)
    view = visibility_view(index, bare_content.patrol_areas["area_code"].iloc[0])
    assert view.places == ()
    assert view.reason == "This run made no visibility layer."
    assert visibility_labels(index, bare_content.patrol_areas["area_code"].iloc[0]) == ()


def test_short_names_of_every_export_are_distinct_and_fit_a_shapefile() -> None:
    for fields in (ZONE_FIELDS, VISIBLE_FIELDS):
        short = [field.short.lower() for field in fields]
        assert len(set(short)) == len(short)
        assert max(map(len, short)) <= 10


def test_new_fields_come_out_of_every_format(content, tmp_path) -> None:
    result = content.zones["street"]
    files = {
        form: write_red_zones(
            result.zones, tmp_path / "zones", format=form, identity=content.identity, scoring_set="street"
        )
        for form in ("shp", "gpkg", "geojson", "csv")
    }
    by_format = {form: pyogrio.read_dataframe(file) for form, file in files.items() if form in {"gpkg", "geojson"}}
    by_format["shp"] = pyogrio.read_dataframe(f"/vsizip/{files['shp']}/zones.shp")
    by_format["csv"] = pd.read_csv(files["csv"])
    for form, table in by_format.items():
        name = {field.name: field.short if form == "shp" else field.name for field in ZONE_FIELDS}
        assert table[name["firmness_margin"]].tolist() == [4] * 6, form
        assert table[name["group_id"]].str.startswith("R-street-").all(), form
        assert table[name["sensitive"]].fillna("").tolist().count("hospital") == 1, form
        parts = sum(table[name[f"part_{part}"]] for part in ("counts", "age", "other_kinds", "spread", "adjusted"))
        np.testing.assert_allclose(parts, table[name["score"]], atol=0.01)
    with zipfile.ZipFile(files["shp"]) as archive:
        assert "firm_marg" in archive.read("zones-fields.csv").decode()


def test_zones_of_an_older_run_and_an_empty_list_can_still_be_exported(content, bare_content, tmp_path) -> None:
    older = content.zones["street"].zones[["zone_id", "rank_force", "rank_patrol", "name", "kinds", "geometry"]]
    empty = bare_content.zones["street"].zones
    for number, zones in enumerate((older, empty)):
        for form in ("shp", "gpkg", "geojson", "csv"):
            path = tmp_path / f"{number}-{form}"
            assert write_red_zones(zones, path, format=form, identity=content.identity).is_file()


def test_the_visibility_layer_is_exported_by_itself(content, tmp_path) -> None:
    written = {file.name for file in write_exports(tmp_path, content)}
    assert {f"visible-places{end}" for end in (".shp.zip", ".gpkg", ".geojson", ".csv")} <= written
    places = gpd.read_file(tmp_path / "visible-places.gpkg", layer="visible_places")
    assert places["residents"].tolist()[0] == 1230
    assert places["is_low_confidence"].tolist()[:2] == [1, 1]
    assert places["in_sight"].fillna("").tolist()[:2] == ["1 school, 12 shops", ""]
    assert set(places["marking"]) == {content.identity.marking}
    assert (
        pyogrio.read_info(f"/vsizip/{tmp_path / 'visible-places.shp.zip'}/visible-places.shp")["geometry_type"]
        == "Point"
    )
