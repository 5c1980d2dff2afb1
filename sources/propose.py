"""
A first draft of the column mapping of a force extract, made from its header and a sample.

What the draft is not sure of is said in a comment that begins with "unsure", beside the entry. A person reads it,
corrects it and keeps it: nothing is loaded by a draft alone.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.crs import BRITISH_NATIONAL_GRID, WGS84
from domain.errors import SourceError
from domain.incidents import Kind, NotCounted
from sources.clock import check_time_zone, has_hour, read_local_times
from sources.files import LINE_LIMIT, open_binary, scan_text, stem
from sources.parquet import is_parquet, read_parquet
from sources.places import area_of_use, parse_numbers
from sources.tables import read_table
from sources.workbooks import is_workbook, read_sheet

__all__ = ["SAMPLE_ROWS", "propose_mapping"]

#: Rows from which a draft is made.
SAMPLE_ROWS = 5_000

_MOST_CATEGORIES = 200
_FITS = 0.95
_MOST = 0.5
_SOME_ROWS = 200
_FORMATS = tuple(
    f"{day}{clock}"
    for day in ("%d/%m/%Y", "%Y-%m-%d", "%m/%d/%Y", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%m/%y")
    for clock in (" %H:%M", " %H:%M:%S", "T%H:%M:%S", "T%H:%M:%S%z", "")
)
_REQUIRED = ("begins", "x", "y")


@dataclass(frozen=True, slots=True)
class _Sample:
    """Header and some rows, by column."""

    file: str
    delimiter: str
    encoding: str
    columns: Mapping[str, Sequence[str]]

    def filled(self, name: str | None) -> list[str]:
        """Return the texts of a column that are not blank."""
        return [text.strip() for text in self.columns.get(name or "", ()) if text.strip()]


@dataclass
class _Draft:
    """The lines of the draft, as they are found."""

    lines: list[str] = field(default_factory=list)

    def add(self, key: str, value: str, unsure: str | None = None) -> None:
        """Add one entry; what is unsure about it stands behind it."""
        self.lines.append(f"{key} = {value}{f'  # unsure: {_one_line(unsure)}' if unsure else ''}")

    def section(self, name: str) -> None:
        """Begin a section."""
        self.lines += ["", f"[{name}]"]


def propose_mapping(path: Path, *, time_zone: str) -> str:
    """
    Draft the mapping of a force extract.

    Parameters
    ----------
    path
        The extract: CSV (plain or gzipped), a workbook or Parquet.
    time_zone
        Time zone of the force, which the draft states.

    Returns
    -------
    str
        A mapping in TOML that `read_mapping` reads, with what is unsure in comments.

    Raises
    ------
    SourceError
        If the file is not a table.
    SettingsError
        If the time zone is not known.
    """
    zone = check_time_zone(time_zone)
    sample = _sample(path)
    columns = _columns(sample)
    by_content = None if "begins" in columns else _column_of_times(sample, columns, zone)
    if by_content:
        columns = {"begins": [by_content], **columns}
    draft = _Draft([f"# A draft made from {_one_line(sample.file)}: read every line, above all those marked unsure."])
    draft.add("dataset", _quoted(stem(path)), "the name by which loads and settings call this source")
    draft.add("time_zone", _quoted(time_zone))
    _add_place(draft, sample, columns)
    if sample.delimiter != ",":
        draft.add("delimiter", _quoted(sample.delimiter))
    if sample.encoding != "utf-8":
        draft.add("encoding", _quoted(sample.encoding), "the text is not UTF-8")
    _add_columns(draft, sample, columns, by_content)
    draft.section("formats")
    _add_times(draft, sample, columns, zone)
    _add_rules(draft, sample, columns)
    draft.section("kinds")
    _add_kinds(draft, sample, columns)
    return "\n".join(draft.lines) + "\n"


# --- the sample ------------------------------------------------------------------------------------------------------


def _sample(path: Path) -> _Sample:
    if is_workbook(path):
        sheet = read_sheet(path, sheet=None, time_format=_FORMATS[0])
        header, blocks, delimiter, encoding = sheet.header, sheet.blocks, ",", "utf-8"
    elif is_parquet(path):
        table = read_parquet(path, time_format="%Y-%m-%d %H:%M:%S")
        header, blocks, delimiter, encoding = table.header, table.blocks, ",", "utf-8"
    else:
        encoding = _encoding(path)
        delimiter = _delimiter(path, encoding)
        header, blocks = read_table(scan_text(path, encoding=encoding), delimiter=delimiter)
    whole = (row for block in blocks for row in block.records if len(row) == len(header))
    rows = list(islice(whole, SAMPLE_ROWS))
    if not rows:
        raise SourceError.at("no row has as many fields as the header", file=path.name, remedy="Export it again.")
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    return _Sample(path.name, delimiter, encoding, columns)


def _encoding(path: Path) -> str:
    with open_binary(path) as stream:
        data = stream.read(LINE_LIMIT)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.reason == "unexpected end of data" else "cp1252"
    return "utf-8"


def _delimiter(path: Path, encoding: str) -> str:
    with open_binary(path) as stream:
        line = stream.readline(LINE_LIMIT).decode(encoding, "replace")
    return max(",;\t|", key=line.count)


# --- columns ---------------------------------------------------------------------------------------------------------


@cache
def _words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((files("sources") / "mappings" / "extract_words.toml").read_text(encoding="utf-8"))


def _columns(sample: _Sample) -> dict[str, list[str]]:
    """Return, for each of our fields, the columns that are called so, the best first; none is taken twice."""
    names = {_plain(name): name for name in reversed(list(sample.columns)) if name}
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for ours, called in _words()["columns"].items():
        candidates = [names[word] for word in called if word in names and names[word] not in taken]
        if candidates:
            found[ours] = candidates
            taken.add(candidates[0])
    return found


def _column_of_times(sample: _Sample, columns: Mapping[str, Sequence[str]], zone: ZoneInfo) -> str | None:
    """Return the first column not called like anything else of which most texts are times."""
    used = {names[0] for names in columns.values()}
    for name in sample.columns:
        texts = sample.filled(name)[:_SOME_ROWS] if name and name not in used else []
        if texts and np.logical_or.reduce(list(_fits(texts, zone).values())).mean() > _MOST:
            return name
    return None


def _add_columns(draft: _Draft, sample: _Sample, columns: Mapping[str, Sequence[str]], by_content: str | None) -> None:
    draft.section("columns")
    for ours in _REQUIRED:
        if ours not in columns:
            draft.add(ours, _quoted("?"), "no column is called as expected: name it")
    for ours, names in columns.items():
        unsure = f"it could also be {', '.join(names[1:])}" if len(names) > 1 else None
        if not sample.filled(names[0]):
            unsure = "the column is blank in the sample"
        if ours == "location":
            unsure = "zones are named from it: streets and public places only, no addresses of persons, no free text"
        if ours == "begins" and by_content:
            unsure = "no column is called as expected; the texts of this one are times"
        draft.add(ours, _quoted(names[0]), unsure)
    used = {names[0] for names in columns.values()}
    if rest := [name for name in sample.columns if name and name not in used]:
        draft.lines.append(f"# not used: {_one_line(', '.join(rest))}")
    if "category" not in columns:
        draft.section("constants")
        draft.add("category", _quoted("incident"), "no column is called a class: name it in [columns], or keep this")


def _first(columns: Mapping[str, Sequence[str]], ours: str) -> str | None:
    return columns[ours][0] if ours in columns else None


# --- places and times ------------------------------------------------------------------------------------------------


def _add_place(draft: _Draft, sample: _Sample, columns: Mapping[str, Sequence[str]]) -> None:
    x, y = (parse_numbers(sample.columns.get(_first(columns, axis) or "", ()))[0] for axis in ("x", "y"))
    known = np.isfinite(x) & np.isfinite(y) if len(x) == len(y) else np.zeros(0, np.bool_)
    shares = {
        epsg: float(area_of_use(epsg).contains(x[known], y[known]).mean()) if known.any() else 0.0
        for epsg in (WGS84, BRITISH_NATIONAL_GRID)
    }
    best = max(shares, key=shares.__getitem__)
    unsure = None
    if shares[best] < _FITS:
        unsure = f"only {shares[best]:.0%} of the points fit; state the EPSG code of the coordinates"
    draft.add("epsg", str(best), unsure)
    draft.add("place_precision", _quoted("exact"), 'write "snapped" if points are moved to a street or a map point')


def _add_times(draft: _Draft, sample: _Sample, columns: Mapping[str, Sequence[str]], zone: ZoneInfo) -> None:
    texts = [text for ours in ("begins", "ends") for text in sample.filled(_first(columns, ours))]
    fits = _fits(texts, zone)
    shares = {time_format: float(fit.mean()) if len(fit) else 0.0 for time_format, fit in fits.items()}
    best = max(shares, key=shares.__getitem__)  # the first of equals: the day before the month, as in Britain
    chosen = _with_others(best, fits) if shares[best] < _FITS else [best]
    unsure = None
    if shares[best] < _FITS:
        unsure = "there are no times"
        if texts:
            fit = np.logical_or.reduce([fits[one] for one in chosen])
            odd = texts[int(np.argmin(fit))]
            unsure = f"fits {fit.mean():.0%} of the times" + ("" if fit.all() else f", and not such as {odd!r}")
            if len({has_hour(one) for one in chosen}) > 1:
                unsure += "; a row with a day only means the whole day"
    elif others := [f for f in _FORMATS if f != best and shares[f] == shares[best]]:
        unsure = f"{' and '.join(others)} fits as well"
    draft.add("time", _quoted(best) if len(chosen) == 1 else _list(chosen), unsure)


def _fits(texts: Sequence[str], zone: ZoneInfo) -> dict[str, NDArray[np.bool_]]:
    """Return, for each format, which of the texts are times of it."""
    return {f: ~read_local_times(texts, formats=[f], zone=zone).is_bad for f in _FORMATS}


def _with_others(best: str, fits: Mapping[str, NDArray[np.bool_]]) -> list[str]:
    """Return the formats that texts of several need, the best first; days and months never change places among them."""
    month_first = best.startswith("%m/")
    allowed = [f for f in fits if f.startswith("%m/") == month_first]
    chosen, covered = [best], fits[best]
    while gains := {f: n for f in allowed if (n := int((fits[f] & ~covered).sum()))}:
        chosen.append(max(gains, key=lambda f: (has_hour(f) == has_hour(best), gains[f])))
        covered = covered | fits[chosen[-1]]
    return chosen


# --- what words mean -------------------------------------------------------------------------------------------------


def _add_rules(draft: _Draft, sample: _Sample, columns: Mapping[str, Sequence[str]]) -> None:
    """Add the meaning of words, for the columns that are there; a word that only looks like a known one is unsure."""
    if officers := _alike(sample, columns, "reported_by", "officers"):
        draft.section("officer_generated")
        draft.add("reported_by", _list(officers), "records made by police activity never score: is the list whole?")
    entries = {
        "domestic_qualifiers": ("qualifiers", "domestic_qualifiers"),
        "private_places": ("place_type", "private_places"),
        "personal": ("asb_category", "personal"),
    }
    found = {entry: _alike(sample, columns, *where) for entry, where in entries.items()}
    results = {word: why for why in NotCounted for word in _alike(sample, columns, "result", why)}
    if results or any(found.values()):
        draft.section("events")
    for entry, words in found.items():
        if words:
            draft.add(entry, _list(words), "is the list whole?")
    if results:
        pairs = ", ".join(f"{_quoted(word)} = {_quoted(why)}" for word, why in results.items())
        draft.add("results", f"{{ {pairs} }}", "is the list whole?")


def _alike(sample: _Sample, columns: Mapping[str, Sequence[str]], ours: str, words: str) -> list[str]:
    known = {_plain(word) for word in _words()["words"].get(words, ())}
    texts = sample.filled(_first(columns, ours))
    parts = {part.strip() for text in texts for part in (text.split(";") if ours == "qualifiers" else [text])}
    return sorted(part for part in parts if _plain(part) in known)


def _add_kinds(draft: _Draft, sample: _Sample, columns: Mapping[str, Sequence[str]]) -> None:
    name = _first(columns, "category")
    counts = Counter(sample.filled(name)) if name else Counter({"incident": 1})
    if name:
        draft.lines.append(
            f"# met in the first {SAMPLE_ROWS:,} rows; one that comes later is refused until it is added"
        )
    for category, n in sorted(counts.most_common(_MOST_CATEGORIES), key=lambda pair: (-pair[1], pair[0])):
        rule, unsure = _rule(category)
        told = f"{unsure}; {n:,} rows of the sample" if unsure and name else unsure
        draft.add(_quoted(category), rule, told)
    if len(counts) > _MOST_CATEGORIES:
        draft.lines.append(
            f"# unsure: {len(counts) - _MOST_CATEGORIES:,} rarer classes are not listed: is this the class?"
        )
    if not counts:
        draft.add(_quoted("?"), '{ kind = "other" }', "the sample holds no class")


def _rule(category: str) -> tuple[str, str | None]:
    """Return how a category is probably counted, and what is unsure about it."""
    text = category.casefold()
    words = _words()["kinds"]
    if any(word in text for word in words["officer_generated"]):
        return (
            '{ kind = "other", officer_generated = true }',
            "taken for a record of police activity, which never scores",
        )
    for kind in (Kind.ROAD_RELATED, Kind.ASB, Kind.MINOR_CRIME):
        if any(word in text for word in words[kind]):
            if kind is Kind.ASB and "personal" in text:
                return f'{{ kind = "{kind}", weight = 0 }}', "it has a victim, so it is profiled and not scored"
            is_street = kind is Kind.ASB or "damage" in text or "arson" in text
            return f'{{ kind = "{kind}"{", street = true" if is_street else ""} }}', None
    return '{ kind = "other" }', "no word of it is known"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _quoted(text: str) -> str:
    """Return a text as TOML writes it; JSON's strings are TOML's, but for DEL."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
