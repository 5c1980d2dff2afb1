"""Plain names for segments, proposed from what sets them apart; a person approves each before it is published."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from domain.errors import SettingsError
from segmentation.portraits import Contrast

__all__ = ["NamePhrase", "name_environments", "name_groups", "name_phrases", "read_phrases"]

#: How far, in standard deviations between areas, a group must lie from the force for a phrase to be true of it.
_DISTINCT = 0.3
#: ... and how many percentage points.
_POINTS = 1.0
_PHRASES = 2
#: From this index on `many` is said instead of `more`, and down from this one `few` instead of `fewer`.
_MANY, _FEW = 125.0, 80.0
_AVERAGE = "close to the force's average"
#: An environment is busy or quiet where its rate is this share above or below the force's.
_BUSY, _QUIET = 1.1, 0.9
#: Environments of one group that would be called the same, from the most marked on.
_DEGREES: tuple[Mapping[str, str], ...] = (
    {"quieter": "quietest", "busier": "busiest"},
    {},
    {"quieter": "quiet", "busier": "busy"},
)


@dataclass(frozen=True, slots=True)
class NamePhrase:
    """
    What may be said of a group that lies high or low on one variable.

    Parameters
    ----------
    topic
        A name has at most one phrase of each topic.
    high
        Words that follow `many` or `more`; empty for a variable of which nothing is said when it is high.
    low
        Words that follow `few` or `fewer`; empty likewise.
    """

    topic: str
    high: str = ""
    low: str = ""


@cache
def name_phrases() -> Mapping[str, NamePhrase]:
    """
    Return the phrases of the table `segmentation/names.toml`, which ships with the package.

    Raises
    ------
    SettingsError
        If an entry has no topic, no phrase, or a key that is not known.
    """
    table = tomllib.loads(files("segmentation").joinpath("names.toml").read_text(encoding="utf-8"))
    return read_phrases(table)


def read_phrases(table: Mapping[str, Mapping[str, str]]) -> Mapping[str, NamePhrase]:
    """
    Return phrases by variable.

    Parameters
    ----------
    table
        `topic`, `high` and `low` by variable.

    Raises
    ------
    SettingsError
        If an entry has no topic, no phrase, or a key that is not known.
    """
    phrases = {}
    for variable, entry in table.items():
        if (
            set(entry) - {"topic", "high", "low"}
            or not entry.get("topic")
            or not (entry.get("high") or entry.get("low"))
        ):
            raise SettingsError(
                f"the name phrases of {variable} are not understood",
                hint="An entry has a topic, and a phrase in high, low or both.",
            )
        phrases[variable] = NamePhrase(entry["topic"], entry.get("high", ""), entry.get("low", ""))
    return MappingProxyType(phrases)


def name_groups(contrasts: Sequence[Mapping[str, Contrast]], phrases: Mapping[str, NamePhrase]) -> list[str]:
    """
    Propose a name for each group from its two most distinctive variables; no two are the same.

    Parameters
    ----------
    contrasts
        For each group, by variable, the most distinctive first: how it differs from the force.
    phrases
        What may be said; a variable that is not in it is never said.

    Examples
    --------
    >>> phrases = {"cars": NamePhrase("cars", low="homes with a car"), "work": NamePhrase("work", "office jobs")}
    >>> poor = {"cars": Contrast(20.0, 80.0, -1.5, 25.0), "work": Contrast(22.0, 20.0, 0.5, 110.0)}
    >>> usual = {"cars": Contrast(81.0, 80.0, 0.1, 101.0)}
    >>> name_groups([poor, usual], phrases)
    ['Few homes with a car, more office jobs', "Close to the force's average"]
    """
    names: list[str] = []
    for contrast in contrasts:
        said = _said(contrast, phrases)
        options = [said[:n] for n in range(_PHRASES, len(said) + 1)] or [said]
        texts = [_sentence(option) for option in options]
        fresh = [text for text in texts if text not in names]
        names.append(fresh[0] if fresh else _numbered(texts[0], names))
    return names


def _sentence(phrases: Sequence[str]) -> str:
    text = ", ".join(phrases) or _AVERAGE
    return text[0].upper() + text[1:]


def _said(contrasts: Mapping[str, Contrast], phrases: Mapping[str, NamePhrase]) -> list[str]:
    """Return the phrases that are true of a group, the most distinctive first, at most one of each topic."""
    said: dict[str, str] = {}
    for variable, contrast in contrasts.items():
        phrase, index = phrases.get(variable), contrast.index
        if phrase is None or index is None or phrase.topic in said:
            continue
        if abs(contrast.deviation) < _DISTINCT or abs(contrast.here - contrast.everywhere) < _POINTS:
            continue
        if contrast.deviation > 0 and phrase.high:
            said[phrase.topic] = f"{'many' if index >= _MANY else 'more'} {phrase.high}"
        elif contrast.deviation < 0 and phrase.low:
            said[phrase.topic] = f"{'few' if index <= _FEW else 'fewer'} {phrase.low}"
    return list(said.values())


def _numbered(name: str, taken: Sequence[str]) -> str:
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def name_environments(group: str, ratios: Sequence[Mapping[str, float]]) -> list[str]:
    """
    Name the environments of one group by how busy they are beside the force; no two are the same.

    Parameters
    ----------
    group
        Name of the group.
    ratios
        For each environment, by kind of incident as it is to be named: its rate over that of the force.

    Examples
    --------
    >>> name_environments("Many cars", [{"ASB": 0.5, "minor crime": 0.6}, {"ASB": 1.6, "minor crime": 1.0}])
    ['Many cars: quieter', 'Many cars: busier for ASB']
    """
    if len(ratios) == 1:
        return [f"{group}: one environment"]
    words = [_words(ratio) for ratio in ratios]
    level = [sum(ratio.values()) for ratio in ratios]
    for word in sorted(set(words)):
        alike = [i for i, w in enumerate(words) if w == word]
        alike.sort(key=lambda i: level[i], reverse=word.startswith("busier"))
        if len(alike) > 1:
            for i, degree in zip(alike, _DEGREES, strict=False):
                words[i] = " ".join((degree.get(word.split()[0], word.split()[0]), *word.split()[1:]))
    names: list[str] = []
    for word in words:
        name = f"{group}: {word}"
        names.append(_numbered(name, names) if name in names else name)
    return names


def _words(ratio: Mapping[str, float]) -> str:
    busy = [kind for kind, value in ratio.items() if value > _BUSY]
    quiet = [kind for kind, value in ratio.items() if value < _QUIET]
    if busy:
        return "busier" if len(busy) == len(ratio) else f"busier for {busy[0]}"
    if quiet:
        return "quieter" if len(quiet) == len(ratio) else f"quieter for {quiet[0]}"
    return "about as busy as the force"
