"""Whether a few people who call again and again stand behind a zone (METHODS 11): a share, never an identity."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from domain.schemas import REPEAT_CALLERS, check
from hotspots.zone_facts import DiscRows

__all__ = ["MOST_FROM_REPEAT_CALLERS", "callers_note", "repeat_caller_facts"]

#: A zone that draws this share of its incidents from repeat callers, or more, is flagged.
MOST_FROM_REPEAT_CALLERS = Fraction(1, 3)

# A share that rests on less than half of a zone's incidents is not told: one file of many would speak for the rest.
_LEAST_TOLD = Fraction(1, 2)

_KEYS = ["place_id", "month_index", "kind_id", "is_officer_generated"]


def repeat_caller_facts(rows: pd.DataFrame, discs: DiscRows, callers: pd.DataFrame | None) -> pd.DataFrame:
    """
    Return what is known of repeat callers in each zone.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    discs
        Rows of each zone.
    callers
        Table `domain.schemas.REPEAT_CALLERS`; None where no file tells of callers.

    Returns
    -------
    DataFrame
        `repeat_caller_share` (of the incidents of the chosen kinds whose file tells, 0 to 1; NaN where these are fewer
        than half of the zone's) and `has_repeat_callers` (bool: a third or more; False where the share is not known),
        a row per zone. A repeat caller is known by a flag alone, so several of them cannot be told from one.

    Raises
    ------
    SchemaError
        If the table of callers does not have its agreed columns.
    """
    own = rows["n"].where(rows["is_own"], 0).to_numpy(np.int64)
    told = repeat = np.zeros(len(rows), dtype=np.int64)
    if callers is not None and len(callers):
        known = rows[_KEYS].merge(check(callers, REPEAT_CALLERS), on=_KEYS, how="left", validate="one_to_one")
        told, repeat = (
            known[name].fillna(0).where(rows["is_own"].to_numpy(), 0).to_numpy(np.int64)
            for name in ("n_told", "n_repeat")
        )
    facts = [_facts(*(int(values[zone].sum()) for values in (own, told, repeat))) for zone in discs.positions]
    return pd.DataFrame(facts, columns=["repeat_caller_share", "has_repeat_callers"]).astype(
        {"repeat_caller_share": "float64", "has_repeat_callers": "bool"}
    )


def _facts(n_own: int, n_told: int, n_repeat: int) -> tuple[float, bool]:
    if not n_told or n_told < _LEAST_TOLD * n_own:
        return float("nan"), False
    return n_repeat / n_told, n_repeat >= MOST_FROM_REPEAT_CALLERS * n_told


def callers_note(facts: pd.DataFrame) -> tuple[str, ...]:
    """Return the sentence for the page where repeat callers are not known for some zones; nothing where they are."""
    n_unknown = int(facts["repeat_caller_share"].isna().sum())
    if not n_unknown:
        return ()
    which = "any zone" if n_unknown == len(facts) else f"{n_unknown} of {len(facts)} zones"
    return (f"Whether repeat callers stand behind a zone is not known for {which}: the source does not tell.",)
