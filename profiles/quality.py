"""How well the incidents of each area are placed: how many have a point, and whether it lies where the row says."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta

from domain.areas import FigureState
from profiles.counts import PlaceCounts
from profiles.figures import Figures, Geography
from profiles.results import MetricDefinition

__all__ = ["quality_definitions", "quality_figures"]

_TOPIC = "how well incidents are placed"
_WARN = 85.0
_NONE = "no incident is counted here"
_NOT_AUDITED = "the places of incidents were not audited"
_ROWS = (
    ("placed_share", "Incidents with a point", "n", "n_placed",
     "Under 85 per cent a map of hot spots misleads (Ratcliffe 2004, doi 10.1080/13658810310001596076)."),
    ("point_elsewhere_share", "Points that lie outside the area that the row states", "n_stated", "n_elsewhere",
     "Boundaries are generalised: a point near a border may fall on its other side."),
    ("busiest_place_share", "Incidents on the one busiest point", "n_placed", "n_busiest",
     "A point of open data stands for several addresses; a station or a hospital may be one."),
)  # fmt: skip


def quality_definitions(counts: PlaceCounts) -> tuple[MetricDefinition, ...]:
    """Return the definitions of the metrics that `quality_figures` makes, in its order."""
    return tuple(
        MetricDefinition(
            metric, label, _TOPIC, "per cent", counts.sources, "all loaded months", part="quality", limits=limits
        )
        for metric, label, _, _, limits in _ROWS
    )


def quality_figures(
    geography: Geography, force: Geography, audit: pd.DataFrame | None, codes: NDArray[np.object_]
) -> list[tuple[str, Figures]]:
    """
    Return the location quality of the areas of one geography, each share with its exact (Clopper-Pearson) interval.

    Parameters
    ----------
    geography, force
        The areas; the one area that holds all.
    audit
        `domain.schemas.AREA_QUALITY` of the small areas; None where it was not made. An area that is not in it has no
        incident. The busiest point of a larger area is the busiest of its small areas' busiest.
    codes
        Codes of the small areas, shape (n_small,).

    Returns
    -------
    list
        (metric, figures), in the order of `quality_definitions`.
    """
    made = []
    for metric, _, below, above, _ in _ROWS:
        if audit is None:
            figures = Figures(np.full(len(geography.codes), np.nan))
            figures.withhold(np.ones(len(geography.codes), dtype=bool), FigureState.NO_DATA, _NOT_AUDITED)
        else:
            aligned = audit.set_index("area_code").reindex(pd.Index(codes), fill_value=0)
            whole = aligned[below].to_numpy(dtype=np.float64)
            part = aligned[above].to_numpy(dtype=np.float64)
            figures = _share(geography, force, part, whole, is_busiest=above == "n_busiest")
        if metric == "placed_share":
            with np.errstate(invalid="ignore"):
                figures.remark(figures.estimate < _WARN, "under 85 %: the map of this area may mislead")
        made.append((metric, figures))
    return made


def _share(
    geography: Geography,
    force: Geography,
    part: NDArray[np.float64],
    whole: NDArray[np.float64],
    *,
    is_busiest: bool,
) -> Figures:
    d, all_of_it = geography.total(whole), float(force.total(whole)[0])
    if is_busiest:
        # a maximum does not add up: the busiest point of the area is the busiest of its small areas
        n, most = geography.largest(part), float(part.max(initial=0.0))
    else:
        n, most = geography.total(part), float(force.total(part)[0])
    share = np.divide(100.0 * n, d, out=np.full(len(d), np.nan), where=d > 0)
    lower = np.where(n > 0, 100.0 * beta.ppf(0.025, np.maximum(n, 1), np.maximum(d - n, 0) + 1), 0.0)
    upper = np.where(d > n, 100.0 * beta.isf(0.025, n + 1, np.maximum(d - n, 1)), 100.0)
    has_interval = (d > 0) & (not is_busiest)  # the point was chosen for being the busiest
    figures = Figures(
        share,
        100.0 * most / all_of_it if all_of_it > 0 else np.nan,
        lower=np.where(has_interval, lower, np.nan),
        upper=np.where(has_interval, upper, np.nan),
        numerator=n,
        denominator=d,
    )
    figures.withhold(d == 0, FigureState.NO_DATA, _NONE)
    return figures
