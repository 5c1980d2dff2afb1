"""What people in Demoshire know beside incidents: visits, priorities, overrides, nominations, places, roads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.months import LocalMonth
from redzones.demoshire.calendar_days import write_calendar
from redzones.demoshire.county import County
from redzones.demoshire.planted import HotSpot
from redzones.demoshire.streets import Streets
from redzones.demoshire.writers import write_features, write_table

__all__ = ["KnowledgeFiles", "write_knowledge"]

_N_NOMINATED = 18
_RIGHT_SHARE = 0.6
_NEAR_M = 70.0
#: No excluded ground lies nearer to a planted hot spot than this.
_APART_M = 500.0
_ISSUES = (
    ("Groups gathering late at night", "asb", "Evening patrols and a youth worker"),
    ("Off-road bikes on the fields", "asb", "Joint operation with the council, barriers at the gates"),
    ("Speeding past the school", "road_related", "Speed checks with residents"),
    ("Shop windows broken", "minor_crime", "Shop watch radio and a lighting review"),
    ("Noise from parties", "asb", "Visits with the noise team"),
    ("Fly-tipping behind the garages", "other", "Camera and a clean-up day"),
)
_REASONS = ("Groups in the evening", "Nuisance bikes", "Closing time", "Damage to shelters", "Begging", "Noise")


@dataclass(frozen=True, slots=True)
class KnowledgeFiles:
    """
    Where the files are.

    Parameters
    ----------
    visits, priorities, overrides, calendar, nominations, places
        One simple CSV each.
    roads
        The streets, GeoJSON lines.
    """

    visits: Path
    priorities: Path
    overrides: Path
    calendar: Path
    nominations: Path
    places: Path
    roads: Path


def write_knowledge(
    folder: Path,
    county: County,
    streets: Streets,
    hot_spots: Sequence[HotSpot],
    *,
    months: tuple[LocalMonth, ...],
    rng: np.random.Generator,
) -> KnowledgeFiles:
    """Write what people know: right in the main, and wrong where people are."""
    known = folder / "known"
    middles = np.array([shapely.centroid(spot.skeleton).coords[0] for spot in hot_spots]).reshape(-1, 2)
    in_town = np.flatnonzero((streets.area >= 0) & (streets.in_town < 1))
    town = Ground(county, streets, in_town)
    places = pd.concat([_places(town, middles, rng), _shops(hot_spots, middles)], ignore_index=True)
    custody = places.loc[places["category"] == "custody", ["x", "y"]].to_numpy()[0]
    return KnowledgeFiles(
        visits=write_table(known / "visits.csv", _visits(middles, months[-1], rng)),
        priorities=write_table(known / "priorities.csv", _priorities(county, months[-1], rng)),
        overrides=write_table(known / "overrides.csv", _overrides(custody, town.xy[0], months[0])),
        calendar=write_calendar(
            known / "calendar.csv", months=months, match_area=county.wards.codes[town.ward[len(town.ward) // 2]]
        ),
        nominations=write_table(known / "nominations.csv", _nominations(town, middles, months[-1], rng)),
        places=write_table(known / "places.csv", places),
        roads=_write_roads(known / "roads.geojson", streets),
    )


_CATEGORY_OF_SETTING = {
    "shops": "shop", "estate shops": "shop", "night-time economy": "licensed_premises", "station": "transport_hub",
}  # fmt: skip


class Ground:
    """The map points of towns, with the ward of each."""

    def __init__(self, county: County, streets: Streets, points: NDArray[np.int64]) -> None:
        self.xy = np.round(streets.xy[points], 1)
        self.ward = county.wards.of_area[streets.area[points]]
        self.ward_codes = county.wards.codes

    def drawn(self, rng: np.random.Generator, *, apart_from: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a point that lies well apart from some others."""
        gap = np.hypot(*(self.xy[:, None] - apart_from[None]).transpose(2, 0, 1)).min(axis=1)
        far = self.xy[gap > _APART_M]
        return np.asarray(far[rng.integers(len(far))] if len(far) else self.xy[gap.argmax()], dtype=np.float64)

    def ward_at(self, xy: NDArray[np.float64]) -> str:
        """Return the ward of the nearest map point."""
        return self.ward_codes[self.ward[np.hypot(*(self.xy - xy).T).argmin()]]


def _places(town: Ground, hot: NDArray[np.float64], rng: np.random.Generator) -> pd.DataFrame:
    kinds = (
        ("Central custody suite", "custody", 100), ("County hospital", "hospital", 250),
        ("North police station", "police_station", 80), ("South police station", "police_station", 80),
        ("Harbour hostel", "hostel", 60), ("Refuge", "refuge", 60), ("Children's home", "childrens_home", 60),
        ("Central station", "railway_station", 120), ("High school", "school", 150), ("Primary school", "school", 100),
    )  # fmt: skip
    points = np.array([town.drawn(rng, apart_from=hot) for _ in kinds])
    return pd.DataFrame(
        {
            "place_name": [name for name, _, _ in kinds],
            "category": [category for _, category, _ in kinds],
            "x": points[:, 0],
            "y": points[:, 1],
            "radius_m": [radius for _, _, radius in kinds],
        }
    )


def _shops(hot_spots: Sequence[HotSpot], middles: NDArray[np.float64]) -> pd.DataFrame:
    """Return shops, licensed premises and stops where hot spots have them, in rows along a street."""
    rows = []
    for spot, (x, y) in zip(hot_spots, middles, strict=True):
        category = _CATEGORY_OF_SETTING.get(spot.setting)
        if category is not None:
            n = 1 if category == "transport_hub" else 5
            rows += [(f"{spot.setting} {i + 1}", category, round(x + 25 * i, 1), round(y, 1), None) for i in range(n)]
    return pd.DataFrame(rows, columns=["place_name", "category", "x", "y", "radius_m"])


def _overrides(custody: NDArray[np.float64], nudged: NDArray[np.float64], first: LocalMonth) -> pd.DataFrame:
    day = first.first_day.isoformat()
    return pd.DataFrame(
        [
            ["O1", "exclude", *custody, 120, None, "Default address of records made in custody", "Analyst", day, None],
            ["O2", "nudge", *nudged, 200, 1.1, "New underpass, not in the records yet", "Analyst", day, None],
        ],
        columns=[
            "override_id", "rule", "x", "y", "radius_m", "factor", "reason", "owner", "valid_from", "valid_to",
        ],
    )  # fmt: skip


def _nominations(town: Ground, hot: NDArray[np.float64], month: LocalMonth, rng: np.random.Generator) -> pd.DataFrame:
    """Return what inspectors name: most near the truth, some elsewhere."""
    is_right = (rng.random(_N_NOMINATED) < _RIGHT_SHARE) & bool(len(hot))
    right = hot[rng.integers(max(len(hot), 1), size=_N_NOMINATED) % max(len(hot), 1)] if len(hot) else None
    other = town.xy[rng.integers(len(town.xy), size=_N_NOMINATED)]
    xy = other if right is None else np.where(is_right[:, None], right + rng.normal(0, _NEAR_M, other.shape), other)
    wards = [town.ward_at(point) for point in xy]
    return pd.DataFrame(
        {
            "area_code": wards,
            "nominated_by": [f"Inspector of {ward}" for ward in wards],
            "nominated_on": month.first_day.isoformat(),
            "x": np.round(xy[:, 0], 1),
            "y": np.round(xy[:, 1], 1),
            "reason": [_REASONS[i] for i in rng.integers(len(_REASONS), size=_N_NOMINATED)],
        }
    )


def _priorities(county: County, month: LocalMonth, rng: np.random.Generator) -> pd.DataFrame:
    """Return two priorities a ward: raised, mostly acted on and told, some agreed solved."""
    rows = []
    for i, code in enumerate(county.wards.codes):
        for k in range(2):
            issue, kind, action = _ISSUES[(2 * i + k + int(rng.integers(len(_ISSUES)))) % len(_ISSUES)]
            raised = month.shift(-int(rng.integers(1, 9))).first_day + timedelta(days=int(rng.integers(27)))
            told = raised + timedelta(days=int(rng.integers(20, 60))) if rng.random() < 0.8 else None
            solved = told + timedelta(days=int(rng.integers(14, 70))) if told and rng.random() < 0.45 else None
            last = month.shift(1).first_day
            told, solved = (day if day is not None and day < last else None for day in (told, solved))
            rows.append([f"P{i:02d}{k}", code, raised, issue, kind, action, told, solved, "Neighbourhood team"])
    columns = [
        "priority_id",
        "area_code",
        "raised_on",
        "issue",
        "kind",
        "action",
        "told_on",
        "agreed_solved_on",
        "owner",
    ]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return frame.map(lambda value: value.isoformat() if isinstance(value, date) else value)


def _visits(hot: NDArray[np.float64], month: LocalMonth, rng: np.random.Generator) -> pd.DataFrame:
    """Return a month of visits to zones named by their place, more in the evening; callsigns, never officers."""
    days = (month.shift(1).first_day - month.first_day).days
    rows = []
    for day in range(days):
        for spot in rng.permutation(len(hot))[:6]:
            begin = datetime.combine(month.first_day, datetime.min.time()) + timedelta(
                days=day, hours=int(rng.choice([11, 15, 18, 20, 21, 22])), minutes=int(rng.integers(60))
            )
            callsign = f"DM{int(rng.integers(10, 30))}"
            zone = f"ST-{hot[spot][0]:.0f}-{hot[spot][1]:.0f}"
            mode = str(rng.choice(["foot", "cycle", "vehicle"], p=[0.7, 0.1, 0.2]))
            rows.append([zone, callsign, begin.strftime("%Y-%m-%d %H:%M"), int(rng.integers(6, 22)), mode])
    return pd.DataFrame(rows, columns=["zone_id", "callsign", "begins_at", "minutes", "mode"])


def _write_roads(path: Path, streets: Streets) -> Path:
    """Write each street of each area as a line through its map points, in the order of its direction."""
    frame = pd.DataFrame({"area": streets.area, "street": streets.street})
    along = np.cos(streets.bearing) * streets.xy[:, 0] + np.sin(streets.bearing) * streets.xy[:, 1]
    features = []
    for (_, street), rows in frame[frame["area"] >= 0].groupby(["area", "street"], sort=True):
        points = rows.index.to_numpy()
        if len(points) > 1:
            line = shapely.LineString(streets.xy[points[np.argsort(along[points], kind="stable")]])
            features.append(({"name": street}, line))
    return write_features(path, features)
