"""The tables of a segmentation result, put together from what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.clustering import Diagnosis, Partition
from segmentation.features import Scaling
from segmentation.portraits import PortraitEntry

__all__ = [
    "FoundGroup",
    "centroid_table",
    "clustergram",
    "diagnostic_table",
    "scaling_table",
    "segment_code",
    "segment_table",
]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def segment_code(number: int) -> str:
    """
    Return the code of a community group: A to Z, then AA, AB and so on.

    Examples
    --------
    >>> [segment_code(n) for n in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    code = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, len(_LETTERS))
        code = _LETTERS[letter] + code
    return code


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """
    A community group and the environments into which it was divided.

    Parameters
    ----------
    code
        Code of the group.
    tried
        Diagnoses of 1, 2, ... environments.
    position
        Which of them was chosen.
    """

    code: str
    tried: tuple[Diagnosis, ...]
    position: int

    @property
    def chosen(self) -> Diagnosis:
        """The diagnosis of the chosen number of environments."""
        return self.tried[self.position]

    @property
    def parts(self) -> tuple[str, ...]:
        """Codes of the environments."""
        return tuple(f"{self.code}{i + 1}" for i in range(self.chosen.partition.k))


def centroid_table(
    group_variables: Sequence[str], place_variables: Sequence[str], groups: Partition, found: Sequence[FoundGroup]
) -> pd.DataFrame:
    """Return a row per segment and variable: `segment_code`, `variable`, `value`."""
    rows = []
    for number, group in enumerate(found):
        rows += [
            (group.code, name, value) for name, value in zip(group_variables, groups.centroids[number], strict=True)
        ]
        for part, centroid in zip(group.parts, group.chosen.partition.centroids, strict=True):
            rows += [(part, name, value) for name, value in zip(place_variables, centroid, strict=True)]
    codes, names, values = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "segment_code": np.array(codes, dtype=object),
            "variable": np.array(names, dtype=object),
            "value": np.array(values, dtype=np.float64),
        }
    )


def scaling_table(scalings: Sequence[Scaling]) -> pd.DataFrame:
    """Return a row per variable: `variable`, `minimum`, `maximum`."""
    return pd.DataFrame(
        {
            "variable": np.array([name for s in scalings for name in s.variables], dtype=object),
            "minimum": np.concatenate([s.minimum for s in scalings]),
            "maximum": np.concatenate([s.maximum for s in scalings]),
        }
    )


def diagnostic_table(tried: Sequence[Diagnosis], chosen: int, groups: Sequence[FoundGroup]) -> pd.DataFrame:
    """Return a row per level and k that was tried."""
    rows = [_diagnostic("group", None, d, is_chosen=i == chosen) for i, d in enumerate(tried)]
    rows += [
        _diagnostic("environment", group.code, d, is_chosen=i == group.position)
        for group in groups
        for i, d in enumerate(group.tried)
    ]
    return _table(rows, texts=("level", "parent_code"))


def _table(rows: Sequence[Mapping[str, object]], *, texts: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table whose text columns keep None as None."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pd.DataFrame(
        {name: pd.Series(values, dtype=object if name in texts else None) for name, values in columns.items()}
    )


def _diagnostic(level: str, parent: str | None, diagnosis: Diagnosis, *, is_chosen: bool) -> dict[str, object]:
    return {
        "level": level,
        "parent_code": parent,
        "k": diagnosis.partition.k,
        "inertia": diagnosis.partition.inertia,
        "silhouette": diagnosis.silhouette,
        "calinski_harabasz": diagnosis.calinski_harabasz,
        "stability_ari": diagnosis.stability,
        "smallest_share": diagnosis.partition.smallest_share,
        "is_chosen": is_chosen,
    }


def clustergram(
    points: NDArray[np.float64], residents: NDArray[np.float64], partitions: Sequence[Partition]
) -> pd.DataFrame:
    """
    Return where the clusters of each k lie on the first principal component, weighted by residents.

    Parameters
    ----------
    points
        Features, shape (n_areas, n_variables).
    residents
        Weights, shape (n_areas,).
    partitions
        One for each k.

    References
    ----------
    Schonlau M. (2002) The clustergram. The Stata Journal 2, 391-402, doi 10.1177/1536867X0200200405. Fleischmann M.
    (2023) Clustergram: visualization and diagnostics for cluster analysis, doi 10.21105/joss.05240.
    """
    centred = points - points.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    # the sign of a component is free: the variable that counts most points upwards
    component = centred @ (direction * np.sign(direction[np.argmax(np.abs(np.round(direction, 9)))]))
    rows = []
    before: Partition | None = None
    for p in partitions:
        for cluster, own in enumerate(p.labels == c for c in range(p.k)):
            if own.any():
                n_from = [] if before is None else np.bincount(before.labels[own], minlength=before.k).tolist()
                mean = float(np.average(component[own], weights=residents[own]))
                rows.append((p.k, cluster, mean, int(own.sum()), n_from))
        before = p
    return pd.DataFrame(rows, columns=["k", "cluster", "mean_component", "n_areas", "n_from"])


def segment_table(
    membership: pd.DataFrame,
    residents: pd.Series,
    *,
    names: Mapping[str, str],
    portraits: Mapping[str, list[PortraitEntry]],
    stability: Mapping[str, float],
) -> pd.DataFrame:
    """
    Return a row per segment, each group before its environments.

    Parameters
    ----------
    membership
        As in `SegmentationResult`.
    residents
        Residents by area.
    names, portraits, stability
        By segment code.
    """
    people = residents.reindex(pd.Index(membership["area_code"])).to_numpy(dtype=np.float64)
    pairs = zip(membership["environment_code"], membership["group_code"], strict=True)
    parents = {str(p): str(g) for p, g in pairs if p is not None}
    codes = sorted(set(membership["group_code"]), key=lambda code: (len(code), code))
    rows = []
    for group in codes:
        parts = sorted((p for p, g in parents.items() if g == group), key=lambda code: (len(code), code))
        for code in (group, *parts):
            level = "group" if code == group else "environment"
            inside = (membership[f"{level}_code"] == code).to_numpy()
            rows.append(
                {
                    "segment_code": code,
                    "level": level,
                    "parent_code": None if code == group else group,
                    "name": names[code],
                    "name_state": "proposed",
                    "n_areas": int(inside.sum()),
                    "residents_share": float(people[inside].sum() / people.sum()),
                    "portrait": portraits[code],
                    "stability": stability[code],
                }
            )
    return _table(rows, texts=("segment_code", "level", "parent_code", "name", "name_state", "portrait"))
