"""What several steps read is read once, and no step can change what the next one gets."""

from __future__ import annotations

import pandas as pd
import pytest

from domain.months import LocalMonth
from redzones.settings import Settings
from redzones.steps import work as work_module
from redzones.steps.work import Work, places_and_counts

LAST = LocalMonth(2025, 12)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[LocalMonth]:
    """Return the first months that were asked of the database; there are counts of five months."""
    asked: list[LocalMonth] = []

    def read(_connection, _settings, *, load_ids, first, last) -> dict[str, pd.DataFrame]:
        assert (load_ids, last) == ((3, 4), LAST)
        asked.append(first)
        months = range(LAST.index - 4, LAST.index + 1)
        return {
            "places": pd.DataFrame({"place_id": [1, 2]}),
            "place_counts": pd.DataFrame({"month_index": months, "n": 1}),
            "kinds": pd.DataFrame({"kind_id": [7]}),
        }

    monkeypatch.setattr(work_module, "place_inputs", read)
    return asked


def work_of_run() -> Work:
    return Work(Settings(), LAST, 1, "f", (3, 4))


def test_several_steps_read_the_places_once_from_the_first_month_of_any(reads) -> None:
    work = work_of_run()
    assert len(places_and_counts(None, work)["place_counts"]) == 5
    latest = places_and_counts(None, work, first=LAST.shift(-1))["place_counts"]
    assert latest["month_index"].tolist() == [LAST.index - 1, LAST.index]
    assert latest.index.tolist() == [0, 1]
    assert reads == [work.history]


def test_a_step_that_replaces_a_column_does_so_for_itself(reads) -> None:
    work = work_of_run()
    for name, table in places_and_counts(None, work).items():
        table["added"] = name
    assert all("added" not in table for table in places_and_counts(None, work).values())


def test_what_was_read_can_be_let_go(reads) -> None:
    work = work_of_run()
    places_and_counts(None, work)
    work.forget()
    places_and_counts(None, work)
    assert len(reads) == 2
