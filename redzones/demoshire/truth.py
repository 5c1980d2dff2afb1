"""The planted truth, saved beside the county's files so that anyone can check what an engine recovers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from domain.months import LocalMonth
from redzones.demoshire.county import County
from redzones.demoshire.people import GROUPS, People
from redzones.demoshire.planted import HOURS, HotSpot
from redzones.demoshire.writers import write_features, write_table

__all__ = ["write_truth"]

_README = """# What was planted in Demoshire

These files are the answers. No part of the engine reads them.

- `planted_hot_spots.geojson`: each hot spot's footprint (the ground within two standard deviations of it, drift
  included) with its setting, shape (cloud, line, corner, point), fate (steady, drifts, begins, ends, summers), the
  months in which it is hot, its middle (`centre_x`, `centre_y`, British National Grid), `radius_m` (of a disc of the
  same area as the footprint), drift in metres from the first month to the last, its strength, and how many incidents
  it drew in all, of ASB, and by month.
- `planted_hot_hours.csv`: for each hot spot the weekdays (0 = Monday) and hours in which it is hot. An `end_hour`
  above 24 belongs to the small hours of the next day. `share_planted` of its incidents fall into these hours by plan;
  the others keep the usual hours of their category. A hot spot of `any hour` has no hot hours and no rows here.
- `planted_groups.csv`: the kind of community planted in each small area.
- `planted_confidence.csv`: for each ward and wave the true share of adults who are confident, worry about ASB, see it
  as a problem and feel informed, and whether the survey goes there.

What an honest engine can and cannot recover: the strong steady hot spots, nearly always; the weak ones at the end of
the list, hardly ever; spots that ended should leave the list and spots that began should enter it; the single
addresses should be flagged, not patrolled; a few areas are planted as misfits among their neighbours, and groups
overlap, so no clustering finds them all.
"""


def write_truth(
    folder: Path,
    county: County,
    people: People,
    hot_spots: tuple[HotSpot, ...],
    incidents: pd.DataFrame,
    *,
    months: tuple[LocalMonth, ...],
) -> Path:
    """Write the planted hot spots, hours and groups, and a page that explains them; return the folder."""
    drawn = {i: incidents[incidents["hot_spot"] == i] for i in range(len(hot_spots))}
    write_features(
        folder / "planted_hot_spots.geojson",
        ((_properties(h, drawn[i], months), h.footprint()) for i, h in enumerate(hot_spots)),
    )
    hours = [row for h in hot_spots for row in _hours(h)]
    columns = ["hot_spot_id", "hours", "weekday", "begin_hour", "end_hour", "weight", "share_planted"]
    write_table(folder / "planted_hot_hours.csv", pd.DataFrame(hours, columns=columns))
    groups = [GROUPS[g] for g in people.group]
    write_table(folder / "planted_groups.csv", pd.DataFrame({"area_code": county.area_codes, "group": groups}))
    (folder / "README.md").write_text(_README, encoding="utf-8", newline="\n")
    return folder


def _properties(h: HotSpot, drawn: pd.DataFrame, months: tuple[LocalMonth, ...]) -> dict[str, Any]:
    x, y = h.centre
    by_month = drawn["month"].value_counts().reindex(range(len(months)), fill_value=0)
    return {
        "hot_spot_id": h.hot_spot_id,
        "setting": h.setting,
        "shape": h.shape,
        "fate": h.fate,
        "centre_x": round(x, 1),
        "centre_y": round(y, 1),
        "radius_m": round(h.radius_m, 1),
        "drift_east_m": h.drift_m[0],
        "drift_north_m": h.drift_m[1],
        "strength": round(h.strength, 4),
        "active_months": [str(month) for month, hot in zip(months, h.active, strict=True) if hot],
        "n_incidents": len(drawn),
        "n_asb": int((drawn["category"] == "Anti-social behaviour").sum()),
        "n_by_month": by_month.tolist(),
    }


def _hours(h: HotSpot) -> list[tuple[str, str, int, int, int, float, float]]:
    if h.hours == "any hour":
        return []
    return [
        (h.hot_spot_id, h.hours, weekday, first, after, weight, h.hours_share)
        for weekdays, first, after, weight in HOURS[h.hours]
        for weekday in weekdays
    ]
