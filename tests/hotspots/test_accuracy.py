"""Accuracy: reference cases 4, PredictCode's cases, and ties that no lucky order can win."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import AnalysisError
from hotspots.accuracy import (
    accuracy_curve,
    expected_hits_at_area,
    hit_rate,
    predictive_accuracy_index,
    top_slice,
)


def test_reference_case_4_three_areas() -> None:
    curve = accuracy_curve([3, 2, 1], [6, 3, 0])
    assert curve.pai.tolist() == pytest.approx([2, 1.5, 1])
    assert curve.pei.tolist() == pytest.approx([1, 1, 1])
    assert curve.rri.round(4).tolist() == [0.5, 0.5556, 0.6667]


def test_reference_case_4_six_areas_with_ties_in_input_order() -> None:
    curve = accuracy_curve([8, 4, 4, 2, 1, 0], [6, 7, 3, 2, 1, 0])
    assert curve.pai.round(6).tolist() == [1.894737, 2.052632, 1.684211, 1.421053, 1.2, 1]
    assert curve.pei.round(6).tolist() == [0.857143, 1, 1, 1, 1, 1]
    assert curve.rri.round(6).tolist() == [1.333333, 0.923077, 1, 1, 1, 1]


def test_reference_case_4_predictcode_top_slice() -> None:
    assert top_slice([1, 2, 3, 4, 5, 6], 0.7).sum() == 4
    assert top_slice([1, 2, 3, 4, 5, 6], 0.6).sum() == 3
    assert top_slice([1, 1, 1, 2, 3, 4], 0.7).tolist() == [False, False, True, True, True, True]


@pytest.mark.parametrize(("coverage", "rate"), [(0.01, 0), (0.02, 0), (0.05, 0), (0.49, 3 / 8), (0.5, 0.5), (1.0, 1.0)])
def test_reference_case_4_predictcode_hit_rate(coverage, rate) -> None:
    flagged = top_slice(np.arange(1, 9).reshape(2, 4), coverage)
    assert flagged.shape == (2, 4)
    assert hit_rate(np.ones((2, 4))[flagged].sum(), 8) == rate


def test_a_tie_counts_as_the_mean_over_every_order() -> None:
    events = np.array([5.0, 4.0, 0.0, 2.0])
    orders = [sum(events[list(order)][:2]) for order in itertools.permutations(range(1, 4))]
    in_expectation = 5 + np.mean([sum(events[list(o)][:2]) for o in itertools.permutations(range(1, 4))])
    assert expected_hits_at_area([9, 1, 1, 1], np.ones(4), events, 3) == pytest.approx(in_expectation)
    assert max(orders) > np.mean(orders)


def test_the_cell_at_the_margin_counts_in_its_share() -> None:
    assert expected_hits_at_area([3, 2, 1], [1, 1, 1], [4, 10, 1], 1.25) == pytest.approx(4 + 2.5)


def test_cells_are_ranked_by_score_per_area() -> None:
    # A clipped border cell with the lower score but the denser one comes first.
    assert expected_hits_at_area([10, 6], [1.0, 0.25], [1, 1], 0.25) == pytest.approx(1)


def test_budgets_beyond_the_ground_find_everything() -> None:
    hits = expected_hits_at_area([1, 2, 0], [1, 1, 1], [3, 4, 5], [0.0, 3.0, 50.0])
    assert hits.tolist() == [0, 12, 12]


def test_sums_in_another_order_still_tie() -> None:
    scores = [0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1]
    assert scores[0] != scores[1]
    assert expected_hits_at_area(scores, [1, 1], [4, 0], 1) == pytest.approx(2)


def test_several_kinds_of_events_at_once() -> None:
    events = np.array([[1.0, 2.0], [3.0, 4.0]])
    hits = expected_hits_at_area([2, 1], [1, 1], events, np.array([1.0, 2.0]))
    assert hits.tolist() == [[1, 3], [3, 7]]
    assert expected_hits_at_area([2, 1], [1, 1], list(events), np.array([1.0, 2.0])).tolist() == hits.tolist()


def test_a_budget_that_ends_within_the_ground_that_scores_needs_no_other() -> None:
    score, area, events = np.array([3.0, 0, 0, 1, 1]), np.array([1.0, 1, 0, 1, 2]), np.array([1.0, 10, 100, 4, 8])
    hits = [float(expected_hits_at_area(score, area, events, budget)) for budget in (0.5, 1, 2.5, 3.9, 4, 4.5, 5)]
    assert hits == pytest.approx([0.5, 1, 7, 12.6, 13, 18, 23])


numbers = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 9)), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(numbers, st.integers(0, 2**32 - 1))
def test_row_order_does_not_matter_and_everything_flagged_has_pai_1(cells, seed) -> None:
    score, area, events = np.array(cells, dtype=float).T
    budgets = np.linspace(0, area.sum(), 7)
    shuffled = np.random.default_rng(seed).permutation(len(cells))
    hits = expected_hits_at_area(score, area, events, budgets)
    np.testing.assert_allclose(
        hits, expected_hits_at_area(score[shuffled], area[shuffled], events[shuffled], budgets), atol=1e-9
    )
    assert (np.diff(hits) >= -1e-9).all()
    if events.sum():
        assert predictive_accuracy_index(hits[-1], events.sum(), 1.0) == pytest.approx(1)


def test_nothing_that_came_has_no_hit_rate_and_no_curve() -> None:
    assert np.isnan(hit_rate(0, 0))
    with pytest.raises(AnalysisError, match="no event"):
        accuracy_curve([1, 2], [0, 0])
    with pytest.raises(AnalysisError, match="length"):
        accuracy_curve([1, 2], [1])
