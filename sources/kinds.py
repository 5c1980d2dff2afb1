"""How the categories of a source are counted, as a TOML table: category = { kind = "asb", street = true }."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.incidents import Kind, KindRule

__all__ = [
    "POLICE_ACTIVITY",
    "UNKNOWN_REMEDY",
    "KindEntry",
    "UnknownKinds",
    "kind_rules",
    "police_uk_kinds",
    "rules_of_unknown",
]

#: What is remarked of rows that police activity made.
POLICE_ACTIVITY = "made by police activity: kept and shown, never scored"

#: What to do about categories for which no kind is stated.
UNKNOWN_REMEDY = (
    "State their kinds in the mapping, or say --unknown-kinds other (kept, counted as other) or --unknown-kinds reject."
)


class UnknownKinds(StrEnum):
    """What becomes of rows whose category has no stated kind."""

    REFUSE = "refuse"
    REJECT = "reject"
    OTHER = "other"


class KindEntry(BaseModel):
    """One entry of a `[kinds]` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    street: bool = False
    officer_generated: bool = False
    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0


def kind_rules(entries: Mapping[str, KindEntry]) -> tuple[KindRule, ...]:
    """Return the rule of each category, in the order in which the table gives them."""
    return tuple(
        KindRule(
            category=category,
            kind=entry.kind,
            is_street=entry.street,
            is_officer_generated=entry.officer_generated,
            weight=entry.weight,
        )
        for category, entry in entries.items()
    )


def rules_of_unknown(counts: Mapping[str, int]) -> tuple[tuple[KindRule, ...], tuple[str, ...]]:
    """
    Return the rule of each unknown category, counted as other and never in a list of streets, and the note of a load.

    Parameters
    ----------
    counts
        Rows by category, of the categories without a stated kind.

    Examples
    --------
    >>> rules, notes = rules_of_unknown({"Noise": 12})
    >>> rules[0].kind.value, notes
    ('other', ('counted as other, as no kind is stated for them: "Noise" 12',))
    """
    if not counts:
        return (), ()
    rules = tuple(KindRule(category=category, kind=Kind.OTHER) for category in sorted(counts))
    listed = ", ".join(f'"{category}" {counts[category]:,}' for category in sorted(counts))
    return rules, (f"counted as other, as no kind is stated for them: {listed}",)


@cache
def police_uk_kinds() -> tuple[KindRule, ...]:
    """
    Return how each current and historical category of police.uk is counted (METHODS 1).

    Examples
    --------
    >>> [rule.category for rule in police_uk_kinds() if rule.is_street]
    ['Anti-social behaviour', 'Criminal damage and arson']
    """
    text = (files("sources") / "mappings" / "police_uk.toml").read_text(encoding="utf-8")
    table = TypeAdapter(dict[str, KindEntry]).validate_python(tomllib.loads(text)["kinds"])
    return kind_rules(cast("Mapping[str, KindEntry]", table))
