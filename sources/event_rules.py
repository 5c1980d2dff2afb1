"""
What a row of a force extract says about its event: which rows do not count, and which never score (METHODS 1).

A row is never dropped: it is kept with the reason. What needs other rows to be known (the parent of a linked log, the
crime that a log became) is handed on as a reference, and the store decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from domain.incidents import EVENT_COLUMNS, NotCounted, NotScored
from sources.batches import Column, Texts
from sources.extract_mapping import ExtractMapping

__all__ = ["event_columns"]

_FACTS = ("opening_class", "asb_category", "place_type", "result", "beat", "reported_by")
_FLAGS = {"repeat_caller": "is_repeat_caller", "domestic": "is_domestic"}
_READ = {*_FACTS, *_FLAGS, "qualifiers", "parent", "crime_reference", "source_agency"} - {"reported_by"}


def event_columns(mapping: ExtractMapping, column: Mapping[str, Texts], n: int) -> dict[str, Column]:
    """
    Return the columns of `EVENT_COLUMNS`; none if the mapping names no column about events.

    Parameters
    ----------
    mapping
        The mapping of the extract.
    column
        Texts of each mapped column, by our field, each of length n.
    n
        Rows.
    """
    if not _READ & set(column) and mapping.constants.source_agency is None:
        return {}
    told = {name: [text.strip() for text in texts] for name, texts in column.items() if name in _READ | {"reported_by"}}
    results = {_plain(word): why for word, why in mapping.events.results.items()}
    found = [_event(mapping, results, {name: texts[i] for name, texts in told.items()}) for i in range(n)]
    return {
        name: np.array([event[position] for event in found], dtype=object)
        for position, name in enumerate(EVENT_COLUMNS)
    }


def _event(mapping: ExtractMapping, results: Mapping[str, str], row: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return parent, crime reference, why it is not counted, why it is not scored, the agency and the details."""
    values = mapping.events
    qualifiers = [q.strip() for q in row.get("qualifiers", "").split(values.qualifier_separator) if q.strip()]
    why = results.get(_plain(row.get("result", "")))
    not_counted = NotCounted(why).value if why else None
    return (
        row.get("parent") or None,
        row.get("crime_reference") or None,
        not_counted,
        _not_scored(mapping, row, qualifiers),
        row.get("source_agency") or mapping.constants.source_agency,
        _details(mapping, row, qualifiers),
    )


def _not_scored(mapping: ExtractMapping, row: Mapping[str, str], qualifiers: Sequence[str]) -> str | None:
    values = mapping.events
    if _among(row.get("domestic"), values.yes) or any(_among(q, values.domestic_qualifiers) for q in qualifiers):
        return NotScored.DOMESTIC.value
    if _among(row.get("place_type"), values.private_places):
        return NotScored.PRIVATE_PLACE.value
    return NotScored.PERSONAL.value if _among(row.get("asb_category"), values.personal) else None


def _details(mapping: ExtractMapping, row: Mapping[str, str], qualifiers: Sequence[str]) -> str | None:
    """Return the facts as JSON; flags become true or false, so that no text of a caller is stored."""
    facts: dict[str, object] = {name: row[name] for name in _FACTS if row.get(name)}
    facts |= {ours: _among(row[theirs], mapping.events.yes) for theirs, ours in _FLAGS.items() if row.get(theirs)}
    if qualifiers:
        facts["qualifiers"] = list(qualifiers)
    facts |= {
        ours: row[theirs]
        for theirs, ours in {"parent": "parent_log", "crime_reference": "crime_reference"}.items()
        if row.get(theirs)
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True) if facts else None


def _among(text: str | None, words: Sequence[str]) -> bool:
    return bool(text) and _plain(text or "") in _plain_set(tuple(words))


@cache
def _plain_set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_plain, words))


def _plain(text: str) -> str:
    return text.strip().casefold()
