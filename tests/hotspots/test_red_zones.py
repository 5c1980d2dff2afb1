"""Red Zones of Ashby: where they are, what is said of them, and what must not change them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain.errors import AnalysisError, CrsError, SchemaError, SettingsError
from domain.incidents import ScoringSet
from hotspots.candidates import standard_candidates
from hotspots.exclusions import Exclusion
from hotspots.red_zones import ZoneSettings, find_red_zones

MARKET, ESTATE, SHOP = (341_210.0, 367_130.0), (344_640.0, 368_420.0), (345_310.0, 366_790.0)


@pytest.fixture(scope="module")
def zones(ashby) -> gpd.GeoDataFrame:
    return find_red_zones(**ashby.zone_input()).zones


def same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(other.drop(columns="geometry"))
    )


def test_the_planted_hot_spots_are_found_in_order(zones) -> None:
    assert zones["rank_force"].tolist() == [1, 2, 3]
    for (x, y), zone in zip((MARKET, ESTATE, SHOP), zones.itertuples(), strict=True):
        assert np.hypot(zone.centre_x - x, zone.centre_y - y) < 100
    assert zones["score"].is_monotonic_decreasing


def test_each_zone_is_named_placed_and_ranked_in_its_patrol_area(zones) -> None:
    assert zones["name"].tolist()[:2] == ["Mill Lane / Market Place, Northgate", "Elm Road, Eastfield"]
    assert zones["name"][2].startswith("Supermarket by Street ")
    assert zones["patrol_code"].tolist() == ["W1", "W2", "W2"]
    assert zones["rank_patrol"].tolist() == [1, 1, 2]
    assert zones["unit_code"].tolist() == ["D1"] * 3
    assert zones["segment_code"].tolist() == ["A", "B", "B"]
    assert zones["grid_reference"].str.fullmatch(r"SJ \d{4} \d{4}").all()
    assert zones["zone_id"].str.fullmatch(r"ST-SJ\d{4}-\d{4}").all()


def test_counts_are_those_of_the_public_within_the_circle(ashby, zones) -> None:
    rows = ashby.counts.merge(ashby.places, on="place_id")
    for zone in zones.itertuples():
        near = rows[np.hypot(rows["x"] - zone.centre_x, rows["y"] - zone.centre_y) <= 141]
        street = near[near["kind_id"].isin([0, 1])]
        assert zone.n_incidents == street["n"].sum() == sum(zone.kinds.values())
        assert zone.n_officer_generated == near.loc[near["kind_id"] == 4, "n"].sum()
        assert zone.n_places == len(street.drop_duplicates(["x", "y"]))
        assert set(zone.kinds) == {"Anti-social behaviour", "Criminal damage and arson"}


def test_one_address_is_not_a_hot_spot(zones) -> None:
    assert zones["is_single_address"].tolist() == [False, False, True]
    assert zones["top_place_share"][2] > 0.9


def test_expected_incidents_are_near_what_the_zone_saw_and_inside_their_interval(zones) -> None:
    per_month = zones["n_incidents"] / 12
    assert (zones["expected_lower"] < per_month).all()
    assert (per_month < zones["expected_upper"]).all()
    assert (zones["expected_lower"] < zones["expected_per_month"]).all()


def test_zones_are_clipped_to_the_force(ashby) -> None:
    coast = ashby.with_force(shapely.box(340_000, 366_000, MARKET[0] + 30, 370_000))
    inside = coast.places["x"] <= MARKET[0] + 30
    coast = replace(coast, places=coast.places.assign(is_inside=inside & coast.places["is_inside"]))
    zones = find_red_zones(**coast.zone_input(settings=ZoneSettings(capacity=1))).zones
    assert coast.outline.buffer(0.001).covers(zones.geometry[0])
    assert 0.6 * 0.0625 <= zones["area_km2"][0] < 0.0625


@pytest.mark.parametrize("scoring_set", list(ScoringSet))
@pytest.mark.parametrize("model", [candidate.name for candidate in standard_candidates()])
def test_every_candidate_can_place_zones(ashby, scoring_set, model) -> None:
    result = find_red_zones(**ashby.zone_input(scoring_set=scoring_set, model=model))
    assert len(result.zones) == 3
    assert result.scoring_set == scoring_set


def test_row_order_does_not_matter(ashby, zones) -> None:
    shuffled = ashby.zone_input(
        places=ashby.places.sample(frac=1, random_state=1), place_counts=ashby.counts.sample(frac=1, random_state=2)
    )
    same(find_red_zones(**shuffled).zones, zones)


def test_the_same_seed_gives_the_same_bytes(ashby, zones) -> None:
    again = find_red_zones(**ashby.zone_input()).zones
    same(again, zones)
    assert (again.geometry.to_wkb() == zones.geometry.to_wkb()).all()


def test_moving_the_whole_town_moves_the_zones_with_it(ashby, zones) -> None:
    there = find_red_zones(**ashby.moved(20_000, -12_350).zone_input()).zones
    np.testing.assert_allclose(there["centre_x"], zones["centre_x"] + 20_000)
    np.testing.assert_allclose(there["centre_y"], zones["centre_y"] - 12_350)
    np.testing.assert_allclose(there["score"], zones["score"])
    assert there["n_incidents"].tolist() == zones["n_incidents"].tolist()


def test_an_empty_region_beside_the_force_leaves_the_zones(ashby, zones) -> None:
    larger = ashby.with_force(ashby.outline, shapely.box(332_000, 366_000, 336_000, 370_000))
    there = find_red_zones(**larger.zone_input()).zones
    columns = ["zone_id", "name", "centre_x", "centre_y", "n_incidents"]
    pd.testing.assert_frame_equal(there[columns], zones[columns])
    np.testing.assert_allclose(there["score"], zones["score"])


def test_incidents_outside_the_force_and_of_officers_change_nothing(ashby, zones) -> None:
    officers = ashby.counts.assign(is_officer_generated=True, n=50)
    outside = ashby.counts.assign(place_id=221, n=99)
    extra = pd.concat([ashby.counts, officers, outside], ignore_index=True)
    there = find_red_zones(**ashby.zone_input(place_counts=extra)).zones
    assert there["zone_id"].tolist() == zones["zone_id"].tolist()
    assert there["n_incidents"].tolist() == zones["n_incidents"].tolist()
    assert (there["n_officer_generated"] > zones["n_officer_generated"]).all()


def test_months_outside_the_window_are_not_read(ashby, zones) -> None:
    old = ashby.counts.assign(month_index=ashby.counts["month_index"] - 12, n=40)
    later = ashby.counts.assign(month_index=ashby.counts["month_index"] + 12, n=40)
    extra = pd.concat([old, ashby.counts, later], ignore_index=True)
    same(find_red_zones(**ashby.zone_input(place_counts=extra)).zones, zones)


def test_weights_of_kinds_change_the_score_and_not_the_counts(ashby, zones) -> None:
    kinds = ashby.tables["kinds"].assign(weight=[3.0, 1.0, 1.0, 1.0, 1.0])
    there = find_red_zones(**ashby.zone_input(kinds=kinds)).zones
    assert there["score"][0] > 2 * zones["score"][0]
    assert there["expected_per_month"][0] < 1.2 * zones["expected_per_month"][0]


def test_ids_follow_the_zones_of_the_run_before(ashby, zones) -> None:
    before = zones.assign(zone_id=["ST-a", "ST-b", "ST-c"], geometry=zones.translate(40, 0))
    assert find_red_zones(**ashby.zone_input(previous=before)).zones["zone_id"].tolist() == ["ST-a", "ST-b", "ST-c"]
    with pytest.raises(CrsError):
        find_red_zones(**ashby.zone_input(previous=before.to_crs(32630)))


def test_firm_zones_stay_in_the_list_when_incidents_are_drawn_again(ashby) -> None:
    zones = find_red_zones(**ashby.zone_input(settings=ZoneSettings(capacity=8))).zones
    assert (zones["firmness"][:3] == 1.0).all()
    assert zones["firmness"][3:].max() < 1.0
    assert zones["firmness"].between(0, 1).all()


def test_another_reference_system_gets_plain_metres(ashby) -> None:
    force, wards = (frame.set_crs(32617, allow_override=True) for frame in (ashby.force, ashby.wards))
    zones = find_red_zones(**ashby.zone_input(force=force, patrol_areas=wards)).zones
    assert zones["grid_reference"].str.fullmatch(r"x \d+, y \d+").all()
    assert zones["zone_id"].str.fullmatch(r"ST-\d+-\d+").all()


def test_no_incident_gives_no_zone_and_a_sentence(ashby) -> None:
    result = find_red_zones(**ashby.counting().zone_input())
    filled = find_red_zones(**ashby.zone_input())
    assert result.zones.empty
    assert list(result.zones.columns) == list(filled.zones.columns)
    assert result.zones.crs == ashby.force.crs
    assert "there are no zones" in result.notes[0]


def test_one_incident_gives_one_zone_and_says_why_there_are_no_more(ashby) -> None:
    result = find_red_zones(**ashby.counting((202, 0, 1)).zone_input())
    assert result.zones["n_incidents"].tolist() == [1]
    assert result.zones["is_single_address"].tolist() == [True]
    assert result.notes[0] == "Patrol could cover 3 zones; incidents of the chosen kinds support 1."
    assert np.isfinite(result.zones[["expected_per_month", "expected_lower", "expected_upper"]].to_numpy()).all()


def test_all_incidents_at_one_point_give_one_zone(ashby) -> None:
    result = find_red_zones(**ashby.counting(*((220, age, 9) for age in range(12))).zone_input())
    assert result.zones["top_place_share"].tolist() == [1.0]


def test_a_single_month_is_enough_for_zones_and_is_said(ashby) -> None:
    result = find_red_zones(**ashby.counting((202, 0, 5), (212, 0, 3)).zone_input())
    assert len(result.zones) == 2
    assert "Of the last 12 months, data of 1 are loaded." in result.notes


def test_more_zones_than_the_force_has_ground_for(ashby) -> None:
    result = find_red_zones(**ashby.zone_input(settings=ZoneSettings(capacity=5_000)))
    assert 0 < len(result.zones) < 500
    assert result.zones["zone_id"].is_unique
    assert result.zones["n_incidents"].min() > 0


def test_a_force_of_islands(ashby) -> None:
    islands = [shapely.box(x, 366_000, x + 700, 370_000) for x in range(340_000, 346_000, 1_000)]
    town = ashby.with_force(*islands)
    inside = shapely.contains_xy(town.outline, town.places["x"], town.places["y"])
    town = replace(town, places=town.places.assign(is_inside=inside))
    zones = find_red_zones(**town.zone_input(settings=ZoneSettings(capacity=20))).zones
    assert zones.geometry.is_valid.all()
    assert town.outline.buffer(0.001).covers(shapely.union_all(zones.geometry.to_numpy()))


def test_places_without_any_location_are_named_by_area_and_grid(ashby) -> None:
    town = replace(ashby, places=ashby.places.assign(location=None))
    zones = find_red_zones(**town.zone_input()).zones
    assert (
        zones["name"]
        == zones["patrol_code"].map({"W1": "Northgate", "W2": "Eastfield"}) + ", " + zones["grid_reference"]
    ).all()


def test_names_are_never_shared(ashby) -> None:
    town = replace(ashby, places=ashby.places.assign(location="On or near High Street"))
    zones = find_red_zones(**town.zone_input(settings=ZoneSettings(capacity=10))).zones
    assert zones["name"].is_unique


def test_a_centre_in_no_patrol_area_belongs_to_the_nearest_and_on_a_border_to_the_lower_code(ashby) -> None:
    far = ashby.wards.set_geometry(ashby.wards.translate(0, 50_000))
    assert find_red_zones(**ashby.zone_input(patrol_areas=far)).zones["patrol_code"].tolist() == ["W1", "W2", "W2"]
    doubled = pd.concat([ashby.wards.assign(area_code=["W8", "W9"]), ashby.wards], ignore_index=True)
    assert set(find_red_zones(**ashby.zone_input(patrol_areas=doubled)).zones["patrol_code"]) == {"W1", "W2"}


def test_inputs_that_do_not_belong_together_are_refused(ashby) -> None:
    with pytest.raises(SchemaError):
        find_red_zones(**ashby.zone_input(places=ashby.places.drop(columns="is_inside")))
    with pytest.raises(AnalysisError, match="name a place or a category"):
        find_red_zones(**ashby.zone_input(places=ashby.places.iloc[:5]))
    with pytest.raises(CrsError):
        find_red_zones(**ashby.zone_input(patrol_areas=ashby.wards.to_crs(32630)))
    with pytest.raises(AnalysisError, match="no patrol areas"):
        find_red_zones(**ashby.zone_input(patrol_areas=ashby.wards.iloc[:0]))
    with pytest.raises(SettingsError, match="not a candidate"):
        find_red_zones(**ashby.zone_input(model="crystal ball"))


def test_no_zone_is_placed_on_excluded_ground_and_the_page_says_why(ashby, zones) -> None:
    station = Exclusion("O1", *MARKET, 200.0, "police station", "analyst")
    result = find_red_zones(**ashby.zone_input(exclusions=[station]))
    kept = result.zones
    assert np.hypot(kept["centre_x"] - MARKET[0], kept["centre_y"] - MARKET[1]).min() > 200
    assert kept.intersection(shapely.Point(*MARKET).buffer(199)).area.max() < 1e-6
    assert "No zone is placed within 200 m of O1: police station (analyst)." in result.notes
    for zone in zones.iloc[1:].itertuples():  # the surface of what is left differs a little, so that a disc may too
        assert np.hypot(kept["centre_x"] - zone.centre_x, kept["centre_y"] - zone.centre_y).min() < 100
    assert kept["n_incidents"].sum() < zones["n_incidents"].sum()


def test_a_force_that_is_excluded_as_a_whole_has_no_zones(ashby) -> None:
    result = find_red_zones(**ashby.zone_input(exclusions=[Exclusion("O1", *MARKET, 50_000.0, "trial", "analyst")]))
    assert result.zones.empty
    assert "there are no zones" in result.notes[0]
