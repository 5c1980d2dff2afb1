"""Lines of enquiry and the communication plan as tables for partners and spreadsheets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from maps.communication_views import promise_state
from maps.content import SiteContent
from maps.export_files import write_csv

__all__ = [
    "area_names",
    "communication_table",
    "enquiry_table",
    "intervention_table",
    "priority_table",
    "write_enquiry_tables",
]

_COLUMNS = (
    "geography", "area_code", "area_name", "rule_id", "title", "state", "certainty", "evidence", "reason", "meaning",
    "check_first", "interventions", "drivers", "strategy",
)  # fmt: skip


def area_names(content: SiteContent) -> pd.Series:
    """Return the names of the site's areas by code."""
    layers = (content.small_areas, content.patrol_areas, content.units)
    names = pd.concat([areas[["area_code", "area_name"]] for areas in layers])
    return names.drop_duplicates("area_code").set_index("area_code")["area_name"]


def enquiry_table(content: SiteContent) -> pd.DataFrame | None:
    """
    Return a row per area and line, with the rules that could not be asked; None for runs of old.

    Parameters
    ----------
    content
        The content of the site.
    """
    found = content.enquiry
    if found is None or found.lines.empty:
        return None
    rules = found.rules.set_index("rule_id")
    lines = found.lines[found.lines["rule_id"].isin(rules.index)]
    of_rule = rules.loc[lines["rule_id"]].reset_index(drop=True)
    table = lines.reset_index(drop=True).assign(
        area_name=lines["area_code"].map(area_names(content)).to_numpy(),
        certainty=lines["certainty"].round(4).to_numpy(),
        title=of_rule["title"],
        meaning=of_rule["meaning"],
        check_first=of_rule["check_first"].map(" | ".join),
        interventions=of_rule["interventions"].map("; ".join),
        drivers=of_rule["drivers"].map("; ".join),
        strategy=of_rule["paragraph"],
    )
    return table[list(_COLUMNS)]


def intervention_table(content: SiteContent) -> pd.DataFrame | None:
    """
    Return the library of interventions that the lines point to; None for runs of old.

    Parameters
    ----------
    content
        The content of the site.
    """
    return None if content.enquiry is None else content.enquiry.interventions


def communication_table(content: SiteContent) -> pd.DataFrame | None:
    """
    Return a row per action of the communication plans; None for runs of old.

    Parameters
    ----------
    content
        The content of the site.
    """
    return content.communication.get("actions")


def priority_table(content: SiteContent) -> pd.DataFrame | None:
    """
    Return You Said, We Did with the state of each priority; None where no file of priorities is loaded.

    Parameters
    ----------
    content
        The content of the site.
    """
    if content.priorities is None:
        return None
    rows = content.priorities
    return rows.assign(
        area_name=rows["area_code"].map(area_names(content)),
        state=[promise_state(row) for row in rows.to_dict("records")],
    )


def write_enquiry_tables(folder: Path, content: SiteContent) -> tuple[Path, ...]:
    """
    Write every table of this module as CSV, and return the files; a table that does not exist is left out.

    Parameters
    ----------
    folder
        Folder to write to; made if absent.
    content
        The content of the site.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "lines-of-enquiry": enquiry_table(content),
        "interventions": intervention_table(content),
        "communication": communication_table(content),
        "you-said-we-did": priority_table(content),
    }
    written = []
    for name, table in tables.items():
        if table is not None:
            write_csv(table, folder / f"{name}.csv")
            written.append(folder / f"{name}.csv")
    return tuple(written)
