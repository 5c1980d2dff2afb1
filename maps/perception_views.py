"""What people think, in words, tables and bars of intervals: for one patrol area and for the force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from maps import format as fmt
from maps.lookup import SiteIndex
from maps.perception_words import (
    Row,
    basis,
    between,
    change_words,
    figure_words,
    force_sentences,
    gap_sentences,
    is_above,
    is_low,
    points,
    reading,
    target_sentences,
    text_or_none,
    verdict_sentences,
)
from profiles.results import PerceptionResult

__all__ = [
    "AreaOpinion",
    "IntervalBar",
    "OpinionRow",
    "PerceptionView",
    "ShareRow",
    "area_perception",
    "force_perception",
]

CONFIDENCE = "confidence"
_LABELS = {
    "confidence": "Agree that police and council deal with what matters here",
    "worry_asb": "Worried about antisocial behaviour",
    "perceived_asb": "See antisocial behaviour as a problem",
    "informed": "Feel informed about what the police do here",
}
_NO_SURVEY = "No survey of what people think is loaded, so nobody can say here how confident people are."
_BAR_WIDTH = 160.0


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """An interval drawn from 0 to 100 per cent: left and right end, the estimate and the force's figure, in pixels."""

    left: float
    right: float
    middle: float
    force: float | None
    width: float = _BAR_WIDTH


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """One question: the modelled figure, what the area's own answers say, the force's figure, and the change."""

    label: str
    wording: str
    value: str
    interval: str
    own: str
    force: str
    change: str
    is_ok: bool
    bar: IntervalBar | None


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One answer of a question of choice."""

    answer: str
    value: str
    interval: str
    force: str


@dataclass(frozen=True, slots=True)
class AreaOpinion:
    """Confidence in one area, as a row of the force's table."""

    name: str
    href: str
    value: str
    interval: str
    verdict: str
    answers: str
    is_ok: bool
    bar: IntervalBar | None


@dataclass(frozen=True, slots=True)
class PerceptionView:
    """
    The section on what people think.

    Parameters
    ----------
    reason
        Why there is none; empty where there is one.
    lead
        Sentences that say the most important first.
    basis
        What was asked, of whom, how and when.
    rows
        A row per question.
    channels, priorities
        How people want to hear, and what they want dealt with first.
    areas, units, segments
        Confidence of every patrol area, policing unit and segment; on the page of the force only.
    notes
        What a reader should know of the weights.
    """

    reason: str
    lead: tuple[str, ...] = ()
    basis: str = ""
    rows: tuple[OpinionRow, ...] = ()
    channels: tuple[ShareRow, ...] = ()
    priorities: tuple[ShareRow, ...] = ()
    areas: tuple[AreaOpinion, ...] = ()
    units: tuple[AreaOpinion, ...] = ()
    segments: tuple[AreaOpinion, ...] = ()
    notes: tuple[str, ...] = ()


def area_perception(index: SiteIndex, code: str) -> PerceptionView:
    """
    Return what the people of one patrol area or policing unit think.

    Parameters
    ----------
    index
        Look-ups of the site.
    code
        Code of the area.
    """
    found = index.content.perception
    if found is None:
        return PerceptionView(_NO_SURVEY)
    mine = _of_area(found.estimates, code)
    if mine.empty:
        return PerceptionView(_why_nothing(found))
    modelled, direct = (_by_question(mine[mine["model"] == model]) for model in ("modelled", "direct"))
    shown = modelled or direct  # units have answers enough to speak for themselves
    force = _by_question(found.force)
    changes = _by_question(_of_area(found.changes, code))
    gaps = _of_area(found.gaps, code).to_dict("records")
    rows = tuple(
        _row(question, shown.get(question), direct.get(question), force[question], changes.get(question))
        for question in force
        if question in shown
    )
    return PerceptionView(
        reason="",
        lead=(
            *verdict_sentences(shown.get(CONFIDENCE), found),
            *gap_sentences(gaps),
            reading(),
        ),
        basis=basis(found, index.content.identity.last_month),
        rows=rows,
        channels=_shares(found.channels, code),
        priorities=_shares(found.priorities, code),
    )


def force_perception(index: SiteIndex) -> PerceptionView:
    """
    Return what the people of the force think, and confidence in each of its areas.

    Parameters
    ----------
    index
        Look-ups of the site.
    """
    found = index.content.perception
    if found is None:
        return PerceptionView(_NO_SURVEY)
    if found.estimates.empty:
        return PerceptionView(_why_nothing(found))
    changes = _by_question(found.changes[found.changes["geography"] == "force"])
    rows = tuple(_force_row(row, changes.get(question)) for question, row in _by_question(found.force).items())
    table = found.estimates[found.estimates["question"] == CONFIDENCE]
    patrol = table[(table["model"] == "modelled") & table["area_code"].isin(list(index.patrol_names))]
    direct = table[table["model"] == "direct"]
    names = {code: (name, f"areas/{index.patrol_pages[code]}") for code, name in index.patrol_names.items()}
    units = {code: (name, "") for code, name in index.unit_names.items()}
    segments = {code: (f"{code}: {segment.name}", "") for code, segment in index.segments.items()}
    return PerceptionView(
        reason="",
        lead=(*force_sentences(_by_question(found.force).get(CONFIDENCE)), *target_sentences(found), reading()),
        basis=basis(found, index.content.identity.last_month),
        rows=rows,
        channels=_shares(found.channels, "force"),
        priorities=_shares(found.priorities, "force"),
        areas=_areas(patrol, names, found),
        units=_areas(direct[direct["area_code"].isin(list(units))], units, found),
        segments=_areas(direct[direct["geography"] == "segment"], segments, found),
        notes=found.notes,
    )


def _of_area(table: pd.DataFrame, code: str) -> pd.DataFrame:
    return table[(table["area_code"] == code) & ~table["geography"].isin(["segment", "force"])]


def _by_question(table: pd.DataFrame) -> dict[str, Row]:
    return {str(row["question"]): row for row in table.to_dict("records")}


def _why_nothing(found: PerceptionResult) -> str:
    notes = [str(note) for note in found.force["note"] if isinstance(note, str)]
    return f"The survey has no figure here: {notes[0] if notes else 'its areas are not known'}."


def _bar(row: Row, force: float | None) -> IntervalBar | None:
    if row["state"] != "ok":
        return None
    left, right, middle = (round(_BAR_WIDTH * float(row[name]), 1) for name in ("lower", "upper", "estimate"))
    whole = round(_BAR_WIDTH * force, 1) if force is not None and fmt.is_known(force) else None
    return IntervalBar(left, right, middle, whole)


def _label(question: str) -> str:
    return _LABELS.get(question, fmt.capitalised(question.replace("_", " ")))


def _row(
    question: str,
    modelled: Row | None,
    direct: Row | None,
    force: Row,
    change: Row | None,
) -> OpinionRow:
    is_ok = modelled is not None and modelled["state"] == "ok"
    own = figure_words(direct)
    if direct is not None and direct["state"] == "ok":
        own = f"{own} ({between(direct)}), {fmt.plural(direct['n_respondents'], 'answer')}"
    value = figure_words(modelled)
    note = text_or_none(modelled["note"]) if modelled is not None else None
    return OpinionRow(
        label=_label(question),
        wording=str(force["wording"]),
        value=f"{value} ({note})" if is_ok and note else value,
        interval=between(modelled) if is_ok and modelled is not None else "",
        own=own,
        force=figure_words(force),
        change=change_words(change),
        is_ok=is_ok,
        bar=_bar(modelled, force["estimate"]) if modelled is not None else None,
    )


def _force_row(row: Row, change: Row | None) -> OpinionRow:
    is_ok = row["state"] == "ok"
    return OpinionRow(
        label=_label(str(row["question"])),
        wording=str(row["wording"]),
        value=figure_words(row),
        interval=between(row) if is_ok else "",
        own=fmt.plural(row["n_respondents"], "answer"),
        force="",
        change=change_words(change),
        is_ok=is_ok,
        bar=_bar(row, None),
    )


def _shares(table: pd.DataFrame, code: str) -> tuple[ShareRow, ...]:
    rows = table[(table["area_code"] == code) & (table["state"] == "ok")] if len(table) else table
    ordered = rows.sort_values("share", ascending=False, kind="stable") if len(rows) else rows
    return tuple(
        ShareRow(str(row["answer"]), points(row["share"]), between(row), points(row["force_share"]))
        for row in ordered.to_dict("records")
    )


def _areas(
    table: pd.DataFrame, names: Mapping[str, tuple[str, str]], found: PerceptionResult
) -> tuple[AreaOpinion, ...]:
    force = _by_question(found.force).get(CONFIDENCE)
    whole = float(force["estimate"]) if force else None
    rows = []
    for row in table.to_dict("records"):
        if row["area_code"] not in names:
            continue
        name, href = names[row["area_code"]]
        is_ok = row["state"] == "ok"
        low, above = is_low(row, found), is_above(row, found)
        verdict = "low confidence" if low else "above the force" if above else "cannot tell"
        interval = between(row) if is_ok else ""
        answers = fmt.count(row["n_respondents"])
        rows.append(AreaOpinion(name, href, figure_words(row), interval, verdict, answers, is_ok, _bar(row, whole)))
    return tuple(rows)
