"""Near repeats as a table: a planted echo is found, nothing is found in nothing, and month-only data say so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.areas import FigureState
from hotspots.near_repeat_table import (
    NEAR_REPEAT_COLUMNS,
    NearRepeatSettings,
    NearRepeatTable,
    near_repeat_table,
)

QUICK = NearRepeatSettings(n_permutations=199)


def incidents(n: int, *, echo: bool, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, y, day = rng.uniform(0, 5_000, n), rng.uniform(0, 5_000, n), rng.integers(0, 365, n)
    if echo:
        half = n // 2
        x[half:], y[half:] = x[:half] + rng.uniform(-60, 60, half), y[:half] + rng.uniform(-60, 60, half)
        day[half:] = day[:half] + rng.integers(0, 5, half)
    begins = pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D") + pd.to_timedelta(20, unit="h")
    return pd.DataFrame(
        {"incident_id": range(n), "place_id": range(n), "x": x, "y": y, "kind_id": 0, "is_officer_generated": False,
         "patrol_code": None, "begins_at": begins, "ends_at": begins + pd.Timedelta(hours=1)}
    )  # fmt: skip


def table(frame: pd.DataFrame, *, n_untimed: int = 0, kinds=frozenset({0})) -> NearRepeatTable:
    return near_repeat_table(frame, kinds, n_untimed=n_untimed, settings=QUICK, rng=np.random.default_rng(3))


def test_a_planted_echo_is_found_near_and_soon_and_nowhere_else() -> None:
    result = table(incidents(600, echo=True))
    assert list(result.bands.columns) == list(NEAR_REPEAT_COLUMNS)
    near = result.bands[(result.bands["distance_to_m"] == 100) & (result.bands["delay_to_days"] <= 7)]
    assert near["is_beyond_chance"].all()
    assert (near["ratio"] > 5).all()
    late = result.bands[(result.bands["distance_from_m"] >= 200) & (result.bands["delay_from_days"] >= 7)]
    assert not late["is_beyond_chance"].any()


def test_with_nothing_planted_hardly_any_seed_finds_anything() -> None:
    found = sum(table(incidents(300, echo=False, seed=s)).bands["is_beyond_chance"].any() for s in range(40))
    assert found <= 7  # of 40 at 5 per cent more than 7 have probability under 0.001


def test_row_order_and_other_kinds_change_nothing() -> None:
    frame = incidents(200, echo=True)
    other = frame.assign(kind_id=9, incident_id=frame["incident_id"] + 1_000)
    officers = frame.assign(is_officer_generated=True, incident_id=frame["incident_id"] + 2_000)
    mixed = pd.concat([frame, other, officers]).sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(table(mixed).bands, table(frame).bands)


def test_an_incident_without_a_certain_day_is_left_out_and_counted() -> None:
    frame = incidents(100, echo=False)
    frame.loc[:9, "ends_at"] = frame["begins_at"] + pd.Timedelta(days=3)
    result = table(frame)
    assert (result.n_events, result.n_left_out) == (90, 10)


def test_month_only_data_say_what_is_needed() -> None:
    result = table(incidents(0, echo=False), n_untimed=500)
    assert result.state == FigureState.NO_DATA
    assert "need the day of each incident" in result.reason


def test_too_few_incidents_cannot_tell() -> None:
    result = table(incidents(20, echo=False))
    assert (result.state, len(result.bands)) == (FigureState.CANNOT_TELL, 0)


def test_all_at_one_point_on_one_day_finds_nothing_and_shows_no_invented_ratio() -> None:
    frame = incidents(60, echo=False)
    day = pd.Timestamp("2025-05-01 10:00")
    result = table(frame.assign(x=1.0, y=1.0, begins_at=day, ends_at=day))
    assert result.state == FigureState.OK
    assert not result.bands["is_beyond_chance"].any()
