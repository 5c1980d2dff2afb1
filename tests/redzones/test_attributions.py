"""Pages name the publishers of what is loaded, and no other; and the months that are missing among those loaded."""

from __future__ import annotations

import pytest

from db.summaries import published_data
from domain.areas import GeographyKey
from domain.months import LocalMonth
from redzones import content
from redzones.settings import Settings

MINISTRY = "Ministry of Housing, Communities and Local Government"


@pytest.mark.parametrize(
    ("loaded", "said"),
    [
        (set(), ("Sources: data.police.uk.",)),
        ({"statistics"}, ("Sources: data.police.uk; Office for National Statistics.",)),
        (
            {"boundaries", "statistics", "deprivation"},
            (
                f"Sources: data.police.uk; Office for National Statistics; {MINISTRY}.",
                "Contains OS data © Crown copyright and database right 2025.",
            ),
        ),
    ],
)
def test_publishers_are_those_of_the_loads(monkeypatch, loaded, said):
    monkeypatch.setattr(content.db.summaries, "published_data", lambda *_: frozenset(loaded))
    settings = Settings(incidents={"counted_sources": ("police.uk street",)})
    told = content._attributions(None, settings, (1,), is_open=True)
    assert told == ("Contains public sector information licensed under the Open Government Licence v3.0.", *said)
    assert content._attributions(None, settings, (1,), is_open=False) == ()


def test_deprivation_is_told_from_census_tables(connection):
    from sqlalchemy import insert

    from db.models import load, people_variable
    from db.write_boundaries import geography_id

    number_of = geography_id(connection, GeographyKey("lsoa", 2021))

    def loaded(kind: str, table: str | None = None) -> int:
        text = dict.fromkeys(("file_name", "sha256", "source", "scope"), f"{kind} {table}")
        values = {"kind": kind, **text, "rows_in": 0, "kept": 0, "rejected": 0}
        number = connection.execute(insert(load).values(**values).returning(load.c.load_id)).scalar_one()
        if table is not None:
            connection.execute(
                insert(people_variable).values(
                    load_id=number, geography_id=number_of, name="v", label="V", topic="t", unit="share",
                    source_table=table, period="2021", position=0,
                )
            )  # fmt: skip
        return number

    links, census = loaded("links"), loaded("people", "Census 2021 TS045")
    indices, boundaries = loaded("people", "Indices of Deprivation 2025"), loaded("boundaries")
    assert published_data(connection, [links]) == {"statistics"}
    assert published_data(connection, [census]) == {"statistics"}
    assert published_data(connection, [indices]) == {"deprivation"}
    assert published_data(connection, [boundaries]) == {"boundaries", "statistics"}
    assert published_data(connection, [loaded("incidents")]) == frozenset()


def test_months_that_are_missing_among_loaded_ones_are_named(monkeypatch):
    def note(*months: str):
        indexes = frozenset(LocalMonth.parse(month).index for month in months)
        monkeypatch.setattr(content.db.summaries, "months_by_source", lambda *_: {"a": indexes, "b": frozenset()})
        return content._months_without_data(None, Settings(), (1,), LocalMonth(2025, 7))

    found = note("2024-07", "2025-03", "2025-06", "2025-07")
    assert found.label == "Months without data from 2025-03 to 2025-07"  # 2024-07 lies before the window of 12 months
    assert (found.value, found.is_warning) == ("2025-04, 2025-05", True)
    assert "load them" in found.note
    whole = note("2025-06", "2025-07")
    assert (whole.value, whole.is_warning, whole.note) == ("none", False, "")
