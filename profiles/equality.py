"""
The equality report: whose streets the Red Zones lie in, against who lives in the force and where reports come from.

It only reports. It runs when the zones are placed, and nothing of it is read by anything that places a zone or a visit
(design rule 9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import FigureState

__all__ = ["DIMENSIONS", "EQUALITY_COLUMNS", "INCOME", "EqualityReport", "equality_shares", "income_fifths"]

Floats = NDArray[np.float64]

_RESAMPLES = 2_000
_FIFTHS = 5

#: Name of the variable whose fifths are compared: the Income domain, for the whole index contains recorded crime.
INCOME = "income_deprivation"

#: What is compared: plain words, and the People variables whose shares are the groups.
DIMENSIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ethnic group": (
        "Ethnic group", ("ethnic_asian", "ethnic_black", "ethnic_mixed", "ethnic_white", "ethnic_other"),
    ),
    "age": (
        "Age", ("age_0_15", "age_16_24", "age_25_34", "age_35_49", "age_50_64", "age_65_over"),
    ),
    "sex": ("Sex", ("female", "male")),
    "religion": (
        "Religion",
        (
            "religion_none", "religion_christian", "religion_buddhist", "religion_hindu", "religion_jewish",
            "religion_muslim", "religion_sikh", "religion_other", "religion_not_stated",
        ),
    ),
    "disability": ("Disability", ("disabled",)),
}  # fmt: skip
_INCOME_DIMENSION = "income fifth"

EQUALITY_COLUMNS = (
    "dimension", "group", "label", "residents_share", "incidents_share", "zone_share", "against_residents",
    "against_residents_lower", "against_residents_upper", "against_incidents", "against_incidents_lower",
    "against_incidents_upper", "hours_share", "hours_against_residents", "hours_lower", "hours_upper", "state", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EqualityReport:
    """
    The equality report of one scoring set.

    Parameters
    ----------
    scoring_set
        `street` or `asb_minor`.
    state
        `ok`; `no_data` where no People data are loaded or there are no zones.
    reason
        Why there is no report; empty otherwise.
    shares
        Columns `EQUALITY_COLUMNS`, a row per group: shares are 0 to 1, differences are shares minus shares with 95 per
        cent intervals. The state of a row is `no_data` where the census table is not loaded.
    price
        The price of fairness, as `hotspots.capped_zones.PRICE_COLUMNS`; empty where it was not computed.
    price_shares
        Shares of zones and reports by fifth and cap, as `hotspots.capped_zones.PRICE_SHARE_COLUMNS`.
    price_reason
        Why there is no price of fairness; empty where there is one.
    notes
        Sentences for the page.
    """

    scoring_set: str
    state: str
    reason: str
    shares: pd.DataFrame
    price: pd.DataFrame = field(default_factory=pd.DataFrame)
    price_shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    price_reason: str = ""
    notes: tuple[str, ...] = ()


def income_fifths(deprivation: Floats, residents: Floats) -> NDArray[np.int64]:
    """
    Cut small areas into fifths of the force's residents by the Income domain.

    Parameters
    ----------
    deprivation
        Share of people in income deprivation by small area, NaN where not known, shape (n_small,).
    residents
        Residents, shape (n_small,).

    Returns
    -------
    array of shape (n_small,)
        1 for the most deprived fifth to 5 for the least; 0 where not known. An area belongs to the fifth in which the
        middle one of its residents lies.

    Examples
    --------
    >>> income_fifths(np.array([0.5, 0.4, 0.3, 0.2, 0.1]), np.ones(5)).tolist()
    [1, 2, 3, 4, 5]
    """
    known = np.isfinite(deprivation) & (residents > 0)
    fifth = np.zeros(len(deprivation), dtype=np.int64)
    if not known.any():
        return fifth
    order = np.flatnonzero(known)[np.argsort(-deprivation[known], kind="stable")]
    upto = np.cumsum(residents[order])
    middle = (upto - residents[order] / 2) / upto[-1]
    fifth[order] = np.minimum((middle * _FIFTHS).astype(np.int64), _FIFTHS - 1) + 1
    return fifth


def equality_shares(
    people: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    area_codes: Sequence[str],
    residents: Floats,
    zone_area: Floats,
    incidents: Floats,
    rng: np.random.Generator,
    zone_hours: Floats | None = None,
) -> pd.DataFrame:
    """
    Compare the shares of groups in the ground of the Red Zones with those among residents and reported incidents.

    Parameters
    ----------
    people
        Table `domain.schemas.PEOPLE_VALUES` of the small areas.
    labels
        Plain words for variables.
    area_codes
        Codes of the small areas, shape (n_small,).
    residents
        Residents of each small area, shape (n_small,).
    zone_area
        Area of each zone in each small area, km2, shape (n_zones, n_small).
    incidents
        Public-reported incidents of the chosen kinds in each small area, shape (n_small,).
    rng
        Draws the resamples.
    zone_hours
        Planned patrol hours of each zone, shape (n_zones,); None where nothing is planned.

    Returns
    -------
    DataFrame
        Columns `EQUALITY_COLUMNS`.

    Notes
    -----
    A piece of ground, an hour or an incident counts for the groups in the proportions of the residents of its small
    area: `share_g = sum_a w_a p_ag / sum_a w_a`. Intervals: zones are drawn anew with replacement 2,000 times; for the
    difference to incidents, the incidents of the small areas too (a multinomial). The census is taken as known.
    """
    groups = _groups(people, labels, np.asarray(area_codes, dtype=object), residents)
    draws = _Draws.made(zone_area, zone_hours, incidents, rng)
    rows: list[dict[str, object]] = []
    for dimension, group, label, share, weight in groups:
        row: dict[str, object] = {"dimension": dimension, "group": group, "label": label}
        if share is None or weight is None:
            rows.append({**row, "state": FigureState.NO_DATA.value, "note": "not loaded"})
        elif not zone_area[:, np.isfinite(share)].any():
            rows.append({**row, "state": FigureState.NO_DATA.value, "note": "not known where the zones lie"})
        else:
            rows.append({**row, **draws.compared(share, weight), "state": FigureState.OK.value, "note": ""})
    return pd.DataFrame(rows, columns=list(EQUALITY_COLUMNS))


_Group = tuple[str, str, str, Floats | None, Floats | None]


def _groups(
    people: pd.DataFrame, labels: Mapping[str, str], area_codes: NDArray[np.object_], residents: Floats
) -> list[_Group]:
    """Return dimension, group, label, the group's share in each small area, and whom that share is of."""
    by_variable = {str(name): rows.set_index("area_code") for name, rows in people.groupby("variable", sort=True)}
    found: list[_Group] = []
    if INCOME in by_variable:
        score = by_variable[INCOME]["numerator"].reindex(area_codes).to_numpy(np.float64)
        fifth = income_fifths(score, residents)
        words = ("most deprived fifth", "second fifth", "middle fifth", "fourth fifth", "least deprived fifth")
        for i, label in enumerate(words, start=1):
            share = np.where(fifth > 0, (fifth == i).astype(np.float64), np.nan)
            found.append((_INCOME_DIMENSION, str(i), label.capitalize(), share, residents))
    else:
        found.append((_INCOME_DIMENSION, "", "Income domain", None, None))
    for dimension, (words_of, variables) in DIMENSIONS.items():
        loaded = [name for name in variables if name in by_variable]
        if not loaded:
            found.append((dimension, "", words_of, None, None))
        for name in loaded:
            aligned = by_variable[name].reindex(area_codes)
            above, below = (aligned[part].to_numpy(np.float64) for part in ("numerator", "denominator"))
            share = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
            found.append((dimension, name, labels.get(name, name), share, np.nan_to_num(below)))
    return found


@dataclass(frozen=True, slots=True)
class _Draws:
    """What is compared by small area: as it is in row 0, then resampled; each of shape (1 + n_resamples, n_small)."""

    ground: Floats
    hours: Floats | None
    incidents: Floats

    @classmethod
    def made(cls, zone_area: Floats, zone_hours: Floats | None, incidents: Floats, rng: np.random.Generator) -> _Draws:
        n_zones = len(zone_area)
        times = rng.multinomial(n_zones, np.full(n_zones, 1 / n_zones), size=_RESAMPLES)
        times = np.vstack([np.ones((1, n_zones)), times])
        whole = zone_area.sum(axis=1, keepdims=True)
        of_zone = np.divide(zone_area, whole, out=np.zeros_like(zone_area), where=whole > 0)
        hours = None if zone_hours is None else (times * zone_hours) @ of_zone
        total = incidents.sum()
        redrawn = (
            rng.multinomial(round(total), incidents / total, size=_RESAMPLES)
            if total > 0
            else np.zeros((_RESAMPLES, len(incidents)))
        )
        return cls(times @ zone_area, hours, np.vstack([incidents, redrawn]))

    def compared(self, share: Floats, residents: Floats) -> dict[str, float]:
        """Return the shares of one group and their differences with intervals."""
        known = np.isfinite(share)
        of_residents = float(share[known] @ residents[known] / residents[known].sum())
        zone, reported = (_weighted(values, share, known) for values in (self.ground, self.incidents))
        row = {"residents_share": of_residents, "incidents_share": reported[0], "zone_share": zone[0]}
        row |= _difference("against_residents", zone - of_residents)
        row |= _difference("against_incidents", zone - reported)
        if self.hours is not None:
            hours = _weighted(self.hours, share, known)
            difference = _difference("hours", hours - of_residents)
            row |= {"hours_share": hours[0], "hours_against_residents": difference.pop("hours"), **difference}
        return row


def _weighted(values: Floats, share: Floats, known: NDArray[np.bool_]) -> Floats:
    of_known = values[:, known]
    total = of_known.sum(axis=1)
    return np.divide(of_known @ share[known], total, out=np.full(len(values), np.nan), where=total > 0)


def _difference(name: str, values: Floats) -> dict[str, float]:
    """Return the difference as it is, and the interval of its resamples."""
    resampled = values[1:][np.isfinite(values[1:])]
    lower, upper = np.quantile(resampled, [0.025, 0.975]) if len(resampled) else (np.nan, np.nan)
    return {name: float(values[0]), f"{name}_lower": float(lower), f"{name}_upper": float(upper)}
