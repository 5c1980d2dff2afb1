"""Red Times: planted hours are found, chance is not, and no hour is invented."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain.errors import AnalysisError
from domain.incidents import ScoringSet
from hotspots.aoristic import AoristicRule
from hotspots.hour_of_week import shrunk_shares, smoothed_week
from hotspots.red_times import RedTimeSettings, find_red_times
from hotspots.space_time_ledger import PoolChoice

MIDNIGHT = RedTimeSettings(shifts=())
FIRST_MONDAY = np.datetime64("2025-01-06T00:00")
KINDS = pd.DataFrame(
    {
        "kind_id": [0, 1, 2], "source": "log", "category": ["ASB", "Burglary", "Drugs"],
        "kind": ["asb", "other", "asb"], "is_street": [True, False, True],
        "is_officer_generated": [False, False, True], "weight": 1.0,
    }
)  # fmt: skip
WARDS = gpd.GeoDataFrame(
    {"area_code": ["W1", "W2"], "area_name": ["Northgate", "Eastfield"], "parent_code": ["D1", "D1"]},
    geometry=[shapely.box(0, 0, 1_000, 1_000), shapely.box(1_000, 0, 2_000, 1_000)],
    crs=27700,
)
ZONES = gpd.GeoDataFrame(
    {"zone_id": ["Z1"], "centre_x": [500.0], "centre_y": [500.0], "radius_m": [141.0], "unit_code": ["D1"]},
    geometry=[shapely.Point(500, 500).buffer(141)],
    crs=27700,
)


def log(day, hour, x, *, minutes=20, kind_id=0, is_officer_generated=False) -> pd.DataFrame:
    day, hour = np.asarray(day), np.asarray(hour)
    begins = (FIRST_MONDAY + (day * 1_440 + hour * 60).astype("timedelta64[m]")).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "incident_id": np.arange(len(day)), "place_id": 1, "x": x, "y": 500.0, "kind_id": kind_id,
            "is_officer_generated": is_officer_generated, "patrol_code": np.where(np.asarray(x) < 1_000, "W1", "W2"),
            "begins_at": begins, "ends_at": begins + np.timedelta64(minutes, "m"),
        }
    )  # fmt: skip


def flat_log(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return log(rng.integers(0, 350, n), rng.integers(0, 24, n), rng.choice([500.0, 1_500.0], n))


def planted_log(n: int = 3_000, seed: int = 1) -> pd.DataFrame:
    """Return a flat log with Friday 20:00 to 24:00 planted in the zone of the first ward."""
    rng = np.random.default_rng(seed)
    weeks = rng.integers(0, 50, 150)
    planted = log(weeks * 7 + 4, rng.integers(20, 24, 150), np.full(150, 500.0))
    return pd.concat([flat_log(n, seed), planted], ignore_index=True).assign(incident_id=range(n + 150))


def find(timed: pd.DataFrame, **changes):
    values = {
        "zones": ZONES, "patrol_areas": WARDS, "scoring_set": ScoringSet.STREET, "n_untimed": 5,
        "rng": np.random.default_rng(0), "settings": MIDNIGHT,
    }  # fmt: skip
    return find_red_times(timed, KINDS, **{**values, **changes})


@pytest.fixture(scope="module")
def result():
    return find(planted_log())


def test_the_planted_evening_is_the_first_red_time_of_force_ward_and_zone(result) -> None:
    first = result.windows[result.windows["rank"] == 1].set_index("code")["label"]
    assert first["W1"] == first["Z1"] == first["force"] == "Fri 20:00-24:00"
    assert "W2" not in first


def test_windows_say_how_much_and_how_sure(result) -> None:
    window = result.windows.set_index("code").loc["Z1"]
    assert (window["weekday"], window["begin_hour"], window["end_hour"], window["n_hours"]) == (4, 20, 24, 4)
    assert 1.2 < window["ratio_lower"] < window["ratio"] < window["ratio_upper"]
    assert window["p_value"] <= window["q_value"] <= 0.05
    hours = result.matrix.query("code == 'Z1' and weekday == 4 and hour >= 20")
    assert window["weight"] == pytest.approx(hours["weight"].sum())
    assert window["share"] == pytest.approx(hours["share"].sum())
    assert window["ratio"] == pytest.approx(hours["share"].sum() / hours["force_share"].sum())


def test_shares_of_every_scope_sum_to_1_and_weights_to_its_incidents(result) -> None:
    by_scope = result.matrix.groupby(["scope", "code"])
    np.testing.assert_allclose(by_scope["share"].sum(), 1)
    np.testing.assert_allclose(by_scope["force_share"].sum(), 1)
    assert by_scope.size().unique().tolist() == [168]
    assert by_scope["weight"].sum()["force", "force"] == pytest.approx(result.n_timed) == pytest.approx(3_150)
    wards = by_scope["weight"].sum()["patrol"]
    assert wards.sum() == pytest.approx(3_150)
    assert result.n_untimed == 5


def test_row_order_and_seed_decide_nothing_else(result) -> None:
    again = find(planted_log().sample(frac=1, random_state=9))
    pd.testing.assert_frame_equal(again.matrix, result.matrix)
    pd.testing.assert_frame_equal(again.windows, result.windows)


def test_where_nothing_is_planted_hardly_anything_is_found() -> None:
    found = [len(find(flat_log(400, seed)).windows) > 0 for seed in range(30)]
    # Four scopes, each with a false discovery rate of 5 per cent at most.
    assert np.mean(found) <= 0.25


def test_a_long_range_says_next_to_nothing() -> None:
    vague = planted_log().assign(ends_at=lambda t: t["begins_at"] + np.timedelta64(6, "D"))
    assert find(vague).windows.query("code == 'Z1'").empty


def test_a_thin_zone_borrows_from_its_unit_and_the_force() -> None:
    thin = log([4, 4], [21, 22], np.array([500.0, 510.0]))
    busy = flat_log(2_000, 3).assign(x=1_500.0, patrol_code="W2", incident_id=lambda t: t["incident_id"] + 10)
    matrix = find(pd.concat([thin, busy], ignore_index=True)).matrix
    zone = matrix[matrix["code"] == "Z1"]
    assert np.abs(zone["share"] - zone["force_share"]).max() < 0.01
    assert zone["weight"].sum() == pytest.approx(2)


def test_too_few_incidents_name_no_window() -> None:
    few = log(np.full(9, 4), np.full(9, 21), np.full(9, 500.0))
    busy = flat_log(2_000, 3).assign(x=1_500.0, patrol_code="W2", incident_id=lambda t: t["incident_id"] + 10)
    timed = pd.concat([few, busy], ignore_index=True)
    assert "Z1" not in set(find(timed).windows["code"])
    assert "Z1" in set(find(timed, settings=RedTimeSettings(shifts=(), least_incidents=5)).windows["code"])


def test_monthly_data_have_no_red_times_and_say_so() -> None:
    result = find(planted_log().iloc[:0], n_untimed=80_955)
    assert result.state == "no_data"
    assert result.reason == "Red Times need the times of incidents and are not available from monthly data."
    assert (result.n_timed, result.n_untimed, len(result.matrix), len(result.windows)) == (0, 80_955, 0, 0)
    assert "share" in result.matrix.columns
    assert "label" in result.windows.columns


def test_other_kinds_and_officers_rows_never_count() -> None:
    timed = pd.concat(
        [log([1], [1], [500.0], kind_id=1), log([1], [1], [500.0], kind_id=2),
         log([1], [1], [500.0], is_officer_generated=True)],
        ignore_index=True,
    )  # fmt: skip
    result = find(timed)
    assert result.state == "no_data"
    assert "chosen kinds" in result.reason


@pytest.mark.parametrize("n", [1, 40])
def test_all_in_one_hour_gives_a_clear_answer(n) -> None:
    result = find(log(np.full(n, 4), np.full(n, 21), np.full(n, 500.0)))
    assert result.state == "ok"
    assert set(result.windows["code"]) <= {"force"}
    assert result.matrix["share"].between(0, 1).all()


def test_no_zones_and_no_patrol_area_leave_the_force() -> None:
    timed = flat_log(50, 2).assign(patrol_code=None)
    result = find(timed, zones=ZONES.iloc[:0])
    assert set(result.matrix["scope"]) == {"force"}


def test_ends_that_are_missing_count_in_the_hour_of_the_begin() -> None:
    timed = log([0, 1], [8, 9], [500.0, 500.0]).assign(ends_at=np.datetime64("NaT", "us"))
    matrix = find(timed).matrix.query("scope == 'force' and weight > 0")
    assert matrix[["weekday", "hour", "weight"]].to_numpy().tolist() == [[0, 8, 1], [1, 9, 1]]


def test_older_incidents_count_less_in_the_share_and_not_in_the_weight() -> None:
    timed = log([0, 301], [8, 20], [500.0, 500.0])
    force = find(timed, settings=RedTimeSettings(half_life_months=1.0)).matrix.query("scope == 'force'")
    assert force.loc[force["hour"] == 20, "share"].sum() > 10 * force.loc[force["hour"] == 8, "share"].sum()
    assert sorted(force["weight"])[-2:] == [1, 1]


def test_a_category_that_nobody_knows_is_refused() -> None:
    with pytest.raises(AnalysisError, match="categories"):
        find(log([0], [8], [500.0], kind_id=77))


def test_smoothing_keeps_totals_and_runs_round_the_week() -> None:
    weights = np.zeros((1, 168))
    weights[0, 167] = 4.0
    smooth = smoothed_week(weights, pooled=0.0)
    assert smooth.sum() == pytest.approx(4)
    assert smooth[0, 0] == pytest.approx(smooth[0, 166])
    assert smooth[0, 0] > 0
    pooled = smoothed_week(weights, pooled=0.6)
    assert pooled.sum() == pytest.approx(4)
    assert pooled[0, 23] == pytest.approx(0.6 * smooth[0, 167] / 7)


def test_shrinkage_is_the_published_formula() -> None:
    prior = np.full(168, 1 / 168)
    weights = np.zeros((1, 168))
    weights[0, 5] = 50.0
    shares = shrunk_shares(weights, prior, prior_incidents=100.0)
    assert shares[0, 5] == pytest.approx((50 + 100 / 168) / 150)
    assert shares.sum() == pytest.approx(1)


def two_environments(seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a log in which places of the environment A1 are red on Friday evenings, whatever their district."""
    rng = np.random.default_rng(seed)
    flat = flat_log(3_000, seed)
    evening = log(rng.integers(0, 50, 300) * 7 + 4, rng.integers(20, 24, 300), rng.choice([500.0, 1_500.0], 300))
    timed = pd.concat([flat.assign(small_area_code="E02"), evening.assign(small_area_code="E01")], ignore_index=True)
    membership = pd.DataFrame(
        {"area_code": ["E01", "E02"], "group_code": ["A", "A"], "environment_code": ["A1", "A2"]}
    )  # fmt: skip
    return timed.assign(incident_id=range(len(timed))), membership


def test_segments_have_red_times_of_their_own_and_the_group_holds_both() -> None:
    timed, membership = two_environments()
    result = find(timed, membership=membership)
    segments = result.matrix[result.matrix["scope"] == "segment"]
    assert segments["code"].unique().tolist() == ["A", "A1", "A2"]
    assert segments.groupby("code")["weight"].sum().to_dict() == pytest.approx({"A": 3_300, "A1": 300, "A2": 3_000})
    first = result.windows.query("scope == 'segment' and rank == 1").set_index("code")["label"]
    assert first["A1"] == "Fri 20:00-24:00"


def test_a_thin_zone_borrows_from_the_environment_where_that_was_chosen() -> None:
    timed, membership = two_environments()
    thin = log([1], [3], [500.0]).assign(y=5_000.0, small_area_code="E01", incident_id=9_999)
    zone = ZONES.assign(zone_id="Z9", centre_y=5_000.0)
    shares = {}
    for pool in ("district", "environment"):
        choice = PoolChoice(pool, use_zone_hours=True, reason=f"{pool} it is.")
        result = find(pd.concat([timed, thin]), membership=membership, zones=zone, choice=choice)
        matrix = result.matrix.query("code == 'Z9' and weekday == 4 and hour >= 20")
        shares[pool] = matrix["share"].sum()
        assert result.pool == pool
        assert f"{pool} it is." in result.notes
    assert shares["environment"] > 1.5 * shares["district"]


def test_where_zone_hours_did_not_prove_themselves_the_force_hours_stand() -> None:
    choice = PoolChoice("district", use_zone_hours=False, reason="Not better than the force.")
    result = find(planted_log(), choice=choice)
    zone = result.matrix[result.matrix["code"] == "Z1"]
    np.testing.assert_array_equal(zone["share"], zone["force_share"])
    assert set(result.windows["scope"]) == {"force"}
    assert result.pool == ""


def test_a_zone_without_timed_rows_has_no_hours_and_stops_nothing() -> None:
    far = ZONES.assign(zone_id="Z2", centre_x=90_000.0)
    result = find(planted_log(), zones=gpd.GeoDataFrame(pd.concat([ZONES, far]), crs=27700))
    assert "Z2" not in set(result.matrix["code"])
    assert "Z1" in set(result.matrix["code"])


def test_a_single_month_gives_windows_with_wide_intervals_and_no_crash() -> None:
    one_month = planted_log().query("begins_at < '2025-02-01'")
    result = find(one_month)
    assert result.state == "ok"
    assert (result.windows["ratio_lower"] <= result.windows["ratio"]).all()


def test_what_is_odd_in_the_times_is_reported_and_the_rule_decides() -> None:
    timed = pd.concat([flat_log(60, 1), log([0, 1], [8, 9], [500.0, 500.0], minutes=-30)], ignore_index=True)
    timed = timed.assign(incident_id=range(62))
    kept, left_out = (
        find(timed, settings=RedTimeSettings(shifts=(), rule=AoristicRule(swapped=rule)))
        for rule in ("begin_hour", "leave_out")
    )
    assert (kept.n_timed, left_out.n_timed) == (62, 60)
    assert any("end before they begin on the local clock: 2." in note for note in kept.notes)
    assert any("Of these 2 are left out by the setting." in note for note in left_out.notes)


def test_by_default_windows_follow_the_shifts() -> None:
    result = find(planted_log(), settings=RedTimeSettings())
    zone = result.windows[result.windows["code"] == "Z1"]
    assert set(zone["shift"]) <= {"Early", "Late", "Night"}
    assert zone["label"].iloc[0].startswith("Fri ")
    assert result.shifts == ("Early 07:00-15:00", "Late 15:00-23:00", "Night 23:00-07:00")


def test_the_middle_of_the_day_is_told_for_every_scope(result) -> None:
    assert set(result.days["scope"]) == {"force", "patrol", "zone"}
    assert result.days.set_index("code").loc["force", "n"] == 3_150
