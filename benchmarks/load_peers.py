"""The two peers of loading: the usual way by geopandas, and SQL written by hand for this one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Engine, text

from domain.crs import BRITISH_NATIONAL_GRID, WGS84
from domain.months import LocalMonth, month_range

__all__ = ["load_by_geopandas", "load_by_hand"]

_AREAS = "SELECT area_code, geom FROM redzones.area"
_TIME = "%d/%m/%Y %H:%M"

_STAGING = {
    "street": """
        CREATE TEMPORARY TABLE staging (
            row_id bigint GENERATED ALWAYS AS IDENTITY, "Crime ID" text, "Month" text, "Reported by" text,
            "Falls within" text, "Longitude" double precision, "Latitude" double precision, "Location" text,
            "LSOA code" text, "LSOA name" text, "Crime type" text, "Last outcome category" text, "Context" text)""",
    "log": """
        CREATE TEMPORARY TABLE staging (
            row_id bigint GENERATED ALWAYS AS IDENTITY, "Log" text, "Class" text, "From" text, "To" text,
            "Easting" double precision, "Northing" double precision, "Street" text)""",
}
_ROWS = {
    "street": """
        SELECT CAST("Month" || '-01' AS date) AS month, row_id, "Crime type" AS category,
               tstzrange(CAST("Month" || '-01' AS date)::timestamp AT TIME ZONE 'Europe/London',
                         (CAST("Month" || '-01' AS date) + interval '1 month') AT TIME ZONE 'Europe/London') AS during,
               "Location" AS location, "LSOA code" AS stated_area_code, "Crime ID" AS reference,
               "Last outcome category" AS outcome,
               ST_Transform(ST_SetSRID(ST_MakePoint("Longitude", "Latitude"), :geographic), :projected) AS geom
        FROM staging""",
    "log": """
        SELECT CAST(date_trunc('month', begins_at) AS date) AS month, row_id, category,
               tstzrange(begins_at, greatest(begins_at, ends_at), '[]') AS during,
               location, NULL::text AS stated_area_code, reference, NULL::text AS outcome, geom
        FROM (
            SELECT row_id, "Class" AS category, to_timestamp("From", 'DD/MM/YYYY HH24:MI') AS begins_at,
                   to_timestamp("To", 'DD/MM/YYYY HH24:MI') AS ends_at, "Street" AS location,
                   "Log" AS reference, ST_SetSRID(ST_MakePoint("Easting", "Northing"), :projected) AS geom
            FROM staging
        ) AS read""",
}


def load_by_geopandas(engine: Engine, shape: str, files: Sequence[Path]) -> None:
    """Read with pandas, join with geopandas, write with `to_postgis`."""
    frame = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    if shape == "street":
        points = gpd.points_from_xy(frame.pop("Longitude"), frame.pop("Latitude"), crs=WGS84)
        frame["month"] = pd.to_datetime(frame["Month"])
    else:
        points = gpd.points_from_xy(frame.pop("Easting"), frame.pop("Northing"), crs=BRITISH_NATIONAL_GRID)
        for column in ("From", "To"):
            local = pd.to_datetime(frame[column], format=_TIME)
            frame[column] = local.dt.tz_localize("Europe/London", ambiguous=True, nonexistent="shift_forward")
        frame["month"] = frame["From"].dt.tz_localize(None).dt.to_period("M").dt.to_timestamp()
    incidents = gpd.GeoDataFrame(frame, geometry=points).to_crs(BRITISH_NATIONAL_GRID)
    with engine.begin() as connection:
        areas = gpd.read_postgis(_AREAS, connection)
        joined = gpd.sjoin(incidents, areas, how="left", predicate="within").drop(columns="index_right")
        joined.to_postgis("incident_by_geopandas", connection, index=True, index_label="row_id", chunksize=50_000)
        connection.execute(text("ALTER TABLE incident_by_geopandas ADD PRIMARY KEY (row_id)"))


def load_by_hand(engine: Engine, shape: str, files: Sequence[Path], months: tuple[LocalMonth, LocalMonth]) -> None:
    """COPY the files as they are, join by GiST and LATERAL, fill bare partitions at once, index and attach them."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL work_mem = '128MB'"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        connection.execute(text(_STAGING[shape]))
        for file in files:
            _copy_file(connection, file)
        systems = {"projected": BRITISH_NATIONAL_GRID, "geographic": WGS84}
        systems = {name: epsg for name, epsg in systems.items() if f":{name}" in _ROWS[shape]}
        made = f"CREATE TEMPORARY TABLE point AS SELECT * FROM ({_ROWS[shape]}) AS made ORDER BY geom"
        connection.execute(text(made.replace("::", "\\:\\:")), systems)
        connection.execute(text("CREATE INDEX ON point USING gist (geom)"))
        connection.execute(text("ANALYZE point"))
        _make_partitions(connection, months)
        connection.execute(
            text("""
            INSERT INTO incident_by_hand
            SELECT p.month, p.row_id, p.category, p.during, p.location, p.stated_area_code, p.reference, p.outcome,
                   p.geom, hit.area_code
            FROM point AS p
            LEFT JOIN (
                SELECT inside.row_id, min(a.area_code) AS area_code
                FROM redzones.area AS a
                CROSS JOIN LATERAL (SELECT q.row_id FROM point AS q WHERE ST_Covers(a.geom, q.geom)) AS inside
                GROUP BY inside.row_id
            ) AS hit USING (row_id)
            """)
        )
        for month in month_range(*months):
            connection.execute(text(f"ALTER TABLE by_hand_{month.index} ADD PRIMARY KEY (month, row_id)"))
        connection.execute(text("ALTER TABLE incident_by_hand ADD PRIMARY KEY (month, row_id)"))


def _copy_file(connection: Connection, file: Path) -> None:
    header = file.open(encoding="utf-8").readline().strip()
    columns = ", ".join(f'"{name}"' for name in header.split(","))
    cursor = connection.connection.driver_connection.cursor()
    with (
        file.open("rb") as stream,
        cursor.copy(f"COPY staging ({columns}) FROM STDIN (FORMAT CSV, HEADER)") as copy,
    ):
        while piece := stream.read(1 << 20):
            copy.write(piece)


def _make_partitions(connection: Connection, months: tuple[LocalMonth, LocalMonth]) -> None:
    connection.execute(
        text("""
        CREATE TABLE incident_by_hand (
            month date NOT NULL, row_id bigint NOT NULL, category text, during tstzrange, location text,
            stated_area_code text, reference text, outcome text, geom geometry, area_code text
        ) PARTITION BY RANGE (month)""")
    )
    for month in month_range(*months):
        bounds = f"FROM ('{month.first_day}') TO ('{month.shift(1).first_day}')"
        connection.execute(
            text(f"CREATE TABLE by_hand_{month.index} PARTITION OF incident_by_hand FOR VALUES {bounds}")
        )
