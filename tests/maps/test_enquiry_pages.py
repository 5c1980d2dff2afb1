"""Lines of enquiry, communication plans, the pack for partners: complete, escaped, honest about what is missing."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from maps.communication_views import communication_view, promise_state
from maps.enquiry_exports import communication_table, enquiry_table, priority_table
from maps.enquiry_page import enquiry_page
from maps.enquiry_views import EnquiryViews
from maps.lookup import index_site
from maps.page_builders import PageBuilder
from maps.render import render
from profiles.communication import ACTION_COLUMNS, CHANNEL_COLUMNS
from profiles.interventions import Intervention
from profiles.rank_correlation import CORRELATION_COLUMNS
from profiles.results import EnquiryResult

WARD, OTHER, DISTRICT = "E05000001", "E05000002", "E06000001"
HOSTILE = "<script>alert('x')</script>&\"'"
PATROL = Intervention(
    "patrol", f"Patrol {HOSTILE}", "Walk.", "patrol", "positive", "Small fall.", "strong", "low", "Braga", 2019,
    "visibility", "Not at one address.",
)  # fmt: skip


def enquiry() -> EnquiryResult:
    lines = pd.DataFrame(
        [
            ("ward:2025", WARD, "high", "triggered", 0.999, f"20 {HOSTILE} (18 to 22).", ""),
            ("ward:2025", WARD, "low", "not_evaluated", np.nan, "", "needs a perception survey"),
            ("district:2025", DISTRICT, "high", "triggered", 0.93, "12 (9 to 15).", ""),
            ("lsoa:2021", "E01000000", "high", "triggered", 0.98, "44 (30 to 60).", ""),
        ],
        columns=["geography", "area_code", "rule_id", "state", "certainty", "evidence", "reason"],
    )
    rules = pd.DataFrame(
        {"rule_id": ["high", "low"], "title": ["ASB is high", "Confidence is low"], "group": ["problem", "problem"],
         "meaning": "m", "check_first": [[HOSTILE], ["Ask."]], "interventions": [["patrol"], ["patrol"]],
         "drivers": [["issues", "visibility"], ["feedback"]], "paragraph": "¶19"}
    )  # fmt: skip
    correlation = {"first": "Worry", "second": "Rate", "given": "Age", "n_areas": 40, "effective_n": 31.2,
                   "estimate": 0.4, "lower": 0.1, "upper": 0.62, "p_value": 0.01, "q_value": 0.02,
                   "is_singled_out": True, "coverage": 0.98, "state": "ok", "note": None}  # fmt: skip
    unknown = {**correlation, "state": "cannot_tell", "estimate": np.nan, "note": "cannot tell: needs 14 areas"}
    correlations = pd.DataFrame([correlation, unknown], columns=list(CORRELATION_COLUMNS))
    return EnquiryResult(lines, rules, pd.DataFrame([asdict(PATROL)]), correlations, "From direct figures.")


def plans() -> dict[str, pd.DataFrame]:
    channels = [
        ("patrol", WARD, 1, "Leaflet", 0.5, 0.4, 0.6, "survey", f"answer: {HOSTILE}"),
        ("patrol", OTHER, 1, "Social media", np.nan, np.nan, np.nan, "census proxy", "nothing stands out"),
        ("segment", "A", 1, "Leaflet", np.nan, np.nan, np.nan, "census proxy", "nothing stands out"),
    ]
    actions = [
        (scope, code, 1, "What we did.", "Line of enquiry: ASB is high", f"people of {code}", "Leaflet", "Inspector",
         "2026-01-01", "2026-04-01", "Tell them.", "Count.", "50 %.", "Serves feedback.", "From 1 January.")
        for scope, code in (("patrol", WARD), ("patrol", OTHER), ("segment", "A"))
    ]  # fmt: skip
    return {
        "channels": pd.DataFrame(channels, columns=list(CHANNEL_COLUMNS)),
        "actions": pd.DataFrame(actions, columns=list(ACTION_COLUMNS)),
    }


def priorities() -> pd.DataFrame:
    rows = [
        ("1", WARD, "2025-09-01", f"Cars {HOSTILE}", "parking", "Bollards.", "2025-10-01", "2025-11-01", "Sgt"),
        ("2", WARD, "2025-08-01", "Noise", None, "Visits.", None, None, None),
        ("3", WARD, "2025-07-01", "Litter", None, None, None, None, None),
        ("4", WARD, "2025-06-01", "Lights", None, "Mended.", "2025-07-01", None, None),
    ]
    names = ["priority_id", "area_code", "raised_on", "issue", "kind", "action", "told_on", "agreed_solved_on", "owner"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def full(content):
    return replace(content, enquiry=enquiry(), communication=plans(), priorities=priorities())


@pytest.fixture(scope="module")
def builder(full):
    return PageBuilder(index_site(full), ())


def test_area_shows_its_lines_with_evidence_and_what_could_not_be_asked(builder) -> None:
    page = builder.area(WARD)
    assert [line.title for line in page.enquiry.lines] == ["ASB is high"]
    assert page.enquiry.lines[0].certainty == "strong"
    assert page.enquiry.not_asked == (("Confidence is low", "needs a perception survey"),)
    html = render("area.html.j2", page)
    assert "<script>alert" not in html
    assert "not evaluated, needs a perception survey" in html
    assert "Braga (2019)" in html
    assert not re.search(r"\bnan\b", html, re.IGNORECASE)


def test_rules_that_this_force_cannot_be_asked_are_told_with_what_they_need(full) -> None:
    html = render("enquiry.html.j2", PageBuilder(index_site(full), ()).enquiry())
    assert "Rules that are not asked here" not in html
    aside = {"Burglary & theft": "burglary_rate, theft_rate"}
    lacking = replace(full, enquiry=replace(full.enquiry, set_aside=aside))
    html = render("enquiry.html.j2", PageBuilder(index_site(lacking), ()).enquiry())
    assert "<li>Burglary &amp; theft (needs burglary rate, theft rate)</li>" in html


def test_quiet_area_and_old_run_say_so(builder, content) -> None:
    html = render("area.html.j2", builder.area(OTHER))
    assert "No rule is triggered here" in html
    old = PageBuilder(index_site(content), ())
    assert "before lines of enquiry were asked" in render("area.html.j2", old.area(WARD))
    assert "before communication plans were made" in render("area.html.j2", old.area(WARD))
    assert "before lines of enquiry were asked" in render("enquiry.html.j2", old.enquiry())


def test_unit_and_small_area_show_theirs(builder) -> None:
    assert builder.unit(DISTRICT).enquiry.lines[0].certainty == "a hint"
    html = render("unit.html.j2", builder.unit(DISTRICT))
    assert "12 (9 to 15)." in html
    assert EnquiryViews(builder.index.content).of("E01000000").lines[0].evidence == "44 (30 to 60)."


def test_plan_shows_reach_only_where_the_survey_tells_it(builder) -> None:
    known, proxy = builder.area(WARD).communication, builder.area(OTHER).communication
    assert (known.channels[0].reach, known.channels[0].interval) == ("50 %", "40 to 60 %")
    assert (proxy.channels[0].reach, proxy.channels[0].interval) == ("not known", "")
    assert [name for name, _ in known.actions[0].smart] == [
        "Specific", "Measurable", "Achievable", "Relevant", "Time-bound",
    ]  # fmt: skip


def test_you_said_we_did_tells_four_states(builder, full) -> None:
    rows = builder.area(WARD).communication.promises
    assert [row.state for row in rows] == [
        "agreed to be solved", "done, people not told", "raised, nothing done yet",
        "done and told, not yet agreed to be solved",
    ]  # fmt: skip
    assert [row.is_closed for row in rows] == [True, False, False, False]
    assert "No priority of people here" in builder.area(OTHER).communication.promises_reason
    without = communication_view(replace(full, priorities=None), "patrol", WARD)
    assert "No file of priorities is loaded" in without.promises_reason
    assert promise_state({"action": "  ", "told_on": None, "agreed_solved_on": None}) == "open"


def test_page_of_enquiry_lists_rules_correlations_and_groups(builder, full) -> None:
    page = builder.enquiry()
    assert [(row.title, len(row.areas), row.n_not_asked) for row in page.rules] == [
        ("ASB is high", 1, 0), ("Confidence is low", 0, 1),
    ]  # fmt: skip
    assert page.correlations[0].interval == "+0.10 to +0.62 (98.0 %)"
    assert page.correlations[0].verdict == "high where the other is high"
    assert page.correlations[1].value == "cannot tell: needs 14 areas"
    html = render("enquiry.html.j2", page)
    assert "Association, never cause" in html
    assert not re.search(r"\bnan\b", html, re.IGNORECASE)
    assert enquiry_page(index_site(replace(full, segmentation=None)), page.frame).groups == ()


def test_tables_for_files_hold_every_line_and_state(full, content) -> None:
    table = enquiry_table(full)
    assert len(table) == 4
    assert table.set_index("area_code").loc[WARD, "area_name"].iloc[0] == "Northgate"
    assert priority_table(full)["state"].tolist() == ["solved", "done", "open", "told"]
    assert len(communication_table(full)) == 3
    assert enquiry_table(content) is None
    assert priority_table(content) is None


def test_pack_holds_what_the_pages_of_units_and_patrol_areas_show(builder, full, tmp_path) -> None:
    page = builder.jsa(tmp_path)
    html = render("jsa.html.j2", page)
    assert {path.name for path in tmp_path.iterdir()} == set(page.files)
    document = json.loads((tmp_path / "jsa.json").read_text())
    small = set(full.small_areas["area_code"])
    for name in ("people", "place", "perception", "lines", "communication", "priorities"):
        assert document[name], name
        assert not {row["area_code"] for row in document[name]} & small, name
    assert {row["unit_code"] for row in document["people"]} == {DISTRICT, "E06000002"}
    hidden = [row for row in document["place"] if row["state"] != "ok"]
    assert hidden
    assert all(row["estimate"] is None for row in hidden)
    assert all(row["estimate"] is None for row in document["perception"] if row["state"] != "ok")
    assert "<script>alert" not in html
    assert "Northgate: ASB is high" in html
    assert document["about"]["marking"] == "OFFICIAL-SENSITIVE"


def test_pack_of_a_force_with_little_is_made_all_the_same(bare_content, tmp_path) -> None:
    page = PageBuilder(index_site(bare_content), ()).jsa(tmp_path)
    html = render("jsa.html.j2", page)
    assert "No survey of what people think is loaded" in html
    assert "No rule is triggered here." in html
    assert json.loads((tmp_path / "jsa.json").read_text())["perception"] == []
