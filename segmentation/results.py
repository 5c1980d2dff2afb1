"""What this room hands to others: segments, memberships, and the argument for how many there are."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

__all__ = [
    "CONTRAST_COLUMNS",
    "DROPPED_COLUMNS",
    "MEMBERSHIP_COLUMNS",
    "MOVER_COLUMNS",
    "Origin",
    "Refit",
    "SegmentationResult",
]

#: Columns of `SegmentationResult.dropped`.
DROPPED_COLUMNS: tuple[str, ...] = ("variable", "because_of", "correlation", "reason")

#: Columns of `SegmentationResult.membership`.
MEMBERSHIP_COLUMNS: tuple[str, ...] = (
    "area_code", "group_code", "environment_code", "distance", "second_code", "second_ratio", "is_doubtful",
)  # fmt: skip

#: Columns of `SegmentationResult.contrasts`.
CONTRAST_COLUMNS: tuple[str, ...] = (
    "measure", "group_code", "area_code", "rate", "lower", "upper", "other_code", "other_rate", "other_lower",
    "other_upper", "ratio", "false_sign_rate",
)  # fmt: skip

#: Columns of every table of areas that changed their segment.
MOVER_COLUMNS: tuple[str, ...] = ("area_code", "old_code", "new_code")


@dataclass(frozen=True, slots=True)
class Refit:
    """
    How segments that were made anew follow those that they replaced, on the same data.

    Parameters
    ----------
    reason
        Why a person decided it; may be empty.
    adjusted_rand
        Adjusted Rand index of old and new groups, 1 = identical.
    n_common
        Areas that are in both; the others are not compared.
    movers
        A row per area whose new group is not the successor of its old one, with the columns of `MOVER_COLUMNS`.
    ended, begun
        Codes of old groups without a successor, and of new groups without a predecessor.
    kept
        Codes of the segments that kept their name.
    """

    reason: str
    adjusted_rand: float
    n_common: int
    movers: pd.DataFrame
    ended: tuple[str, ...]
    begun: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where the segments of a month come from.

    Parameters
    ----------
    month
        Last month of the data from which they were made, `YYYY-MM`.
    is_frozen
        Whether areas were placed in segments made earlier; False where the segments were made in this very run.
    movers
        A row per area whose segment differs from that of the month in which the segments were made, with the columns
        of `MOVER_COLUMNS`: its environment, or its group where it has none.
    new_areas, gone_areas
        Codes of areas that were not there then, or are not there now.
    refit
        How they follow the segments before them; None for the first ones.
    """

    month: str
    is_frozen: bool
    movers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(MOVER_COLUMNS), dtype=object))
    new_areas: tuple[str, ...] = ()
    gone_areas: tuple[str, ...] = ()
    refit: Refit | None = None


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
        first principal component), `n_areas`, `n_from` (list: how many of them were in each cluster of one k fewer).
    centroids
        A row per segment and variable: `segment_code`, `variable`, `value` (on the transformed, 0-to-1 scale).
    scaling
        A row per variable: `variable`, `minimum`, `maximum` (of the transformed values), so that new months can be
        assigned to frozen centroids.
    dropped
        A row per variable left out: `variable`, `because_of`, `correlation`, `reason`.
    reason
        Sentences that argue the chosen k.
    origin
        When they were made, and what has changed since; None where that is not known.
    contrasts
        A row per pair of areas alike in their people whose figures differ beyond chance, the clearest first, with the
        columns of `CONTRAST_COLUMNS` (`segmentation.contrasts.contrasts_within`).
    """

    segments: pd.DataFrame
    membership: pd.DataFrame
    diagnostics: pd.DataFrame
    clustergram: pd.DataFrame
    centroids: pd.DataFrame
    scaling: pd.DataFrame
    dropped: pd.DataFrame
    reason: str
    origin: Origin | None = None
    contrasts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CONTRAST_COLUMNS)))
