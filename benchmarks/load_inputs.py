"""Files for the benchmark of loading: areas, monthly files of police.uk's shape, and an extract of distinct points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from domain.crs import BRITISH_NATIONAL_GRID, WGS84, transform_points
from domain.months import LocalMonth, month_range

Floats = NDArray[np.float64]

SEED = 20090604
FIRST_MONTH = LocalMonth(2022, 1)
N_MONTHS = 24
VERTICES = 96
GEOGRAPHY = "small:2021"
MAPPING = """\
dataset = "log"
time_zone = "Europe/London"
epsg = 27700
place_precision = "exact"

[columns]
reference = "Log"
category = "Class"
begins = "From"
ends = "To"
x = "Easting"
y = "Northing"
location = "Street"

[formats]
time = "%d/%m/%Y %H:%M"

[kinds]
"Anti-social behaviour" = { kind = "asb", street = true }
"Criminal damage" = { kind = "minor_crime", street = true }
"Shoplifting" = { kind = "minor_crime" }
"Other" = { kind = "other" }
"""

_BLOCK_ROWS = 250_000
_STREET_HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)
_TYPES = np.array([
    "Anti-social behaviour", "Violence and sexual offences", "Criminal damage and arson", "Public order",
    "Shoplifting", "Other theft", "Vehicle crime", "Burglary", "Drugs", "Bicycle theft",
])  # fmt: skip
_TYPE_SHARES = [0.20, 0.34, 0.10, 0.09, 0.08, 0.07, 0.05, 0.03, 0.03, 0.01]
_OUTCOMES = np.array([
    "Investigation complete; no suspect identified", "Unable to prosecute suspect", "Status update unavailable",
    "Under investigation", "Awaiting court outcome",
])  # fmt: skip
_CLASSES = np.array(["Anti-social behaviour", "Criminal damage", "Shoplifting", "Other"])
_STREETS = np.array([f"{a} {b}" for a in ("Mill", "Church", "High", "Station", "North") for b in ("Lane", "Street")])


@dataclass(frozen=True, slots=True)
class Areas:
    """
    Convex areas that tile a ground.

    Parameters
    ----------
    codes
        Code of each, shape (n,).
    shapes
        Polygons in the British National Grid, shape (n,).
    """

    codes: NDArray[np.str_]
    shapes: NDArray[np.object_]

    def draw(self, n: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Draw n points: the area of each, x and y; no nearer to a border than a hundredth of the way to the middle."""
        area = rng.integers(len(self.codes), size=n)
        first = np.append(0, np.cumsum(shapely.get_num_coordinates(self.shapes)))
        corners = shapely.get_coordinates(self.shapes)
        vertex = first[area] + (rng.random(n) * (first[area + 1] - first[area])).astype(np.int64)
        middle = shapely.get_coordinates(shapely.centroid(self.shapes))[area]
        found = middle + (corners[vertex] - middle) * (0.99 * np.sqrt(rng.random(n)))[:, None]
        return area, found[:, 0], found[:, 1]


def make_areas(centres: Floats) -> Areas:
    """Return Voronoi cells of some points, shape (n, 2), clipped to their hull and 2 km beyond."""
    ground = shapely.multipoints(centres).convex_hull.buffer(2_000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=ground))
    clipped = shapely.intersection(cells, ground)
    dense = shapely.segmentize(clipped, np.maximum(shapely.length(clipped) / VERTICES, 1.0))
    codes = np.array([f"E01{i:06d}" for i in range(len(dense))])
    return Areas(codes, dense)


def scattered(n: int) -> Floats:
    """Draw centres of areas as people live, in towns; shape (n, 2)."""
    rng = np.random.default_rng(SEED)
    towns = rng.uniform((350_000, 250_000), (550_000, 450_000), (max(n // 60, 1), 2))
    spread = rng.gamma(1.5, 2_000, len(towns))
    town = rng.integers(len(towns), size=n)
    drawn: Floats = (towns[town] + rng.normal(0, 1, (n, 2)) * spread[town, None]).round(1)
    return drawn


def write_areas(areas: Areas, file: Path) -> None:
    """Write the areas as a GeoPackage."""
    frame = gpd.GeoDataFrame({"code": areas.codes, "name": areas.codes}, geometry=areas.shapes, crs=27700)
    frame.to_file(file, driver="GPKG")


def write_street(areas: Areas, folder: Path, *, rows: int, places: int) -> list[Path]:
    """Write one file for each of 24 months, whose rows lie on so many snapped points, few of them busy."""
    rng = np.random.default_rng(SEED)
    area, x, y = areas.draw(places, rng)
    lon, lat = transform_points(x, y, source_epsg=BRITISH_NATIONAL_GRID, target_epsg=WGS84)
    street = _STREETS[rng.integers(len(_STREETS), size=places)]
    place = [
        f"{a:.6f},{b:.6f},On or near {s},{areas.codes[k]},{areas.codes[k]}"
        for a, b, s, k in zip(lon, lat, street, area, strict=True)
    ]
    weight = rng.gamma(0.4, size=places)
    busy = np.cumsum(weight) / weight.sum()
    files = []
    for month, n in zip(_months(), _shares(rows), strict=True):
        file = folder / f"{month}-national-street.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            stream.write(_STREET_HEADER)
            for count in _blocks(n):
                stream.write(_street_rows(rng, str(month), place, busy, count))
        files.append(file)
    return files


def _street_rows(rng: np.random.Generator, month: str, place: list[str], busy: Floats, n: int) -> str:
    at = np.searchsorted(busy, rng.random(n)).tolist()
    kind = rng.choice(len(_TYPES), size=n, p=_TYPE_SHARES)
    ids = rng.bytes(32 * n).hex()
    kinds, outcomes = _TYPES[kind].tolist(), _OUTCOMES[rng.integers(len(_OUTCOMES), size=n)].tolist()
    force = "National Police"
    return "".join(
        [
            f",{month},{force},{force},{place[p]},{k},,\n"
            if k == "Anti-social behaviour"
            else f"{ids[64 * i : 64 * i + 64]},{month},{force},{force},{place[p]},{k},{o},\n"
            for i, (p, k, o) in enumerate(zip(at, kinds, outcomes, strict=True))
        ]
    )


def write_extract(areas: Areas, file: Path, *, rows: int) -> None:
    """Write a time-stamped extract over 24 months in which every point is distinct, in centimetres."""
    rng = np.random.default_rng(SEED + 1)
    first = np.datetime64(FIRST_MONTH.first_day, "m")
    minutes = int((np.datetime64(FIRST_MONTH.shift(N_MONTHS).first_day, "m") - first).astype(int)) - 3 * 1440
    begun = np.sort(rng.integers(1440, minutes, size=rows))
    done = 0
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write("Log,Class,From,To,Easting,Northing,Street\n")
        for count in _blocks(rows):
            _, x, y = areas.draw(count, rng)
            begin = begun[done : done + count]
            end = begin + rng.integers(0, 600, size=count)
            kind = _CLASSES[rng.integers(len(_CLASSES), size=count)].tolist()
            street = _STREETS[rng.integers(len(_STREETS), size=count)].tolist()
            texts = (_written(first, begin), _written(first, end), x.tolist(), y.tolist(), kind, street)
            stream.write(
                "".join(
                    f"L{done + i:09d},{k},{b},{e},{u:.2f},{v:.2f},{s}\n"
                    for i, (b, e, u, v, k, s) in enumerate(zip(*texts, strict=True))
                )
            )
            done += count


def _written(first: np.datetime64, minutes: NDArray[np.int64]) -> list[str]:
    """Return times as DD/MM/YYYY HH:MM."""
    iso = np.datetime_as_string(first + minutes.astype("timedelta64[m]"), unit="m").tolist()
    return [f"{t[8:10]}/{t[5:7]}/{t[:4]} {t[11:]}" for t in iso]


def _months() -> tuple[LocalMonth, ...]:
    return month_range(FIRST_MONTH, FIRST_MONTH.shift(N_MONTHS - 1))


def _shares(rows: int) -> list[int]:
    return [rows // N_MONTHS + (i < rows % N_MONTHS) for i in range(N_MONTHS)]


def _blocks(rows: int) -> list[int]:
    return [min(_BLOCK_ROWS, rows - done) for done in range(0, rows, _BLOCK_ROWS)]
