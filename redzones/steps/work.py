"""What every step of a refresh is given: the settings, the month, the loads of the run, and its random numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import db.read
import db.summaries
from domain.areas import GeographyKey
from domain.months import LocalMonth, month_range
from domain.progress import Progress, no_progress

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from db.segment_models import ModelInForce
    from redzones.settings import Settings

__all__ = ["Step", "Work", "area_counts", "counted_months"]

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
    return db.read.area_counts(
        connection,
        geography=work.small_area,
        load_ids=work.load_ids,
        first=work.history,
        last=work.month,
        sources=work.settings.incidents.counted_sources,
    )


def counted_months(connection: Connection, work: Work) -> frozenset[int]:
    """Return the months of the history of which a counted source is loaded."""
    by_source = db.summaries.months_by_source(connection, work.load_ids)
    counted = work.settings.incidents.counted_sources or tuple(by_source)
    window = {m.index for m in month_range(work.history, work.month)}
    return frozenset(m for source in counted for m in by_source[source]) & window
