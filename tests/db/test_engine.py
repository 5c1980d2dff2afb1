"""The engine: sessions of the force's time zone, plain errors, no password shown."""

from __future__ import annotations

from sqlalchemy import text


def test_a_copied_database_has_postgis_and_the_session_settings(empty_database):
    with empty_database().connect() as connection:
        row = connection.execute(
            text(
                "SELECT current_setting('TimeZone'), current_setting('search_path'), current_setting('application_name'),"
                " current_setting('jit'), ST_AsText(ST_Point(1, 2))"
            )
        ).one()
    assert tuple(row) == ("Europe/London", "redzones, public", "redzones", "off", "POINT(1 2)")
