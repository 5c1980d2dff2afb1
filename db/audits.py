"""
How far a load can be trusted: where its points lie, and whether its source went on recording as before (METHODS 1).

The audit is stored with the load, so that `redzones loads show` tells it, and a run keeps what it read of the levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from db.models import assignment, load
from db.read_incidents import location_quality_of_loads
from db.statements import statement
from domain.months import LocalMonth
from spatialstats.level_shifts import LevelShift, level_shifts

__all__ = ["LEAST_SHARE_WITH_COORDINATES", "audit_loads", "audit_sentences", "recording_levels"]

#: Under this share of incidents with coordinates a map of hot spots misleads (Ratcliffe 2004).
LEAST_SHARE_WITH_COORDINATES = 0.85

_DIGITS = 4
#: From this share outside the force on it is asked whether x and y were exchanged, and it is said where most would fit.
_MUCH_OUTSIDE = 0.05
_MOST = 0.5


def audit_loads(connection: Connection, load_ids: Sequence[int], *, seed: int) -> dict[int, dict[str, Any]]:
    """
    Audit incident loads, and store the audit with each; one that was audited on the same areas is not done again.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    load_ids
        Loads to audit; those that hold no incidents are left out.
    seed
        Seed of the permutations of the test of levels.

    Returns
    -------
    dict
        By load that is audited now: `location` (see `location_quality`; what needs areas is None before they are
        joined; `share_exchanged` where most of what lies outside would lie inside with x and y exchanged),
        `references` (ids that stand on several rows, and those of them with other content: all rows are kept), `levels`
        of the load's source (see `recording_levels`), and `areas`, the fingerprint of the areas to which incidents were
        joined (None before they are).
    """
    wanted = (load.c.kind == "incidents", load.c.load_id.in_(load_ids))
    joined = connection.scalar(select(assignment.c.fingerprint).where(assignment.c.is_small_area))
    columns = select(load.c.load_id, load.c.source, load.c.quality).where(*wanted).order_by(load.c.load_id)
    rows = [row for row in connection.execute(columns) if not row.quality or row.quality.get("areas") != joined]
    if not rows:
        return {}
    live = select(load.c.load_id).where(load.c.kind == "incidents", load.c.state == "live")
    levels = recording_levels(
        connection, list(connection.scalars(live)), sources=sorted({row.source for row in rows}), seed=seed
    )
    located = location_quality_of_loads(connection, [row.load_id for row in rows])
    audits = {}
    for row in rows:
        location = _location(connection, row.load_id, located[row.load_id])
        audit = {"location": location, "levels": levels.get(row.source, []), "areas": joined}
        audit["references"] = dict(
            connection.execute(statement("repeated_references"), {"load_id": row.load_id}).mappings().one()
        )
        connection.execute(update(load).where(load.c.load_id == row.load_id).values(quality=audit))
        audits[row.load_id] = audit
    return audits


def _location(connection: Connection, load_id: int, quality: Mapping[str, Any]) -> dict[str, Any]:
    audit = dict(quality)
    if (audit["share_outside"] or 0.0) >= _MUCH_OUTSIDE and (share := _share_exchanged(connection, load_id)) > _MOST:
        audit["share_exchanged"] = share
    return {name: round(value, _DIGITS) if isinstance(value, float) else value for name, value in audit.items()}


def _share_exchanged(connection: Connection, load_id: int) -> float:
    """Return which share of what lies outside the force would lie inside if x and y changed places."""
    number = connection.scalar(select(assignment.c.geography_id).where(assignment.c.is_small_area))
    binds = {"load_id": load_id, "geography_id": number}
    try:
        with connection.begin_nested():
            row = connection.execute(statement("exchanged_points"), binds).one()
    except DBAPIError:  # PROJ cannot turn them round at all
        return 0.0
    return row.n_inside / row.n_outside if row.n_outside else 0.0


def recording_levels(
    connection: Connection, load_ids: Sequence[int], *, sources: Sequence[str] = (), seed: int
) -> dict[str, list[dict[str, Any]]]:
    """
    Test, source by source and kind by kind, whether the level of recording stayed.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    sources
        Sources to test; all if empty.
    seed
        Seed of the permutations.

    Returns
    -------
    dict
        By source, one entry a kind: `kind`, `n_months`, `state` (`ok` or `cannot_tell`), `reason`, and `shifts`, each
        with `last_before`, `first_after`, `ratio`, `lower`, `upper` and `p_value`.
    """
    binds = {"load_ids": list(load_ids), "sources": list(sources)}
    series: dict[str, dict[str, dict[LocalMonth, int]]] = {}
    for row in connection.execute(statement("source_month_kind_counts"), binds):
        of_kind = series.setdefault(row.source, {}).setdefault(row.kind, {})
        of_kind[LocalMonth.of(row.month)] = row.n
    return {
        source: [_level(kind, counts, seed=seed) for kind, counts in sorted(kinds.items()) if any(counts.values())]
        for source, kinds in series.items()
    }


def _level(kind: str, counts: Mapping[LocalMonth, int], *, seed: int) -> dict[str, Any]:
    months = sorted(counts)
    # the same numbers for every series, so that none depends on which others are loaded
    found = level_shifts(months, [counts[month] for month in months], rng=np.random.default_rng(seed))
    return {
        "kind": kind,
        "n_months": len(months),
        "state": found.state,
        "reason": found.reason,
        "shifts": [_plain(shift) for shift in found.shifts],
    }


def _plain(shift: LevelShift) -> dict[str, Any]:
    return {
        "last_before": str(shift.last_before),
        "first_after": str(shift.first_after),
        "ratio": round(shift.ratio, _DIGITS),
        "lower": round(shift.lower, _DIGITS),
        "upper": round(shift.upper, _DIGITS),
        "p_value": round(shift.p_value, _DIGITS),
    }


def audit_sentences(audit: Mapping[str, Any]) -> list[str]:
    """
    Return what an audit warns of, in plain sentences; none where all is well.

    Parameters
    ----------
    audit
        An audit as `audit_loads` stores it.

    Examples
    --------
    >>> audit_sentences({"location": {"n_rows": 40, "share_with_coordinates": 0.5}, "levels": []})
    ['only 50.0 per cent of the rows have coordinates: under 85 per cent a map of hot spots misleads']
    >>> shift = {"last_before": "2017-02", "first_after": "2023-03", "ratio": 0.22, "lower": 0.2, "upper": 0.25}
    >>> audit_sentences({"location": {}, "levels": [{"kind": "asb", "shifts": [shift]}]})
    ['asb was recorded at 0.22 times its level from 2023-03 on (0.20 to 0.25; last month before: 2017-02)']
    """
    sentences = []
    share = audit["location"].get("share_with_coordinates")
    if share is not None and share < LEAST_SHARE_WITH_COORDINATES and audit["location"].get("n_rows"):
        sentences.append(
            f"only {100 * share:.1f} per cent of the rows have coordinates: under "
            f"{100 * LEAST_SHARE_WITH_COORDINATES:.0f} per cent a map of hot spots misleads"
        )
    if (exchanged := audit["location"].get("share_exchanged")) is not None:
        sentences.append(
            f"x and y look exchanged: {100 * exchanged:.0f} per cent of the points outside the force would lie inside "
            "if they were. Exchange x and y in [columns] of the mapping and load the file again: it replaces this load"
        )
    elif (outside := audit["location"].get("share_outside") or 0.0) > _MOST:
        sentences.append(
            f"{100 * outside:.0f} per cent of the rows lie outside the force: see that the file is of this force and, "
            "where it has a mapping, that epsg is right"
        )
    repeated = audit.get("references", {}).get("n_with_other_content", 0)
    if repeated:
        ids = "1 id stands" if repeated == 1 else f"{repeated:,} ids stand"
        sentences.append(f"{ids} on several rows with different content: every row is kept")
    sentences += [
        f"{level['kind']} was recorded at {shift['ratio']:.2f} times its level from {shift['first_after']} on "
        f"({shift['lower']:.2f} to {shift['upper']:.2f}; last month before: {shift['last_before']})"
        for level in audit["levels"]
        for shift in level["shifts"]
    ]
    return sentences
