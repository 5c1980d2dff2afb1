"""The mean of the day and the days that differ: known answers, coverage, and "cannot tell"."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.stats import vonmises

from hotspots.calendar_effects import CALENDAR_COLUMNS, calendar_effects
from hotspots.circular import circular_day, rayleigh_p

FIRST, LAST = 2024 * 12, 2024 * 12 + 11


def at_hours(hours) -> csr_array:
    hours = np.asarray(hours)
    return csr_array((np.ones(len(hours)), (np.arange(len(hours)), hours)), shape=(len(hours), 168))


def test_rayleigh_p_is_the_published_formula() -> None:
    # Zar (1999), example 27.1: n = 8, r = 0.82522, the p-value lies between 0.001 and 0.002.
    assert 0.001 < float(rayleigh_p(0.82522, 8)) < 0.002
    assert float(rayleigh_p(0.0, 50)) == 1.0
    assert float(rayleigh_p(1.0, 50)) < 1e-20


def test_the_mean_runs_round_midnight() -> None:
    day = circular_day(at_hours([22, 23, 0, 1]))
    assert day.mean_hour % 24 == pytest.approx(0.0, abs=1e-9)
    assert day.resultant > 0.9
    assert circular_day(at_hours([9, 9 + 24, 9 + 48])).mean_hour == pytest.approx(9.5)


def test_an_even_day_has_no_mean_time() -> None:
    day = circular_day(at_hours(range(168)))
    assert np.isnan(day.mean_hour)
    assert day.p_value == 1.0
    assert circular_day(at_hours([])).n == 0


def test_the_interval_of_the_mean_covers_the_truth() -> None:
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(300):
        hours = np.floor((vonmises.rvs(1.0, loc=np.pi, size=80, random_state=rng) % (2 * np.pi)) * 12 / np.pi)
        day = circular_day(at_hours(hours.astype(int) % 24))
        covered += abs(day.mean_hour - 12.0) <= day.margin_hours
    assert 0.91 <= covered / 300 <= 0.985


def named(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    kinds, begins, ends, areas = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "category": kinds, "name": "x", "begins_at": pd.to_datetime(list(begins)),
            "ends_at": pd.to_datetime(list(ends)), "area_code": list(areas),
        }
    )  # fmt: skip


def a_year(rng, *, special=(), factor=1.0, per_day=20.0) -> np.ndarray:
    days = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    rate = np.where(np.isin(days, np.array(special, dtype="datetime64[D]")), factor, 1.0) * per_day
    times = np.repeat(days, rng.poisson(rate)).astype("datetime64[m]")
    return times + rng.integers(0, 1_440, len(times)).astype("timedelta64[m]")


def effects(times, calendar, *, patrol="W1") -> pd.DataFrame:
    return calendar_effects(
        times, times, calendar, patrol_codes=np.full(len(times), patrol, dtype=object), first_month_index=FIRST,
        last_month_index=LAST,
    ).set_index(["kind", "area_code"])  # fmt: skip


MATCHES = ("2024-02-10", "2024-03-09", "2024-04-13", "2024-05-11", "2024-09-14", "2024-10-12")
CALENDAR = named(*(("match_day", f"{day} 15:00", f"{day} 17:00", None) for day in MATCHES))


def test_a_planted_match_day_is_found_against_saturdays_of_the_month() -> None:
    row = effects(a_year(np.random.default_rng(1), special=MATCHES, factor=2.0), CALENDAR).loc[("match_day", "")]
    assert row["state"] == "ok"
    assert row["n_days"] == 6
    assert 1.3 < row["lower"] < 2.0 < row["upper"] < 3.0


def test_where_nothing_differs_the_interval_covers_one() -> None:
    found = [effects(a_year(np.random.default_rng(seed)), CALENDAR).loc[("match_day", "")] for seed in range(100)]
    covers = [row["lower"] <= 1 <= row["upper"] for row in found]
    assert 0.88 <= np.mean(covers) <= 1.0


def test_few_days_and_few_incidents_cannot_tell() -> None:
    few_days = named(("bank_holiday", "2024-05-06", "2024-05-06", None))
    row = effects(a_year(np.random.default_rng(1)), few_days).loc[("bank_holiday", "")]
    assert (row["state"], row["n_days"]) == ("cannot_tell", 1)
    quiet = effects(a_year(np.random.default_rng(1), per_day=0.2), CALENDAR).loc[("match_day", "")]
    assert quiet["state"] == "cannot_tell"
    assert np.isnan(quiet["rate_ratio"])
    assert "too few incidents" in quiet["note"]


def test_overlapping_rows_of_a_category_count_a_day_once() -> None:
    twice = pd.concat([CALENDAR, CALENDAR, named(("match_day", "2024-02-10 10:00", "2024-02-10 23:00", None))])
    times = a_year(np.random.default_rng(2))
    pd.testing.assert_frame_equal(effects(times, twice), effects(times, CALENDAR))


def test_a_day_of_one_area_is_compared_within_it() -> None:
    calendar = named(*(("match_day", f"{day} 15:00", f"{day} 17:00", "W2") for day in MATCHES))
    row = effects(a_year(np.random.default_rng(3)), calendar, patrol="W1").loc[("match_day", "W2")]
    assert (row["state"], row["n_incidents"]) == ("cannot_tell", 0)


def test_seasons_need_two_years_and_an_empty_calendar_names_no_day() -> None:
    found = effects(a_year(np.random.default_rng(4)), CALENDAR.iloc[:0])
    assert found.index.get_level_values("kind").tolist() == ["spring", "summer", "autumn", "winter"]
    assert set(found["state"]) == {"cannot_tell"}
    assert found["note"].str.contains("needs 24 months of times, there are 12").all()


def test_with_two_years_a_busy_summer_is_told() -> None:
    days = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    rng = np.random.default_rng(5)
    times = np.repeat(days, rng.poisson(np.where(np.isin(month, (6, 7, 8)), 30, 20))).astype("datetime64[m]")
    found = calendar_effects(
        times, times, CALENDAR.iloc[:0], patrol_codes=np.full(len(times), "W1", dtype=object),
        first_month_index=2023 * 12, last_month_index=LAST,
    ).set_index("kind")  # fmt: skip
    assert found.loc["summer", "rate_ratio"] == pytest.approx(1.5, abs=0.1)
    assert found.loc["winter", "upper"] < 1
    assert tuple(found.reset_index().columns) == CALENDAR_COLUMNS


def test_incidents_of_more_than_a_day_count_on_no_day() -> None:
    times = a_year(np.random.default_rng(1))
    vague = calendar_effects(
        times, times + np.timedelta64(30, "h"), CALENDAR, patrol_codes=np.full(len(times), "W1", dtype=object),
        first_month_index=FIRST, last_month_index=LAST,
    )  # fmt: skip
    assert vague["n_incidents"].sum() == 0
