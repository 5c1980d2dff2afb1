"""Boundaries: the real files, guessed columns, repairs, and coordinates that cannot be."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from domain.areas import GeographyKey
from domain.errors import CrsError, SettingsError, SourceError
from domain.records import LayerKind
from sources.boundaries import read_boundaries
from sources.layers import read_layer
from sources.neighbourhoods import is_neighbourhoods

LSOA, WARD, DISTRICT = GeographyKey("lsoa", 2021), GeographyKey("ward", 2025), GeographyKey("district", 2025)
SQUARES = [box(360_000 + 500 * i, 388_000, 360_500 + 500 * i, 388_500) for i in range(3)]


@pytest.fixture
def layer(tmp_path):
    def save(shapes=SQUARES, *, name="a.gpkg", crs=27700, columns=None):
        codes = [f"E0101250{i}" for i in range(len(shapes))]
        table = columns or {"LSOA21CD": codes, "LSOA21NM": [f"Halton 00{i}A" for i in range(len(shapes))]}
        path = tmp_path / name
        gpd.GeoDataFrame(table, geometry=shapes, crs=crs).to_file(path, driver="KML" if name.endswith(".kml") else None)
        return path

    return save


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "key", "areas"),
    [("lsoa", "lsoa:2021", 678), ("lsoa11", "lsoa:2011", 652), ("msoa", "msoa:2021", 140), ("ward", "ward:2025", 137)],
)
def test_real_boundaries_of_cheshire_are_read_whole(cheshire, folder, key, areas):
    codes = []
    for path in sorted((cheshire / "boundaries" / folder).glob("*.geojson.gz")):
        read = read_boundaries(path, key=GeographyKey.parse(key), parent_key=DISTRICT)
        codes += read.frame["area_code"].tolist()
        assert read.frame.geometry.is_valid.all()
        assert read.frame.crs.to_epsg() == 4326
        assert (read.frame["parent_code"] == path.name.removesuffix(".geojson.gz")).all()
        assert read.frame["area_name"].str.len().min() > 2
    assert len(codes) == len(set(codes)) == areas


@pytest.mark.real_data
def test_real_wards_name_their_district(cheshire):
    read = read_boundaries(cheshire / "boundaries/ward/E06000006.geojson.gz", key=WARD, parent_key=DISTRICT)
    assert dict(read.parent_names) == {"E06000006": "Halton"}
    assert read.parent == DISTRICT


@pytest.mark.real_data
def test_real_force_kml_is_one_area_named_after_the_file_or_as_told(cheshire):
    path, key = cheshire / "boundaries" / "cheshire_force.kml", GeographyKey("force", 2025)
    frame = read_boundaries(path, key=key).frame
    assert frame[["area_code", "area_name"]].to_numpy().tolist() == [["force", "Cheshire force"]]
    assert not frame.geometry.has_z.any()
    told = read_boundaries(path, key=key, code="E23000006", name="Cheshire Constabulary").frame
    assert told[["area_code", "area_name"]].to_numpy().tolist() == [["E23000006", "Cheshire Constabulary"]]


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.gml", "a.kml", "a.tab", "a.mif"])
def test_each_format_gives_the_same_areas(layer, name):
    in_degrees = gpd.GeoSeries(SQUARES, crs=27700).to_crs(4326)
    frame = read_boundaries(layer(in_degrees, crs=4326, name=name), key=LSOA).frame
    frame = frame.sort_values("area_code", ignore_index=True)  # FlatGeobuf keeps features by place
    assert frame["area_code"].tolist() == ["E01012500", "E01012501", "E01012502"]
    assert frame["area_name"][2] == "Halton 002A"
    assert shapely.hausdorff_distance(frame.geometry.to_crs(27700).to_numpy(), SQUARES).max() < 0.1  # MapInfo rounds
    assert not frame["was_repaired"].any()


@pytest.mark.parametrize("name", ["a.fgb", "a.gml", "a.tab", "a.mif", "a.shp", "a.gpkg"])
def test_metres_keep_their_crs_in_each_format_that_states_one_also_in_a_zip(layer, tmp_path, name):
    plain = layer(name=name)
    frame = read_boundaries(plain, key=LSOA).frame
    assert frame.crs.to_epsg() == 27700
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            archive.write(part, f"folder/{part.name}")
    zipped = read_boundaries(tmp_path / "all.zip", key=LSOA).frame
    assert zipped.geometry.equals(frame.geometry)
    assert not is_neighbourhoods(tmp_path / "all.zip")


def test_a_zip_of_two_layers_and_mapinfo_tables_of_other_tables_are_refused(layer, tmp_path, write):
    for name in ("a.gpkg", "b.gpkg"):
        layer(name=name)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for part in tmp_path.glob("*.gpkg"):
            archive.write(part, part.name)
    with pytest.raises(SourceError, match="2 vector files") as caught:
        read_boundaries(tmp_path / "all.zip", key=LSOA)
    assert caught.value.hint
    text = layer(name="t.tab").read_text()
    for change in (text.replace("NATIVE", "LINKED"), text + "\ncreate view x as select * from y"):
        write("t.tab", change)
        with pytest.raises(SourceError, match="not a MapInfo table of its own"):
            read_boundaries(tmp_path / "t.tab", key=LSOA)


def test_the_schema_that_a_gml_names_is_not_looked_for(layer, tmp_path):
    path = layer(name="a.gml")
    path.with_suffix(".xsd").unlink()
    path.write_text(path.read_text().replace("ogr.maptools.org/ a.xsd", "ogr.maptools.org/ http://127.0.0.1:9/a.xsd"))
    assert len(read_boundaries(path, key=LSOA).frame) == 3


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("a.kml", "{}<!-- <kml -->"),
        ("a.kml", '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'),
        ("a.geojson", '{{"type": "FeatureCollection", "a": "{}", "features": [{{"type": "Feature"}}]}}'),
    ],
)
def test_contents_that_gdal_would_take_for_a_list_of_other_files_open_none(layer, write, name, contents):
    other = layer(name="other.gpkg")
    source = f"<OGRVRTLayer name='other'><SrcDataSource>{other}</SrcDataSource></OGRVRTLayer>"
    path = write(name, contents.format(f"<OGRVRTDataSource>{source}</OGRVRTDataSource>"))
    with pytest.raises(SourceError, match="name other files or addresses to read") as caught:
        read_boundaries(path, key=LSOA)
    assert caught.value.hint


def test_invalid_polygons_are_repaired_and_said_so(layer):
    bow_tie = Polygon([(360_000, 388_000), (360_500, 388_500), (360_500, 388_000), (360_000, 388_500)])
    frame = read_boundaries(layer([bow_tie, SQUARES[1]]), key=LSOA).frame
    assert frame["was_repaired"].tolist() == [True, False]
    assert frame.geometry.is_valid.all()
    assert frame.geometry[0].geom_type == "MultiPolygon"
    assert frame.geometry[0].area == pytest.approx(125_000)


def test_all_faults_of_features_are_named_together(layer):
    shapes = [SQUARES[0], SQUARES[1], None, Point(360_000, 388_000), LineString([(0, 0), (1, 1)]), Polygon()]
    codes = ["E01012500", "E01012500", "E01012502", "E01012503", "", "E01012505"]
    path = layer(shapes, columns={"LSOA21CD": codes})
    with pytest.raises(SourceError) as caught:
        read_boundaries(path, key=LSOA)
    messages = [fault.message for fault in caught.value.faults]
    assert messages == [
        "feature 5 has no area code",
        "the area code E01012500 stands 2 times",
        "feature 3 (E01012502) has no shape",
        "feature 4 (E01012503) is a Point, not a polygon",
        "feature 5 (no code) is a LineString, not a polygon",
        "feature 6 (E01012505) has no shape",
    ]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_file_without_crs_is_refused(layer):
    for name in ("a.gpkg", "a.shp"):
        with pytest.raises(CrsError, match="does not say its coordinate reference system"):
            read_boundaries(layer(crs=None, name=name), key=LSOA)


@pytest.mark.parametrize(
    ("shapes", "crs", "message"),
    [
        ([box(-2.6, 53.3, -2.5, 53.4)], 27700, "look like degrees"),
        ([box(53.3, -2.6, 53.4, -2.5)], 4326, "exchanged"),
        ([box(360_000, 388_000, 361_000, 389_000)], 4326, "not degrees"),
        ([box(5_600_000, 388_000, 5_601_000, 389_000)], 27700, "far from where"),
    ],
)
def test_coordinates_that_do_not_fit_the_crs_are_refused(layer, shapes, crs, message):
    with pytest.raises(CrsError, match=message):
        read_boundaries(layer(shapes, crs=crs), key=LSOA)


def test_codes_of_another_vintage_are_refused_with_what_the_file_has(layer):
    with pytest.raises(SourceError, match="lsoa:2011") as caught:
        read_boundaries(layer(), key=GeographyKey("lsoa", 2011))
    assert "LSOA21CD" in caught.value.message


def test_columns_are_taken_as_named_and_missing_ones_refused(layer):
    path = layer(
        columns={
            "beat": [1.0, 2.0, 3.0],
            "title": ["A", None, "C"],
            "up": ["x", "x", None],
            "up_name": ["X", "X", None],
        }
    )
    key = GeographyKey("neighbourhood", 2025)
    read = read_boundaries(
        path,
        key=key,
        code_column="beat",
        name_column="title",
        parent_key=DISTRICT,
        parent_column="up",
        parent_name_column="up_name",
    )
    assert read.frame["area_code"].tolist() == ["1", "2", "3"]
    assert read.frame["area_name"].tolist() == ["A", "2", "C"]
    assert read.frame["parent_code"].tolist() == ["x", "x", None]
    assert dict(read.parent_names) == {"x": "X"}
    with pytest.raises(SourceError, match="no_such"):
        read_boundaries(path, key=key, code_column="no_such")
    with pytest.raises(SourceError, match="parents' codes"):
        read_boundaries(path, key=key, code_column="beat", parent_key=DISTRICT)
    with pytest.raises(SettingsError, match="parent"):
        read_boundaries(path, key=key, code_column="beat", parent_column="up")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.geojson", "x,y\n1,2\n", "not GeoJSON"),
        ("a.geojson", '{"type": "FeatureCollection", "features": [', "broken or cut off"),
        ("a.geojson", "{" * 100_000, "broken or cut off"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "no feature"),
        ("a.geojson", '{"type": "Topology", "objects": {}}', "not a GeoJSON"),
        (
            "a.geojson",
            '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /vsicurl/x"}',
            "not a GeoJSON",
        ),
        ("a.geojson", b"\xff\xfe{}", "not GeoJSON"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x00" * 200, "cannot be read"),
        ("a.kml", "<html></html>", "not KML"),
        ("a.kml", "<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "other files"),
        ("a.kml", '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml>&x;</kml>', "document type"),
        ("a.kml", '<?xml version="1.0"?><kml><Document><Placemark>', "cannot be read"),
        ("a.kml", "<?xml version='1.0' encoding='utf-16'?><kml/>".encode("utf-16"), "not GeoJSON"),
        ("a.shp", b"\x00\x00\x27\x0a", "missing"),
    ],
)
def test_contents_that_are_not_plainly_boundaries_are_refused(write, name, content, message):
    with pytest.raises(SourceError, match=message):
        read_boundaries(write(name, content), key=LSOA)


def test_shapefile_without_a_part_and_several_layers_are_refused(layer, tmp_path):
    path = layer(name="a.shp")
    path.with_suffix(".dbf").unlink()
    with pytest.raises(SourceError, match=r"a\.dbf"):
        read_boundaries(path, key=LSOA)
    frame = gpd.GeoDataFrame({"LSOA21CD": ["a", "b", "c"]}, geometry=SQUARES, crs=27700)
    for name in ("one", "two"):
        frame.to_file(tmp_path / "many.gpkg", layer=name)
    with pytest.raises(SourceError, match="2 layers"):
        read_boundaries(tmp_path / "many.gpkg", key=LSOA)


def test_fingerprint_follows_contents_of_every_part(layer):
    first = read_boundaries(layer(name="a.shp"), key=LSOA).sha256
    second = read_boundaries(
        layer(name="b.shp", columns={"LSOA21CD": ["E01012500", "E01012501", "E01012509"]}), key=LSOA
    ).sha256
    assert first != second
    assert len(first) == 64


def test_geojson_with_crowded_coordinates_of_three_dimensions_is_flattened(write):
    ring = [[-2.6, 53.3, 5], [-2.5, 53.3, 5], [-2.5, 53.4, 5], [-2.6, 53.3, 5]]
    feature = {
        "type": "Feature",
        "properties": {"LSOA21CD": "E01012500"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    frame = read_boundaries(write("a.geojson.gz", text), key=LSOA).frame
    assert not shapely.has_z(frame.geometry.to_numpy()).any()


@pytest.mark.parametrize("odd", ["nan", "NaN", "inf", "-inf"])
def test_a_coordinate_that_is_no_number_is_refused_and_a_height_does_not_matter(write, odd):
    ring = "-2.6,53.3,{height} {x},53.3,0 -2.5,53.4,0 -2.6,53.3,0"
    kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{places}</Document></kml>'
    place = (
        "<Placemark><name>{name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates>"
        "</LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )
    whole = place.format(name="E1", ring=ring.format(height=odd, x="-2.5"))
    frame = read_boundaries(write("a.kml", kml.format(places=whole)), key=LSOA, code_column="Name").frame
    assert frame.geometry.iloc[0].wkt == "POLYGON ((-2.6 53.3, -2.5 53.3, -2.5 53.4, -2.6 53.3))"
    assert not frame["was_repaired"].any()
    broken = place.format(name="E2", ring=ring.format(height="0", x=odd))
    path = write("b.kml", kml.format(places=whole + broken))
    for read in (
        lambda: read_boundaries(path, key=LSOA, code_column="Name"),
        lambda: read_layer(path, kind=LayerKind.GREENSPACE),
    ):
        with pytest.raises(SourceError, match="feature 2 has a coordinate that is not a number"):
            read()
