"""Aoristic weights: reference cases 1a, 1b and 1d, and weights that always add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import SettingsError
from hotspots import aoristic
from hotspots.aoristic import CRIMEPY, RATCLIFFE, WHEELER, AoristicRule, aoristic_rows, aoristic_weights

MONDAY = np.datetime64("2025-12-01T00:00:00")


def times(*texts: str | None) -> np.ndarray:
    return np.array([text or "NaT" for text in texts], dtype="datetime64[s]")


def read_times(path: Path, *columns: str) -> list[np.ndarray]:
    frame = pd.read_csv(path)
    return [pd.to_datetime(frame[column]).to_numpy() for column in columns]


def cells(result) -> dict[tuple[int, int], float]:
    return {
        (int(d), int(h)): float(result.weights[d, h]) for d, h in zip(*np.nonzero(result.weights > 1e-12), strict=True)
    }


@pytest.mark.real_data
def test_reference_case_1a_ratcliffe(reference) -> None:
    begins, ends = read_times(reference / "aoristic_dcburglaries.csv", "begin", "end")
    expected = pd.read_csv(reference / "ref_aoristic_dcburgsum_expected.csv").iloc[:, 1:].to_numpy().T
    result = aoristic_weights(begins, ends, rule=RATCLIFFE)
    assert np.abs(result.weights - expected).max() <= 0.0005
    assert result.weights.sum() == pytest.approx(1025)
    assert (result.n_missing_end, result.n_week_or_longer) == (37, 28)


@pytest.mark.real_data
def test_reference_case_1b_wheeler(reference) -> None:
    begins, ends = read_times(reference / "ref_aoristic_wheeler_excel_cases.csv", "begin", "end")
    table = pd.read_csv(reference / "ref_aoristic_wheeler_excel_expected.csv")
    expected = np.roll(table["expected_weight"].to_numpy().reshape(7, 24), -1, axis=0)  # Sunday first
    result = aoristic_weights(begins, ends, rule=WHEELER)
    assert np.abs(result.weights - expected).max() <= 2.2e-7
    by_day = [0.14285714, 2.71428571, 0.57142857, 2.14285714, 0.64285714, 4.14550265, 0.64021164]
    assert result.weights.sum(axis=1).tolist() == pytest.approx(by_day, abs=2e-7)


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2025-12-01T01:00", "2025-12-01T01:00", {(0, 1): 1.0}),
        ("2025-12-01T01:00", "2025-12-01T01:30", {(0, 1): 1.0}),
        ("2025-12-01T01:00", "2025-12-01T02:30", {(0, 1): 2 / 3, (0, 2): 1 / 3}),
        ("2025-12-01T01:50", "2025-12-01T02:10", {(0, 1): 0.5, (0, 2): 0.5}),
        ("2025-12-01T01:10", None, {(0, 1): 1.0}),
        (None, "2025-12-01T01:10", {}),
        ("2025-12-01T02:10", "2025-12-01T01:50", {(0, 1): 0.5, (0, 2): 0.5}),
    ],
    ids=["instant", "half an hour", "over the hour", "round the hour", "no end", "no begin", "swapped"],
)
def test_reference_case_1d_crimepy(begin, end, expected) -> None:
    assert cells(aoristic_weights(times(begin), times(end), rule=CRIMEPY)) == pytest.approx(expected)


def test_reference_case_1d_longer_than_a_week() -> None:
    result = aoristic_weights(times("2025-12-01T01:00"), times("2025-12-09T01:00"), rule=CRIMEPY)
    np.testing.assert_allclose(result.weights, 1 / 168)
    assert result.n_week_or_longer == 1


@pytest.mark.real_data
def test_nyc_weights_sum_to_the_accepted_rows(real_data) -> None:
    path = real_data / "nyc" / "nyc_vehicle_thefts_2014_2017_intervals.csv.gz"
    begins, ends = read_times(path, "begin_time", "end_time")
    result = aoristic_weights(begins, ends)
    assert (result.n_accepted, result.n_missing_end) == (35_746, 2_852)
    assert result.weights.sum() == pytest.approx(35_746)
    left_out = aoristic_weights(begins, ends, rule=AoristicRule(missing_end="leave_out"))
    assert left_out.weights.sum() == pytest.approx(35_746 - 2_852)


def test_swapped_times_are_reported_and_the_rule_decides() -> None:
    begins, ends = times("2025-12-01T05:30", "2025-12-02T05:30"), times("2025-12-01T04:30", "2025-12-02T06:30")
    weights = {
        swapped: aoristic_weights(begins, ends, rule=AoristicRule(swapped=swapped))
        for swapped in ("begin_hour", "swap", "leave_out")
    }
    assert [w.n_swapped for w in weights.values()] == [1, 1, 1]
    assert cells(weights["begin_hour"])[0, 5] == 1
    assert cells(weights["swap"])[0, 4] == 0.5
    assert [w.n_accepted for w in weights.values()] == [2, 2, 1]


def test_a_range_runs_over_midnight_and_over_the_end_of_the_week() -> None:
    sunday_night = aoristic_weights(times("2025-12-07T23:00"), times("2025-12-08T01:00"))
    assert cells(sunday_night) == pytest.approx({(6, 23): 0.5, (0, 0): 0.5})


def test_the_end_itself_is_not_in_the_range() -> None:
    assert cells(aoristic_weights(times("2025-12-01T01:00"), times("2025-12-01T02:00"))) == {(0, 1): 1.0}


def test_a_night_of_a_changing_clock_is_spread_over_the_hours_on_the_wall() -> None:
    # In the night to 30 March 2025 clocks went from 01:00 to 02:00: the wall still shows four hours.
    spring = aoristic_weights(times("2025-03-29T23:00"), times("2025-03-30T03:00"))
    assert cells(spring) == pytest.approx({(5, 23): 0.25, (6, 0): 0.25, (6, 1): 0.25, (6, 2): 0.25})
    # In the night to 26 October a range of twenty real minutes may seem to end before it began.
    autumn = aoristic_weights(times("2025-10-26T01:50"), times("2025-10-26T01:10"))
    assert (autumn.n_swapped, cells(autumn)) == (1, {(6, 1): 1.0})


ranges = st.lists(
    st.tuples(st.integers(0, 40_000), st.one_of(st.none(), st.integers(-3_000, 14_000))), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(ranges, st.sampled_from(["begin_hour", "swap", "leave_out"]), st.sampled_from(["begin_hour", "leave_out"]))
def test_weights_add_up_and_single_incidents_agree_with_the_sum(minutes, swapped, missing_end) -> None:
    rule = AoristicRule(swapped=swapped, missing_end=missing_end)
    begins = np.array([MONDAY + np.timedelta64(b, "m") for b, _ in minutes])
    lengths = [np.timedelta64("NaT") if n is None else np.timedelta64(n, "m") for _, n in minutes]
    ends = begins + np.array(lengths, dtype="timedelta64[m]")
    total = aoristic_weights(begins, ends, rule=rule)
    single = aoristic_rows(begins, ends, rule=rule)
    assert total.weights.sum() == pytest.approx(total.n_accepted)
    assert total.weights.min() >= 0
    np.testing.assert_allclose(np.asarray(single.sum(axis=0)).reshape(7, 24), total.weights, atol=1e-9)
    assert set(np.round(np.asarray(single.sum(axis=1)).ravel(), 9)) <= {0.0, 1.0}
    a_week_on = aoristic_weights(begins + np.timedelta64(7, "D"), ends + np.timedelta64(7, "D"), rule=rule)
    np.testing.assert_allclose(a_week_on.weights, total.weights, atol=1e-9)


def test_weights_equal_a_count_of_single_minutes() -> None:
    rng = np.random.default_rng(3)
    begins = MONDAY + rng.integers(0, 10_080, 40).astype("timedelta64[m]")
    minutes = rng.integers(1, 9_000, 40)
    expected = np.zeros(168)
    for begin, length in zip(begins, minutes, strict=True):
        start = int((begin - MONDAY) / np.timedelta64(1, "m"))
        np.add.at(expected, (start + np.arange(length)) // 60 % 168, 1 / length)
    result = aoristic_weights(begins, begins + minutes.astype("timedelta64[m]"))
    np.testing.assert_allclose(result.weights.ravel(), expected, atol=1e-9)


@pytest.mark.parametrize("swapped", ["begin_hour", "swap", "leave_out"])
def test_compiled_and_plain_python_agree(swapped) -> None:
    rng = np.random.default_rng(8)
    begins = MONDAY + rng.integers(0, 20_000, 120).astype("timedelta64[m]")
    ends = begins + rng.integers(-600, 11_000, 120).astype("timedelta64[m]")
    begins[:5], ends[5:15], ends[15:20] = np.datetime64("NaT"), np.datetime64("NaT"), begins[15:20]
    ends[20:40] = begins[20:40] + rng.integers(10_020, 10_080, 20).astype("timedelta64[m]")  # back in the first hour
    code = {"begin_hour": 0, "swap": 1, "leave_out": 2}[swapped]
    arguments = begins.view(np.int64), ends.view(np.int64), 60, code, 0
    read = aoristic._begin_and_length
    for fast, slow in zip(read(*arguments), read.py_func(*arguments), strict=True):
        np.testing.assert_array_equal(fast, slow)
    begin_s, length_s = aoristic._begin_and_length(*arguments)[:2]
    summed = aoristic._sum_of_shares
    for fast, slow in zip(summed(begin_s, length_s), summed.py_func(begin_s, length_s), strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-12)
    touched = aoristic._hours_touched(begin_s, length_s)
    np.testing.assert_array_equal(touched, aoristic._hours_touched.py_func(begin_s, length_s))
    starts = np.concatenate([[0], np.cumsum(touched)])
    hours, values = np.zeros((2, starts[-1]), dtype=np.int64), np.zeros((2, starts[-1]))
    aoristic._write_rows(begin_s, length_s, starts, hours[0], values[0])
    aoristic._write_rows.py_func(begin_s, length_s, starts, hours[1], values[1])
    np.testing.assert_array_equal(hours[0], hours[1])
    np.testing.assert_array_equal(values[0], values[1])


def test_rows_hold_each_hour_once_in_rising_order() -> None:
    begins = times("2025-12-07T22:30", "2025-12-01T01:30", "2025-12-01T01:00", None)
    ends = times("2025-12-08T02:15", "2025-12-08T01:10", "2025-12-10T01:00", "2025-12-10T01:00")
    rows = aoristic_rows(begins, ends)
    assert rows.has_canonical_format
    assert rows[[0]].indices.tolist() == [0, 1, 2, 166, 167]
    np.testing.assert_allclose(rows[[0]].data * 225, [60, 60, 15, 30, 60])
    assert np.diff(rows.indptr).tolist() == [5, 168, 168, 0]
    assert rows[[1]].toarray()[0, 1] == pytest.approx(40 / 10_060)


def test_no_rows_give_no_weights() -> None:
    nothing = times()
    assert aoristic_weights(nothing, nothing).weights.sum() == 0
    assert aoristic_rows(nothing, nothing).shape == (0, 168)


def test_inputs_that_do_not_match_are_refused() -> None:
    with pytest.raises(SettingsError, match="same length"):
        aoristic_weights(times("2025-12-01"), times())
    with pytest.raises(SettingsError, match="divide the hour"):
        aoristic_weights(times(), times(), rule=AoristicRule(unit_s=7))
