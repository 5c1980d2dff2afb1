"""One root error and its one-sentence kinds; only the command line catches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AnalysisError",
    "CrsError",
    "DatabaseError",
    "Fault",
    "LockedError",
    "PublicationError",
    "RedzonesError",
    "SchemaError",
    "ServerError",
    "SettingsError",
    "SourceError",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing wrong with an input, placed so that a person can find it.

    Parameters
    ----------
    message
        What is wrong, in one sentence without a full stop.
    file
        Name of the file, if it came from one.
    row
        Row of the file as a spreadsheet counts it (the header is row 1).
    column
        Name of the column.
    remedy
        What to do next.
    """

    message: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        """Return `file, row n, column "c": message. remedy` with what is known."""
        place = [self.file] if self.file else []
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f'column "{self.column}"')
        text = f"{', '.join(place)}: {self.message}" if place else self.message
        return f"{text}. {self.remedy}" if self.remedy else text


class RedzonesError(Exception):
    """
    Root of every error that Redzones raises on purpose.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    hint
        What to do next; printed on a line of its own.
    faults
        Every fault of the input, found together and reported together.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.faults = tuple(faults)


class SettingsError(RedzonesError):
    """A setting is missing or does not make sense."""

    exit_code = 2


class SourceError(RedzonesError):
    """A file of the outside world cannot be read as what it claims to be."""

    exit_code = 3

    @classmethod
    def at(
        cls,
        message: str,
        *,
        file: str,
        row: int | None = None,
        column: str | None = None,
        remedy: str | None = None,
    ) -> SourceError:
        """Return the error for one fault at one place of a file."""
        fault = Fault(message, file=file, row=row, column=column, remedy=remedy)
        return cls(str(Fault(message, file=file, row=row, column=column)), hint=remedy, faults=(fault,))


class CrsError(SourceError):
    """Coordinates have no reference system, or not the one that is needed."""


class SchemaError(RedzonesError):
    """A table that crosses from one room to another does not have the agreed columns."""

    exit_code = 4


class DatabaseError(RedzonesError):
    """The database refuses, or does not hold what is asked of it."""

    exit_code = 5


class ServerError(DatabaseError):
    """The private PostGIS cannot be made, started or stopped."""


class LockedError(DatabaseError):
    """Somebody else holds the lock that this work needs."""

    exit_code = 6


class AnalysisError(RedzonesError):
    """The data do not support the analysis that is asked for."""

    exit_code = 7


class PublicationError(RedzonesError):
    """The site cannot be built or made current."""

    exit_code = 8
