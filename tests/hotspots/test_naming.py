"""Names that a constable knows, and grid references with known answers."""

from __future__ import annotations

import pytest

from hotspots.naming import grid_reference, is_generic, plain_location, zone_name


@pytest.mark.parametrize(
    ("easting", "northing", "reference"),
    [
        (340_120, 366_340, "SJ 4012 6634"),
        (651_409.9, 313_177.2, "TG 5140 1317"),  # Ordnance Survey's own example, Caister water tower
        (0, 0, "SV 0000 0000"),
        (429_157, 623_009, "NU 2915 2300"),
        (530_000, 180_000, "TQ 3000 8000"),
        (216_650, 771_250, "NN 1665 7125"),  # Ben Nevis
        (441_295, 1_217_000, "HP 4129 1700"),
        (360_999.99, 399_999.99, "SJ 6099 9999"),  # never rounded up into the next square
    ],
)
def test_grid_reference_names_the_square_that_holds_the_point(easting, northing, reference) -> None:
    assert grid_reference(easting, northing) == reference


@pytest.mark.parametrize(("digits", "reference"), [(2, "SJ 4 6"), (6, "SJ 401 663"), (10, "SJ 40120 66340")])
def test_grid_reference_has_as_many_digits_as_asked(digits, reference) -> None:
    assert grid_reference(340_120, 366_340, digits=digits) == reference


@pytest.mark.parametrize("point", [(-1, 5), (700_000, 5), (5, 1_300_000)])
def test_beyond_the_british_grid_the_metres_are_given(point) -> None:
    assert grid_reference(*point) == f"x {point[0]}, y {point[1]}"


def test_another_country_gets_plain_metres() -> None:
    assert grid_reference(630_084.2, 433_438.9, is_british_grid=False) == "x 630084, y 433439"


@pytest.mark.parametrize(
    ("location", "label"),
    [("On or near Mill Lane", "Mill Lane"), ("on or near  M6", "M6"), ("Mill Lane", "Mill Lane"),
     ("On or near ", None), ("No Location", None), ("", None), (None, None)],
)  # fmt: skip
def test_location_loses_its_hedge(location, label) -> None:
    assert plain_location(location) == label


@pytest.mark.parametrize(
    "label", ["Parking Area", "Supermarket", "Petrol Station", "Shopping Area", "Nightclub", "Sports/Recreation Area"]
)
def test_a_sort_of_place_is_never_a_name_by_itself(label) -> None:
    assert is_generic(label)
    assert zone_name([label], area_name="Northgate", fallback="SJ 4012 6634") == "Northgate, SJ 4012 6634"
    assert zone_name([label], area_name="Northgate", near_street="Mill Lane") == f"{label} by Mill Lane, Northgate"


def test_two_streets_and_the_area_make_the_name() -> None:
    assert zone_name(["Mill Lane", "Bridge Street", "High Street"], area_name="Northgate") == (
        "Mill Lane / Bridge Street, Northgate"
    )


def test_a_zone_whose_rows_say_nothing_is_named_by_what_is_near() -> None:
    assert zone_name([], area_name="Northgate", near_street="Mill Lane") == "near Mill Lane, Northgate"
    assert zone_name([], area_name="Northgate") == "Northgate"
