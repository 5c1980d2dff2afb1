"""
Simple CSV records beside incidents: patrol visits, priorities, overrides, a calendar, nominations, sensitive places.

Each kind has fixed columns (`domain.records.RECORD_COLUMNS`); columns beyond them are ignored, but for those that could
name a person, which are refused at the door: patrol is measured by callsign, never by officer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from domain.errors import Fault, SourceError
from domain.records import RECORD_COLUMNS, RecordKind, RecordTable
from sources.files import scan_text, stem
from sources.places import Bounds, area_of_use, check_points
from sources.tables import check_header, join_faults, read_table
from sources.verdicts import Rejection, RejectionTally, Verdicts, rejected_frame

__all__ = ["read_records_file", "template"]

_DATES = ("%Y-%m-%d", "%d/%m/%Y")
_TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", *_DATES)
_DATE_COLUMNS = frozenset(
    {"raised_on", "told_on", "agreed_solved_on", "valid_from", "valid_to", "nominated_on", "decided_on"}
)
_TIME_COLUMNS = frozenset({"begins_at", "ends_at"})
_POINT_COLUMNS = frozenset({"x", "y"})
#: Numbers with the least and the most that make sense.
_NUMBER_COLUMNS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"minutes": (0.0, 1440.0), "radius_m": (1.0, 5000.0), "factor": (0.0, 10.0)}
)
_CHOICES: Mapping[tuple[RecordKind, str], frozenset[str]] = MappingProxyType(
    {
        (RecordKind.AGREEMENTS, "state"): frozenset({"agreed", "draft"}),
        (RecordKind.VISITS, "mode"): frozenset({"foot", "cycle", "vehicle"}),
        (RecordKind.OVERRIDES, "rule"): frozenset({"exclude", "nudge"}),
        (RecordKind.CALENDAR, "category"): frozenset(
            {"bank_holiday", "school_term", "school_holiday", "match_day", "event", "shift"}
        ),
        (RecordKind.PLACES, "category"): frozenset(
            {
                "refuge", "childrens_home", "hostel", "traveller_site", "custody", "prison", "hospital",
                "police_station", "railway_station", "school", "transport_hub", "shopping_centre", "shop",
                "licensed_premises",
            }
        ),
    }
)  # fmt: skip
#: Words in a column's name that say that it could name a person.
_PERSONAL = re.compile(
    r"collar|shoulder|warrant|officer|surname|forename|first_?name|last_?name|full_?name|e-?mail|phone|mobile|birth|dob"
)
_CALLSIGN = re.compile(r"[A-Za-z]{1,4}[-/ ]?\d{0,4}[A-Za-z]?")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_RANGES = (
    ("begins_at", "ends_at"),
    ("valid_from", "valid_to"),
    ("raised_on", "told_on"),
    ("told_on", "agreed_solved_on"),
)


def template(kind: RecordKind) -> str:
    """
    Return the header line of a file of this kind, for a person to fill in.

    Examples
    --------
    >>> template(RecordKind.VISITS)
    'zone_id,callsign,begins_at,minutes,mode'
    """
    return ",".join(column.rstrip("?") for column in RECORD_COLUMNS[kind])


def read_records_file(path: Path, *, kind: RecordKind, epsg: int | None = None) -> RecordTable:
    """
    Read a simple record file.

    Parameters
    ----------
    path
        A CSV file, plain or gzipped, with the columns of its kind.
    kind
        What the rows are.
    epsg
        Reference system of `x` and `y`, for kinds that have points.

    Returns
    -------
    RecordTable
        Rows kept and rows refused; every row is in exactly one of the two.

    Raises
    ------
    SourceError
        If columns are missing, a column could name a person, points have no reference system, the file is damaged, or
        more than half of its rows are refused for one reason.
    """
    names = {column.rstrip("?"): column.endswith("?") for column in RECORD_COLUMNS[kind]}
    has_points = bool(_POINT_COLUMNS & set(names))
    if has_points and epsg is None:
        raise SourceError(f"{kind} have points: their reference system is needed", hint="Say it with --epsg.")
    scanned = scan_text(path)
    header, blocks = read_table(scanned)
    _refuse_personal(header, scanned.name)
    needed = [name for name, is_optional in names.items() if not is_optional]
    check_header(header, needed, file=scanned.name, remedy=f"The columns of {kind} are: {template(kind)}.")
    reader = _Reader(kind, names, header, epsg if has_points else None)
    tally = RejectionTally(scanned.name)
    frames, rejections, rows_read = [], [], 0
    for block in blocks:
        frame, refused = reader.read(block.row_numbers, block.records)
        tally.add(len(block.records), refused)
        frames.append(frame)
        rejections.extend(refused)
        rows_read += len(block.records)
    tally.check(remedy=f"Check that the file holds {kind}: {template(kind)}.")
    return RecordTable(
        kind=kind,
        file_name=scanned.name,
        sha256=scanned.sha256,
        scope=f"{kind} {stem(path)}",
        frame=pd.concat(frames, ignore_index=True),
        rejected=rejected_frame(rejections),
        rows_read=rows_read,
        epsg=epsg if has_points else None,
    )


def _refuse_personal(header: Sequence[str], file: str) -> None:
    faults = [
        Fault("the column could name a person, which is not stored", file=file, row=1, column=name)
        for name in header
        if _PERSONAL.search(name.strip().lower().replace(" ", "_"))
    ]
    if faults:
        raise join_faults(
            faults, what=f"{file} holds personal columns", hint="Take these columns out; callsigns are enough."
        )


class _Reader:
    """Turns blocks of text into checked columns of one kind."""

    def __init__(self, kind: RecordKind, names: Mapping[str, bool], header: Sequence[str], epsg: int | None) -> None:
        self._kind, self._names = kind, names
        self._position = {name: header.index(name) for name in names if name in header}
        self._width = len(header)
        self._bounds = None if epsg is None else area_of_use(epsg)

    def read(
        self, row_numbers: Sequence[int], records: Sequence[Sequence[str]]
    ) -> tuple[pd.DataFrame, list[Rejection]]:
        verdicts = Verdicts(len(records))
        short = np.array([len(record) != self._width for record in records], dtype=np.bool_)
        verdicts.refuse(short, column=None, reason="the row has another number of fields than the header")
        columns: dict[str, pd.Series] = {"row_number": pd.Series(row_numbers, dtype="int64")}
        for name, is_optional in self._names.items():
            texts = self._texts(name, records)
            if not is_optional:
                verdicts.refuse(np.array([not t for t in texts]), column=name, reason="the value is missing")
            columns[name] = self._column(name, texts, verdicts)
        if self._bounds is not None:
            self._points(self._bounds, records, columns, verdicts)
        self._ranges(columns, verdicts)
        if self._kind is RecordKind.OVERRIDES:
            without = (columns["rule"].eq("nudge") & columns["factor"].isna()).to_numpy(dtype=np.bool_)
            verdicts.refuse(without, column="factor", reason="a nudge needs a factor from 0 to 10")
        refused = verdicts.rejections(row_numbers, records)
        return pd.DataFrame(columns)[verdicts.kept].reset_index(drop=True), refused

    def _texts(self, name: str, records: Sequence[Sequence[str]]) -> list[str]:
        at = self._position.get(name)
        return [record[at].strip() if at is not None and at < len(record) else "" for record in records]

    def _column(self, name: str, texts: list[str], verdicts: Verdicts) -> pd.Series:
        if name in _DATE_COLUMNS or name in _TIME_COLUMNS:
            formats = _DATES if name in _DATE_COLUMNS else _TIMES
            return self._times(name, texts, formats, verdicts)
        if name in _NUMBER_COLUMNS:
            return self._numbers(name, texts, verdicts)
        if name in _POINT_COLUMNS:
            return pd.Series(np.nan, index=range(len(texts)), dtype="float64")
        choices = _CHOICES.get((self._kind, name))
        if choices is not None:
            texts = [text.lower().replace(" ", "_").replace("'", "") for text in texts]
            wrong = np.array([bool(text) and text not in choices for text in texts])
            verdicts.refuse(wrong, column=name, reason=f"the value is none of {', '.join(sorted(choices))}")
        if name == "callsign":
            wrong = np.array([bool(text) and _CALLSIGN.fullmatch(text) is None for text in texts])
            verdicts.refuse(wrong, column=name, reason="this is not a callsign (letters, then at most four digits)")
        if name == "profile_month":
            wrong = np.array([bool(text) and _MONTH.fullmatch(text) is None for text in texts])
            verdicts.refuse(wrong, column=name, reason="this is not a month such as 2025-12")
        return pd.Series([text or None for text in texts], dtype=object)

    @staticmethod
    def _times(name: str, texts: list[str], formats: Iterable[str], verdicts: Verdicts) -> pd.Series:
        parsed = [_time(text, formats) for text in texts]
        wrong = np.array([bool(text) and time is None for text, time in zip(texts, parsed, strict=True)])
        verdicts.refuse(
            wrong, column=name, reason="this is not a date (and time) such as 2025-12-31 or 2025-12-31 21:30"
        )
        return pd.Series(parsed, dtype="datetime64[us]")

    @staticmethod
    def _numbers(name: str, texts: list[str], verdicts: Verdicts) -> pd.Series:
        least, most = _NUMBER_COLUMNS[name]
        numbers = pd.to_numeric(pd.Series(texts, dtype=object).replace("", None), errors="coerce").astype("float64")
        values = numbers.to_numpy(dtype=np.float64)
        wrong = np.array([bool(text) for text in texts]) & ~((values >= least) & (values <= most))
        verdicts.refuse(wrong, column=name, reason=f"this is not a number from {least:g} to {most:g}")
        return numbers

    def _points(
        self, bounds: Bounds, records: Sequence[Sequence[str]], columns: dict[str, pd.Series], verdicts: Verdicts
    ) -> None:
        x, y = check_points(
            verdicts, self._texts("x", records), self._texts("y", records), columns=("x", "y"), bounds=bounds
        )
        columns["x"], columns["y"] = pd.Series(x), pd.Series(y)

    @staticmethod
    def _ranges(columns: Mapping[str, pd.Series], verdicts: Verdicts) -> None:
        for begin, end in _RANGES:
            if begin in columns and end in columns:
                wrong = (columns[end] < columns[begin]).to_numpy(dtype=np.bool_)
                verdicts.refuse(wrong, column=end, reason=f"it lies before {begin}")


def _time(text: str, formats: Iterable[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - local wall-clock time by definition
        except ValueError:
            continue
    return None
