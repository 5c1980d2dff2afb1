"""
Lines of enquiry: which rules hold in which area, with how much certainty, and with which figures (METHODS 5).

A rule asks figures with their uncertainty, never point estimates. A figure that is absent makes a rule `not_evaluated`,
and the reason says what it needs; it is never taken as false.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from domain.areas import FigureState
from profiles.enquiry_facts import MetricKind
from profiles.enquiry_rules import PLACEHOLDER, Condition, Rule
from profiles.spread import MORE_THAN_CHANCE

__all__ = ["LINE_COLUMNS", "certainty_words", "lines_of_enquiry"]

#: Columns of the table of lines.
LINE_COLUMNS: tuple[str, ...] = (
    "geography", "area_code", "rule_id", "state", "certainty", "evidence", "reason",
)  # fmt: skip
_OK = FigureState.OK.value
_Z = float(norm.isf(0.025))
_MOST_FALSE = 0.05
_TIMES, _POINTS = 1.5, 5.0
_NOT_KNOWN = "not known"
#: From which probability on a line is called clear, and strong.
_CLEAR, _STRONG = 0.975, 0.995
#: What people need and what to check stand after what to look into, however certain they are.
_GROUP_ORDER = {"problem": 0, "reading": 0, "engagement": 1, "data": 2}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a condition found: whether it holds (NaN where it cannot be told), and how sure that is."""

    holds: Floats
    certainty: Floats


def lines_of_enquiry(
    facts: pd.DataFrame,
    rules: Sequence[Rule],
    *,
    areas: Mapping[str, Mapping[str, Sequence[str]]],
    metrics: Mapping[str, MetricKind],
) -> pd.DataFrame:
    """
    Return the lines that each area's figures trigger, and those that could not be asked.

    Parameters
    ----------
    facts
        As `profiles.enquiry_facts.gather_facts`; the order of its rows does not matter.
    rules
        As `profiles.enquiry_rules.read_rules`.
    areas
        By level (`patrol`, `unit`, `small`): the geography, and its codes under it.
    metrics
        As `profiles.enquiry_facts.known_metrics`.

    Returns
    -------
    DataFrame
        A row per area and rule that is triggered or not evaluated, with the columns of `LINE_COLUMNS`: triggered lines
        of an area first, what to look into before needs and checks of data, then the most certain first, and rules of
        equal certainty in the order of their file. `certainty` is the least probability of its conditions (1 for
        counts), NaN where the rule is not evaluated.
    """
    blocks = []
    for level, named in areas.items():
        for geography, codes in named.items():
            mine = facts[facts["geography"] == geography]
            wanted = {name for rule in rules for name in rule.metrics}
            tables = {
                str(metric): rows.drop_duplicates("area_code").set_index("area_code").reindex(list(codes))
                for metric, rows in mine[mine["metric"].isin(wanted)].groupby("metric", sort=True)
            }
            own = [(i, rule) for i, rule in enumerate(rules) if level in rule.levels]
            blocks += [_lines(i, rule, tables, geography, list(codes), metrics) for i, rule in own]
    if not blocks:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in LINE_COLUMNS}).astype({"certainty": "float64"})
    table = pd.concat(blocks, ignore_index=True)
    group = {rule.id: _GROUP_ORDER.get(rule.group, 0) for rule in rules}
    table["order"] = table["certainty"].map(_class_of)
    table["group"] = table["rule_id"].map(group) + len(group) * (table["state"] != "triggered")
    table = table.sort_values(
        ["geography", "area_code", "group", "order", "position"], ascending=[True, True, True, False, True],
        kind="stable",
    )  # fmt: skip
    return table[list(LINE_COLUMNS)].reset_index(drop=True)


def certainty_words(certainty: float) -> str:
    """
    Return in words how sure a line is.

    Examples
    --------
    >>> certainty_words(0.999), certainty_words(0.98), certainty_words(0.91)
    ('strong', 'clear', 'a hint')
    """
    return {3: "strong", 2: "clear"}.get(_class_of(certainty), "a hint")


def _class_of(certainty: float) -> int:
    if not np.isfinite(certainty):
        return 0
    return 3 if certainty >= _STRONG else 2 if certainty >= _CLEAR else 1


def _lines(
    position: int,
    rule: Rule,
    tables: Mapping[str, pd.DataFrame],
    geography: str,
    codes: list[str],
    metrics: Mapping[str, MetricKind],
) -> pd.DataFrame:
    asked = [_ask(condition, tables.get(condition.metric), len(codes)) for condition in rule.when]
    holds = np.array([a.holds for a in asked])
    fails = (holds == 0).any(axis=0)
    unknown = np.isnan(holds).any(axis=0) & ~fails
    certainty = np.minimum.reduce([a.certainty for a in asked])
    rows = []
    for i in np.flatnonzero(~fails):
        code = codes[i]
        if unknown[i]:
            reason = _reason(rule, holds[:, i], tables, code, metrics)
            rows.append((geography, code, rule.id, "not_evaluated", np.nan, "", reason, position))
        else:
            evidence = _evidence(rule.evidence, tables, code, metrics)
            rows.append((geography, code, rule.id, "triggered", round(certainty[i], 4), evidence, "", position))
    return pd.DataFrame(rows, columns=[*LINE_COLUMNS, "position"]).astype({"certainty": "float64", "position": "int64"})


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    return table[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _ask(condition: Condition, table: pd.DataFrame | None, n: int) -> _Asked:
    """Ask one condition of every area; an area whose figure is not `ok` cannot be asked."""
    if table is None:
        return _Asked(np.full(n, np.nan), np.full(n, np.nan))
    estimate = _numbers(table, "estimate")
    force = _numbers(table, "force_estimate")
    threshold = condition.times * force if condition.value is None else np.full(n, float(condition.value))
    known = (table["state"] == _OK).to_numpy() & np.isfinite(estimate)
    with np.errstate(invalid="ignore", divide="ignore"):
        holds, certainty, can = _TESTS[condition.test](condition, table, threshold)
    known &= can
    return _Asked(np.where(known, holds.astype(np.float64), np.nan), np.where(known, certainty, np.nan))


_Found = tuple[NDArray[np.bool_], Floats, NDArray[np.bool_]]


def _probability_above(
    condition: Condition, table: pd.DataFrame, threshold: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """
    Return the probability that the true figure lies above a threshold, and where it can be told.

    By the figure's own probability where it has one; otherwise a normal law whose standard error is the side of the
    95 per cent interval that looks towards the threshold, over 1.96, so that a lopsided interval is read as it is.
    """
    estimate, lower, upper = (_numbers(table, name) for name in ("estimate", "lower", "upper"))
    side = np.where(threshold < estimate, estimate - lower, upper - estimate)
    above = np.where(
        side > 0, norm.cdf(_Z * (estimate - threshold) / np.where(side > 0, side, 1.0)), estimate > threshold
    )
    own = _numbers(table, "probability_below_force")
    if condition.value is None and condition.times == 1.0:
        above = np.where(np.isfinite(own), 1.0 - own, above)
    known = np.isfinite(side) & np.isfinite(threshold) | (np.isfinite(own) & (condition.value is None))
    return np.asarray(above, dtype=np.float64), np.asarray(known, dtype=bool)


def _surely(condition: Condition, table: pd.DataFrame, threshold: Floats) -> _Found:
    lower, upper = _numbers(table, "lower"), _numbers(table, "upper")
    above, _ = _probability_above(condition, table, threshold)
    can = np.isfinite(lower) & ~np.isnan(upper) & np.isfinite(threshold)
    if condition.test == "surely_above":
        return lower > threshold, above, can
    return upper < threshold, 1.0 - above, can


def _probably(condition: Condition, table: pd.DataFrame, threshold: Floats) -> _Found:
    above, can = _probability_above(condition, table, threshold)
    wanted = above if condition.test == "probably_above" else 1.0 - above
    return wanted >= condition.probability, wanted, can


def _changed(condition: Condition, table: pd.DataFrame, threshold: Floats) -> _Found:
    del threshold
    q, estimate = _numbers(table, "q_value"), _numbers(table, "estimate")
    sign = 1.0 if condition.test == "rose" else -1.0
    return (q <= _MOST_FALSE) & (sign * estimate > 0), 1.0 - q, np.isfinite(q)


def _more_than_chance(condition: Condition, table: pd.DataFrame, threshold: Floats) -> _Found:
    del condition, threshold
    notes = table["note"].map(lambda note: isinstance(note, str) and MORE_THAN_CHANCE in note.split(": ")[0])
    return notes.to_numpy(dtype=bool), np.full(len(table), _CLEAR), np.ones(len(table), dtype=bool)


def _counted(condition: Condition, table: pd.DataFrame, threshold: Floats) -> _Found:
    estimate = _numbers(table, "estimate")
    holds = estimate >= threshold if condition.test == "at_least" else estimate < threshold
    return holds, np.ones(len(table)), np.isfinite(threshold)


def _stands_out(condition: Condition, table: pd.DataFrame, threshold: Floats) -> _Found:
    del condition, threshold
    estimate, force = _numbers(table, "estimate"), _numbers(table, "force_estimate")
    holds = (estimate >= _TIMES * force) & (estimate >= force + _POINTS)
    return holds, np.ones(len(table)), np.isfinite(force)


_TESTS = {
    "surely_above": _surely, "surely_below": _surely, "probably_above": _probably, "probably_below": _probably,
    "rose": _changed, "fell": _changed, "more_than_chance": _more_than_chance, "at_least": _counted,
    "fewer_than": _counted, "stands_out": _stands_out,
}  # fmt: skip


def _reason(
    rule: Rule, holds: Floats, tables: Mapping[str, pd.DataFrame], code: str, metrics: Mapping[str, MetricKind]
) -> str:
    """Return what a rule lacks: the data that are not loaded, or why the figure of this area does not stand."""
    wanting = []
    for condition, found in zip(rule.when, holds, strict=True):
        if not np.isnan(found):
            continue
        kind, table = metrics[condition.metric], tables.get(condition.metric)
        note = None if table is None else table.loc[code, "note"]
        absent = table is None or not isinstance(table.loc[code, "state"], str)
        if absent:
            wanting.append(f"needs {kind.needs or kind.label}")
        elif isinstance(note, str) and table is not None and table.loc[code, "state"] != _OK:
            wanting.append(f"{kind.label}: {note}")
        else:
            wanting.append(f"{kind.label} has no interval or comparison here")
    return "; ".join(dict.fromkeys(wanting))


def _evidence(template: str, tables: Mapping[str, pd.DataFrame], code: str, metrics: Mapping[str, MetricKind]) -> str:
    def words(match: re.Match[str]) -> str:
        metric, part = match[1], match[2]
        table = tables.get(metric)
        if table is None or table.loc[code, "state"] != _OK:
            return _NOT_KNOWN
        return _figure_words(table.loc[code].to_dict(), part, metrics[metric].unit)

    return PLACEHOLDER.sub(words, template)


def _figure_words(row: Mapping[Hashable, Any], part: str | None, unit: str) -> str:
    if part == "note":
        note = row["note"]
        return str(note) if isinstance(note, str) else _NOT_KNOWN
    if part == "interval":
        if not np.isfinite(row["lower"]):
            return "no interval"
        upper = _plain(row["upper"], unit) if np.isfinite(row["upper"]) else "no upper end"
        return f"{_plain(row['lower'], unit)} to {upper}"
    if part == "probability":
        p = row["probability_below_force"]
        return f"{100 * p:.0f} %" if np.isfinite(p) else _NOT_KNOWN
    return _plain(row["force_estimate"] if part == "force" else row["estimate"], unit)


def _plain(value: float, unit: str) -> str:
    """Return a figure as people say it: whole counts, one decimal for rates, a sign for per cent."""
    if not np.isfinite(value):
        return _NOT_KNOWN
    whole = unit in {"incidents", "residents", "zones", "kinds", "changes", "answers", "priorities", "index"}
    digits = 0 if whole or abs(value) >= 100 else 1
    text = f"{round(value, digits) + 0.0:,.{digits}f}"
    return f"{text} %" if unit == "per cent" else text
