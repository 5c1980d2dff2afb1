"""Rounds on foot: near zones together, never too far, the list unchanged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.walking_groups import WalkingRules, walking_groups


def test_three_zones_of_a_town_centre_are_one_round_and_a_far_one_is_its_own() -> None:
    groups = walking_groups(np.array([0.0, 4_000.0, 300.0, 300.0]), np.array([0.0, 0.0, 0.0, 400.0]))
    assert [set(group.members) for group in groups] == [{0, 2, 3}, {1}]
    assert groups[0].members[0] == 0
    assert groups[0].round_m == pytest.approx(300 + 400 + 500)
    assert groups[1].round_m == 0


def test_a_round_is_the_shortest_of_all_orders() -> None:
    x, y = np.array([0.0, 500.0, 500.0, 0.0]), np.array([0.0, 500.0, 0.0, 500.0])
    (group,) = walking_groups(x, y)
    assert group.round_m == pytest.approx(2_000)
    assert group.members in {(0, 2, 1, 3), (0, 3, 1, 2)}


def test_a_chain_is_cut_where_the_round_would_be_too_long() -> None:
    x = np.arange(8) * 600.0
    groups = walking_groups(x, np.zeros(8), rules=WalkingRules(longest_round_m=2_400.0))
    assert max(group.round_m for group in groups) <= 2_400
    assert sorted(zone for group in groups for zone in group.members) == list(range(8))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3_000)), max_size=14))
def test_every_zone_is_in_exactly_one_round_within_the_rules(points) -> None:
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    rules = WalkingRules()
    groups = walking_groups(x, y, rules=rules)
    assert sorted(zone for group in groups for zone in group.members) == list(range(len(points)))
    for group in groups:
        assert len(group.members) <= rules.most_zones
        assert group.round_m <= rules.longest_round_m
        assert group.members[0] == min(group.members)
