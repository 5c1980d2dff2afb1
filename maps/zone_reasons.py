"""Why a zone is red, how firm that is, what to look out for and what to do, in sentences for an inspector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.incidents import Kind
from maps import format as fmt

__all__ = [
    "OPEN_PLACES",
    "REPEAT_CALLERS_FLAG",
    "SINGLE_ADDRESS_FLAG",
    "ScorePart",
    "actions",
    "engagement",
    "firm_sentence",
    "flags",
    "rank_sentences",
    "round_sentence",
    "score_rows",
    "why",
]

#: What a zone says that draws more than half its rows from one point (design rule 10).
SINGLE_ADDRESS_FLAG = "One address: problem-solving, not patrol"

#: What a zone says that draws a third or more of its incidents from people who call again and again (METHODS 11).
REPEAT_CALLERS_FLAG = "Repeat callers: see who needs help before patrol"

#: Places whose address anyone may know; the others are protected, and a page never says which they are.
OPEN_PLACES = {
    "custody": "a custody suite",
    "hospital": "a hospital",
    "police_station": "a police station",
    "prison": "a prison",
}
_PROTECTED_FLAG = "Sensitive place near: speak to your analyst before any visible patrol"

_PARTS = (
    ("part_counts", "Incidents here that the ranking counts"),
    ("part_age", "Older ones count less"),
    ("part_other_kinds", "Other kinds, with little weight"),
    ("part_spread", "Nearby, less a better zone's"),
    ("part_adjusted", "Nudges and confidence"),
)
_LEAST_SHOWN_FACTOR = 0.005


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One line of the sum that makes a score."""

    label: str
    value: str


def why(row: Mapping[Any, Any], window: str) -> tuple[str, ...]:
    """
    Return the reasons in sentences that an inspector can say aloud.

    Parameters
    ----------
    row
        A row of `hotspots.results.RedZonesResult.zones`.
    window
        The window in words.
    """
    between = fmt.interval(row["expected_lower"], row["expected_upper"])
    incidents = fmt.plural(row["n_incidents"], "incident")
    places = fmt.plural(row["n_places"], "map point")
    reasons = [
        f"{incidents} at {places} within {fmt.count(row['radius_m'])} m in the last {window}.",
        f"About {fmt.decimal(row['expected_per_month'])} a month are expected next"
        + (f" (likely between {between.replace(' to ', ' and ')})." if between else "."),
        f"The busiest single point has {fmt.per_cent(row['top_place_share'], 0)} of these incidents.",
    ]
    if fmt.is_known(share := row.get("repeat_caller_share")):
        reasons.append(f"{fmt.per_cent(share, 0)} of these incidents came from people who had called before.")
    else:
        reasons.append("Whether repeat callers stand behind it is not known.")
    if row["n_officer_generated"] > 0:
        made = fmt.plural(row["n_officer_generated"], "record")
        verb = "is" if row["n_officer_generated"] == 1 else "are"
        reasons.append(f"{made} made by police activity here {verb} shown but never scored.")
    return tuple(reasons)


def firm_sentence(row: Mapping[Any, Any]) -> str:
    """
    Return how firm the zone is, or an empty text where an older run did not test it.

    Parameters
    ----------
    row
        A row of the zones.

    Examples
    --------
    >>> firm_sentence({"firmness": 0.83, "firmness_margin": 4, "n_incidents": 30})
    'In the list in 83 of 100 resamples of the past; 4 fewer incidents would remove it.'
    """
    if not fmt.is_known(firmness := row.get("firmness")):
        return ""
    share = f"In the list in {fmt.count(100 * float(str(firmness)))} of 100 resamples of the past"
    margin = row.get("firmness_margin")
    if margin is None or not fmt.is_known(margin):
        return f"{share}."
    if margin < 0:
        return f"{share}; a zone would stand here even without its own incidents, for those beside it."
    if margin >= row["n_incidents"]:
        return f"{share}; it stays as long as any of its incidents is left, since the list is not full."
    return f"{share}; {fmt.plural(margin, 'fewer incident', 'fewer incidents')} would remove it."


def flags(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """
    Return what to look out for before anyone is sent: one address, repeat callers, sensitive places.

    Parameters
    ----------
    row
        A row of the zones.

    Examples
    --------
    >>> flags({"is_single_address": False, "sensitive_near": ["hospital", "refuge"]})
    ('Near a hospital', 'Sensitive place near: speak to your analyst before any visible patrol')
    """
    near = [str(category) for category in row.get("sensitive_near") or ()]
    found = [SINGLE_ADDRESS_FLAG] if row["is_single_address"] else []
    if row.get("has_repeat_callers"):
        found.append(REPEAT_CALLERS_FLAG)
    if open_places := [OPEN_PLACES[category] for category in near if category in OPEN_PLACES]:
        found.append(f"Near {fmt.joined(open_places)}")
    if any(category not in OPEN_PLACES for category in near):
        found.append(_PROTECTED_FLAG)
    return tuple(found)


def score_rows(row: Mapping[Any, Any]) -> tuple[ScorePart, ...]:
    """
    Return the parts of the score and their sum; empty where an older run did not keep them.

    Parameters
    ----------
    row
        A row of the zones.
    """
    if not all(fmt.is_known(row.get(name)) for name, _ in _PARTS):
        return ()
    shown = [
        ScorePart(label, f"{'+' if row[name] > 0 and name != 'part_counts' else ''}{fmt.decimal(row[name])}")
        for name, label in _PARTS
        if name in {"part_counts", "part_spread"} or abs(row[name]) >= 0.05
    ]
    return (*shown, ScorePart("Score", fmt.decimal(row["score"])))


def rank_sentences(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """
    Return by what nudges and confidence lifted the zone, and the rank that it would have without.

    Parameters
    ----------
    row
        A row of the zones.
    """
    sentences = []
    for factor, rank, words in (
        ("nudge_factor", "rank_without_nudges", "an analyst's nudge"),
        ("confidence_factor", "rank_without_confidence", "low confidence in the police here"),
    ):
        value = row.get(factor)
        if value is None or not fmt.is_known(value) or abs(value - 1) < _LEAST_SHOWN_FACTOR:
            continue
        without = row.get(rank)
        place = f"rank {fmt.count(without)}" if fmt.is_known(without) else "not on the list"
        sentences.append(f"Its score is multiplied by {fmt.decimal(value, 2)} for {words}; without that: {place}.")
    return tuple(sentences)


def round_sentence(row: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    """
    Return which zones make one round on foot with this one; an empty text for a zone alone.

    Parameters
    ----------
    row
        A row of the zones.
    names
        Zone by id, in words.
    """
    members = [str(member) for member in row.get("group_members") or ()]
    if len(members) < 2:
        return ""
    others = fmt.joined([names[member] for member in members if member != row["zone_id"] and member in names])
    length = fmt.decimal(row["group_walk_m"] / 1000)
    return f"One round on foot with {others}: about {length} km in all, as the crow flies."


_ASB_ACTION = "Ask those affected what happens, when, and who could change the place: landlord, school, park owner."
_CRIME_ACTION = "Look at what makes it easy here (sight lines, lighting, locks, tills) and who could change that."


def actions(row: Mapping[Any, Any], kind_of: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return what to do beside walking there: patrol alone does not move confidence (Home Office Research Report 28).

    Parameters
    ----------
    row
        A row of the zones.
    kind_of
        Our kind by category.
    """
    counts: Mapping[str, float] = row["kinds"]
    asb = sum(n for category, n in counts.items() if kind_of.get(category) == Kind.ASB)
    mostly_asb = 2 * asb >= sum(counts.values())
    first = (
        "One address stands behind this zone: visit and solve it there, with the partner who answers for it."
        if row["is_single_address"]
        else (_ASB_ACTION if mostly_asb else _CRIME_ACTION)
    )
    callers = (
        ("Repeat callers stand behind much of this: find out who is being harmed, and what would end it.",)
        if row.get("has_repeat_callers")
        else ()
    )
    visit = "Be seen and speak with people for about 15 minutes; write down what they say."
    return (
        first,
        *callers,
        *(() if row["is_single_address"] else (visit,)),
        "Patrol alone does not move confidence: agree one action, do it, and tell people what was done.",
    )


def engagement(segment_name: str, portrait: Sequence[str], channels: Sequence[str]) -> tuple[str, ...]:
    """
    Return how to speak with the people here, from the segment's portrait and the survey's channels.

    Parameters
    ----------
    segment_name
        Name of the segment, or an empty text.
    portrait
        Its most distinctive variables, in words.
    channels
        How people here want to be told, with shares, most first; empty where no survey asks.
    """
    lines = []
    if segment_name:
        lines.append(f"{segment_name}." + (f" {portrait[0]}" if portrait else ""))
    if channels:
        lines.append(f"People here would rather hear from the police by {fmt.joined(list(channels))} (survey).")
    else:
        lines.append("No survey says how people here want to be told: ask, and note it.")
    return tuple(lines)
