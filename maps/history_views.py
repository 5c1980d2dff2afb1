"""Seasons, changes of the level of recording, and the latest days, in words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from domain.months import LocalMonth
from maps import format as fmt
from maps.content import SiteContent
from profiles.results import CurrentPicture

__all__ = [
    "CurrentRow",
    "CurrentView",
    "FreshRow",
    "HistoryViews",
    "SeasonCell",
    "SeasonLine",
    "SeasonView",
    "current_view",
    "instant",
    "rate_sentences",
]

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KIND_WORDS = {"asb": "Antisocial behaviour", "minor_crime": "Minor crime"}
_FORCE = "force"


def _kind_words(kind: str) -> str:
    return _KIND_WORDS.get(kind, fmt.capitalised(kind.replace("_", " ")))


@dataclass(frozen=True, slots=True)
class SeasonCell:
    """One calendar month against the average month; `stands_out` where its interval leaves 100 out."""

    text: str
    interval: str
    stands_out: bool


@dataclass(frozen=True, slots=True)
class SeasonLine:
    """The twelve months of one kind."""

    kind: str
    cells: tuple[SeasonCell, ...]


@dataclass(frozen=True, slots=True)
class SeasonView:
    """The season of an area; `reason` says why there is none, `note` what its intervals leave out."""

    months: tuple[str, ...]
    lines: tuple[SeasonLine, ...]
    years: str
    note: str
    reason: str


@dataclass(frozen=True, slots=True)
class CurrentRow:
    """One kind in one window of the latest days."""

    kind: str
    window: str
    n: str
    usual: str
    between: str
    verdict: str
    stands_out: bool


@dataclass(frozen=True, slots=True)
class FreshRow:
    """How fresh one source is."""

    source: str
    is_counted: bool
    months: str
    last: str
    n: str


@dataclass(frozen=True, slots=True)
class CurrentView:
    """The latest days beside the monthly picture."""

    is_known: bool
    reason: str
    until: str
    rows: tuple[CurrentRow, ...]
    freshness: tuple[FreshRow, ...]


class HistoryViews:
    """
    Makes the seasons and levels of one area after the other.

    Parameters
    ----------
    content
        Content of the site.
    """

    def __init__(self, content: SiteContent) -> None:
        history = content.history
        self._seasons = _by_area(None if history is None else history.seasons)
        self._levels = _by_area(None if history is None else history.levels)

    def season(self, code: str) -> SeasonView:
        """
        Return the season of an area, or the reason why there is none.

        Parameters
        ----------
        code
            Code of a patrol area or unit, or `force`.
        """
        frame = self._seasons.get(code)
        if frame is None or frame.empty:
            return SeasonView((), (), "", "", "No season was computed.")
        stands = frame[frame["state"] == "ok"]
        if stands.empty:
            return SeasonView((), (), "", "", fmt.capitalised(str(frame["note"].iloc[0])) + ".")
        lines = tuple(
            SeasonLine(_kind_words(str(kind)), tuple(_season_cell(row) for row in rows.to_dict("records")))
            for kind, rows in stands.groupby("kind", sort=False)
        )
        n_years = int(stands["n_years"].max())
        note = next((str(text) for text in stands["note"] if isinstance(text, str) and text), "")
        return SeasonView(_MONTH_NAMES, lines, fmt.plural(n_years, "year"), fmt.capitalised(note), "")

    def levels(self, codes: Sequence[str]) -> tuple[str, ...]:
        """
        Return in sentences the changes of the level of recording, or why they cannot be told.

        Parameters
        ----------
        codes
            Areas whose levels concern the reader, such as its unit and `force`, by the words for them.
        """
        frames = [self._levels[code] for code in codes if code in self._levels]
        if not frames:
            return ()
        frame = pd.concat(frames)
        found = frame[frame["rank"] > 0]
        if len(found):
            return tuple(_level_sentence(row) for row in found.to_dict("records"))
        if (frame["state"] == "cannot_tell").all():
            return (f"Whether the level of recording changed cannot be told: it {frame['note'].iloc[0]}.",)
        return ("No change in the level of recording was found beyond season and chance.",)


def _by_area(frame: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    if frame is None or frame.empty:
        return {}
    return {str(code): rows for code, rows in frame.groupby("area_code", sort=True)}


def _season_cell(row: dict[Any, Any]) -> SeasonCell:
    return SeasonCell(
        text=fmt.count(row["estimate"]),
        interval=f"{fmt.count(row['lower'])} to {fmt.count(row['upper'])}",
        stands_out=bool(row["lower"] > 100 or row["upper"] < 100),
    )


def _level_sentence(row: dict[Any, Any]) -> str:
    month = fmt.month_name(LocalMonth.parse(str(row["first_after"])))
    where = "in the force" if row["geography"] == _FORCE else "in this policing unit"
    words = f"{fmt.decimal(row['ratio'], 2)} times what it was ({fmt.interval(row['lower'], row['upper'])})"
    return (
        f"{_kind_words(str(row['kind']))} {where}: from {month} on the level is {words}, like months compared with "
        "like. Years on either side are not alike."
    )


def instant(text: str | None) -> str:
    """
    Return an instant of the data in words.

    Examples
    --------
    >>> instant("2025-12-31 22:40"), instant(None)
    ('31 December 2025, 22:40', '')
    """
    if not text:
        return ""
    at = datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - local wall-clock time by definition
    return f"{fmt.day(at.date())}, {at:%H:%M}"


def current_view(picture: CurrentPicture | None, code: str) -> CurrentView:
    """
    Return the latest days of an area, and how fresh every source is.

    Parameters
    ----------
    picture
        The current picture of the run, or None.
    code
        Code of a patrol area or unit, or `force`.
    """
    if picture is None:
        return CurrentView(is_known=False, reason="No current picture was computed.", until="", rows=(), freshness=())
    figures = picture.figures
    own = figures[figures["area_code"] == code] if len(figures) else figures
    return CurrentView(
        is_known=picture.state == "ok" and len(own) > 0,
        reason=picture.reason,
        until=instant(picture.last_at),
        rows=tuple(_current_row(row) for row in own.to_dict("records")),
        freshness=tuple(_fresh_row(row) for row in picture.freshness.to_dict("records")),
    )


def _current_row(row: dict[Any, Any]) -> CurrentRow:
    knows = row["state"] == "ok"
    return CurrentRow(
        kind=_kind_words(str(row["kind"])),
        window=f"latest {fmt.plural(row['days'], 'day')}",
        n=fmt.count(row["n"]),
        usual=fmt.decimal(row["usual"], 1) if knows else "",
        between=f"{fmt.count(row['lower'])} to {fmt.count(row['upper'])}" if knows else "",
        verdict=str(row["note"] or ""),
        stands_out=bool(knows and fmt.is_known(row["q_value"]) and row["q_value"] <= 0.05),
    )


def _fresh_row(row: dict[Any, Any]) -> FreshRow:
    first, last = (LocalMonth.parse(str(row[name])) for name in ("first_month", "last_month"))
    at = row["last_at"] if isinstance(row["last_at"], str) else None
    return FreshRow(
        source=str(row["source"]),
        is_counted=bool(row["is_counted"]),
        months=fmt.period(first, last),
        last=f"to {instant(at)}" if at else f"to {fmt.month_name(last)}; only months are known",
        n=fmt.count(row["n"]),
    )


def rate_sentences(content: SiteContent) -> tuple[str, ...]:
    """
    Return in sentences whether steadied rates foretold the last half-year better than plain ones.

    Parameters
    ----------
    content
        Content of the site.
    """
    label = content.identity.small_area_label
    sentences = []
    for told in content.foretelling:
        between = f"{fmt.decimal(told['gain'], 3)} for each {label}, 95 % interval {fmt.decimal(told['lower'], 3)} to "
        sentences.append(
            f"{_kind_words(str(told['kind']))}, {fmt.plural(told['n_areas'], label)}: the steadied rate was "
            f"{told['verdict']} the plain one (gain of the log score {between}{fmt.decimal(told['upper'], 3)})."
        )
    return tuple(sentences)
