"""What a rule may ask is put together from profiles, survey, zones, seasons, levels, nights and promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.months import LocalMonth
from profiles.enquiry_facts import FACT_COLUMNS, FACTS, Surroundings, gather_facts, known_metrics
from profiles.results import MetricDefinition, PerceptionResult, PlaceHistory

WARD, DISTRICT, MONTH = "ward:2025", "district:2025", LocalMonth(2025, 12)
AREAS = {"patrol": {WARD: ["W1", "W2"]}, "unit": {DISTRICT: ["D1"]}}


def metric_row(metric: str, code: str = "W1", **values: object) -> dict:
    row = dict.fromkeys(FACT_COLUMNS, np.nan) | {"geography": WARD, "area_code": code, "metric": metric, "state": "ok",
                                                 "note": None, "numerator": np.nan, "denominator": np.nan}  # fmt: skip
    return {k: v for k, v in (row | values).items() if k != "probability_below_force"}


def facts(beside: Surroundings, rows: list[dict] | None = None) -> pd.DataFrame:
    metrics = pd.DataFrame(rows or [metric_row("asb_rate_eb", estimate=9.0, lower=7.0, upper=12.0)])
    table = gather_facts(
        metrics, beside, areas=AREAS, units_of={"W1": "D1", "W2": "D1"}, watched=["burglary", "robbery"], month=MONTH
    )
    assert list(table.columns) == list(FACT_COLUMNS)
    return table.set_index(["metric", "area_code"])


def perception() -> PerceptionResult:
    estimates = [
        (WARD, "W1", "confidence", "direct", 0.40, 0.30, 0.50, 22.0, 0.8, "cannot_tell"),
        (WARD, "W1", "confidence", "modelled", 0.45, 0.40, 0.50, 22.0, 0.95, "ok"),
        (WARD, "W1", "confidence", "modelled_with_place", 0.99, 0.98, 1.00, 22.0, 0.1, "ok"),
        (DISTRICT, "D1", "confidence", "direct", 0.50, 0.47, 0.53, 400.0, 0.6, "ok"),
        ("segment", "A", "confidence", "direct", 0.50, 0.47, 0.53, 400.0, 0.6, "ok"),
    ]
    names = ["geography", "area_code", "question", "model", "estimate", "lower", "upper", "effective_n",
             "probability_below_force", "state"]  # fmt: skip
    change = {"geography": WARD, "area_code": "W1", "question": "confidence", "change": 0.03, "lower": -0.02,
              "upper": 0.08, "state": "ok", "note": None}  # fmt: skip
    gap = {"geography": WARD, "area_code": "W1", "gap": 1.0, "lower": 0.2, "upper": 1.8, "state": "ok", "note": None}
    empty = pd.DataFrame()
    return PerceptionResult(
        waves=empty,
        estimates=pd.DataFrame(estimates, columns=names).assign(note=None),
        force=pd.DataFrame({"question": ["confidence"], "estimate": [0.52]}),
        channels=empty, priorities=empty, changes=pd.DataFrame([change]), gaps=pd.DataFrame([gap]), targets=empty,
        low_confidence_probability=0.9, notes=(),
    )  # fmt: skip


def test_survey_facts_are_those_without_place_covariate() -> None:
    found = facts(Surroundings(perception=perception()))
    confidence = found.loc[("confidence", "W1")]
    assert (confidence["estimate"], confidence["lower"], confidence["force_estimate"]) == pytest.approx((45, 40, 52))
    assert confidence["probability_below_force"] == pytest.approx(0.95)
    assert found.loc[("confidence", "D1"), "estimate"] == pytest.approx(50)  # a unit speaks for itself
    assert found.loc[("confidence_answers", "W1"), "estimate"] == pytest.approx(22)
    assert found.loc[("confidence_change", "W1"), "lower"] == pytest.approx(-2)
    assert found.loc[("perception_gap", "W1"), "upper"] == pytest.approx(1.8)
    assert "A" not in found.index.get_level_values("area_code")


def test_zones_are_counted_by_patrol_area_and_unit() -> None:
    zones = pd.DataFrame({"patrol_code": ["W1", "W1"], "unit_code": "D1", "is_single_address": [True, False]})
    found = facts(Surroundings(zones=zones))["estimate"]
    assert [found[("red_zones", code)] for code in ("W1", "W2", "D1")] == [2, 0, 2]
    assert [found[("single_address_zones", code)] for code in ("W1", "W2", "D1")] == [1, 0, 1]
    assert "red_zones" not in facts(Surroundings()).index.get_level_values("metric")


def test_watch_list_rises_are_named_and_chance_is_not() -> None:
    rows = [
        metric_row("burglary_change", numerator=40, denominator=20, q_value=0.01),
        metric_row("robbery_change", numerator=9, denominator=7, q_value=0.6),
        metric_row("burglary_change", "W2", numerator=10, denominator=30, q_value=0.01),  # it fell
    ]
    found = facts(Surroundings(), rows)
    assert found.loc[("watch_rising", "W1"), ["estimate", "note"]].tolist() == [1.0, "burglary"]
    assert found.loc[("watch_rising", "W2"), "estimate"] == 0


def seasons() -> pd.DataFrame:
    rows = [(WARD, "W1", "asb", m, 60.0 + 10 * m, 55.0 + 10 * m, 66.0 + 10 * m, "ok", None) for m in range(1, 13)]
    names = ["geography", "area_code", "kind", "calendar_month", "estimate", "lower", "upper", "state", "note"]
    return pd.DataFrame(rows, columns=names)


def levels() -> pd.DataFrame:
    rows = [
        ("force", "force", "asb", 0, None, np.nan, np.nan, np.nan, "ok"),
        (DISTRICT, "D1", "asb", 1, "2025-03", 1.4, 1.2, 1.6, "ok"),
        (DISTRICT, "D1", "asb", 2, "2021-03", 0.8, 0.7, 0.9, "ok"),
    ]
    names = ["geography", "area_code", "kind", "rank", "first_after", "ratio", "lower", "upper", "state"]
    return pd.DataFrame(rows, columns=names)


def test_season_looks_three_months_ahead_with_a_wider_interval() -> None:
    found = facts(Surroundings(history=PlaceHistory(seasons(), levels().iloc[:0]))).loc[("season_ahead", "W1")]
    assert (found["estimate"], found["note"]) == (90.0, "March")  # January to March after December
    assert found["lower"] == pytest.approx(90 - 5 * 2.394 / 1.96)


def test_level_shifts_of_the_unit_count_for_its_areas_while_they_are_recent() -> None:
    found = facts(Surroundings(history=PlaceHistory(seasons(), levels())))
    for code in ("W1", "W2", "D1"):
        assert found.loc[("level_shifts", code), "estimate"] == 1
    assert found.loc[("level_shifts", "W1"), "note"] == "asb from 2025-03, 1.40 times (1.20 to 1.60)"


def test_night_share_has_wilsons_interval() -> None:
    night = pd.DataFrame({"area_code": ["W1", "W2", "force"], "n": [100.0, 0.0, 1000.0], "n_night": [30.0, 0.0, 200.0]})
    found = facts(Surroundings(night=night))
    row = found.loc[("night_share", "W1")]
    assert (row["estimate"], row["force_estimate"]) == pytest.approx((30, 20))
    assert (row["lower"], row["upper"]) == pytest.approx((21.895, 39.585), abs=1e-3)  # 30 of 100
    assert ("night_share", "W2") not in found.index


def test_promises_are_counted_and_absent_without_a_file() -> None:
    counts = pd.DataFrame({"area_code": ["W1"], "n_open": [3], "n_untold": [1]})
    found = facts(Surroundings(priorities=counts))["estimate"]
    assert (found[("open_priorities", "W1")], found[("untold_priorities", "W2")]) == (3, 0)


def test_metrics_of_people_are_known_as_such() -> None:
    definitions = [
        MetricDefinition("no_car", "No car", "cars", "per cent", "TS045", "2021", "people"),
        MetricDefinition("hint_x", "Hint", "reach", "per cent", "TS007", "2021", "hints"),
        MetricDefinition("asb_count", "ASB", "asb", "incidents", "log", "2025"),
    ]
    kinds = known_metrics(definitions)
    assert [kinds[name].kind for name in ("no_car", "hint_x", "asb_count")] == ["people", "people", "place"]
    assert kinds["asb_count"].is_counted
    assert set(FACTS) <= set(kinds)
    assert all(fact.needs for fact in FACTS.values())
