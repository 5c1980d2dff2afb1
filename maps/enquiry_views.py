"""Lines of enquiry in words: what the figures of one area suggest to look into, and what could not be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maps import format as fmt
from maps.content import SiteContent
from profiles.enquiry import certainty_words
from profiles.interventions import DRIVERS

__all__ = ["EnquiryLine", "EnquiryView", "EnquiryViews", "InterventionView"]

_NONE_YET = "This run was made before lines of enquiry were asked."
_GROUPS = {
    "problem": "To look into",
    "reading": "How to read the figures",
    "engagement": "How to reach people",
    "data": "Check before you act",
}
_EVIDENCE = {"strong": "strong evidence", "moderate": "moderate evidence", "weak": "weak evidence"}
_UNMEASURED = "not measured well"
_DIRECTIONS = {
    "positive": "helps", "mixed": "mixed results", "none": "no effect found", "harmful": "does harm",
    "unknown": "effect not known",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InterventionView:
    """One thing that can be done, with what is known of it."""

    name: str
    what: str
    verdict: str
    effect: str
    cost: str
    driver: str
    source: str
    avoid: str


@dataclass(frozen=True, slots=True)
class EnquiryLine:
    """One line of an area: what was found, what it may mean, what to check first and what can be done."""

    title: str
    group: str
    certainty: str
    evidence: str
    meaning: str
    check_first: tuple[str, ...]
    interventions: tuple[InterventionView, ...]
    drivers: str
    paragraph: str


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """
    The section of one area.

    Parameters
    ----------
    reason
        Why there is none; empty where rules were asked.
    lines
        What its figures trigger, the most certain first.
    not_asked
        (title, what it needs) of the rules that could not be asked.
    """

    reason: str
    lines: tuple[EnquiryLine, ...] = ()
    not_asked: tuple[tuple[str, str], ...] = ()


class EnquiryViews:
    """
    Makes the section of every area.

    Parameters
    ----------
    content
        The content of the site.
    """

    def __init__(self, content: SiteContent) -> None:
        result = content.enquiry
        self._is_known = result is not None
        self._rules: dict[str, dict[str, Any]] = {}
        self._lines: dict[str, list[dict[str, Any]]] = {}
        self._library: dict[str, InterventionView] = {}
        if result is None:
            return
        self._rules = {str(row["rule_id"]): row for row in _records(result.rules)}
        self._library = {str(row["id"]): _intervention(row) for row in _records(result.interventions)}
        for row in _records(result.lines):
            self._lines.setdefault(str(row["area_code"]), []).append(row)

    def of(self, code: str) -> EnquiryView:
        """
        Return the section of one area.

        Parameters
        ----------
        code
            Code of the area.
        """
        if not self._is_known:
            return EnquiryView(_NONE_YET)
        rows = [row for row in self._lines.get(code, ()) if row["rule_id"] in self._rules]
        lines = tuple(self._line(row) for row in rows if row["state"] == "triggered")
        not_asked = tuple(
            (str(self._rules[row["rule_id"]]["title"]), str(row["reason"]))
            for row in rows
            if row["state"] == "not_evaluated"
        )
        return EnquiryView("", lines, not_asked)

    def _line(self, row: Mapping[str, Any]) -> EnquiryLine:
        rule = self._rules[str(row["rule_id"])]
        return EnquiryLine(
            title=str(rule["title"]),
            group=_GROUPS.get(str(rule["group"]), str(rule["group"])),
            certainty=certainty_words(float(row["certainty"])),
            evidence=str(row["evidence"]),
            meaning=str(rule["meaning"]),
            check_first=tuple(rule["check_first"]),
            interventions=tuple(self._library[name] for name in rule["interventions"] if name in self._library),
            drivers=fmt.joined([DRIVERS.get(name, name) for name in rule["drivers"]]),
            paragraph=str(rule["paragraph"]),
        )


def _records(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a frame
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _intervention(row: Mapping[str, Any]) -> InterventionView:
    direction, evidence = _DIRECTIONS.get(str(row["direction"]), ""), _EVIDENCE.get(str(row["evidence"]), _UNMEASURED)
    return InterventionView(
        name=str(row["name"]),
        what=str(row["what"]),
        verdict=f"{direction}; {evidence}",
        effect=str(row["effect"]),
        cost=f"{row['cost']} cost",
        driver=DRIVERS.get(str(row["driver"]), str(row["driver"])),
        source=f"{row['source']} ({row['year']})",
        avoid=str(row["avoid"]),
    )
