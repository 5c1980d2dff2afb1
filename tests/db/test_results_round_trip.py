"""What a run computed comes back as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from shapely import Point

from db import results, runs
from db.space_time import write_space_time
from domain.months import LocalMonth
from hotspots.results import BacktestResult, RedTimesResult, RedZonesResult
from profiles.results import MetricDefinition, ProfileResult
from segmentation.results import SegmentationResult

if TYPE_CHECKING:
    from sqlalchemy import Connection

DECEMBER = LocalMonth(2025, 12)


def _run(connection: Connection, *, fingerprint: str = "abc", month: LocalMonth = DECEMBER) -> int:
    return runs.start_or_resume_run(
        connection, month=month, fingerprint=fingerprint, config_fingerprint="c", input_fingerprint="i",
        code_version="0", seed=1, settings={"a": 1}, load_ids=[1, 2],
    ).run_id  # fmt: skip


def _zones(*ids: str) -> RedZonesResult:
    n = len(ids)
    frame = gpd.GeoDataFrame(
        {
            "zone_id": list(ids), "rank_force": range(1, n + 1), "rank_patrol": [1] * n, "patrol_code": ["E05"] * n,
            "unit_code": ["E06"] * n, "name": ["Mill Lane, Northgate"] * n, "grid_reference": ["SJ 4012 6634"] * n,
            "centre_x": 340_120.5, "centre_y": 366_340.25, "radius_m": 141.0, "area_km2": 0.0625, "score": 1 / 3,
            "expected_per_month": 4.2, "expected_lower": 3.1, "expected_upper": np.nan, "n_incidents": 50,
            "n_places": 4, "kinds": [{"Anti-social behaviour": 40, "Criminal damage": 10}] * n, "top_place_share": 0.4,
            "is_single_address": [False] * n, "n_officer_generated": 3, "segment_code": [None] * n,
            "firmness": [83] * n, "why": [["busy", 2]] * n,
        },
        geometry=[Point(340_120.5 + i, 366_340.25).buffer(141) for i in range(n)],
        crs=27700,
    )  # fmt: skip
    return RedZonesResult("street", frame, 12, 20, ("Fewer zones than capacity.",))


def test_profiles(connection: Connection) -> None:
    metrics = pd.DataFrame(
        {
            "geography": ["lsoa:2021", "lsoa:2021"], "area_code": ["E01", "E02"], "metric": ["asb_rate", "asb_rate"],
            "estimate": [1 / 3, np.nan], "lower": [0.1, np.nan], "upper": [0.9, np.nan], "numerator": [5.0, np.nan],
            "denominator": [15.0, np.nan], "force_estimate": [0.4, 0.4], "index": [83.0, np.nan],
            "nation_estimate": [0.5, np.nan], "nation_index": [66.0, np.nan], "q_value": [0.03, np.nan],
            "state": ["ok", "no_data"], "note": pd.Series([None, "no residents"], dtype=object),
        }
    )  # fmt: skip
    definition = MetricDefinition(
        "asb_rate", "ASB rate", "place", "per 1,000", "police.uk", "2025", "place", "Only what is reported.", "England"
    )
    written = ProfileResult(metrics, (definition,))
    run_id = _run(connection)
    for _ in range(2):  # a second attempt takes the place of the first
        results.write_profiles(connection, run_id, written)
    read = results.read_profiles(connection, run_id)
    assert read is not None
    assert read.definitions == (definition,)
    assert_frame_equal(read.metrics, metrics, check_dtype=False, rtol=1e-9)


def test_zones(connection: Connection) -> None:
    run_id = _run(connection)
    written = _zones("ST-1", "ST-2")
    results.write_zones(connection, run_id, written)
    read = results.read_zones(connection, run_id)["street"]
    assert (read.window_months, read.capacity, read.notes) == (12, 20, written.notes)
    assert read.zones.crs.to_epsg() == 27700
    assert read.zones.geometry.geom_equals(written.zones.geometry).all()
    same = [c for c in written.zones.columns if c != "geometry"]
    assert_frame_equal(pd.DataFrame(read.zones[same]), pd.DataFrame(written.zones[same]), check_dtype=False, rtol=1e-9)


def test_zones_of_the_run_before(connection: Connection) -> None:
    earlier = _run(connection, fingerprint="old", month=DECEMBER.shift(-1))
    results.write_zones(connection, earlier, _zones("ST-9"))
    assert results.previous_zones(connection, before=DECEMBER, scoring_set="street") is None
    runs.finish_run(connection, earlier)
    found = results.previous_zones(connection, before=DECEMBER, scoring_set="street")
    assert found is not None
    assert found["zone_id"].tolist() == ["ST-9"]


def test_backtest(connection: Connection) -> None:
    ledger = pd.DataFrame(
        {"candidate": ["counts"], "setting": ["12 months"], "month": ["2025-11"], "budget": ["1 %"],
         "area_share": [0.01], "n_events": [600], "hits": [223.4], "hit_rate": [0.37], "pai": [37.2], "pei": [0.5],
         "rri": [1.1], "scope": ["built-up"], "jitter_m": [35.0], "share_of_seen": [0.9]}
    )  # fmt: skip
    summary = pd.DataFrame({"candidate": ["counts"], "hit_rate": [0.37], "gain_over_counts": [np.nan], "n": [3]})
    run_id = _run(connection)
    results.write_backtest(connection, run_id, BacktestResult("street", ledger, summary, "counts", "Nothing beats it."))
    read = results.read_backtests(connection, run_id)["street"]
    assert_frame_equal(read.ledger, ledger, check_dtype=False)
    assert_frame_equal(read.summary, summary, check_dtype=False)
    assert (read.chosen, read.reason) == ("counts", "Nothing beats it.")


def test_red_times_with_and_without_times(connection: Connection) -> None:
    matrix = pd.DataFrame(
        {"scope": "force", "code": "force", "weekday": np.repeat(range(7), 24), "hour": list(range(24)) * 7,
         "weight": 1.0, "share": 1 / 168, "force_share": 1 / 168}
    )  # fmt: skip
    windows = pd.DataFrame(
        {"scope": ["zone"], "code": ["ST-1"], "rank": [1], "weekday": [4], "begin_hour": [20], "end_hour": [24],
         "weight": [9.5], "share": [0.1], "ratio": [2.4], "p_value": [0.001], "q_value": [0.01],
         "label": ["Fri 20:00-24:00"], "ratio_lower": [1.9], "ratio_upper": [2.9], "n_hours": [4], "shift": ["Late"]}
    )  # fmt: skip
    days = pd.DataFrame({"scope": ["force"], "code": ["force"], "n": [168], "mean_hour": [18.5], "p_value": [1e-9]})
    words = {"shifts": ("Late 15:00-23:00", "Night 23:00-07:00"), "pool": "environment", "notes": ("It is used.",)}
    run_id = _run(connection)
    for _ in range(2):
        results.write_red_times(connection, run_id, RedTimesResult("ok", "", matrix, windows, 168, 7, days, **words))
    read = results.read_red_times(connection, run_id)
    assert read is not None
    assert {name: getattr(read, name) for name in words} == words
    assert_frame_equal(read.days, days, check_dtype=False)
    assert read.calendar.empty
    assert_frame_equal(read.matrix, matrix, check_dtype=False, rtol=1e-9)
    assert_frame_equal(read.windows, windows, check_dtype=False)
    empty = RedTimesResult("no_data", "Red Times need times.", matrix[:0], windows[:0], 0, 99)
    results.write_red_times(connection, run_id, empty)
    read = results.read_red_times(connection, run_id)
    assert read is not None
    assert (len(read.matrix), read.state, read.n_untimed) == (0, "no_data", 99)


def test_rows_about_hours_stand_in_the_ledger_beside_those_about_ground(connection: Connection) -> None:
    run_id = _run(connection)
    of_ground = pd.DataFrame(
        {"candidate": ["blend"], "setting": [""], "month": ["2025-12"], "budget": ["1 %"], "area_share": [0.01],
         "n_events": [9], "hits": [3.0], "hit_rate": [1 / 3], "pai": [33.3], "pei": [0.5], "rri": [1.0],
         "scope": ["force"], "jitter_m": [0.0], "share_of_seen": [0.9]}
    )  # fmt: skip
    results.write_backtest(connection, run_id, BacktestResult("street", of_ground, of_ground[["hits"]], "blend", "why"))
    of_hours = of_ground.assign(scope="force by hour", pai=np.nan, pai_st=161.0, selection="equal hours")
    for _ in range(2):
        write_space_time(connection, run_id, scoring_set="street", scope="force by hour", ledger=of_hours)
    ledger = results.read_backtests(connection, run_id)["street"].ledger
    assert ledger["scope"].tolist() == ["force", "force by hour"]
    assert ledger["pai_st"].tolist()[1] == 161.0


def test_segments(connection: Connection) -> None:
    frame = pd.DataFrame
    written = SegmentationResult(
        segments=frame({"segment_code": ["A"], "level": ["group"], "parent_code": [None], "name": ["Houses with cars"],
                        "name_state": ["proposed"], "n_areas": [7], "residents_share": [0.4],
                        "portrait": [[{"variable": "cars", "index": 120.0}]], "stability": [0.91]}),
        membership=frame({"area_code": ["E01"], "group_code": ["A"], "environment_code": ["A1"], "distance": [0.2],
                          "second_code": ["B"], "second_ratio": [1.4], "is_doubtful": [False]}),
        diagnostics=frame({"level": ["group"], "parent_code": [None], "k": [2], "inertia": [1.5], "is_chosen": [True]}),
        clustergram=frame({"k": [2], "cluster": [0], "mean_component": [-0.1], "n_areas": [7]}),
        centroids=frame({"segment_code": ["A"], "variable": ["cars"], "value": [0.5]}),
        scaling=frame({"variable": ["cars"], "minimum": [0.0], "maximum": [4.0]}),
        dropped=frame({"variable": [], "because_of": [], "correlation": [], "reason": []}),
        reason="Seven is steady.",
    )  # fmt: skip
    run_id = _run(connection)
    assert results.read_segments(connection, run_id) is None
    results.write_segments(connection, run_id, written)
    read = results.read_segments(connection, run_id)
    assert read is not None
    for name in ("segments", "membership", "diagnostics", "clustergram", "centroids", "scaling"):
        assert_frame_equal(getattr(read, name), getattr(written, name), check_dtype=False)
    assert read.reason == written.reason


def test_the_same_run_is_resumed_and_its_finished_steps_are_kept(connection: Connection) -> None:
    run_id = _run(connection)
    runs.start_step(connection, run_id, "join", "k1", seed=1)
    assert runs.finished_step(connection, run_id, "join", "k1") is None
    runs.finish_step(connection, run_id, "join", result={"n": 3}, seconds=0.5)
    assert _run(connection) == run_id
    assert runs.finished_step(connection, run_id, "join", "k1") == {"n": 3}
    assert runs.finished_step(connection, run_id, "join", "other") is None
    runs.start_step(connection, run_id, "zones", "k2", seed=1)
    runs.fail_step(connection, run_id, "zones", "disk full")
    assert runs.run_by_id(connection, run_id).state == "failed"
    assert runs.step_result(connection, run_id, "zones") == {}


def test_the_record_of_publication_follows_the_pointer(connection: Connection) -> None:
    first, second = _run(connection, fingerprint="aaa"), _run(connection, fingerprint="bbb")
    for run_id, folder in ((first, "aaa"), (second, "bbb")):
        runs.set_pending_publication(connection, run_id=run_id, edition="force", folder=folder)
        runs.reconcile_publication(connection, edition="force", folder_now_live=folder)
    assert runs.live_publication(connection, "force") == (second, "bbb")
    assert runs.earlier_publications(connection, edition="force", live="bbb") == [(first, "aaa")]
    runs.set_pending_publication(connection, run_id=first, edition="force", folder="aaa")
    runs.reconcile_publication(connection, edition="force", folder_now_live="bbb")  # killed before the switch
    assert runs.live_publication(connection, "force") == (second, "bbb")


def test_a_second_refresh_is_told_who_is_at_work(fresh_engine) -> None:
    from domain.errors import LockedError

    with (
        runs.refresh_lock(fresh_engine),
        pytest.raises(LockedError, match=r"redzones, process \d+"),
        runs.refresh_lock(fresh_engine),
    ):
        pass
    with runs.refresh_lock(fresh_engine):
        pass
