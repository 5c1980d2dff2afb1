"""The incidents as others hand them on: monthly open data, snapped; and the force's own log, exact."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from domain.crs import BRITISH_NATIONAL_GRID
from domain.months import LocalMonth
from redzones.demoshire.county import County
from redzones.demoshire.names import COUNTY_NAME, FORCE_NAME
from redzones.demoshire.planted import CATEGORIES
from redzones.demoshire.streets import Streets
from redzones.demoshire.writers import lon_lat, write_table

__all__ = ["LOG_COLUMNS", "STREET_COLUMNS", "write_log", "write_log_mapping", "write_street_months"]

#: Columns of a police.uk street file.
STREET_COLUMNS = (
    "Crime ID",
    "Month",
    "Reported by",
    "Falls within",
    "Longitude",
    "Latitude",
    "Location",
    "LSOA code",
    "LSOA name",
    "Crime type",
    "Last outcome category",
    "Context",
)
#: Columns of the force's log.
LOG_COLUMNS = (
    "log_no",
    "from",
    "to",
    "easting",
    "northing",
    "closing_class",
    "location",
    "reported_by",
    "repeat_caller",
    "result",
)
#: Share of logs from people who had called before: where repeat callers are planted, and elsewhere.
_REPEAT_CALLER_SHARES = (0.6, 0.06)
_ASB = "Anti-social behaviour"
_TIME = "%d/%m/%Y %H:%M"

#: Outcomes of open data with weights: where a suspect is often known, and where seldom.
_OUTCOMES = {
    "Unable to prosecute suspect": (56, 17),
    "Investigation complete; no suspect identified": (14, 60),
    "Court result unavailable": (9, 7),
    "Local resolution": (7, 3),
    "Awaiting court outcome": (5, 4),
    "Status update unavailable": (4, 5),
    "Action to be taken by another organisation": (3, 1),
    "Further investigation is not in the public interest": (1, 1),
    "Offender given a caution": (1, 1),
    "Suspect charged as part of another case": (0, 1),
}
_SUSPECT_OFTEN_KNOWN = ("Violence and sexual offences", "Public order", "Drugs", "Possession of weapons", "Other crime")

#: Closing classes of the log: category, weight within it, our kind, whether it is of the scoring set `street`.
_CLASSES: dict[str, tuple[str, float, str, bool]] = {
    "ASB Nuisance": (_ASB, 0.66, "asb", True),
    "ASB Environmental": (_ASB, 0.18, "asb", True),
    "ASB Personal": (_ASB, 0.16, "asb", False),
    "Theft - Pedal Cycle": ("Bicycle theft", 1.0, "minor_crime", False),
    "Burglary": ("Burglary", 1.0, "other", False),
    "Criminal Damage": ("Criminal damage and arson", 0.93, "minor_crime", True),
    "Arson": ("Criminal damage and arson", 0.07, "minor_crime", True),
    "Drugs": ("Drugs", 1.0, "other", False),
    "Other Notifiable": ("Other crime", 1.0, "other", False),
    "Theft - Other": ("Other theft", 1.0, "minor_crime", False),
    "Possession of Weapon": ("Possession of weapons", 1.0, "other", False),
    "Public Order": ("Public order", 1.0, "minor_crime", False),
    "Robbery": ("Robbery", 1.0, "other", False),
    "Theft - Shoplifting": ("Shoplifting", 1.0, "minor_crime", False),
    "Theft from Person": ("Theft from the person", 1.0, "other", False),
    "Vehicle Crime": ("Vehicle crime", 1.0, "other", False),
    "Violence and Sexual": ("Violence and sexual offences", 1.0, "other", False),
    "Road Related Nuisance": ("", 1.0, "road_related", False),
}
_NOT_FOR_PATROL = ("ASB Personal",)
_RESULTS = ("Attended", "Advice given", "No trace", "Crime recorded")
_NO_END_SHARE = 0.04
_SWAPPED_SHARE = 0.004
_ROAD_RELATED_SHARE = 0.03


def write_street_months(
    folder: Path,
    incidents: pd.DataFrame,
    county: County,
    streets: Streets,
    *,
    months: tuple[LocalMonth, ...],
    seed: int,
    rng: np.random.Generator,
) -> tuple[Path, ...]:
    """Write one police.uk street file a month, in its own order: by name of the area, then category."""
    frame = _street_frame(incidents, county, streets, months=months, seed=seed, rng=rng)
    paths = []
    for month, rows in frame.groupby("Month", sort=True):
        ordered = rows.sort_values(["LSOA name", "Crime type"], kind="stable", na_position="last")
        path = folder / str(month) / f"{month}-{COUNTY_NAME.lower()}-street.csv"
        paths.append(write_table(path, ordered[list(STREET_COLUMNS)]))
    return tuple(paths)


def _street_frame(
    incidents: pd.DataFrame,
    county: County,
    streets: Streets,
    *,
    months: tuple[LocalMonth, ...],
    seed: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    known = ~incidents["no_place"].to_numpy()
    point = incidents["point"].to_numpy()
    codes, names = _area_of_points(county, streets)
    written = np.array([f"{x:.6f},{y:.6f}" for x, y in lon_lat(streets.xy)])
    longitude, latitude = (np.array([text.split(",")[axis] for text in written]) for axis in (0, 1))
    is_asb = (incidents["category"] == _ASB).to_numpy()

    def where_known(values: Any, otherwise: str | None = None) -> np.ndarray:  # noqa: ANN401 - any array of text
        return np.where(known, np.asarray(values, dtype=object)[point], np.array(otherwise, dtype=object))

    return pd.DataFrame(
        {
            "Crime ID": [None if asb else _crime_id(seed, i) for i, asb in enumerate(is_asb)],
            "Month": np.array([str(month) for month in months])[incidents["month"].to_numpy()],
            "Reported by": FORCE_NAME,
            "Falls within": FORCE_NAME,
            "Longitude": where_known(longitude),
            "Latitude": where_known(latitude),
            "Location": where_known([f"On or near {x}" for x in streets.label], "No Location"),
            "LSOA code": where_known(codes),
            "LSOA name": where_known(names),
            "Crime type": incidents["category"],
            "Last outcome category": _outcomes(incidents["category"], rng).mask(is_asb),
            "Context": None,
        }
    )


def _crime_id(seed: int, number: int) -> str:
    return hashlib.sha256(f"{COUNTY_NAME} {seed} {number}".encode()).hexdigest()


def _area_of_points(county: County, streets: Streets) -> tuple[np.ndarray, np.ndarray]:
    """Return code and name of the small area of each map point; the neighbouring county has codes of its own."""
    beyond = np.cumsum(streets.area < 0)
    codes = np.array([*county.area_codes, ""])[streets.area].astype(object)
    names = np.array([*county.area_names, ""])[streets.area].astype(object)
    for i in np.flatnonzero(streets.area < 0):
        codes[i], names[i] = f"E01{980_000 + beyond[i]:06d}", f"Saltmarch {beyond[i]:03d}A"
    return codes, names


def _outcomes(category: pd.Series, rng: np.random.Generator) -> pd.Series:
    weights = np.array(list(_OUTCOMES.values()), dtype=float)
    upto = np.cumsum(weights / weights.sum(axis=0), axis=0)
    column = np.where(category.isin(_SUSPECT_OFTEN_KNOWN), 0, 1)
    drawn = rng.random(len(category))
    position = (drawn[:, None] > upto.T[column]).sum(axis=1)
    return pd.Series(np.array(list(_OUTCOMES), dtype=object)[np.minimum(position, len(_OUTCOMES) - 1)])


def write_log(
    path: Path,
    incidents: pd.DataFrame,
    county: County,
    streets: Streets,
    *,
    callers_at: Sequence[int],
    rng: np.random.Generator,
) -> Path:
    """
    Write the force's log of the last twelve months: exact places, times from and to, and the faults of real logs.

    Parameters
    ----------
    path
        File to write.
    incidents
        The incidents; those of the last twelve months are taken, and road-related rows that open data lack are added.
    county, streets
        The ground.
    callers_at
        Hot spots at which the same people call again and again.
    rng
        Source of randomness.
    """
    recent = incidents[incidents["month"] > incidents["month"].max() - 12]
    rows = pd.concat([recent, _road_related(recent, rng)], ignore_index=True)
    rows = rows.sort_values(["begins", "happened", "x", "y"], kind="stable", ignore_index=True)
    begins, ends = _dirty_times(rows, rng)
    known = ~rows["no_place"].to_numpy()
    place = np.array([f"{s}, {t}" for s, t in zip(streets.street, _locality(county, streets), strict=True)])
    year = rows["begins"].dt.strftime("%y")
    frame = pd.DataFrame(
        {
            "log_no": [f"DL{y}-{i:06d}" for i, y in enumerate(year, start=1)],
            "from": begins,
            "to": ends,
            "easting": rows["x"].map("{:.1f}".format).where(known),
            "northing": rows["y"].map("{:.1f}".format).where(known),
            "closing_class": _closing_classes(rows["category"], rng),
            "location": pd.Series(place[rows["point"].to_numpy()]).where(known),
            "reported_by": np.where(rows["by_officer"], "Officer", "Public"),
            "result": np.array(_RESULTS)[rng.choice(4, size=len(rows), p=(0.42, 0.22, 0.16, 0.20))],
        }
    )
    chance = np.where(rows["hot_spot"].isin(callers_at), *_REPEAT_CALLER_SHARES)
    frame["repeat_caller"] = np.where(~rows["by_officer"] & (rng.random(len(rows)) < chance), "Y", "")
    return write_table(path, frame[list(LOG_COLUMNS)])


def _road_related(recent: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return road-related logs: at places and times of other incidents, since both follow streets and people."""
    n = round(_ROAD_RELATED_SHARE * len(recent))
    extra = recent.iloc[np.sort(rng.choice(len(recent), size=n, replace=False))]
    shift = rng.integers(60, 6 * 60, size=n).astype("timedelta64[m]")
    begins = np.minimum(extra["happened"].to_numpy() + shift, extra["happened"].max().to_numpy())
    xy = np.round(extra[["x", "y"]].to_numpy() + rng.normal(0, 90, size=(n, 2)), 1)
    return extra.assign(category="", begins=begins, ends=begins, happened=begins, x=xy[:, 0], y=xy[:, 1], hot_spot=-1)


def _dirty_times(rows: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.Series, pd.Series]:
    """Return begin and end as people type them: some ends are missing, a few stand before the begin."""
    begins, ends = rows["begins"].dt.strftime(_TIME), rows["ends"].dt.strftime(_TIME)
    is_interval = (rows["ends"] > rows["begins"]).to_numpy()
    is_swapped = is_interval & (rng.random(len(rows)) < _SWAPPED_SHARE * 3)
    typed_begin, typed_end = begins.where(~is_swapped, ends), ends.where(~is_swapped, begins)
    return typed_begin, typed_end.mask(~is_swapped & (rng.random(len(rows)) < _NO_END_SHARE))


def _closing_classes(category: pd.Series, rng: np.random.Generator) -> np.ndarray:
    found = np.empty(len(category), dtype=object)
    for wanted in (*CATEGORIES, ""):
        names = [name for name, rule in _CLASSES.items() if rule[0] == wanted]
        shares = np.array([_CLASSES[name][1] for name in names])
        mine = (category == wanted).to_numpy()
        found[mine] = np.array(names, dtype=object)[rng.choice(len(names), size=int(mine.sum()), p=shares)]
    return found


def _locality(county: County, streets: Streets) -> list[str]:
    """Return the town, or the ward in the countryside, of each map point."""
    names = [
        county.towns[town].name if town >= 0 else county.wards.names[ward]
        for town, ward in zip(county.area_town, county.wards.of_area, strict=True)
    ]
    return [*(names[area] if area >= 0 else "Saltmarch" for area in streets.area.tolist())]


def _kind_entry(name: str) -> str:
    """Return the line of the mapping that says how a closing class is counted."""
    _, _, kind, is_street = _CLASSES[name]
    weight = ", weight = 0" if name in _NOT_FOR_PATROL else ""
    return f'"{name}" = {{ kind = "{kind}", street = {str(is_street).lower()}{weight} }}'


def write_log_mapping(path: Path) -> Path:
    """Write the column mapping that tells the engine how to read the log."""
    kinds = "\n".join(_kind_entry(name) for name in _CLASSES)
    text = f"""# How to read demoshire-log.csv: which column is what, and how each closing class is counted.
dataset = "demoshire log"
time_zone = "Europe/London"
epsg = {BRITISH_NATIONAL_GRID}
place_precision = "exact"

[columns]
reference = "log_no"
begins = "from"
ends = "to"
x = "easting"
y = "northing"
category = "closing_class"
location = "location"
outcome = "result"
reported_by = "reported_by"
repeat_caller = "repeat_caller"

[formats]
time = "{_TIME}"

# Records that police activity brought to light are shown and never score.
[officer_generated]
reported_by = ["Officer"]

# ASB Personal has a targeted victim: it is counted as ASB, but patrol of a street is no answer to it, so it never
# scores.
[kinds]
{kinds}
"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
