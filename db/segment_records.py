"""Segments as plain JSON and back: a whole segmentation, where it came from, and how a refit follows the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from db.result_frames import frame_as_json, frame_from_json
from segmentation.results import Origin, Refit, SegmentationResult

__all__ = [
    "TABLES_OF_SEGMENTATION",
    "origin_as_json",
    "origin_from_json",
    "refit_as_json",
    "refit_from_json",
    "segmentation_as_json",
    "segmentation_from_json",
]

#: The tables of a segmentation that are kept as JSON beside its segments and memberships.
TABLES_OF_SEGMENTATION = ("diagnostics", "clustergram", "centroids", "scaling", "dropped", "contrasts")

_TABLES_OF_MODEL = ("segments", "membership", "diagnostics", "clustergram", "centroids", "scaling", "dropped")


def segmentation_as_json(result: SegmentationResult) -> dict[str, Any]:
    """Return everything that makes a segmentation, without what describes one month of it."""
    return {"reason": result.reason, **{name: frame_as_json(getattr(result, name)) for name in _TABLES_OF_MODEL}}


def segmentation_from_json(value: Mapping[str, Any]) -> SegmentationResult:
    """Return the segmentation that was stored."""
    frames: dict[str, Any] = {name: frame_from_json(value[name]) for name in _TABLES_OF_MODEL}
    return SegmentationResult(reason=value["reason"], **frames)


def refit_as_json(refit: Refit | None) -> dict[str, Any] | None:
    """Return how a refit follows the model before it; None for the first model."""
    if refit is None:
        return None
    return {
        "reason": refit.reason,
        "adjusted_rand": round(refit.adjusted_rand, 6),
        "n_common": refit.n_common,
        "movers": frame_as_json(refit.movers),
        "ended": list(refit.ended),
        "begun": list(refit.begun),
        "kept": list(refit.kept),
    }


def refit_from_json(value: Mapping[str, Any] | None) -> Refit | None:
    """Return the refit that was stored."""
    if value is None:
        return None
    lists = {name: tuple(value[name]) for name in ("ended", "begun", "kept")}
    return Refit(
        reason=value["reason"],
        adjusted_rand=value["adjusted_rand"],
        n_common=value["n_common"],
        movers=_movers(value["movers"]),
        **lists,
    )


def origin_as_json(origin: Origin | None) -> dict[str, Any] | None:
    """Return where segments come from; None where that is not known."""
    if origin is None:
        return None
    return {
        "month": origin.month,
        "is_frozen": origin.is_frozen,
        "movers": frame_as_json(origin.movers),
        "new_areas": list(origin.new_areas),
        "gone_areas": list(origin.gone_areas),
        "refit": refit_as_json(origin.refit),
    }


def origin_from_json(value: Mapping[str, Any] | None) -> Origin | None:
    """Return the origin that was stored."""
    if value is None:
        return None
    return Origin(
        month=value["month"],
        is_frozen=value["is_frozen"],
        movers=_movers(value["movers"]),
        new_areas=tuple(value["new_areas"]),
        gone_areas=tuple(value["gone_areas"]),
        refit=refit_from_json(value["refit"]),
    )


def _movers(value: Mapping[str, Any]) -> pd.DataFrame:
    return frame_from_json(value).astype(object)
