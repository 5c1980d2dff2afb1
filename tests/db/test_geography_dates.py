"""Dated geographies: no code is in force twice, none ends before it begins, and each month has its vintage."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from db.geography_dates import check_in_force, date_geography, geography_dates
from db.models import geography
from db.undo import undo_load
from db.write import store_boundaries
from domain.areas import GeographyKey
from domain.errors import AnalysisError, DatabaseError, SettingsError
from domain.months import LocalMonth

WARD_2019, WARD_2025 = GeographyKey("ward", 2019), GeographyKey("ward", 2025)
LAST, FIRST = date(2025, 4, 30), date(2025, 5, 1)


@pytest.fixture
def two_vintages(town, gridham):
    """Return the town with wards of 2019, of which one has a code that the wards of 2025 have too."""
    shapes = {"E05000001": gridham.square(0, 0), "E05000099": gridham.square(1, 0)}
    report = store_boundaries(town, gridham.layer("ward:2019", shapes))
    return town, report


def test_a_geography_ends_after_it_begins(town):
    with pytest.raises(SettingsError, match="would end on 2025-04-30, before it begins on 2025-05-01") as caught:
        date_geography(town, WARD_2025, valid_from=FIRST, valid_to=LAST)
    assert "Exchange" in caught.value.hint
    assert date_geography(town, WARD_2025, valid_from=FIRST, valid_to=FIRST).endswith("from 2025-05-01 to 2025-05-01")
    with pytest.raises(IntegrityError):
        town.execute(update(geography).where(geography.c.vintage == 2025).values(valid_to=LAST))


def test_a_code_is_not_in_force_twice_and_the_remedy_ends_the_older(two_vintages):
    town, _ = two_vintages
    date_geography(town, WARD_2019, valid_from=date(2019, 5, 2), valid_to=None)
    with pytest.raises(DatabaseError, match="1 code would be in force twice, for example E05000001") as caught:
        date_geography(town, WARD_2025, valid_from=FIRST, valid_to=None)
    assert caught.value.hint.endswith("redzones areas dates ward:2019 --valid-from 2019-05-02 --valid-to 2025-04-30")
    date_geography(town, WARD_2025, valid_from=None, valid_to=None)  # not dated: not judged
    date_geography(town, WARD_2019, valid_from=date(2019, 5, 2), valid_to=LAST)
    date_geography(town, WARD_2025, valid_from=FIRST, valid_to=None)
    told = geography_dates(town).set_index("geography")
    assert told.loc["ward:2019", ["valid_from", "valid_to"]].tolist() == ["2019-05-02", "2025-04-30"]
    assert told.loc["lsoa:2021", ["valid_from", "valid_to"]].tolist() == [None, None]


def test_one_shared_day_is_too_many_and_codes_of_their_own_may_stand_beside_each_other(two_vintages):
    town, report = two_vintages
    date_geography(town, WARD_2019, valid_from=None, valid_to=FIRST)
    with pytest.raises(DatabaseError, match="in force twice"):
        date_geography(town, WARD_2025, valid_from=FIRST, valid_to=None)
    undo_load(town, report.load_id)  # no code of it is live any more
    date_geography(town, WARD_2025, valid_from=FIRST, valid_to=None)


def test_boundaries_with_codes_that_are_in_force_elsewhere_are_refused_when_loaded(town, gridham, two_vintages):
    _, report = two_vintages
    undo_load(town, report.load_id)
    date_geography(town, WARD_2019, valid_from=date(2019, 5, 2), valid_to=None)
    date_geography(town, WARD_2025, valid_from=FIRST, valid_to=None)
    with pytest.raises(DatabaseError, match="in force twice"):
        store_boundaries(town, gridham.layer("ward:2019", {"E05000001": gridham.square(0, 0)}))


def test_a_month_is_counted_on_the_vintage_that_is_in_force(two_vintages):
    town, _ = two_vintages
    date_geography(town, WARD_2019, valid_from=date(2019, 5, 2), valid_to=LAST)
    date_geography(town, WARD_2025, valid_from=FIRST, valid_to=date(2026, 4, 30))
    check_in_force(town, WARD_2025, LocalMonth(2025, 5))
    check_in_force(town, WARD_2019, LocalMonth(2025, 4))
    for key, month, other in (
        (WARD_2025, LocalMonth(2025, 4), "ward:2019"),
        (WARD_2019, LocalMonth(2025, 5), "ward:2025"),
    ):
        with pytest.raises(AnalysisError, match=f"not in {month}") as caught:
            check_in_force(town, key, month)
        assert caught.value.hint.startswith(f'Write "{other}" instead of "{key}"')
    check_in_force(town, WARD_2019, LocalMonth(2018, 1))  # before the first: history on the boundaries that there are
    with pytest.raises(AnalysisError, match="to 2026-04-30, not in 2026-05") as caught:
        check_in_force(town, WARD_2025, LocalMonth(2026, 5))
    assert "Load the boundaries that followed it" in caught.value.hint


def test_a_geography_without_dates_serves_every_month_and_an_unknown_one_cannot_be_dated(town):
    check_in_force(town, WARD_2025, LocalMonth(1990, 1))
    with pytest.raises(DatabaseError, match="ward:1999 is not known"):
        date_geography(town, GeographyKey("ward", 1999), valid_from=FIRST, valid_to=None)
