"""The pages in a real Chromium, from `file://`, with every other request refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
PAGES = ("index.html", "force.html", "areas/E05000001.html", "cards/street-002.html", "times.html", "equality.html",
         "transparency.html", "method.html", "backtest.html",
         "data.html")  # fmt: skip


def chromium() -> str:
    path = os.environ.get("REDZONES_CHROMIUM", "/usr/bin/chromium")
    if not Path(path).is_file():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is absent in CI (set REDZONES_CHROMIUM)")
        pytest.skip(f"there is no Chromium at {path} (set REDZONES_CHROMIUM)")
    return path


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page in a fresh profile that refuses and records what is not a local file, and hears every complaint."""

    def __init__(self, context):
        self.refused, self.complaints = [], []
        context.route("**/*", self._route)
        self.page = context.new_page()
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _route(self, route):
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def open(self, path: Path):
        self.page.goto(path.as_uri())
        if self.page.query_selector("#map-settings"):
            self.page.wait_for_selector("html[data-map-ready]", timeout=5000)
        return self.page


@pytest.fixture
def visit(browser):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield Visit(context)
    context.close()


def colour_at(page, share_x: float, share_y: float) -> list[int]:
    """Return the colour of the map's canvas at a place given as shares of its width and height."""
    return page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector(".leaflet-overlay-pane canvas");
            const frame = document.querySelector(".folium-map").getBoundingClientRect();
            const box = canvas.getBoundingClientRect();
            const scale = canvas.width / box.width;
            const left = (frame.left + x * frame.width - box.left) * scale;
            const top = (frame.top + y * frame.height - box.top) * scale;
            return Array.from(canvas.getContext("2d").getImageData(left, top, 1, 1).data);
        }""",
        [share_x, share_y],
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(site, visit, name):
    visit.open(site / name)
    assert visit.refused == []
    assert visit.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(site, visit, name):
    page = visit.open(site / name)
    for details in page.query_selector_all("details"):
        details.evaluate("element => { element.open = true }")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("name", ["index.html", "force.html", "areas/E05000001.html", "times.html"])
def test_axe_finds_nothing_where_there_is_little_to_show(bare_site, visit, name):
    results = Axe().run(visit.open(bare_site / name))
    assert results.violations_count == 0, results.generate_report()


def test_a_hostile_name_runs_nothing(hostile_site, visit):
    dialogs = []
    visit.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in [*hostile_site.glob("*.html"), *hostile_site.glob("areas/*.html"), *hostile_site.glob("cards/*.html")]:
        page = visit.open(path)
        if page.query_selector(".folium-map"):
            page.locator(".folium-map").hover()
        assert page.evaluate("document.querySelectorAll('main script, img').length") == 0
    assert dialogs == []
    assert visit.refused == []
    assert visit.complaints == []


def test_the_layer_switch_recolours_the_map_and_changes_the_legend_by_keyboard(site, visit):
    page = visit.open(site / "force.html")
    assert page.locator('[data-legend-layer="group"]').is_visible()
    before = [colour_at(page, 0.5, y / 20) for y in range(4, 17)]
    page.locator('input[name="map-layer"][value="group"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator('input[name="map-layer"][value="rate"]').is_checked()
    assert page.locator('[data-legend-layer="rate"]').is_visible()
    assert page.locator('[data-legend-layer="group"]').is_hidden()
    page.wait_for_timeout(100)
    assert [colour_at(page, 0.5, y / 20) for y in range(4, 17)] != before


def test_the_two_lists_of_zones_are_never_drawn_together(site, visit):
    page = visit.open(site / "force.html")
    drawn = "Object.fromEntries([0, 1].map(i => [i, map_redzones.hasLayer(window['geo_json_zones_' + i])]))"
    assert page.evaluate(drawn) == {"0": True, "1": False}
    page.check('input[name="map-zones"][value="asb_minor"]')
    assert page.evaluate(drawn) == {"0": False, "1": True}
    page.check('input[name="map-zones"][value="none"]')
    assert page.evaluate(drawn) == {"0": False, "1": False}
    assert page.locator(".map-label-zone").count() == 0


def test_a_tooltip_explains_an_area_and_a_zone_leads_to_its_card(site, visit):
    page = visit.open(site / "areas" / "E05000001.html")
    page.check('input[name="map-zones"][value="none"]')
    page.locator(".folium-map").hover()
    tip = page.locator(".map-tip").inner_text()
    assert "E0100" in tip
    assert "Residents" in tip
    page.check('input[name="map-zones"][value="street"]')
    page.locator(".map-label-zone").first.scroll_into_view_if_needed()
    box = page.locator(".map-label-zone").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/cards/*.html")


def test_the_search_finds_an_area_by_its_small_area_and_by_a_street(site, visit, content):
    page = visit.open(site / "index.html")
    links = content.small_to_patrol
    member = links.loc[links["target_code"] == "E05000003", "source_code"].iloc[0]
    page.fill("#area-search", member.lower())
    assert page.locator("[data-search]:visible").all_inner_texts()[0].startswith("Upton")
    assert page.locator("#area-search-result").inner_text() == "1 area matches"
    page.fill("#area-search", "mill lane")
    assert page.locator("[data-search]:visible").count() >= 1
    page.fill("#area-search", "")
    assert page.locator("[data-search]:visible").count() == 3


def test_text_tables_and_cards_read_without_scripts(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "cards" / "street-002.html").as_uri())
    assert page.get_by_text("Why it is red").is_visible()
    page.goto((site / "areas" / "E05000001.html").as_uri())
    assert page.locator("table").first.is_visible()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_role("link", name="Northgate", exact=True).first.is_visible()
    context.close()


@pytest.mark.parametrize(("day", "is_over"), [("2026-03-03T12:00:00", False), ("2026-03-04T12:00:00", True)])
def test_a_page_says_when_its_validity_has_ended(site, visit, day, is_over):
    visit.page.clock.set_fixed_time(day)
    page = visit.open(site / "index.html")
    assert page.locator("#validity-notice").is_visible() is is_over


def test_a_page_says_that_a_newer_publication_exists(site, visit):
    visit.page.clock.set_fixed_time("2026-02-01T12:00:00")
    told = "window.redzonesPublication = {published: '2026-01-05T06:00:00', current: 'another'};"
    visit.page.route("**/publication.js", lambda route: route.fulfill(body=told, content_type="text/javascript"))
    page = visit.open(site / "index.html")
    assert "newer publication exists" in page.locator("#validity-notice").inner_text()
    assert page.locator("#published").inner_text() == "Published on 2026-01-05."


def test_a_page_without_the_publication_file_still_works(site, visit):
    visit.page.route("**/publication.js", lambda route: route.abort())
    page = visit.open(site / "force.html")
    assert page.locator("html[data-map-ready]").count() == 1


@pytest.mark.parametrize("name", ["street-001", "street-002"])
def test_a_briefing_card_prints_on_one_sheet(site, visit, tmp_path, name):
    page = visit.open(site / "cards" / f"{name}.html")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1


def test_the_longest_card_still_prints_on_one_sheet(hostile_site, visit):
    for path in sorted((hostile_site / "cards").iterdir()):
        pdf = visit.open(path).pdf(prefer_css_page_size=True, print_background=True)
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1, path


def test_a_narrow_window_scrolls_no_page_sideways(site, visit):
    visit.page.set_viewport_size({"width": 360, "height": 740})
    for name in PAGES:
        page = visit.open(site / name)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
