"""Similar people, different confidence: patrol areas of one community group whose survey estimates differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from segmentation.contrasts import estimate_contrasts

if TYPE_CHECKING:
    from profiles.results import PerceptionResult
    from segmentation.results import SegmentationResult

__all__ = ["main_groups", "with_confidence"]

#: A patrol area is of a community group where at least so much of it is: smaller shares are a mixture.
_MAIN_SHARE = 0.5
_MODEL, _QUESTION = "modelled", "confidence"


def main_groups(membership: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """
    Return the community group to which at least half of a patrol area's small areas belong, by patrol area.

    Parameters
    ----------
    membership
        As `SegmentationResult.membership`.
    links
        Best-fit links of small areas to patrol areas (`domain.schemas.LINKS`).
    """
    patrol = links.drop_duplicates("source_code").set_index("source_code")["target_code"]
    rows = pd.DataFrame({"patrol": membership["area_code"].map(patrol), "group": membership["group_code"]}).dropna()
    if rows.empty:
        return pd.Series(dtype=object)
    shares = pd.crosstab(rows["patrol"], rows["group"], normalize="index")
    return shares.idxmax(axis=1)[shares.max(axis=1) >= _MAIN_SHARE]


def with_confidence(
    segments: SegmentationResult | None, perception: PerceptionResult | None, links: pd.DataFrame, *, patrol: str
) -> SegmentationResult | None:
    """
    Return the segments with the pairs of patrol areas of one group whose confidence differs beyond chance.

    Only the estimates without any Place covariate are compared, and never those of small areas (METHODS 4 and 11).

    Parameters
    ----------
    segments
        The segments of a run, or None.
    perception
        What its survey says, or None.
    links
        Best-fit links of small areas to patrol areas.
    patrol
        Geography of the patrol areas, `name:year`.
    """
    if segments is None or perception is None or perception.estimates.empty:
        return segments
    rows = perception.estimates
    wanted = (rows["geography"] == patrol) & (rows["question"] == _QUESTION) & (rows["model"] == _MODEL)
    known = rows[wanted & (rows["state"] == "ok")]
    groups = main_groups(segments.membership, links)
    areas = known[["area_code", "estimate", "standard_error"]].assign(group_code=known["area_code"].map(groups))
    found = estimate_contrasts(areas, measure=_QUESTION)
    if found.empty:
        return segments
    both = [table for table in (segments.contrasts, found) if len(table)]
    return replace(segments, contrasts=pd.concat(both, ignore_index=True))
