"""Errors: one line that says where, what, and what to do."""

from __future__ import annotations

from domain import errors
from domain.errors import Fault, RedzonesError, SourceError


def test_a_fault_says_where_and_what_to_do() -> None:
    fault = Fault("the column is missing", file="a.csv", row=1, column="Month", remedy="Export it again")
    assert str(fault) == 'a.csv, row 1, column "Month": the column is missing. Export it again'
    assert str(Fault("nothing is known")) == "nothing is known"


def test_an_error_at_a_place_carries_fault_and_hint() -> None:
    error = SourceError.at("the file is empty", file="a.csv", remedy="Fetch it again.")
    assert str(error) == "a.csv: the file is empty"
    assert error.hint == "Fetch it again."
    assert error.faults[0].file == "a.csv"


def test_every_error_has_one_root_and_a_sentence_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, RedzonesError) for kind in kinds)
    assert len({kind.__doc__ for kind in kinds}) == len(kinds)
    assert all(1 <= kind.exit_code < 64 for kind in kinds)
