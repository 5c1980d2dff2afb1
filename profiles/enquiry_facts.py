"""What the rules of enquiry may ask about an area: its profile, survey figures, zones, times and promises."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from domain.areas import FigureState
from domain.months import LocalMonth
from profiles.results import MetricDefinition, PerceptionResult, PlaceHistory

__all__ = ["FACTS", "FACT_COLUMNS", "MetricKind", "Surroundings", "gather_facts", "known_metrics"]

#: Columns of the table of facts, a row per geography, area and metric.
FACT_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "metric", "estimate", "lower", "upper", "force_estimate", "probability_below_force",
    "q_value", "state", "note",
)  # fmt: skip
_OK = FigureState.OK.value
_SHARE = 100.0
_MONTHS_AHEAD = 3
_YEARS_OF_SHIFTS = 24
_SURVEY = "a perception survey"


@dataclass(frozen=True, slots=True)
class MetricKind:
    """
    What a rule must know of a metric before it reads any figure.

    Parameters
    ----------
    metric, label, unit
        Identifier; plain words; unit.
    kind
        `people` (who lives there), `place` (what is reported), `perception` (what people think) or `record` (what the
        force itself keeps).
    is_counted
        Whether it is a count of everything there is, so that it has no interval.
    needs
        What has to be loaded before there is a figure.
    """

    metric: str
    label: str
    unit: str
    kind: str
    is_counted: bool = False
    needs: str = ""


def _facts(*kinds: MetricKind) -> Mapping[str, MetricKind]:
    return MappingProxyType({kind.metric: kind for kind in kinds})


#: Metrics beyond the profile's own that a rule may read.
FACTS: Mapping[str, MetricKind] = _facts(
    MetricKind("confidence", "Confidence that police and council deal with what matters", "per cent", "perception",
               needs=_SURVEY),
    MetricKind("worry_asb", "Worry about antisocial behaviour", "per cent", "perception", needs=_SURVEY),
    MetricKind("perceived_asb", "People who see antisocial behaviour as a problem", "per cent", "perception",
               needs=_SURVEY),
    MetricKind("informed", "People who feel informed about what the police do", "per cent", "perception",
               needs=_SURVEY),
    MetricKind("confidence_change", "Change in confidence", "points", "perception",
               needs="two comparable waves of a perception survey"),
    MetricKind("worry_asb_change", "Change in worry about antisocial behaviour", "points", "perception",
               needs="two comparable waves of a perception survey"),
    MetricKind("perception_gap", "Worry beyond what the rate of antisocial behaviour explains", "standard deviations",
               "perception", needs=_SURVEY),
    MetricKind("confidence_answers", "Effective number of answers to the survey", "answers", "perception",
               is_counted=True, needs=_SURVEY),
    MetricKind("red_zones", "Red Zones", "zones", "place", is_counted=True, needs="Red Zones"),
    MetricKind("single_address_zones", "Red Zones that rest on one address", "zones", "place", is_counted=True,
               needs="Red Zones"),
    MetricKind("watch_rising", "Watched kinds of crime that rose beyond chance", "kinds", "place", is_counted=True,
               needs="24 months of incidents"),
    MetricKind("level_shifts", "Changes of the level of recording in the last 24 months", "changes", "place",
               is_counted=True, needs="enough months to see a change of level"),
    MetricKind("season_ahead", "Antisocial behaviour in the busiest of the next three months, average month = 100",
               "index", "place", needs="24 months of incidents"),
    MetricKind("night_share", "Share of timed incidents between 22:00 and 04:00", "per cent", "place",
               needs="incidents with a time"),
    MetricKind("open_priorities", "Priorities that people raised and that are not agreed to be solved", "priorities",
               "record", is_counted=True, needs="a file of priorities (redzones load priorities)"),
    MetricKind("untold_priorities", "Priorities acted on of which people have not been told", "priorities", "record",
               is_counted=True, needs="a file of priorities (redzones load priorities)"),
)  # fmt: skip


def known_metrics(definitions: Sequence[MetricDefinition]) -> Mapping[str, MetricKind]:
    """
    Return every metric that a rule may name: those of the profiles and `FACTS`.

    Parameters
    ----------
    definitions
        As `profiles.results.ProfileResult.definitions`.
    """
    kinds = {"people": "people", "hints": "people"}
    own = {
        d.metric: MetricKind(
            d.metric, d.label, d.unit, kinds.get(d.part, "place"), d.unit in {"incidents", "residents"}
        )
        for d in definitions
    }
    return MappingProxyType({**own, **FACTS})


@dataclass(frozen=True, slots=True)
class _Where:
    """One geography and its areas."""

    geography: str
    codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What stands beside the profiles of a run.

    Parameters
    ----------
    perception
        What people think; None where no survey is loaded. Its `modelled` figures have no Place covariate, so that no
        line explains itself; a policing unit speaks through its own answers.
    history
        Seasons and changes of level.
    zones
        A row per Red Zone: `patrol_code`, `unit_code`, `is_single_address`; None where there are no zones.
    night
        `area_code`, `n`, `n_night`: timed incidents; None where nothing is timed.
    priorities
        `area_code`, `n_open`, `n_untold`; None where no file of priorities is loaded.
    """

    perception: PerceptionResult | None = None
    history: PlaceHistory | None = None
    zones: pd.DataFrame | None = None
    night: pd.DataFrame | None = None
    priorities: pd.DataFrame | None = None


def gather_facts(
    metrics: pd.DataFrame,
    beside: Surroundings,
    *,
    areas: Mapping[str, Mapping[str, Sequence[str]]],
    units_of: Mapping[str, str],
    watched: Collection[str],
    month: LocalMonth,
) -> pd.DataFrame:
    """
    Put everything that a rule may ask into one table.

    Parameters
    ----------
    metrics
        As `profiles.results.ProfileResult.metrics`.
    beside
        What stands beside the profiles.
    areas
        By level (`patrol`, `unit`): name of the geography, and its codes under it.
    units_of
        Unit of each patrol area.
    watched
        Kinds of the watch list.
    month
        Last month of the data.

    Returns
    -------
    DataFrame
        Columns as `FACT_COLUMNS`; shares in per cent, changes in points. A figure counts only where its `state` is
        `ok`.
    """
    own = metrics.assign(probability_below_force=np.nan)[list(FACT_COLUMNS)]
    blocks = [own, _watch_facts(metrics, watched)]
    places = {level: _Where(name, codes) for level, named in areas.items() for name, codes in named.items()}
    if beside.perception is not None:
        blocks += _perception_facts(beside.perception, [where.geography for where in places.values()])
    if beside.history is not None:
        history = beside.history
        blocks += [_season_facts(history.seasons, month), *_level_facts(history.levels, places, units_of, month)]
    for level, where in places.items():
        code = "patrol_code" if level == "patrol" else "unit_code"
        if (zones := beside.zones) is not None:
            blocks.append(_counts(where, "red_zones", zones[code].value_counts()))
            blocks.append(
                _counts(where, "single_address_zones", zones[zones["is_single_address"]][code].value_counts())
            )
        if (priorities := beside.priorities) is not None and level == "patrol":
            by_area = priorities.set_index("area_code")
            blocks.append(_counts(where, "open_priorities", by_area["n_open"]))
            blocks.append(_counts(where, "untold_priorities", by_area["n_untold"]))
        if beside.night is not None:
            blocks.append(_night_facts(where, beside.night))
    return pd.concat([block for block in blocks if len(block)], ignore_index=True)


def _block(**columns: object) -> pd.DataFrame:
    """Return rows of facts; what is not given is not known."""
    frame = pd.DataFrame(columns)
    for name in FACT_COLUMNS:
        if name not in frame:
            frame[name] = _OK if name == "state" else None if name == "note" else np.nan
    return frame[list(FACT_COLUMNS)].astype({"note": object, "state": object})


def _counts(where: _Where, metric: str, counts: pd.Series) -> pd.DataFrame:
    values = counts.reindex(list(where.codes)).fillna(0.0).to_numpy(dtype=np.float64)
    return _block(geography=where.geography, area_code=list(where.codes), metric=metric, estimate=values)


def _watch_facts(metrics: pd.DataFrame, watched: Collection[str]) -> pd.DataFrame:
    """Return how many watched kinds rose beyond chance, and in the note which; known where any of them is known."""
    rows = metrics[metrics["metric"].isin([f"{kind}_change" for kind in watched]) & (metrics["state"] == _OK)]
    if rows.empty:
        return _block(geography=[], area_code=[], metric=[])
    rose = (rows["q_value"] <= 0.05) & (rows["numerator"] > rows["denominator"])
    named = rows["metric"].str.removesuffix("_change").str.replace("_", " ").where(rose)
    grouped = named.groupby([rows["geography"], rows["area_code"]], sort=False)
    found = grouped.agg(lambda names: ", ".join(sorted(names.dropna())))
    return _block(
        geography=found.index.get_level_values(0),
        area_code=found.index.get_level_values(1),
        metric="watch_rising",
        estimate=grouped.count().to_numpy(dtype=np.float64),
        note=found.to_numpy(dtype=object),
    )


def _perception_facts(perception: PerceptionResult, geographies: Collection[str]) -> list[pd.DataFrame]:
    table = perception.estimates[perception.estimates["geography"].isin(list(geographies))]
    table = table[table["question"].isin(["confidence", "worry_asb", "perceived_asb", "informed"])]
    order = table["model"].map({"modelled": 0, "direct": 1})
    best = table[order.notna()].assign(order=order).sort_values("order", kind="stable")
    best = best.drop_duplicates(["geography", "area_code", "question"]).sort_index()
    force = perception.force.set_index("question")["estimate"]
    direct = table[(table["model"] == "direct") & (table["question"] == "confidence")]
    changes = perception.changes[perception.changes["geography"].isin(list(geographies))]
    changes = changes[changes["question"].isin(["confidence", "worry_asb"])]
    gaps = perception.gaps
    return [
        _block(
            geography=best["geography"].to_numpy(), area_code=best["area_code"].to_numpy(),
            metric=best["question"].to_numpy(), **_in_points(best, "estimate"),
            force_estimate=_SHARE * best["question"].map(force).to_numpy(dtype=np.float64),
            probability_below_force=best["probability_below_force"].to_numpy(),
            state=best["state"].to_numpy(), note=best["note"].to_numpy(),
        ),
        _block(
            geography=direct["geography"].to_numpy(), area_code=direct["area_code"].to_numpy(),
            metric="confidence_answers", estimate=direct["effective_n"].fillna(0.0).to_numpy(),
        ),
        _block(
            geography=changes["geography"].to_numpy(), area_code=changes["area_code"].to_numpy(),
            metric=(changes["question"] + "_change").to_numpy(), **_in_points(changes, "change"),
            state=changes["state"].to_numpy(), note=changes["note"].to_numpy(),
        ),
        _block(
            geography=gaps["geography"].to_numpy(), area_code=gaps["area_code"].to_numpy(), metric="perception_gap",
            estimate=gaps["gap"].to_numpy(), lower=gaps["lower"].to_numpy(), upper=gaps["upper"].to_numpy(),
            force_estimate=0.0, state=gaps["state"].to_numpy(), note=gaps["note"].to_numpy(),
        ),
    ]  # fmt: skip


def _in_points(table: pd.DataFrame, estimate: str) -> dict[str, object]:
    names = {"estimate": estimate, "lower": "lower", "upper": "upper"}
    return {name: _SHARE * table[column].to_numpy(dtype=np.float64) for name, column in names.items()}


def _season_facts(seasons: pd.DataFrame, month: LocalMonth) -> pd.DataFrame:
    """Return the busiest of the next months; its interval is widened for being chosen out of three (Bonferroni)."""
    ahead = [month.shift(step).first_day for step in range(1, _MONTHS_AHEAD + 1)]
    names = {day.month: day.strftime("%B") for day in ahead}
    rows = seasons[(seasons["kind"] == "asb") & seasons["calendar_month"].isin(list(names))]
    rows = rows.sort_values("estimate", ascending=False, kind="stable").drop_duplicates(["geography", "area_code"])
    rows = rows.sort_index()
    widen = 2.3940 / 1.9600  # normal quantiles of 0.05 / 3 and 0.05, two-sided
    estimate = rows["estimate"].to_numpy(dtype=np.float64)
    return _block(
        geography=rows["geography"].to_numpy(), area_code=rows["area_code"].to_numpy(), metric="season_ahead",
        estimate=estimate, lower=estimate - widen * (estimate - rows["lower"].to_numpy(dtype=np.float64)),
        upper=estimate + widen * (rows["upper"].to_numpy(dtype=np.float64) - estimate), force_estimate=100.0,
        state=rows["state"].to_numpy(),
        note=[names[int(m)] if s == _OK else n
              for m, s, n in zip(rows["calendar_month"], rows["state"], rows["note"], strict=True)],
    )  # fmt: skip


def _level_facts(
    levels: pd.DataFrame, places: Mapping[str, _Where], units_of: Mapping[str, str], month: LocalMonth
) -> list[pd.DataFrame]:
    """Return how often the level of recording changed of late, in the force or the unit that an area lies in."""
    if levels.empty:
        return []
    rows = levels.assign(ok=levels["state"] == _OK)
    recent = [
        rank > 0 and 0 <= month.index - LocalMonth.parse(str(first)).index < _YEARS_OF_SHIFTS
        for rank, first in zip(rows["rank"], rows["first_after"], strict=True)
    ]
    found = rows[np.array(recent, dtype=bool)]
    made = []
    for level, where in places.items():
        counts, notes, known = [], [], []
        for code in where.codes:
            own = {"force", code if level == "unit" else units_of.get(code, "")}
            mine = found[found["area_code"].isin(own)]
            counts.append(float(len(mine)))
            words = [
                f"{kind.replace('_', ' ')} from {first}, {ratio:.2f} times ({low:.2f} to {high:.2f})"
                for kind, first, ratio, low, high in zip(
                    mine["kind"], mine["first_after"], mine["ratio"], mine["lower"], mine["upper"], strict=True
                )
            ]
            notes.append("; ".join(dict.fromkeys(words)) or None)
            known.append(bool(rows.loc[rows["area_code"].isin(own), "ok"].any()))
        state = np.where(known, _OK, FigureState.CANNOT_TELL.value)
        made.append(
            _block(geography=where.geography, area_code=list(where.codes), metric="level_shifts", estimate=counts,
                   state=state, note=pd.Series(notes, dtype=object))
        )  # fmt: skip
    return made


def _night_facts(where: _Where, night: pd.DataFrame) -> pd.DataFrame:
    """Return the share of the night, with Wilson's interval, where anything is timed."""
    rows = night[night["area_code"].isin(list(where.codes)) & (night["n"] > 0)]
    whole = night[night["area_code"] == "force"]
    n, share = rows["n"].to_numpy(dtype=np.float64), (rows["n_night"] / rows["n"]).to_numpy(dtype=np.float64)
    z2 = 1.959964**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    force = float(whole["n_night"].sum() / whole["n"].sum()) if whole["n"].sum() > 0 else np.nan
    return _block(
        geography=where.geography, area_code=rows["area_code"].to_numpy(), metric="night_share",
        estimate=_SHARE * share, lower=_SHARE * (centre - half), upper=_SHARE * (centre + half),
        force_estimate=_SHARE * force,
    )  # fmt: skip
