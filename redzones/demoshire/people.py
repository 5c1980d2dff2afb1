"""
The people of Demoshire: six planted kinds of community, and the census and deprivation figures that they leave.

A kind of community (a *group*) is planted by place: estates and student quarters are compact, villages lie between the
towns. Each area's counts are drawn from a multinomial whose shares are the group's, blurred by a Dirichlet draw, so
areas of one group differ and groups overlap. The counts are then perturbed by small amounts, as a census office does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from redzones.demoshire.county import County

__all__ = ["AGE_GROUPS", "DOMAINS", "GROUPS", "TABLES", "CensusTable", "People", "deprivation", "make_people"]

#: Planted groups, in the order of every table of shares below.
GROUPS = ("town_centre_flats", "student_quarter", "estates", "new_suburbs", "established_suburbs", "villages")

_MEAN_RESIDENTS = (1500, 1650, 1700, 1750, 1550, 1500)
_ADULT_SHARE = (0.88, 0.96, 0.77, 0.74, 0.82, 0.84)
_PEOPLE_PER_HOUSEHOLD = (1.75, 2.5, 2.4, 2.65, 2.3, 2.35)
_MISFIT_SHARE = 0.06
_NATIONAL_AREAS = 33_755


@dataclass(frozen=True, slots=True)
class CensusTable:
    """
    One census table in the bulk layout.

    Parameters
    ----------
    number
        Publisher's number, such as `ts045`.
    topic
        The words before the colon of each column.
    total
        Name of the total.
    population
        Whose counts they are: `residents`, `adults` or `households`.
    categories
        Columns, in the publisher's order. A category `A: B` is a part of the category `A`.
    shares
        Share of each lowest category by group, in the order of `GROUPS`; scaled to add to one.
    spread
        Concentration of the Dirichlet draw: the smaller, the more areas of one group differ.
    """

    number: str
    topic: str
    total: str
    population: str
    categories: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]
    spread: float = 120.0

    def parts(self) -> tuple[str, ...]:
        """Return the lowest categories: those that no other category is a part of."""
        return tuple(c for c in self.categories if not any(o.startswith(f"{c}: ") for o in self.categories))


_CARS = CensusTable(
    "ts045",
    "Number of cars or vans",
    "Total: All households",
    "households",
    (
        "No cars or vans in household",
        "1 car or van in household",
        "2 cars or vans in household",
        "3 or more cars or vans in household",
    ),
    ((48, 41, 9, 2), (45, 37, 12, 6), (34, 44, 17, 5), (7, 40, 42, 11), (14, 45, 32, 9), (6, 34, 41, 19)),
)
_NS_SEC = CensusTable(
    "ts062",
    "National Statistics Socio-economic Classification (NS-SEC)",
    "Total: All usual residents aged 16 years and over",
    "adults",
    (
        "L1, L2 and L3 Higher managerial, administrative and professional occupations",
        "L4, L5 and L6 Lower managerial, administrative and professional occupations",
        "L7 Intermediate occupations",
        "L8 and L9 Small employers and own account workers",
        "L10 and L11 Lower supervisory and technical occupations",
        "L12 Semi-routine occupations",
        "L13 Routine occupations",
        "L14.1 and L14.2 Never worked and long-term unemployed",
        "L15 Full-time students",
    ),
    (
        (12, 19, 11, 8, 6, 14, 17, 8, 5),
        (8, 13, 8, 5, 3, 9, 9, 6, 39),
        (5, 13, 11, 8, 7, 18, 21, 12, 5),
        (20, 25, 14, 8, 5, 9, 8, 3, 8),
        (14, 22, 14, 11, 6, 13, 12, 4, 4),
        (19, 22, 11, 19, 5, 9, 8, 2, 5),
    ),
)
_QUALIFICATIONS = CensusTable(
    "ts067",
    "Highest level of qualification",
    "Total: All usual residents aged 16 years and over",
    "adults",
    (
        "No qualifications",
        "Level 1 and entry level qualifications",
        "Level 2 qualifications",
        "Apprenticeship",
        "Level 3 qualifications",
        "Level 4 qualifications and above",
        "Other qualifications",
    ),
    (
        (20, 11, 14, 5, 15, 31, 4),
        (9, 6, 9, 2, 37, 34, 3),
        (31, 14, 16, 6, 15, 15, 3),
        (9, 8, 13, 6, 17, 45, 2),
        (18, 11, 15, 7, 16, 31, 2),
        (13, 8, 13, 6, 15, 43, 2),
    ),
)
_TENURE = CensusTable(
    "ts054",
    "Tenure of household",
    "Total: All households",
    "households",
    (
        "Owned",
        "Owned: Owns outright",
        "Owned: Owns with a mortgage or loan",
        "Shared ownership",
        "Shared ownership: Shared ownership",
        "Social rented",
        "Social rented: Rents from council or Local Authority",
        "Social rented: Other social rented",
        "Private rented",
        "Private rented: Private landlord or letting agency",
        "Private rented: Other private rented",
        "Lives rent free",
    ),
    (
        (14, 14, 1.5, 10, 12, 44, 4, 0.3),
        (12, 11, 0.5, 5, 8, 58, 5, 0.3),
        (15, 19, 1, 23, 26, 14, 2, 0.2),
        (22, 56, 2.5, 2, 5, 11, 1.5, 0.1),
        (45, 33, 0.5, 4, 5, 11, 1.5, 0.1),
        (49, 31, 0.5, 3, 4, 10, 3, 0.4),
    ),
    spread=70.0,
)
_ETHNICITY = CensusTable(
    "ts021",
    "Ethnic group",
    "Total: All usual residents",
    "residents",
    (
        "Asian, Asian British or Asian Welsh",
        "Asian, Asian British or Asian Welsh: Bangladeshi",
        "Asian, Asian British or Asian Welsh: Chinese",
        "Asian, Asian British or Asian Welsh: Indian",
        "Asian, Asian British or Asian Welsh: Pakistani",
        "Asian, Asian British or Asian Welsh: Other Asian",
        "Black, Black British, Black Welsh, Caribbean or African",
        "Black, Black British, Black Welsh, Caribbean or African: African",
        "Black, Black British, Black Welsh, Caribbean or African: Caribbean",
        "Black, Black British, Black Welsh, Caribbean or African: Other Black",
        "Mixed or Multiple ethnic groups",
        "Mixed or Multiple ethnic groups: White and Asian",
        "Mixed or Multiple ethnic groups: White and Black African",
        "Mixed or Multiple ethnic groups: White and Black Caribbean",
        "Mixed or Multiple ethnic groups: Other Mixed or Multiple ethnic groups",
        "White",
        "White: English, Welsh, Scottish, Northern Irish or British",
        "White: Irish",
        "White: Gypsy or Irish Traveller",
        "White: Roma",
        "White: Other White",
        "Other ethnic group",
        "Other ethnic group: Arab",
        "Other ethnic group: Any other ethnic group",
    ),
    (
        (0.7, 1, 1.5, 1.2, 1.3, 2, 0.5, 0.4, 0.7, 0.4, 0.7, 0.6, 81, 0.9, 0.1, 0.3, 6, 0.4, 0.8),
        (0.7, 4, 2.5, 1.2, 2.0, 3, 0.5, 0.4, 0.9, 0.5, 0.7, 0.8, 75, 1.0, 0.1, 0.2, 5, 0.8, 0.9),
        (0.5, 0.4, 0.8, 0.9, 0.8, 1.5, 0.5, 0.3, 0.5, 0.4, 0.8, 0.5, 88, 0.6, 0.1, 0.2, 3, 0.2, 0.4),
        (0.4, 0.9, 2.0, 0.8, 0.9, 1.0, 0.3, 0.2, 0.9, 0.2, 0.5, 0.5, 87, 0.8, 0.0, 0.1, 3, 0.2, 0.4),
        (0.3, 0.5, 0.9, 0.6, 0.5, 0.5, 0.3, 0.1, 0.5, 0.2, 0.5, 0.4, 92, 0.8, 0.1, 0.1, 2, 0.1, 0.3),
        (0.1, 0.3, 0.3, 0.2, 0.2, 0.2, 0.1, 0.1, 0.4, 0.1, 0.2, 0.3, 95, 0.7, 0.2, 0.0, 1.5, 0.1, 0.2),
    ),
    spread=60.0,
)
#: The tables, in the order in which they are written.
TABLES = (_ETHNICITY, _CARS, _TENURE, _NS_SEC, _QUALIFICATIONS)

#: Age groups of the long table; the shares of each group of `GROUPS`.
AGE_GROUPS = (
    "Aged 15 years and under",
    "Aged 16 to 24 years",
    "Aged 25 to 34 years",
    "Aged 35 to 49 years",
    "Aged 50 to 64 years",
    "Aged 65 years and over",
)
_AGE_SHARES = (
    (12, 15, 26, 21, 15, 11),
    (5, 49, 19, 12, 9, 6),
    (23, 12, 14, 19, 18, 14),
    (25, 8, 15, 27, 16, 9),
    (16, 9, 10, 18, 22, 25),
    (15, 8, 7, 17, 27, 26),
)

#: Domains of the Indices of Deprivation: weight of the area's own level, of chance, of crime; then middle and scale of
#: the domain's score.
DOMAINS: dict[str, tuple[float, float, float, float, float]] = {
    "Income": (0.92, 0.35, 0.0, 0.16, 0.10),
    "Employment": (0.90, 0.40, 0.0, 0.11, 0.06),
    "Education": (0.85, 0.50, 0.0, 18.0, 13.0),
    "Health": (0.80, 0.55, 0.0, 0.0, 0.85),
    "Crime": (0.45, 0.55, 0.65, 0.0, 0.80),
    "Housing_and_Services": (-0.35, 0.90, 0.0, 18.0, 9.0),
    "Environment": (0.30, 0.90, 0.0, 19.0, 13.0),
}
_LEVEL = (0.75, 0.20, 1.30, -0.85, -0.25, -0.70)


@dataclass(frozen=True, slots=True)
class People:
    """
    Who lives in each area; every array over areas is in the order of `County.area_codes`.

    Parameters
    ----------
    group
        Position of each area's planted group in `GROUPS`, shape (n_areas,).
    residents
        True residents of each area.
    counts
        Published counts by table number: shape (n_areas, n_categories), perturbed.
    totals
        Published total of each table: the sum of its lowest categories.
    ages
        Published residents by age group, shape (n_areas, 6).
    level
        Planted level of hardship, standardised over the nation.
    """

    group: NDArray[np.int64]
    residents: NDArray[np.int64]
    counts: dict[str, NDArray[np.int64]]
    totals: dict[str, NDArray[np.int64]]
    ages: NDArray[np.int64]
    level: NDArray[np.float64]


def make_people(county: County, *, rng: np.random.Generator) -> People:
    """Plant the groups and draw the tables."""
    group = _plant_groups(county, rng)
    residents = np.maximum(1000, rng.normal(np.array(_MEAN_RESIDENTS)[group], 240)).round().astype(np.int64)
    adults = rng.binomial(residents, np.array(_ADULT_SHARE)[group])
    households = np.round(residents / (np.array(_PEOPLE_PER_HOUSEHOLD)[group] * rng.normal(1, 0.05, len(group))))
    people = {"residents": residents, "adults": adults, "households": households.astype(np.int64)}
    counts, totals = {}, {}
    for table in TABLES:
        drawn = _draw(np.array(table.shares), group, people[table.population], spread=table.spread, rng=rng)
        counts[table.number] = _with_parents(table, drawn)
        totals[table.number] = drawn.sum(axis=1)
    return People(
        group=group,
        residents=residents,
        counts=counts,
        totals=totals,
        ages=_draw(np.array(_AGE_SHARES), group, residents, spread=120.0, rng=rng),
        level=np.array(_LEVEL)[group] + 0.35 * rng.standard_normal(len(group)),
    )


def _plant_groups(county: County, rng: np.random.Generator) -> NDArray[np.int64]:
    """Plant groups by place: centres, one student quarter, estates in patches, new suburbs on the fringe."""
    away = county.distance_in_town()
    group = np.full(len(away), GROUPS.index("established_suburbs"))
    fringe = (away > 0.72) & (away < 2) & _patches(county, 0.55, per_town_areas=9, rng=rng)
    group[fringe] = GROUPS.index("new_suburbs")
    estates = (away > 0.35) & (away < 2) & _patches(county, 0.36, per_town_areas=12, rng=rng)
    group[estates] = GROUPS.index("estates")
    group[away < 0.27] = GROUPS.index("town_centre_flats")
    group[_student_quarter(county)] = GROUPS.index("student_quarter")
    group[county.area_town < 0] = GROUPS.index("villages")
    misfit = (rng.random(len(group)) < _MISFIT_SHARE) & (county.area_town >= 0)
    group[misfit] = rng.choice([2, 3, 4], size=int(misfit.sum()))
    return group.astype(np.int64)


def _patches(county: County, reach: float, *, per_town_areas: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the areas near randomly placed patch centres; `reach` is in radii of the town."""
    inside = np.zeros(len(county.area_codes), dtype=bool)
    for i, town in enumerate(county.towns):
        mine = np.flatnonzero(county.area_town == i)
        n = max(1, round(town.n_areas / per_town_areas))
        scale = reach * town.radius_m / np.sqrt(max(1.0, n / 2))
        for centre in county.area_xy[rng.choice(mine, size=min(n, len(mine)), replace=False)]:
            inside[mine] |= np.hypot(*(county.area_xy[mine] - centre).T) < scale
    return inside


def _student_quarter(county: County) -> NDArray[np.int64]:
    """Return the areas of the student quarter: east of the centre of the second town."""
    town = county.towns[1]
    campus = np.array([town.x + 0.42 * town.radius_m, town.y + 0.1 * town.radius_m])
    mine = np.flatnonzero(county.area_town == 1)
    near = np.argsort(np.hypot(*(county.area_xy[mine] - campus).T), kind="stable")
    return mine[near[: max(2, round(0.2 * town.n_areas))]]


def _draw(
    shares: NDArray[np.float64],
    group: NDArray[np.int64],
    totals: NDArray[np.int64],
    *,
    spread: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw counts of shape (n_areas, n_parts): Dirichlet around the group's shares, multinomial, perturbation."""
    typical = shares / shares.sum(axis=1, keepdims=True)
    blurred = rng.standard_gamma(typical[group] * spread + 1e-6)
    counts = rng.multinomial(totals, blurred / blurred.sum(axis=1, keepdims=True))
    moved = rng.integers(-2, 3, size=counts.shape) * (rng.random(counts.shape) < 0.35)
    return np.asarray(np.maximum(0, counts + moved * (counts > 0)), dtype=np.int64)


def _with_parents(table: CensusTable, drawn: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the counts of every category: a parent category is the sum of its parts."""
    parts = table.parts()
    columns = [
        drawn[:, [i for i, part in enumerate(parts) if part == c or part.startswith(f"{c}: ")]].sum(axis=1)
        for c in table.categories
    ]
    return np.column_stack(columns)


def deprivation(
    people: People, crime_level: NDArray[np.float64], *, rng: np.random.Generator
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """
    Return score, national rank and decile of each domain and of the whole index.

    Parameters
    ----------
    people
        The people, whose planted level drives the domains.
    crime_level
        Standardised level of recorded crime and ASB of each area, which enters the Crime domain only.
    rng
        Source of chance.

    Returns
    -------
    dict
        By domain (`IMD` first): `score`, `rank` (1 = most deprived of 33,755) and `decile`, each of shape (n_areas,).
    """
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    overall = np.zeros(len(people.group))
    for name, (own, chance, crime, middle, scale) in DOMAINS.items():
        z = own * people.level + chance * rng.standard_normal(len(overall)) + crime * crime_level
        overall += z * {"Income": 0.225, "Employment": 0.225, "Education": 0.135, "Health": 0.135}.get(name, 0.093)
        found[name] = _figures(z, middle=middle, scale=scale, is_positive=name not in {"Health", "Crime"})
    whole = _figures(overall / 0.85, middle=20.0, scale=13.0, is_positive=True)
    return {"IMD": whole, **found}


def _figures(
    z: NDArray[np.float64], *, middle: float, scale: float, is_positive: bool
) -> dict[str, NDArray[np.float64]]:
    """Return score, rank and decile of a standardised level; positive scores are skewed as the published ones are."""
    score = middle * np.exp(z * scale / middle) if is_positive else middle + scale * z
    place = np.empty(len(z), dtype=np.int64)
    place[np.argsort(-z, kind="stable")] = np.arange(1, len(z) + 1)
    rank = np.floor(ndtr(-z) * (_NATIONAL_AREAS - len(z))).astype(np.int64) + place  # distinct, as national ranks are
    return {"score": score.round(3), "rank": rank.astype(float), "decile": np.ceil(10 * rank / _NATIONAL_AREAS)}
