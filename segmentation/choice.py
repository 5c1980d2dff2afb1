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
#: How much steadier the fewest clusters tried may be than one more: they nearly always are, and say the least.
_FEWEST_ROOM = 0.02
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
    Choose the finest partition that comes back better than its neighbours.

    A partition is admissible when its smallest cluster holds `least_share` of the areas, and lasting when moreover its
    stability is at least 0.8 and its silhouette at least half of the best admissible one. Among the lasting ones at
    which stability peaks (neither one cluster more nor one fewer is steadier), the one with most clusters is chosen:
    a split of a real group is less steady than the group. The fewest clusters tried are nearly always steady and say
    the least, so one more need only come within 0.02 of them. Where there is no peak, the lasting partition with most
    clusters is chosen instead. If none is lasting, the most stable admissible one is chosen, and if none is admissible,
    the one whose smallest cluster is largest.

    Parameters
    ----------
    tried
        Diagnoses in order of k, without gaps.
    least_share
        Least share of the areas in the smallest cluster.
    """
    opening = f"{tried[0].partition.k} to {tried[-1].partition.k} community groups were tried."
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
    lasting = [i for i in admissible if _is_lasting(tried[i], widest)]
    if not lasting:
        best = max(admissible, key=lambda i: (tried[i].stability, -i))
        return Choice(
            best,
            f"{opening} {rule} None of them comes back in resamples with a mean adjusted Rand index of {STABLE:g}, so "
            f"the steadiest is taken: {_figures(tried[best])}. Read the borders between groups with care.",
        )
    peaks = [i for i in lasting if i > 0 and _is_peak(tried, i)]
    best = peaks[-1] if peaks else lasting[-1]
    which = "at which neither one more nor one fewer is steadier" if peaks else "of them"
    return Choice(
        best,
        f"{opening} {rule} Of these, {_listed(tried, lasting)} come back in resamples (mean adjusted Rand index of at "
        f"least {STABLE:g}) and keep at least half of the best silhouette ({widest:.2f}). The largest number {which} "
        f"is taken: {_figures(tried[best])}.",
    )


def _is_lasting(diagnosis: Diagnosis, widest: float) -> bool:
    return diagnosis.stability >= STABLE and diagnosis.silhouette >= _SILHOUETTE_KEPT * widest


def _is_peak(tried: Sequence[Diagnosis], position: int) -> bool:
    beside = {i: tried[i].stability for i in (position - 1, position + 1) if 0 <= i < len(tried)}
    room = {i: _FEWEST_ROOM if i == 0 else 1e-9 for i in beside}
    return all(tried[position].stability >= other - room[i] for i, other in beside.items())


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
