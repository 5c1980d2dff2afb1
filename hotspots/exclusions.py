"""Ground on which an analyst wants no zone, such as the station at which incidents are recorded by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["Exclusion", "OverrideCircle", "excluded_ground", "outside_ground"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OverrideCircle:
    """
    The ground of an override.

    Parameters
    ----------
    name
        The force's own number of the override.
    x, y
        Its middle, metres in the analysis CRS.
    radius_m
        Its radius, metres.
    """

    name: str
    x: float
    y: float
    radius_m: float

    def distance_m(self, x: Floats, y: Floats) -> Floats:
        """Return how far points lie from its middle, metres."""
        return np.hypot(x - self.x, y - self.y)


@dataclass(frozen=True, slots=True)
class Exclusion(OverrideCircle):
    """
    A circle in which no zone is placed and whose incidents count for none.

    Parameters
    ----------
    name, x, y, radius_m
        As `OverrideCircle`.
    reason, owner
        Why, and who decided it; both are shown.
    """

    reason: str
    owner: str

    def sentence(self) -> str:
        """Return the note for the page."""
        return f"No zone is placed within {self.radius_m:.0f} m of {self.name}: {self.reason} ({self.owner})."


def excluded_ground(exclusions: Sequence[Exclusion]) -> shapely.Geometry:
    """
    Return the ground of all exclusions, metres in the analysis CRS; empty without any.

    Examples
    --------
    >>> ground = excluded_ground([Exclusion("O1", 0, 0, 100, "station", "analyst")])
    >>> 31_000 < ground.area < 31_416
    True
    """
    circles = [shapely.buffer(shapely.Point(e.x, e.y), e.radius_m, quad_segs=16) for e in exclusions]
    return shapely.union_all(circles)


def outside_ground(rows: pd.DataFrame, ground: shapely.Geometry) -> pd.DataFrame:
    """
    Return the rows whose point (`x`, `y`) does not lie on the ground, renumbered.

    Parameters
    ----------
    rows
        Rows with `x` and `y`, metres in the analysis CRS.
    ground
        What `excluded_ground` returned.
    """
    x, y = (rows[name].to_numpy(np.float64) for name in ("x", "y"))
    return rows[~shapely.intersects_xy(ground, x, y)].reset_index(drop=True)
