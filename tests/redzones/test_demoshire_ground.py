"""The demo county's ground: areas fill it without gap or overlap, and nest."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import SettingsError
from redzones.demoshire.county import County, make_county
from redzones.demoshire.regions import components, flood, grow, spread_out
from redzones.demoshire.streets import make_streets
from redzones.demoshire.tessellation import hex_points, tessellate


@pytest.fixture(scope="module")
def county() -> County:
    return make_county(n_small_areas=120, rng=np.random.default_rng(7))


def test_areas_are_valid_polygons_that_fill_the_county_without_gap_or_overlap(county):
    assert len(county.polygons) == len(county.area_codes) == 120
    assert shapely.is_valid(county.polygons).all()
    assert set(shapely.get_type_id(county.polygons)) == {shapely.GeometryType.POLYGON}
    assert shapely.coverage_is_valid(county.polygons)
    assert shapely.area(county.polygons).sum() == pytest.approx(county.outline.area, rel=1e-12)


@pytest.mark.parametrize("division", ["wards", "districts"])
def test_small_areas_nest_in_wards_and_districts(county, division):
    groups = getattr(county, division)
    for i, polygon in enumerate(groups.polygons):
        parts = county.polygons[groups.of_area == i]
        assert shapely.coverage_union_all(parts).symmetric_difference(polygon).area == pytest.approx(0, abs=1e-6)


def test_wards_nest_in_districts_and_hold_at_least_two_areas(county):
    for ward in range(len(county.wards.codes)):
        mine = county.wards.of_area == ward
        assert mine.sum() >= 2
        assert len(set(county.districts.of_area[mine])) == 1


@pytest.mark.parametrize("seed", [11, 25])
def test_a_ward_that_was_hemmed_in_gives_way_to_its_neighbours(seed):
    wards = make_county(n_small_areas=40, rng=np.random.default_rng([seed, 0])).wards
    assert np.bincount(wards.of_area).min() >= 2
    assert len(wards.polygons) == wards.of_area.max() + 1 == len(set(wards.codes))


def test_codes_and_names_are_distinct_well_formed_and_in_one_order(county):
    for codes, start in ((county.area_codes, "E019"), (county.wards.codes, "E059"), (county.districts.codes, "E069")):
        assert len(set(codes)) == len(codes)
        assert all(code.startswith(start) and len(code) == 9 for code in codes)
    assert list(county.area_codes) == sorted(county.area_codes)
    assert list(county.area_names) == sorted(set(county.area_names))
    assert len(set(county.wards.names)) == len(county.wards.names)


def test_no_town_is_cut_by_a_district_where_its_areas_touch(county):
    neighbours = [
        [j for j in range(120) if j != i and shapely.touches(county.polygons[i], county.polygons[j])]
        for i in np.flatnonzero(county.area_town == 0)
    ]
    mine = np.flatnonzero(county.area_town == 0)
    first = county.districts.of_area[mine[0]]
    touching = {int(mine[0])}
    for i, near in zip(mine, neighbours, strict=True):
        if touching & set(near):
            touching.add(int(i))
    assert set(county.districts.of_area[list(touching)]) == {first}


def test_towns_are_dense_and_the_countryside_is_wide(county):
    km2 = shapely.area(county.polygons) / 1e6
    town, country = km2[county.area_town >= 0], km2[county.area_town < 0]
    assert np.median(town) < 1.0
    assert np.median(country) > 8.0
    assert 40 <= np.median(shapely.get_num_coordinates(county.polygons)) <= 150


def test_the_county_lies_in_open_water(county):
    west, south, east, north = shapely.bounds(county.outline)
    # between Anglesey (below 396 km north), the Isle of Man (above 464 km) and Lancashire (beyond 325 km east)
    assert 250_000 < west < east < 320_000
    assert 398_000 < south < north < 462_000


def test_every_area_has_map_points_and_each_lies_in_its_own_area(county):
    streets = make_streets(county, rng=np.random.default_rng(3))
    inside = streets.area >= 0
    assert np.bincount(streets.area[inside], minlength=120).min() >= 1
    own = county.polygons[streets.area[inside]]
    assert shapely.contains_xy(own, streets.xy[inside, 0], streets.xy[inside, 1]).all()
    assert not shapely.contains_xy(county.outline, streets.xy[~inside, 0], streets.xy[~inside, 1]).any()


@pytest.mark.parametrize("n", [0, 39, 601])
def test_a_county_that_is_too_small_or_too_large_is_refused_with_the_range(n):
    with pytest.raises(SettingsError) as caught:
        make_county(n_small_areas=n, rng=np.random.default_rng(1))
    assert "40 to 600" in (caught.value.hint or "")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_crooked_edges_never_cross_whatever_the_seed(seed):
    rng = np.random.default_rng(seed)
    points = hex_points((0, 0, 3000, 3000), spacing_m=250, jitter=0.45, rng=rng)
    is_inside = np.hypot(*(points - 1500).T) < 900
    cells = tessellate(points[is_inside], points[~is_inside], rng=rng)
    each = np.arange(cells.n_inside)
    polygons = cells.polygons(each, each)
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    assert shapely.contains_xy(polygons, cells.xy[each, 0], cells.xy[each, 1]).all()


def _lattice(n: int) -> tuple[list[list[int]], np.ndarray]:
    """Return the neighbours and coordinates of an n x n lattice, 1 m apart."""
    xy = np.array([(i % n, i // n) for i in range(n * n)], dtype=float)
    near = [[j for j in range(n * n) if abs(xy[i] - xy[j]).sum() == 1] for i in range(n * n)]
    return near, xy


def test_groups_grow_connected_and_near_their_targets():
    near, _ = _lattice(8)
    starts = spread_out(near, range(64), 4)
    labels = grow(near, range(64), starts, [1.0, 1.0, 1.0, 1.0])
    sizes = np.bincount([labels[i] for i in range(64)])
    assert sizes.sum() == 64
    assert sizes.min() >= 12
    assert len(set(components(near, np.array([labels[i] for i in range(64)])))) == 4


def test_the_first_nodes_of_groups_are_far_apart():
    near, xy = _lattice(8)
    chosen = spread_out(near, range(64), 2)
    assert abs(xy[chosen[0]] - xy[chosen[1]]).sum() == 14


def test_a_flood_of_twice_the_reach_takes_more_ground():
    near, xy = _lattice(9)
    labels = flood(near, xy, np.array([36, 44]), np.array([2.0, 1.0]), rng=np.random.default_rng(0))
    assert (labels == 0).sum() > 1.3 * (labels == 1).sum()
    assert len(set(components(near, labels))) == 2
