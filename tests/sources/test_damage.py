"""The damage that the tests of the readers do: it stays in its row, it is counted, and a test of nothing fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SourceError
from tests.sources.mutations import NO_DAMAGE, damaged_table, rows_below_header, survives, taken_counts

TABLE = 'id,name\n1,"Mill Lane, A"\n2,B\n3,C\n'


def test_no_damage_leaves_a_table_as_it_is() -> None:
    assert damaged_table(TABLE, NO_DAMAGE) == TABLE.encode()


def test_damaged_rows_are_counted_apart_in_files_that_are_read_and_refused() -> None:
    taken_counts()
    two_rows = bytes([0, 0, 3, 0, 0, 2, 1, 3, 0, 0])  # an empty cell in the first row and in the third

    def refuse() -> None:
        raise SourceError("no", hint="Say yes.")

    assert damaged_table(TABLE, ([], two_rows)) == b'id,name\n,"Mill Lane, A"\n2,B\n3,\n'
    survives(lambda: None)
    damaged_table(TABLE, ([], two_rows[:5]))
    survives(refuse)
    assert taken_counts() == {"files": 2, "rows": 3, "rows_accounted": 2, "files_refused": 1}
    assert not taken_counts()


def test_a_reader_that_refuses_the_whole_file_without_damage_is_not_tested() -> None:
    def refuse() -> None:
        raise SourceError("no", hint="Say yes.")

    damaged_table(TABLE, NO_DAMAGE)
    with pytest.raises(AssertionError, match="without any damage is refused"):
        survives(refuse)


@given(program=st.binary(max_size=40))
def test_damage_to_rows_keeps_to_them(program: bytes) -> None:
    data = damaged_table(TABLE, ([], program), is_ragged=False)
    assert data.startswith(b"id,name\n")
    assert rows_below_header(data) >= 3
