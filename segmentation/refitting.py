"""Segments made anew: which follow which, and which codes and names they keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from segmentation.frozen import SegmentModel
from segmentation.matching import SegmentMatch, match_segments
from segmentation.results import Refit, SegmentationResult
from segmentation.tables import segment_code

__all__ = ["KEPT_OVERLAP", "refit_model"]

#: Least Jaccard overlap of a segment with its predecessor at which it keeps an approved name (Hennig 2007: below 0.75 a
#: cluster is no longer clearly the same).
KEPT_OVERLAP = 0.75


def refit_model(old: SegmentModel, new: SegmentationResult, before: SegmentationResult, *, reason: str) -> SegmentModel:
    """
    Return segments made anew as the successor of a model: a segment that follows an old one keeps its code.

    Groups are matched so that as many areas as possible stay (the Hungarian method), then the environments within
    matched groups. A segment keeps an approved name where it and its predecessor share three quarters of the areas of
    both together (Jaccard index); otherwise the new name waits for approval. A code that ended is not given again here.

    Parameters
    ----------
    old
        The model that is replaced.
    new
        What `segmentation.segments.find_segments` found in the current data.
    before
        The same data placed in the old model (`segmentation.frozen.segments_of_month`), so that what is compared is
        the models and not the months.
    reason
        Why a person decided to refit.

    References
    ----------
    Hennig C. (2007) Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis 52, 258-271,
    doi 10.1016/j.csda.2006.11.025; Kuhn H. W. (1955), doi 10.1002/nav.3800020109.
    """
    then, now = _by_area(before, "group_code"), _by_area(new, "group_code")
    match = match_segments(then, now)
    codes = _group_codes(match, sorted(set(now), key=_order), sorted({*then, *old.names}, key=_order))
    codes |= _environment_codes(before, new, match, codes)
    renamed = _recoded(new, codes)
    kept = {
        code: name
        for code, name in old.approved.items()
        if code in set(renamed.segments["segment_code"]) and _overlap(before, renamed, code) >= KEPT_OVERLAP
    }
    refit = Refit(
        reason=reason,
        adjusted_rand=match.adjusted_rand,
        n_common=match.n_common,
        movers=match.movers.assign(new_code=[codes[code] for code in match.movers["new_code"]]),
        ended=match.ended,
        begun=tuple(codes[code] for code in match.begun),
        kept=tuple(sorted(kept, key=_order)),
    )
    month = "" if new.origin is None else new.origin.month
    return SegmentModel(renamed, month, kept, refit)


def _order(code: str) -> tuple[int, str]:
    return len(code), code


def _by_area(result: SegmentationResult, level: str) -> pd.Series:
    rows = result.membership[result.membership[level].notna()]
    return pd.Series(rows[level].to_numpy(dtype=object), index=rows["area_code"].to_numpy(dtype=object))


def _group_codes(match: SegmentMatch, new: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """Return the code that each new group gets: that of its predecessor, or the first letter never used before."""
    codes = {after: before for before, after in match.successors.items()}
    free = (code for code in map(segment_code, range(len(new) + len(taken))) if code not in set(taken))
    return {code: codes[code] if code in codes else next(free) for code in new}


def _environment_codes(
    before: SegmentationResult, new: SegmentationResult, match: SegmentMatch, groups: Mapping[str, str]
) -> dict[str, str]:
    then, now = _by_area(before, "environment_code"), _by_area(new, "environment_code")
    parents = {str(part): str(part).rstrip("0123456789") for part in sorted(set(now))}
    predecessor = {after: code for code, after in match.successors.items()}
    codes: dict[str, str] = {}
    for group, code in groups.items():
        parts = [part for part, parent in parents.items() if parent == group]
        old_parts = then[[str(p).rstrip("0123456789") == predecessor.get(group) for p in then]]
        inside = now[now.isin(parts)]
        kept = _successors(old_parts, inside)
        free = (f"{code}{n}" for n in range(1, 2 * len(parts) + len(kept) + 1) if f"{code}{n}" not in kept.values())
        codes |= {part: kept[part] if part in kept else next(free) for part in parts}
    return codes


def _successors(then: pd.Series, now: pd.Series) -> dict[str, str]:
    """Return the old code of each new one that has a predecessor."""
    if set(then.index).isdisjoint(now.index):
        return {}
    return {after: before for before, after in match_segments(then, now).successors.items()}


def _recoded(result: SegmentationResult, codes: Mapping[str, str]) -> SegmentationResult:
    def recode(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        changed = {
            c: np.array([codes.get(v, v) if isinstance(v, str) else None for v in frame[c]], dtype=object)
            for c in columns
        }
        return frame.assign(**changed)

    segments = recode(result.segments, "segment_code", "parent_code")
    by_group = [(_order(code.rstrip("0123456789")), _order(code)) for code in segments["segment_code"]]
    ordered = segments.iloc[sorted(range(len(segments)), key=by_group.__getitem__)].reset_index(drop=True)
    return replace(
        result,
        segments=ordered,
        membership=recode(result.membership, "group_code", "environment_code", "second_code"),
        diagnostics=recode(result.diagnostics, "parent_code"),
        centroids=recode(result.centroids, "segment_code"),
    )


def _overlap(before: SegmentationResult, after: SegmentationResult, code: str) -> float:
    """Return the Jaccard index of the areas that a segment had and has, among those in both."""
    level = "group_code" if code.isalpha() else "environment_code"
    then, now = _by_area(before, level), _by_area(after, level)
    common = set(then.index) & set(now.index)
    had = {area for area in then[then == code].index if area in common}
    has = {area for area in now[now == code].index if area in common}
    return len(had & has) / len(had | has) if had | has else 0.0
