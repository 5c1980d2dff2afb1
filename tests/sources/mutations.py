"""What the tests of mutated files share: how files are damaged, and what no reader may do."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.errors import RedzonesError
from domain.incidents import IncidentFile

#: Mutated files for each test: about 5,000 over all where CI runs; `make fuzz` sets far more.
EXAMPLES = int(os.environ.get("REDZONES_FUZZ_EXAMPLES") or ("260" if os.environ.get("CI") else "60"))
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: For what takes tens of milliseconds a file.
fuzz_seldom = settings(fuzz, max_examples=max(EXAMPLES // 5, 10))

# what really goes wrong in cells: blanks, odd numbers, quotes, line ends, signs that mean something to a parser
ODD_CELLS = (
    *("", " ", "nan", "inf", "1e999", "-1", "1_0", "0", "99999999999999999999", "31/02/2025 25:61"),
    *('"', '""', "'", "\r", "\n", ",", ",,", "\ufeff", "\x1f", "\x7f", "\u2028", "=cmd"),
    *("2025-12", "2025-11", "9999-12", "\u0662\u0660\u0662\u0665-12", "Total", "E01012500"),
)
CELLS = st.one_of(st.sampled_from(ODD_CELLS), st.text(max_size=12))
KINDS = st.sampled_from(["cell", "byte", "insert", "delete", "cut", "double"])
MUTATIONS = st.lists(st.tuples(KINDS, st.integers(0, 10_000), CELLS, st.binary(max_size=4)), min_size=1, max_size=4)


def mutated(text: str, changes: list[tuple[str, int, str, bytes]]) -> bytes:
    data = text.encode()
    for kind, at, cell, some in changes:
        if kind == "cell":
            parts = data.split(b",")
            parts[at % len(parts)] = cell.encode("utf-8", "replace")
            data = b",".join(parts)
            continue
        position = at % (len(data) + 1)
        lines = data.split(b"\n")
        data = {
            "byte": data[:position] + some + data[position + len(some) :],
            "insert": data[:position] + some + data[position:],
            "delete": data[:position] + data[position + 7 :],
            "cut": data[: position + 1],
            "double": b"\n".join([*lines, lines[at % len(lines)], b""]),
        }[kind]
    return data


def rows_below_header(data: bytes) -> int:
    """Count records as any CSV reader would, independently of ours."""
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    return sum(1 for record in csv.reader(text) if record) - 1


def check_incidents(data: bytes, opened: IncidentFile) -> None:
    kept, refused = [], []
    for batch in opened.batches:
        kept += batch.rows["row_number"].tolist()
        refused += batch.rejected["row_number"].tolist()
        assert batch.rows["begins_at"].notna().all()
        assert (batch.rows["ends_at"] >= batch.rows["begins_at"]).all()
        assert (batch.rows["x"].isna() == (batch.rows["place_precision"] == "none")).all()
        assert batch.rows["category"].isin([rule.category for rule in opened.kinds]).all()
        assert batch.rejected["reason"].str.len().gt(0).all()
    assert len(kept) + len(refused) == rows_below_header(data)
    assert not set(kept) & set(refused)
    assert len(set(kept) | set(refused)) == len(kept) + len(refused)


def survives(work: Callable[[], None]) -> None:
    """Run what may refuse its input, but only in our own words."""
    try:
        work()
    except RedzonesError as error:
        refusal = error
    else:
        return
    assert refusal.message
    assert refusal.hint
