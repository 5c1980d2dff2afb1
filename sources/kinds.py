"""How the categories of a source are counted, as a TOML table: category = { kind = "asb", street = true }."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.incidents import Kind, KindRule

__all__ = ["KindEntry", "kind_rules", "police_uk_kinds"]


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
