"""Community profiles of every small area, patrol area and policing unit: people, place, and how fresh both are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import db.profiles
import db.read
import db.results
import db.summaries
from profiles.community import build_profiles, target_geography
from profiles.current import REFERENCE_DAYS, WINDOWS_DAYS, current_picture
from profiles.figures import Geography
from profiles.foretell import foretell
from profiles.history import history_of, read_monthly_counts
from profiles.people import RESIDENTS
from redzones.steps.work import area_counts, counted_months, people_values, places_and_counts

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from domain.areas import GeographyKey
    from profiles.history import MonthlyCounts
    from profiles.results import CurrentPicture, PlaceHistory
    from redzones.steps.work import Work

__all__ = ["profile"]


def profile(connection: Connection, work: Work) -> dict[str, Any]:
    """Profile every small area, patrol area and policing unit; tell their seasons, levels and latest days."""
    targets = _targets(connection, work)
    small_areas = db.read.areas(connection, work.small_area)
    links = {str(key): db.read.best_fit_links(connection, work.small_area, key) for key in targets}
    target_areas = {str(key): db.read.areas(connection, key) for key in targets}
    sources = work.settings.incidents.counted_sources
    inputs = places_and_counts(connection, work, first=work.month.shift(-11))
    counts, months = area_counts(connection, work), counted_months(connection, work)
    watch = work.settings.profiles.watched
    monthly = _monthly(work, small_areas, counts, months, inputs["kinds"])
    history = _history(work, small_areas, target_areas, links, monthly)
    people = people_values(connection, work)
    result = build_profiles(
        people=people,
        variables=db.read.people_variables(connection, work.load_ids),
        small_areas=small_areas,
        links=links,
        target_areas=target_areas,
        small_area_key=str(work.small_area),
        area_counts=counts,
        last_month_index=work.month.index,
        months_available=months,
        nation=db.profiles.people_totals(connection, work.small_area, work.load_ids),
        quality=db.profiles.area_quality(connection, work.small_area, work.load_ids, sources=sources),
        levels=history.levels,
        watch=watch,
        rng=work.rng("profiles"),
        progress=work.progress,
        **inputs,
    )
    db.results.write_profiles(connection, work.run_id, result)
    db.profiles.write_history(connection, work.run_id, history)
    picture = _current(connection, work, small_areas, target_areas, links)
    db.profiles.write_current(connection, work.run_id, picture)
    n_rising = int(((result.metrics["q_value"] <= 0.05) & (result.metrics["numerator"] > result.metrics["denominator"])
                    & result.metrics["metric"].isin([f"{kind}_change" for kind in watch])
                    & (result.metrics["geography"] == str(work.patrol))).sum())  # fmt: skip
    return {
        "figures": len(result.metrics),
        "metrics": len(result.definitions),
        "level shifts": int((history.levels["rank"] > 0).sum()),
        "watched and rising": n_rising,
        "current to": picture.last_at,
        "foretelling": _foretelling(work, small_areas, monthly, people),
    }


def _targets(connection: Connection, work: Work) -> list[GeographyKey]:
    """Return the larger areas; those that are patrolled as they are profiled have their profile already."""
    others = dict.fromkeys(key for key in (work.patrol, work.unit) if key != work.small_area)
    return [key for key in others if db.summaries.area_codes(connection, key)]


def _larger(
    small_areas: pd.DataFrame, target_areas: dict[str, pd.DataFrame], links: dict[str, pd.DataFrame]
) -> tuple[np.ndarray[Any, Any], list[Geography]]:
    """Return the codes of the small areas, and the force with every larger geography as sums of them."""
    codes = np.array(sorted(small_areas["area_code"]), dtype=object)
    larger = [target_geography(name, areas, links, codes) for name, areas in target_areas.items()]
    return codes, [Geography.of_everything(len(codes)), *larger]


def _monthly(
    work: Work, small_areas: pd.DataFrame, counts: pd.DataFrame, months: frozenset[int], kinds: pd.DataFrame
) -> MonthlyCounts:
    return read_monthly_counts(
        counts,
        kinds,
        np.array(sorted(small_areas["area_code"]), dtype=object),
        last_month_index=work.month.index,
        months_available=months,
        watch=work.settings.profiles.watched,
    )


def _foretelling(
    work: Work, small_areas: pd.DataFrame, monthly: MonthlyCounts, people: pd.DataFrame
) -> list[dict[str, Any]]:
    """Say whether steadied rates foretold the last half-year better than plain ones, for the method page."""
    codes = np.array(sorted(small_areas["area_code"]), dtype=object)
    residents = people[people["variable"] == RESIDENTS].set_index("area_code")["numerator"].reindex(codes)
    told = foretell(
        monthly,
        Geography.of_small_areas(str(work.small_area), codes),
        residents.to_numpy(dtype=np.float64),
        rng=work.rng("foretelling"),
    )
    return [
        {"kind": t.kind, "n_areas": t.n_areas, "verdict": t.verdict}
        | {name: round(getattr(t, name), 4) for name in ("gain", "lower", "upper")}
        for t in told
    ]


def _history(
    work: Work,
    small_areas: pd.DataFrame,
    target_areas: dict[str, pd.DataFrame],
    links: dict[str, pd.DataFrame],
    monthly: MonthlyCounts,
) -> PlaceHistory:
    codes, larger = _larger(small_areas, target_areas, links)
    # a change of recording is the force's or a unit's: neighbourhoods follow
    recorded = [g for g in larger if g.name in {"force", str(work.unit)}]
    if work.patrol == work.small_area:
        larger.append(Geography.of_small_areas(str(work.small_area), codes))
    return history_of(monthly, seasons_of=larger, levels_of=recorded, rng=work.rng("levels of recording"))


def _current(
    connection: Connection,
    work: Work,
    small_areas: pd.DataFrame,
    target_areas: dict[str, pd.DataFrame],
    links: dict[str, pd.DataFrame],
) -> CurrentPicture:
    settings = work.settings
    time_zone, timed = settings.force.time_zone, settings.incidents.timed_sources
    last_at, days_known = db.profiles.last_instants(connection, work.load_ids, time_zone=time_zone, sources=timed)
    codes, larger = _larger(small_areas, target_areas, links)
    if work.patrol == work.small_area:
        larger.append(Geography.of_small_areas(str(work.small_area), codes))
    return current_picture(
        larger,
        db.profiles.recent_counts(
            connection,
            work.small_area,
            work.load_ids,
            n_days=REFERENCE_DAYS + max(WINDOWS_DAYS),
            sources=timed,
        ),
        db.read.kinds(connection, timed),
        codes,
        last_at=last_at,
        days_known=days_known,
        watch=settings.profiles.watched,
        freshness=db.profiles.source_freshness(
            connection, work.load_ids, time_zone=time_zone, counted=settings.incidents.counted_sources
        ),
    )
