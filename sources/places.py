"""Coordinates as text: which are numbers, which are blank, and which cannot be where they say they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from domain.crs import WGS84
from domain.errors import CrsError
from sources.verdicts import Verdicts

__all__ = ["UNITED_KINGDOM", "Bounds", "area_of_use", "check_points", "parse_numbers"]

_IN_PLACE_OF_NUMBERS = (
    (
        re.compile(r"[A-Za-z]{2}\s?\d{2,5}\s?\d{2,5}"),
        "a grid reference stands in place of a coordinate: export eastings and northings",
    ),
    (
        re.compile(r"[A-Za-z]{1,2}\d[A-Za-z\d]?\s?\d[A-Za-z]{2}"),
        "a postcode stands in place of a coordinate: export eastings and northings",
    ),
    (
        re.compile(r"/{0,3}[^\W\d_]+[.][^\W\d_]+[.][^\W\d_]+"),
        "three words stand in place of a coordinate: export eastings and northings",
    ),
    (
        re.compile(r"[+-]?\d{1,3}(,\d{3})+([.]\d*)?"),
        "the coordinate has commas between its digits: export plain numbers",
    ),
)
_EPSG_HINT = "State the EPSG code of the file's coordinates, such as that of the British National Grid."


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    A rectangle in which points are plausible.

    Parameters
    ----------
    west, south, east, north
        Least x, least y, greatest x and greatest y, in the CRS of the points.
    name
        What the rectangle is, for the reason of a rejection.
    """

    west: float
    south: float
    east: float
    north: float
    name: str

    def contains(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points of shape (n,) lie inside; NaN does not."""
        return (x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north)


#: The United Kingdom with its islands, in longitude and latitude (degrees).
UNITED_KINGDOM = Bounds(-9.5, 49.0, 2.5, 61.5, "the United Kingdom")


def parse_numbers(
    values: Sequence[str] | NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """
    Return numbers, which texts are blank, and which are neither blank nor a finite number; each of shape (n,).

    Examples
    --------
    >>> numbers, blank, bad = parse_numbers(["1.5", "", "x"])
    >>> numbers.tolist(), blank.tolist(), bad.tolist()
    ([1.5, nan, nan], [False, True, False], [False, False, True])
    """
    texts = np.asarray(values, dtype=object)
    numbers = np.array(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    unknown = np.isnan(numbers)
    blank = np.zeros(len(texts), dtype=np.bool_)
    if unknown.any():
        blank[unknown] = [not text.strip() for text in texts[unknown]]
    return numbers, blank, unknown & ~blank


def check_points(
    verdicts: Verdicts,
    x: Sequence[str] | NDArray[np.object_],
    y: Sequence[str] | NDArray[np.object_],
    *,
    columns: tuple[str, str],
    bounds: Bounds,
    is_projected: bool = False,
    zero_is_nowhere: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return x and y of shape (n,), NaN where blank; rows with impossible coordinates are refused in `verdicts`.

    Parameters
    ----------
    verdicts
        Takes the refusals.
    x, y
        Coordinates as text.
    columns
        Their names in the file.
    bounds
        Where points can be.
    is_projected
        Whether the coordinates are x and y, not longitude and latitude.
    zero_is_nowhere
        Whether a row with x and y of 0 has no place; otherwise it is a point like others.
    """
    (east, blank_x, bad_x), (north, blank_y, bad_y) = parse_numbers(x), parse_numbers(y)
    if zero_is_nowhere:
        nowhere = (east == 0) & (north == 0)
        east[nowhere] = north[nowhere] = np.nan
    for bad, texts, name in ((bad_x, x, columns[0]), (bad_y, y, columns[1])):
        if bad.any():
            _refuse_words(verdicts, bad, texts, column=name)
    verdicts.refuse(blank_x & ~blank_y, column=columns[0], reason="only one of the two coordinates is given")
    verdicts.refuse(blank_y & ~blank_x, column=columns[1], reason="only one of the two coordinates is given")
    outside = ~np.isnan(east) & ~np.isnan(north) & ~bounds.contains(east, north)
    if outside.any():
        reason = f"{'x and y' if is_projected else 'longitude and latitude'} look exchanged"
        verdicts.refuse(outside & bounds.contains(north, east), column=columns[0], reason=reason)
        verdicts.refuse(outside, column=columns[0], reason=f"the point lies outside {bounds.name}")
    return east, north


def _refuse_words(
    verdicts: Verdicts, bad: NDArray[np.bool_], texts: Sequence[str] | NDArray[np.object_], *, column: str
) -> None:
    """Refuse coordinates that are no numbers, and say what they are where that is known."""
    for written, what in _IN_PLACE_OF_NUMBERS:
        is_such = np.array([is_bad and bool(written.fullmatch(texts[i].strip())) for i, is_bad in enumerate(bad)])
        verdicts.refuse(is_such.astype(np.bool_), column=column, reason=what)
    verdicts.refuse(bad, column=column, reason="the coordinate is not a number")


@lru_cache(maxsize=64)  # to ask takes longer than to read a small file
def area_of_use(epsg: int) -> Bounds:
    """
    Return the rectangle, in its own coordinates, in which a reference system is used (with a margin of 2 %).

    Parameters
    ----------
    epsg
        EPSG code.

    Raises
    ------
    CrsError
        If the code is not known, or is not of points on a map (a height, say).

    Examples
    --------
    >>> area_of_use(WGS84).contains(np.array([-2.6, 200.0]), np.array([53.4, 0.0])).tolist()
    [True, False]
    """
    try:
        crs = CRS.from_epsg(epsg)
        name = f"the area in which EPSG:{epsg} ({crs.name}) is used"
        if crs.is_geographic:
            return Bounds(-180.0, -90.0, 180.0, 90.0, name)
        if not crs.is_projected or crs.area_of_use is None:
            raise CrsError(f"EPSG:{epsg} ({crs.name}) is not a system of points on a map", hint=_EPSG_HINT)
        to_crs = Transformer.from_crs(WGS84, crs, always_xy=True)
        west, south, east, north = to_crs.transform_bounds(*crs.area_of_use.bounds)
    except ProjError as error:
        raise CrsError(f"EPSG:{epsg} is not a reference system that can be used", hint=_EPSG_HINT) from error
    margin_x, margin_y = (east - west) / 50, (north - south) / 50
    return Bounds(west - margin_x, south - margin_y, east + margin_x, north + margin_y, name)
