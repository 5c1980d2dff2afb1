"""COPY: what is sent in PostgreSQL's binary format arrives as it was."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.copying import binary_rows, copy_binary, copy_frame, copy_rows, postgres_days, postgres_microseconds

TYPES = [
    ("flag", "?"),
    ("small", "i2"),
    ("whole", "i4"),
    ("large", "i8"),
    ("number", "f8"),
    ("day", "i4"),
    ("at", "i8"),
]
TEXT = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
ROW = st.tuples(
    st.booleans(),
    st.integers(-(2**15), 2**15 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)),
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - naive UTC
    TEXT,
    TEXT,
)


def make_table(connection):
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE IF NOT EXISTS arrived (row serial, flag boolean, small smallint, whole integer,"
            " large bigint, number double precision, day date, at timestamptz, one text, two text)"
        )
    )
    connection.execute(text("TRUNCATE arrived"))


def copy(connection, records, **texts):
    copy_binary(connection, "arrived", [*records.dtype.names, *texts], binary_rows(records, texts))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=8))
def test_binary_rows_arrive_as_they_were(connection, rows):
    make_table(connection)
    records = np.zeros(len(rows), dtype=TYPES)
    for i, row in enumerate(rows):
        days = postgres_days(np.array([row[5]], dtype="datetime64[D]"))[0]
        at = postgres_microseconds(np.array([row[6]], dtype="datetime64[us]"))[0]
        records[i] = (*row[:5], days, at)
    copy(connection, records, one=[r[7] for r in rows], two=[r[8] for r in rows])
    found = connection.execute(
        text("SELECT flag, small, whole, large, number, day, at, one, two FROM arrived ORDER BY row")
    ).all()
    read = [(*f[:6], f[6].astimezone(UTC).replace(tzinfo=None), *f[7:]) for f in found]
    assert Counter(read) == Counter(rows), "the order is not kept, every row is"


def test_an_unknown_time_becomes_infinity(connection):
    make_table(connection)
    records = np.zeros(1, dtype=TYPES)
    records["at"] = postgres_microseconds(np.array(["NaT"], dtype="datetime64[us]"))
    copy(connection, records)
    assert connection.scalar(text("SELECT at = 'infinity' FROM arrived"))


def test_a_missing_value_of_a_frame_is_null(connection):
    make_table(connection)
    frame = pd.DataFrame({"number": [1.5, np.nan], "one": ["x", None], "small": [1, 2]})
    assert copy_frame(connection, "arrived", frame, constants={"whole": 7}) == 2
    found = connection.execute(text("SELECT whole, number, one, small FROM arrived ORDER BY row")).all()
    assert [tuple(row) for row in found] == [(7, 1.5, "x", 1), (7, None, None, 2)]


def test_names_of_tables_and_columns_are_quoted(connection):
    connection.execute(text('CREATE TEMPORARY TABLE "odd ""name" ("a b" integer)'))
    assert copy_rows(connection, 'odd "name', ["a b"], [(1,), (2,)]) == 2
