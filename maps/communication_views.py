"""The communication plan and You Said, We Did, in words, tables and rows for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maps import format as fmt
from maps.content import SiteContent

__all__ = ["ChannelRow", "CommunicationView", "PlanAction", "PromiseRow", "communication_view", "promise_state"]

_NONE_YET = "This run was made before communication plans were made."
_NO_FILE = "No file of priorities is loaded (redzones load priorities), so it is not known what people said."
_NOTHING_SAID = "No priority of people here is in the file of the last two years."
_STATES = {
    "solved": "agreed to be solved",
    "told": "done and told, not yet agreed to be solved",
    "done": "done, people not told",
    "open": "raised, nothing done yet",
}


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel: how far it reaches, and what that rests on."""

    channel: str
    reach: str
    interval: str
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class PlanAction:
    """One action of the plan."""

    message: str
    because: str
    channels: str
    owner: str
    dates: str
    smart: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """What people said, what was done, and whether they know and agree."""

    raised_on: str
    issue: str
    action: str
    told_on: str
    solved_on: str
    state: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class CommunicationView:
    """
    The section of one neighbourhood or segment.

    Parameters
    ----------
    reason
        Why there is no plan; empty where there is one.
    audience
        Whom it addresses.
    channels, actions
        Channels by reach; what is told.
    promises, promises_reason
        You Said, We Did; why there is nothing to show.
    """

    reason: str
    audience: str = ""
    channels: tuple[ChannelRow, ...] = ()
    actions: tuple[PlanAction, ...] = ()
    promises: tuple[PromiseRow, ...] = ()
    promises_reason: str = ""


def communication_view(content: SiteContent, scope: str, code: str) -> CommunicationView:
    """
    Return the plan of one neighbourhood (`patrol`) or community group (`segment`).

    Parameters
    ----------
    content
        The content of the site.
    scope, code
        Whom it addresses.
    """
    if not content.communication:
        return CommunicationView(_NONE_YET)
    channels = _of(content.communication["channels"], scope, code)
    actions = _of(content.communication["actions"], scope, code)
    promises, reason = _promises(content.priorities, code) if scope == "patrol" else ((), "")
    return CommunicationView(
        reason="",
        audience=str(actions[0]["audience"]) if actions else "",
        channels=tuple(_channel(row) for row in channels),
        actions=tuple(_action(row) for row in actions),
        promises=promises,
        promises_reason=reason,
    )


def _of(table: pd.DataFrame, scope: str, code: str) -> list[Mapping[Any, Any]]:
    if table.empty:
        return []
    return list(table[(table["scope"] == scope) & (table["code"] == code)].to_dict("records"))


def _channel(row: Mapping[Any, Any]) -> ChannelRow:
    is_known = fmt.is_known(row["reach"])
    interval = f"{100 * row['lower']:.0f} to {100 * row['upper']:.0f} %" if is_known else ""
    return ChannelRow(
        channel=str(row["channel"]),
        reach=f"{100 * row['reach']:.0f} %" if is_known else "not known",
        interval=interval,
        basis=str(row["basis"]),
        note=str(row["note"]),
    )


def _action(row: Mapping[Any, Any]) -> PlanAction:
    parts = ("specific", "measurable", "achievable", "relevant", "time_bound")
    return PlanAction(
        message=str(row["message"]),
        because=str(row["because"]),
        channels=str(row["channels"]),
        owner=str(row["owner"]),
        dates=f"{row['start_day']} to {row['end_day']}",
        smart=tuple((fmt.capitalised(part.replace("_", "-")), str(row[part])) for part in parts),
    )


def promise_state(row: Mapping[Any, Any]) -> str:
    """Return where a priority stands: `solved`, `told`, `done` or `open`."""
    if isinstance(row["agreed_solved_on"], str):
        return "solved"
    if not isinstance(row["action"], str) or not row["action"].strip():
        return "open"
    return "told" if isinstance(row["told_on"], str) else "done"


def _promises(table: pd.DataFrame | None, code: str) -> tuple[tuple[PromiseRow, ...], str]:
    if table is None:
        return (), _NO_FILE
    rows = table[table["area_code"] == code].to_dict("records")
    made = tuple(_promise(row, promise_state(row)) for row in rows)
    return made, "" if made else _NOTHING_SAID


def _promise(row: Mapping[Any, Any], state: str) -> PromiseRow:
    def text(name: str, instead: str) -> str:
        return str(row[name]) if isinstance(row[name], str) and row[name].strip() else instead

    return PromiseRow(
        raised_on=text("raised_on", ""),
        issue=text("issue", ""),
        action=text("action", "nothing yet"),
        told_on=text("told_on", "not told"),
        solved_on=text("agreed_solved_on", "not agreed"),
        state=_STATES[state],
        is_closed=state == "solved",
    )
