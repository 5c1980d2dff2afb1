"""Areas placed in segments that already exist: frozen centroids, the scale on which they were found, and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import PeopleVariable
from domain.errors import AnalysisError
from segmentation.clustering import nearest
from segmentation.features import Scaling, people_table, resident_counts
from segmentation.places import PLACE_LABELS, place_table, transform_places
from segmentation.results import MEMBERSHIP_COLUMNS

__all__ = ["FrozenSegments", "assign_to_segments", "transform_people"]

#: An area whose second-best centroid is within 10 per cent of its own is doubtful.
_DOUBTFUL = 1.10
#: Ratios are cut here, so that an area on its own centroid has one too.
_RATIO_MOST = 100.0


def transform_people(values: pd.DataFrame) -> pd.DataFrame:
    """
    Return the inverse hyperbolic sine of each value, which draws in long tails and bears zero and negative scores.

    Examples
    --------
    >>> transform_people(pd.DataFrame({"share": [0.0, 50.0]}))["share"].round(3).tolist()
    [0.0, 4.605]
    """
    return pd.DataFrame(np.arcsinh(values.to_numpy(dtype=np.float64)), index=values.index, columns=values.columns)


@dataclass(frozen=True, slots=True)
class FrozenSegments:
    """
    Segments as they were found, ready to receive areas.

    Parameters
    ----------
    groups
        Codes of the community groups, in order.
    group_scaling, group_centroids
        Variables and scale of the groups; shape (n_groups, n_variables).
    environments
        Codes of the environments of each group, in order.
    place_scaling, place_centroids
        Place variables and scale; by environment code, shape (n_place_variables,).
    """

    groups: tuple[str, ...]
    group_scaling: Scaling
    group_centroids: NDArray[np.float64]
    environments: dict[str, tuple[str, ...]]
    place_scaling: Scaling
    place_centroids: dict[str, NDArray[np.float64]]

    @classmethod
    def read(cls, centroids: pd.DataFrame, scaling: pd.DataFrame) -> FrozenSegments:
        """
        Return the segments of `SegmentationResult.centroids` and `.scaling`.

        Raises
        ------
        AnalysisError
            If a centroid has a variable without a scale, or there is no group.
        """
        codes = list(dict.fromkeys(str(code) for code in centroids["segment_code"]))
        groups = tuple(code for code in codes if code.isalpha())
        if not groups:
            raise AnalysisError("there are no frozen segments to assign to", hint="Make segments first.")
        if lost := sorted(set(centroids["variable"]) - set(scaling["variable"])):
            raise AnalysisError(f"the frozen segments have no scale for {', '.join(map(str, lost))}")
        by_code = {str(code): rows.set_index("variable")["value"] for code, rows in centroids.groupby("segment_code")}
        members = {g: tuple(c for c in codes if c != g and c.rstrip("0123456789") == g) for g in groups}
        parts = [code for of_group in members.values() for code in of_group]
        group_names, place_names = _names(by_code, groups), _names(by_code, parts)
        return cls(
            groups=groups,
            group_scaling=_scaling(scaling, group_names),
            group_centroids=np.array([by_code[g][list(group_names)] for g in groups], dtype=np.float64),
            environments=members,
            place_scaling=_scaling(scaling, place_names),
            place_centroids={c: by_code[c][list(place_names)].to_numpy(dtype=np.float64) for c in parts},
        )

    def membership(self, people: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
        """
        Return the segments of areas whose values are complete.

        Parameters
        ----------
        people
            Transformed People variables, a row per area.
        places
            Transformed Place variables on the same index.

        Returns
        -------
        DataFrame
            The columns of `SegmentationResult.membership`, in the order of the index.
        """
        points = self.group_scaling.apply(people.join(places))
        distances = nearest(points, self.group_centroids)
        order = np.argsort(distances, axis=1, kind="stable")
        rows = np.arange(len(points))
        own, second = distances[rows, order[:, 0]], distances[rows, order[:, 1]]
        ratio = np.divide(second, own, out=np.full(len(own), _RATIO_MOST), where=own > second / _RATIO_MOST)
        group = np.array(self.groups, dtype=object)[order[:, 0]]
        values = {
            "area_code": people.index.to_numpy(dtype=object),
            "group_code": group,
            "environment_code": self._environments(group, self.place_scaling.apply(places)),
            "distance": own,
            "second_code": np.array(self.groups, dtype=object)[order[:, 1]],
            "second_ratio": ratio,
            "is_doubtful": ratio <= _DOUBTFUL,
        }
        return pd.DataFrame(values, columns=list(MEMBERSHIP_COLUMNS))

    def _environments(self, group: NDArray[np.object_], places: NDArray[np.float64]) -> NDArray[np.object_]:
        found = np.full(len(group), None, dtype=object)
        for code, parts in self.environments.items():
            rows = np.flatnonzero(group == code)
            if not parts:  # without Place variables a group has one environment, and no centroid of it is kept
                found[rows] = f"{code}1"
            elif len(rows):
                centroids = np.stack([self.place_centroids[part] for part in parts])
                found[rows] = np.array(parts, dtype=object)[nearest(places[rows], centroids).argmin(axis=1)]
        return found


def _names(by_code: dict[str, pd.Series], codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for code in codes if code in by_code for name in by_code[code].index))


def _scaling(scaling: pd.DataFrame, names: tuple[str, ...]) -> Scaling:
    rows = scaling.set_index("variable").loc[list(names)]
    return Scaling(names, rows["minimum"].to_numpy(dtype=np.float64), rows["maximum"].to_numpy(dtype=np.float64))


def assign_to_segments(
    *,
    people: pd.DataFrame,
    variables: Sequence[PeopleVariable],
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    last_month_index: int,
    centroids: pd.DataFrame,
    scaling: pd.DataFrame,
) -> pd.DataFrame:
    """
    Place areas in frozen segments, so that a new month alone never makes new segments.

    With the data from which the segments were found, every area stays where it is.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES`.
    variables
        Declared variables.
    area_counts, kinds
        `domain.schemas.AREA_COUNTS`, `domain.schemas.KINDS`.
    last_month_index
        Last month.
    centroids, scaling
        Of the `SegmentationResult` that made the segments.

    Returns
    -------
    DataFrame
        The columns of `SegmentationResult.membership`, sorted by area; areas without residents or with a missing value
        are left out.

    Raises
    ------
    AnalysisError
        If a variable of the segments is not loaded any more.
    """
    frozen = FrozenSegments.read(centroids, scaling)
    table = people_table(people, variables)
    needed = [name for name in frozen.group_scaling.variables if name not in PLACE_LABELS]
    if lost := [name for name in needed if name not in table.columns or table[name].isna().all()]:
        raise AnalysisError(
            f"the segments rest on {', '.join(lost)}, of which nothing is loaded",
            hint="Load it, or refit the segments.",
        )
    residents = resident_counts(people, table.index)
    weights = pd.Series(1.0, index=table.index) if residents is None else residents
    complete = table[needed].notna().all(axis=1) & (weights > 0)
    values = table.loc[complete, needed]
    places = pd.DataFrame(index=values.index)
    if frozen.place_scaling.variables:
        made = place_table(area_counts, kinds, weights[complete], last_month_index=last_month_index)
        if lost := [name for name in frozen.place_scaling.variables if name not in made.columns]:
            raise AnalysisError(f"the environments rest on {', '.join(lost)}, of which nothing is recorded")
        places = transform_places(made)[list(frozen.place_scaling.variables)]
    return frozen.membership(transform_people(values), places)
