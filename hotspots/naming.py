"""Zone names that a constable knows: the streets of the zone's own rows, its area, and a grid reference."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["GENERIC_LABELS", "grid_reference", "is_generic", "plain_location", "zone_name"]

#: What police.uk writes in place of a street where a point stands for a building or open ground.
GENERIC_LABELS: frozenset[str] = frozenset(
    {
        "airport/airfield", "bus/coach station", "conference/exhibition centre", "ferry terminal",
        "football ground", "further/higher educational building", "hospital", "motorway service area", "nightclub",
        "no location", "park/open space", "parking area", "pedestrian subway", "petrol station", "police station",
        "prison", "public toilet", "race track", "railway station", "road crossing", "shopping area",
        "sports/recreation area", "supermarket", "theatre/concert hall", "theme/adventure park", "university",
    }
)  # fmt: skip

_PREFIX = re.compile(r"^\s*on or near\b\s*", re.IGNORECASE)
# police.uk begins a word after an apostrophe too.
_CAPITAL_S = re.compile(r"(?<=\w)'S\b")
_GRID_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_SQUARE_M = 100_000
_GRID_WIDTH_M, _GRID_HEIGHT_M = 700_000, 1_300_000
_MOST_STREETS = 2


def plain_location(location: str | None) -> str | None:
    """
    Return a row's location without "On or near"; None where it says nothing.

    Examples
    --------
    >>> plain_location("On or near Mill Lane")
    'Mill Lane'
    >>> plain_location("On or near Abbot'S Grange")
    "Abbot's Grange"
    """
    text = _CAPITAL_S.sub("'s", _PREFIX.sub("", location or "")).strip()
    return text if text and text.casefold() != "no location" else None


def is_generic(label: str) -> bool:
    """
    Return whether a label names a sort of place ("Parking Area") and not a street.

    Examples
    --------
    >>> is_generic("Parking Area"), is_generic("Mill Lane")
    (True, False)
    """
    return label.casefold() in GENERIC_LABELS


def zone_name(labels: Sequence[str], *, area_name: str, near_street: str | None = None, fallback: str = "") -> str:
    """
    Name a zone from the labels of its own rows.

    Parameters
    ----------
    labels
        Plain locations, the most frequent first.
    area_name
        Name of the patrol area.
    near_street
        The nearest street that is known, for a zone whose rows name none.
    fallback
        What to write where nothing names the place, for example a grid reference.

    Returns
    -------
    str
        Up to two streets and the area; a generic label only with a street.

    Examples
    --------
    >>> zone_name(["Mill Lane", "Parking Area", "Bridge Street"], area_name="Northgate")
    'Mill Lane / Bridge Street, Northgate'
    >>> zone_name(["Parking Area", "Mill Lane"], area_name="Northgate")
    'Parking Area by Mill Lane, Northgate'
    >>> zone_name(["Supermarket"], area_name="Northgate", near_street="Mill Lane")
    'Supermarket by Mill Lane, Northgate'
    >>> zone_name([], area_name="Northgate", fallback="SJ 4012 6634")
    'Northgate, SJ 4012 6634'
    """
    streets = [label for label in labels if not is_generic(label)]
    if labels and is_generic(labels[0]):
        street = streets[0] if streets else near_street
        if street:
            return f"{labels[0]} by {street}, {area_name}"
    if streets:
        return f"{' / '.join(streets[:_MOST_STREETS])}, {area_name}"
    if near_street:
        return f"near {near_street}, {area_name}"
    return f"{area_name}, {fallback}" if fallback else area_name


def grid_reference(easting_m: float, northing_m: float, *, digits: int = 8, is_british_grid: bool = True) -> str:
    """
    Return the grid reference of a point.

    Parameters
    ----------
    easting_m, northing_m
        Metres in the analysis CRS.
    digits
        Digits in all, even, 2 to 10: 8 name a square of 10 m.
    is_british_grid
        Whether the analysis CRS is the British National Grid; elsewhere, and beyond its squares, the plain metres
        are given.

    Returns
    -------
    str
        As Ordnance Survey writes it, the square that holds the point (never rounded up).

    Examples
    --------
    >>> grid_reference(340_120, 366_340)
    'SJ 4012 6634'
    >>> grid_reference(651_409, 313_177, digits=10)
    'TG 51409 13177'
    >>> grid_reference(630_084.2, 4_833_438.9, is_british_grid=False)
    'x 630084, y 4833439'
    """
    is_on_grid = 0 <= easting_m < _GRID_WIDTH_M and 0 <= northing_m < _GRID_HEIGHT_M
    if not (is_british_grid and is_on_grid):
        return f"x {easting_m:.0f}, y {northing_m:.0f}"
    east, north = int(easting_m), int(northing_m)
    letters = _square_letters(east // _SQUARE_M, north // _SQUARE_M)
    half = digits // 2
    step = 10 ** (5 - half)
    return f"{letters} {east % _SQUARE_M // step:0{half}d} {north % _SQUARE_M // step:0{half}d}"


def _square_letters(east: int, north: int) -> str:
    """Return the two letters of a 100 km square: five by five squares of 500 km, each of five by five of 100 km."""
    # The false origin of the letters lies ten squares west and five squares south of the grid's own.
    east, north = east + 10, north + 5
    large = _GRID_LETTERS[(4 - north // 5) * 5 + east // 5]
    small = _GRID_LETTERS[(4 - north % 5) * 5 + east % 5]
    return large + small
