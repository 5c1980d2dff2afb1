"""Progress to a dated target: whether a survey figure is on course to it, behind, or cannot tell."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from domain.areas import FigureState
from domain.targets import Target

__all__ = ["TARGET_COLUMNS", "no_target", "target_progress"]

#: Columns of the table of targets.
TARGET_COLUMNS: tuple[str, ...] = (
    "question", "owner", "unit", "baseline", "baseline_day", "end_day", "goal", "due", "probability", "verdict",
    "state", "note",
)  # fmt: skip
_ON_COURSE, _BEHIND = 0.8, 0.2


def no_target() -> pd.DataFrame:
    """Return the table where no target is set."""
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in TARGET_COLUMNS})


def target_progress(target: Target, *, estimate: float, standard_error: float, day: date) -> pd.DataFrame:
    """
    Judge a figure against a target.

    On course is a posterior probability of at least 0.8 that the true share is at or above the straight line from
    baseline to goal on that day; behind, of at most 0.2; in between one cannot tell. A target that was abolished judges
    nothing.

    Parameters
    ----------
    target
        The target.
    estimate, standard_error
        The force's figure; NaN where there is none.
    day
        Last day of the wave's fieldwork.

    Returns
    -------
    DataFrame
        One row of `TARGET_COLUMNS`.

    Examples
    --------
    >>> aim = Target("Chief Constable", "confidence", 0.50, date(2024, 1, 1), date(2026, 1, 1), rise=4)
    >>> row = target_progress(aim, estimate=0.53, standard_error=0.01, day=date(2025, 1, 1)).iloc[0]
    >>> row["verdict"], round(float(row["due"]), 3), round(float(row["probability"]), 3)
    ('on_course', 0.52, 0.841)
    """
    due, probability, verdict, state = float("nan"), float("nan"), "cannot_tell", FigureState.NO_DATA
    if target.abolished:
        note = f"abolished {target.abolished}: an example from history, by which nothing is judged"
    elif not (np.isfinite(estimate) and standard_error > 0):
        note = "the survey has no figure for this question"
    else:
        due = target.due(day)
        probability = float(norm.cdf((estimate - due) / standard_error))
        verdict = "on_course" if probability >= _ON_COURSE else "behind" if probability <= _BEHIND else "cannot_tell"
        state = FigureState.CANNOT_TELL if verdict == "cannot_tell" else FigureState.OK
        note = "the end of the target has passed" if day > target.end_day else ""
    row = {
        "question": target.question, "owner": target.owner, "unit": target.unit, "baseline": target.baseline,
        "baseline_day": target.baseline_day.isoformat(), "end_day": target.end_day.isoformat(), "goal": target.goal,
        "due": due, "probability": probability, "verdict": verdict, "state": str(state), "note": note,
    }  # fmt: skip
    return pd.DataFrame([row], columns=list(TARGET_COLUMNS))
