"""Three Mills: a small planted county with three kinds of community, half of each kind of place busy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from domain.areas import PeopleVariable

LAST = 2025 * 12 + 11

#: Share of each group: cars, private renting, students, retired, and a near-copy of cars.
_SHARES = np.array([[0.10, 0.12, 0.04, 0.35], [0.45, 0.15, 0.08, 0.15], [0.15, 0.50, 0.20, 0.12]])
_NAMES = ("households_no_car", "tenure_private_rented", "work_students", "age_65_over")


@dataclass(frozen=True)
class Planted:
    """The county's tables, with the truth that was planted in them."""

    people: pd.DataFrame
    variables: tuple[PeopleVariable, ...]
    area_counts: pd.DataFrame
    kinds: pd.DataFrame
    group: pd.Series
    is_busy: pd.Series

    @property
    def inputs(self) -> dict[str, object]:
        """Return the options of `find_segments` that are data."""
        return {
            "people": self.people,
            "variables": self.variables,
            "area_counts": self.area_counts,
            "kinds": self.kinds,
            "last_month_index": LAST,
        }


def _variables() -> tuple[PeopleVariable, ...]:
    shares = [PeopleVariable(name, name.replace("_", " "), name, "share", "TS", "2021") for name in _NAMES]
    return (
        PeopleVariable("residents", "Usual residents", "residents", "count", "TS", "2021", forms_segments=False),
        *shares,
        PeopleVariable("two_cars", "Two cars", "cars", "share", "TS", "2021"),
        PeopleVariable("imd_score", "Deprivation", "deprivation", "score", "IoD", "2025", forms_segments=False),
    )


def make_county(seed: int = 3, n_per_group: int = 60) -> Planted:
    rng = np.random.default_rng(seed)
    n = 3 * n_per_group
    codes = np.array([f"E{i:03d}" for i in range(n)], dtype=object)
    group = np.repeat([0, 1, 2], n_per_group)
    households = rng.integers(500, 700, n)
    logits = np.log(_SHARES / (1 - _SHARES))[group] + rng.normal(0, 0.25, (n, len(_NAMES)))
    share = 1 / (1 + np.exp(-logits))
    rows = [("residents", rng.integers(1200, 1800, n), np.nan)]
    rows += [(name, rng.binomial(households, share[:, i]), households) for i, name in enumerate(_NAMES)]
    rows.append(("two_cars", np.round(0.8 * (households - rows[1][1])), households))
    rows.append(("imd_score", rng.uniform(1, 60, n), np.nan))
    people = pd.concat(
        [
            pd.DataFrame({"area_code": codes, "variable": name, "numerator": above, "denominator": below})
            for name, above, below in rows
        ],
        ignore_index=True,
    ).astype({"numerator": float, "denominator": float})
    is_busy = np.arange(n) % 2 == 0
    counts = [
        pd.DataFrame({"area_code": codes, "month_index": LAST - age, "kind_id": kind, "n": rng.poisson(mean)})
        for age in range(12)
        for kind, mean in ((1, np.where(is_busy, 5.0, 0.7)), (2, np.where(is_busy, 9.0, 2.0)))
    ]
    counts = pd.concat(counts, ignore_index=True).query("n > 0").assign(is_officer_generated=False)
    kinds = pd.DataFrame(
        {
            "kind_id": [1, 2],
            "source": "police.uk street",
            "category": ["Anti-social behaviour", "Shoplifting"],
            "kind": ["asb", "minor_crime"],
            "is_street": [True, False],
            "is_officer_generated": False,
            "weight": 1.0,
        }
    )
    return Planted(people, _variables(), counts, kinds, pd.Series(group, index=codes), pd.Series(is_busy, index=codes))


@pytest.fixture(scope="session")
def county() -> Planted:
    """Return Three Mills."""
    return make_county()
