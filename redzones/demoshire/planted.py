"""
What is planted: hot spots of several shapes that move and come and go, and the hours at which they are hot.

Nothing here follows the engine's models. Hot spots are not discs on a raster but clouds, lines, corners and single
addresses; some drift, some begin or end within the two years, some return each summer; and their hours do not start
and end with a shift.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from redzones.demoshire.county import County
from redzones.demoshire.people import GROUPS
from redzones.demoshire.streets import Streets

__all__ = ["CATEGORIES", "HOURS", "HotSpot", "plant_hot_spots"]

#: Categories of police.uk, in a fixed order.
CATEGORIES = (
    "Anti-social behaviour",
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Drugs",
    "Other crime",
    "Other theft",
    "Possession of weapons",
    "Public order",
    "Robbery",
    "Shoplifting",
    "Theft from the person",
    "Vehicle crime",
    "Violence and sexual offences",
)

#: Planted hours: (weekdays with 0 = Monday, first hour, hour after the last, weight). Hours from 24 belong to the night
#: that begins on the weekday.
HOURS: dict[str, tuple[tuple[tuple[int, ...], int, int, float], ...]] = {
    "weekend nights": (((4, 5), 21, 27, 1.0), ((3,), 22, 26, 0.35)),
    "after school": (((0, 1, 2, 3, 4), 15, 18, 1.0),),
    "shopping hours": (((0, 1, 2, 3, 4), 12, 17, 0.7), ((5,), 11, 17, 1.0)),
    "late evenings": (((0, 1, 2, 3, 4, 5, 6), 20, 23, 1.0),),
    "weekend afternoons": (((5, 6), 13, 19, 1.0),),
    "commuting": (((0, 1, 2, 3, 4), 7, 9, 0.8), ((0, 1, 2, 3, 4), 17, 19, 1.0)),
    "any hour": (((0, 1, 2, 3, 4, 5, 6), 0, 24, 1.0),),
}

#: Settings of hot spots: hours, share of its incidents within them, and how strongly it draws each category.
_AFFINITY: dict[str, tuple[str, float, dict[str, float]]] = {
    "night-time economy": (
        "weekend nights",
        0.70,
        {
            "Anti-social behaviour": 1.0,
            "Public order": 2.2,
            "Violence and sexual offences": 2.0,
            "Criminal damage and arson": 0.8,
            "Theft from the person": 3.0,
            "Robbery": 1.5,
            "Drugs": 1.5,
        },
    ),
    "shops": (
        "shopping hours",
        0.65,
        {
            "Shoplifting": 4.0,
            "Anti-social behaviour": 1.0,
            "Other theft": 1.5,
            "Public order": 1.0,
            "Bicycle theft": 1.0,
            "Theft from the person": 1.5,
        },
    ),
    "park": (
        "after school",
        0.60,
        {"Anti-social behaviour": 1.2, "Criminal damage and arson": 0.9, "Bicycle theft": 0.5, "Drugs": 0.5},
    ),
    "summer park": (
        "weekend afternoons",
        0.65,
        {"Anti-social behaviour": 1.4, "Criminal damage and arson": 0.5, "Public order": 0.4},
    ),
    "estate shops": (
        "late evenings",
        0.60,
        {
            "Anti-social behaviour": 1.3,
            "Criminal damage and arson": 1.1,
            "Public order": 0.8,
            "Violence and sexual offences": 0.6,
            "Shoplifting": 0.6,
            "Drugs": 0.8,
        },
    ),
    "station": (
        "commuting",
        0.55,
        {"Anti-social behaviour": 0.8, "Bicycle theft": 5.0, "Public order": 0.8, "Theft from the person": 1.0},
    ),
    "address": (
        "any hour",
        1.0,
        {"Anti-social behaviour": 0.6, "Violence and sexual offences": 1.0, "Public order": 0.6, "Other crime": 1.0},
    ),
}

#: Setting, shape and fate of each hot spot in order of strength; the list is cut or repeated for other counties.
_PLAN: tuple[tuple[str, str, str], ...] = (
    ("night-time economy", "line", "steady"),
    ("night-time economy", "cloud", "steady"),
    ("shops", "cloud", "steady"),
    ("estate shops", "cloud", "drifts"),
    ("night-time economy", "corner", "steady"),
    ("park", "cloud", "steady"),
    ("station", "cloud", "steady"),
    ("estate shops", "line", "steady"),
    ("address", "point", "steady"),
    ("shops", "line", "drifts"),
    ("summer park", "cloud", "summers"),
    ("estate shops", "cloud", "begins"),
    ("night-time economy", "line", "drifts"),
    ("park", "cloud", "ends"),
    ("estate shops", "corner", "steady"),
    ("park", "line", "drifts"),
    ("address", "point", "begins"),
    ("shops", "cloud", "steady"),
    ("estate shops", "cloud", "ends"),
    ("station", "line", "steady"),
    ("park", "cloud", "begins"),
    ("summer park", "cloud", "summers"),
    ("estate shops", "cloud", "steady"),
    ("night-time economy", "cloud", "begins"),
    ("address", "point", "steady"),
    ("park", "corner", "steady"),
    ("estate shops", "line", "drifts"),
    ("shops", "cloud", "ends"),
    ("address", "point", "ends"),
    ("park", "cloud", "steady"),
)

_LEAST_APART_M = 450.0


@dataclass(frozen=True, slots=True)
class HotSpot:
    """
    One planted hot spot.

    Parameters
    ----------
    hot_spot_id
        `H01`, `H02`, ... in order of strength.
    setting
        What it is: `night-time economy`, `park`, `address`, ...
    shape
        `cloud`, `line`, `corner` or `point`.
    fate
        `steady`, `drifts`, `begins`, `ends` or `summers`.
    skeleton
        Point or LineString from which incidents scatter, metres in the British National Grid.
    scatter_m
        Standard deviation of the scatter.
    drift_m
        East and north movement from the first month to the last, metres.
    strength
        Relative number of incidents.
    active
        Whether it is hot in each month, shape (n_months,).
    hours
        Name of its hours in `HOURS`.
    hours_share
        Share of its incidents that fall within them by plan; the others keep the usual hours of their category.
    affinity
        Relative pull on each category.
    """

    hot_spot_id: str
    setting: str
    shape: str
    fate: str
    skeleton: Any
    scatter_m: float
    drift_m: tuple[float, float]
    strength: float
    active: NDArray[np.bool_]
    hours: str
    hours_share: float
    affinity: dict[str, float] = field(repr=False)

    def drift_at(self, month: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how far it has moved by each month (0 = the first), shape (n, 2)."""
        share = month / max(1, len(self.active) - 1)
        return np.asarray(share[:, None] * np.array(self.drift_m))

    def scattered(self, month: NDArray[np.int64], *, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return a place for each incident, given the month (0 = the first) of each; shape (n, 2)."""
        if self.shape in {"line", "corner"}:
            along = shapely.line_interpolate_point(self.skeleton, rng.random(len(month)), normalized=True)
            start = shapely.get_coordinates(along)
        else:
            start = np.repeat(shapely.get_coordinates(self.skeleton)[:1], len(month), axis=0)
        return np.asarray(start + self.drift_at(month) + rng.normal(0, self.scatter_m, size=(len(month), 2)))

    def footprint(self) -> Any:  # noqa: ANN401 - shapely has no types
        """Return the ground within two standard deviations of it over the whole time, drift included."""
        steps = np.linspace(0, 1, 5)[:, None] * np.array(self.drift_m)
        ends = [shapely.affinity.translate(self.skeleton, *step) for step in steps.tolist()]
        return shapely.union_all([shapely.buffer(end, 2 * self.scatter_m, quad_segs=8) for end in ends])

    @property
    def centre(self) -> tuple[float, float]:
        """Return the middle of its footprint."""
        middle = shapely.centroid(self.footprint())
        return float(shapely.get_x(middle)), float(shapely.get_y(middle))

    @property
    def radius_m(self) -> float:
        """Return the radius of a disc of the same area as its footprint."""
        return float(np.sqrt(shapely.area(self.footprint()) / np.pi))


def plant_hot_spots(
    county: County,
    streets: Streets,
    group: NDArray[np.int64],
    *,
    first_month: int,
    n_months: int,
    rng: np.random.Generator,
) -> tuple[HotSpot, ...]:
    """
    Plant the hot spots on map points that suit their setting, apart from each other.

    Parameters
    ----------
    county, streets
        The ground.
    group
        Planted community group of each small area.
    first_month
        Calendar month (1 to 12) of the first month.
    n_months
        Number of months.
    rng
        Source of randomness.
    """
    n = max(6, round(len(_PLAN) * len(county.area_codes) / 300))
    taken: list[NDArray[np.float64]] = []
    planted = []
    for i in range(n):
        setting, shape, fate = _PLAN[i % len(_PLAN)]
        suits = _suits(setting, streets, group) & (streets.area >= 0)
        at = _free_point(suits, streets.xy, taken, rng)
        taken.append(streets.xy[at])
        hours, hours_share, affinity = _AFFINITY[setting]
        planted.append(
            HotSpot(
                hot_spot_id=f"H{i + 1:02d}",
                setting=setting,
                shape=shape,
                fate=fate,
                skeleton=_skeleton(shape, streets.xy[at], float(streets.bearing[at]), rng),
                scatter_m=_scatter(shape, rng),
                drift_m=_drift(fate, rng),
                strength=float((i + 2) ** -0.75 * rng.uniform(0.85, 1.15)),
                active=_active(fate, first_month=first_month, n_months=n_months, rng=rng),
                hours=hours,
                hours_share=hours_share,
                affinity=affinity,
            )
        )
    return tuple(planted)


def _suits(setting: str, streets: Streets, group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the map points where such a hot spot may lie."""
    of_point = group[streets.area]
    in_town = streets.in_town
    where = {
        "night-time economy": in_town < 0.20,
        "shops": in_town < 0.32,
        "station": (in_town > 0.15) & (in_town < 0.45),
        "park": (in_town > 0.45) & (in_town < 2),
        "summer park": (in_town > 0.5) & (in_town < 2) & (of_point != GROUPS.index("estates")),
        "estate shops": of_point == GROUPS.index("estates"),
        "address": in_town < 2,
    }
    return where[setting]


def _free_point(
    suits: NDArray[np.bool_], xy: NDArray[np.float64], taken: list[NDArray[np.float64]], rng: np.random.Generator
) -> int:
    """Return a suitable point apart from those taken; where there is none, the suitable one with most room."""
    options = np.flatnonzero(suits) if suits.any() else np.arange(len(xy))
    if not taken:
        return int(rng.choice(options))
    gap = np.min([np.hypot(*(xy[options] - other).T) for other in taken], axis=0)
    free = options[gap > _LEAST_APART_M]
    return int(rng.choice(free)) if len(free) else int(options[int(np.argmax(gap))])


def _skeleton(shape: str, xy: NDArray[np.float64], bearing: float, rng: np.random.Generator) -> Any:  # noqa: ANN401
    """Return the point, street or street corner from which incidents scatter."""
    if shape in {"cloud", "point"}:
        return shapely.Point(np.round(xy, 1))
    along = np.array([np.cos(bearing), np.sin(bearing)])
    across = np.array([-along[1], along[0]])
    half = rng.uniform(130, 230)
    if shape == "line":
        return shapely.LineString(np.round([xy - half * along, xy + half * along], 1))
    return shapely.LineString(np.round([xy - 1.2 * half * along, xy, xy + half * across], 1))


def _scatter(shape: str, rng: np.random.Generator) -> float:
    return {
        "cloud": float(rng.uniform(38, 70)),
        "line": float(rng.uniform(14, 24)),
        "corner": float(rng.uniform(14, 24)),
        "point": 4.0,
    }[shape]


def _drift(fate: str, rng: np.random.Generator) -> tuple[float, float]:
    if fate != "drifts":
        return (0.0, 0.0)
    angle, metres = rng.uniform(0, 2 * np.pi), rng.uniform(160, 320)
    return (round(float(metres * np.cos(angle)), 1), round(float(metres * np.sin(angle)), 1))


def _active(fate: str, *, first_month: int, n_months: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the months in which a hot spot of this fate is hot."""
    month = np.arange(n_months)
    if fate == "begins":
        return month >= n_months - round(rng.uniform(0.17, 0.45) * n_months)
    if fate == "ends":
        return month < round(rng.uniform(0.5, 0.8) * n_months)
    if fate == "summers":
        return np.isin((first_month - 1 + month) % 12 + 1, (5, 6, 7, 8, 9))
    return np.ones(n_months, dtype=bool)
