"""The equality report: after the zones, and read by nothing that places a zone or a visit (design rule 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

import db.equality
import db.read
import db.results
from hotspots.capped_zones import CappedPrice, price_of_caps
from hotspots.history import is_scored
from hotspots.red_zones import ZoneSettings
from profiles.equality import INCOME, EqualityReport, equality_shares, income_fifths
from profiles.people import RESIDENTS
from redzones.steps.work import area_counts, people_values, places_and_counts

if TYPE_CHECKING:
    import geopandas as gpd
    from sqlalchemy import Connection

    from domain.incidents import ScoringSet
    from hotspots.results import RedZonesResult
    from redzones.steps.work import Work

__all__ = ["equality"]

_NO_PEOPLE = "No People data are loaded, so it cannot be seen whom the Red Zones affect."
_NO_ZONES = "There are no Red Zones of this list."
_PRESENT = "Residents are not the people present: in town centres we cannot see who is affected, only who sleeps there."
_RULE = (
    "The report is made after the zones are placed. No census or deprivation figure enters a score, and nothing here "
    "changes a zone."
)
# Both sides of the comparison lie on pixels of 50 m: a quarter of the work of those on which zones are published.
_COARSE_PIXEL_M, _FINE_PIXEL_M = 50.0, 25.0
_FIRST_LIST_ONLY = "The price of fairness is computed for the first list of the settings only."


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every scoring set is compared with."""

    areas: gpd.GeoDataFrame
    people: pd.DataFrame
    labels: dict[str, str]
    residents: np.ndarray[Any, np.dtype[np.float64]]
    counts: pd.DataFrame
    kinds: pd.DataFrame


def equality(connection: Connection, work: Work) -> dict[str, Any]:
    """Compare the ground of the Red Zones with residents and reports, and price a cap."""
    people = people_values(connection, work)
    zones = db.results.read_zones(connection, work.run_id)
    states = {}
    for position, scoring_set in enumerate(work.settings.hotspots.scoring_sets):
        found = zones[str(scoring_set)]
        if people.empty or found.zones.empty:
            reason = _NO_PEOPLE if people.empty else _NO_ZONES
            report = EqualityReport(str(scoring_set), "no_data", reason, pd.DataFrame(), price_reason=reason)
        else:
            report = _report(connection, work, _ground(connection, work, people), found, scoring_set, position)
        db.equality.write_equality(connection, work.run_id, report)
        states[str(scoring_set)] = report.state
    return states


def _ground(connection: Connection, work: Work, people: pd.DataFrame) -> _Ground:
    areas = db.read.areas(connection, work.small_area)
    of_residents = people[people["variable"] == RESIDENTS].set_index("area_code")["numerator"]
    residents = of_residents.reindex(areas["area_code"]).fillna(0.0).to_numpy(np.float64)
    if not residents.any():  # without a count of residents, the people of any one table stand in
        largest = people.groupby("area_code")["denominator"].max()
        residents = largest.reindex(areas["area_code"]).fillna(0.0).to_numpy(np.float64)
    return _Ground(
        areas=areas,
        people=people,
        labels={variable.name: variable.label for variable in db.read.people_variables(connection, work.load_ids)},
        residents=residents,
        counts=area_counts(connection, work),
        kinds=db.read.kinds(connection, work.settings.incidents.counted_sources),
    )


def _report(
    connection: Connection,
    work: Work,
    ground: _Ground,
    found: RedZonesResult,
    scoring_set: ScoringSet,
    position: int,
) -> EqualityReport:
    shares = equality_shares(
        ground.people,
        ground.labels,
        area_codes=ground.areas["area_code"].tolist(),
        residents=ground.residents,
        zone_area=_zone_area_km2(found.zones, ground.areas),
        incidents=_incidents(work, ground, scoring_set),
        rng=work.rng(f"equality {scoring_set}"),
    )
    report = EqualityReport(str(scoring_set), "ok", "", shares, notes=(_PRESENT, _RULE))
    if position:
        return replace(report, price_reason=_FIRST_LIST_ONLY)
    fifths = _fifths(ground)
    if not fifths:
        return replace(report, price_reason="The Income domain is not loaded, so caps by fifth cannot be priced.")
    price = _price(connection, work, found, scoring_set, fifths)
    return replace(report, price=price.curve, price_shares=price.shares, price_reason=price.reason)


def _zone_area_km2(zones: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the area of each zone in each small area, shape (n_zones, n_small)."""
    shapes, ground = zones.geometry.to_numpy(), areas.geometry.to_numpy()
    zone, area = shapely.STRtree(ground).query(shapes, predicate="intersects")
    overlap = np.zeros((len(shapes), len(ground)))
    overlap[zone, area] = shapely.area(shapely.intersection(shapes[zone], ground[area])) / 1e6
    return overlap


def _incidents(work: Work, ground: _Ground, scoring_set: ScoringSet) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the public-reported incidents of the chosen kinds in the zones' months, by small area."""
    scored = ground.kinds.loc[is_scored(ground.kinds, scoring_set), "kind_id"]
    first = work.month.index + 1 - work.settings.hotspots.window_months
    counts = ground.counts
    own = counts[
        counts["kind_id"].isin(scored)
        & ~counts["is_officer_generated"]
        & counts["month_index"].between(first, work.month.index)
    ]
    by_area = own.groupby("area_code")["n"].sum()
    return by_area.reindex(ground.areas["area_code"]).fillna(0.0).to_numpy(np.float64)


def _fifths(ground: _Ground) -> dict[str, str]:
    """Return the Income-domain fifth of each small area, where it is known."""
    rows = ground.people[ground.people["variable"] == INCOME].set_index("area_code")["numerator"]
    score = rows.reindex(ground.areas["area_code"]).to_numpy(np.float64)
    fifths = zip(ground.areas["area_code"], income_fifths(score, ground.residents), strict=True)
    return {str(code): str(fifth) for code, fifth in fifths if fifth}


def _price(
    connection: Connection, work: Work, found: RedZonesResult, scoring_set: ScoringSet, fifths: dict[str, str]
) -> CappedPrice:
    options = work.settings.hotspots
    return price_of_caps(
        **places_and_counts(connection, work),
        scoring_set=scoring_set,
        last_month_index=work.month.index,
        test_months=options.test_months,
        force=db.read.force_area(connection),
        settings=ZoneSettings(
            window_months=options.window_months,
            half_life_months=options.half_life_months,
            radius_m=options.zone_radius_m,
            pixel_m=_COARSE_PIXEL_M if options.zone_radius_m >= 2 * _COARSE_PIXEL_M else _FINE_PIXEL_M,
            capacity=max(len(found.zones), 1),
        ),
        model=db.results.read_backtests(connection, work.run_id)[str(scoring_set)].chosen,
        class_of_area=fifths,
        rng=work.rng(f"price of fairness {scoring_set}"),
        exclusions=db.read.exclusions(connection, work.load_ids, month=work.month.shift(1)),
    )
