"""The site as files: complete, the same bytes every time, marked everywhere, and never a raw NaN."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from domain.errors import PublicationError
from maps.site import build_site

OVERPRINT = "Approximate open data: not for deployment"


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def words_of(page: Path) -> str:
    """Return what a reader sees: text without scripts and styles."""
    return Words.read(page.read_text(encoding="utf-8"))


class Words(HTMLParser):
    """Collects the text and links of a page."""

    def __init__(self):
        super().__init__()
        self.text, self.links, self.tags, self.silent = [], [], [], 0

    @classmethod
    def read(cls, html: str) -> str:
        parser = cls()
        parser.feed(html)
        return " ".join(" ".join(parser.text).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.silent += tag in {"script", "style"}
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.silent:
            self.text.append(data)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(params=["site", "bare_site", "hostile_site"])
def any_site(request):
    return request.getfixturevalue(request.param)


def test_there_is_a_page_for_every_area_and_a_card_for_every_zone(site, content):
    assert len(list((site / "areas").iterdir())) == len(content.patrol_areas)
    assert len(list((site / "cards").iterdir())) == sum(len(z.zones) for z in content.zones.values())
    for name in ("index", "force", "times", "method", "data"):
        assert (site / f"{name}.html").is_file()


def test_the_same_content_gives_the_same_bytes(tmp_path, content, site):
    again = build_site(tmp_path / "again", content).folder
    assert digests(again) == digests(site)


def test_report_fingerprints_every_file_but_the_one_with_a_clock(site):
    report = json.loads((site / "report.json").read_text(encoding="utf-8"))
    assert set(report["files"]) == set(digests(site)) - {"publication.js", "report.json"}
    assert report["run"] == "0123456789ab"
    assert report["red_zones"]["street"]["zones"] == 6


def test_no_page_shows_a_raw_value_or_a_local_path(any_site):
    for page in pages_of(any_site):
        words = words_of(page)
        assert not re.search(r"\b(nan|NaN|None|inf|Infinity|undefined|NaT)\b", words), page
        assert str(any_site) not in page.read_text(encoding="utf-8")


def test_no_script_of_a_page_holds_a_value_that_is_not_json(any_site):
    for page in pages_of(any_site):
        assert not re.search(r"[:\[,] ?(NaN|Infinity|-Infinity)\b", page.read_text(encoding="utf-8")), page


def test_every_local_link_leads_to_a_file(any_site):
    for page in pages_of(any_site):
        parser = Words()
        parser.feed(page.read_text(encoding="utf-8"))
        for link in parser.links:
            if link.startswith(("#", "data:", "mailto:")):
                continue
            target = (page.parent / link.partition("#")[0]).resolve()
            assert target.is_file(), f"{page.name} links to {link}"


def test_every_anchor_within_the_site_exists(site):
    ids = {p.name: set(re.findall(r'id="([^"]+)"', p.read_text(encoding="utf-8"))) for p in pages_of(site)}
    for page in pages_of(site):
        parser = Words()
        parser.feed(page.read_text(encoding="utf-8"))
        for link in parser.links:
            path, _, anchor = link.partition("#")
            if anchor:
                assert anchor in ids[Path(path).name if path else page.name], f"{page.name}: {link}"


def test_no_page_names_a_host(any_site):
    for page in pages_of(any_site):
        assert not re.search(r"(src|href)=[\"'](https?:)?//", page.read_text(encoding="utf-8")), page
        assert "fetch(" not in page.read_text(encoding="utf-8")


def test_every_page_carries_marking_period_validity_run_and_owner(site, content):
    for page in pages_of(site):
        words = words_of(page)
        assert words.count(content.identity.marking) == 2
        for text in ("January 2025 to December 2025", "3 March 2026", "0123456789ab", "Neighbourhood analysis"):
            assert text in words, (page, text)


def test_approximate_zones_are_overprinted_everywhere_and_exact_ones_nowhere(site, bare_site):
    assert all(OVERPRINT in words_of(page) for page in pages_of(site))
    assert not any(OVERPRINT in words_of(page) for page in pages_of(bare_site))


def test_maps_and_cards_of_approximate_zones_are_overprinted_themselves(site):
    mapped = [site / "force.html", *(site / "areas").iterdir(), *(site / "cards").iterdir()]
    assert all('class="map-overprint"' in page.read_text(encoding="utf-8") for page in mapped)


def test_a_hostile_name_stays_text(hostile_site):
    for page in pages_of(hostile_site):
        html = page.read_text(encoding="utf-8")
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert html.count("<script") == html.count("</script>"), page


def test_a_name_is_never_read_as_a_template(hostile_site):
    assert "{{ 7 * 7 }}" in words_of(hostile_site / "force.html")


def test_a_hostile_code_names_no_file_outside_the_site(hostile_site):
    names = sorted(p.name for p in (hostile_site / "areas").iterdir())
    assert names == ["A-B.html", "a-b-2.html", "evil.html"]


def test_states_are_words_and_no_data_has_its_own_class(site):
    northgate = words_of(site / "areas" / "E05000001.html")
    assert "cannot tell: needs 24 months" in northgate
    force = words_of(site / "force.html")
    assert "No data" in force
    assert "Suppressed" in force


def test_monthly_data_say_that_red_times_need_times(bare_site):
    reason = "Red Times need times"
    assert reason in words_of(bare_site / "times.html")
    assert reason in words_of(bare_site / "areas" / "E05000001.html")


def test_a_force_without_zones_segments_or_tests_says_so(bare_site):
    force = words_of(bare_site / "force.html")
    assert "There are no Red Zones of this list." in force
    assert "There are fewer areas than segments." in force
    assert "No back-test is available" in force


def test_a_single_address_is_flagged_on_page_and_card(site):
    flag = "One address: problem-solving, not patrol"
    assert flag in words_of(site / "force.html")
    assert flag in words_of(site / "cards" / "street-002.html")
    assert flag not in words_of(site / "cards" / "street-001.html")


def test_repeat_callers_are_flagged_on_page_and_card_told_where_known_and_else_said_to_be_unknown(site):
    flag, card = "Repeat callers: see who needs help before patrol", "cards/street-00{}.html"
    assert flag in words_of(site / "force.html")
    told = [words_of(site / card.format(number)) for number in (1, 2, 3)]
    assert [flag in words for words in told] == [False, True, False]
    assert "5 % of these incidents came from people who had called before." in told[0]
    assert "40 % of these incidents came from people who had called before." in told[1]
    assert "Whether repeat callers stand behind it is not known." in told[2]
    assert "marked, since a third or more of the incidents came from repeat callers" in words_of(
        site / "transparency.html"
    )


def test_the_sum_of_asb_and_crime_is_never_called_crimes(site):
    for page in pages_of(site):
        assert not re.search(r"\d[\d,]* crimes", words_of(page))


def test_two_scoring_sets_are_two_choices_of_one_switch(site):
    html = (site / "force.html").read_text(encoding="utf-8")
    chosen = re.findall(r'<input type="radio" name="map-zones" value="(\w+)"( checked)?>', html)
    assert chosen == [("street", " checked"), ("asb_minor", ""), ("none", "")]


def test_an_area_page_carries_its_own_small_areas_only(site, content):
    links = content.small_to_patrol
    html = (site / "areas" / "E05000001.html").read_text(encoding="utf-8")
    own = set(links.loc[links["target_code"] == "E05000001", "source_code"])
    assert set(re.findall(r"E0100\d{4}", html)) == own


def test_a_folder_that_is_not_empty_is_refused(tmp_path, content):
    (tmp_path / "old.txt").write_text("x", encoding="utf-8")
    with pytest.raises(PublicationError, match="not empty"):
        build_site(tmp_path, content)


def test_headings_are_in_order(site):
    for page in pages_of(site):
        levels = [int(h) for h in re.findall(r"<h([1-6])", page.read_text(encoding="utf-8"))]
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels)), page


def test_progress_counts_every_page(tmp_path, bare_content):
    heard = []
    report = build_site(
        tmp_path / "s", bare_content, progress=lambda what, done, total: heard.append((what, done, total))
    )
    assert heard[-1] == ("pages", report.n_pages, report.n_pages)
    assert [done for _, done, _ in heard] == list(range(1, report.n_pages + 1))


def test_a_long_page_lists_its_sections_in_order(site, hostile_site):
    text = (site / "areas" / "E05000001.html").read_text(encoding="utf-8")
    nav = text.partition('aria-label="On this page"')[2].partition("</nav>")[0]
    listed = re.findall(r'href="#([\w-]+)"', nav)
    assert listed == re.findall(r'<h2 id="([\w-]+)"', text)
    assert len(listed) > 3
    for path in hostile_site.rglob("*.html"):
        nav = path.read_text(encoding="utf-8").partition('aria-label="On this page"')[2].partition("</nav>")[0]
        assert "<script" not in nav
