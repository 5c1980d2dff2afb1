"""What is known of the people of each area: census tables and Indices of Deprivation, whatever their layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import PEOPLE_VALUE_COLUMNS, GeographyKey, PeopleTable
from domain.errors import Fault, SourceError
from sources.area_tables import AreaTable
from sources.files import TextFile, scan_text
from sources.long_table import long_columns, read_long
from sources.nations import NATIONS, nation_totals
from sources.nomis import is_nomis_bulk, is_nomis_query, read_nomis_bulk, read_nomis_query
from sources.people_variables import Declarations, TableRule, VariableRule, normal, read_declarations
from sources.places import parse_numbers
from sources.tables import RecordBlock, join_faults, read_table
from sources.transposed_table import category_positions, read_transposed
from sources.verdicts import Rejection, RejectionTally, Verdicts, rejected_frame
from sources.wide_table import is_column_coded, read_column_coded, read_named_columns
from sources.workbooks import Sheet, is_workbook, read_sheet

__all__ = ["read_people"]

#: How far a numerator may exceed its total: ONS perturbs counts, by up to 11 in sums over output areas.
_PERTURBED_BY = 11.0
_PERTURBED_SHARE = 0.01


def read_people(
    path: Path,
    *,
    key: GeographyKey,
    variables: Path | None = None,
    areas: frozenset[str] | None = None,
    sheet: str | None = None,
    period: str | None = None,
) -> PeopleTable:
    """
    Read a People file; its layout is told from its header.

    Known are the Nomis bulk download and query export, long tables (code, name, category, count), tables whose columns
    are codes explained by a metadata file beside them, tables on their side (a column for each area) that a declaration
    names, and tables with named columns such as the Indices of Deprivation and mid-year estimates, below title lines or
    not. Text is read, gzipped or not, and workbooks. Which variables are made is declared in
    TOML (`sources/mappings/people_variables.toml`).

    Parameters
    ----------
    path
        The file, plain or gzipped.
    key
        Geography and vintage of its area codes.
    variables
        A force's own declaration of variables, instead of the package's.
    areas
        Codes that are asked for, so that a national file serves as it is; None means all.
    sheet
        Sheet of a workbook; the first if None.
    period
        Date or year of the figures, where the file holds another than the declaration says.

    Returns
    -------
    PeopleTable
        Numerator and denominator of each variable and area, never only a percentage.

    Raises
    ------
    SourceError
        If no declared variable can be made of the file, a category is missing, none of the areas asked for is in it,
        or more than half of the rows are refused for one reason.
    """
    declared = read_declarations(variables)
    file, header, blocks = _opened(path, sheet)
    table = _read_layout(path, header, blocks, key, declared, areas)
    rule, wanted = _wanted(table, declared, key, file.name)
    _check_areas(table, areas, key, file.name)
    frame, rejections = _values(table, rule, wanted)
    rejections = sorted([*table.rejections, *rejections])
    tally = RejectionTally(file.name)
    tally.add(table.rows_read - table.rows_outside, rejections)
    tally.check(remedy="Check that this is the right table, and fetch it again.")
    return PeopleTable(
        key=key,
        file_name=file.name,
        sha256=file.sha256,
        layout=table.layout,
        variables=tuple(replace(made.variable, period=period or made.variable.period) for made in wanted),
        frame=frame,
        rejected=rejected_frame(rejections),
        rows_read=table.rows_read,
        rows_outside=table.rows_outside,
        notes=file.notes + ((rule.note,) if rule.note else ()) + _notes(table, frame, areas),
        totals=_totals(path, sheet, key, declared, n_areas=frame["area_code"].nunique() + table.rows_outside),
    )


def _opened(path: Path, sheet: str | None) -> tuple[TextFile | Sheet, list[str], Iterable[RecordBlock]]:
    """Return a file or the sheet of a workbook, with its header and its blocks of records."""
    if is_workbook(path):
        opened = read_sheet(path, sheet=sheet, time_format="%Y-%m-%d")
        return opened, opened.header, iter(opened.blocks)
    text = scan_text(path)
    header, blocks = read_table(text)
    return text, header, blocks


def _totals(
    path: Path, sheet: str | None, key: GeographyKey, declared: Declarations, *, n_areas: int
) -> pd.DataFrame | None:
    """Return the nation's totals of a file that may hold all its areas; it is read once more, for all of them."""
    smallest = min((nation.n_areas for nation in NATIONS.get(key, ())), default=None)
    if smallest is None or n_areas < smallest:
        return None
    file, header, blocks = _opened(path, sheet)
    table = _read_layout(path, header, blocks, key, declared, None)
    rule, wanted = _wanted(table, declared, key, file.name)
    whole, _ = _values(table, rule, wanted)
    totals = nation_totals(whole, [made.variable for made in wanted], key)
    return totals if len(totals) else None


def _read_layout(
    path: Path,
    header: list[str],
    blocks: Iterable[RecordBlock],
    key: GeographyKey,
    declared: Declarations,
    areas: frozenset[str] | None,
) -> AreaTable:
    if is_nomis_bulk(header):
        return read_nomis_bulk(header, blocks, areas=areas, file=path.name)
    if is_nomis_query(header):
        return read_nomis_query(header, blocks, areas=areas, file=path.name)
    if is_column_coded(header):
        return read_column_coded(header, blocks, path=path, areas=areas)
    for rule in declared.tables:
        if category_positions(header, rule) is not None:
            wanted = declared.of_table(rule)
            needed = frozenset(normal(name) for v in wanted for name in (*v.categories, *v.denominator))
            return read_transposed(header, blocks, rule=rule, needed=needed, areas=areas, file=path.name)
    positions = long_columns(header, key, declared)
    if positions is not None:
        return read_long(header, blocks, positions=positions, areas=areas)
    return read_named_columns(header, blocks, key=key, areas=areas, file=path.name)


def _wanted(
    table: AreaTable, declared: Declarations, key: GeographyKey, file: str
) -> tuple[TableRule, tuple[VariableRule, ...]]:
    """Return the declared table and the variables to make of it, all of whose categories the file has."""
    rules = [
        (rule, wanted)
        for rule in declared.tables_of(table.topic, vintage=key.vintage)
        if (wanted := declared.of_table(rule)) and (table.topic is not None or _has_any(table, wanted))
    ]
    if not rules:
        raise SourceError.at(
            f'no variable is declared for the table "{table.topic or ", ".join(list(table.columns)[:5])}"',
            file=file,
            row=1,
            remedy="Declare its variables in a TOML file and name it with --variables.",
        )
    # editions of one topic, such as ages in six groups and in eighteen: the one that the file has whole
    rule, wanted = next(((r, w) for r, w in rules if not _missing(table, r, w)), rules[0])
    if missing := _missing(table, rule, wanted):
        remedy = "Fetch the table with all its categories."
        faults = [Fault("the category is missing", file=file, row=1, column=name, remedy=remedy) for name in missing]
        raise join_faults(faults, what=f"{file} does not have the categories that it should", hint=remedy)
    return rule, wanted


def _missing(table: AreaTable, rule: TableRule, wanted: Sequence[VariableRule]) -> list[str]:
    names = {name for variable in wanted for name in variable.needed(table.columns)}
    missing = sorted(name for name in names if name not in table.columns)
    if rule.denominator == "total" and rule.total_in(table.columns) is None:
        missing.append(rule.total or "total")
    return missing


def _has_any(table: AreaTable, rules: Sequence[VariableRule]) -> bool:
    return any(normal(name) in table.columns for rule in rules for name in rule.categories)


def _check_areas(table: AreaTable, areas: frozenset[str] | None, key: GeographyKey, file: str) -> None:
    if areas is not None and not table.rows and table.rows_outside:
        example = min(areas, default="")
        raise SourceError.at(
            f"none of its {table.rows_outside:,} rows is of an area of {key} that is loaded (such as {example})",
            file=file,
            remedy="Check the vintage of the codes, or load the boundaries of these areas first.",
        )


def _values(table: AreaTable, rule: TableRule, wanted: Sequence[VariableRule]) -> tuple[pd.DataFrame, list[Rejection]]:
    """Return the long frame of values, area by area, and the rows whose numbers cannot be."""
    verdicts = Verdicts(len(table.rows))
    numbers = _numbers(table, rule, wanted, verdicts)
    total = _denominators(table, rule, numbers)
    columns: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for variable in wanted:
        names = [name for name in variable.chosen(table.columns) if name != "*"]
        nothing = np.full(len(table.rows), np.nan)
        numerator = sum((numbers[name] for name in names), np.zeros(len(table.rows))) if names else total
        own = sum((numbers[name] for name in variable.denominator), np.zeros(len(table.rows)))
        whole = own if variable.denominator else total
        is_share = variable.variable.unit == "share"
        if is_share:
            too_large = numerator > whole * (1 + _PERTURBED_SHARE) + _PERTURBED_BY
            verdicts.refuse(too_large, column=names[0] if names else None, reason="the part is larger than the total")
        columns.append((numerator, whole if is_share else nothing))
    kept = verdicts.kept
    codes = np.array([row.code for row in table.rows], dtype=object)[kept]
    frame = pd.DataFrame(
        {
            "area_code": pd.Series(np.repeat(codes, len(wanted)), dtype=object),
            "variable": pd.Series([v.variable.name for v in wanted] * int(kept.sum()), dtype=object),
            "numerator": np.column_stack([numerator[kept] for numerator, _ in columns]).ravel(),
            "denominator": np.column_stack([denominator[kept] for _, denominator in columns]).ravel(),
        },
        columns=list(PEOPLE_VALUE_COLUMNS),
    )
    return frame, _refused_rows(table, verdicts)


def _numbers(
    table: AreaTable, rule: TableRule, wanted: Sequence[VariableRule], verdicts: Verdicts
) -> dict[str, NDArray[np.float64]]:
    """Return the columns that are needed as numbers; rows with a value that cannot be are refused."""
    of_scores = {name for v in wanted if v.variable.unit == "score" for name in v.chosen(table.columns)}
    numbers: dict[str, NDArray[np.float64]] = {}
    total = rule.total_in(table.columns)
    for name, at in table.columns.items():
        is_named = name == total or any(name in v.needed(table.columns) for v in wanted)
        if not is_named and rule.denominator != "sum":
            continue
        values, _, _ = parse_numbers([row.record[at] for row in table.rows])
        verdicts.refuse(np.isnan(values), column=name, reason="the value is not a number")
        if name not in of_scores:
            verdicts.refuse(values < 0, column=name, reason="the count is negative")
        numbers[name] = values
    return numbers


def _denominators(table: AreaTable, rule: TableRule, numbers: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    n = len(table.rows)
    if rule.denominator == "none":
        return np.full(n, np.nan)
    if (total := rule.total_in(table.columns)) is not None:
        return numbers[total]
    return sum(numbers.values(), np.zeros(n))


def _refused_rows(table: AreaTable, verdicts: Verdicts) -> list[Rejection]:
    """Return the refused rows of the file; where an area has several, all of them."""
    numbers, records = [row.row_number for row in table.rows], [row.record for row in table.rows]
    refused = verdicts.rejections(numbers, records)
    if not table.rows_by_code:
        return refused
    code_of = {row.row_number: row.code for row in table.rows}
    return [
        Rejection(number, rejection.column, rejection.reason, raw)
        for rejection in refused
        for number, raw in table.rows_by_code[code_of[rejection.row_number]]
    ]


def _notes(table: AreaTable, frame: pd.DataFrame, areas: frozenset[str] | None) -> tuple[str, ...]:
    notes = []
    if table.rows_outside:
        rows = "row is" if table.rows_outside == 1 else "rows are"
        notes.append(f"{table.rows_outside:,} {rows} of areas that are not loaded, and left out")
    if areas is not None and (n_missing := len(areas - set(frame["area_code"]))):
        notes.append(f"{n_missing:,} of {len(areas):,} loaded areas have no values in this file")
    return tuple(notes)
