"""What pages say about what people think: verdicts, states, maps, and nothing invented."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from maps.lookup import index_site
from maps.map_layers import area_layers
from maps.page_builders import PageBuilder
from maps.perception_views import area_perception, force_perception


@pytest.fixture(scope="module")
def index(content):
    return index_site(content)


def test_an_area_of_low_confidence_is_called_so_with_its_probability(index) -> None:
    view = area_perception(index, "E05000001")
    assert view.lead[0].startswith("An area of low confidence: 44")
    assert "with a probability of 95" in view.lead[0]
    assert "worry more about antisocial behaviour than what is recorded would explain" in view.lead[1]
    assert "a rise in reports while confidence holds or rises can be a success" in view.lead[2]


def test_an_area_that_hardly_differs_cannot_be_told_from_the_force(index) -> None:
    view = area_perception(index, "E05000002")
    assert "one cannot tell whether that is below or above" in view.lead[0]
    assert "one cannot tell whether worry differs" in view.lead[1]


def test_a_thin_area_has_no_figure_and_no_bar_but_a_reason(index) -> None:
    view = area_perception(index, "E05000003")
    assert view.lead[0] == "It cannot be told how confident people are here: too few answers to show."
    assert all(not row.is_ok and row.bar is None and not row.interval for row in view.rows)
    assert {row.own for row in view.rows} == {"suppressed: too few answers to show"}


def test_changes_are_told_with_their_interval_or_their_reason(index) -> None:
    force = {row.label: row.change for row in force_perception(index).rows}
    assert force["Agree that police and council deal with what matters here"] == (
        "rose since 2024: +5 points (+1 to +9)"
    )
    assert force["Worried about antisocial behaviour"] == "no data: no change can be shown: the mode changed"
    own = area_perception(index, "E05000001").rows[0].change
    assert own.startswith("cannot tell whether it changed since 2024")
    assert area_perception(index, "E05000002").rows[0].change == "no earlier wave to compare"


def test_the_force_s_page_has_a_row_for_every_area_and_the_target(index) -> None:
    view = force_perception(index)
    assert [row.verdict for row in view.areas] == ["low confidence", "cannot tell", "cannot tell"]
    assert [row.is_ok for row in view.areas] == [True, True, False]
    assert {row.answers for row in view.units} == {"400"}
    assert any("behind: the straight line stands at 53.0" in sentence for sentence in view.lead)
    assert view.notes == ("Two age bands were merged.",)


def test_a_wave_long_before_the_incidents_says_how_old_it_is(content, index) -> None:
    assert "older than the incidents" not in force_perception(index).basis
    waves = content.perception.waves.assign(first_day="2022-09-01", last_day="2022-11-28")
    old = index_site(replace(content, perception=replace(content.perception, waves=waves)))
    assert "The wave is 3 years older than the incidents here." in force_perception(old).basis


def test_bars_lie_within_their_drawing(index) -> None:
    for row in area_perception(index, "E05000001").rows:
        assert row.bar is not None
        assert 0 <= row.bar.left < row.bar.middle < row.bar.right <= row.bar.width
        assert row.bar.force is not None


def test_units_speak_with_their_own_answers(index) -> None:
    view = area_perception(index, "E06000001")
    assert [row.value.replace("\N{NO-BREAK SPACE}", " ") for row in view.rows] == ["52 %", "30 %"]


def test_the_map_has_one_colour_for_what_the_survey_cannot_tell_apart(index) -> None:
    layer = next(layer for layer in area_layers(index) if layer.layer.key == "confidence")
    by_ward: dict[str, set[str]] = {}
    for code, name in layer.class_of.items():
        by_ward.setdefault(index.patrol_of_small[code], set()).add(name)
    assert by_ward == {"E05000001": {"low"}, "E05000002": {"level"}, "E05000003": {"thin"}}
    assert [c.key for c in layer.layer.classes][:4] == ["low", "level", "above", "thin"]
    single = PageBuilder(index, ()).area("E05000001").map.view
    assert "confidence" not in {shown.key for shown in single.layers}


def test_without_a_survey_the_pages_say_so(bare_content, bare_site) -> None:
    bare = index_site(bare_content)
    assert force_perception(bare).reason == area_perception(bare, "E05000001").reason
    assert not [layer for layer in area_layers(bare) if layer.layer.key == "confidence"]
    assert "No survey of what people think is loaded" in (bare_site / "force.html").read_text(encoding="utf-8")


def test_a_survey_that_found_nothing_says_why(content) -> None:
    found = content.perception
    force = found.force.head(1).assign(estimate=float("nan"), state="no_data", note="the wave holds no respondent")
    empty = replace(
        found, estimates=found.estimates.head(0), force=force, gaps=pd.DataFrame(columns=found.gaps.columns)
    )
    index = index_site(replace(content, perception=empty))
    assert force_perception(index).reason == "The survey has no figure here: the wave holds no respondent."
    assert area_perception(index, "E05000001").reason.endswith("the wave holds no respondent.")


def test_no_small_area_has_a_survey_figure_anywhere(site) -> None:
    rows = [
        row
        for page in site.rglob("*.html")
        for row in re.findall(r"<tr[^>]*><th scope=\"row\">.*?</tr>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        if re.search(r"Testshire \d{3}[A-D]", row)
    ]
    assert len(rows) >= 12
    assert not [row for row in rows if "onfiden" in row or "interval-bar" in row]
    small = [*site.rglob("small/*.html")] or [*site.rglob("*E0100*.html")]
    assert small
    assert all("What people think" not in page.read_text(encoding="utf-8") for page in small)
