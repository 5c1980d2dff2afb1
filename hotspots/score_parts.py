"""
The parts of a zone's score, kept apart so that "why is it red" has an answer that adds up.

`score = counts - age + other kinds + spread + adjustments`: what was counted, what age takes off, what other kinds add,
what the neighbourhood adds or takes, and what nudges and confidence add.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.history import History

__all__ = ["PART_COLUMNS", "score_parts"]

Floats = NDArray[np.float64]

#: Columns of the parts; they add up to `score`.
PART_COLUMNS = ("part_counts", "part_age", "part_other_kinds", "part_spread", "part_adjusted")

#: Candidates whose sharp part is the decayed own counts and, with less weight, other kinds.
_DECAYING = frozenset({"blend", "decayed counts", "gamma-Poisson", "spread counts"})


def score_parts(  # noqa: PLR0913 - centres, and the two scores that are taken apart
    x: Floats,
    y: Floats,
    *,
    radius_m: float,
    history: History,
    sharp: Floats,
    decay: Floats,
    model: str,
    plain_score: Floats,
    score: Floats,
) -> pd.DataFrame:
    """
    Take the score of each zone apart.

    Parameters
    ----------
    x, y
        Centres of the zones, metres, shape (n_zones,).
    radius_m
        Their radius, metres.
    history
        Public-reported incidents of the window.
    sharp
        Weight that the model puts at the point of each row, shape (n_rows,).
    decay
        Weight of each row by its age, shape (n_rows,).
    model
        Name of the candidate.
    plain_score, score
        Score of each zone before and after nudges and confidence.

    Returns
    -------
    DataFrame
        `part_counts` (weighted incidents of the chosen kinds at points in the zone), `part_age` (what their age takes
        off, at most 0), `part_other_kinds`, `part_spread` (what incidents nearby add, less what blurring carries over
        the edge and what a better zone has already), `part_adjusted` (nudges and confidence). A model that puts nothing
        at points has spread only.
    """
    ages = model in _DECAYING
    counts = history.own if ages else sharp
    aged = history.own * decay if ages else sharp
    columns: dict[str, list[float]] = {name: [] for name in PART_COLUMNS[:3]}
    total = []
    for cx, cy in zip(x, y, strict=True):
        held = np.hypot(history.x - cx, history.y - cy) <= radius_m
        columns["part_counts"].append(float(counts[held].sum()))
        columns["part_age"].append(float((aged - counts)[held].sum()))
        columns["part_other_kinds"].append(float((sharp - aged)[held].sum()))
        total.append(float(sharp[held].sum()))
    return pd.DataFrame(columns, dtype="float64").assign(
        part_spread=plain_score - np.array(total), part_adjusted=score - plain_score
    )
