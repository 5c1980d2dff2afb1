"""Loading incidents: nothing is lost, nothing is doubled, nothing is half done."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.incident_records import prepare_incidents
from db.loads import take_load_lock
from db.models import metadata
from db.read import load_detail, load_list
from db.write import store_incidents
from domain.errors import LockedError, SchemaError, SettingsError, SourceError
from domain.months import LocalMonth

LONDON = "Europe/London"


def n_rows(connection):
    return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in metadata.tables}


def partitions(connection):
    found = text(
        "SELECT c.relname, (SELECT count(*) FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary)"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'incident'::regclass ORDER BY 1"
    )
    return [tuple(row) for row in connection.execute(found)]


def test_rows_in_are_kept_and_rejected(connection, gridham):
    batches = [
        gridham.batch([gridham.incident(), gridham.incident()], rejected=[(4, "Longitude", "not a number", "x,y")]),
        gridham.batch(
            [gridham.incident()], first_row=5, rejected=[(6, None, "not a number", "a"), (7, None, "cut", "b")]
        ),
    ]
    heard = []
    report = store_incidents(
        connection,
        gridham.incident_file(batches, notes=("a note",)),
        time_zone=LONDON,
        progress=lambda what, done, total: heard.append((what, done, total)),
    )
    assert (report.rows_in, report.kept, report.rejected) == (6, 3, 3)
    assert report.reasons == {"cut": 1, "not a number": 2}
    assert report.months == ("2025-07",)
    assert report.notes == ("a note",)
    assert heard == [
        ("Reading 2025-07-gridham-street.csv", 3, None),
        ("Reading 2025-07-gridham-street.csv", 6, None),
    ]
    detail = load_detail(connection, report.load_id)
    assert [row["row_number"] for row in detail["first_rejected_rows"]] == [4, 6, 7]
    assert detail["first_rejected_rows"][0]["column_name"] == "Longitude"


def test_identical_rows_are_incidents_of_their_own(connection, gridham, load_rows):
    report = load_rows(*[gridham.incident(code="E01000001")] * 3)
    ids = connection.scalars(text("SELECT incident_id FROM incident ORDER BY 1")).all()
    assert ids == [report.load_id * 1_000_000_000 + row for row in (2, 3, 4)]
    assert connection.scalar(text("SELECT count(*) FROM place")) == 1


def test_the_same_bytes_again_change_nothing(connection, gridham, load_rows):
    first = load_rows(gridham.incident(), gridham.incident())
    before = n_rows(connection)
    again = load_rows(gridham.incident(), gridham.incident())
    assert again.is_already_loaded
    assert (again.load_id, again.kept) == (first.load_id, 2)
    assert n_rows(connection) == before


def test_another_mapping_of_the_same_bytes_is_another_load(gridham, load_rows):
    load_rows(gridham.incident(), mapping_sha256="one")
    other = load_rows(gridham.incident(), mapping_sha256="two")
    assert not other.is_already_loaded


def test_a_reissue_supersedes_and_the_old_file_does_not_come_back(connection, gridham, load_rows):
    first = load_rows(gridham.incident(), sha256="first")
    second = load_rows(gridham.incident(), gridham.incident(), sha256="second")
    assert second.superseded == first.load_id
    again = load_rows(gridham.incident(), sha256="first")
    assert again.is_already_loaded
    assert again.notes == (f"load {second.load_id}, a re-issue, has replaced it",)
    states = load_list(connection).set_index("load_id")["state"]
    assert states.to_dict() == {
        first.load_id: f"superseded by {second.load_id}",
        second.load_id: "live",
    }
    assert connection.scalar(text("SELECT count(*) FROM incident")) == 3  # the run that read the first still finds it


def test_another_scope_does_not_supersede(gridham, load_rows):
    load_rows(gridham.incident(), sha256="first")
    assert load_rows(gridham.incident(), sha256="second", scope="gridham 2025-08").superseded is None


@pytest.mark.parametrize("fault", [SourceError("cut off"), ZeroDivisionError()])
def test_a_reader_that_fails_half_way_leaves_nothing(connection, gridham, fault):
    def batches():
        yield gridham.batch([gridham.incident()], rejected=[(3, None, "bad", "raw")])
        raise fault

    before, months = n_rows(connection), partitions(connection)
    with pytest.raises(type(fault)):
        store_incidents(connection, gridham.incident_file(batches()), time_zone=LONDON)
    assert n_rows(connection) == before
    assert partitions(connection) == months


def test_a_category_without_a_kind_leaves_nothing(connection, gridham, load_rows):
    before = n_rows(connection)
    with pytest.raises(SchemaError, match="no kind is stated for Piracy"):
        load_rows(gridham.incident(category="Piracy"))
    assert n_rows(connection) == before


def test_months_are_local_and_each_has_an_indexed_partition(connection, gridham, load_rows):
    load_rows(
        gridham.incident(at="2025-06-30T22:59:59"),
        gridham.incident(at="2025-06-30T23:00:00"),  # midnight in London
        gridham.incident(at="2025-12-31T23:59:59"),
        gridham.incident(at="2026-01-01T00:00:00"),
    )
    months = connection.scalars(text("SELECT month FROM incident ORDER BY incident_id")).all()
    assert months == [date(2025, 6, 1), date(2025, 7, 1), date(2025, 12, 1), date(2026, 1, 1)]
    assert partitions(connection) == [
        ("incident_2025_06", 1),
        ("incident_2025_07", 1),
        ("incident_2025_12", 1),
        ("incident_2026_01", 1),
    ]
    wrong = text(
        "SELECT count(*) FROM incident"
        " WHERE month <> date_trunc('month', lower(during) AT TIME ZONE 'Europe/London')::date"
    )
    assert connection.scalar(wrong) == 0


def test_a_second_file_fills_months_that_are_there_and_makes_new_ones(connection, gridham, load_rows):
    load_rows(gridham.incident())
    report = load_rows(gridham.incident(), gridham.incident(month="2025-08"), sha256="other", scope="other")
    assert report.kept == 2
    counts = text("SELECT to_char(month, 'YYYY-MM'), count(*) FROM incident GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in connection.execute(counts)] == [("2025-07", 2), ("2025-08", 1)]


def test_months_that_a_file_claims_count_as_covered(gridham, load_rows):
    assert load_rows(months=(LocalMonth(2025, 7),)).months == ("2025-07",)


def test_times_keep_their_precision(connection, gridham, load_rows):
    load_rows(
        gridham.incident(),
        gridham.incident(at="2025-07-01T10:00:00"),
        gridham.incident(at="2025-07-01T10:00:00", until="2025-07-01T12:00:00"),
        gridham.incident(at="2025-07-01T10:00:00", until=None),
    )
    found = text("SELECT time_precision, during::text FROM incident ORDER BY incident_id")
    assert [tuple(row) for row in connection.execute(found)] == [
        ("month", '["2025-07-01 00:00:00+01","2025-08-01 00:00:00+01")'),
        ("instant", '["2025-07-01 11:00:00+01","2025-07-01 11:00:00+01"]'),
        ("interval", '["2025-07-01 11:00:00+01","2025-07-01 13:00:00+01")'),
        ("interval", '["2025-07-01 11:00:00+01",)'),
    ]


def test_each_row_keeps_its_words(connection, gridham, load_rows):
    load_rows(
        gridham.incident(location="Mill Lane", reference="a", outcome="Under investigation"),
        gridham.incident(location="Mill Lane", outcome="Offender given a caution"),
        gridham.incident(location="Bridge Street", reference="a"),
    )
    found = text(
        "SELECT coalesce(i.location, p.location), p.location, i.reference, i.outcome FROM incident i"
        " JOIN siting USING (siting_id) JOIN place p USING (place_id) ORDER BY incident_id"
    )
    assert [tuple(row) for row in connection.execute(found)] == [
        ("Mill Lane", "Mill Lane", "a", "Under investigation"),
        ("Mill Lane", "Mill Lane", None, "Offender given a caution"),
        ("Bridge Street", "Mill Lane", "a", None),
    ]


def test_places_are_shared_between_files_but_not_with_exact_points(connection, gridham, load_rows):
    load_rows(gridham.incident(), gridham.incident(x=400_100.0))
    load_rows(gridham.incident(), sha256="second", scope="second")
    load_rows(gridham.incident(), sha256="third", scope="third", is_open_data=False)
    assert connection.scalar(text("SELECT count(*) FROM place")) == 3
    assert connection.scalar(text("SELECT count(*) FROM siting")) == 3


def test_rows_without_a_point_are_kept(connection, gridham, load_rows):
    report = load_rows(gridham.incident(None, None), gridham.incident(None, None, code="E01000001"))
    assert report.kept == 2
    assert connection.scalar(text("SELECT count(*) FROM place")) == 0
    assert connection.scalar(text("SELECT count(*) FROM siting")) == 2


SITED = text(
    "SELECT i.siting_id > 0, s.place_id IS NOT NULL, s.stated_area_code FROM incident i"
    " JOIN siting s USING (siting_id) WHERE load_id = :load_id ORDER BY incident_id"
)


def test_a_point_alone_is_its_place_and_a_code_makes_a_siting(connection, gridham, load_rows):
    rows = (
        gridham.incident(),
        gridham.incident(code="E01000001"),
        gridham.incident(None, None, code="E01000001"),
        gridham.incident(None, None),
        gridham.incident(),
    )
    expected = [
        (True, True, None),
        (False, True, "E01000001"),
        (False, False, "E01000001"),
        (False, False, None),
        (True, True, None),
    ]
    for name in ("first", "second"):  # the second finds what the first has made
        report = load_rows(*rows, sha256=name, scope=name)
        found = connection.execute(SITED, {"load_id": report.load_id}).all()
        assert [tuple(row) for row in found] == expected, name
        assert connection.scalar(text("SELECT count(*) FROM stated_siting")) == 3, name
        assert connection.scalar(text("SELECT count(*) FROM place")) == 1, name


def test_a_known_place_takes_a_code_that_comes_later(connection, gridham, load_rows):
    load_rows(gridham.incident(location="Mill Lane"))
    report = load_rows(
        gridham.incident(location="Mill Lane", code="E01000001"),
        gridham.incident(x=400_100.0, location="Bridge Street"),
        gridham.incident(x=400_100.0, location="High Street", code="E01000002"),
        gridham.incident(x=400_100.0, location="Bridge Street"),
        sha256="second",
        scope="second",
    )
    found = text(
        "SELECT i.siting_id = s.place_id, s.place_id, s.stated_area_code, i.location FROM incident i"
        " JOIN siting s USING (siting_id) WHERE load_id = :load_id ORDER BY incident_id"
    )
    assert [tuple(row) for row in connection.execute(found, {"load_id": report.load_id})] == [
        (False, 1, "E01000001", None),
        (True, 2, None, None),
        (False, 2, "E01000002", "High Street"),
        (True, 2, None, None),
    ]


def test_a_file_made_ready_before_is_stored_as_one_that_is_not(connection, gridham, load_rows):
    rows = [gridham.incident(), gridham.incident(None, None, code="E01000001", outcome="Under investigation")]
    plain = load_rows(*rows)
    file = gridham.incident_file([gridham.batch(rows)], sha256="second", scope="second")
    ready = store_incidents(
        connection, prepare_incidents(file, analysis_epsg=27700, time_zone=LONDON), time_zone=LONDON
    )
    stored = text(
        "SELECT incident_id % 1000000000, month, kind_id, siting_id, during, outcome FROM incident"
        " WHERE load_id = :load_id ORDER BY 1"
    )
    first, second = (connection.execute(stored, {"load_id": each.load_id}).all() for each in (plain, ready))
    assert first == second
    assert len(second) == 2


@pytest.mark.parametrize(("epsg", "zone"), [(32630, LONDON), (27700, "Europe/Paris")])
def test_a_file_made_ready_for_another_database_is_refused(connection, gridham, epsg, zone):
    file = gridham.incident_file([gridham.batch([gridham.incident()])])
    before = n_rows(connection)
    with pytest.raises(SettingsError, match=f"made ready for EPSG:{epsg} and {zone}"):
        store_incidents(connection, prepare_incidents(file, analysis_epsg=epsg, time_zone=zone), time_zone=LONDON)
    assert n_rows(connection) == before


def test_points_in_degrees_are_transformed(connection, gridham, load_rows):
    load_rows(gridham.incident(-2.0, 52.6), epsg=4326)
    x, y = connection.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM place")).one()
    assert (x, y) == pytest.approx((400_000.0, 300_000.0), abs=1_000)


def test_points_that_the_analysis_crs_cannot_show_are_rejected(gridham, load_rows):
    report = load_rows(gridham.incident(), gridham.incident(-2.0, 1e9), epsg=4326)
    assert report.rejected >= 1
    assert report.reasons == {"the coordinates lie where the analysis CRS cannot show them": report.rejected}


def test_remarks_of_the_reader_become_notes(connection, gridham):
    batches = [
        gridham.batch([gridham.incident()], remarks={"the end lies before the begin": 1}),
        gridham.batch([gridham.incident()], first_row=3, remarks={"the end lies before the begin": 2}),
    ]
    report = store_incidents(connection, gridham.incident_file(batches), time_zone=LONDON)
    assert report.notes == ("3 rows: the end lies before the begin",)


def test_two_loads_at_once_are_one_after_the_other(engine):
    with engine.begin() as first:
        take_load_lock(first)
        who = r"another load .* \(process \d+, redzones, since"
        with engine.begin() as second, pytest.raises(LockedError, match=who):
            take_load_lock(second, wait_s=0.3)
    with engine.begin() as second:
        take_load_lock(second, wait_s=0.3)


def test_the_database_refuses_an_account_that_does_not_add_up(connection, gridham, load_rows):
    report = load_rows(gridham.incident())
    with pytest.raises(IntegrityError, match="load_rows_add_up_check"), connection.begin_nested():
        connection.execute(text("UPDATE load SET kept = 5 WHERE load_id = :id"), {"id": report.load_id})
