"""
What the people of Demoshire think, and how a survey asks them.

Confidence is planted by ward: its standard deviation between wards is six points, half of its variance follows hardship
and age, the other half nothing that is measured (with heavier tails than a normal distribution). Interviews are taken
at ten sampling points in each sampled ward, whose people resemble each other; one adult of a household is drawn, so
design weights differ; young people answer less often. Together the design effect is about 1.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from redzones.demoshire.county import County
from redzones.demoshire.people import TABLES, People

__all__ = ["CHANNELS", "PRIORITIES", "WAVE_MEANS", "Opinion", "interview", "plant_opinion"]

#: Planted share of the county who are confident, wave by wave.
WAVE_MEANS = (0.52, 0.49, 0.54)
#: Planted standard deviation between wards, as a share, and the part of its square that hardship and age explain.
BETWEEN_WARD_SD, EXPLAINED = 0.06, 0.5

_OTHER_MEANS = {"worry_asb": 0.31, "perceived_asb": 0.24, "informed": 0.46}
_AGE_EFFECT = np.array([-0.05, -0.03, 0.0, 0.02, 0.03])
_RESPONDS = np.array([0.50, 0.70, 0.90, 1.10, 1.30])
_ADULTS_IN_HOUSEHOLD = np.array([0.34, 0.50, 0.11, 0.05])
_POINT_SD = 0.085
_PER_POINT = 5
_SKIPPED_EVERY = 10
PRIORITIES = (
    "Antisocial behaviour", "Speeding and parking", "Burglary", "Drug dealing", "Criminal damage and arson",
    "Shoplifting", "Something else",
)  # fmt: skip
_PRIORITY_SHARES = np.array([0.28, 0.24, 0.15, 0.13, 0.08, 0.05, 0.07])
CHANNELS = ("Email or newsletter", "Social media", "Letter or leaflet", "Public meeting", "Officer on the street")
_CHANNEL_SHARES = np.array(
    [
        [0.14, 0.58, 0.04, 0.06, 0.18], [0.24, 0.46, 0.06, 0.06, 0.18], [0.35, 0.30, 0.09, 0.08, 0.18],
        [0.36, 0.16, 0.18, 0.12, 0.18], [0.22, 0.06, 0.34, 0.16, 0.22],
    ]
)  # fmt: skip
_ETHNIC_GROUPS = (
    "Asian, Asian British or Asian Welsh", "Black, Black British, Black Welsh, Caribbean or African",
    "Mixed or Multiple ethnic groups", "White", "Other ethnic group",
)  # fmt: skip
_TENURES = ("Owned", "Social rented", "Private rented")


@dataclass(frozen=True, slots=True)
class Opinion:
    """
    What is planted; every array over wards is in the order of the county's wards.

    Parameters
    ----------
    agree
        By question: true share of adults who agree, shape (n_waves, n_wards).
    priorities
        True share of each priority, shape (n_wards, n_priorities).
    is_sampled
        Whether the survey goes to the ward at all.
    """

    agree: dict[str, NDArray[np.float64]]
    priorities: NDArray[np.float64]
    is_sampled: NDArray[np.bool_]


def plant_opinion(county: County, people: People, *, rng: np.random.Generator) -> Opinion:
    """Plant what the adults of each ward think in each wave."""
    of_area, n_wards = county.wards.of_area, len(county.wards.codes)
    residents = np.bincount(of_area, weights=people.residents, minlength=n_wards)
    hardship = np.bincount(of_area, weights=people.residents * people.level, minlength=n_wards) / residents
    old = np.bincount(of_area, weights=people.ages[:, 5], minlength=n_wards) / residents
    known = _standard(0.6 * _standard(old) - 0.8 * _standard(hardship))
    own = _standard(rng.standard_t(6, n_wards))
    own = _standard(own - known * float(np.mean(own * known)))
    effect = np.sqrt(EXPLAINED) * known + np.sqrt(1 - EXPLAINED) * own
    agree = {"confidence": np.array([mean + BETWEEN_WARD_SD * effect for mean in WAVE_MEANS])}
    for name, mean in _OTHER_MEANS.items():
        sign = 1.0 if name == "informed" else -1.0
        mixed = _standard(0.6 * sign * effect + 0.8 * rng.standard_normal(n_wards))
        agree[name] = np.array([mean + 0.055 * mixed for _ in WAVE_MEANS])
    drawn = rng.standard_gamma(60 * np.broadcast_to(_PRIORITY_SHARES, (n_wards, len(PRIORITIES))))
    is_sampled = np.arange(n_wards) % _SKIPPED_EVERY != _SKIPPED_EVERY // 2
    agree = {name: np.clip(shares, 0.03, 0.97) for name, shares in agree.items()}
    return Opinion(agree, drawn / drawn.sum(axis=1, keepdims=True), is_sampled)


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / values.std())


def interview(
    opinion: Opinion, county: County, people: People, *, wave: int, per_ward: int, rng: np.random.Generator
) -> pd.DataFrame:
    """
    Draw the respondents of one wave.

    Returns
    -------
    DataFrame
        `lsoa`, `ward` (position), `stratum`, `point`, `adults` (of the household: the design weight), positions of
        `age`, `sex`, `ethnicity` and `tenure`, the 0/1 answers `confidence`, `worry_asb`, `perceived_asb`, `informed`,
        and positions of `priority` and `channel`.
    """
    wards = np.flatnonzero(opinion.is_sampled)
    n_points = max(2, round(per_ward / _PER_POINT))
    ward = np.repeat(wards, per_ward)
    point = np.tile(np.arange(per_ward) * n_points // per_ward, len(wards))
    serial = np.repeat(np.arange(len(wards)), per_ward) * n_points + point
    area = _areas_of_points(county, people, wards, n_points, rng)[serial]
    adult_ages = people.ages[:, 1:] / people.ages[:, 1:].sum(axis=1, keepdims=True)
    age = _draw(adult_ages[area] * _RESPONDS, rng)
    ward_ages = np.zeros((len(county.wards.codes), len(_AGE_EFFECT)))
    np.add.at(ward_ages, county.wards.of_area, people.ages[:, 1:])
    expected = (ward_ages / ward_ages.sum(axis=1, keepdims=True)) @ _AGE_EFFECT
    mood = rng.normal(0, _POINT_SD, (len(wards) * n_points))[serial]
    found: dict[str, NDArray[np.int64]] = {}
    for name, shares in opinion.agree.items():
        sign = -1.0 if name in {"worry_asb", "perceived_asb"} else 1.0
        chance = shares[wave][ward] + sign * (_AGE_EFFECT[age] - expected[ward] + mood)
        found[name] = (rng.random(len(ward)) < np.clip(chance, 0.01, 0.99)).astype(np.int64)
    return pd.DataFrame(
        {
            "lsoa": np.array(county.area_codes, dtype=object)[area], "ward": ward,
            "stratum": np.array(county.wards.codes, dtype=object)[ward], "point": serial + 1,
            "adults": 1 + _draw(np.broadcast_to(_ADULTS_IN_HOUSEHOLD, (len(ward), 4)), rng), "age": age,
            "sex": (rng.random(len(ward)) < 0.47).astype(np.int64),
            "ethnicity": _draw(_parts("ts021", _ETHNIC_GROUPS, people)[area], rng),
            "tenure": _draw(_parts("ts054", _TENURES, people)[area], rng), **found,
            "priority": _draw(opinion.priorities[ward], rng), "channel": _draw(_CHANNEL_SHARES[age], rng),
        }
    )  # fmt: skip


def _areas_of_points(
    county: County, people: People, wards: NDArray[np.int64], n_points: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the small area of each sampling point: drawn by residents among those of its ward."""
    found = []
    for ward in wards:
        mine = np.flatnonzero(county.wards.of_area == ward)
        weight = people.residents[mine] / people.residents[mine].sum()
        found.append(rng.choice(mine, size=n_points, p=weight))
    return np.concatenate(found).astype(np.int64)


def _parts(number: str, categories: tuple[str, ...], people: People) -> NDArray[np.float64]:
    table = next(t for t in TABLES if t.number == number)
    counts = people.counts[number][:, [table.categories.index(c) for c in categories]]
    return np.asarray(counts + 0.5, dtype=np.float64)


def _draw(weights: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one position from each row of weights."""
    cumulated = np.cumsum(weights, axis=1)
    return np.asarray((rng.random(len(weights))[:, None] * cumulated[:, -1:] > cumulated).sum(axis=1), dtype=np.int64)
