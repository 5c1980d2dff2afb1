"""Boundaries, look-ups and People tables in the layouts of their real publishers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.crs import BRITISH_NATIONAL_GRID, WGS84, transform_points
from redzones.demoshire.county import County
from redzones.demoshire.names import FORCE_NAME
from redzones.demoshire.people import AGE_GROUPS, TABLES, People
from redzones.demoshire.streets import Streets

__all__ = [
    "lon_lat",
    "write_boundaries",
    "write_centroids",
    "write_deprivation",
    "write_features",
    "write_force",
    "write_lookup",
    "write_people",
    "write_table",
    "write_workday",
]

_CRS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
_DECIMALS = 7  # a centimetre: finer than any jag, so that rounding opens no gap between neighbours
_BYTE_ORDER_MARK = "\ufeff"
_N_SPLIT = 4
_TOWN_CENTRE = 0.12  # radii of the town


def lon_lat(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitude and latitude of points of the British National Grid, shape (n, 2)."""
    x, y = transform_points(xy[:, 0], xy[:, 1], source_epsg=BRITISH_NATIONAL_GRID, target_epsg=WGS84)
    return np.asarray(np.round(np.column_stack([x, y]), _DECIMALS), dtype=np.float64)


def write_table(path: Path, frame: pd.DataFrame, *, line_end: str = "\n", mark: str = "") -> Path:
    """Write a CSV file, UTF-8, with the given line end and byte-order mark; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = frame.to_csv(index=False, lineterminator=line_end)
    path.write_text(mark + text, encoding="utf-8", newline="")
    return path


def write_features(path: Path, features: Iterable[tuple[dict[str, Any], Any]]) -> Path:
    """
    Write GeoJSON in CRS84 as the publishers do: a feature per line.

    Parameters
    ----------
    path
        File to write; its folder is made.
    features
        Properties and geometry (metres in the British National Grid) of each feature.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    properties, metres = zip(*features, strict=True)
    shapes = shapely.to_geojson(shapely.transform(np.array(metres, dtype=object), lon_lat))  # one call: set-up is dear
    lines = [
        f'{{ "type": "Feature", "properties": {json.dumps(own)}, "geometry": {shape} }}'
        for own, shape in zip(properties, shapes, strict=True)
    ]
    head = f'{{\n"type": "FeatureCollection",\n"name": "{path.stem}",\n"crs": {json.dumps(_CRS84)},\n"features": [\n'
    path.write_text(head + ",\n".join(lines) + "\n]\n}\n", encoding="utf-8", newline="\n")
    return path


def write_boundaries(folder: Path, county: County) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Write the small areas and the wards, a file per district each; return both lists of paths."""
    small, wards = [], []
    ward_district = [
        int(county.districts.of_area[county.wards.of_area == w][0]) for w in range(len(county.wards.codes))
    ]
    for d, (code, name) in enumerate(zip(county.districts.codes, county.districts.names, strict=True)):
        areas = np.flatnonzero(county.districts.of_area == d)
        small.append(
            write_features(
                folder / "lsoa" / f"{code}.geojson",
                (
                    (
                        {
                            "LSOA21CD": county.area_codes[i],
                            "LSOA21NM": county.area_names[i],
                            "LADCD_ACTIVE": code,
                        },
                        county.polygons[i],
                    )
                    for i in areas
                ),
            )
        )
        wards.append(
            write_features(
                folder / "ward" / f"{code}.geojson",
                (
                    (
                        {
                            "WD25CD": county.wards.codes[w],
                            "WD25NM": county.wards.names[w],
                            "LAD25CD": code,
                            "LAD25NM": name,
                        },
                        county.wards.polygons[w],
                    )
                    for w, of in enumerate(ward_district)
                    if of == d
                ),
            )
        )
    return tuple(small), tuple(wards)


def write_force(path: Path, county: County) -> Path:
    """Write the outline of the force as KML, as data.police.uk offers it."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def ring(line: Any) -> str:  # noqa: ANN401 - shapely has no types
        points = lon_lat(shapely.get_coordinates(line))
        return (
            f"<LinearRing><coordinates>{' '.join(f'{x:.7f},{y:.7f},0' for x, y in points)}</coordinates></LinearRing>"
        )

    outer = f"<outerBoundaryIs>{ring(county.outline.exterior)}</outerBoundaryIs>"
    inner = "".join(f"<innerBoundaryIs>{ring(hole)}</innerBoundaryIs>" for hole in county.outline.interiors)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://earth.google.com/kml/2.1">\n<Document>\n\n'
        f"  <Placemark>\n    <name>{FORCE_NAME}</name>\n"
        f"    <MultiGeometry><Polygon>{outer}{inner}</Polygon></MultiGeometry>\n  </Placemark>\n\n</Document>\n</kml>\n"
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def write_centroids(path: Path, county: County, streets: Streets) -> Path:
    """Write population-weighted centroids: the map point nearest to the middle of each area's map points."""

    def centroid(i: int) -> Any:  # noqa: ANN401 - shapely has no types
        mine = streets.xy[streets.area == i]
        return shapely.Point(mine[int(np.argmin(np.hypot(*(mine - mine.mean(axis=0)).T)))])

    return write_features(path, (({"LSOA21CD": code}, centroid(i)) for i, code in enumerate(county.area_codes)))


def write_lookup(path: Path, county: County) -> Path:
    """Write the look-up of 2011 to 2021 codes in the layout of the ONS (with its byte-order mark and CRLF)."""
    pairs = _adjacent_pairs(county)
    split, merged = pairs[:_N_SPLIT], pairs[_N_SPLIT]
    old_of = {i: (f"E01{950_001 + k:06d}", county.area_names[pair[0]]) for k, pair in enumerate(split) for i in pair}
    rows = []
    for i, (code, name) in enumerate(zip(county.area_codes, county.area_names, strict=True)):
        if i == merged[0]:
            old = [(f"E01{960_001 + k:06d}", county.area_names[j]) for k, j in enumerate(merged)]
            rows += [(*left, code, name, "M", i) for left in old]
        elif i in old_of:
            rows.append((*old_of[i], code, name, "S", i))
        else:
            rows.append((code, name, code, name, "U", i))
    frame = pd.DataFrame(rows, columns=["LSOA11CD", "LSOA11NM", "LSOA21CD", "LSOA21NM", "CHGIND", "area"])
    district = county.districts.of_area[frame.pop("area").to_numpy()]
    frame["LAD22CD"] = [county.districts.codes[d] for d in district]
    frame["LAD22NM"] = [county.districts.names[d] for d in district]
    frame["LAD22NMW"] = ""
    frame["ObjectId"] = np.arange(1, len(frame) + 1)
    return write_table(path, frame, line_end="\r\n", mark=_BYTE_ORDER_MARK)


def _adjacent_pairs(county: County) -> list[tuple[int, int]]:
    """Return disjoint pairs of neighbouring areas of one MSOA, spread over the county."""
    together = [
        (i, i + 1)
        for i in range(len(county.area_names) - 1)
        if county.area_names[i][:-1] == county.area_names[i + 1][:-1]
        and shapely.touches(county.polygons[i], county.polygons[i + 1])
    ]
    wanted = np.linspace(0, len(together) - 1, 3 * (_N_SPLIT + 1)).astype(int)
    pairs: list[tuple[int, int]] = []
    for k in wanted:
        if not {i for pair in pairs for i in pair} & set(together[k]):
            pairs.append(together[k])
    return pairs


def write_people(folder: Path, county: County, people: People) -> tuple[Path, ...]:
    """Write the census tables in the bulk layout and the residents by age as a long table."""
    paths = []
    for table in TABLES:
        counts = people.counts[table.number]
        columns: dict[str, Sequence[Any] | NDArray[Any]] = {
            "date": [2021] * len(counts),
            "geography": county.area_names,
            "geography code": county.area_codes,
            f"{table.topic}: {table.total}": people.totals[table.number],
        }
        columns |= {f"{table.topic}: {category}": counts[:, j] for j, category in enumerate(table.categories)}
        paths.append(write_table(folder / f"census2021-{table.number}-lsoa.csv", pd.DataFrame(columns)))
    n = len(AGE_GROUPS)
    ages = pd.DataFrame(
        {
            "lsoa21_code": np.repeat(county.area_codes, n),
            "lsoa21_name": np.repeat(county.area_names, n),
            "age_group": list(AGE_GROUPS) * len(county.area_codes),
            "usual_residents": people.ages.ravel().astype(float),
        }
    )
    return (*paths, write_table(folder / "census21_pop_agegroup_lsoa21.csv", ages))


def write_deprivation(path: Path, county: County, figures: dict[str, dict[str, NDArray[np.float64]]]) -> Path:
    """Write deciles, ranks and scores in the layout of the Indices of Deprivation 2025."""
    columns: dict[str, Any] = {"lsoa21_code": county.area_codes}
    for what in ("decile", "rank", "score"):
        columns |= {f"{domain}_{what}": figure[what] for domain, figure in figures.items()}
    return write_table(path, pd.DataFrame(columns))


def write_workday(path: Path, county: County, people: People, streets: Streets) -> Path:
    """Write who is there on a working day, in the Nomis bulk layout: more in the middle of towns, fewer elsewhere."""
    inside = streets.area >= 0
    nearest = np.full(len(county.area_codes), np.inf)
    np.minimum.at(nearest, streets.area[inside], streets.in_town[inside])
    factor = np.where(nearest < _TOWN_CENTRE, 1.9, 0.85)
    frame = pd.DataFrame(
        {
            "date": 2021,
            "geography": county.area_names,
            "geography code": county.area_codes,
            "Workday population: Total": np.round(people.residents * factor).astype(np.int64),
        }
    )
    return write_table(path, frame)
