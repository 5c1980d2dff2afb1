"""The price of fairness: caps hold, no cap is the published ranking, and a short past gives no price."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.capped_zones import PRICE_COLUMNS, choose_under_caps, price_of_caps
from hotspots.exclusions import Exclusion
from hotspots.red_zones import ZoneSettings


def price(town, **changes):
    given = town.zone_input()
    values = {name: given[name] for name in ("places", "place_counts", "kinds", "scoring_set", "force", "model")}
    values |= {
        "last_month_index": given["last_month_index"], "test_months": 4, "settings": ZoneSettings(capacity=4),
        "class_of_area": {"E01": "poor", "E02": "rich"}, "rng": np.random.default_rng(1),
    }  # fmt: skip
    return price_of_caps(**{**values, **changes})


@pytest.fixture(scope="module")
def priced(ashby):
    return price(ashby)


def test_without_a_cap_nothing_is_lost_and_nothing_moves(priced) -> None:
    free = priced.curve.iloc[0]
    assert np.isinf(free["slack"])
    assert (free["lost"], free["lost_lower"], free["lost_upper"], free["n_moved"]) == (0, 0, 0, 0)
    assert tuple(priced.curve.columns) == PRICE_COLUMNS
    assert 0 < free["hit_rate"] <= 1


def test_a_tighter_cap_never_leaves_a_larger_excess(priced) -> None:
    assert priced.curve["slack"].tolist()[1:] == [0.2, 0.1, 0.05, 0.0]
    excess = priced.curve["largest_excess"].to_numpy()
    assert (np.diff(excess) <= 1e-9).all()
    by_class = priced.shares[priced.shares["slack"] == 0.0]
    # With four zones a share is capped at the next whole zone above it.
    assert (by_class["zones_share"] <= by_class["report_share"] + 1 / 4 + 1e-9).all()


def test_report_shares_are_of_reports_and_sum_to_one(priced) -> None:
    for _, own in priced.shares.groupby("slack"):
        assert own["report_share"].sum() == pytest.approx(1)
        assert own["zones_share"].sum() == pytest.approx(1)


def test_areas_of_no_known_class_are_never_capped(ashby) -> None:
    found = price(ashby, class_of_area={})
    assert found.curve["n_moved"].tolist() == [0] * 5
    assert found.shares.empty


def test_excluded_ground_holds_no_zone_here_either(ashby) -> None:
    x, y = ashby.places.loc[ashby.places["place_id"] == 202, ["x", "y"]].iloc[0]
    without = price(ashby, exclusions=(Exclusion("O1", float(x), float(y), 400.0, "works", "planner"),))
    assert without.curve.iloc[0]["hit_rate"] != price(ashby).curve.iloc[0]["hit_rate"]


def test_a_short_past_gives_no_price(ashby) -> None:
    found = price(ashby, test_months=2)
    assert found.state == "cannot_tell"
    assert found.curve.empty
    assert "needs 3" in found.reason
    assert price(ashby.counting()).state == "cannot_tell"


def test_a_full_class_is_passed_over_and_the_ranking_goes_on() -> None:
    ranked = np.array(["a", "a", "b", "a", "", "b"], dtype=object)
    assert choose_under_caps(ranked, {"a": 1, "b": 1}, capacity=4).tolist() == [0, 2, 4]
    assert choose_under_caps(ranked, {}, capacity=3).tolist() == [0, 1, 2]
    assert choose_under_caps(ranked, {"a": 0, "b": 0}, capacity=3).tolist() == [4]
