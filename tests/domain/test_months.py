"""Local months: parsing, arithmetic, and where they begin in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SettingsError
from domain.months import LocalMonth, month_range

months = st.builds(LocalMonth, st.integers(1990, 2090), st.integers(1, 12))


def test_a_summer_month_begins_an_hour_before_utc() -> None:
    begin, end = LocalMonth(2025, 7).bounds("Europe/London")
    assert begin == datetime(2025, 6, 30, 23, tzinfo=UTC)
    assert end == datetime(2025, 7, 31, 23, tzinfo=UTC)


def test_the_month_of_the_clock_change_is_an_hour_longer() -> None:
    begin, end = LocalMonth(2025, 10).bounds("Europe/London")
    assert end - begin == timedelta(days=31, hours=1)


@given(months, st.integers(-500, 500))
def test_shifting_there_and_back_is_no_move(month: LocalMonth, by: int) -> None:
    assert month.shift(by).shift(-by) == month
    assert month.shift(by).index == month.index + by


@given(months)
def test_text_reads_back(month: LocalMonth) -> None:
    assert LocalMonth.parse(str(month)) == month
    assert LocalMonth.of(month.first_day) == month


@pytest.mark.parametrize("text", ["2025-13", "2025", "Dec 2025", "2025-00", "2025-12-02", ""])
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="not a month"):
        LocalMonth.parse(text)


def test_a_range_holds_both_ends() -> None:
    assert [str(m) for m in month_range(LocalMonth(2025, 11), LocalMonth(2026, 1))] == ["2025-11", "2025-12", "2026-01"]
    assert month_range(LocalMonth(2025, 2), LocalMonth(2025, 1)) == ()
    assert LocalMonth.of(date(2024, 2, 29)) == LocalMonth(2024, 2)
