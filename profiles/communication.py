"""
Communication plan (strategy, paragraphs 24, 35 and 45): whom to tell what, by which channel, until when.

Channels are ranked by their reach among the people of a neighbourhood or segment: what they prefer by the survey,
or, where it cannot say, census proxies, and the plan says which. Messages follow from lines of enquiry. Every action is
SMART: specific, measurable, achievable, relevant and time-bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from domain.areas import FigureState
from domain.errors import Fault, SettingsError
from domain.months import LocalMonth
from profiles.interventions import DRIVERS

__all__ = [
    "ACTION_COLUMNS",
    "CHANNEL_COLUMNS",
    "Audience",
    "PlanDates",
    "PlanWords",
    "plan_actions",
    "plan_channels",
    "read_plan_words",
]

#: Columns of the channels of a plan.
CHANNEL_COLUMNS: tuple[str, ...] = (
    "scope", "code", "rank", "channel", "reach", "lower", "upper", "basis", "note",
)  # fmt: skip
#: Columns of the actions of a plan.
ACTION_COLUMNS: tuple[str, ...] = (
    "scope", "code", "rank", "message", "because", "audience", "channels", "owner", "start_day", "end_day", "specific",
    "measurable", "achievable", "relevant", "time_bound",
)  # fmt: skip
_OK = FigureState.OK.value
_MOST_ACTIONS, _CHANNELS_OF_ACTION = 3, 2
_TIMES, _POINTS = 1.5, 5.0
_LABELS = {
    "confidence": "agree that police and council deal with what matters", "informed": "feel informed",
    "worry_asb": "worry about antisocial behaviour", "perceived_asb": "see antisocial behaviour as a problem",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, the words of the survey that mean it, and the census proxies for and against it."""

    id: str
    name: str
    words: tuple[str, ...]
    raised_by: tuple[str, ...]
    lowered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, the rules that ask for it, and the figure by which its success is measured."""

    rules: tuple[str, ...]
    text: str
    measure: str


@dataclass(frozen=True, slots=True)
class PlanWords:
    """Channels and messages of a plan; `standing` is told where no line asks for anything."""

    channels: tuple[Channel, ...]
    messages: tuple[Message, ...]
    standing: Message


@dataclass(frozen=True, slots=True)
class PlanDates:
    """When a plan runs, and who answers for it."""

    start_day: date
    end_day: date
    owner: str

    @classmethod
    def after(cls, month: LocalMonth, *, days: int, owner: str) -> PlanDates:
        """Return the dates of a plan that begins the day after the data month."""
        start = month.shift(1).first_day
        return cls(start, start + timedelta(days=days - 1), owner)


@dataclass(frozen=True, slots=True)
class Audience:
    """
    People whom a plan addresses.

    Parameters
    ----------
    scope, code
        `patrol` or `segment`; its code.
    words
        Who they are, in words.
    n_residents
        How many; NaN where it is not known.
    rules
        Rules that their figures trigger, the most certain first: (rule id, title, drivers).
    priority
        What they name most often as their priority, in words; empty where it is not known.
    """

    scope: str
    code: str
    words: str
    n_residents: float
    rules: tuple[tuple[str, str, tuple[str, ...]], ...]
    priority: str = ""


def read_plan_words(content: Mapping[str, Any], *, file: str) -> PlanWords:
    """
    Check the channels and messages of a plan.

    Parameters
    ----------
    content
        The parsed TOML.
    file
        Name of the file, for errors.

    Raises
    ------
    SettingsError
        If something is missing.
    """
    faults: list[Fault] = []

    def entry(kind: type[Any], table: Mapping[str, Any], what: str) -> Any:  # noqa: ANN401 - Channel or Message
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        try:
            return kind(**fields)
        except TypeError as error:
            faults.append(Fault(f"{what}: {error}", file=file, remedy="Give it the fields of the others"))
            return None

    channels = tuple(entry(Channel, table, f"channel {i}") for i, table in enumerate(content.get("channel", ()), 1))
    messages = tuple(entry(Message, table, f"message {i}") for i, table in enumerate(content.get("message", ()), 1))
    standing = entry(Message, {"rules": [], **content.get("standing", {})}, "standing")
    if not channels:
        faults.append(Fault("no channel is given", file=file, remedy="Write at least one [[channel]]"))
    if faults:
        raise SettingsError(
            "the communication plan does not make sense: " + "; ".join(map(str, faults)), faults=faults,
            hint=f"Mend {file}.",
        )  # fmt: skip
    return PlanWords(channels, messages, standing)


def plan_channels(
    audiences: Sequence[Audience], words: PlanWords, *, preferred: pd.DataFrame | None, hints: pd.DataFrame
) -> pd.DataFrame:
    """
    Rank the channels by their reach in each audience.

    Parameters
    ----------
    audiences
        Whom the plan addresses.
    words
        The channels.
    preferred
        Survey shares with `scope`, `code`, `answer`, `share`, `lower`, `upper`, `state`; None where no survey asks.
    hints
        Census proxies: `scope`, `code`, `metric`, `label`, `estimate`, `force_estimate` (per cent), known ones only.

    Returns
    -------
    DataFrame
        Columns as `CHANNEL_COLUMNS`: `reach`, `lower`, `upper` (0 to 1, NaN from proxies), `basis` `survey` or
        `census proxy`, `note` says what a proxy rests on.
    """
    by_audience = (
        {} if preferred is None else dict(tuple(preferred[preferred["state"] == _OK].groupby(["scope", "code"])))
    )
    hints_of = dict(tuple(hints.groupby(["scope", "code"])))
    rows: list[tuple[object, ...]] = []
    for audience in audiences:
        key = (audience.scope, audience.code)
        asked = by_audience.get(key)
        found = _surveyed(asked, words) if asked is not None else []
        found = found or _by_proxy(hints_of.get(key), words)
        rows += [(*key, rank, *values) for rank, values in enumerate(found, 1)]
    return pd.DataFrame(rows, columns=list(CHANNEL_COLUMNS))


_Ranked = list[tuple[str, float, float, float, str, str]]


def _surveyed(asked: pd.DataFrame, words: PlanWords) -> _Ranked:
    """Return the answers of the survey in our words for a channel, the most preferred first."""
    ordered = asked.sort_values(["share", "answer"], ascending=[False, True], kind="stable")
    found: _Ranked = []
    for answer, share, lower, upper in zip(
        ordered["answer"], ordered["share"], ordered["lower"], ordered["upper"], strict=True
    ):
        text = str(answer).lower()
        known = next((c.name for c in words.channels if any(word in text for word in c.words)), str(answer))
        found.append((known, float(share), float(lower), float(upper), "survey", f"answer: {answer}"))
    return found


def _by_proxy(hints: pd.DataFrame | None, words: PlanWords) -> _Ranked:
    """Return every channel, those first for which the people's census figures speak; no reach is made up."""
    outstanding = {}
    if hints is not None:
        stands = (hints["estimate"] >= _TIMES * hints["force_estimate"]) & (
            hints["estimate"] >= hints["force_estimate"] + _POINTS
        )
        outstanding = {row["metric"]: row for row in hints[stands].to_dict("records")}
    scored = []
    for position, channel in enumerate(words.channels):
        ups = [outstanding[m] for m in channel.raised_by if m in outstanding]
        downs = [outstanding[m] for m in channel.lowered_by if m in outstanding]
        notes = [f"for it: {_hint_words(h)}" for h in ups] + [f"against it: {_hint_words(h)}" for h in downs]
        scored.append((len(downs) - len(ups), position, channel.name, "; ".join(notes) or "nothing stands out"))
    return [(name, np.nan, np.nan, np.nan, "census proxy", note) for _, _, name, note in sorted(scored)]


def _hint_words(hint: Mapping[Any, Any]) -> str:
    return f"{hint['label']} {hint['estimate']:.0f} %, {hint['force_estimate']:.0f} % in the force"


def plan_actions(
    audiences: Sequence[Audience],
    words: PlanWords,
    *,
    channels: pd.DataFrame,
    figures: pd.DataFrame,
    dates: PlanDates,
) -> pd.DataFrame:
    """
    Return what to tell whom, by which channels, by whom and until when.

    Parameters
    ----------
    audiences
        Whom the plan addresses.
    words
        The messages.
    channels
        As `plan_channels`.
    figures
        Figures by which success is measured: `scope`, `code`, `metric`, `estimate`, `lower`, `upper` (per cent).
    dates
        When it runs, and its owner.

    Returns
    -------
    DataFrame
        Columns as `ACTION_COLUMNS`; at most three actions an audience, and always one.
    """
    ranked = dict(tuple(channels.groupby(["scope", "code"], sort=False)))
    known = {(row["scope"], row["code"], row["metric"]): row for row in figures.to_dict("records")}
    rows = []
    for audience in audiences:
        own = ranked.get((audience.scope, audience.code))
        for rank, (message, rule) in enumerate(_messages(audience, words), 1):
            figure = known.get((audience.scope, audience.code, message.measure))
            rows.append(_action(audience, rank, message, rule, own, figure, dates))
    return pd.DataFrame(rows, columns=list(ACTION_COLUMNS))


_RuleOfLine = tuple[str, str, tuple[str, ...]]


def _messages(audience: Audience, words: PlanWords) -> list[tuple[Message, _RuleOfLine | None]]:
    found: list[tuple[Message, _RuleOfLine | None]] = []
    for rule in audience.rules:
        message = next((m for m in words.messages if rule[0] in m.rules), None)
        if message is not None and all(message is not m for m, _ in found):
            found.append((message, rule))
    return found[:_MOST_ACTIONS] or [(words.standing, None)]


def _action(
    audience: Audience,
    rank: int,
    message: Message,
    rule: _RuleOfLine | None,
    channels: pd.DataFrame | None,
    figure: Mapping[Any, Any] | None,
    dates: PlanDates,
) -> tuple[object, ...]:
    first = [] if channels is None else channels.head(_CHANNELS_OF_ACTION).to_dict("records")
    by = " and ".join(str(row["channel"]) for row in first) or "the channels that the team has"
    because = f"Line of enquiry: {rule[1]}" if rule else "No line of enquiry asks for a message of its own"
    if audience.priority:
        because += f". Priority named most often: {audience.priority}"
    drivers = [DRIVERS.get(name, name) for name in rule[2]] if rule else [DRIVERS["feedback"]]
    return (
        audience.scope, audience.code, rank, message.text, because, audience.words, by, dates.owner,
        dates.start_day.isoformat(), dates.end_day.isoformat(),
        f"Tell {audience.words}: {message.text}",
        _measurable(message, figure),
        _achievable(audience, first),
        f"Serves {'; '.join(drivers)}",
        f"From {_day(dates.start_day)} to {_day(dates.end_day)}; then say what came of it and ask whether it is solved",
    )  # fmt: skip


def _measurable(message: Message, figure: Mapping[Any, Any] | None) -> str:
    """Return what is counted, and, where a survey is loaded, from where and how far it must move to be seen."""
    counted = "Count the people reached by each channel and the answers that come back"
    if figure is None:
        return f"{counted}; no survey figure measures it here"
    if message.measure == "open_priorities":
        return f"{counted}; priorities not agreed to be solved, now {figure['estimate']:.0f}"
    error = (figure["upper"] - figure["lower"]) / (2 * 1.96)
    seen = 1.96 * np.sqrt(2.0) * error
    return (
        f"{counted}; those who {_LABELS.get(message.measure, message.measure)}, now {figure['estimate']:.0f} % "
        f"({figure['lower']:.0f} to {figure['upper']:.0f} %): with as many answers again, only a change of "
        f"{seen:.0f} points or more would show"
    )


def _achievable(audience: Audience, channels: Sequence[Mapping[Any, Any]]) -> str:
    """Return how many people the first channel reaches; from census proxies no number is made up."""
    if not channels:
        return "Nothing is known of channels: ask people how they want to hear"
    top = channels[0]
    if top["basis"] != "survey":
        return f"{top['channel']} first, by census proxies ({top['note']}); how many it reaches is not known"
    text = (
        f"{100 * top['reach']:.0f} % ({100 * top['lower']:.0f} to {100 * top['upper']:.0f} %) prefer "
        f"{str(top['channel']).lower()}"
    )
    if np.isfinite(audience.n_residents):
        people = round(audience.n_residents * top["reach"], -2)
        text += f", about {people:,.0f} of {audience.n_residents:,.0f} residents"
    return text


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
