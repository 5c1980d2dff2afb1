"""Community segments: groups of areas alike in their people, and within them areas alike in their environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain import schemas
from domain.areas import PeopleVariable
from domain.errors import AnalysisError, SettingsError
from domain.progress import Progress, no_progress
from segmentation.assignment import FrozenSegments, month_text, transform_people
from segmentation.choice import choose_groups, choose_parts
from segmentation.clustering import Diagnosis, Partition, diagnose, fit_partition, fit_partitions
from segmentation.contrasts import contrasts_within
from segmentation.description import describe_areas
from segmentation.features import (
    Dropped,
    PeopleFeatures,
    Scaling,
    dropped_table,
    people_features,
)
from segmentation.places import place_table, transform_places, yearly_counts
from segmentation.results import Origin, SegmentationResult
from segmentation.tables import (
    FoundGroup,
    centroid_table,
    clustergram,
    diagnostic_table,
    scaling_table,
    segment_code,
    segment_table,
)

__all__ = ["SegmentationSettings", "find_segments"]

#: An environment needs this many areas, whatever the share asked for.
_PART_LEAST = 10


@dataclass(frozen=True, slots=True)
class SegmentationSettings:
    """
    How segments are made.

    Parameters
    ----------
    k_least, k_most
        Numbers of community groups to try.
    environments_most
        Most environments in a group.
    starts
        Starts of each k-means fit.
    resamples
        Bootstrap resamples for stability.
    least_share
        Least share of the areas in a segment.
    place_weight
        Share of the Place variables in the distance by which groups are made; 0 keeps groups to People.

    Raises
    ------
    SettingsError
        If a value does not make sense.
    """

    k_least: int = 2
    k_most: int = 10
    environments_most: int = 3
    starts: int = 50
    resamples: int = 50
    least_share: float = 0.02
    place_weight: float = 0.0

    def __post_init__(self) -> None:
        if not 2 <= self.k_least <= self.k_most:
            raise SettingsError(f"segments: {self.k_least} to {self.k_most} groups cannot be tried")
        if min(self.environments_most, self.starts, self.resamples) < 1:
            raise SettingsError("segments: environments_most, starts and resamples must be at least 1")
        if not 0 <= self.least_share <= 0.5 or not 0 <= self.place_weight < 1:
            raise SettingsError(
                "segments: least_share must be 0 to 0.5, and place_weight at least 0 and below 1",
                hint="A place_weight of 1 would leave no People in the community groups.",
            )


@dataclass(frozen=True, slots=True)
class _Space:
    """Everything in which clusters are sought: areas, their People and Place values, and the scales of both."""

    features: PeopleFeatures
    people: pd.DataFrame
    places: pd.DataFrame
    group_scaling: tuple[Scaling, ...]
    place_scaling: Scaling
    rates: pd.DataFrame
    dropped: pd.DataFrame

    @property
    def group_points(self) -> NDArray[np.float64]:
        """Points of the groups: People, and Place where it has a weight."""
        parts = [s.apply(self.people.join(self.places)) for s in self.group_scaling]
        return np.concatenate(parts, axis=1)

    @property
    def place_points(self) -> NDArray[np.float64]:
        """Points of the environments."""
        return self.place_scaling.apply(self.places)


def find_segments(
    *,
    people: pd.DataFrame,
    variables: Sequence[PeopleVariable],
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    last_month_index: int,
    settings: SegmentationSettings,
    rng: np.random.Generator,
    progress: Progress = no_progress,
) -> SegmentationResult:
    """
    Find community groups and their environments.

    The recipe is that of the Output Area Classification: one of each near-duplicate pair left out, a transformation
    that evens out chance (`segmentation.assignment.transform_people`), range standardisation, k-means with many starts.
    The number of groups is chosen by `segmentation.choice.choose_groups`; within each group, Place variables make the
    environments. Perception, and variables that hold crime, never form segments.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES` of the small areas.
    variables
        Declared variables; those with `forms_segments` form groups, all describe them.
    area_counts, kinds
        `domain.schemas.AREA_COUNTS` and `domain.schemas.KINDS`.
    last_month_index
        Last month of the data.
    settings
        How segments are made.
    rng
        Source of randomness.
    progress
        Hears how far it is.

    Returns
    -------
    SegmentationResult
        Segments, memberships and the argument for their number.

    Raises
    ------
    SchemaError
        If a table does not have the agreed columns.
    AnalysisError
        If there are too few areas or variables, or the areas are all alike.

    References
    ----------
    Gale C. G. et al. (2016) Creating the 2011 area classification for output areas. Journal of Spatial Information
    Science 12, 1-27, doi 10.5311/JOSIS.2016.12.232. Wyszomierski J. et al. (2024) A neighbourhood Output Area
    Classification from the 2021 and 2022 UK censuses. Geographical Journal 190, doi 10.1111/geoj.12550.
    """
    people = schemas.check(people, schemas.PEOPLE_VALUES)
    area_counts, kinds = schemas.check(area_counts, schemas.AREA_COUNTS), schemas.check(kinds, schemas.KINDS)
    space = _space(people, variables, area_counts, kinds, last_month_index, settings.place_weight)
    tried = _tried_groups(space.group_points, settings, rng, progress)
    choice = choose_groups(tried, least_share=settings.least_share)
    chosen = tried[choice.position or 0]
    groups = _environments(space, chosen.partition, settings, rng)
    scalings = [*space.group_scaling, *([] if settings.place_weight else [space.place_scaling])]
    scaling = scaling_table(scalings)
    centroids = centroid_table(
        [n for s in space.group_scaling for n in s.variables], space.place_scaling.variables, chosen.partition, groups
    )
    membership = FrozenSegments.read(centroids, scaling).membership(space.people, space.places)
    described = describe_areas(people, variables, residents=space.features.residents, rates=space.rates)
    segments = segment_table(
        membership,
        space.features.residents,
        names=described.names(membership),
        portraits=described.portraits(membership),
        stability=_stability(chosen, groups),
    )
    return SegmentationResult(
        segments=segments,
        membership=membership,
        diagnostics=diagnostic_table(tried, choice.position or 0, groups),
        clustergram=clustergram(space.group_points, space.features.residents.to_numpy(), [d.partition for d in tried]),
        centroids=centroids,
        scaling=scaling,
        dropped=space.dropped,
        reason=_reason(choice.reason, space, groups),
        origin=Origin(month_text(last_month_index), is_frozen=False),
        contrasts=_contrasts(space, membership, area_counts, kinds, last_month_index),
    )


def _contrasts(
    space: _Space, membership: pd.DataFrame, area_counts: pd.DataFrame, kinds: pd.DataFrame, last_month_index: int
) -> pd.DataFrame:
    counts, exposure = yearly_counts(area_counts, kinds, space.features.residents, last_month_index=last_month_index)
    return contrasts_within(space.group_points, membership, counts if space.features.has_residents else {}, exposure)


def _space(
    people: pd.DataFrame,
    variables: Sequence[PeopleVariable],
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    last_month_index: int,
    place_weight: float,
) -> _Space:
    features = people_features(people, variables)
    transformed = transform_people(features.table, variables)
    rates = pd.DataFrame(index=features.table.index)
    if features.has_residents:
        rates = place_table(area_counts, kinds, features.residents, last_month_index=last_month_index)
    same = [str(name) for name in rates.columns if np.ptp(rates[name].to_numpy()) <= 1e-9 * rates[name].abs().max()]
    flat: list[Dropped] = [(name, None, np.nan, "the areas do not differ beyond chance") for name in same]
    rates = rates.drop(columns=same)
    places = transform_places(rates)
    joint = place_weight > 0 and places.shape[1] > 0
    place_scale = np.sqrt(place_weight * transformed.shape[1] / places.shape[1]) if joint else 1.0
    place_scaling = Scaling.fit(places, weight=float(place_scale))
    people_scaling = Scaling.fit(transformed, weight=float(np.sqrt(1 - place_weight)) if joint else 1.0)
    scalings = (people_scaling, place_scaling) if joint else (people_scaling,)
    dropped = pd.concat([features.dropped, dropped_table(flat)], ignore_index=True) if flat else features.dropped
    return _Space(features, transformed, places, scalings, place_scaling, rates, dropped)


def _tried_groups(
    points: NDArray[np.float64], settings: SegmentationSettings, rng: np.random.Generator, progress: Progress
) -> list[Diagnosis]:
    """Fit and diagnose every number of groups that the areas allow."""
    n_distinct = len(np.unique(points, axis=0))
    k_most = min(settings.k_most, n_distinct - 1)
    if k_most < settings.k_least:
        raise AnalysisError(
            f"{n_distinct} areas that differ in their people are too few for {settings.k_least} groups",
            hint="Load more areas or variables, or lower segments.k_least.",
        )
    total = k_most - settings.k_least + 2
    partitions = fit_partitions(
        points,
        range(settings.k_least, k_most + 1),
        starts=settings.starts,
        rng=rng,
        progress=lambda done: progress("Segmenting", done, total),
    )
    progress("Segmenting", total - 1, total)
    tried = diagnose(points, partitions, resamples=settings.resamples, rng=rng)
    progress("Segmenting", total, total)
    return tried


def _environments(
    space: _Space, groups: Partition, settings: SegmentationSettings, rng: np.random.Generator
) -> list[FoundGroup]:
    """Divide each group by its Place variables where that is stable and clear."""
    n_least = max(settings.least_share * len(groups.labels), _PART_LEAST)
    points = space.place_points
    found = []
    for number in range(groups.k):
        members = points[groups.labels == number]
        k_most = min(settings.environments_most, int(len(members) // n_least)) if points.shape[1] else 1
        k_most = min(k_most, len(np.unique(members, axis=0)) - 1)
        parts = [fit_partition(members, k, starts=settings.starts, rng=rng) for k in range(2, k_most + 1)]
        tried = diagnose(members, parts, resamples=settings.resamples, rng=rng) if parts else []
        choice = choose_parts(tried, n_least=n_least)
        whole = Partition(
            np.zeros(len(members), dtype=np.int64),
            members.mean(axis=0)[None, :],
            float(((members - members.mean(axis=0)) ** 2).sum()),
        )
        undivided = Diagnosis(whole, np.nan, np.nan, 1.0)
        chosen = 0 if choice.position is None else choice.position + 1
        found.append(FoundGroup(segment_code(number), (undivided, *tried), chosen))
    return found


def _stability(chosen: Diagnosis, groups: Sequence[FoundGroup]) -> Mapping[str, float]:
    of_groups = {group.code: chosen.stability for group in groups}
    return of_groups | {part: group.chosen.stability for group in groups for part in group.parts}


def _reason(argument: str, space: _Space, groups: Sequence[FoundGroup]) -> str:
    table, dropped = space.features.table, space.dropped
    sentences = [
        f"{len(table)} areas were compared in {table.shape[1]} variables; {len(dropped)} more were left out.",
        argument,
        "Environments by Place: " + ", ".join(f"{g.code} has {len(g.parts)}" for g in groups) + ".",
        *(f"{note}." for note in space.features.notes),
    ]
    return " ".join(sentences)
