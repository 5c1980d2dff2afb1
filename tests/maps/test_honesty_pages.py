"""The equality page and the transparency record say what was measured, and nothing that was not."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from maps.equality_views import equality_views
from maps.lookup import index_site
from maps.site import build_site
from maps.transparency import transparency_record


@pytest.fixture(scope="module")
def told(content):
    return content


@pytest.fixture(scope="module")
def pages(told, tmp_path_factory):
    folder = build_site(tmp_path_factory.mktemp("honest"), told).folder
    return {name: (folder / name).read_text(encoding="utf-8") for name in ("equality.html", "transparency.html")} | {
        "json": json.loads((folder / "transparency.json").read_text(encoding="utf-8"))
    }


def test_readings_say_what_is_beyond_chance(told) -> None:
    (view,) = equality_views(index_site(told))
    readings = {r.label: (r.residents_side, r.incidents_side) for d in view.dimensions for r in d.rows}
    assert readings["Women"] == ("above", "above")
    assert readings["Men"] == ("below", "below")
    assert readings["Others"] == ("", "")
    assert [finding.split(":")[0] for finding in view.findings] == ["Women"]
    assert not view.has_hours


def test_a_group_without_data_has_words_and_no_figure(told) -> None:
    (view,) = equality_views(index_site(told))
    missing = next(r for d in view.dimensions for r in d.rows if not r.is_ok)
    assert (missing.note, missing.zones) == ("no data: not loaded", "")


def test_the_price_says_what_is_not_significant(told) -> None:
    (view,) = equality_views(index_site(told))
    assert [r.verdict for r in view.price] == ["to compare with", "not significant", "fewer hits, beyond chance"]
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


def test_no_field_of_the_record_says_anything_twice(content, bare_content) -> None:
    for told in (content, bare_content):
        for section in transparency_record(told):
            for field in section.fields:
                assert len(set(field.sentences)) == len(field.sentences)
    lists = {name: next(iter(content.backtests.values())) for name in ("street", "asb_minor")}
    record = transparency_record(replace(content, backtests=lists))
    (alternatives,) = [f for s in record for f in s.fields if f.name == "alternatives"]
    assert len(alternatives.sentences) == 1


def test_the_record_says_what_people_say_did_to_the_scores_and_nothing_where_it_did_not(content) -> None:
    def method(**changes: object) -> str:
        zones = content.zones["street"]
        compared = replace(zones.comparison, **changes)
        record = transparency_record(replace(content, zones={"street": replace(zones, comparison=compared)}))
        fields = {f.name: f for section in record for f in section.fields}
        return " ".join(fields["detailed_description"].sentences)

    assert "low confidence lifts a score (c = 0.25); the list without this is published beside." in method()
    both = method(weighs_kinds=True)
    assert "low confidence lifts a score (c = 0.25) and kinds weigh what people name as their priorities;" in both
    alone = method(weighs_kinds=True, strength=0.0)
    assert "lifts a score" not in alone
    assert "kinds weigh what people name as their priorities; the list" in alone
    assert "published beside" not in method(is_published=False)
