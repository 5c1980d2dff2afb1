"""The segments of a month when they were made in an earlier one: same centres and names, this month's areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from domain.areas import PeopleVariable
from domain.errors import AnalysisError
from segmentation.assignment import place_in_segments
from segmentation.contrasts import contrasts_within
from segmentation.description import approved_names, describe_areas
from segmentation.places import yearly_counts
from segmentation.results import MOVER_COLUMNS, Origin, Refit, SegmentationResult
from segmentation.tables import segment_table

__all__ = ["SegmentModel", "named_segments", "segments_of_month"]


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """
    Segments as they were made, which later months are placed in.

    Parameters
    ----------
    result
        What `segmentation.segments.find_segments` found.
    month
        Last month of its data, `YYYY-MM`.
    approved
        Names that a person approved, by segment code.
    refit
        How it follows the model before it; None for the first one.
    """

    result: SegmentationResult
    month: str
    approved: Mapping[str, str] = field(default_factory=dict)
    refit: Refit | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """Name of each segment by its code, approved where a person approved it."""
        proposed = dict(zip(self.result.segments["segment_code"], self.result.segments["name"], strict=True))
        return approved_names(proposed, self.approved)


def named_segments(segments: pd.DataFrame, model: SegmentModel) -> pd.DataFrame:
    """Return a table of segments with the names of a model, and whether a person approved them."""
    codes, names = segments["segment_code"], model.names
    states = ["approved" if code in model.approved else "proposed" for code in codes]
    return segments.assign(
        name=np.array([names[code] for code in codes], dtype=object), name_state=np.array(states, dtype=object)
    )


def segments_of_month(
    model: SegmentModel,
    *,
    people: pd.DataFrame,
    variables: Sequence[PeopleVariable],
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    last_month_index: int,
) -> SegmentationResult:
    """
    Place this month's areas in segments that were made earlier, and describe them by this month's figures.

    Parameters
    ----------
    model
        The segments.
    people, variables, area_counts, kinds, last_month_index
        As in `segmentation.segments.find_segments`.

    Raises
    ------
    AnalysisError
        If a variable of the segments is not loaded any more, or no area is left.
    """
    made = model.result
    placed = place_in_segments(
        people=people,
        variables=variables,
        area_counts=area_counts,
        kinds=kinds,
        last_month_index=last_month_index,
        centroids=made.centroids,
        scaling=made.scaling,
    )
    membership, residents = placed.membership, placed.residents
    if membership.empty:
        raise AnalysisError("no area has residents and every variable of the segments", hint="Load the census tables.")
    described = describe_areas(people, variables, residents=residents, rates=placed.rates)
    stability = dict(zip(made.segments["segment_code"], made.segments["stability"], strict=True))
    segments = segment_table(
        membership, residents, names=model.names, portraits=described.portraits(membership), stability=stability
    )
    origin = _origin(model, membership)
    counts, exposure = yearly_counts(area_counts, kinds, residents, last_month_index=last_month_index)
    return replace(
        made,
        segments=named_segments(segments, model),
        membership=membership,
        reason=f"{made.reason} {_sentence(origin)}",
        origin=origin,
        contrasts=contrasts_within(placed.points, membership, counts if len(placed.rates.columns) else {}, exposure),
    )


def _segment_of(membership: pd.DataFrame) -> pd.Series:
    finest = membership["environment_code"].where(membership["environment_code"].notna(), membership["group_code"])
    return pd.Series(finest.to_numpy(dtype=object), index=membership["area_code"].to_numpy(dtype=object))


def _origin(model: SegmentModel, membership: pd.DataFrame) -> Origin:
    then, now = _segment_of(model.result.membership), _segment_of(membership)
    common = sorted(set(then.index) & set(now.index))
    moved = [(code, then[code], now[code]) for code in common if then[code] != now[code]]
    return Origin(
        month=model.month,
        is_frozen=True,
        movers=pd.DataFrame(moved, columns=list(MOVER_COLUMNS), dtype=object),
        new_areas=tuple(sorted(set(now.index) - set(then.index))),
        gone_areas=tuple(sorted(set(then.index) - set(now.index))),
        refit=model.refit,
    )


def _sentence(origin: Origin) -> str:
    counts = f"{len(origin.movers)} have another segment than then"
    counts += f", {len(origin.new_areas)} are new" if origin.new_areas else ""
    counts += f", {len(origin.gone_areas)} are in no segment any more" if origin.gone_areas else ""
    return f"The segments were made from the data to {origin.month} and are kept; of the areas, {counts}."
