"""The page of enquiry for the whole force: which rules are triggered where, what goes with what, plans of segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maps import format as fmt
from maps.communication_views import CommunicationView, communication_view
from maps.lookup import SiteIndex
from maps.pages import PageFrame

__all__ = ["CorrelationRow", "EnquiryPage", "GroupPlan", "RuleRow", "enquiry_page"]

_NO_RUN = "This run was made before lines of enquiry were asked."


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, and the patrol areas where it is triggered."""

    title: str
    areas: tuple[tuple[str, str], ...]
    n_not_asked: int
    needs: str


@dataclass(frozen=True, slots=True)
class CorrelationRow:
    """Two figures across areas, the others held."""

    first: str
    second: str
    given: str
    value: str
    interval: str
    verdict: str
    n: str


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """The plan of one community group."""

    name: str
    plan: CommunicationView


@dataclass(frozen=True, slots=True)
class EnquiryPage:
    """
    Rules over all patrol areas, correlations, and the communication plans of community groups.

    `has_lines` and `has_plans` say whether their tables are among the exports; `set_aside` are rules that are not asked
    of this force, each with what it would need.
    """

    frame: PageFrame
    reason: str
    rules: tuple[RuleRow, ...]
    correlations: tuple[CorrelationRow, ...]
    correlation_note: str
    groups: tuple[GroupPlan, ...]
    has_lines: bool = False
    has_plans: bool = False
    set_aside: tuple[tuple[str, str], ...] = ()


def enquiry_page(index: SiteIndex, frame: PageFrame) -> EnquiryPage:
    """
    Return the page of enquiry.

    Parameters
    ----------
    index
        Look-ups of the site.
    frame
        The frame of the page.
    """
    found = index.content.enquiry
    has_plans = "actions" in index.content.communication
    groups = tuple(
        GroupPlan(f"{code}: {segment.name}", communication_view(index.content, "segment", code))
        for code, segment in index.segments.items()
        if segment.level == "group"
    )
    if found is None:
        return EnquiryPage(frame, _NO_RUN, (), (), "", groups, has_plans=has_plans)
    patrol = found.lines[found.lines["area_code"].isin(list(index.patrol_names))]
    by_rule = {str(rule): rows for rule, rows in patrol.groupby("rule_id", sort=True)}
    rules = tuple(
        _rule_row(index, str(row["title"]), by_rule[row["rule_id"]])
        for row in found.rules.to_dict("records")
        if row["rule_id"] in by_rule
    )
    correlations = tuple(_correlation(row) for row in found.correlations.to_dict("records"))
    return EnquiryPage(
        frame,
        "",
        rules,
        correlations,
        found.correlation_note,
        groups,
        has_lines=not found.lines.empty,
        has_plans=has_plans,
        set_aside=tuple((title, needs.replace("_", " ")) for title, needs in found.set_aside.items()),
    )


def _rule_row(index: SiteIndex, title: str, rows: Any) -> RuleRow:  # noqa: ANN401 - a frame
    triggered = rows.loc[rows["state"] == "triggered", "area_code"]
    codes = sorted(triggered, key=lambda code: index.patrol_names[code])
    missing = rows.loc[rows["state"] != "triggered", "reason"]
    usual = missing.value_counts().index
    return RuleRow(
        title=title,
        areas=tuple((index.patrol_names[code], f"areas/{index.patrol_pages[code]}") for code in codes),
        n_not_asked=len(missing),
        needs=str(usual[0]) if len(usual) else "",
    )


def _correlation(row: Mapping[Any, Any]) -> CorrelationRow:
    is_ok = row["state"] == "ok"
    n = f"{row['n_areas']} areas"
    if is_ok:
        n += f", worth {row['effective_n']:.0f} independent ones"
    return CorrelationRow(
        first=str(row["first"]),
        second=str(row["second"]),
        given=str(row["given"]),
        value=f"{row['estimate']:+.2f}" if is_ok else str(row["note"]),
        interval=f"{row['lower']:+.2f} to {row['upper']:+.2f} ({fmt.decimal(100 * row['coverage'])} %)"
        if is_ok
        else "",
        verdict=_verdict(row) if is_ok else "cannot tell",
        n=n,
    )


def _verdict(row: Mapping[Any, Any]) -> str:
    if not row["is_singled_out"]:
        return "cannot be told from chance among so many pairs"
    return "high where the other is high" if row["estimate"] > 0 else "high where the other is low"
