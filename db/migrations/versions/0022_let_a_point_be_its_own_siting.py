"""
Let a point without a stated area code be its own siting, so that exact points are stored and joined once, not twice.

Such a siting has the number of its place and no row; sitings that state a code, or have no point, have numbers below 0.
`siting` and `siting_area` become views over both. Places and sitings are numbered by the load that makes them.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_RENAMED = (("siting_pkey", "stated_siting_pkey"), ("siting_key", "stated_siting_key"))
_RENAMED_OF_AREA = ("area_known_check", "area_how_check", "pkey")


def upgrade() -> None:
    """Give points alone the number of their place and other sitings one below 0, and make the views."""
    op.rename_table("siting", "stated_siting")
    op.rename_table("siting_area", "stated_siting_area")
    for old, new in _RENAMED:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    for name in _RENAMED_OF_AREA:
        op.execute(f"ALTER TABLE stated_siting_area RENAME CONSTRAINT siting_area_{name} TO stated_siting_area_{name}")
    op.execute("ALTER TABLE place ALTER COLUMN place_id DROP IDENTITY")
    op.execute("ALTER TABLE stated_siting ALTER COLUMN siting_id DROP IDENTITY")
    op.execute(
        "UPDATE incident SET siting_id = CASE WHEN s.stated_area_code IS NULL THEN coalesce(s.place_id, -s.siting_id)"
        " ELSE -s.siting_id END FROM stated_siting AS s WHERE s.siting_id = incident.siting_id"
    )
    op.execute(
        "DELETE FROM stated_siting_area AS a USING stated_siting AS s"
        " WHERE s.siting_id = a.siting_id AND s.stated_area_code IS NULL AND s.place_id IS NOT NULL"
    )
    op.execute("DELETE FROM stated_siting WHERE stated_area_code IS NULL AND place_id IS NOT NULL")
    op.execute("UPDATE stated_siting SET siting_id = -siting_id")
    op.execute("UPDATE stated_siting_area SET siting_id = -siting_id")
    op.execute(
        "CREATE VIEW siting AS"
        " SELECT siting_id, place_id, stated_area_code FROM stated_siting"
        " UNION ALL SELECT place_id, place_id, CAST(NULL AS text) FROM place"
    )
    op.execute(
        "CREATE VIEW siting_area AS"
        " SELECT geography_id, siting_id, area_code, area_how FROM stated_siting_area"
        " UNION ALL SELECT geography_id, place_id, area_code,"
        " CASE WHEN area_code IS NULL THEN 'outside' ELSE 'point' END FROM place_area"
    )
    _comment(
        "TABLE stated_siting IS 'One distinct way in which rows say where they were by an area code, with a point or"
        " without, or not at all; a point alone is its place.'",
        "COLUMN stated_siting.siting_id IS 'Number of the siting, below 0.'",
        "TABLE stated_siting_area IS 'The small area of incidents that state a code or have no point, and how it was"
        " found: the People x Place join, once per siting.'",
        "VIEW siting IS 'Where rows say they were: a place by its own number, or a stated siting.'",
        "VIEW siting_area IS 'The area of every siting: of a stated one in the small areas, of a place by its point.'",
        "COLUMN incident.siting_id IS 'Where it was, in siting: the place of a point alone, or a stated siting, below"
        " 0.'",
    )


def downgrade() -> None:
    """Give points alone a siting of their own again; their areas are found anew by the next refresh."""
    op.execute("DROP VIEW siting, siting_area")
    op.execute("UPDATE stated_siting SET siting_id = -siting_id")
    op.execute("UPDATE stated_siting_area SET siting_id = -siting_id")
    op.execute("ALTER TABLE place ALTER COLUMN place_id ADD GENERATED ALWAYS AS IDENTITY")
    op.execute("ALTER TABLE stated_siting ALTER COLUMN siting_id ADD GENERATED ALWAYS AS IDENTITY")
    op.execute(
        "SELECT setval(pg_get_serial_sequence('place', 'place_id'), max(place_id)) FROM place HAVING count(*) > 0"
    )
    op.execute(
        "SELECT setval(pg_get_serial_sequence('stated_siting', 'siting_id'), max(siting_id))"
        " FROM stated_siting HAVING count(*) > 0"
    )
    op.execute(
        "INSERT INTO stated_siting (place_id)"
        " SELECT place_id FROM place WHERE EXISTS (SELECT FROM incident WHERE siting_id = place.place_id)"
    )
    op.execute(
        "UPDATE incident SET siting_id = s.siting_id FROM ("
        " SELECT CASE WHEN stated_area_code IS NULL THEN coalesce(place_id, -siting_id) ELSE -siting_id END AS number,"
        " siting_id FROM stated_siting) AS s WHERE s.number = incident.siting_id"
    )
    for name in _RENAMED_OF_AREA:
        op.execute(f"ALTER TABLE stated_siting_area RENAME CONSTRAINT stated_siting_area_{name} TO siting_area_{name}")
    for old, new in _RENAMED:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    op.rename_table("stated_siting_area", "siting_area")
    op.rename_table("stated_siting", "siting")
    _comment(
        "TABLE siting IS 'One distinct way in which rows say where they were: a point, an area code, both or neither.'",
        "COLUMN siting.siting_id IS 'Number of the siting.'",
        "TABLE siting_area IS 'The small area of incidents, and how it was found: the People x Place join, once per"
        " siting.'",
        "COLUMN incident.siting_id IS 'Where it was, in siting; the area assigned stands in siting_area.'",
    )


def _comment(*statements: str) -> None:
    for words in statements:
        op.execute(f"COMMENT ON {words}")
