"""Context layers: only shapes that suit the kind, named where they have a name, of a layer that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from shapely import LineString, Point, Polygon

from domain.errors import CrsError, SourceError
from domain.records import LayerKind
from sources.layers import read_layer

if TYPE_CHECKING:
    from pathlib import Path

ROAD = LineString([(400_000, 300_000), (400_100, 300_000)])
PARK = Polygon([(400_000, 300_000), (400_100, 300_000), (400_100, 300_100)])


def _package(tmp_path: Path, epsg: int | None = 27700, **layers) -> Path:
    file = tmp_path / "zoomstack.gpkg"
    for name, (shape, columns) in layers.items():
        gpd.GeoDataFrame(columns, geometry=[shape], crs=epsg).to_file(file, layer=name, driver="GPKG")
    return file


def test_a_layer_of_several_is_read_by_its_name(tmp_path: Path) -> None:
    file = _package(tmp_path, roads=(ROAD, {"Name": ["Mill Lane"]}), greenspace=(PARK, {"type": ["park"]}))
    layer = read_layer(file, kind=LayerKind.ROADS, layer="roads")
    assert layer.frame["feature_name"].tolist() == ["Mill Lane"]
    assert layer.frame.geometry.iloc[0].equals(ROAD)
    assert layer.frame.crs.to_epsg() == 27700
    assert layer.file_name == "zoomstack.gpkg roads"
    assert read_layer(file, kind=LayerKind.GREENSPACE, layer="greenspace").frame["feature_name"].tolist() == [None]


def test_several_layers_need_a_name_that_is_there(tmp_path: Path) -> None:
    file = _package(tmp_path, roads=(ROAD, {"a": [1]}), greenspace=(PARK, {"a": [1]}))
    with pytest.raises(SourceError, match="2 layers") as caught:
        read_layer(file, kind=LayerKind.ROADS)
    assert "--layer" in caught.value.hint
    with pytest.raises(SourceError, match="no layer rivers") as caught:
        read_layer(file, kind=LayerKind.WATER, layer="rivers")
    assert "greenspace, roads" in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (LayerKind.ROADS, PARK),
        (LayerKind.GREENSPACE, ROAD),
        (LayerKind.NO_PATROL, Point(400_000, 300_000)),
        (LayerKind.WATER, Point(400_000, 300_000)),
        (LayerKind.NAMES, ROAD),
    ],
)
def test_shapes_that_do_not_suit_the_kind_are_refused(tmp_path: Path, kind: LayerKind, shape) -> None:
    with pytest.raises(SourceError, match=f"none of the shapes of {kind}"):
        read_layer(_package(tmp_path, some=(shape, {"a": [1]})), kind=kind)


def test_a_named_column_must_be_there(tmp_path: Path) -> None:
    file = _package(tmp_path, roads=(ROAD, {"strasse": ["Mill Lane"]}))
    assert read_layer(file, kind=LayerKind.ROADS, name_column="strasse").frame["feature_name"].tolist() == ["Mill Lane"]
    with pytest.raises(SourceError, match="no such column"):
        read_layer(file, kind=LayerKind.ROADS, name_column="street")


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_layer_without_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="does not say"):
        read_layer(_package(tmp_path, epsg=None, roads=(ROAD, {"a": [1]})), kind=LayerKind.ROADS)
