"""What every step of a refresh is given: the settings, the month, the loads of the run, and its random numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

import db.read
import db.results
import db.summaries
from domain.areas import GeographyKey
from domain.months import LocalMonth, month_range
from domain.progress import Progress, no_progress
from redzones.place_inputs import place_inputs

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from db.segment_models import ModelInForce
    from profiles.results import ProfileResult
    from redzones.place_inputs import PlaceInputs
    from redzones.settings import Settings

__all__ = [
    "Step",
    "Work",
    "area_counts",
    "counted_months",
    "people_values",
    "places_and_counts",
    "profiles_so_far",
]

Kept = TypeVar("Kept")

_HISTORY_MONTHS = 60


@dataclass(frozen=True)
class Work:
    """
    What every step may read: the settings, the month, the loads of this run, and where it stands.

    `segments` are those in force, in which areas are placed; None where this run makes the first ones.
    """

    settings: Settings
    month: LocalMonth
    run_id: int
    fingerprint: str
    load_ids: tuple[int, ...]
    progress: Progress = field(default=no_progress)
    segments: ModelInForce | None = None
    _read: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, name: str, read: Callable[[], Kept]) -> Kept:
        """
        Return what several steps read, from the database the first time; nobody may change it.

        Parameters
        ----------
        name
            What it is.
        read
            Reads it.
        """
        if name not in self._read:
            self._read[name] = read()
        kept: Kept = self._read[name]
        return kept

    def forget(self) -> None:
        """Let go of what was read, once no step needs it."""
        self._read.clear()

    @property
    def small_area(self) -> GeographyKey:
        """Geography of the small areas."""
        return GeographyKey.parse(self.settings.geography.small_area)

    @property
    def patrol(self) -> GeographyKey:
        """Geography that is patrolled."""
        return GeographyKey.parse(self.settings.geography.patrol)

    @property
    def unit(self) -> GeographyKey:
        """Geography of the policing units."""
        return GeographyKey.parse(self.settings.geography.policing_unit)

    @property
    def history(self) -> LocalMonth:
        """First month that any step reads."""
        return self.month.shift(1 - _HISTORY_MONTHS)

    def rng(self, name: str) -> np.random.Generator:
        """Return the generator of one step: the setting `seed` and the step's name decide it."""
        return np.random.default_rng([self.settings.seed, *hashlib.sha256(name.encode()).digest()[:8]])


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its name, the settings it reads, the steps it builds on, and the work."""

    name: str
    sections: tuple[str, ...]
    after: tuple[str, ...]
    work: Callable[[Connection, Work], dict[str, Any]]


def area_counts(connection: Connection, work: Work) -> pd.DataFrame:
    """Return the counted incidents per small area, month and category over the history."""
    read = partial(
        db.read.area_counts,
        connection,
        geography=work.small_area,
        load_ids=work.load_ids,
        first=work.history,
        last=work.month,
        sources=work.settings.incidents.counted_sources,
    )
    return work.once("area counts", read).copy(deep=False)


def people_values(connection: Connection, work: Work) -> pd.DataFrame:
    """Return every figure about the people of the small areas."""
    read = partial(db.read.people_values, connection, work.small_area, work.load_ids)
    return work.once("people", read).copy(deep=False)


def profiles_so_far(connection: Connection, work: Work) -> ProfileResult | None:
    """Return the profiles of this run, for the steps after them."""
    found = work.once("profiles", partial(db.results.read_profiles, connection, work.run_id))
    return None if found is None else replace(found, metrics=found.metrics.copy(deep=False))


def places_and_counts(connection: Connection, work: Work, *, first: LocalMonth | None = None) -> PlaceInputs:
    """
    Return what the hot-spot room is given: places, counts and kinds of the counted sources.

    Parameters
    ----------
    connection
        Connection to an upgraded database.
    work
        The work of this run.
    first
        First month of the counts, within the history; its first month by default.
    """
    read = partial(place_inputs, connection, work.settings, load_ids=work.load_ids, first=work.history, last=work.month)
    kept = work.once("places and counts", read)
    counts = kept["place_counts"]
    if first is not None:
        counts = counts[counts["month_index"] >= first.index].reset_index(drop=True)
    return {
        "places": kept["places"].copy(deep=False),
        "place_counts": counts.copy(deep=False),
        "kinds": kept["kinds"].copy(deep=False),
    }


def counted_months(connection: Connection, work: Work) -> frozenset[int]:
    """Return the months of the history of which a counted source is loaded."""
    by_source = db.summaries.months_by_source(connection, work.load_ids)
    counted = work.settings.incidents.counted_sources or tuple(by_source)
    window = {m.index for m in month_range(work.history, work.month)}
    return frozenset(m for source in counted for m in by_source[source]) & window
