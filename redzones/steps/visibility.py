"""Where a visit is seen by many: beside the Red Zones, never among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.perception
import db.read
import db.visibility
from domain.areas import FigureState
from hotspots.visibility import find_visible_places
from redzones.steps.work import people_values, places_and_counts

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["visibility"]

_RESIDENTS, _WORKERS = "residents", "workday_population"


def visibility(connection: Connection, work: Work) -> dict[str, Any]:
    """Find the places of each patrol area where most people are likely to see a visit."""
    people = people_values(connection, work)
    result = find_visible_places(
        db.read.areas(connection, work.small_area),
        _counts(people, _RESIDENTS),
        _counts(people, _WORKERS),
        db.visibility.public_places(connection, work.load_ids),
        patrol_areas=db.read.areas(connection, work.patrol),
        force=db.read.force_area(connection),
        streets=places_and_counts(connection, work)["places"],
        low_confidence=_low_confidence(connection, work),
    )
    db.visibility.write_visibility(connection, work.run_id, result)
    return {"state": result.state, "reason": result.reason, "places": len(result.places)}


def _counts(people: pd.DataFrame, variable: str) -> dict[str, float]:
    own = people[(people["variable"] == variable) & people["numerator"].notna()]
    return dict(zip(own["area_code"].astype(str), own["numerator"].astype(float), strict=True))


def _low_confidence(connection: Connection, work: Work) -> frozenset[str] | None:
    """Return the patrol areas of low confidence (METHODS 4); None where no survey tells."""
    survey = db.perception.read_perception(connection, work.run_id)
    if survey is None:
        return None
    table = survey.estimates
    own = table[
        (table["geography"] == str(work.patrol))
        & (table["question"] == "confidence")
        & (table["model"] == "modelled")
        & (table["state"] == FigureState.OK)
    ]
    if own.empty:
        return None
    is_low = own["probability_below_force"] > survey.low_confidence_probability
    return frozenset(own.loc[is_low, "area_code"].astype(str))
