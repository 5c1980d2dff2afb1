"""Look-ups and population-weighted centroids."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from domain.areas import GeographyKey
from domain.errors import CrsError, SourceError
from sources.lookups import read_centroids, read_lookup

OA, LSOA11, LSOA21 = GeographyKey("oa", 2021), GeographyKey("lsoa", 2011), GeographyKey("lsoa", 2021)


@pytest.mark.real_data
def test_real_lookup_of_lsoa_vintages_is_read_whole(cheshire):
    links = read_lookup(cheshire / "lookups" / "lsoa11_lsoa21_lad22.csv.gz", source=LSOA11, target=LSOA21)
    frame = links.frame
    assert len(frame) == 35_796
    assert set(frame["change"]) == {"U", "S", "M", "X"}
    assert (frame["share"] == 1.0).all()
    assert frame.iloc[0].tolist() == ["E01000001", "E01000001", 1.0, "City of London 001A", "City of London 001A", "U"]


@pytest.mark.real_data
def test_real_lookup_of_output_areas_is_read_whole(cheshire):
    frame = read_lookup(cheshire / "lookups" / "oa21_lsoa21_EW.csv.gz", source=OA, target=LSOA21).frame
    assert len(frame) == frame["source_code"].nunique() == 188_880
    assert frame["target_code"].nunique() == 35_672
    assert frame["source_name"].isna().all()


@pytest.mark.real_data
def test_real_centroids_are_one_point_for_each_lsoa(cheshire):
    path = cheshire / "lookups" / "lsoa21_pwc" / "LSOA_PopCentroids_EW_2021_V3.shp"
    links = read_centroids(path, key=LSOA21)
    assert links.target is None
    assert links.frame.empty
    assert len(links.points) == links.points["area_code"].nunique() == 35_672
    assert links.points.crs.to_epsg() == 27700


def test_weights_become_shares_of_each_source(write):
    path = write("a.csv", "LSOA11CD,LSOA21CD,people\nA,X,30\nA,Y,60\nA,Y,10\nB,X,5\nC,Z,0\n")
    frame = read_lookup(path, source=LSOA11, target=LSOA21, weight_column="people").frame
    assert frame[["source_code", "target_code", "share"]].to_numpy().tolist() == [
        ["A", "X", 0.3],
        ["A", "Y", 0.7],
        ["B", "X", 1.0],
    ]
    assert frame.groupby("source_code")["share"].sum().tolist() == [1.0, 1.0]


def test_mark_line_ends_spaces_and_repeated_pairs_are_taken_in_stride(write):
    path = write("a.csv", b"\xef\xbb\xbfLSOA11CD,LSOA21CD\r\nA , X\r\nA,X\r\n\r\nB,Y\r\n")
    frame = read_lookup(path, source=LSOA11, target=LSOA21).frame
    assert frame[["source_code", "target_code"]].to_numpy().tolist() == [["A", "X"], ["B", "Y"]]


def test_columns_of_another_vintage_are_refused_and_named_ones_taken(write):
    path = write("a.csv", "LSOA01CD,LSOA21CD\nA,X\n")
    with pytest.raises(SourceError, match="lsoa:2011") as caught:
        read_lookup(path, source=LSOA11, target=LSOA21)
    assert "LSOA01CD" in caught.value.message
    assert len(read_lookup(path, source=LSOA11, target=LSOA21, source_column="LSOA01CD").frame) == 1
    with pytest.raises(SourceError, match="lsoa:2021"):
        read_lookup(write("b.csv", "LSOA11CD,name\nA,X\n"), source=LSOA11, target=LSOA21)


def test_all_bad_rows_are_named_together(write):
    path = write("a.csv", "LSOA11CD,LSOA21CD,w\nA,,1\n,X,1\nB,X,-1\nC,X,lots\nD,X,nan\n")
    with pytest.raises(SourceError) as caught:
        read_lookup(path, source=LSOA11, target=LSOA21, weight_column="w")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (3, "LSOA11CD"),
        (2, "LSOA21CD"),
        (4, "w"),
        (5, "w"),
        (6, "w"),
    ]
    with pytest.raises(SourceError, match="fields"):
        read_lookup(write("b.csv", "LSOA11CD,LSOA21CD\nA,X,Y\nB,Z\n"), source=LSOA11, target=LSOA21)


def test_more_than_twenty_faults_are_counted_not_listed(write):
    path = write("a.csv", "LSOA11CD,LSOA21CD\n" + "A,\n" * 50)
    with pytest.raises(SourceError, match=r"50 faults.*and 30 more") as caught:
        read_lookup(path, source=LSOA11, target=LSOA21)
    assert len(caught.value.faults) == 50
    assert caught.value.message.count("blank") == 20


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_centroids_that_are_not_one_point_each_are_refused(tmp_path):
    shapes = [Point(360_000, 388_000), box(0, 0, 1, 1), Point(361_000, 388_000)]
    frame = gpd.GeoDataFrame({"LSOA21CD": ["A", "B", "A"]}, geometry=shapes, crs=27700)
    frame.to_file(tmp_path / "a.gpkg")
    with pytest.raises(SourceError) as caught:
        read_centroids(tmp_path / "a.gpkg", key=LSOA21)
    assert [fault.message for fault in caught.value.faults] == [
        "feature 2 (B) is not a point",
        "feature 3 repeats the area code A",
    ]
    frame.iloc[[0]].set_crs(None, allow_override=True).to_file(tmp_path / "b.gpkg")
    with pytest.raises(CrsError):
        read_centroids(tmp_path / "b.gpkg", key=LSOA21)
