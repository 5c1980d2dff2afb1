"""The tests of significance come back from the database as they were written; the road layer is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from db import runs, significance
from db.write import store_layer
from domain.areas import FigureState
from domain.months import LocalMonth
from domain.records import ContextLayer, LayerKind
from hotspots.hot_cells import HotCells, HotCellSettings
from hotspots.near_repeat_table import NEAR_REPEAT_COLUMNS, NearRepeatTable
from hotspots.period_comparison import PeriodComparison, compare_patterns
from hotspots.significance import Significance
from hotspots.street_segments import STREET_COLUMNS, Streets
from spatialstats.concentration import concentration

if TYPE_CHECKING:
    from sqlalchemy import Connection


def made(*, is_empty: bool = False) -> Significance:
    n = 0 if is_empty else 2
    cells = pd.DataFrame(
        {"cell_id": ["h1.2", "h3.4"], "name": ["Mill Lane", ""], "grid_reference": ["SJ 40 66"] * 2,
         "patrol_code": ["E05"] * 2, "centre_x": [1 / 3, 2.0], "centre_y": [3.0, 4.0], "n_incidents": [5, 1],
         "n_neighbourhood": [9, 3], "z": [4.5, 1.0], "p_value": [0.0001, 0.2], "q_value": [0.001, np.nan],
         "is_hot": [True, False], "trend": ["sporadic", "new"], "n_hot_months": [3, 1]}
    ).iloc[:n]  # fmt: skip
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)][:n]
    hot = HotCells(
        gpd.GeoDataFrame(cells, geometry=shapes, crs=27700), HotCellSettings(), 100, 40, 60, 12, 0.02, 0.4,
        FigureState.OK, "", np.array([], dtype=np.int64),
    )  # fmt: skip
    codes = np.array(["E1", "E2"], dtype=object)
    areas = compare_patterns(np.array([3, 4]), np.array([8, 1]), codes).iloc[:n]
    bands = pd.DataFrame(
        [(0.0, 1.0, 0.0, 2.0, 4, 2.5, np.nan, 0.01, 0.02, True)], columns=list(NEAR_REPEAT_COLUMNS)
    ).iloc[: n // 2]
    line = shapely.LineString([(0, 0), (5, 5)])
    streets = pd.DataFrame([(1, 1, 7, "High Street", 7.1, 2.5, 50.0, 0.5, line)], columns=list(STREET_COLUMNS))
    state, reason = (FigureState.NO_DATA, "No data.") if is_empty else (FigureState.OK, "")
    return Significance(
        "street",
        hot,
        {"hexagons": concentration(np.array([5, 1, 0])), "small areas": concentration(np.array([6, 0]))},
        PeriodComparison(state, reason, areas, 0.5, 7, 9, (24311,)),
        NearRepeatTable(state, reason, bands, 90, 3, 999),
        Streets(state, reason, streets.iloc[: n // 2], 3, 1.25, 60, 55.5, 50.0, 0.1),
    )


def _run(connection: Connection) -> int:
    return runs.start_or_resume_run(
        connection, month=LocalMonth(2025, 12), fingerprint="abc", config_fingerprint="c", input_fingerprint="i",
        code_version="0", seed=1, settings={"a": 1}, load_ids=[1],
    ).run_id  # fmt: skip


@pytest.mark.parametrize("is_empty", [False, True])
def test_every_part_comes_back_and_a_second_attempt_takes_the_place_of_the_first(
    connection: Connection, is_empty: bool
) -> None:
    run_id, written = _run(connection), made(is_empty=is_empty)
    for _ in range(2):
        significance.write_significance(connection, run_id, written)
    read = significance.read_significance(connection, run_id)["street"]
    for unit, part in written.concentration.items():
        assert read.concentration[unit].top_shares == pytest.approx(part.top_shares)
        assert read.concentration[unit].generalised_gini == pytest.approx(part.generalised_gini)
        assert read.concentration[unit].n_incidents == part.n_incidents
    assert read.hot_cells.settings == written.hot_cells.settings
    for name in ("n_cells", "n_family", "n_incidents", "n_months", "hot_area_share", "trend_state", "trend_reason"):
        assert getattr(read.hot_cells, name) == getattr(written.hot_cells, name)
    pairs = (
        (read.hot_cells.cells, written.hot_cells.cells), (read.comparison.areas, written.comparison.areas),
        (read.near_repeats.bands, written.near_repeats.bands), (read.streets.segments, written.streets.segments),
    )  # fmt: skip
    for one, other in pairs:
        assert len(one) == len(other)
        assert_frame_equal(pd.DataFrame(one)[list(other.columns)], pd.DataFrame(other), check_dtype=False, rtol=1e-9)
    for part in ("comparison", "near_repeats", "streets"):
        assert getattr(read, part).state == getattr(written, part).state
        assert getattr(read, part).reason == getattr(written, part).reason
    assert (read.comparison.months, read.streets.n_snapped) == ((24311,), 55.5)


def test_a_run_of_old_has_none(connection: Connection) -> None:
    assert significance.read_significance(connection, _run(connection)) == {}


def test_the_road_layer_is_read_in_order_and_nothing_else(connection: Connection) -> None:
    assert significance.roads(connection, (1,)).empty
    ids = []
    for kind, names in ((LayerKind.ROADS, ["High Street", None]), (LayerKind.WATER, ["Dee"])):
        lines = [shapely.LineString([(340_000 + i, 360_000), (340_000 + i, 360_009)]) for i in range(len(names))]
        frame = gpd.GeoDataFrame({"feature_name": pd.Series(names, dtype=object)}, geometry=lines, crs=27700)
        layer = ContextLayer(kind=kind, file_name=f"{kind}.gpkg", sha256=str(kind), frame=frame)
        ids.append(store_layer(connection, layer).load_id)
    read = significance.roads(connection, tuple(ids))
    assert read["feature_name"].tolist() == ["High Street", None]
    assert [line.length for line in read["geometry"]] == pytest.approx([9.0, 9.0])
