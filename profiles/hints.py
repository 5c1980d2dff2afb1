"""
Engagement hints: what the census suggests about how to reach the people of an area (strategy 33, 35).

Each hint is one census share under plain words, with what it cannot tell. A hint is a question to ask people, never a
score: nothing here places a zone, a visit or a rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.areas import FigureState, PeopleVariable
from profiles.figures import Figures, Geography
from profiles.people import PeopleFigures, variable_figures
from profiles.results import MetricDefinition

__all__ = ["HINTS", "Hint", "hint_definitions", "hint_figures"]

#: A hint is given where a share is so many times the force's, and at least so many points above it.
_TIMES, _POINTS = 1.2, 2.0
_NO_SOURCE = "no loaded census table tells it"


@dataclass(frozen=True, slots=True)
class Hint:
    """
    One engagement hint.

    Parameters
    ----------
    metric
        Identifier.
    variables
        People variables (shares) that tell it; the first that is loaded is used.
    label, topic
        Plain words; group on the page.
    advice
        What it suggests where the share stands out.
    limits
        What the figure cannot tell.
    """

    metric: str
    variables: tuple[str, ...]
    label: str
    topic: str
    advice: str
    limits: str


_REACH, _LANGUAGE, _HOURS = "reaching people online or on paper", "languages", "when people are at home"

#: Every hint, in the order of the page.
HINTS: tuple[Hint, ...] = (
    Hint(
        "hint_older_residents",
        ("age_75_over", "age_65_over"),
        "Older residents (75 and over; 65 where no finer table is loaded), of whom more are offline",
        _REACH,
        "offer print, telephone and face to face beside online",
        "A proxy by age alone: most older people use the internet, and the census does not ask about it.",
    ),
    Hint(
        "hint_no_qualifications",
        ("no_qualifications",),
        "Adults without qualifications, of whom more are offline or find forms hard",
        _REACH,
        "write short and plain, and offer to talk",
        "A proxy: qualifications are not reading skills, and older people left school when fewer took them.",
    ),
    Hint(
        "hint_young_adults",
        ("age_16_24",),
        "Residents of 16 to 24, often missed by letters and meetings",
        _REACH,
        "go where they already meet and use the channels that they use",
        "A proxy by age alone; students are counted where they live in term.",
    ),
    Hint(
        "hint_no_car",
        ("households_no_car",),
        "Households without a car or van",
        _REACH,
        "meet within walking distance, near stops and shops",
        "A household without a car may choose so, as in town centres.",
    ),
    Hint(
        "hint_little_english",
        ("speaks_little_english",),
        "Residents who do not speak English well or at all",
        _LANGUAGE,
        "bring an interpreter and translated messages",
        "Told by whoever filled in the form, in March 2021; says nothing about reading.",
    ),
    Hint(
        "hint_other_main_language",
        ("language_not_english",),
        "Residents whose main language is not English",
        _LANGUAGE,
        "ask which languages are read, and by whom",
        "Many of them speak English well, and the figure does not say which language it is.",
    ),
    Hint(
        "hint_long_hours",
        ("work_long_hours",),
        "Workers with 49 hours a week or more",
        _HOURS,
        "hold events at weekends and send messages for any hour",
        "Long hours are not shifts: the census does not ask who works at night.",
    ),
    Hint(
        "hint_shift_work",
        ("work_shift_prone", "work_semi_routine_routine"),
        "Residents in work where shifts are common",
        _HOURS,
        "hold the same event at two times of day",
        "A proxy by occupation: many of them work by day, and nurses and officers are not among them.",
    ),
    Hint(
        "hint_home_workers",
        ("works_at_home",),
        "Workers who work mainly at home",
        _HOURS,
        "daytime street briefings meet people here",
        "From March 2021, in the pandemic: far fewer may work at home today.",
    ),
)


def _source_of(hint: Hint, variables: Sequence[PeopleVariable]) -> PeopleVariable | None:
    known = {v.name: v for v in variables if v.unit == "share"}
    return next((known[name] for name in hint.variables if name in known), None)


def hint_definitions(variables: Sequence[PeopleVariable]) -> tuple[MetricDefinition, ...]:
    """Return a definition for each hint, with the source of the variable that tells it."""
    definitions = []
    for hint in HINTS:
        variable = _source_of(hint, variables)
        source, period = (variable.source_table, variable.period) if variable is not None else ("", "")
        definitions.append(
            MetricDefinition(
                hint.metric, hint.label, hint.topic, "per cent", source, period, part="hints", limits=hint.limits
            )
        )
    return tuple(definitions)


def hint_figures(
    geography: Geography, force: Geography, people: PeopleFigures, variables: Sequence[PeopleVariable]
) -> list[tuple[str, Figures]]:
    """
    Return each hint for the areas of one geography; where the share stands out, its note says what that suggests.

    Parameters
    ----------
    geography, force
        The areas; the one area that holds all.
    people
        Values of the small areas.
    variables
        Declared variables.

    Returns
    -------
    list
        (metric, figures), in the order of `hint_definitions`.
    """
    made = []
    for hint in HINTS:
        variable = _source_of(hint, variables)
        if variable is None:
            figures = Figures(np.full(len(geography.codes), np.nan))
            figures.withhold(np.ones(len(geography.codes), dtype=bool), FigureState.NO_DATA, _NO_SOURCE)
        else:
            figures = variable_figures(geography, force, people, variable.name, variable.unit)
            average = figures.force_estimate
            with np.errstate(invalid="ignore"):
                stands_out = (figures.estimate >= _TIMES * average) & (figures.estimate >= average + _POINTS)
            figures.remark(stands_out, hint.advice)
        made.append((hint.metric, figures))
    return made
