"""
An analyst's nudges, and what became of every override: applied before zones are ranked, named, logged and shown.

Overrides are applied in one order, whatever the order of the file: first exclusions, whose ground takes no zone
whatever else holds there; then nudges, in order of their numbers. Where nudges overlap their factors are multiplied,
and the product is held between 0 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.exclusions import Exclusion, OverrideCircle
from hotspots.rasters import ForceRaster

__all__ = ["ORDER_OF_OVERRIDES", "Nudge", "applied_overrides", "nudge_factor"]

Floats = NDArray[np.float64]

#: The stated order, for the page.
ORDER_OF_OVERRIDES = (
    "Overrides are applied before ranking: exclusions first, then nudges; where nudges overlap, their factors multiply."
)

_MOST_FACTOR = 10.0


@dataclass(frozen=True, slots=True)
class Nudge(OverrideCircle):
    """
    A circle in which the score is multiplied by a factor.

    Parameters
    ----------
    name, x, y, radius_m
        As `OverrideCircle`.
    factor
        Above 1 lifts the ground, below 1 lowers it; 0 keeps zones away.
    reason, owner
        Why, and who decided it; both are shown.
    """

    factor: float
    reason: str
    owner: str

    def sentence(self) -> str:
        """Return the note for the page."""
        return (
            f"The score within {self.radius_m:.0f} m of {self.name} is multiplied by {self.factor:g}: "
            f"{self.reason} ({self.owner})."
        )


def nudge_factor(nudges: Sequence[Nudge], raster: ForceRaster) -> Floats | None:
    """
    Return the factor of each pixel, or None without nudges.

    Parameters
    ----------
    nudges
        In order of their numbers.
    raster
        The pixels on which zones are placed.

    Returns
    -------
    array of the raster's shape, or None
        The product of the factors of all circles that hold the pixel's centre, from 0 to 10.
    """
    if not nudges:
        return None
    factor = np.ones(raster.shape)
    for nudge in nudges:
        rows, columns = _window(raster, nudge)
        north = raster.south + (rows + 0.5) * raster.pixel_m - nudge.y
        east = raster.west + (columns + 0.5) * raster.pixel_m - nudge.x
        held = north[:, None] ** 2 + east**2 <= nudge.radius_m**2
        window = np.ix_(rows, columns)
        factor[window] = np.where(held, factor[window] * nudge.factor, factor[window])
    return np.clip(factor, 0.0, _MOST_FACTOR)


def _window(raster: ForceRaster, nudge: Nudge) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows and columns of pixels that the circle may reach; none where it lies beside the raster."""
    n_rows, n_columns = raster.shape
    reach = nudge.radius_m
    south, north = ((nudge.y + d - raster.south) / raster.pixel_m for d in (-reach, reach))
    west, east = ((nudge.x + d - raster.west) / raster.pixel_m for d in (-reach, reach))
    rows = np.arange(max(int(np.floor(south)), 0), min(int(np.ceil(north)) + 1, n_rows))
    columns = np.arange(max(int(np.floor(west)), 0), min(int(np.ceil(east)) + 1, n_columns))
    return rows.astype(np.int64), columns.astype(np.int64)


def applied_overrides(
    exclusions: Sequence[Exclusion],
    nudges: Sequence[Nudge],
    rows: pd.DataFrame,
    *,
    x: Floats,
    y: Floats,
    radius_m: float,
) -> pd.DataFrame:
    """
    Return what each override met: the log of a run.

    Parameters
    ----------
    exclusions, nudges
        What was applied, in this order.
    rows
        Table of `hotspots.history.scored_rows` within the window, before any exclusion.
    x, y
        Centres of the zones that were placed, metres, shape (n_zones,).
    radius_m
        Radius of a zone, metres.

    Returns
    -------
    DataFrame
        A row per override in the order of applying: `override_id`, `rule` (`exclude` or `nudge`), `x`, `y`, `radius_m`,
        `factor` (NaN for an exclusion), `reason`, `owner`, `n_incidents` (of the chosen kinds on its ground, in the
        window), `n_zones` (zones of the list that touch its ground).
    """
    own = rows[rows["is_own"]]
    row_x, row_y, n = (own[name].to_numpy(np.float64) for name in ("x", "y", "n"))
    overrides: list[Exclusion | Nudge] = [*exclusions, *nudges]
    logged = []
    for override in overrides:
        held = override.distance_m(row_x, row_y) <= override.radius_m
        touching = override.distance_m(x, y) < override.radius_m + radius_m
        logged.append(
            {
                "override_id": override.name,
                "rule": "nudge" if isinstance(override, Nudge) else "exclude",
                "x": override.x,
                "y": override.y,
                "radius_m": override.radius_m,
                "factor": override.factor if isinstance(override, Nudge) else np.nan,
                "reason": override.reason,
                "owner": override.owner,
                "n_incidents": int(n[held].sum()),
                "n_zones": int(touching.sum()),
            }
        )
    columns = ["override_id", "rule", "x", "y", "radius_m", "factor", "reason", "owner", "n_incidents", "n_zones"]
    return pd.DataFrame(logged, columns=columns)
