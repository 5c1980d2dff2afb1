"""Streets by incidents per kilometre: nearest within a distance, shared at junctions, ranks that ties share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from domain.areas import FigureState
from hotspots.street_segments import STREET_COLUMNS, Streets, rank_streets, snap_to_segments

FORCE = shapely.box(0, 0, 1000, 1000)
#: A long road, two that meet it at (500, 500), and one outside the force.
LINES = [
    shapely.LineString([(0, 500), (500, 500)]),
    shapely.LineString([(500, 500), (1000, 500)]),
    shapely.LineString([(500, 500), (500, 750)]),
    shapely.LineString([(5000, 5000), (6000, 5000)]),
]
ROADS = pd.DataFrame({"feature_name": ["High Street", "High Street", None, "Far Lane"], "geometry": LINES})


def rank(points: list[tuple[float, float, int]], roads: pd.DataFrame = ROADS, **options) -> Streets:
    x, y, n = zip(*points, strict=True) if points else ((), (), ())
    rows = pd.DataFrame({"x": np.array(x, float), "y": np.array(y, float), "n": np.array(n, int), "is_own": True})
    return rank_streets(rows, roads, outline=FORCE, **options)


def test_an_incident_counts_on_the_nearest_road_within_the_distance() -> None:
    result = rank([(100, 520, 4), (900, 470, 2), (100, 600, 50)], snap_m=50)
    assert (result.n_segments, result.n_incidents, result.n_snapped) == (3, 56, 6.0)
    assert list(result.segments.columns) == list(STREET_COLUMNS)
    assert result.segments["n_incidents"].tolist() == [4.0, 2.0]
    assert result.segments["per_km"].tolist() == [8.0, 4.0]


def test_exactly_the_distance_counts_and_beyond_it_does_not() -> None:
    assert rank([(100, 550, 1)], snap_m=50).n_snapped == 1
    assert rank([(100, 550.1, 1)], snap_m=50).n_snapped == 0


def test_at_a_junction_incidents_are_shared_and_none_is_lost() -> None:
    result = rank([(500, 500, 9)])
    assert result.segments["n_incidents"].tolist() == pytest.approx([3, 3, 3])
    assert result.segments["n_tied"].sum() == pytest.approx(9)
    assert result.n_snapped == pytest.approx(9)


def test_equal_segments_share_their_ranks() -> None:
    result = rank([(100, 500, 2), (900, 500, 2), (500, 700, 3)])
    assert result.segments[["rank", "rank_last"]].to_numpy().tolist() == [[1, 1], [2, 3], [2, 3]]


def test_a_stub_of_road_is_no_hot_street() -> None:
    stub = pd.DataFrame({"feature_name": ["Stub"], "geometry": [shapely.LineString([(200, 800), (201, 800)])]})
    result = rank([(200, 800, 2)], pd.concat([ROADS, stub]))
    assert result.segments["per_km"].tolist() == [40.0]


def test_the_order_of_roads_and_lines_of_many_parts_change_nothing() -> None:
    points = [(100, 520, 4), (900, 470, 2), (500, 700, 3), (500, 500, 3)]
    one = pd.DataFrame(
        {"feature_name": ["High Street", None], "geometry": [shapely.MultiLineString(LINES[:2]), LINES[2]]}
    )
    for roads in (ROADS.iloc[::-1], one):
        pd.testing.assert_frame_equal(rank(points, roads).segments, rank(points).segments)


def test_half_of_the_incidents_on_how_much_of_the_length() -> None:
    assert rank([(100, 500, 8)]).half_length_share == pytest.approx(250 / 1250)


@pytest.mark.parametrize(
    ("points", "roads", "words"),
    [
        ([(1, 1, 1)], ROADS.iloc[:0], "No road layer is loaded"),
        ([(1, 1, 1)], ROADS.iloc[3:], "No road layer is loaded"),
        ([(1, 1, 1)], ROADS, "within 50 m of a road"),
        ([], ROADS, "within 50 m of a road"),
    ],
)
def test_no_road_and_no_incident_near_one_are_said(points, roads, words: str) -> None:
    result = rank(points, roads)
    assert (result.state, len(result.segments)) == (FigureState.NO_DATA, 0)
    assert words in result.reason


def test_every_nearest_segment_is_found_as_a_plain_search_finds_it() -> None:
    rng = np.random.default_rng(6)
    lines = np.array([shapely.LineString(rng.uniform(0, 300, (2, 2))) for _ in range(30)])
    x, y = rng.uniform(0, 300, (2, 200))
    point, segment = snap_to_segments(lines, x, y, snap_m=20)
    distance = shapely.distance(shapely.points(x, y)[:, None], lines)
    wanted = [(i, j) for i in range(200) for j in np.flatnonzero(distance[i] <= min(distance[i].min() + 1e-6, 20))]
    assert list(zip(point, segment, strict=True)) == wanted
