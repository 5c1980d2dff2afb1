"""How many clusters: a stated rule over what was tried, argued in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.clustering import Diagnosis

__all__ = ["STABLE", "STABLE_PARTS", "Choice", "choose_groups", "choose_parts"]

#: Mean adjusted Rand index from which a partition is said to come back (Hubert and Arabie's index, 1 = identical).
STABLE = 0.8
#: The same for environments: how busy areas are is a matter of degree, so its borders are softer.
STABLE_PARTS = 0.7
#: Share of the best silhouette that a finer partition must keep.
_SILHOUETTE_KEPT = 0.5
#: Silhouette from which a group is worth dividing (Kaufman and Rousseeuw 1990: below 0.25 there is no structure).
_SILHOUETTE_LEAST = 0.25


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The number of clusters chosen.

    Parameters
    ----------
    position
        Position of the chosen one among those tried; None for "do not divide".
    reason
        Sentences that argue it.
    """

    position: int | None
    reason: str


def choose_groups(tried: Sequence[Diagnosis], *, least_share: float) -> Choice:
    """
    Choose the finest partition that still comes back.

    A partition is admissible when its smallest cluster holds `least_share` of the areas. Among the admissible ones
    whose stability is at least 0.8 and whose silhouette is at least half of the best admissible one, the one with most
    clusters is chosen, because two large clusters are always the steadiest and say the least. If none is that stable,
    the most stable admissible one is chosen, and if none is admissible, the one whose smallest cluster is largest.

    Parameters
    ----------
    tried
        Diagnoses in order of k.
    least_share
        Least share of the areas in the smallest cluster.
    """
    first, last = tried[0].partition.k, tried[-1].partition.k
    opening = f"{first} to {last} community groups were tried."
    admissible = [i for i, d in enumerate(tried) if d.partition.smallest_share >= least_share]
    if not admissible:
        best = max(range(len(tried)), key=lambda i: (tried[i].partition.smallest_share, -i))
        return Choice(
            best,
            f"{opening} None keeps its smallest group at {100 * least_share:g} per cent of the areas; "
            f"{tried[best].partition.k} comes nearest to it.",
        )
    rule = f"The smallest group must hold {100 * least_share:g} per cent of the areas: {_listed(tried, admissible)} do."
    widest = max(tried[i].silhouette for i in admissible)
    lasting = [
        i for i in admissible if tried[i].stability >= STABLE and tried[i].silhouette >= _SILHOUETTE_KEPT * widest
    ]
    if not lasting:
        best = max(admissible, key=lambda i: (tried[i].stability, -i))
        return Choice(
            best,
            f"{opening} {rule} None of them comes back in resamples with a mean adjusted Rand index of {STABLE:g}, so "
            f"the steadiest is taken: {_figures(tried[best])}. Read the borders between groups with care.",
        )
    best = lasting[-1]
    return Choice(
        best,
        f"{opening} {rule} Of these the largest number is taken that comes back in resamples (mean adjusted Rand index "
        f"of at least {STABLE:g}) and keeps at least half of the best silhouette ({widest:.2f}): "
        f"{_figures(tried[best])}.",
    )


def choose_parts(tried: Sequence[Diagnosis], *, n_least: float) -> Choice:
    """
    Choose into how many environments a group is divided, if at all.

    Among the partitions whose smallest cluster has `n_least` areas, whose stability is at least 0.7 and whose
    silhouette is at least 0.25, the one with the widest silhouette; without any, the group is not divided.

    Parameters
    ----------
    tried
        Diagnoses of partitions with two clusters or more, in order of k; may be empty.
    n_least
        Least number of areas in the smallest cluster.
    """
    good = [
        i
        for i, d in enumerate(tried)
        if d.partition.smallest_share * len(d.partition.labels) >= n_least - 1e-9
        and d.stability >= STABLE_PARTS
        and d.silhouette >= _SILHOUETTE_LEAST
    ]
    if not good:
        return Choice(None, "one environment")
    best = max(good, key=lambda i: (tried[i].silhouette, -i))
    return Choice(best, f"{tried[best].partition.k} environments")


def _figures(diagnosis: Diagnosis) -> str:
    return (
        f"{diagnosis.partition.k}, with an index of {diagnosis.stability:.2f}, a silhouette of "
        f"{diagnosis.silhouette:.2f} and {100 * diagnosis.partition.smallest_share:.1f} per cent in the smallest group"
    )


def _listed(tried: Sequence[Diagnosis], positions: Sequence[int]) -> str:
    return ", ".join(str(tried[i].partition.k) for i in positions)
