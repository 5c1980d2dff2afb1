"""What the tests of mutated files share: how files are damaged, and what no reader may do."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.errors import RedzonesError
from domain.incidents import IncidentFile

#: Damaged files for each test: about 5,000 over all where CI runs; `make fuzz` sets far more.
EXAMPLES = int(os.environ.get("REDZONES_FUZZ_EXAMPLES") or ("175" if os.environ.get("CI") else "60"))
#: Whether this is the long run, which prints what it did.
IS_LONG = "REDZONES_FUZZ_EXAMPLES" in os.environ
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

#: Damage to a table: now and then to its bytes, and to a few or many of its rows. Each five bytes of the second part
#: damage one row, so that one draw serves all rows, and shrinks well.
ROW_DAMAGE = st.one_of(st.binary(min_size=5, max_size=20), st.binary(min_size=250, max_size=600))
TABLE_DAMAGE = st.one_of(st.tuples(st.just([]), ROW_DAMAGE), st.tuples(MUTATIONS, ROW_DAMAGE))
NO_DAMAGE: tuple[list[tuple[str, int, str, bytes]], bytes] = ([], b"")
#: Rows of the tables that are damaged.
N_ROWS = 120
#: Without the carriage return, for which whole files are refused.
_ROW_CELLS = tuple(cell for cell in ODD_CELLS if cell != "\r")
_ROW_CHANGES = ("short", "long", "blank", "double", "case", "cut", "swap", "spaces")
_RAGGED = {"short", "long"}
_ODD_LETTERS = "0123456789 .,:;-+/\\\"'_=%eExXaZ\t\u00a0\u00e9\u20ac\u2212\u0663\U0001f600"

#: What this test did: damaged files, files refused whole, damaged rows, and those of them in files read to the
#: end (whose rows were all accounted for).
_done: Counter[str] = Counter()


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().removesuffix("\n")


@lru_cache(maxsize=64)
def _parted(text: str, head: int) -> tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return what stands above the rows of a table, the cells of each row, and each row as a line."""
    lines = text.splitlines(keepends=True)
    rows = tuple(tuple(cells) for cells in csv.reader(lines[head:]))
    return "".join(lines[:head]), rows, tuple(_line(cells) for cells in rows)


def _damaged_cell(cell: str, how: int, what: int) -> str:
    """Return a cell with one letter changed, put in or taken out."""
    at = how % (len(cell) + 1)
    letter = _ODD_LETTERS[what % len(_ODD_LETTERS)]
    return (cell[:at] + letter + cell[at + 1 :], cell[:at] + letter + cell[at:], cell[:at] + cell[at + 1 :])[what % 3]


def _damaged_row(cells: Sequence[str], column: int, how: int, what: int, *, is_ragged: bool) -> str:
    """Return a row with one fault that stays within it."""
    at = column % len(cells)
    before, cell, after = cells[:at], cells[at], cells[at + 1 :]
    if how % 5 < 2:
        return _line([*before, _damaged_cell(cell, how // 5, what), *after])
    if how % 5 < 4:
        return _line([*before, _ROW_CELLS[what % len(_ROW_CELLS)], *after])
    change = _ROW_CHANGES[what % len(_ROW_CHANGES)]
    if change in _RAGGED and not is_ragged:
        return _line([*before, "", *after])
    return {
        "short": _line(before),
        "long": _line([*cells, cell]),
        "blank": "," * (len(cells) - 1),
        "double": f"{_line(cells)}\n{_line(cells)}",
        "case": _line([*before, cell.swapcase(), *after]),
        "cut": _line([*before, cell[: column % 5], *after]),
        "swap": _line([*before, *after[:1], cell, *after[1:]]),
        "spaces": _line([f"  {cell} " for cell in cells]),
    }[change]


def damaged_table(
    text: str, damage: tuple[list[tuple[str, int, str, bytes]], bytes], *, head: int = 1, is_ragged: bool = True
) -> bytes:
    """
    Damage rows of a table below its first `head` lines, then its bytes; `survives` counts what was done.

    Where a reader refuses a file for a row of another length, `is_ragged` is False: such rows are left to `mutated`.
    """
    changes, program = damage
    above, rows, whole = _parted(text, head)
    lines = list(whole)
    for row, column, how, what, more in zip(*(program[i::5] for i in range(5)), strict=False):
        at = (row + 256 * (more % 2)) % len(rows)
        lines[at] = _damaged_row(rows[at], column, how, what, is_ragged=is_ragged)
    _done["now"] = sum(line != as_it_was for line, as_it_was in zip(lines, whole, strict=True))
    data = mutated(above + "\n".join([*lines, ""]), changes)
    _done["is_whole"] = data == text.encode()
    return data


def mutated(text: str, changes: list[tuple[str, int, str, bytes]]) -> bytes:
    """Damage a file without regard to what it holds."""
    data = text.encode("utf-8", "replace")
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
    """Run what may refuse its input, but only in our own words; count the file, and the rows damaged in it."""
    n_rows, is_whole = _done.pop("now", 0), _done.pop("is_whole", False)
    _done.update({"files": not is_whole, "rows": n_rows})
    try:
        work()
    except RedzonesError as error:
        refusal = error
    else:
        _done["rows_accounted"] += n_rows
        return
    assert not is_whole, f"the file without any damage is refused, so that nothing is tested: {refusal}"
    _done["files_refused"] += 1
    assert refusal.message
    assert refusal.hint


def taken_counts() -> dict[str, int]:
    """Return what was done since this was last asked, and begin anew."""
    counts = {name: n for name, n in _done.items() if name not in {"now", "is_whole"}}
    _done.clear()
    return counts
