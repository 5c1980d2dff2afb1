"""Zone and time: hours budgets, ties in expectation, PAI_st by hand, and no verdict without a past."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspots.aoristic import aoristic_rows
from hotspots.candidates import PriorCounts
from hotspots.cover import covered_shares
from hotspots.space_time import SpaceTimeSettings, TimedEvents, space_time_backtest
from hotspots.space_time_ledger import EQUAL, FLEXIBLE, FORCE_HOURS, OWN_HOURS, pool_candidate

# Forty cells of 250 m; one per cent of the area is not a whole cell, five per cent are two.
OUTLINE = shapely.box(0, 0, 2_500, 1_000)
EAST, WEST = (125.0, 125.0), (2_125.0, 625.0)
MONDAY = np.datetime64("2025-01-06T00:00", "m")
TWO_CELLS = SpaceTimeSettings(area_share=0.05, hour_share=2 / 168, block_hours=2)


def made(rows, *, pools=None) -> TimedEvents:
    """Return incidents from (place, period, hour of the week)."""
    x, y = np.array([place for place, _, _ in rows]).T
    period, hour = np.array([(p, h) for _, p, h in rows]).T
    begins = MONDAY + (hour * 60).astype("timedelta64[m]")
    codes = {} if pools is None else {name: np.array(values, dtype=object) for name, values in pools.items()}
    return TimedEvents(x, y, period, aoristic_rows(begins, begins), codes)


def run_test(events: TimedEvents, **changes):
    values = {
        "candidate": PriorCounts(), "test_periods": range(3, 7), "window": 12, "rng": np.random.default_rng(1),
        "settings": TWO_CELLS,
    }  # fmt: skip
    return space_time_backtest(events, OUTLINE, **{**values, **changes})


def rates(result, selection: str) -> dict[str, float]:
    part = result.summary[result.summary["selection"] == selection]
    return dict(zip(part["candidate"], part["hit_rate"], strict=True))


@pytest.fixture(scope="module")
def morning_and_evening() -> TimedEvents:
    """Return a cell that is busy on Monday mornings, and one that is busy on Thursday nights, alike each period."""
    rows = [(EAST, p, 8) for p in range(7) for _ in range(30)] + [(WEST, p, 90) for p in range(7) for _ in range(20)]
    codes = ["e"] * 210 + ["w"] * 140
    return made(rows, pools={"district": codes})


def test_each_cell_in_its_own_hours_meets_all_that_the_force_hours_half_miss(morning_and_evening) -> None:
    equal = rates(run_test(morning_and_evening), EQUAL)
    assert equal[OWN_HOURS] == pytest.approx(1.0)
    assert equal[pool_candidate("district")] == pytest.approx(1.0)
    assert equal[FORCE_HOURS] == pytest.approx(0.6)


def test_pai_st_is_the_hit_rate_over_the_share_of_area_and_hours(morning_and_evening) -> None:
    result = run_test(morning_and_evening)
    row = result.ledger.query("selection == @EQUAL and candidate == @OWN_HOURS").iloc[0]
    assert row["pai_st"] == pytest.approx(1.0 / (0.05 * 2 / 168))
    assert (row["n_events"], row["hits"]) == (50, pytest.approx(50))
    assert row["scope"] == "force by hour"


def test_flexible_hours_move_to_the_cell_where_they_meet_more() -> None:
    # The west has nothing but one early hour; the east is busy in four hours.
    rows = [(EAST, p, h) for p in range(7) for h in (8, 9, 10, 11) for _ in range(20)]
    rows += [(WEST, p, 90) for p in range(7) for _ in range(4)]
    result = run_test(made(rows))
    assert rates(result, EQUAL)[OWN_HOURS] == pytest.approx((40 + 4) / 84)
    assert rates(result, FLEXIBLE)[OWN_HOURS] == pytest.approx(80 / 84)


def test_hours_that_tie_are_taken_in_expectation() -> None:
    rows = [(EAST, p, h) for p in range(7) for h in range(0, 168, 2)] + [(WEST, p, 90) for p in range(7)]
    result = run_test(made(rows), settings=SpaceTimeSettings(area_share=1.0, hour_share=0.25))
    # East: a quarter of its 84 alike blocks; the west's one hour is taken whole.
    assert rates(result, EQUAL)[OWN_HOURS] == pytest.approx((21 + 1) / 85)


def test_the_pool_that_tells_more_is_chosen_and_significance_is_said(morning_and_evening) -> None:
    rng = np.random.default_rng(4)
    rows, codes = [], []
    for p in range(12):
        for place, hour, code in ((EAST, 8, "busy mornings"), (WEST, 90, "busy nights")):
            rows += [(place, p, (hour + int(d)) % 168) for d in rng.integers(0, 3, 8)]
            codes += [code] * 8
    shuffled = list(rng.permutation(codes))
    events = made(rows, pools={"district": shuffled, "environment": codes})
    choice = run_test(events, test_periods=range(4, 12)).choice
    assert choice.pool == "environment"
    assert choice.use_zone_hours
    assert "a firm difference" in choice.reason
    same = made(rows, pools={"district": codes, "environment": codes})
    assert "not significant" in run_test(same, test_periods=range(4, 12)).choice.reason
    assert "told more" in run_test(morning_and_evening).choice.reason


def test_where_zones_keep_the_hours_of_the_force_the_force_hours_are_used() -> None:
    rng = np.random.default_rng(2)
    rows = [(place, p, h) for p in range(10) for place in (EAST, WEST) for h in rng.integers(0, 168, 6)]
    events = made(rows, pools={"district": ["d"] * len(rows)})
    choice = run_test(events, test_periods=range(4, 10)).choice
    assert not choice.use_zone_hours
    assert "the force's usual hours are used" in choice.reason


@pytest.mark.parametrize("n_periods", [1, 3])
def test_a_short_past_gives_no_verdict(morning_and_evening, n_periods) -> None:
    keep = morning_and_evening.period < n_periods
    rows = np.flatnonzero(keep)
    short = TimedEvents(
        morning_and_evening.x[keep], morning_and_evening.y[keep], morning_and_evening.period[keep],
        morning_and_evening.hours[rows], {"district": morning_and_evening.pools["district"][keep]},
    )  # fmt: skip
    result = run_test(short, test_periods=range(n_periods))
    assert result.state == "cannot_tell"
    assert result.summary.empty
    assert "untested" in result.choice.reason


def test_the_order_of_the_incidents_does_not_matter(morning_and_evening) -> None:
    order = np.random.default_rng(5).permutation(len(morning_and_evening.x))
    m = morning_and_evening
    shuffled = TimedEvents(
        m.x[order], m.y[order], m.period[order], m.hours[order], {"district": m.pools["district"][order]}
    )
    one, other = run_test(m).summary, run_test(shuffled).summary
    np.testing.assert_allclose(one["hit_rate"], other["hit_rate"])
    np.testing.assert_allclose(one["information"], other["information"])


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0.5, 3.0)), min_size=1, max_size=20),
    st.floats(0, 1),
)
def test_covered_items_cost_the_budget_and_none_is_passed_over(items, part) -> None:
    score, size = (np.array(v, dtype=np.float64) for v in zip(*items, strict=True))
    budget = part * size.sum()
    shares = covered_shares(score, size, budget)
    assert shares @ size == pytest.approx(budget)
    density = score / size
    taken, left = density[shares > 0], density[shares < 1]
    if len(taken) and len(left):
        assert taken.min() >= left.max() - 1e-9
    np.testing.assert_array_equal(covered_shares(score * 4, size, budget), shares)


def test_items_without_size_are_never_taken() -> None:
    assert covered_shares([5.0, 1.0], [0.0, 1.0], 1.0).tolist() == [0.0, 1.0]
