"""Overlaps and gaps of boundaries, and the neighbourhoods of data.police.uk as a zip or a folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import MultiPolygon, box
from shapely.geometry.base import BaseGeometry

from domain.areas import GeographyKey
from domain.errors import SourceError
from sources.boundaries import read_boundaries
from sources.coverage import coverage_notes, joint_coverage_notes
from sources.neighbourhoods import is_neighbourhoods, read_neighbourhoods

BEATS = GeographyKey("neighbourhood", 2025)


def areas(*shapes: BaseGeometry, crs: int = 27700) -> gpd.GeoDataFrame:
    codes = [f"A{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"area_code": codes}, geometry=list(shapes), crs=crs)


def test_areas_that_only_touch_are_a_coverage() -> None:
    assert coverage_notes(areas(box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(5000, 0, 6000, 1000))) == ()


def test_overlaps_and_gaps_are_told_with_their_areas() -> None:
    frame = box(0, 0, 3000, 3000) - box(1000, 1000, 2000, 2000)
    notes = coverage_notes(areas(frame, box(2500, 0, 4000, 1000), box(3900, 0, 5000, 1000)))
    assert notes == (
        "2 pairs of areas overlap, 0.6 km2 in all; the largest overlap is 0.5 km2, of A0 and A1",
        "1 gaps between the areas belong to none, 1 km2 in all; the largest is 1 km2",
    )


def test_files_of_one_geography_are_judged_together_in_the_crs_of_the_first() -> None:
    west, east = areas(box(360_000, 388_000, 362_000, 390_000)), areas(box(361_000, 388_000, 363_000, 390_000))
    east["area_code"] = "B0"
    (note,) = joint_coverage_notes([west, east.to_crs(4326)])
    assert note.startswith("all files together: 1 pairs of areas overlap, 2 km2 in all")
    # the area of a later file stands for the same area of an earlier one
    assert joint_coverage_notes([west, west]) == ()
    assert joint_coverage_notes([areas(box(360_000, 388_000, 361_000, 390_000)), east]) == ()


def test_slivers_of_rounding_are_left_out_and_degrees_are_measured_on_the_ellipsoid() -> None:
    assert coverage_notes(areas(box(0, 0, 1000, 1000), box(999.99, 0, 2000, 1000))) == ()
    shapes = areas(box(-2.6, 53.3, -2.5, 53.4), box(-2.51, 53.3, -2.4, 53.4), crs=4326)
    projected = shapes.to_crs(27700).geometry
    shared = projected.iloc[0].intersection(projected.iloc[1]).area / 1e6
    [note] = coverage_notes(shapes)
    assert float(note.split(" km2")[0].rsplit(" ", 1)[1]) == pytest.approx(shared, rel=0.01)


@pytest.mark.real_data
def test_the_wards_of_cheshire_are_a_coverage_or_say_where_not(cheshire: Path) -> None:
    for path in sorted((cheshire / "boundaries" / "ward").glob("*.geojson.gz")):
        layer = read_boundaries(path, key=GeographyKey("ward", 2025))
        assert all(" km2 in all" in note for note in layer.notes)


def kml(name: str, west: float) -> str:
    ring = " ".join(
        f"{x},{y},0" for x, y in ((west, 53.3), (west + 0.1, 53.3), (west + 0.1, 53.4), (west, 53.4), (west, 53.3))
    )
    shape = f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
    place = f"<Placemark><name>{name}</name><Polygon>{shape}</Polygon></Placemark>"
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place}</Document></kml>'


FILES = {
    "2025-12/cheshire/CN01.kml": kml("Northgate", -2.6),
    "2025-12/cheshire/CN02.kml": kml("Harbour", -2.5),
    "2025-12/gwent/GW01.kml": kml("Elsewhere", -2.4),
}


def packed(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return path


def test_a_zip_and_a_folder_of_neighbourhoods_give_the_same_areas(tmp_path: Path) -> None:
    folder = tmp_path / "2025-12"
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for path in (packed(tmp_path / "beats.zip", FILES), folder):
        assert is_neighbourhoods(path)
        layer = read_neighbourhoods(path, key=BEATS, force="Cheshire")
        assert layer.frame[["area_code", "area_name"]].to_numpy().tolist() == [
            ["CN01", "Northgate"], ["CN02", "Harbour"],
        ]  # fmt: skip
        assert layer.frame.crs.is_geographic
    assert len(read_neighbourhoods(folder, key=BEATS).frame) == 3


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a/readme.txt": "no"}, "no KML file"),
        ({"../CN01.kml": FILES["2025-12/cheshire/CN01.kml"]}, "leads out of the archive"),
        ({"a/CN01.kml": FILES["2025-12/cheshire/CN01.kml"], "b/CN01.kml": kml("Twin", -2.4)}, "two files are called"),
        ({"a/CN01.kml": '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml>&x;</kml>'}, "document type"),
        ({"a/CN01.kml": "<kml"}, "CN01.kml"),
    ],
)
def test_neighbourhoods_that_cannot_be_are_refused(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read_neighbourhoods(packed(tmp_path / "beats.zip", files), key=BEATS)
    assert caught.value.hint


def test_parts_of_one_area_make_no_gap() -> None:
    assert coverage_notes(areas(MultiPolygon([box(0, 0, 1000, 1000), box(2000, 0, 3000, 1000)]))) == ()
