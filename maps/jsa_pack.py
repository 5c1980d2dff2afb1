"""
The Joint Strategic Assessment pack: the same profile, for partners, as tables, JSON and one page to print.

It holds what the pages of policing units and patrol areas show, and nothing beyond: no figure of a small area, none of
a force extract that a page does not show, and every figure with its interval, state, source and period.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from maps.communication_views import promise_state
from maps.content import SiteContent
from maps.enquiry_exports import area_names, enquiry_table
from maps.export_fields import identity_values
from maps.export_files import write_csv
from maps.lookup import SiteIndex
from maps.pages import PageFrame
from maps.profile_pages import UnitPage

__all__ = ["JsaPage", "JsaUnit", "jsa_tables", "jsa_units", "write_jsa_tables"]

_DECIMALS = 4
_PARTS = {"people": "people", "hints": "people", "place": "place", "watch": "place", "quality": "place"}


@dataclass(frozen=True, slots=True)
class JsaUnit:
    """One policing unit in the pack: its own page, and what is planned in its patrol areas."""

    page: UnitPage
    lines: tuple[tuple[str, str], ...]
    plans: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class JsaPage:
    """The pack as one page to print."""

    frame: PageFrame
    units: tuple[JsaUnit, ...]
    files: tuple[str, ...]
    sources: tuple[tuple[str, str, str], ...]


def jsa_tables(index: SiteIndex) -> dict[str, pd.DataFrame]:
    """
    Return the tables of the pack by name.

    Parameters
    ----------
    index
        Look-ups of the site.

    Returns
    -------
    dict
        `people`, `place`, `perception`, `lines`, `communication`, `priorities`, `sources`: rows of policing units and
        patrol areas only, each with `unit_code` and `unit_name`; an absent part is an empty table.
    """
    content = index.content
    units = {**{code: code for code in index.unit_names}, **index.unit_of_patrol}
    names = area_names(content)
    metrics = _figures(content, units)
    tables = {
        "people": metrics[metrics["part"] == "people"].drop(columns="part"),
        "place": metrics[metrics["part"] == "place"].drop(columns="part"),
        "perception": _perception(content, units),
        "lines": _lines(content, units),
        "communication": _plan(content, units),
        "priorities": _priorities(content, units),
    }
    placed = {name: _placed(table, units, index.unit_names, names) for name, table in tables.items()}
    return {**placed, "sources": _sources(content)}


def _placed(table: pd.DataFrame, units: dict[str, str], unit_names: Any, names: pd.Series) -> pd.DataFrame:  # noqa: ANN401
    own = table["area_code"].map(units) if len(table) else pd.Series(dtype=object)
    numbers = table.select_dtypes("float").columns
    rest = table.assign(**{name: table[name].round(_DECIMALS) for name in numbers}).drop(
        columns=["area_name"], errors="ignore"
    )
    rest.insert(0, "area_name", table["area_code"].map(names) if len(table) else own)
    rest.insert(0, "unit_name", own.map(dict(unit_names)))
    rest.insert(0, "unit_code", own)
    return rest.reset_index(drop=True)


def _figures(content: SiteContent, units: dict[str, str]) -> pd.DataFrame:
    about = {d.metric: d for d in content.definitions}
    rows = content.metrics
    small = set(content.small_areas["area_code"]) - set(content.patrol_areas["area_code"])
    rows = rows[rows["area_code"].isin(list(units)) & ~rows["area_code"].isin(list(small)) & rows["metric"].isin(about)]
    columns = ["area_code", "metric", "estimate", "lower", "upper", "force_estimate", "index", "state", "note"]
    table = rows.sort_values(["area_code", "metric"], kind="stable")[columns].drop_duplicates(["area_code", "metric"])
    for name in ("label", "unit", "source", "period"):
        table[name] = [getattr(about[metric], name) for metric in table["metric"]]
    return table.assign(part=[_PARTS.get(about[metric].part, "place") for metric in table["metric"]])


def _perception(content: SiteContent, units: dict[str, str]) -> pd.DataFrame:
    columns = ["area_code", "question", "model", "estimate", "lower", "upper", "effective_n", "state", "note"]
    found = content.perception
    if found is None:
        return pd.DataFrame(columns=columns)
    rows = found.estimates
    patrol = rows["area_code"].isin(set(content.patrol_areas["area_code"])) & (rows["model"] == "modelled")
    own = rows["area_code"].isin(set(content.units["area_code"])) & (rows["model"] == "direct")
    table = rows[(patrol | own) & rows["area_code"].isin(list(units)) & ~rows["geography"].isin(["segment", "force"])]
    table = table[columns].copy()
    hidden = table["state"] != "ok"
    table.loc[hidden, ["estimate", "lower", "upper"]] = np.nan
    return table


def _lines(content: SiteContent, units: dict[str, str]) -> pd.DataFrame:
    columns = ["area_code", "title", "state", "certainty", "evidence", "reason", "check_first", "interventions",
               "drivers", "strategy"]  # fmt: skip
    table = enquiry_table(content)
    if table is None:
        return pd.DataFrame(columns=columns)
    return table[table["area_code"].isin(list(units))][columns]


def _plan(content: SiteContent, units: dict[str, str]) -> pd.DataFrame:
    columns = ["area_code", "rank", "message", "because", "audience", "channels", "owner", "start_day", "end_day",
               "measurable", "achievable"]  # fmt: skip
    actions = content.communication.get("actions")
    if actions is None or actions.empty:
        return pd.DataFrame(columns=columns)
    own = actions[(actions["scope"] == "patrol") & actions["code"].isin(list(units))]
    return own.rename(columns={"code": "area_code"})[columns]


def _priorities(content: SiteContent, units: dict[str, str]) -> pd.DataFrame:
    columns = ["area_code", "raised_on", "issue", "action", "told_on", "agreed_solved_on", "state"]
    if content.priorities is None:
        return pd.DataFrame(columns=columns)
    own = content.priorities[content.priorities["area_code"].isin(list(units))]
    return own.assign(state=[promise_state(row) for row in own.to_dict("records")])[columns]


def _sources(content: SiteContent) -> pd.DataFrame:
    rows = sorted({(d.source, d.period, d.nation) for d in content.definitions if d.source})
    table = pd.DataFrame(rows, columns=["source", "period", "compared_with"])
    if content.perception is not None:
        waves = content.perception.waves
        first = waves[waves["is_current"]] if "is_current" in waves else waves
        for row in first.to_dict("records"):
            period = f"{row.get('first_day', '')} to {row.get('last_day', '')}"
            table.loc[len(table)] = [f"Perception survey: {row.get('survey', '')} {row.get('wave', '')}", period, ""]
    return table


def write_jsa_tables(folder: Path, content: SiteContent, tables: dict[str, pd.DataFrame]) -> tuple[str, ...]:
    """
    Write the tables of the pack as CSV and as one JSON file.

    Parameters
    ----------
    folder
        The folder `exports/jsa`; made if absent.
    content
        The content of the site.
    tables
        As `jsa_tables`.

    Returns
    -------
    tuple of str
        Names of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    values = identity_values(content.identity)
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")
    rows = {name: [_plain(row) for row in table.to_dict("records")] for name, table in tables.items()}
    (folder / "jsa.json").write_text(_row_by_row(values, rows), encoding="utf-8")
    return (*(f"{name}.csv" for name in tables), "jsa.json")


def _row_by_row(about: Mapping[str, Any], tables: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return one JSON object with a line for each row: Python's fast encoder does not indent."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    parts = [f'"about": {encode(about)}']
    for name, rows in tables.items():
        parts.append(f"{encode(name)}: [\n" + ",\n".join(map(encode, rows)) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return plain JSON values; a missing one is null."""
    values = {str(k): v.item() if isinstance(v, np.generic) else v for k, v in row.items()}
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in values.items()}


def jsa_units(
    index: SiteIndex, pages: Mapping[str, UnitPage], tables: Mapping[str, pd.DataFrame]
) -> tuple[JsaUnit, ...]:
    """
    Return each policing unit of the pack, with the lines and the first actions of what lies in it.

    Parameters
    ----------
    index
        Look-ups of the site.
    pages
        The page of each unit.
    tables
        As `jsa_tables`.
    """
    lines, plans = tables["lines"], tables["communication"]
    lines = lines[lines["state"] == "triggered"] if len(lines) else lines
    plans = plans[plans["rank"] == 1] if len(plans) else plans
    made = []
    for code in index.unit_names:
        own = lines[lines["unit_code"] == code].to_dict("records") if len(lines) else []
        first = plans[plans["unit_code"] == code].to_dict("records") if len(plans) else []
        made.append(
            JsaUnit(
                pages[code],
                tuple((f"{row['area_name']}: {row['title']}", str(row["evidence"])) for row in own),
                tuple(
                    (str(r["area_name"]), str(r["message"]), str(r["channels"]), f"{r['start_day']} to {r['end_day']}")
                    for r in first
                ),
            )
        )
    return tuple(made)
