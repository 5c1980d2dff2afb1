"""
The incidents of Demoshire: one list of what happened, exact in place and time.

Open data and the force's own log are two copies of this list: the first snapped to map points and cut to the month, the
second exact. A part of every category belongs to the planted hot spots; the rest follows people and town centres; and
a part of the burglaries, damage and vehicle crime repeats near an earlier one within days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from domain.months import LocalMonth
from redzones.demoshire.clock import HourSampler, intervals, planted_week, season, usual_week
from redzones.demoshire.people import GROUPS, People
from redzones.demoshire.planted import CATEGORIES, HotSpot
from redzones.demoshire.streets import Streets

__all__ = ["INCIDENT_FIELDS", "make_incidents"]

#: Columns of the table of incidents.
INCIDENT_FIELDS: dict[str, str] = {
    "category": "category of police.uk",
    "month": "month, 0 = the first",
    "hot_spot": "position of the hot spot, -1 for the background",
    "x": "exact easting, metres",
    "y": "exact northing, metres",
    "point": "nearest map point",
    "happened": "true local time, to the minute",
    "begins": "begin as reported",
    "ends": "end as reported, equal to the begin for an instant",
    "no_place": "whether the place was not recorded",
    "by_officer": "whether police activity brought it to light",
}

_MIX = (0.190, 0.010, 0.032, 0.075, 0.038, 0.024, 0.060, 0.010, 0.100, 0.006, 0.075, 0.005, 0.030, 0.345)
#: Share of each category that falls into the planted hot spots over the whole time.
_HOT_SHARE = {
    "Anti-social behaviour": 0.22,
    "Public order": 0.24,
    "Shoplifting": 0.36,
    "Criminal damage and arson": 0.16,
    "Bicycle theft": 0.25,
    "Violence and sexual offences": 0.12,
    "Theft from the person": 0.40,
    "Drugs": 0.12,
    "Robbery": 0.20,
    "Other theft": 0.12,
    "Other crime": 0.05,
}
#: How much the background of a category follows town centres rather than homes.
_CENTRAL = {
    "Anti-social behaviour": 0.20,
    "Public order": 0.30,
    "Shoplifting": 0.85,
    "Other theft": 0.35,
    "Theft from the person": 0.80,
    "Robbery": 0.50,
    "Drugs": 0.30,
    "Bicycle theft": 0.45,
}
_GROUP_RATE = dict(zip(GROUPS, (1.5, 1.1, 1.7, 0.8, 0.85, 0.6), strict=True))
_OFFICER = {"Drugs": 0.70, "Possession of weapons": 0.60, "Public order": 0.10, "Anti-social behaviour": 0.05}
_REPEATS = {"Burglary": 0.15, "Criminal damage and arson": 0.10, "Vehicle crime": 0.12}
_OUTSIDE_SHARE = 0.0015
_NO_PLACE_SHARE = 0.003
_ASB_TREND_PER_MONTH = -0.006


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where incidents come from: hot spots, and map points with their pull of homes and of centres."""

    streets: Streets
    hot_spots: tuple[HotSpot, ...]
    home: NDArray[np.float64]
    central: NDArray[np.float64]

    def points(self, category: str, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        share = _CENTRAL.get(category, 0.12)
        upto = np.cumsum((1 - share) * self.home + share * self.central)
        return np.searchsorted(upto, rng.random(n) * upto[-1], side="right").astype(np.int64)


def make_incidents(
    people: People,
    streets: Streets,
    hot_spots: tuple[HotSpot, ...],
    *,
    months: tuple[LocalMonth, ...],
    n_incidents: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """
    Draw what happened.

    Parameters
    ----------
    people, streets, hot_spots
        The county.
    months
        Consecutive months.
    n_incidents
        Number of incidents in all.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        The columns of `INCIDENT_FIELDS`, ordered by month and true time.
    """
    sources = _Sources(streets, hot_spots, *_background(people, streets, rng))
    counts = _counts_by_month(months, n_incidents, rng)
    parts = []
    for m, month in enumerate(months):
        for c, category in enumerate(CATEGORIES):
            if counts[m, c]:
                parts.append(_draw(sources, category, m, month, int(counts[m, c]), rng))
    frame = pd.concat(parts, ignore_index=True)
    frame = _with_strays(_with_repeats(frame, rng), streets, rng)
    frame["point"] = cKDTree(streets.xy).query(frame[["x", "y"]].to_numpy())[1]
    begins, ends = intervals(frame["category"].to_numpy(), frame["happened"].to_numpy(), rng=rng)
    officer = frame["category"].map(_OFFICER).fillna(0.02).to_numpy()
    frame = frame.assign(
        begins=begins,
        ends=ends,
        no_place=rng.random(len(frame)) < _NO_PLACE_SHARE,
        by_officer=rng.random(len(frame)) < officer,
    )
    return frame.sort_values(["month", "happened", "x", "y"], kind="stable", ignore_index=True)[list(INCIDENT_FIELDS)]


def _background(
    people: People, streets: Streets, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pull of each map point: people times their group's rate, and closeness to a centre; both uneven."""
    is_inside = streets.area >= 0
    n_of_area = np.bincount(streets.area[is_inside], minlength=len(people.group))
    rate = np.array([_GROUP_RATE[name] for name in GROUPS])[people.group]
    home = np.where(is_inside, (people.residents * rate / np.maximum(n_of_area, 1))[streets.area], 0.0)
    central = is_inside * np.exp(-0.5 * (streets.in_town / 0.22) ** 2)
    uneven = np.exp(0.5 * rng.standard_normal(len(home)))
    busy = np.where(np.array(streets.label) == np.array(streets.street), 1.0, 3.0)
    home, central = (w * uneven * busy for w in (home, central))
    return home / home.sum(), central / central.sum()


def _counts_by_month(months: tuple[LocalMonth, ...], n_incidents: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the number of incidents of each month and category, shape (n_months, n_categories)."""
    expected = np.array(
        [[share * season(c, month) for c, share in zip(CATEGORIES, _MIX, strict=True)] for month in months]
    )
    expected[:, 0] *= np.exp(_ASB_TREND_PER_MONTH * np.arange(len(months)))
    expected *= np.exp(0.04 * rng.standard_normal(expected.shape))
    drawn = rng.multinomial(n_incidents, (expected / expected.sum()).ravel())
    return np.asarray(drawn.reshape(expected.shape), dtype=np.int64)


def _chance_of_hot_spots(category: str, m: int, hot_spots: tuple[HotSpot, ...]) -> NDArray[np.float64]:
    """Return the probability that an incident belongs to each hot spot in a month; the rest is the background."""
    pull = np.array([h.strength * h.affinity.get(category, 0.0) for h in hot_spots])
    active = np.array([h.active for h in hot_spots])
    usual = float((pull[:, None] * active).sum(axis=0).mean())
    chance = _HOT_SHARE.get(category, 0.05) * pull * active[:, m] / usual if usual > 0 else np.zeros(len(pull))
    return np.asarray(chance * min(1.0, 0.8 / max(chance.sum(), 1e-12)))


def _draw(
    sources: _Sources,
    category: str,
    m: int,
    month: LocalMonth,
    n: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the incidents of one category and month."""
    chance = _chance_of_hot_spots(category, m, sources.hot_spots)
    n_each = rng.multinomial(n, np.append(chance, max(0.0, 1 - chance.sum())))
    sampler = HourSampler(month)
    usual = usual_week(category)
    point = sources.points(category, int(n_each[-1]), rng)
    xy = [sources.streets.xy[point] + rng.normal(0, 16, size=(len(point), 2))]
    happened = [sampler.draw(usual, len(point), rng=rng)]
    for h, n_here in zip(sources.hot_spots, n_each[:-1].tolist(), strict=True):
        if n_here:
            n_planted = int(rng.binomial(n_here, h.hours_share))
            xy.append(h.scattered(np.full(n_here, m), rng=rng))
            happened.append(sampler.draw(planted_week(h.hours), n_planted, rng=rng))
            happened.append(sampler.draw(usual, n_here - n_planted, rng=rng))
    place = np.round(np.concatenate(xy), 1)
    return pd.DataFrame(
        {
            "category": category,
            "month": m,
            "hot_spot": np.concatenate([np.full(n_each[-1], -1), np.repeat(np.arange(len(chance)), n_each[:-1])]),
            "x": place[:, 0],
            "y": place[:, 1],
            "happened": np.concatenate(happened).astype("datetime64[s]"),
        }
    )


def _with_repeats(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Move a part of the background near an earlier incident of its category and month, within days of it."""
    frame = frame.copy()
    for category, share in _REPEATS.items():
        for _, rows in frame[(frame["category"] == category) & (frame["hot_spot"] < 0)].groupby("month"):
            n = round(share * len(rows))
            picked = rng.permutation(len(rows))[: 2 * n]
            child, parent = rows.index[picked[:n]], rows.index[picked[n : 2 * n]]
            n = min(len(child), len(parent))
            child, parent = child[:n], parent[:n]
            later = (rng.exponential(3 * 1440, size=n)).astype("timedelta64[m]").astype("timedelta64[s]")
            when = frame.loc[parent, "happened"].to_numpy() + later
            near = frame.loc[parent, ["x", "y"]].to_numpy() + rng.normal(0, 55, size=(n, 2))
            stays = when.astype("datetime64[M]") == frame.loc[parent, "happened"].to_numpy().astype("datetime64[M]")
            frame.loc[child[stays], ["x", "y"]] = np.round(near[stays], 1)
            frame.loc[child[stays], "happened"] = when[stays]
    return frame


def _with_strays(frame: pd.DataFrame, streets: Streets, rng: np.random.Generator) -> pd.DataFrame:
    """Move a few of the background over the border: a force records some incidents on its neighbour's ground."""
    frame = frame.copy()
    outside = np.flatnonzero(streets.area < 0)
    background = np.flatnonzero(frame["hot_spot"].to_numpy() < 0)
    moved = rng.choice(background, size=max(2, round(_OUTSIDE_SHARE * len(frame))), replace=False)
    at = outside[rng.integers(len(outside), size=len(moved))]
    frame.loc[moved, ["x", "y"]] = np.round(streets.xy[at] + rng.normal(0, 12, size=(len(moved), 2)), 1)
    return frame
