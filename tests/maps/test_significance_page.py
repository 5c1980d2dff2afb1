"""The page of significance: what it is, how sure and what it is not; a state with its reason wherever there is none."""

from __future__ import annotations

import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain.areas import FigureState
from hotspots.hot_cells import HotCells, HotCellSettings
from hotspots.near_repeat_table import NEAR_REPEAT_COLUMNS, NearRepeatTable
from hotspots.period_comparison import COMPARISON_COLUMNS, PeriodComparison, compare_patterns
from hotspots.significance import Significance
from hotspots.street_segments import STREET_COLUMNS, Streets
from maps.lookup import index_site
from maps.page_builders import PageBuilder
from maps.render import render
from spatialstats.concentration import concentration

NO = np.array([], dtype=np.int64)


def hot_cells(n: int = 2, *, trend: FigureState = FigureState.OK) -> HotCells:
    cells = pd.DataFrame(
        {"cell_id": ["h1.2", "h3.4"], "name": ["Mill Lane <b>", ""], "grid_reference": ["SJ 40 66"] * 2,
         "patrol_code": ["E05000001"] * 2, "centre_x": [350_100.0, 350_900.0], "centre_y": [380_100.0] * 2,
         "n_incidents": [5, 1], "n_neighbourhood": [9, 3], "z": [4.5, 1.0], "p_value": [0.0001, 0.2],
         "q_value": [0.001, np.nan], "is_hot": [True, False], "n_hot_months": [3, 1],
         "trend": ["sporadic", "new"] if trend == FigureState.OK else ["", ""]}
    ).iloc[:n]  # fmt: skip
    shapes = [shapely.Point(x, 380_100).buffer(90) for x in (350_100, 350_900)][:n]
    reason = "" if trend == FigureState.OK else "The kind of a hot spot needs 12 months in a row."
    frame = gpd.GeoDataFrame(cells, geometry=shapes, crs=27700)
    return HotCells(frame, HotCellSettings(), 400, 40 if n else 0, 60 if n else 0, 12, 0.02, 0.4, trend, reason, NO)


def whole() -> Significance:
    codes = np.array(["E01000000", "E01000001"], dtype=object)
    areas = compare_patterns(np.array([30, 400]), np.array([200, 300]), codes)
    bands = pd.DataFrame(
        [
            (0.0, 1.0, 0.0, 2.0, 40, 12.5, 3.2, 0.001, 0.004, True),
            (0.0, 1.0, 2.0, 7.0, 4, 4.0, np.nan, 0.5, 0.5, False),
        ],
        columns=list(NEAR_REPEAT_COLUMNS),
    )
    line = shapely.LineString([(350_000, 380_000), (350_300, 380_000)])
    streets = pd.DataFrame(
        [(1, 1, 7, "High Street", 300.0, 2.5, 8.3, 0.5, line), (2, 3, 8, "", 300.0, 1.0, 3.3, 0.0, line)],
        columns=list(STREET_COLUMNS),
    )
    return Significance(
        "street",
        hot_cells(),
        {"hexagons": concentration(np.array([5, 1, 0])), "small areas": concentration(np.array([6, 0]))},
        PeriodComparison(FigureState.OK, "", areas, 0.0, 430, 500, (24310, 24311)),
        NearRepeatTable(FigureState.OK, "", bands, 90, 3, 999),
        Streets(FigureState.OK, "", streets, 3, 1.25, 60, 55.5, 50.0, 0.1),
    )


def nothing() -> Significance:
    empty, no_bands, no_streets = (
        pd.DataFrame({c: [] for c in columns}) for columns in (COMPARISON_COLUMNS, NEAR_REPEAT_COLUMNS, STREET_COLUMNS)
    )
    return Significance(
        "asb_minor",
        hot_cells(0, trend=FigureState.CANNOT_TELL),
        {"hexagons": concentration(np.array([0, 0]))},
        PeriodComparison(FigureState.CANNOT_TELL, "No month is loaded in both years.", empty, 0.0, 0, 0, ()),
        NearRepeatTable(FigureState.NO_DATA, "Near repeats need the day.", no_bands, 0, 0, 999),
        Streets(FigureState.NO_DATA, "No road layer is loaded.", no_streets, 0, 0.0, 0, 0.0, 50.0, 0.0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def pages(content) -> dict[str, str]:
    shown = replace(content, significance={"street": whole(), "asb_minor": nothing()})
    builder = PageBuilder(index_site(shown), ())
    made = {view.page: render("significance.html.j2", builder.significant(view)) for view in builder.significance}
    return {**made, "method.html": render("method.html.j2", builder.method())}


def words(page: str) -> str:
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_each_scoring_set_has_its_page_and_the_method_page_leads_there(pages: dict[str, str]) -> None:
    assert set(pages) == {"significance.html", "significance-asb-minor.html", "method.html"}
    for page in ("significance.html", "significance-asb-minor.html"):
        assert f'href="{page}"' in pages["method.html"]
    assert 'href="significance-asb-minor.html"' in pages["significance.html"]


def test_it_says_what_it_is_how_sure_and_what_it_is_not(pages: dict[str, str]) -> None:
    text = words(pages["significance.html"])
    for part in ("What it is:", "How sure:", "What it is not:", "about 5 in 100 at most may be so by luck"):
        assert part in text
    assert "Tested together: the 40 hexagons that hold an incident themselves, of 400 in the force" in text
    assert "99,999 times" in text


def test_every_hexagon_of_the_map_is_in_the_table_and_names_stay_text(pages: dict[str, str]) -> None:
    page = pages["significance.html"]
    assert "Mill Lane &lt;b&gt;" in page
    assert "no name written" in page
    assert "chance of error at most 1 in 1,000" in page
    assert "Sporadic" in page
    assert '"h1.2"' in page


def test_near_repeats_have_a_plot_a_table_and_a_sentence(pages: dict[str, str]) -> None:
    page = pages["significance.html"]
    assert "After an incident another follows nearby more often than chance would bring" in page
    assert "3.20 *" in words(page)
    assert page.count('class="knox ') == 2
    assert "3 incidents without a certain day left out" in page


def test_changes_and_streets_are_told_in_words(pages: dict[str, str]) -> None:
    text = words(pages["significance.html"])
    assert "a larger share than before" in text
    assert "Shares are compared, not numbers" in text
    assert "2 to 3 (equal)" in text
    assert "no name in the layer" in text


def test_where_there_is_nothing_each_part_says_why_and_no_figure_is_invented(pages: dict[str, str]) -> None:
    text = words(pages["significance-asb-minor.html"])
    for reason in (
        "nothing could be tested", "needs 12 months in a row", "No month is loaded in both years",
        "Near repeats need the day", "No road layer is loaded", "No data: no incident",
    ):  # fmt: skip
        assert reason in text
    for page in pages.values():
        assert "nan" not in words(page).lower().split()


def test_none_hot_is_an_answer(content) -> None:
    quiet = replace(whole(), hot_cells=replace(hot_cells(0), n_family=40, n_incidents=60))
    view = PageBuilder(index_site(replace(content, significance={"street": quiet})), ()).significance[0]
    assert "no place stands out" in " ".join(view.summary)
