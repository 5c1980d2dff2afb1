"""Old and new segments side by side: which is which, who moved, and which names survive a refit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from domain.errors import AnalysisError

__all__ = ["SegmentMatch", "match_segments"]


@dataclass(frozen=True, slots=True)
class SegmentMatch:
    """
    How new segments follow old ones.

    Parameters
    ----------
    successors
        New code by old code, for the segments that have a successor.
    movers
        A row per area whose new segment is not the successor of its old one: `area_code`, `old_code`, `new_code`.
    ended, begun
        Old codes without a successor; new codes without a predecessor.
    adjusted_rand
        Adjusted Rand index of the two memberships, 1 = identical.
    n_common
        Areas that are in both; the others are not compared.
    """

    successors: Mapping[str, str]
    movers: pd.DataFrame
    ended: tuple[str, ...]
    begun: tuple[str, ...]
    adjusted_rand: float
    n_common: int


def match_segments(old: pd.Series, new: pd.Series) -> SegmentMatch:
    """
    Match new segments to old ones so that as many areas as possible stay (the Hungarian method).

    Parameters
    ----------
    old, new
        Segment code by area code. Areas that are in one only are left out.

    Raises
    ------
    AnalysisError
        If no area is in both, or an area occurs twice.

    References
    ----------
    Kuhn H. W. (1955) The Hungarian method for the assignment problem. Naval Research Logistics Quarterly 2, 83-97,
    doi 10.1002/nav.3800020109.

    Examples
    --------
    >>> old = pd.Series({"S1": "A", "S2": "A", "S3": "B"})
    >>> match = match_segments(old, pd.Series({"S1": "B", "S2": "B", "S3": "A"}))
    >>> dict(match.successors), len(match.movers), match.adjusted_rand
    ({'A': 'B', 'B': 'A'}, 0, 1.0)
    """
    if old.index.has_duplicates or new.index.has_duplicates:
        raise AnalysisError("an area is in two segments at once")
    common = sorted(set(old.index) & set(new.index))
    if not common:
        raise AnalysisError("the two segmentations have no area in common", hint="Compare one geography and vintage.")
    before, after = old[common].to_numpy(dtype=object), new[common].to_numpy(dtype=object)
    old_codes, old_at = np.unique(before.astype(str), return_inverse=True)
    new_codes, new_at = np.unique(after.astype(str), return_inverse=True)
    shared = np.zeros((len(old_codes), len(new_codes)), dtype=np.int64)
    np.add.at(shared, (old_at, new_at), 1)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    successors = {str(old_codes[i]): str(new_codes[j]) for i, j in zip(rows, columns, strict=True) if shared[i, j] > 0}
    moved = np.array([successors.get(str(a)) != str(b) for a, b in zip(before, after, strict=True)])
    movers = pd.DataFrame({"area_code": common, "old_code": before, "new_code": after}, dtype=object)[moved]
    return SegmentMatch(
        successors,
        movers.reset_index(drop=True),
        tuple(str(code) for code in old_codes if str(code) not in successors),
        tuple(str(code) for code in new_codes if str(code) not in successors.values()),
        float(adjusted_rand_score(before.astype(str), after.astype(str))),
        len(common),
    )
