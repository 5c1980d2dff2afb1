"""Shifts and windows: over midnight, overlapping, with gaps, and how a calendar names them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SettingsError
from domain.shifts import DEFAULT_SHIFTS, Shift, parse_shift
from hotspots.shifts import lay_blocks, shifts_of_calendar
from hotspots.time_windows import BlockFigures, red_windows


def calendar(*rows: tuple[str, str, str]) -> pd.DataFrame:
    names, begins, ends = zip(*rows, strict=True)
    return pd.DataFrame(
        {"name": names, "begins_at": pd.to_datetime(list(begins)), "ends_at": pd.to_datetime(list(ends))}
    )


def windows(layout, red_hours) -> list[dict]:
    """Return the windows where these hours of the week are red and no others."""
    share = np.full((1, 168), 0.001)
    share[0, list(red_hours)] = 0.02
    of_block = layout.totals(share)[0]
    is_red = of_block > 0.001 * layout.n_hours * 1.5
    figures = BlockFigures(of_block, of_block, 0.001 * layout.n_hours, np.where(is_red, 1e-6, 1.0))
    return [row for _, row in red_windows(layout, figures, false_discovery_rate=0.05, most_windows=9)]


@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 24)), max_size=5),
    st.integers(1, 24),
)
def test_every_hour_is_in_one_block_and_every_block_in_one_duty(shifts, block_hours) -> None:
    layout = lay_blocks([Shift(str(i), *shift) for i, shift in enumerate(shifts)], block_hours=block_hours)
    assert layout.n_hours.sum() == 168
    assert np.bincount(layout.of_hour, minlength=len(layout.begin)).tolist() == layout.n_hours.tolist()
    assert (np.diff(layout.begin) > 0).all()
    assert layout.totals(np.ones((2, 168))).sum() == pytest.approx(2 * 168)
    assert layout.n_hours.max() <= 1.5 * block_hours


def test_a_red_night_is_one_window_that_runs_over_midnight_and_belongs_to_the_day_of_its_begin() -> None:
    layout = lay_blocks(DEFAULT_SHIFTS, block_hours=2)
    friday_night = [4 * 24 + 23, 5 * 24, 5 * 24 + 1, 5 * 24 + 2]
    (window,) = windows(layout, friday_night)
    assert (window["weekday"], window["begin_hour"], window["end_hour"], window["n_hours"]) == (4, 23, 3, 4)
    assert (window["label"], window["shift"]) == ("Fri 23:00-03:00", "Night")


def test_a_night_over_the_end_of_the_week_is_one_window() -> None:
    (window,) = windows(lay_blocks(DEFAULT_SHIFTS, block_hours=2), [167, 0, 1, 2])
    assert window["label"] == "Sun 23:00-03:00"


def test_a_window_never_spans_two_shifts() -> None:
    found = windows(lay_blocks(DEFAULT_SHIFTS, block_hours=2), range(4 * 24 + 21, 4 * 24 + 25))
    assert sorted(w["label"] for w in found) == ["Fri 21:00-23:00", "Fri 23:00-01:00"]


def test_of_overlapping_shifts_the_one_that_began_last_works_the_hour() -> None:
    layout = lay_blocks([Shift("Early", 7, 9), Shift("Late", 15, 9), Shift("Night", 22, 9)], block_hours=2)
    names = [layout.shift[layout.of_hour[hour]] for hour in (6, 7, 14, 15, 21, 22, 23)]
    assert names == ["Night", "Early", "Early", "Late", "Late", "Night", "Night"]
    # Late works seven hours before the night begins: 15 to 17, 17 to 19, and 19 to 22.
    assert layout.n_hours[layout.of_hour[[15, 17, 21]]].tolist() == [2, 2, 3]


def test_hours_without_a_shift_are_said_to_have_none() -> None:
    layout = lay_blocks([Shift("Day", 8, 12)], block_hours=2)
    assert {layout.shift[layout.of_hour[hour]] for hour in (0, 7, 20)} == {"no shift"}


def test_without_shifts_blocks_run_from_midnight() -> None:
    layout = lay_blocks([], block_hours=2)
    assert layout.begin.tolist() == list(range(0, 168, 2))
    assert set(layout.shift) == {""}


def test_a_calendar_may_name_a_shift_once_or_every_day() -> None:
    rows = calendar(
        ("Night", "2025-01-01 22:00", "2025-01-02 07:00"), ("Night", "2025-01-02 22:00", "2025-01-03 07:00"),
        ("Night", "2025-01-03 23:00", "2025-01-04 07:00"), ("Early", "2025-01-01 06:45", "2025-01-01 15:00"),
    )  # fmt: skip
    assert shifts_of_calendar(rows) == (Shift("Early", 7, 8), Shift("Night", 22, 9))


@pytest.mark.parametrize("end", ["2025-01-01 22:00", "2025-01-03 07:00"], ids=["no length", "over a day"])
def test_a_shift_without_length_or_longer_than_a_day_is_refused(end) -> None:
    with pytest.raises(SettingsError, match='the shift "Night" in the calendar lasts'):
        shifts_of_calendar(calendar(("Night", "2025-01-01 22:00", end)))


@pytest.mark.parametrize("text", ["Night", "Night 22:00", "Night 25:00-07:00", "22:00-07:00", "Night 22:70-07:00"])
def test_what_is_no_shift_is_refused_with_an_example(text) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_shift(text)
    assert "Night 22:00-07:00" in caught.value.hint


def test_shifts_are_read_over_midnight_and_round_the_clock() -> None:
    assert parse_shift("Late turn 14:00-24:00") == Shift("Late turn", 14, 10)
    assert parse_shift("All day 07:00-07:00") == Shift("All day", 7, 24)
    assert parse_shift("Night 22:00 - 07:00").words() == "Night 22:00-07:00"


def test_a_block_without_hours_is_refused() -> None:
    with pytest.raises(SettingsError, match="no block"):
        lay_blocks(DEFAULT_SHIFTS, block_hours=0)
