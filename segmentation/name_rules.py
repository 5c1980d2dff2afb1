"""What a plain name may be: words of homes, work and streets, and none that label people by who they are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from domain.errors import AnalysisError

__all__ = ["check_name"]

_LONGEST = 160
#: Words of incidents that the names of environments hold, and that label nobody.
_INCIDENTS = re.compile(r"\b(?:minor crime|ASB)\b")


@cache
def _refused() -> Mapping[str, re.Pattern[str]]:
    """Return the pattern of the words that are refused for each reason."""
    table = tomllib.loads(files("segmentation").joinpath("refused_words.toml").read_text(encoding="utf-8"))
    return MappingProxyType({entry["why"]: _pattern(entry["words"]) for entry in table.values()})


def _pattern(words: list[str]) -> re.Pattern[str]:
    parts = [re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def check_name(name: str, *, code: str, others: Mapping[str, str]) -> str:
    """
    Return a name that a person gives a segment, with its spaces tidied.

    Parameters
    ----------
    name
        The name.
    code
        Code of the segment.
    others
        Names of all segments by code; no two may be the same.

    Raises
    ------
    AnalysisError
        If it is empty, too long, not plain text, taken, or says who people are: their ethnic group, religion, an age as
        a problem, or what they lack.

    Examples
    --------
    >>> check_name("  Terraces near  the station ", code="A", others={})
    'Terraces near the station'
    """
    plain = " ".join(name.split())
    if not plain:
        raise AnalysisError("a segment needs a name", hint="Write it in quotes: --name 'Terraces near the station'.")
    if len(plain) > _LONGEST:
        raise AnalysisError(f"the name has {len(plain)} characters; the longest has {_LONGEST}")
    if not plain.isprintable() or set(plain) & set("<>{}\\|`") or not any(c.isalpha() for c in plain):
        raise AnalysisError("the name is not plain text", hint="Use letters, numbers, commas and brackets.")
    said = _INCIDENTS.sub(" ", plain)
    for why, pattern in _refused().items():
        if found := pattern.search(said):
            raise AnalysisError(
                f'the name "{plain}" is refused: "{found[0]}" {why}',
                hint="Name the homes, the work or the streets, as the proposed names do.",
            )
    if taken := [c for c, other in others.items() if c != code and other.casefold() == plain.casefold()]:
        raise AnalysisError(f'the name "{plain}" is that of segment {taken[0]} already', hint="Choose another.")
    return plain
