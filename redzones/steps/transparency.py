"""The transparency record: what the run read, with which settings, and what only the force can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

import db.read
import db.run_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["TRANSPARENCY", "transparency"]

#: Name under which the tables are kept.
TRANSPARENCY = "transparency"


def transparency(connection: Connection, work: Work) -> dict[str, Any]:
    """Note the facts of the run that its record is made of."""
    settings = work.settings
    facts = {
        "seed": str(settings.seed),
        "scored_sources": ", ".join(settings.incidents.counted_sources) or "every loaded source of incidents",
        "timed_sources": ", ".join(settings.incidents.timed_sources) or "every loaded source that knows the hour",
        "capacity": _capacity(work),
        "people_topics": ", ".join(_people_topics(connection, work)),
        "window_months": str(settings.hotspots.window_months),
        "test_months": str(settings.hotspots.test_months),
        **{name: str(value) for name, value in settings.transparency.model_dump().items()},
    }
    exclusions = [e.sentence() for e in db.read.exclusions(connection, work.load_ids, month=work.month.shift(1))]
    rows = [*facts.items(), *(("override", sentence) for sentence in exclusions)]
    tables = {"facts": pd.DataFrame(rows, columns=["name", "value"]), "sources": _sources(connection, work)}
    db.run_tables.write_tables(connection, work.run_id, TRANSPARENCY, tables)
    return {"facts": len(facts), "sources": len(tables["sources"]), "overrides": len(exclusions)}


def _people_topics(connection: Connection, work: Work) -> list[str]:
    variables = db.read.people_variables(connection, work.load_ids)
    return list(dict.fromkeys(variable.topic.replace("_", " ") for variable in variables))


def _capacity(work: Work) -> str:
    patrol = work.settings.patrol
    if patrol.visits_per_day is None:
        return f"{patrol.zones_per_unit} zones for each policing unit, at most {patrol.most_zones}"
    return f"{patrol.visits_per_day} visits a day, {patrol.visits_per_zone} to each zone"


def _sources(connection: Connection, work: Work) -> pd.DataFrame:
    """Return the account of what was loaded, by kind and source."""
    loads = db.read.load_list(connection)
    own = loads[loads["load_id"].isin(work.load_ids) & (loads["kind"] != "derived")]
    grouped = own.assign(source=own["source"].fillna("")).groupby(["kind", "source"], sort=True)
    table = grouped.agg(
        files=("load_id", "size"), rows_in=("rows_in", "sum"), kept=("kept", "sum"), rejected=("rejected", "sum")
    )
    return table.reset_index()
