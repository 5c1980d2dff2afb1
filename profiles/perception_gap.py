"""The perception gap: how far worry about antisocial behaviour lies above or below what its rate would explain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from domain.areas import FigureState

__all__ = ["GAP_COLUMNS", "perception_gaps"]

#: Columns of the table of gaps.
GAP_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "gap", "lower", "upper", "worry_score", "asb_score", "state", "note",
)  # fmt: skip
_LEAST_AREAS = 5
_Z = float(norm.isf(0.025))


def perception_gaps(worry: pd.DataFrame, asb: pd.DataFrame) -> pd.DataFrame:
    """
    Return the perception gap of each patrol area, in standard deviations.

    `gap = (worry - mean) / sd - (asb - mean) / sd`, means and standard deviations being those over the areas that have
    both. Its standard error joins that of the modelled worry with that of the empirical-Bayes rate (a quarter of the
    width of its interval over 1.96 / 2), each in standard deviations of the areas.

    Parameters
    ----------
    worry
        `geography`, `area_code`, `estimate`, `standard_error`, `state`: the model without Place covariate.
    asb
        Empirical-Bayes rate of ASB, indexed by `area_code`: `estimate`, `lower`, `upper`.

    Examples
    --------
    >>> codes = [f"W{i}" for i in range(6)]
    >>> worry = pd.DataFrame(
    ...     {
    ...         "geography": "ward:2025",
    ...         "area_code": codes,
    ...         "estimate": [0.2, 0.3, 0.4, 0.3, 0.2, 0.6],
    ...         "standard_error": 0.03,
    ...         "state": "ok",
    ...     }
    ... )
    >>> asb = pd.DataFrame({"estimate": 20.0 + np.arange(6), "lower": 19.0, "upper": 26.0}, index=codes)
    >>> perception_gaps(worry, asb)["gap"].round(1).tolist()
    [0.5, 0.6, 0.8, -0.5, -1.8, 0.5]
    """
    rate = asb.reindex(worry["area_code"])
    level = rate["estimate"].to_numpy(dtype=np.float64)
    rate_error = (rate["upper"] - rate["lower"]).to_numpy(dtype=np.float64) / (2 * _Z)
    share = worry["estimate"].to_numpy(dtype=np.float64)
    usable = (worry["state"] == FigureState.OK.value).to_numpy() & np.isfinite(share) & np.isfinite(level)
    n = len(worry)
    scores = {name: np.full(n, np.nan) for name in ("gap", "lower", "upper", "worry_score", "asb_score")}
    spread = (float(np.std(share[usable])), float(np.std(level[usable]))) if usable.any() else (0.0, 0.0)
    can = usable.sum() >= _LEAST_AREAS and min(spread) > 0
    if can:
        worry_score = (share - share[usable].mean()) / spread[0]
        asb_score = (level - level[usable].mean()) / spread[1]
        error = np.hypot(worry["standard_error"].to_numpy(dtype=np.float64) / spread[0], rate_error / spread[1])
        gap = worry_score - asb_score
        for name, values in (
            ("gap", gap), ("lower", gap - _Z * error), ("upper", gap + _Z * error), ("worry_score", worry_score),
            ("asb_score", asb_score),
        ):  # fmt: skip
            scores[name] = np.where(usable, values, np.nan)
    state = np.where(usable & can, FigureState.OK.value, FigureState.CANNOT_TELL.value)
    too_few = "too few areas have both figures, or they do not differ"
    unknown = "worry or the rate of ASB is not known well enough here"
    note = [(None if can else too_few) if has else unknown for has in usable]
    frame = pd.DataFrame(
        {
            "geography": worry["geography"].to_numpy(), "area_code": worry["area_code"].to_numpy(), **scores,
            "state": state.astype(object), "note": pd.Series(note, dtype=object),
        }
    )  # fmt: skip
    return frame[list(GAP_COLUMNS)]
