"""Undoing loads: withdrawn, what they superseded live again, dissolved parents put right, runs left as they were."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text

from db.models import load, run
from db.read import area_counts, areas, live_load_ids, load_list
from db.undo import undo_load
from db.write import refresh_assignments, store_boundaries
from domain.areas import GeographyKey
from domain.errors import DatabaseError
from domain.months import LocalMonth

LSOA, WARD, DISTRICT = (GeographyKey.parse(text) for text in ("lsoa:2021", "ward:2025", "district:2025"))


def _states(connection) -> dict[int, str]:
    return load_list(connection).set_index("load_id")["state"].to_dict()


def test_a_load_is_withdrawn_and_the_one_before_is_live_again(town, gridham, load_rows):
    first = load_rows(gridham.incident(), gridham.incident())
    second = load_rows(gridham.incident(), sha256="second")
    report = undo_load(town, second.load_id)
    assert report.reinstated == ((first.load_id, "2025-07-gridham-street.csv"),)
    assert report.kept == 1
    states = _states(town)
    assert (states[first.load_id], states[second.load_id]) == ("live", "withdrawn")


def test_a_chain_is_undone_one_by_one_and_a_file_may_be_loaded_again(town, gridham, load_rows):
    loads = [load_rows(gridham.incident(), sha256=name) for name in ("a", "b", "c")]
    with pytest.raises(DatabaseError, match=f"load {loads[1].load_id} has replaced it") as caught:
        undo_load(town, loads[0].load_id)
    assert caught.value.hint == f"To go back to it: redzones loads undo {loads[1].load_id}"
    for done, live in ((2, 1), (1, 0)):
        undo_load(town, loads[done].load_id)
        assert _states(town)[loads[live].load_id] == "live"
    with pytest.raises(DatabaseError, match="withdrawn already"):
        undo_load(town, loads[2].load_id)
    again = load_rows(gridham.incident(), sha256="c")
    assert not again.is_already_loaded
    assert again.superseded == loads[0].load_id


def test_incidents_of_an_undone_load_are_counted_no_more_but_by_the_runs_that_read_them(town, gridham, load_rows):
    first = load_rows(gridham.incident(), gridham.incident())
    second = load_rows(gridham.incident(), sha256="second")
    read = live_load_ids(town)
    town.execute(
        insert(run).values(
            fingerprint="f", month=LocalMonth(2025, 7).first_day, config_fingerprint="c", input_fingerprint="i",
            code_version="1", seed=1, settings={}, load_ids=read,
        )
    )  # fmt: skip
    report = undo_load(town, second.load_id)
    assert len(report.runs) == 1
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    assert _counted(town, live_load_ids(town)) == 2
    assert _counted(town, read) == 1
    assert first.load_id in live_load_ids(town)


def _counted(connection, load_ids) -> int:
    month = LocalMonth(2025, 7)
    return int(area_counts(connection, geography=LSOA, load_ids=load_ids, first=month, last=month)["n"].sum())


def test_undone_boundaries_take_their_dissolved_parents_along(town):
    wards = select(load.c.load_id).where(load.c.source == "boundaries ward:2025")
    undo_load(town, town.scalar(wards))
    assert areas(town, WARD).empty
    assert areas(town, DISTRICT).empty
    assert "live" not in set(town.scalars(select(load.c.state).where(load.c.kind == "derived")))


def test_undoing_one_of_two_files_dissolves_the_parents_from_the_other(town, gridham):
    shapes = {"E05000003": gridham.square(2, 0)}
    options = {"file_name": "more.geojson", "parent": "district:2025", "parents": {"E05000003": "E06000001"}}
    further = store_boundaries(town, gridham.layer("ward:2025", shapes, **options))
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([5e6])
    undo_load(town, further.load_id)
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([4e6])


def test_parents_are_dissolved_again_when_their_own_boundaries_are_undone(town, gridham):
    own = gridham.layer("district:2025", {"E06000001": gridham.square(0, 0, wide=3, high=3)}, file_name="district.kml")
    report = store_boundaries(town, own)
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([9e6])
    undo_load(town, report.load_id)
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([4e6])


def test_a_file_that_replaced_several_gives_all_of_them_back(connection, gridham):
    halves = [
        store_boundaries(connection, gridham.layer("ward:2025", {code: gridham.square(0, row)}, file_name=name))
        for row, (code, name) in enumerate([("E05000001", "south.kml"), ("E05000002", "north.kml")])
    ]
    whole = store_boundaries(connection, gridham.wards())
    report = undo_load(connection, whole.load_id)
    assert [number for number, _ in report.reinstated] == [half.load_id for half in halves]
    assert areas(connection, WARD).area.tolist() == pytest.approx([1e6, 1e6])


def test_a_place_that_was_taken_meanwhile_is_not_taken_back(connection, gridham):
    one, other = gridham.square(0, 0), gridham.square(1, 1)
    store_boundaries(connection, gridham.layer("ward:2025", {"E05000001": one}, file_name="a.kml"))
    both = store_boundaries(
        connection, gridham.layer("ward:2025", {"E05000001": one, "E05000002": one}, file_name="b.kml")
    )
    third = store_boundaries(connection, gridham.layer("ward:2025", {"E05000003": other}, file_name="a.kml"))
    with pytest.raises(DatabaseError, match="has taken its place") as caught:
        undo_load(connection, both.load_id)
    assert str(third.load_id) in caught.value.hint


def test_dissolved_areas_cannot_be_undone_by_themselves(town):
    derived = town.scalar(select(load.c.load_id).where(load.c.kind == "derived"))
    with pytest.raises(DatabaseError, match="dissolved from ward:2025"):
        undo_load(town, derived)


def test_an_unknown_load_is_named(connection):
    with pytest.raises(DatabaseError, match="there is no load 99"):
        undo_load(connection, 99)


def test_places_are_joined_anew_after_boundaries_are_undone(town, gridham, load_rows):
    load_rows(gridham.incident(code=None))
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    shifted = {f"E0100000{1 + c + 2 * r}": gridham.square(c + 5, r) for r in (0, 1) for c in (0, 1)}
    moved = store_boundaries(town, gridham.layer("lsoa:2021", shifted, file_name="lsoa.geojson"))
    assert refresh_assignments(town, small_area=LSOA, patrol=WARD) == {"outside": 1}
    undo_load(town, moved.load_id)
    assert refresh_assignments(town, small_area=LSOA, patrol=WARD) == {"point": 1}
    assert town.scalar(text("SELECT count(*) FROM load WHERE state = 'live' AND source = 'boundaries lsoa:2021'")) == 1
