"""Lines of enquiry: triggered by figures with their uncertainty, silent on chance, and never false for want of data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import SettingsError
from profiles.enquiry import LINE_COLUMNS, lines_of_enquiry
from profiles.enquiry_facts import FACT_COLUMNS, FACTS, MetricKind
from profiles.enquiry_rules import ABOUT_PEOPLE, read_rules
from profiles.interventions import DRIVERS, read_interventions
from redzones.enquiry_files import load_interventions, load_rules, packaged

METRICS = {
    **FACTS,
    "asb_rate_eb": MetricKind("asb_rate_eb", "Rate of ASB", "per 1,000 residents a year", "place"),
    "asb_change": MetricKind("asb_change", "Change in ASB", "per cent", "place"),
    "asb_top_5": MetricKind("asb_top_5", "Share on the busiest places", "per cent", "place"),
    "minor_crime_rate_eb": MetricKind("minor_crime_rate_eb", "Rate of minor crime", "per 1,000", "place"),
    "officer_generated_share": MetricKind("officer_generated_share", "Officers' records", "per cent", "place"),
    "placed_share": MetricKind("placed_share", "With a point", "per cent", "place"),
    **{
        name: MetricKind(name, name, "per cent", "people")
        for name in ("hint_little_english", "hint_older_residents", "hint_no_qualifications", "hint_no_car",
                     "hint_shift_work")
    },
}  # fmt: skip
LIBRARY = load_interventions(None)
RULES = load_rules(None, metrics=METRICS, library=LIBRARY)
WARDS = {"patrol": {"ward:2025": ["W1", "W2"]}}


def fact(metric: str, estimate: float, lower: float = np.nan, upper: float = np.nan, **further: object) -> dict:
    row = {"geography": "ward:2025", "area_code": "W1", "metric": metric, "estimate": estimate, "lower": lower,
           "upper": upper, "force_estimate": np.nan, "probability_below_force": np.nan, "q_value": np.nan,
           "state": "ok", "note": None}  # fmt: skip
    return {**row, **further}


def asked(*facts: dict, areas: dict | None = None) -> pd.DataFrame:
    table = pd.DataFrame(list(facts), columns=list(FACT_COLUMNS)).astype({"note": object, "state": object})
    return lines_of_enquiry(table, RULES, areas=areas or WARDS, metrics=METRICS)


def state_of(lines: pd.DataFrame, rule: str, code: str = "W1") -> str:
    found = lines[(lines["rule_id"] == rule) & (lines["area_code"] == code)]
    return "silent" if found.empty else str(found["state"].iloc[0])


ROSE = fact("asb_change", 30.0, 12.0, 50.0, q_value=0.001)


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        # paragraph 20: a rise in reports is read as possible success only where confidence did not fall
        ("rising-reports-may-be-success", [ROSE, fact("confidence_change", 2.0, -4.0, 8.0)], "triggered"),
        ("rising-reports-may-be-success", [ROSE, fact("confidence_change", -9.0, -15.0, -3.0)], "silent"),
        ("rising-reports-may-be-success", [ROSE, fact("confidence_change", 0.0, -40.0, 40.0)], "silent"),
        ("rising-reports-may-be-success", [ROSE], "not_evaluated"),
        ("rising-reports-falling-confidence", [ROSE, fact("confidence_change", -9.0, -15.0, -3.0)], "triggered"),
        ("rising-reports-falling-confidence", [ROSE, fact("confidence_change", -9.0, -19.0, 1.0)], "silent"),
        # the same point estimate is a line with a narrow interval, and none with a wide one
        ("asb-high", [fact("asb_rate_eb", 40.0, 35.0, 46.0, force_estimate=20.0)], "triggered"),
        ("asb-high", [fact("asb_rate_eb", 40.0, 22.0, 70.0, force_estimate=20.0)], "silent"),
        ("fear-high-incidents-low", [fact("perception_gap", 1.2, 0.4, 2.0),
                                     fact("asb_rate_eb", 12.0, 9.0, 16.0, force_estimate=20.0)], "triggered"),
        ("fear-high-incidents-low", [fact("perception_gap", 1.2, -0.4, 2.8),
                                     fact("asb_rate_eb", 12.0, 9.0, 16.0, force_estimate=20.0)], "silent"),
        ("low-confidence", [fact("confidence", 40.0, 34.0, 46.0, force_estimate=52.0, probability_below_force=0.99)],
         "triggered"),
        ("low-confidence", [fact("confidence", 40.0, 30.0, 50.0, force_estimate=52.0, probability_below_force=0.85)],
         "silent"),
        ("low-confidence", [fact("confidence", 40.0, state="cannot_tell", note="too few answers")], "not_evaluated"),
        ("single-address", [fact("single_address_zones", 1.0), fact("red_zones", 3.0)], "triggered"),
        ("single-address", [fact("single_address_zones", 0.0)], "silent"),
        ("recording-changed", [fact("level_shifts", 1.0, note="asb from 2025-03, 1.40 times (1.20 to 1.60)")],
         "triggered"),
        ("few-answers", [fact("confidence_answers", 12.0)], "triggered"),
        ("few-answers", [fact("confidence_answers", 80.0)], "silent"),
        ("little-english", [fact("hint_little_english", 9.0, force_estimate=2.0)], "triggered"),
        ("little-english", [fact("hint_little_english", 4.0, force_estimate=2.0)], "silent"),
    ],
)  # fmt: skip
def test_rule_reads_figures_with_their_uncertainty(rule: str, facts: list[dict], expected: str) -> None:
    assert state_of(asked(*facts), rule) == expected


def test_evidence_names_the_figures() -> None:
    lines = asked(ROSE, fact("confidence_change", 2.0, -4.0, 8.0))
    told = lines.loc[lines["rule_id"] == "rising-reports-may-be-success", "evidence"].iloc[0]
    assert "30.0 % (12.0 % to 50.0 %)" in told
    assert "2.0 points (-4.0 to 8.0)" in told


def test_certainty_is_that_of_the_weakest_condition() -> None:
    lines = asked(ROSE, fact("confidence_change", 0.0, -5.0, 5.0))
    row = lines[lines["rule_id"] == "rising-reports-may-be-success"].iloc[0]
    assert row["certainty"] == pytest.approx(0.975, abs=1e-4)  # 1.96 standard errors above minus five points


def test_without_a_survey_the_reason_says_what_is_needed() -> None:
    lines = asked(ROSE)
    missing = lines[(lines["state"] == "not_evaluated") & (lines["area_code"] == "W1")].set_index("rule_id")["reason"]
    assert missing["low-confidence"] == "needs a perception survey"
    assert missing["rising-reports-may-be-success"] == "needs two comparable waves of a perception survey"


def test_area_of_which_nothing_is_known_triggers_nothing() -> None:
    lines = asked(ROSE)
    other = lines[lines["area_code"] == "W2"]
    assert len(other) == sum("patrol" in rule.levels for rule in RULES)
    assert set(other["state"]) == {"not_evaluated"}
    assert other["reason"].str.len().min() > 0


def test_small_areas_are_never_asked_about_the_survey() -> None:
    survey = {name for name, kind in FACTS.items() if kind.kind == "perception"}
    for rule in RULES:
        if "small" in rule.levels:
            assert not survey & set(rule.metrics), rule.id


@given(order=st.permutations(range(6)), state=st.sampled_from(["no_data", "suppressed", "cannot_tell"]))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter_and_no_rule_fires_on_what_is_not_known(order: list[int], state: str) -> None:
    facts = [
        ROSE,
        fact("confidence_change", 2.0, -4.0, 8.0),
        fact("asb_rate_eb", 60.0, 50.0, 70.0, force_estimate=20.0),
        fact("single_address_zones", 2.0),
        fact("confidence", 30.0, 20.0, 40.0, force_estimate=60.0, probability_below_force=0.99),
        fact("hint_no_car", 60.0, force_estimate=20.0),
    ]
    expected, found = asked(*facts), asked(*[facts[i] for i in order])
    pd.testing.assert_frame_equal(expected, found)
    assert (expected["state"] == "triggered").any()
    unknown = asked(*[{**row, "state": state} for row in facts])
    assert not (unknown["state"] == "triggered").any()
    assert list(found.columns) == list(LINE_COLUMNS)


def test_ours_are_enough_and_each_says_what_to_do() -> None:
    assert len(RULES) >= 15
    assert len(LIBRARY) >= 30
    assert {entry.driver for entry in LIBRARY.values()} == set(DRIVERS)
    assert {name for rule in RULES for name in rule.drivers} == set(DRIVERS)


def test_no_rule_turns_who_people_are_into_enforcement() -> None:
    for rule in RULES:
        about = [c.metric for c in rule.when if METRICS[c.metric].kind == "people"]
        if about:
            assert rule.group == "engagement", rule.id
            assert {LIBRARY[name].approach for name in rule.interventions} <= set(ABOUT_PEOPLE), rule.id
            assert "doorstep-visits" not in rule.interventions, f"{rule.id} would choose doors by who lives there"
        assert not {"enforcement"} & {LIBRARY[n].approach for n in rule.interventions if rule.group == "engagement"}


def test_strength_and_direction_of_the_evidence_agree() -> None:
    for entry in LIBRARY.values():
        if entry.evidence == "unknown":
            assert entry.direction == "unknown", entry.id
        if entry.direction == "unknown":
            assert entry.evidence in {"weak", "unknown"}, entry.id


def test_patrol_of_bus_stops_that_backfired_is_not_suggested() -> None:
    assert LIBRARY["bus-stop-patrol"].direction == "mixed"
    assert not [rule.id for rule in RULES if "bus-stop-patrol" in rule.interventions]


def _rule(**changes: object) -> dict:
    first = dict(packaged("enquiry_rules.toml")["rule"][0])
    return {key: value for key, value in {**first, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"when": [{"metric": "asb_rat", "test": "rose"}]}, "the metric 'asb_rat' does not exist"),
        ({"when": [{"metric": "asb_change", "test": "above"}]}, "the test 'above' does not exist"),
        ({"when": [{"metric": "asb_rate_eb", "test": "surely_above"}]}, "no threshold"),
        ({"when": [{"metric": "asb_rate_eb", "test": "surely_above", "value": "high"}]}, "is not a number"),
        ({"when": [{"metric": "asb_rate_eb", "test": "at_least", "value": 3}]}, "ignore the interval"),
        ({"when": [{"metric": "red_zones", "test": "surely_above", "value": 3}]}, "count without interval"),
        ({"when": [{"metric": "asb_rate_eb", "test": "stands_out"}]}, "census shares"),
        ({"when": [{"metric": "confidence", "test": "probably_below", "of": "force", "probability": 2}]}, "range"),
        ({"when": []}, "no condition"),
        ({"interventions": ["magic"]}, "the intervention 'magic' does not exist"),
        ({"drivers": ["luck"]}, "the driver 'luck' does not exist"),
        ({"levels": ["street"]}, "the level 'street' does not exist"),
        ({"group": "other"}, "group is 'other'"),
        ({"title": None}, "title is missing"),
        ({"colour": "red"}, "colour is not known"),
        ({"evidence": "Something rose."}, "gives no figure"),
        ({"evidence": "{asb_change} of {nothing}"}, "names 'nothing'"),
        ({"evidence": "{asb_change:median}"}, "brace"),
        ({"when": [{"metric": "hint_no_car", "test": "stands_out"}]}, "who people are"),
        ({"when": [{"metric": "hint_no_car", "test": "stands_out"}], "group": "engagement",
          "interventions": ["focused-deterrence"]}, "focused-deterrence is enforcement"),
    ],
)  # fmt: skip
def test_bad_rule_is_refused_with_file_rule_and_remedy(changes: dict, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_rules({"rule": [_rule(**changes)]}, file="mine.toml", metrics=METRICS, library=LIBRARY)
    text = str(caught.value)
    assert words in text
    assert "mine.toml: rule rising-reports-may-be-success" in text
    assert all(fault.remedy for fault in caught.value.faults)


def test_rule_that_occurs_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="occurs twice"):
        read_rules({"rule": [_rule(), _rule()]}, file="mine.toml", metrics=METRICS, library=LIBRARY)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"evidence": "proven"}, "evidence is 'proven'"), ({"year": "old"}, "year is missing"),
     ({"source": ""}, "source is missing"), ({"odds": 2}, "odds is not known"), ({"id": ""}, "id is missing")],
)  # fmt: skip
def test_bad_intervention_is_refused(changes: dict, words: str) -> None:
    first = dict(packaged("interventions.toml")["intervention"][0])
    with pytest.raises(SettingsError, match=words):
        read_interventions({"intervention": [{**first, **changes}]}, file="mine.toml")
