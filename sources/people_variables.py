"""Which People variables are made of which table: declared in one TOML file, the package's own or a force's."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.areas import Direction, PeopleVariable
from domain.errors import Fault, SettingsError
from sources.declared_faults import declared_faults, what_to_write
from sources.files import read_whole

__all__ = ["Declarations", "TableRule", "VariableRule", "normal", "read_declarations"]

_Text = Annotated[str, Field(min_length=1)]
#: What right entries look like.
_EXAMPLES = {
    "tables": '[tables.TS045] with source = "Census 2021 TS045", period = "2021" and denominator = "total"',
    "tables.source": 'source = "Census 2021 TS045" in the table',
    "tables.period": 'period = "2021" in the table',
    "tables.denominator": 'denominator = "total" in the table, or "sum" or "none"',
    "variables": '[[variables]] with name, label, topic, table and numerator = ["category of the file"]',
    "variables.name": 'name = "households_no_car": small letters, digits and underscores',
    "variables.numerator": 'numerator = ["No cars or vans in household"], the categories that are added',
}
_DECLARED_HINT = "Declare the table as [tables.NAME] with source, period and denominator, and name each variable once."


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """
    Return a header or category in the form in which they are compared: case and spaces do not matter.

    Examples
    --------
    >>> normal("  No cars  or vans in Household ")
    'no cars or vans in household'
    >>> normal("Economically inactive:Retired") == normal("Economically inactive: Retired")
    True
    """
    return ": ".join(" ".join(part.split()) for part in text.casefold().split(":"))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: _Text
    period: _Text
    topics: tuple[str, ...] = ()
    vintages: tuple[int, ...] = ()
    denominator: Literal["total", "sum", "none"]
    total: str | None = None
    note: str | None = None
    category_columns: tuple[_Text, ...] = ()
    area_names: Mapping[str, str] = Field(default_factory=dict)


class _Variable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    label: _Text
    topic: _Text
    table: _Text
    unit: Literal["share", "count", "score"] = "share"
    direction: Direction = Direction.NEITHER
    numerator: Annotated[tuple[_Text, ...], Field(min_length=1)]
    denominator: tuple[_Text, ...] = ()
    is_alternative: bool = False
    forms_segments: bool = True


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: dict[str, _Table]
    variables: tuple[_Variable, ...]


@dataclass(frozen=True, slots=True)
class TableRule:
    """
    How a table of the publisher is recognised.

    Parameters
    ----------
    name
        Our key of the table.
    topics
        How headers call it, in the form of `normal`.
    denominator
        `total`, `sum` or `none`.
    total
        The category that is the total, in the form of `normal`; None for the first that begins with "total".
    vintages
        Vintages of the area codes by which editions with the same columns are told apart; empty means any.
    note
        What a reader of the load report, and of every figure of the table, should know.
    category_columns
        For a table on its side (a column for each area): the columns that name a figure, in the form of `normal`;
        empty for every other table.
    area_names
        Area code by the header of its column (in the form of `normal`), where a table on its side writes it otherwise.
    """

    name: str
    topics: frozenset[str]
    denominator: str
    total: str | None = None
    vintages: tuple[int, ...] = ()
    note: str | None = None
    category_columns: tuple[str, ...] = ()
    area_names: Mapping[str, str] = field(default_factory=dict)

    def total_in(self, known: Iterable[str]) -> str | None:
        """Return the category that is the total of the table, if the file has it."""
        if self.total is not None:
            return self.total if self.total in set(known) else None
        return next((name for name in known if name.startswith("total")), None)


@dataclass(frozen=True, slots=True)
class VariableRule:
    """
    How one variable is made.

    Parameters
    ----------
    variable
        What the pages know of it.
    table
        Key of its table.
    categories
        Categories that are added, or of which the first that the file has is taken; `*` means all.
    is_alternative
        Whether the categories are alternatives.
    denominator
        Categories that are added to the variable's own total, in the form of `normal`; empty where its table's serves.
    """

    variable: PeopleVariable
    table: str
    categories: tuple[str, ...]
    is_alternative: bool
    denominator: tuple[str, ...] = ()

    def chosen(self, known: Mapping[str, int]) -> tuple[str, ...]:
        """Return the categories to add, in the form of `normal`, whether or not the file has them."""
        names = tuple(normal(category) for category in self.categories)
        if not self.is_alternative:
            return names
        return next(((name,) for name in names if name in known), names[:1])

    def needed(self, known: Mapping[str, int]) -> tuple[str, ...]:
        """Return every category that the variable reads, those of its own total included; `*` is none of them."""
        return tuple(name for name in (*self.chosen(known), *self.denominator) if name != "*")


@dataclass(frozen=True, slots=True)
class Declarations:
    """Every declared table and variable, in the order of the file."""

    tables: tuple[TableRule, ...]
    variables: tuple[VariableRule, ...]

    def tables_of(self, topic: str | None, *, vintage: int | None = None) -> tuple[TableRule, ...]:
        """Return the tables that headers call `topic`; without a topic, those that are known by their columns alone."""
        return tuple(
            table
            for table in self.tables
            if (normal(topic) in table.topics if topic is not None else not table.topics)
            and (vintage is None or not table.vintages or vintage in table.vintages)
        )

    def of_table(self, table: TableRule) -> tuple[VariableRule, ...]:
        """Return the variables that are made of a table."""
        return tuple(rule for rule in self.variables if rule.table == table.name)


def read_declarations(path: Path | None = None) -> Declarations:
    """
    Read which variables are made; without a path, the package's own file.

    Raises
    ------
    SettingsError
        If the file is not TOML, or declares something that does not make sense; all faults are named together.
    """
    if path is None:
        return _own_declarations()
    data, _ = read_whole(path)
    return _parsed(data, path.name)


@cache
def _own_declarations() -> Declarations:
    name = "people_variables.toml"
    return _parsed((files("sources") / "mappings" / name).read_bytes(), name)


def _parsed(data: bytes, file: str) -> Declarations:
    try:
        document = _Document.model_validate(tomllib.loads(data.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}", hint="Write texts between quotation marks.") from error
    except ValidationError as error:
        hint = what_to_write(error, model=_Document, examples=_EXAMPLES)
        raise _refused(file, declared_faults(error, file=file), hint) from error
    names = [variable.name for variable in document.variables]
    faults = [
        Fault(f'the table "{variable.table}" is not declared', file=file, column=variable.name)
        for variable in document.variables
        if variable.table not in document.tables
    ]
    faults += [
        Fault("* (all categories) needs a table with a total or a sum", file=file, column=variable.name)
        for variable in document.variables
        if "*" in variable.numerator and getattr(document.tables.get(variable.table), "denominator", "none") == "none"
    ]
    faults += [
        Fault("the name is given twice", file=file, column=name) for name in sorted({*names}) if names.count(name) > 1
    ]
    if faults:
        raise _refused(file, faults, _DECLARED_HINT)
    return Declarations(
        tables=tuple(
            TableRule(
                name=name,
                topics=frozenset(normal(topic) for topic in table.topics),
                denominator=table.denominator,
                total=normal(table.total) if table.total is not None else None,
                vintages=table.vintages,
                note=table.note,
                category_columns=tuple(normal(column) for column in table.category_columns),
                area_names={normal(header): code for header, code in table.area_names.items()},
            )
            for name, table in document.tables.items()
        ),
        variables=tuple(_rule(variable, document.tables[variable.table]) for variable in document.variables),
    )


def _refused(file: str, faults: list[Fault], hint: str) -> SettingsError:
    return SettingsError(f"{file} does not make sense: " + "; ".join(map(str, faults)), faults=faults, hint=hint)


def _rule(variable: _Variable, table: _Table) -> VariableRule:
    return VariableRule(
        variable=PeopleVariable(
            name=variable.name,
            label=variable.label,
            topic=variable.topic,
            unit=variable.unit,
            source_table=table.source,
            period=table.period,
            forms_segments=variable.forms_segments,
            direction=variable.direction,
        ),
        table=variable.table,
        categories=variable.numerator,
        is_alternative=variable.is_alternative,
        denominator=tuple(normal(category) for category in variable.denominator),
    )
