"""Confidence and priorities in the score: what they do, what they cost, and that nothing else of people gets in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import AnalysisError
from hotspots.confidence import (
    Perception,
    area_of_pixels,
    confidence_deficits,
    confidence_factor,
    priority_weights,
    weigh_rows,
)
from hotspots.rasters import force_raster
from hotspots.red_zones import find_red_zones

ASB, DAMAGE = "Anti-social behaviour", "Criminal damage and arson"


def estimates(**shares) -> pd.DataFrame:
    return pd.DataFrame({"area_code": list(shares), "estimate": list(shares.values()), "state": ["ok"] * len(shares)})


def test_the_deficit_is_in_spreads_below_the_force_and_at_most_two() -> None:
    found = confidence_deficits(estimates(A=0.5, B=0.42, C=0.1, D=0.9), force_mean=0.5, between_area_sd=0.08)
    assert found == {"A": 0.0, "B": pytest.approx(1.0), "C": 2.0, "D": 0.0}


def test_an_area_without_an_estimate_has_none_and_areas_that_do_not_differ_no_deficit() -> None:
    table = estimates(A=0.3, B=np.nan).assign(state=["ok", "suppressed"])
    assert set(confidence_deficits(table, force_mean=0.5, between_area_sd=0.1)) == {"A"}
    assert confidence_deficits(table, force_mean=0.5, between_area_sd=0.0) == {"A": 0.0}


@pytest.mark.parametrize("column", ["income_deprivation", "ethnic_asian", "group_code", "segment_code", "asb_rate"])
def test_nothing_else_of_an_area_reaches_the_multiplier(column) -> None:
    """DESIGN rule 9: a table that carries anything beside the survey's estimate is refused."""
    with pytest.raises(AnalysisError, match=column):
        confidence_deficits(estimates(A=0.4).assign(**{column: 1.0}), force_mean=0.5, between_area_sd=0.1)
    named = pd.DataFrame({"area_code": ["A"], "category": [ASB], "n": [3], column: [1.0]})
    with pytest.raises(AnalysisError, match=column):
        priority_weights(named)


def test_segments_never_change_a_score_whatever_confidence_does(ashby) -> None:
    """The same zones and scores with the segments of the areas changed round, with the multiplier on."""
    known = Perception({"W2": 1.5}, 0.5)
    one = find_red_zones(**ashby.zone_input(area_segments={"E01": "A", "E02": "B"}), perception=known).zones
    other = find_red_zones(**ashby.zone_input(area_segments={"E01": "B", "E02": "A"}), perception=known).zones
    assert one["score"].tolist() == other["score"].tolist()
    assert one["zone_id"].tolist() == other["zone_id"].tolist()
    assert one["segment_code"].tolist() != other["segment_code"].tolist()


def test_low_confidence_lifts_the_score_by_one_plus_c_times_the_deficit(ashby) -> None:
    plain = find_red_zones(**ashby.zone_input()).zones
    lifted = find_red_zones(**ashby.zone_input(), perception=Perception({"W2": 1.5, "W1": 0.0}, 0.5)).zones
    estate = lifted[lifted["name"] == "Elm Road, Eastfield"].iloc[0]
    before = plain[plain["name"] == "Elm Road, Eastfield"].iloc[0]
    assert estate["confidence_factor"] == pytest.approx(1.75)
    assert estate["score"] == pytest.approx(1.75 * before["score"])
    assert estate["n_incidents"] == before["n_incidents"]
    assert estate["rank_without_confidence"] == before["rank_force"]
    market = lifted[lifted["patrol_code"] == "W1"].iloc[0]
    assert market["confidence_factor"] == 1.0


def test_both_lists_stand_side_by_side_with_what_one_gives_up(ashby) -> None:
    result = find_red_zones(**ashby.zone_input(), perception=Perception({"W1": 0.0, "W2": 2.0}, 1.0))
    lists = result.comparison
    assert (lists.state, lists.is_published, lists.strength) == ("ok", True, 1.0)
    assert set(lists.zones["change"]) <= {"stays", "enters", "leaves"}
    assert (lists.zones["change"] == "enters").sum() == (lists.zones["change"] == "leaves").sum()
    on_it = lists.zones.dropna(subset=["rank_with"])
    assert on_it["name"].tolist() == result.zones["name"].tolist()
    assert len(lists.periods) == 6
    assert (lists.periods["hits_with"] <= lists.periods["n_events"]).all()
    lost = (lists.periods["hits_without"] - lists.periods["hits_with"]).sum() / lists.periods["n_events"].sum()
    assert lists.given_up == pytest.approx(lost)
    assert lists.lower <= lists.given_up <= lists.upper


def test_with_c_at_nothing_the_plain_list_is_published_and_the_usual_one_is_shown_beside(ashby) -> None:
    plain = find_red_zones(**ashby.zone_input())
    result = find_red_zones(**ashby.zone_input(), perception=Perception({"W2": 2.0}, 0.0))
    assert result.zones["zone_id"].tolist() == plain.zones["zone_id"].tolist()
    np.testing.assert_allclose(result.zones["score"], plain.zones["score"])
    assert (result.comparison.state, result.comparison.is_published, result.comparison.strength) == ("ok", False, 0.25)


def test_without_a_survey_there_is_one_list_and_a_reason(ashby) -> None:
    result = find_red_zones(**ashby.zone_input())
    assert (result.comparison.state, result.comparison.is_published) == ("no_data", False)
    assert "No perception survey is loaded" in result.comparison.reason
    assert (result.zones["confidence_factor"] == 1.0).all()


def test_the_same_deficit_everywhere_changes_no_list(ashby) -> None:
    plain = find_red_zones(**ashby.zone_input()).zones
    result = find_red_zones(**ashby.zone_input(), perception=Perception({"W1": 1.0, "W2": 1.0}, 0.5))
    assert result.zones["zone_id"].tolist() == plain["zone_id"].tolist()
    assert set(result.comparison.zones["change"]) == {"stays"}
    assert result.comparison.given_up == 0.0


def test_the_parts_add_up_to_the_score(ashby) -> None:
    zones = find_red_zones(**ashby.zone_input(), perception=Perception({"W2": 1.0}, 0.5)).zones
    parts = zones[[name for name in zones if name.startswith("part_")]]
    np.testing.assert_allclose(parts.sum(axis=1), zones["score"])
    np.testing.assert_allclose(parts["part_counts"], zones["n_incidents"])
    assert (parts["part_age"] < 0).all()
    assert (parts["part_other_kinds"] > 0).all()
    counts = find_red_zones(**ashby.zone_input(model="prior counts, 12 months")).zones
    assert (counts["part_age"] == 0).all()
    np.testing.assert_allclose(counts["part_other_kinds"], 0, atol=1e-9)


def named(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_code", "category", "n"])


def test_priorities_of_many_weigh_and_of_few_hardly() -> None:
    many = priority_weights(named(("A", DAMAGE, 200), ("A", ASB, 0), ("B", ASB, 200), ("B", DAMAGE, 0)))
    few = priority_weights(named(("A", DAMAGE, 1), ("B", ASB, 400), ("B", DAMAGE, 400)))
    weight = many.set_index(["area_code", "category"])["weight"]
    assert weight["A", DAMAGE] == pytest.approx((200 + 10) / 220 / 0.5)
    assert weight["A", ASB] == 0.5  # held
    assert few.set_index(["area_code", "category"])["weight"]["A", DAMAGE] == pytest.approx(1.0, abs=0.06)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(lambda n: sum(n) > 0))
def test_weights_stay_between_a_half_and_two(n) -> None:
    weights = priority_weights(named(("A", ASB, n[0]), ("A", DAMAGE, n[1]), ("B", ASB, n[2]), ("B", DAMAGE, n[3])))
    assert weights["weight"].between(0.5, 2.0).all()


def test_no_priority_changes_nothing(ashby) -> None:
    assert priority_weights(named()).empty
    rows = pd.DataFrame({"patrol_code": ["W1"], "category": [ASB], "weight": [1.0]})
    assert weigh_rows(rows, priority_weights(named())) is rows


def test_priorities_move_scores_and_never_counts(ashby) -> None:
    wards = np.where(ashby.places["x"] < 343_000, "W1", "W2")
    town = replace(ashby, places=ashby.places.assign(patrol_code=wards))
    weights = pd.DataFrame({"area_code": ["W2"], "category": [ASB], "weight": [2.0]})
    plain = find_red_zones(**town.zone_input()).zones.set_index("name")
    weighed = find_red_zones(**town.zone_input(), perception=Perception(weights=weights)).zones.set_index("name")
    name = "Elm Road, Eastfield"
    assert weighed.loc[name, "score"] > 1.4 * plain.loc[name, "score"]
    assert weighed.loc[name, "n_incidents"] == plain.loc[name, "n_incidents"]
    assert weighed.loc[name, "expected_per_month"] == pytest.approx(plain.loc[name, "expected_per_month"])


def test_each_pixel_belongs_to_the_area_that_holds_most_of_it(ashby) -> None:
    raster = force_raster(ashby.outline, pixel_m=25)
    owner = area_of_pixels(ashby.wards, raster)
    row, column = raster.pixel_of(np.array([341_000.0, 344_000.0]), np.array([367_000.0, 368_000.0]))
    assert owner[row, column].tolist() == [0, 1]
    factor = confidence_factor({"W2": 1.0}, 0.25, ashby.wards, raster)
    assert factor[row, column].tolist() == [1.0, 1.25]
    assert confidence_factor({}, 0.25, ashby.wards, raster) is None
    beyond = ashby.wards.set_geometry(ashby.wards.translate(90_000, 0))
    assert (area_of_pixels(beyond, raster) == -1).all()


def test_an_area_of_two_islands_is_one_area(ashby) -> None:
    raster = force_raster(ashby.outline, pixel_m=25)
    both = shapely.MultiPolygon(
        [shapely.box(340_000, 366_000, 340_500, 366_500), shapely.box(345_000, 369_000, 345_500, 369_500)]
    )
    owner = area_of_pixels(ashby.wards.iloc[:1].set_geometry([both], crs=27700), raster)
    assert (owner == 0).sum() == 2 * 20 * 20


def in_wards(ashby) -> dict:
    """Return the input of Ashby with the ward of each place."""
    ward = np.where(ashby.places["x"] < 343_000, "W1", "W2")
    return ashby.zone_input(places=ashby.places.assign(patrol_code=ward))


def test_the_list_with_priorities_alone_is_the_one_that_is_published(ashby) -> None:
    """With c at 0 and weights on, the second list has no multiplier: it is the list of the page, not another one."""
    weights = pd.DataFrame({"area_code": ["W2", "W2"], "category": [ASB, DAMAGE], "weight": [0.5, 2.0]})
    known = Perception({"W1": 2.0, "W2": 0.0}, 0.0, weights, weights_note="Kinds weigh what people name.")
    result = find_red_zones(**in_wards(ashby), perception=known)
    lists = result.comparison
    assert (lists.state, lists.is_published, lists.strength, lists.weighs_kinds) == ("ok", True, 0.0, True)
    on_it = lists.zones.dropna(subset=["rank_with"]).sort_values("rank_with")
    assert on_it["name"].tolist() == result.zones["name"].tolist()
    assert (on_it["confidence_factor"] == 1.0).all()
    assert "with confidence and priorities is the one that is published" in lists.reason
    assert "Kinds weigh what people name." in result.notes


def test_weights_change_scores_and_never_counts_or_expected_incidents(ashby) -> None:
    weights = pd.DataFrame({"area_code": ["W2"], "category": [ASB], "weight": [0.5]})
    plain = find_red_zones(**in_wards(ashby)).zones.set_index("name")
    result = find_red_zones(**in_wards(ashby), perception=Perception(weights=weights))
    zones = result.zones.set_index("name")
    estate, market = "Elm Road, Eastfield", "Mill Lane / Market Place, Northgate"
    assert zones.loc[estate, "score"] < 0.7 * plain.loc[estate, "score"]
    for column in ("n_incidents", "expected_per_month", "top_place_share"):
        assert zones.loc[estate, column] == pytest.approx(plain.loc[estate, column])
    assert zones.loc[market, "score"] == pytest.approx(plain.loc[market, "score"], rel=0.05)
    parts = [name for name in zones if name.startswith("part_")]
    np.testing.assert_allclose(zones[parts].astype(float).sum(axis="columns"), zones["score"], rtol=1e-6)
