"""What is counted in each small area: the kinds of a profile and of its watch list, this year and the year before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.incidents import WATCH_CATEGORIES, Kind
from domain.months import LocalMonth

__all__ = ["PLACE_KINDS", "PlaceCounts", "Tally", "kind_ids", "read_place_counts"]

#: Kinds that a profile shows, with their plain names.
PLACE_KINDS: Mapping[Kind, str] = MappingProxyType({Kind.ASB: "antisocial behaviour", Kind.MINOR_CRIME: "minor crime"})

_YEAR = 12


@dataclass(frozen=True, slots=True)
class Tally:
    """
    What one kind comes to in every small area.

    Parameters
    ----------
    key, name
        Identifier that begins the names of its metrics; plain words.
    part
        Part of the profile in which it is shown: `place` or `watch`.
    now, before
        Publicly reported incidents of the last 12 months and of the 12 before, shape (n_small,).
    is_stated
        Whether any source has a category of the kind; without one, a nought would say that nothing happened.
    """

    key: str
    name: str
    part: str
    now: NDArray[np.float64]
    before: NDArray[np.float64]
    is_stated: bool = True


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """
    Incidents of the small areas in the last 12 months and the 12 before.

    Parameters
    ----------
    tallies
        The kinds, those of the watch list last.
    reported, officer_generated
        Records of the last 12 months that the public reported, and that police activity made, shape (n_small,).
    n_months
        How many of the last 12 months are loaded.
    n_missing
        How many of the last 24 months are not.
    last_month_index
        Last month.
    sources
        Names of the sources counted.
    """

    tallies: tuple[Tally, ...]
    reported: NDArray[np.float64]
    officer_generated: NDArray[np.float64]
    n_months: int
    n_missing: int
    last_month_index: int
    sources: str

    @property
    def period(self) -> str:
        """The last 12 months, as `2025-01 to 2025-12`."""
        last = LocalMonth(*divmod(self.last_month_index, _YEAR)).shift(1)
        return f"{last.shift(1 - _YEAR)} to {last}"


def kind_ids(kinds: pd.DataFrame, watch: Mapping[str, Sequence[str]]) -> dict[str, NDArray[np.int64]]:
    """
    Return the categories (`kind_id`) of every kind of the profile and of the watch list; none where no source has any.

    Parameters
    ----------
    kinds
        `domain.schemas.KINDS`.
    watch
        Categories of each kind of the watch list, by name; case does not matter.
    """
    category = kinds["category"].str.casefold()
    chosen = {kind.value: kinds["kind"] == kind.value for kind in PLACE_KINDS}
    chosen |= {name: category.isin({c.casefold() for c in categories}) for name, categories in watch.items()}
    return {name: kinds.loc[where, "kind_id"].to_numpy(dtype=np.int64) for name, where in chosen.items()}


def read_place_counts(
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    codes: NDArray[np.object_],
    *,
    last_month_index: int,
    months_available: Collection[int],
    watch: Mapping[str, Sequence[str]] = WATCH_CATEGORIES,
) -> PlaceCounts:
    """
    Sum the incidents of each small area over the last year and the year before.

    Officer-generated records are counted apart: they show where the police are, not what the public report.

    Parameters
    ----------
    area_counts
        `domain.schemas.AREA_COUNTS` of the small areas.
    kinds
        `domain.schemas.KINDS`.
    codes
        Codes of the small areas, shape (n_small,).
    last_month_index
        Last month.
    months_available
        Indices of the months that are loaded, whether or not they hold an incident.
    watch
        Categories of each kind of the watch list.
    """
    ids = kind_ids(kinds, watch)
    frame = area_counts[area_counts["kind_id"].isin(kinds["kind_id"])]
    age = last_month_index - frame["month_index"]
    public = ~frame["is_officer_generated"]
    is_now, is_before = age.between(0, _YEAR - 1), age.between(_YEAR, 2 * _YEAR - 1)

    def total(where: pd.Series) -> NDArray[np.float64]:
        summed = frame.loc[where].groupby("area_code")["n"].sum()
        return np.asarray(summed.reindex(pd.Index(codes), fill_value=0), dtype=np.float64)

    def tally(key: str, name: str, part: str) -> Tally:
        here = public & frame["kind_id"].isin(ids[key])
        return Tally(key, name, part, total(here & is_now), total(here & is_before), is_stated=bool(len(ids[key])))

    # a kind of which no source has a category was not counted: a nought would say that nothing happened
    stated = [kind for kind in PLACE_KINDS if len(ids[kind.value])]
    tallies = [tally(kind.value, PLACE_KINDS[kind], "place") for kind in stated or PLACE_KINDS]
    tallies += [tally(key, key.replace("_", " "), "watch") for key in watch]
    loaded = {last_month_index - month for month in months_available}
    return PlaceCounts(
        tallies=tuple(tallies),
        reported=total(public & is_now),
        officer_generated=total(~public & is_now),
        n_months=len(loaded & set(range(_YEAR))),
        n_missing=2 * _YEAR - len(loaded & set(range(2 * _YEAR))),
        last_month_index=last_month_index,
        sources=", ".join(sorted(set(kinds["source"]))),
    )
