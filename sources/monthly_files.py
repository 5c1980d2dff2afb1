"""The monthly files of data.police.uk: what their names say, and which of the three kinds a header belongs to."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import SourceError
from domain.months import LocalMonth
from sources.files import LINE_LIMIT, FileLike, open_binary

__all__ = [
    "MONTH",
    "REMEDY",
    "MonthlyKind",
    "MonthlyName",
    "as_published",
    "force_of",
    "kind_of_header",
    "read_header",
    "remedy_for",
]

#: A month as these files write it.
MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)

#: What to do about a file that is damaged or not what it should be.
REMEDY = "Download the file again from data.police.uk."
_NOT_POLICE_UK = (
    "This is not a file of data.police.uk. For an extract of your own, draft a mapping with "
    "`redzones load propose FILE` and load it with --mapping."
)
#: Columns by which a file of data.police.uk is told from any other.
_PUBLISHED = (
    *(
        "Crime ID",
        "Month",
        "Reported by",
        "Falls within",
        "Longitude",
        "Latitude",
        "Location",
        "LSOA code",
        "LSOA name",
    ),
    *("Crime type", "Last outcome category", "Context", "Outcome type", "Type", "Date", "Object of search", "Outcome"),
)
_BY_PLAIN_NAME = {name.casefold(): name for name in _PUBLISHED}
_LEAST_KNOWN = 3


class MonthlyKind(StrEnum):
    """What a monthly file holds, as its name says it."""

    STREET = "street"
    STOP_AND_SEARCH = "stop-and-search"
    OUTCOMES = "outcomes"


_FILE_NAME = re.compile(
    rf"(\d{{4}}-\d{{2}})-([a-z0-9-]+?)-({'|'.join(MonthlyKind)})\.csv(?:\.gz)?", re.ASCII | re.IGNORECASE
)
_TELLING = {"Object of search": MonthlyKind.STOP_AND_SEARCH, "Outcome type": MonthlyKind.OUTCOMES}
_CALLED = {
    MonthlyKind.STREET: "street file",
    MonthlyKind.STOP_AND_SEARCH: "stop and search file",
    MonthlyKind.OUTCOMES: "outcomes file",
}


@dataclass(frozen=True, slots=True)
class MonthlyName:
    """
    What the name of a monthly file says.

    Parameters
    ----------
    month, force, kind
        Its parts, as in `2025-12-cheshire-street.csv`.
    """

    month: LocalMonth
    force: str
    kind: MonthlyKind

    @classmethod
    def parse(cls, name: str) -> MonthlyName | None:
        """
        Return the parts of a file name, None if it is not such a name.

        Parameters
        ----------
        name
            Name without folders.

        Raises
        ------
        SourceError
            If the name has the form but not a month.

        Examples
        --------
        >>> MonthlyName.parse("2025-12-avon-and-somerset-stop-and-search.csv").force
        'avon-and-somerset'
        """
        found = _FILE_NAME.fullmatch(name)
        if found is None:
            return None
        if not MONTH.fullmatch(found[1]):
            raise SourceError.at(f'"{found[1]}" in the file name is not a month', file=name, remedy="Rename the file.")
        return cls(LocalMonth.parse(found[1]), found[2].lower(), MonthlyKind(found[3].lower()))


def as_published(header: Iterable[str]) -> list[str]:
    """
    Return the names of a header as data.police.uk writes them, whatever their case and the blanks around them.

    Examples
    --------
    >>> as_published(["CRIME ID", " month", "Extra"])
    ['Crime ID', 'Month', 'Extra']
    """
    return [_BY_PLAIN_NAME.get(name.strip().casefold(), name) for name in header]


def kind_of_header(header: Iterable[str]) -> MonthlyKind:
    """Return the kind to which a header belongs: a column that one kind alone has decides, else it is a street file."""
    names = set(header)
    return next((kind for column, kind in _TELLING.items() if column in names), MonthlyKind.STREET)


def read_header(file: FileLike) -> list[str]:
    """
    Return the names in the first line of a file, without judging the rest.

    Parameters
    ----------
    file
        A plain or gzipped file, or a member of an archive.

    Raises
    ------
    SourceError
        If the file cannot be opened.
    """
    with open_binary(file) as stream:
        try:
            line = stream.readline(LINE_LIMIT).decode("utf-8-sig", "replace")
        except EOFError:  # the scan that follows says where the file breaks off
            return []
    try:
        return as_published(name.strip() for name in next(csv.reader([line]), []))
    except csv.Error:  # so does the reader that follows, with the row
        return []


def remedy_for(header: Sequence[str], wanted: MonthlyKind) -> str:
    """Return what to do about a header that is not of the wanted kind, with what it is where that is known."""
    if len({*_PUBLISHED} & {*header}) < _LEAST_KNOWN:
        return _NOT_POLICE_UK
    found = kind_of_header(header)
    if found is wanted or (found is MonthlyKind.STREET and "Crime type" not in header):
        return REMEDY
    article = "an" if found is MonthlyKind.OUTCOMES else "a"
    return f"This is {article} {_CALLED[found]}: name the {_CALLED[wanted]} of the month."


def force_of(falls_within: str) -> str:
    """
    Return the force as file names write it.

    Examples
    --------
    >>> force_of("Cheshire Constabulary")
    'cheshire'
    """
    name = re.sub(r"\b(constabulary|police|service)\b", "", falls_within.lower())
    return "-".join(re.findall(r"[a-z0-9]+", name)) or "unknown"


def is_of_force(falls_within: str, force: str) -> bool:
    """
    Return whether a row can be of the force that a file name says, which writes some names otherwise.

    Examples
    --------
    >>> is_of_force("Devon & Cornwall Police", "devon-and-cornwall"), is_of_force("British Transport Police", "btp")
    (True, True)
    >>> is_of_force("Gwent Police", "cheshire")
    False
    """
    words = re.findall(r"[a-z0-9]+", falls_within.lower())
    initials = "".join(word[0] for word in words)
    return not words or initials == force or not ({*force.split("-")} - {"and", "of", "the"}).isdisjoint(words)
