"""Overrides: excluded, nudged, overlapping; applied before ranking, in a stated order, and logged."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from hotspots.exclusions import Exclusion
from hotspots.overrides import Nudge, nudge_factor
from hotspots.rasters import force_raster
from hotspots.red_zones import find_red_zones
from hotspots.sensitive_places import SensitivePlace, default_addresses, sensitive_near

MARKET, ESTATE, SHOP = (341_210.0, 367_130.0), (344_640.0, 368_420.0), (345_310.0, 366_790.0)


def nudge(name="N1", at=ESTATE, *, factor=4.0, radius_m=400.0) -> Nudge:
    return Nudge(name, *at, radius_m, factor, "new skate park", "Insp Northgate")


def exclusion(name="X1", at=MARKET, radius_m=300.0) -> Exclusion:
    return Exclusion(name, *at, radius_m, "the station", "analyst")


def test_a_nudge_moves_a_zone_up_and_both_ranks_are_told(ashby) -> None:
    plain = find_red_zones(**ashby.zone_input())
    nudged = find_red_zones(**ashby.zone_input(), nudges=[nudge()])
    first = nudged.zones.iloc[0]
    assert plain.zones["name"].tolist()[:2] == ["Mill Lane / Market Place, Northgate", "Elm Road, Eastfield"]
    assert first["name"] == "Elm Road, Eastfield"
    assert (first["rank_force"], first["rank_without_nudges"]) == (1, 2)
    assert first["nudge_factor"] == pytest.approx(4.0, abs=0.01)
    assert nudged.zones["rank_without_nudges"].tolist()[1] == 1
    assert "is multiplied by 4: new skate park (Insp Northgate)." in " ".join(nudged.notes)


def test_counts_and_expected_incidents_do_not_feel_a_nudge(ashby) -> None:
    plain = find_red_zones(**ashby.zone_input()).zones.set_index("name")
    nudged = find_red_zones(**ashby.zone_input(), nudges=[nudge()]).zones.set_index("name")
    for column in ("n_incidents", "expected_per_month"):
        assert nudged.loc["Elm Road, Eastfield", column] == plain.loc["Elm Road, Eastfield", column]
    assert nudged.loc["Elm Road, Eastfield", "part_adjusted"] == pytest.approx(
        0.75 * nudged.loc["Elm Road, Eastfield", "score"], rel=0.01
    )


def test_a_nudge_to_nothing_keeps_zones_away(ashby) -> None:
    zones = find_red_zones(**ashby.zone_input(), nudges=[nudge(factor=0.0)]).zones
    assert "Elm Road, Eastfield" not in set(zones["name"])


def test_an_exclusion_wins_over_a_nudge_on_the_same_ground(ashby) -> None:
    result = find_red_zones(**ashby.zone_input(), exclusions=[exclusion(at=ESTATE)], nudges=[nudge(factor=9.0)])
    assert "Elm Road, Eastfield" not in set(result.zones["name"])
    assert "exclusions first, then nudges" in result.notes[-1]


def test_overlapping_nudges_multiply_and_are_held_between_0_and_10() -> None:
    raster = force_raster(shapely.box(0, 0, 1000, 1000), pixel_m=25)
    both = [nudge("N1", (500, 500), factor=3.0, radius_m=100), nudge("N2", (560, 500), factor=5.0, radius_m=100)]
    factor = nudge_factor(both, raster)
    assert factor[20, 21] == 10.0  # 3 x 5, held
    assert factor[20, 17] == 3.0
    assert factor[20, 25] == 5.0
    assert factor[0, 0] == 1.0
    np.testing.assert_array_equal(factor, nudge_factor(both[::-1], raster))
    assert nudge_factor([], raster) is None


def test_a_nudge_beside_the_force_changes_nothing(ashby) -> None:
    far = nudge(at=(100_000.0, 100_000.0))
    plain, nudged = (find_red_zones(**ashby.zone_input(), nudges=n).zones for n in ((), (far,)))
    assert nudged["zone_id"].tolist() == plain["zone_id"].tolist()
    np.testing.assert_allclose(nudged["score"], plain["score"])


def test_every_override_is_logged_with_what_it_met(ashby) -> None:
    result = find_red_zones(**ashby.zone_input(), exclusions=[exclusion()], nudges=[nudge(), nudge("N2", MARKET)])
    log = result.overrides
    assert log["override_id"].tolist() == ["X1", "N1", "N2"]
    assert log["rule"].tolist() == ["exclude", "nudge", "nudge"]
    assert log["n_incidents"].min() > 20
    assert log["n_zones"].tolist()[0] == 0
    assert log["n_zones"].tolist()[1] >= 1
    assert np.isnan(log["factor"][0])
    rows = ashby.counts[ashby.counts["kind_id"].isin([0, 1])].merge(ashby.places, on="place_id")
    near = np.hypot(rows["x"] - MARKET[0], rows["y"] - MARKET[1]) <= 300
    assert log["n_incidents"][0] == rows.loc[near, "n"].sum()


def test_overrides_over_all_the_ground_leave_no_zone_and_say_so(ashby) -> None:
    result = find_red_zones(
        **ashby.zone_input(), exclusions=[exclusion(radius_m=5_000.0), exclusion("X2", SHOP, 5_000.0)]
    )
    assert result.zones.empty
    assert "there are no zones" in result.notes[0]
    assert len(result.overrides) == 2


def test_rows_at_a_default_address_place_no_zone(ashby) -> None:
    places = [SensitivePlace("hospital", *SHOP), SensitivePlace("refuge", *ESTATE), SensitivePlace("school", *MARKET)]
    rules = default_addresses(places, owner="analysis")
    assert [rule.name for rule in rules] == ["default address: hospital 1"]
    result = find_red_zones(**ashby.zone_input(), exclusions=rules, sensitive=places)
    zones = result.zones
    assert result.notes[-1].startswith("Incidents at default addresses (1: ")
    assert result.overrides["override_id"].tolist() == ["default address: hospital 1"]
    assert not zones["name"].str.startswith("Supermarket").any()


def test_zones_over_or_near_a_sensitive_place_are_flagged_by_category_only(ashby) -> None:
    places = [
        SensitivePlace("refuge", ESTATE[0] + 200, ESTATE[1]),
        SensitivePlace("refuge", ESTATE[0], ESTATE[1]),
        SensitivePlace("hostel", SHOP[0] + 300, SHOP[1]),
        SensitivePlace("hostel", SHOP[0] + 300, SHOP[1], radius_m=250),
        SensitivePlace("school", *MARKET),
    ]
    zones = find_red_zones(**ashby.zone_input(), sensitive=places).zones
    assert zones["sensitive_near"].tolist() == [[], ["refuge"], ["hostel"]]
    x, y = np.array([MARKET[0]]), np.array([MARKET[1]])
    assert sensitive_near([], x, y, radius_m=141.0) == [[]]
