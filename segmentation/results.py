"""What this room hands to others: segments, memberships, and the argument for how many there are."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

__all__ = ["DROPPED_COLUMNS", "MEMBERSHIP_COLUMNS", "SegmentationResult"]

#: Columns of `SegmentationResult.dropped`.
DROPPED_COLUMNS: tuple[str, ...] = ("variable", "because_of", "correlation", "reason")

#: Columns of `SegmentationResult.membership`.
MEMBERSHIP_COLUMNS: tuple[str, ...] = (
    "area_code", "group_code", "environment_code", "distance", "second_code", "second_ratio", "is_doubtful",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentationResult:
    """
    Two levels of segments: community groups (People), and environments within them (Place).

    Parameters
    ----------
    segments
        A row per segment: `segment_code` (`A` for a group, `A1` for an environment in it), `level` (`group` or
        `environment`), `parent_code` (None for a group), `name` (plain), `name_state` (`proposed` or `approved`),
        `n_areas`, `residents_share` (0 to 1), `portrait` (list of dicts with `variable`, `label`, `value`,
        `force_value`, `index`, `text`), `stability` (mean adjusted Rand index of its level, 0 to 1).
    membership
        A row per area: `area_code`, `group_code`, `environment_code`, `distance`, `second_code`, `second_ratio`
        (distance to the second-best centroid over distance to the own), `is_doubtful` (bool).
    diagnostics
        A row per level and k: `level`, `parent_code`, `k`, `inertia`, `silhouette`, `calinski_harabasz`,
        `stability_ari`, `smallest_share`, `is_chosen` (bool).
    clustergram
        A row per k and cluster of the group level: `k`, `cluster`, `mean_component` (population-weighted mean of the
        first principal component), `n_areas`.
    centroids
        A row per segment and variable: `segment_code`, `variable`, `value` (on the transformed, 0-to-1 scale).
    scaling
        A row per variable: `variable`, `minimum`, `maximum` (of the transformed values), so that new months can be
        assigned to frozen centroids.
    dropped
        A row per variable left out: `variable`, `because_of`, `correlation`, `reason`.
    reason
        Sentences that argue the chosen k.
    """

    segments: pd.DataFrame
    membership: pd.DataFrame
    diagnostics: pd.DataFrame
    clustergram: pd.DataFrame
    centroids: pd.DataFrame
    scaling: pd.DataFrame
    dropped: pd.DataFrame
    reason: str
