"""Incidents of data.police.uk, whichever of its files it is: the header decides."""

from __future__ import annotations

from datetime import datetime

from domain.errors import SourceError
from domain.incidents import IncidentFile
from sources.files import FileLike
from sources.kinds import UnknownKinds
from sources.monthly_files import MonthlyKind, kind_of_header, read_header
from sources.police_uk import open_street
from sources.stop_search import open_stop_search

__all__ = ["open_monthly"]


def open_monthly(
    path: FileLike,
    *,
    time_zone: str,
    latest: datetime | None = None,
    unknown_kinds: UnknownKinds = UnknownKinds.REFUSE,
) -> IncidentFile:
    """
    Open a street or a stop and search file; columns that only one of them has tell which it is.

    Parameters
    ----------
    path
        A plain or gzipped file, or a member of an archive.
    time_zone
        Time zone of the force.
    latest
        What lies later is refused; None means that nothing is judged so.
    unknown_kinds
        What becomes of rows whose crime type is not known.

    Raises
    ------
    SourceError
        If it is an outcomes file, or as the reader of its kind raises it.
    SettingsError
        If the time zone is not known.
    """
    kind = kind_of_header(read_header(path))
    if kind is MonthlyKind.OUTCOMES:
        raise SourceError.at(
            "this is an outcomes file, whose rows are not incidents",
            file=path.name,
            remedy="Load the street files first, then this one with: redzones load outcomes.",
        )
    if kind is MonthlyKind.STOP_AND_SEARCH:
        return open_stop_search(path, time_zone=time_zone, latest=latest)
    return open_street(path, time_zone=time_zone, latest=latest, unknown_kinds=unknown_kinds)
