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

__all__ = ["FrozenSegments", "PlacedAreas", "month_text", "place_in_segments", "transform_people"]

#: An area whose second-best centroid is within 10 per cent of its own is doubtful.
_DOUBTFUL = 1.10
#: Ratios are cut here, so that an area on its own centroid has one too.
_RATIO_MOST = 100.0


def month_text(month_index: int) -> str:
    """
    Return a month, counted since year 0, as YYYY-MM.

    Examples
    --------
    >>> month_text(2025 * 12 + 11)
    '2025-12'
    """
    year, month = divmod(month_index, 12)
    return f"{year:04d}-{month + 1:02d}"


def transform_people(values: pd.DataFrame, variables: Sequence[PeopleVariable]) -> pd.DataFrame:
    """
    Return values on scales where the same distance means about the same difference: `asin(sqrt(p))`, `asinh(x)`.

    A share becomes its angle, whose chance variation is nearly the same for rare and for common things; a score becomes
    its inverse hyperbolic sine, which draws in a long tail and bears zero and negative values. The Output Area
    Classification takes the latter for shares too: near zero it is as steep as for a rare share, so that groups split
    by the chance in small counts (ADR 0008).

    Parameters
    ----------
    values
        A row per area, a column per variable; shares in per cent.
    variables
        Declared variables, whose unit says which of the columns are shares.

    References
    ----------
    Anscombe F. J. (1948) The transformation of Poisson, binomial and negative-binomial data. Biometrika 35, 246-254,
    doi 10.1093/biomet/35.3-4.246.

    Examples
    --------
    >>> rented = PeopleVariable("rented", "Rented", "tenure", "share", "TS054", "2021")
    >>> transform_people(pd.DataFrame({"rented": [0.0, 50.0, 100.0]}), [rented])["rented"].round(3).tolist()
    [0.0, 0.785, 1.571]
    """
    shares = {v.name for v in variables if v.unit == "share"}
    columns = {
        name: np.arcsin(np.sqrt(np.clip(column / 100.0, 0.0, 1.0))) if name in shares else np.arcsinh(column)
        for name, column in values.astype("float64").items()
    }
    return pd.DataFrame(columns, index=values.index, columns=values.columns)


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
            "environment_code": self._environments(group, places),
            "distance": own,
            "second_code": np.array(self.groups, dtype=object)[order[:, 1]],
            "second_ratio": ratio,
            "is_doubtful": ratio <= _DOUBTFUL,
        }
        return pd.DataFrame(values, columns=list(MEMBERSHIP_COLUMNS))

    def _environments(self, group: NDArray[np.object_], places: pd.DataFrame) -> NDArray[np.object_]:
        found = np.full(len(group), None, dtype=object)
        if not set(self.place_scaling.variables) <= set(places.columns):
            return found  # nothing tells the environments apart this month
        points = self.place_scaling.apply(places)
        for code, parts in self.environments.items():
            rows = np.flatnonzero(group == code)
            if not parts:  # without Place variables a group has one environment, and no centroid of it is kept
                found[rows] = f"{code}1"
            elif len(rows):
                centroids = np.stack([self.place_centroids[part] for part in parts])
                found[rows] = np.array(parts, dtype=object)[nearest(points[rows], centroids).argmin(axis=1)]
        return found


def _names(by_code: dict[str, pd.Series], codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for code in codes if code in by_code for name in by_code[code].index))


def _scaling(scaling: pd.DataFrame, names: tuple[str, ...]) -> Scaling:
    rows = scaling.set_index("variable").loc[list(names)]
    return Scaling(names, rows["minimum"].to_numpy(dtype=np.float64), rows["maximum"].to_numpy(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class PlacedAreas:
    """
    Areas placed in segments that already exist, with the figures by which they are described.

    Parameters
    ----------
    membership
        The columns of `SegmentationResult.membership`, sorted by area.
    points
        The areas on the scale of the groups, shape (n_areas, n_variables).
    residents
        Residents by area; 1 for each where they are not loaded.
    rates
        Place variables by area (`segmentation.places.place_table`); without column where residents are not loaded.
    """

    membership: pd.DataFrame
    points: NDArray[np.float64]
    residents: pd.Series
    rates: pd.DataFrame


def place_in_segments(
    *,
    people: pd.DataFrame,
    variables: Sequence[PeopleVariable],
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    last_month_index: int,
    centroids: pd.DataFrame,
    scaling: pd.DataFrame,
) -> PlacedAreas:
    """
    Place areas in frozen segments, so that a new month alone never makes new segments.

    With the data from which the segments were found, every area stays where it is. Areas without residents or with a
    missing value are left out. The environment is None for all where a Place variable has no figures.

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
    known = resident_counts(people, table.index)
    weights = pd.Series(1.0, index=table.index) if known is None else known
    complete = table[needed].notna().all(axis=1) & (weights > 0)
    values, residents = table.loc[complete, needed], weights[complete]
    rates = pd.DataFrame(index=values.index)
    if known is not None and len(values):
        rates = place_table(area_counts, kinds, residents, last_month_index=last_month_index)
    lost = [name for name in frozen.place_scaling.variables if name not in rates.columns]
    if lost and not set(frozen.group_scaling.variables).isdisjoint(lost):
        raise AnalysisError(
            f"the segments rest on {', '.join(lost)}, of which nothing is recorded",
            hint="Load the incidents, or refit the segments.",
        )
    transformed, places = transform_people(values, variables), transform_places(rates)
    points = frozen.group_scaling.apply(transformed.join(places))
    return PlacedAreas(frozen.membership(transformed, places), points, residents, rates)
