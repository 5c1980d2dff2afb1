"""
The tables that cross from one room to another, each with one schema, checked once on entry.

`month_index` is `LocalMonth.index` (months since year 0). Coordinates are metres in the analysis CRS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandera.pandas as pa
from pandera.errors import SchemaError as PanderaSchemaError
from pandera.errors import SchemaErrors as PanderaSchemaErrors

from domain.errors import Fault, SchemaError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AREAS",
    "AREA_COUNTS",
    "AREA_QUALITY",
    "KINDS",
    "LINKS",
    "PEOPLE_TOTALS",
    "PEOPLE_VALUES",
    "PLACES",
    "PLACE_COUNTS",
    "RECENT_COUNTS",
    "REPEAT_CALLERS",
    "TIMED_INCIDENTS",
    "check",
]


def _text(*, nullable: bool = False, unique: bool = False) -> pa.Column:
    return pa.Column(object, nullable=nullable, unique=unique, coerce=True)


def _number(**options: Any) -> pa.Column:  # noqa: ANN401 - pandera's own options
    return pa.Column("float64", coerce=True, **options)


def _whole(**options: Any) -> pa.Column:  # noqa: ANN401 - pandera's own options
    return pa.Column("int64", coerce=True, **options)


def _flag() -> pa.Column:
    return pa.Column("bool", coerce=True)


#: Areas of one geography: `area_code`, `area_name`, `parent_code` (None where unknown), `geometry`.
AREAS = pa.DataFrameSchema(
    {
        "area_code": _text(unique=True),
        "area_name": _text(),
        "parent_code": _text(nullable=True),
        "geometry": pa.Column(),
    },
    name="areas",
)

#: Best-fit links: every source area once, in the target area that holds its population-weighted centroid.
LINKS = pa.DataFrameSchema({"source_code": _text(), "target_code": _text(), "share": _number()}, name="links")

#: How each category is counted: a row per category of a source.
KINDS = pa.DataFrameSchema(
    {
        "kind_id": _whole(unique=True),
        "source": _text(),
        "category": _text(),
        "kind": _text(),
        "is_street": _flag(),
        "is_officer_generated": _flag(),
        "weight": _number(checks=pa.Check.ge(0)),
    },
    name="kinds",
)

#: Distinct places of incidents. `is_inside`: covered by the force; `small_area_code`, `patrol_code`: the areas there.
PLACES = pa.DataFrameSchema(
    {
        "place_id": _whole(unique=True),
        "x": _number(),
        "y": _number(),
        "location": _text(nullable=True),
        "is_inside": _flag(),
        "small_area_code": _text(nullable=True),
        "patrol_code": _text(nullable=True),
    },
    name="places",
)

#: Incidents per place, month and category; `is_officer_generated` is the row's own flag or its category's.
PLACE_COUNTS = pa.DataFrameSchema(
    {
        "place_id": _whole(),
        "month_index": _whole(),
        "kind_id": _whole(),
        "is_officer_generated": _flag(),
        "n": _whole(checks=pa.Check.ge(1)),
    },
    name="place_counts",
)

#: Incidents of files that tell of repeat callers, per place, month and category: all, and those of such callers.
REPEAT_CALLERS = pa.DataFrameSchema(
    {
        "place_id": _whole(),
        "month_index": _whole(),
        "kind_id": _whole(),
        "is_officer_generated": _flag(),
        "n_told": _whole(checks=pa.Check.ge(1)),
        "n_repeat": _whole(checks=pa.Check.ge(0)),
    },
    name="repeat_callers",
)

#: Incidents per area, month and category.
AREA_COUNTS = pa.DataFrameSchema(
    {
        "area_code": _text(),
        "month_index": _whole(),
        "kind_id": _whole(),
        "is_officer_generated": _flag(),
        "n": _whole(checks=pa.Check.ge(1)),
    },
    name="area_counts",
)

#: People values of one geography; `denominator` is NaN for scores.
PEOPLE_VALUES = pa.DataFrameSchema(
    {
        "area_code": _text(),
        "variable": _text(),
        "numerator": _number(nullable=True),
        "denominator": _number(nullable=True),
    },
    name="people_values",
)

#: How well the incidents of each area are placed: counted, with a point, on the busiest point; of those whose row
#: states an area and has a point, how many lie elsewhere.
AREA_QUALITY = pa.DataFrameSchema(
    {
        "area_code": _text(unique=True),
        "n": _whole(checks=pa.Check.ge(0)),
        "n_placed": _whole(checks=pa.Check.ge(0)),
        "n_stated": _whole(checks=pa.Check.ge(0)),
        "n_elsewhere": _whole(checks=pa.Check.ge(0)),
        "n_busiest": _whole(checks=pa.Check.ge(0)),
    },
    name="area_quality",
)

#: Incidents whose time is known, by area, whole days before the last instant of the data (0: the last day), category.
RECENT_COUNTS = pa.DataFrameSchema(
    {
        "area_code": _text(),
        "age_days": _whole(checks=pa.Check.ge(0)),
        "kind_id": _whole(),
        "is_officer_generated": _flag(),
        "n": _whole(checks=pa.Check.ge(1)),
    },
    name="recent_counts",
)

#: Sums of People values over a nation; `denominator` is the number of areas for scores, and NaN for counts.
PEOPLE_TOTALS = pa.DataFrameSchema(
    {
        "variable": _text(),
        "place": _text(),
        "n_areas": _whole(checks=pa.Check.ge(1)),
        "numerator": _number(),
        "denominator": _number(nullable=True),
    },
    name="people_totals",
)

#: Incidents whose time is known better than the month; `begins_at`, `ends_at` are naive local wall-clock times.
TIMED_INCIDENTS = pa.DataFrameSchema(
    {
        "incident_id": _whole(),
        "place_id": _whole(),
        "x": _number(),
        "y": _number(),
        "kind_id": _whole(),
        "is_officer_generated": _flag(),
        "patrol_code": _text(nullable=True),
        "begins_at": pa.Column("datetime64[us]", coerce=True),
        "ends_at": pa.Column("datetime64[us]", coerce=True, nullable=True),
        "small_area_code": pa.Column(object, coerce=True, nullable=True, required=False),
    },
    name="timed_incidents",
)


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """
    Return `frame` if it has the columns, types and values of `schema`; all faults are reported together.

    Parameters
    ----------
    frame
        Any table; columns beyond the schema's are allowed.
    schema
        One of this module's schemas.

    Raises
    ------
    SchemaError
        If it does not.
    """
    try:
        return cast("pd.DataFrame", schema.validate(frame, lazy=True))
    except (PanderaSchemaErrors, PanderaSchemaError) as error:
        cases = getattr(error, "failure_cases", None)
        rows = [] if cases is None or isinstance(cases, str) else cases.head(10).to_dict("records")
        faults = [
            Fault(f"{row.get('check')} fails for {row.get('failure_case')!r}", column=str(row.get("column")))
            for row in rows
        ]
        raise SchemaError(f"the table {schema.name} does not have the agreed columns", faults=faults) from error
    except TypeError as error:  # pandera raises it bare for a wrong or missing CRS
        raise SchemaError(f"the table {schema.name} has a geometry that cannot be checked: {error}") from error
