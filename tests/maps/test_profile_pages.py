"""Profile pages of every size: complete, light, honest about what is missing, readable without scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from maps.agreement_views import agreement_view
from maps.history_views import HistoryViews, current_view
from maps.lookup import index_site
from maps.page_builders import PageBuilder
from maps.profile_views import profile_view, rising_areas


class _Words(HTMLParser):
    """Collects the text of a page, scripts left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag, attrs) -> None:
        del attrs
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data) -> None:
        if not self._silent:
            self.parts.append(data)


def words(path) -> str:
    parser = _Words()
    parser.feed(path.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", " ".join(parser.parts))


@pytest.fixture(scope="module")
def index(content):
    return index_site(content)


def test_every_area_of_every_size_has_a_page(site, content):
    for folder, areas in (("small", content.small_areas), ("areas", content.patrol_areas), ("units", content.units)):
        assert {p.stem for p in (site / folder).iterdir()} == set(areas["area_code"])


@pytest.mark.parametrize("page", ["small/E01000001.html", "areas/E05000001.html", "units/E06000001.html"])
def test_a_profile_page_has_its_parts_in_words(site, page):
    text = words(site / page)
    for heading in ("Community profile: people", "How people here may be reached", "Community profile: place",
                    "Watch list", "How well the incidents here are placed"):  # fmt: skip
        assert heading in text
    assert "TS007" in text
    assert "against the force" in text
    assert "A proxy by age alone." in text
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", text)


def test_a_small_area_page_is_light_and_needs_no_map(site):
    pages = list((site / "small").iterdir())
    assert max(p.stat().st_size for p in pages) < 60_000
    assert all("leaflet" not in p.read_text(encoding="utf-8") for p in pages)


def test_small_areas_lead_up_and_are_led_to(site, content):
    small = content.small_areas["area_code"].iloc[0]
    patrol = content.small_to_patrol.set_index("source_code")["target_code"][small]
    unit = content.patrol_areas.set_index("area_code")["parent_code"][patrol]
    page = (site / "small" / f"{small}.html").read_text(encoding="utf-8")
    assert f'href="../areas/{patrol}.html"' in page
    assert f'href="../units/{unit}.html"' in page
    assert f'href="../small/{small}.html"' in (site / "areas" / f"{patrol}.html").read_text(encoding="utf-8")
    assert f'href="units/{unit}.html"' in (site / "index.html").read_text(encoding="utf-8")
    assert f'href="../areas/{patrol}.html"' in (site / "units" / f"{unit}.html").read_text(encoding="utf-8")


def test_the_nation_stands_beside_the_force_only_where_it_is_known(index):
    view = profile_view(index, "patrol", "E05000001")
    assert view.nation == "England"
    rows = {row.label: row for topic in view.people for row in topic.rows}
    assert rows["Aged 65 and over"].nation_index
    assert rows["Households without a car"].nation_index == ""


def test_what_rises_beyond_chance_is_named_and_what_does_not_is_not(index):
    found, reason = rising_areas(index)
    assert [(area.kind, area.href) for area in found] == [("Burglary", "E05000001.html")]
    assert reason == ""
    rows = {code: profile_view(index, "patrol", code).watch.rows[0] for code in ("E05000001", "E05000002")}
    assert rows["E05000001"].is_rising
    assert rows["E05000001"].verdict == "rising beyond chance (q = 0.001)"
    assert rows["E05000002"].verdict == "no change beyond chance (q = 0.8)"


def test_without_a_watched_kind_the_page_does_not_say_that_none_rises(content):
    kept = content.metrics[~content.metrics["metric"].str.endswith("_change")]
    found, reason = rising_areas(index_site(replace(content, metrics=kept)))
    assert found == ()
    assert reason.startswith("cannot tell: no change of a watched kind is known")


def test_without_24_months_the_watch_list_says_so_once(content):
    metrics = content.metrics.copy()
    untold = metrics["metric"] == "burglary_change"
    metrics.loc[untold, ["estimate", "q_value", "numerator", "denominator"]] = np.nan
    metrics.loc[untold, ["state", "note"]] = ["cannot_tell", "cannot tell: needs 24 months"]
    index = index_site(replace(content, metrics=metrics))
    assert rising_areas(index) == ((), "cannot tell: needs 24 months")
    watch = profile_view(index, "patrol", "E05000001").watch
    assert watch.reason == "cannot tell: needs 24 months"
    assert watch.rows[0].n != ""


def test_reasons_that_repeat_are_read_once(content):
    metrics = content.metrics.copy()
    gone = metrics["metric"].isin(["age_65_plus", "no_car", "residents"])
    metrics.loc[gone, ["estimate", "force_estimate", "index"]] = np.nan
    metrics.loc[gone, ["state", "note"]] = ["no_data", "not loaded"]
    definitions = tuple(replace(d, topic="age") if d.part == "people" else d for d in content.definitions)
    view = profile_view(index_site(replace(content, metrics=metrics, definitions=definitions)), "patrol", "E05000001")
    assert [row.label for row in view.people[0].rows] == ["Residents; aged 65 and over; households without a car"]
    assert view.people[0].rows[0].value == "no data: not loaded"


def test_seasons_and_levels_are_said_in_words(content):
    views = HistoryViews(content)
    season = views.season("E05000001")
    assert season.lines[0].kind == "Antisocial behaviour"
    assert [cell.stands_out for cell in season.lines[0].cells][::11] == [True, True]
    sentence = views.levels(["force", "E06000001"])[0]
    assert sentence.startswith("Antisocial behaviour in the force: from March 2025 on the level is 0.50 times")
    assert views.season("nowhere").reason == "No season was computed."


def test_a_season_that_cannot_be_told_gives_its_reason(content):
    seasons = content.history.seasons.assign(estimate=np.nan, state="cannot_tell", note="cannot tell: needs 24 months")
    views = HistoryViews(replace(content, history=replace(content.history, seasons=seasons)))
    assert views.season("E05000001").reason == "Cannot tell: needs 24 months."


def test_the_latest_days_stand_beside_the_month_with_their_own_last_instant(site, content):
    text = words(site / "areas" / "E05000001.html")
    assert "31 December 2025, 22:40" in text
    assert "more than usual" in text
    assert "only months are known" in text
    monthly = replace(content.current, state="no_data", reason="Only months.", last_at=None, figures=pd.DataFrame())
    view = current_view(monthly, "E05000001")
    assert (view.is_known, view.reason, view.rows) == (False, "Only months.", ())


def test_a_force_with_little_still_has_every_profile_page(bare_site):
    for page in ("small/E01000001.html", "areas/E05000001.html", "units/E06000001.html"):
        assert "Community profile: people" in words(bare_site / page)


def test_areas_patrolled_as_they_are_profiled_have_one_page(content):
    wards = content.patrol_areas
    links = pd.DataFrame({"source_code": wards["area_code"], "target_code": wards["area_code"], "share": 1.0})
    metrics = content.metrics[content.metrics["geography"] != "lsoa:2021"]
    same = replace(content, small_areas=wards, small_to_patrol=links, metrics=metrics, segmentation=None)
    builder = PageBuilder(index_site(same), ())
    assert builder.index.small_pages == {}
    assert builder.area("E05000001").small_areas[0].page == ""


def _decided(content, **changes):
    row = {
        "area_code": "E05000001", "state": "agreed", "decided_on": "2026-01-15", "decided_by": "Insp. Northgate",
        "partners": "Area Board", "profile_month": "2025-12", "note": None,
    }  # fmt: skip
    return replace(content, agreements=pd.DataFrame([row | changes]))


def test_a_profile_says_whether_it_is_agreed_by_whom_and_when(site, content):
    assert "Draft: not agreed with partners yet." in words(site / "areas" / "E05000001.html")
    agreed = agreement_view(_decided(content), "E05000001")
    assert agreed.sentence == "Agreed with Area Board by Insp. Northgate on 15 January 2026."
    assert agreed.is_agreed
    assert not agreement_view(_decided(content), "E05000002").is_agreed
    older = agreement_view(_decided(content, profile_month="2025-09"), "E05000001")
    assert older.sentence.endswith("as the profile to September 2025; the figures since then are a draft.")
    again = agreement_view(_decided(content, state="draft", note="New estate"), "E05000001")
    assert again.sentence == "Draft again, by Insp. Northgate on 15 January 2026: New estate."
    assert not again.is_agreed


def test_the_method_page_says_whether_steadying_pays_only_where_it_was_asked(content):
    told = {"kind": "asb", "n_areas": 12, "verdict": "better than", "gain": 0.0142, "lower": 0.002, "upper": 0.03}
    page = PageBuilder(index_site(replace(content, foretelling=(told,))), ()).method()
    (sentence,) = page.rate_sentences
    assert sentence.startswith("Antisocial behaviour, 12 LSOAs: the steadied rate was better than the plain one")
    assert "0.014 for each LSOA, 95 % interval 0.002 to 0.030" in sentence
    assert PageBuilder(index_site(content), ()).method().rate_sentences == ()
