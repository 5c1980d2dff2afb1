"""The visibility layer: where people are, never who they are, and never among the Red Zones."""

from __future__ import annotations

import inspect

import geopandas as gpd
import numpy as np
import pytest
import shapely

from domain.errors import CrsError
from hotspots import red_zones
from hotspots.visibility import PublicPlace, find_visible_places

WEST, SOUTH = 340_000, 366_000


def small_areas() -> gpd.GeoDataFrame:
    """Return six blocks of 1 by 4 km, from west to east."""
    shapes = [shapely.box(WEST + 1_000 * i, SOUTH, WEST + 1_000 * (i + 1), SOUTH + 4_000) for i in range(6)]
    columns = {"area_code": [f"E{i}" for i in range(6)], "area_name": "Block", "parent_code": None}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=27700)


def layer(town, residents=None, workers=None, places=(), **changes):
    values = {
        "patrol_areas": town.wards, "force": town.force, "streets": town.places, "low_confidence": frozenset({"W2"}),
        **changes,
    }  # fmt: skip
    people = {"E0": 4_000.0, "E1": 40_000.0, "E4": 8_000.0} if residents is None else residents
    return find_visible_places(small_areas(), people, workers or {}, places, **values)


def test_the_places_of_most_people_are_named_for_every_patrol_area(ashby) -> None:
    places = layer(ashby).places
    assert places["patrol_code"].tolist() == ["W1"] * 3 + ["W2"] * 3
    assert places["rank"].tolist() == [1, 2, 3] * 2
    assert places.loc[places["patrol_code"] == "W1", "x"].between(WEST + 1_000, WEST + 2_000).all()
    assert places.loc[places["patrol_code"] == "W2", "x"].between(WEST + 4_000, WEST + 5_000).all()
    assert places["is_low_confidence"].tolist() == [False] * 3 + [True] * 3
    assert places["grid_reference"].str.startswith("SJ ").all()
    assert places["name"].str.startswith("near Street ").any()


def test_people_in_sight_are_density_times_the_ground_in_sight(ashby) -> None:
    first = layer(ashby).places.iloc[0]
    assert first["residents"] == pytest.approx(40_000 / 4e6 * np.pi * 200**2, rel=0.06)
    assert np.isnan(first["workers"])
    assert first["people"] == first["residents"]


def test_places_stand_two_sights_apart(ashby) -> None:
    for _, own in layer(ashby).places.groupby("patrol_code"):
        xy = own[["x", "y"]].to_numpy()
        apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        assert apart[~np.eye(len(xy), dtype=bool)].min() >= 400


def test_people_at_work_count_where_they_are_more(ashby) -> None:
    result = layer(ashby, workers={"E2": 90_000.0})
    first = result.places.iloc[0]
    assert WEST + 2_000 < first["x"] < WEST + 3_000
    assert first["people"] == first["workers"] > first["residents"]
    assert not any("at work are not loaded" in note for note in result.notes)


def test_public_places_come_after_the_people_and_keep_their_own_point(ashby) -> None:
    station = PublicPlace("railway_station", WEST + 1_500.0, SOUTH + 2_000.0)
    park = PublicPlace("greenspace", WEST + 4_500.0, SOUTH + 1_000.0, "Castle Park")
    far = PublicPlace("school", WEST + 90_000.0, SOUTH)
    places = layer(ashby, places=[station, park, far]).places
    assert places["kind"].tolist() == ["people"] * 3 + ["railway_station"] + ["people"] * 3 + ["greenspace"]
    assert places.loc[places["kind"] == "greenspace", "name"].tolist() == ["Castle Park"]
    assert (places.geometry.x == places["x"]).all()


def test_without_people_there_is_no_layer_and_a_reason(ashby) -> None:
    result = layer(ashby, residents={})
    assert (result.state, len(result.places)) == ("no_data", 0)
    assert "Neither residents nor people at work are loaded" in result.reason


def test_what_is_not_known_is_said(ashby) -> None:
    result = layer(ashby, low_confidence=None)
    said = " ".join(result.notes)
    assert "No survey says where confidence is low" in said
    assert (
        "Not loaded, so not listed: school, railway station, transport hub, shopping centre, shop, licensed premises,"
        in said
    )
    assert "At what hour people are there is not known" in said
    assert set(result.places["is_low_confidence"]) == {None}


def test_a_patrol_area_where_nobody_lives_has_no_place(ashby) -> None:
    places = layer(ashby, residents={"E0": 100.0}).places
    assert set(places["patrol_code"]) == {"W1"}


def test_a_force_of_islands_and_other_reference_systems(ashby) -> None:
    islands = ashby.with_force(
        *[shapely.box(x, SOUTH, x + 700, SOUTH + 4_000) for x in range(WEST, WEST + 6_000, 1_000)]
    )
    places = layer(islands).places
    assert shapely.covers(islands.outline.buffer(30), places.geometry.to_numpy()).all()
    with pytest.raises(CrsError):
        layer(ashby, patrol_areas=ashby.wards.to_crs(32630))


def test_the_layer_never_reaches_a_score() -> None:
    """Residents are a census figure: nothing that places a Red Zone may know of this module (DESIGN rule 9)."""
    assert "visibility" not in inspect.getsource(red_zones)
    assert "residents" not in inspect.signature(red_zones.find_red_zones).parameters


def row_of(kind: str, x: float, y: float, n: int) -> list[PublicPlace]:
    return [PublicPlace(kind, x + 20.0 * i, y) for i in range(n)]


def test_shops_stand_for_their_street_and_every_kind_that_is_loaded_is_named_once(ashby) -> None:
    """The lone shop lies among more people; the street of eight is where people go."""
    lone, street = PublicPlace("shop", WEST + 1_500.0, SOUTH + 3_000.0), row_of("shop", WEST + 500.0, SOUTH + 500.0, 8)
    pubs = row_of("licensed_premises", WEST + 520.0, SOUTH + 500.0, 2)
    schools = [PublicPlace("school", WEST + 1_200.0 + 100 * i, SOUTH + 2_000.0) for i in range(4)]
    hub = PublicPlace("transport_hub", WEST + 600.0, SOUTH + 500.0)
    result = layer(ashby, places=[lone, *street, *pubs, *schools, hub])
    found = result.places[(result.places["patrol_code"] == "W1") & (result.places["kind"] != "people")]
    assert sorted(found["kind"]) == ["licensed_premises", "school", "shop", "transport_hub"]
    shop = found[found["kind"] == "shop"].iloc[0]
    assert (shop["x"], shop["y"]) in {(p.x, p.y) for p in street}
    assert shop["in_sight"] == {"shop": 7, "licensed_premises": 2, "transport_hub": 1}
    assert any("not their customers" in note for note in result.notes)


def test_what_is_in_sight_is_counted_for_places_of_people_too_and_a_place_not_for_itself(ashby) -> None:
    at = layer(ashby).places.iloc[0]
    shops = row_of("shop", at["x"], at["y"], 11)  # the last stands at 200 m, in sight
    beyond = PublicPlace("shop", at["x"] + 201.0, at["y"])
    first = layer(ashby, places=[*shops, beyond]).places.iloc[0]
    assert (first["x"], first["y"]) == (at["x"], at["y"])
    assert first["in_sight"] == {"shop": 11}
    park = layer(ashby, places=[PublicPlace("greenspace", WEST + 500.0, SOUTH + 500.0)]).places
    assert park.loc[park["kind"] == "greenspace", "in_sight"].tolist() == [{}]


def test_others_of_a_kind_fill_the_list_only_where_they_are_out_of_sight_of_one_another(ashby) -> None:
    near, far = (
        PublicPlace("school", WEST + 1_600.0, SOUTH + 2_000.0),
        PublicPlace("school", WEST + 1_900.0, SOUTH + 2_000.0),
    )
    places = layer(ashby, places=[PublicPlace("school", WEST + 1_500.0, SOUTH + 2_000.0), near, far]).places
    schools = places[places["kind"] == "school"]
    assert len(schools) == 2
    assert schools["x"].max() - schools["x"].min() >= 200
