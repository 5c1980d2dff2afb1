"""Lines of enquiry: which rules hold in which area, after profiles, perception, zones and times are known."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import db.enquiry
import db.perception
import db.profiles
import db.read
import db.results
from domain.areas import FigureState
from domain.errors import AnalysisError
from profiles.enquiry import lines_of_enquiry
from profiles.enquiry_facts import Surroundings, gather_facts, known_metrics
from profiles.rank_correlation import CORRELATION_COLUMNS, area_correlations
from profiles.results import EnquiryResult
from redzones.enquiry_files import load_interventions, load_rules, rules_set_aside
from redzones.steps.work import profiles_so_far

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from profiles.enquiry_rules import Rule
    from profiles.results import PerceptionResult
    from redzones.steps.work import Work

__all__ = ["enquiry"]

_NIGHT_HOURS = (22, 23, 0, 1, 2, 3)


def enquiry(connection: Connection, work: Work) -> dict[str, Any]:
    """Ask every rule of every area, and keep the lines with the rules as they stand."""
    profiles = profiles_so_far(connection, work)
    if profiles is None:
        raise AnalysisError("there are no profiles to ask", hint="redzones refresh makes them.")
    settings = work.settings.enquiry
    metrics = known_metrics(profiles.definitions)
    library = load_interventions(settings.interventions)
    rules = load_rules(settings.rules, metrics=metrics, library=library)
    areas = _areas(connection, work)
    beside = Surroundings(
        perception=db.perception.read_perception(connection, work.run_id),
        history=db.profiles.read_history(connection, work.run_id),
        zones=_zones(connection, work),
        night=_night(connection, work),
        priorities=_priorities(connection, work),
    )
    facts = gather_facts(
        profiles.metrics,
        beside,
        areas={level: named for level, named in areas.items() if level != "small"},
        units_of=_units_of(connection, work),
        watched=sorted(work.settings.profiles.watched),
        month=work.month,
    )
    lines = lines_of_enquiry(facts, rules, areas=areas, metrics=metrics)
    correlations, note = _correlations(connection, work, facts, beside.perception)
    result = EnquiryResult(
        lines=lines,
        rules=_rules_table(rules),
        interventions=pd.DataFrame([asdict(entry) for entry in library.values()]),
        correlations=correlations,
        correlation_note=note,
        set_aside=rules_set_aside(rules, metrics=metrics),
    )
    db.enquiry.write_enquiry(connection, work.run_id, result)
    counts = lines["state"].value_counts()
    return {"rules": len(rules), **{str(state): int(n) for state, n in sorted(counts.items())}}


def _areas(connection: Connection, work: Work) -> dict[str, dict[str, Sequence[str]]]:
    keys = {"patrol": work.patrol, "unit": work.unit, "small": work.small_area}
    found: dict[str, dict[str, Sequence[str]]] = {}
    for level, key in keys.items():
        if all(str(key) not in named for named in found.values()):
            found[level] = {str(key): sorted(db.read.area_codes(connection, key))}
    return found


def _units_of(connection: Connection, work: Work) -> Mapping[str, str]:
    areas = db.read.areas(connection, work.patrol)
    return {
        str(code): str(parent)
        for code, parent in zip(areas["area_code"], areas["parent_code"], strict=True)
        if isinstance(parent, str)
    }


def _zones(connection: Connection, work: Work) -> pd.DataFrame | None:
    """Return the zones of the first list of the settings."""
    found = db.results.read_zones(connection, work.run_id).get(str(work.settings.hotspots.scoring_sets[0]))
    columns = ["patrol_code", "unit_code", "is_single_address"]
    return None if found is None else pd.DataFrame(found.zones[columns])


def _priorities(connection: Connection, work: Work) -> pd.DataFrame | None:
    """Count the priorities of each area that are open, and those acted on of which people were not told."""
    found = db.read.priorities(connection, work.load_ids, month=work.month)
    if found is None:
        return None
    is_open = found["agreed_solved_on"].isna()
    untold = found["action"].notna() & found["told_on"].isna()
    counts = pd.DataFrame({"n_open": is_open.astype(int), "n_untold": untold.astype(int)})
    return counts.groupby(found["area_code"], sort=True).sum().reset_index()


def _night(connection: Connection, work: Work) -> pd.DataFrame | None:
    """Return timed incidents of patrol areas and the force, and how many fell into the night."""
    times = db.results.read_red_times(connection, work.run_id)
    if times is None or times.state != FigureState.OK or times.matrix.empty:
        return None
    rows = times.matrix[times.matrix["scope"].isin(["patrol", "force"])]
    weight = rows["weight"].astype(float)
    by_area = pd.DataFrame({"n": weight, "n_night": weight.where(rows["hour"].isin(_NIGHT_HOURS), 0.0)})
    return by_area.groupby(rows["code"], sort=True).sum().rename_axis("area_code").reset_index()


def _rules_table(rules: Sequence[Rule]) -> pd.DataFrame:
    kept = ("title", "group", "meaning", "check_first", "interventions", "drivers", "paragraph")
    rows = [{"rule_id": rule.id, **{name: getattr(rule, name) for name in kept}} for rule in rules]
    lists = ("check_first", "interventions", "drivers")
    return pd.DataFrame([{str(k): list(v) if k in lists else v for k, v in row.items()} for row in rows])


_HELD = {"income_deprivation": "Income deprivation", "age_65_over": "Residents of 65 and over"}
_FIGURES = {
    "confidence": "Confidence (own answers)",
    "worry_asb": "Worry about antisocial behaviour (own answers)",
    "asb_rate": "Rate of antisocial behaviour",
}
_NO_SURVEY = "No survey is loaded, so nothing can be said of what goes with worry or confidence."
_BASIS = (
    "From the direct survey figures of the {n} {label} that have enough answers of their own; modelled figures would "
    "only give back the model. Areas like their neighbours count for fewer (Clifford and others 1989). The intervals "
    "of pairs that are singled out are widened for it (Benjamini and Yekutieli 2005)."
)


def _correlations(
    connection: Connection, work: Work, facts: pd.DataFrame, perception: PerceptionResult | None
) -> tuple[pd.DataFrame, str]:
    """Correlate direct figures of patrol areas, with the reason where there are none."""
    if perception is None or perception.estimates.empty:
        return pd.DataFrame(columns=list(CORRELATION_COLUMNS)), _NO_SURVEY
    rows = perception.estimates
    rows = rows[(rows["geography"] == str(work.patrol)) & (rows["model"] == "direct")]
    rows = rows[(rows["state"] == FigureState.OK) & rows["question"].isin(["confidence", "worry_asb"])]
    survey = rows.pivot_table(index="area_code", columns="question", values="estimate", aggfunc="first")
    own = facts[(facts["geography"] == str(work.patrol)) & (facts["state"] == FigureState.OK)]
    social = own.pivot_table(index="area_code", columns="metric", values="estimate", aggfunc="first")
    areas = db.read.areas(connection, work.patrol).sort_values("area_code")
    codes = areas["area_code"].to_numpy()
    labels = {**_FIGURES, **_HELD}
    known = [name for name in labels if name in survey or name in social]
    table = pd.DataFrame(
        {name: (survey if name in survey else social)[name].reindex(codes).to_numpy() for name in known}
    )
    points = areas.geometry.representative_point()
    found = area_correlations(table, np.column_stack([points.x, points.y]), labels=labels)
    n = int(table.notna().all(axis=1).sum())
    return found, _BASIS.format(n=n, label="patrol areas")
