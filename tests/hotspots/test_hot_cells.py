"""Hexagons that are hot beyond chance: the planted ones are found, and little data gives a state and no figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from domain.areas import FigureState
from domain.incidents import ScoringSet
from hotspots.history import scored_rows
from hotspots.hot_cells import HOT_CELL_COLUMNS, HotCells, HotCellSettings, find_hot_cells

QUICK = HotCellSettings(n_permutations=9_999)
LAST = 24311
MARKET, ESTATE = (341_210.0, 367_130.0), (344_640.0, 368_420.0)


def find(town, *, settings: HotCellSettings = QUICK, seed: int = 5, last: int = LAST) -> HotCells:
    rows = scored_rows(**town.tables, scoring_set=ScoringSet.STREET)
    return find_hot_cells(
        rows, last_month_index=last, force=town.force, patrol_areas=town.wards, settings=settings,
        rng=np.random.default_rng(seed),
    )  # fmt: skip


@pytest.fixture(scope="module")
def town(ashby):
    """Return Ashby with two busy quarters, each wider than a hexagon."""
    rng = np.random.default_rng(8)
    places, counts = [], []
    for first, (x, y), street in ((300, MARKET, "Market Place"), (400, ESTATE, "Elm Road")):
        for i in range(40):
            angle, reach = rng.uniform(0, 2 * np.pi), 250 * np.sqrt(rng.uniform())
            east, north = x + reach * np.cos(angle), y + reach * np.sin(angle)
            places.append({"place_id": first + i, "x": east, "y": north, "location": f"On or near {street}",
                           "is_inside": True, "small_area_code": "E01", "patrol_code": None})  # fmt: skip
            rows = pd.DataFrame({"place_id": first + i, "month_index": range(LAST - 11, LAST + 1), "kind_id": 0,
                                 "is_officer_generated": False, "n": rng.poisson(1.5, 12)})  # fmt: skip
            counts.append(rows[rows["n"] > 0])
    return replace(
        ashby,
        places=pd.concat([ashby.places, pd.DataFrame(places)], ignore_index=True),
        counts=pd.concat([ashby.counts, *counts], ignore_index=True),
    )


@pytest.fixture(scope="module")
def found(town) -> HotCells:
    return find(town)


def test_the_planted_quarters_are_hot_and_quiet_streets_are_not(found: HotCells) -> None:
    hot = found.cells[found.cells["is_hot"]]
    assert list(found.cells.columns) == list(HOT_CELL_COLUMNS)
    for planted in (MARKET, ESTATE):
        assert hot.distance(shapely.Point(planted)).min() == 0
    middle = hot.geometry.centroid
    near = np.minimum.reduce([middle.distance(shapely.Point(planted)) for planted in (MARKET, ESTATE)])
    assert near.max() < 450
    assert 0 < found.hot_area_share < 0.05 < found.hot_incident_share < 1


def test_each_has_a_name_a_patrol_area_and_its_counts(town, found: HotCells) -> None:
    rows = scored_rows(**town.tables, scoring_set=ScoringSet.STREET)
    own = rows[rows["is_own"]]
    for row in found.cells.itertuples():
        inside = own[shapely.contains_xy(row.geometry.buffer(-0.01), own["x"], own["y"])]
        assert inside["n"].sum() == row.n_incidents
        assert row.n_incidents <= row.n_neighbourhood
        assert row.patrol_code in {"W1", "W2"}
    names = set(found.cells.loc[found.cells["is_hot"], "name"])
    assert names >= {"Market Place", "Elm Road"}
    assert found.counts.sum() == found.n_incidents == own["n"].sum()


def test_a_kind_of_hot_spot_needs_twelve_months(town, found: HotCells) -> None:
    assert found.trend_state == FigureState.OK
    assert set(found.cells["trend"]) - {"none"}
    short = replace(town, counts=town.counts[town.counts["month_index"] > LAST - 11])
    result = find(short)
    assert result.trend_state == FigureState.CANNOT_TELL
    assert "needs 12 months in a row; data of 11 of the last 12 are loaded" in result.trend_reason
    assert set(result.cells["trend"]) <= {""}


def test_row_order_and_the_same_seed_change_nothing(town, found: HotCells) -> None:
    shuffled = replace(town, counts=town.counts.sample(frac=1, random_state=3), places=town.places.iloc[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(find(shuffled).cells), pd.DataFrame(found.cells))


def test_moving_the_town_by_whole_hexagons_moves_them_and_changes_no_figure(town, found: HotCells) -> None:
    up = 200 * np.sqrt(3)  # two rows of hexagons
    moved = find(town.moved(1_000.0, 10 * up))
    same = ["n_incidents", "n_neighbourhood", "z", "p_value", "is_hot", "trend", "n_hot_months"]
    pd.testing.assert_frame_equal(moved.cells[same], found.cells[same])
    np.testing.assert_allclose(moved.cells["centre_x"], found.cells["centre_x"] + 1_000)


def test_officers_rows_and_other_kinds_are_not_tested(town, found: HotCells) -> None:
    more = town.counts[town.counts["kind_id"] == 4].assign(n=500)
    counts = pd.concat([town.counts[town.counts["kind_id"] != 4], more])
    assert find(replace(town, counts=counts)).n_incidents == found.n_incidents


def test_no_incident_is_nothing_tested_and_nothing_hot(ashby) -> None:
    result = find(ashby.counting())
    assert (result.n_family, result.n_incidents, len(result.cells)) == (0, 0, 0)
    assert (result.hot_area_share, result.hot_incident_share) == (0.0, 0.0)


def test_one_incident_is_not_hot(ashby) -> None:
    result = find(ashby.counting((0, 0, 1)))
    assert result.n_family == 1
    assert not result.cells["is_hot"].any()


def test_a_lone_busy_hexagon_is_not_hot_for_it_is_tested_by_what_lies_around_it(ashby) -> None:
    quiet = [(place, age, 1) for place in range(0, 200, 10) for age in (1, 5)]
    result = find(ashby.counting(*quiet, *[(220, age, 9) for age in range(12)]))
    assert result.counts.max() >= 108
    assert not result.cells["is_hot"].any()


def test_all_at_one_point_leaves_its_hexagon_alone(ashby) -> None:
    result = find(ashby.counting(*[(7, age, 5) for age in range(12)]))
    assert (result.n_family, result.n_incidents) == (1, 60)
    assert not result.cells["is_hot"].any()


def test_a_single_month_can_be_tested_and_names_no_kind(ashby) -> None:
    result = find(replace(ashby, counts=ashby.counts[ashby.counts["month_index"] == LAST]))
    assert result.n_months == 1
    assert result.trend_state == FigureState.CANNOT_TELL
    assert result.n_family > 0


def test_many_islands_are_tested_as_one_force(town) -> None:
    islands = [shapely.Point(*point).buffer(400) for point in (MARKET, ESTATE, (342_500, 366_500), (343_500, 369_000))]
    rows = town.places[["x", "y"]]
    inside = shapely.contains_xy(shapely.union_all(islands), rows["x"], rows["y"])
    split = replace(town.with_force(*islands), places=town.places.assign(is_inside=inside))
    result = find(split)
    assert 0 < result.n_cells < 120
    assert result.cells["is_hot"].any()
