"""The equality page and the transparency record say what was measured, and nothing that was not."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from maps.content import RunFacts
from maps.equality_views import equality_views
from maps.lookup import index_site
from maps.site import build_site
from maps.transparency import transparency_record
from profiles.equality import EQUALITY_COLUMNS, EqualityReport


def row(label: str, *, zones: float, against: tuple[float, float, float], state: str = "ok", note: str = "") -> dict:
    shown = dict.fromkeys(EQUALITY_COLUMNS, np.nan)
    difference, lower, upper = against
    return shown | {
        "dimension": "sex", "group": label, "label": label, "residents_share": 0.5, "incidents_share": 0.5,
        "zone_share": zones, "against_residents": difference, "against_residents_lower": lower,
        "against_residents_upper": upper, "against_incidents": difference, "against_incidents_lower": lower,
        "against_incidents_upper": upper, "state": state, "note": note,
    }  # fmt: skip


NO_DATA = (np.nan, np.nan, np.nan)
SHARES = pd.DataFrame(
    [
        row("Women", zones=0.6, against=(0.1, 0.05, 0.15)),
        row("Men", zones=0.4, against=(-0.1, -0.15, -0.05)),
        row("Others", zones=0.5, against=(0.0, -0.1, 0.1)),
        row("Religion", zones=np.nan, against=NO_DATA, state="no_data", note="not loaded"),
    ]
)
PRICE = pd.DataFrame(
    {
        "slack": [np.nan, 0.1, 0.0], "n_months": 6, "n_zones": 10.0, "hit_rate": [0.3, 0.29, 0.27],
        "lost": [0.0, 0.03, 0.1], "lost_lower": [0.0, -0.02, 0.04], "lost_upper": [0.0, 0.08, 0.16],
        "n_moved": [0.0, 1.0, 3.0], "largest_excess": [0.3, 0.1, 0.0],
    }
)  # fmt: skip
PRICE_SHARES = pd.DataFrame(
    {"slack": [np.nan, 0.1, 0.0], "class_code": "1", "report_share": 0.4, "zones_share": [0.7, 0.5, 0.4]}
)
REPORT = EqualityReport("street", "ok", "", SHARES, PRICE, PRICE_SHARES, "", ("We cannot see who is affected.",))
FACTS = RunFacts(
    {"seed": "1", "capacity": "40 visits a day", "legal_basis": "Common law", "appeals": ""},
    ("No zone near the works.",),
    pd.DataFrame({"kind": ["incidents"], "source": ["log"], "files": 2, "rows_in": 9, "kept": 8, "rejected": 1}),
)


@pytest.fixture(scope="module")
def told(content):
    return replace(content, equality={"street": REPORT}, run_facts=FACTS)


@pytest.fixture(scope="module")
def pages(told, tmp_path_factory):
    folder = build_site(tmp_path_factory.mktemp("honest"), told).folder
    return {name: (folder / name).read_text(encoding="utf-8") for name in ("equality.html", "transparency.html")} | {
        "json": json.loads((folder / "transparency.json").read_text(encoding="utf-8"))
    }


def test_readings_say_what_is_beyond_chance(told) -> None:
    (view,) = equality_views(index_site(told))
    readings = {r.label: r.reading for d in view.dimensions for r in d.rows}
    assert readings["Women"] == "above residents, above reports"
    assert readings["Men"] == "below residents, below reports"
    assert readings["Others"] == "like residents, like reports"
    assert [finding.split(":")[0] for finding in view.findings] == ["Women"]
    assert not view.has_hours


def test_a_group_without_data_has_words_and_no_figure(told) -> None:
    (view,) = equality_views(index_site(told))
    missing = next(r for d in view.dimensions for r in d.rows if not r.is_ok)
    assert (missing.note, missing.zones) == ("no data: not loaded", "")


def test_the_price_says_what_is_not_significant(told) -> None:
    (view,) = equality_views(index_site(told))
    assert [r.verdict for r in view.price] == ["as published", "not significant", "fewer hits, beyond chance"]
    assert [r.cap for r in view.price] == ["no cap", "at most 10 points above", "at most its share"]
    assert view.fifths[0][:2] == ("most deprived", "40\N{NO-BREAK SPACE}%")
    assert len(view.chart.marks) == 3


def test_the_page_has_the_curve_and_its_table_twin(pages) -> None:
    page = pages["equality.html"]
    assert "We cannot see who is affected." in page
    assert "Hits lost under each cap" in page
    assert "<polyline" in page
    assert not re.search(r"\b(nan|None|inf)\b", page)


def test_the_record_keeps_the_order_of_the_standard_and_says_what_is_not_stated(pages) -> None:
    sections = pages["json"]["sections"]
    assert [s["number"] for s in sections] == [
        "Tier 1", "2.1", "2.2", "2.3", "2.4.2", "2.4.3", "2.5", "ALGO-CARE", "Limits",
    ]  # fmt: skip
    fields = {f["name"]: f for s in sections for f in s["fields"]}
    assert fields["L"] == {"name": "L", "label": "Lawful", "sentences": ["Common law"], "state": "ok"}
    assert fields["appeals"]["state"] == "not_stated"
    assert "No zone near the works." in fields["human_decisions"]["sentences"]
    assert fields["source_data_name"]["sentences"] == [
        "Incidents, log: 2 files, 9 rows in, 8 kept, 1 rejected with a reason."
    ]
    assert any("10" in v and "of the hits" in v for v in fields["risks"]["sentences"])
    assert "not stated by the force" in pages["transparency.html"]


def test_a_run_with_little_still_has_an_honest_record(bare_content) -> None:
    fields = {f.name: f for s in transparency_record(bare_content) for f in s.fields}
    assert fields["source_data_name"].state == "no_data"
    assert fields["contact_email"].state == "not_stated"
    assert fields["R"].sentences == ("This run has no equality report.",)
    assert all(value.strip() and "None" not in value for f in fields.values() for value in f.sentences)


def test_every_list_is_measured_and_no_figure_is_invented(told) -> None:
    models = next(s for s in transparency_record(told) if s.number == "2.4.2").fields
    where = [f for f in models if f.label.startswith("Where")]
    assert len(where) == len(told.backtests)
    for field, result in zip(where, told.backtests.values(), strict=True):
        assert result.reason in field.sentences
