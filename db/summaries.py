"""Short answers about what the store holds, for checks before work begins and for the data page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from db.models import area, geography, load, people_variable, rejected_row
from db.statements import statement
from domain.areas import GeographyKey
from domain.months import LocalMonth

__all__ = ["area_codes", "is_open_data", "load_totals", "months_by_source", "n_may_score", "published_data"]

_INDICES = "Indices of Deprivation"
_LIVE_AREA_LOADS = ("boundaries", "derived")


def area_codes(connection: Connection, key: GeographyKey) -> list[str]:
    """Return the codes of the areas of a geography that are in force, in order."""
    wanted = (geography.c.name == key.name, geography.c.vintage == key.vintage, load.c.state == "live")
    joined = area.join(geography, area.c.geography_id == geography.c.geography_id).join(
        load, area.c.load_id == load.c.load_id
    )
    codes = select(area.c.area_code).select_from(joined).where(*wanted).distinct().order_by(area.c.area_code)
    return list(connection.scalars(codes))


def months_by_source(connection: Connection, load_ids: Sequence[int]) -> dict[str, frozenset[int]]:
    """Return, for each source of incidents among the loads, the months (`LocalMonth.index`) that it covers."""
    wanted = (load.c.kind == "incidents", load.c.load_id.in_(load_ids))
    rows = connection.execute(select(load.c.source, load.c.months).where(*wanted).order_by(load.c.source)).all()
    found: dict[str, set[int]] = {}
    for source, months in rows:
        found.setdefault(source, set()).update(LocalMonth.of(month).index for month in months)
    return {source: frozenset(months) for source, months in found.items()}


def n_may_score(connection: Connection, load_ids: Sequence[int]) -> dict[str, int]:
    """Return, for each source of incidents among the loads, how many rows count and may score; none is left out."""
    rows = connection.execute(statement("rows_that_may_score"), {"load_ids": list(load_ids)})
    return {row.source: row.n for row in rows}


def is_open_data(connection: Connection, load_ids: Sequence[int], sources: Sequence[str] = ()) -> bool:
    """Return whether any counted incidents are published approximations."""
    wanted = [load.c.kind == "incidents", load.c.load_id.in_(load_ids), load.c.is_open_data]
    if sources:
        wanted.append(load.c.source.in_(sources))
    return bool(connection.scalar(select(func.count()).select_from(load).where(*wanted)))


def published_data(connection: Connection, load_ids: Sequence[int]) -> frozenset[str]:
    """
    Return what published data the loads hold beside incidents, as licences name it.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.

    Returns
    -------
    frozenset
        Of `boundaries`, `statistics` (boundaries, look-ups, census and population) and `deprivation` (indices).
    """
    kinds = set(connection.scalars(select(load.c.kind).where(load.c.load_id.in_(load_ids)).distinct()))
    tables = select(people_variable.c.source_table).where(people_variable.c.load_id.in_(load_ids)).distinct()
    found = ["deprivation" if name.startswith(_INDICES) else "statistics" for name in connection.scalars(tables)]
    statistics = {"boundaries", "statistics"} if "boundaries" in kinds else set()
    return frozenset({*found, *statistics, *({"statistics"} if "links" in kinds else ())})


def load_totals(connection: Connection, load_ids: Sequence[int]) -> dict[str, Any]:
    """Return incident rows in, kept and rejected over the loads, with the commonest reasons in one sentence."""
    sums = select(func.sum(load.c.rows_in), func.sum(load.c.kept), func.sum(load.c.rejected))
    wanted = (load.c.load_id.in_(load_ids), load.c.kind == "incidents")
    rows_in, kept, rejected = connection.execute(sums.where(*wanted)).one()
    reasons = (
        select(rejected_row.c.reason, func.count().label("n"))
        .join(load, load.c.load_id == rejected_row.c.load_id)
        .where(*wanted)
        .group_by(rejected_row.c.reason)
        .order_by(func.count().desc(), rejected_row.c.reason)
        .limit(5)
    )
    text = "; ".join(f"{reason}: {n:,}" for reason, n in connection.execute(reasons))
    return {"rows_in": int(rows_in or 0), "kept": int(kept or 0), "rejected": int(rejected or 0), "reasons": text}
