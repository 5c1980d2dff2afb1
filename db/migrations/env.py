"""
Alembic's environment: `db.schema` hands over a ready connection and the analysis CRS of the database.

Called by Alembic's own command line (to draft a migration), it opens the database of `REDZONES_DATABASE_URL`, or the
private one.
"""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, text

from db.engine import open_engine
from db.models import metadata_in
from db.schema import stored_analysis_epsg

_PARTITION = text("SELECT relispartition FROM pg_class WHERE oid = to_regclass(:name)")


def _options(analysis_epsg: int) -> dict[str, Any]:
    return {
        "target_metadata": metadata_in(analysis_epsg),
        "analysis_epsg": analysis_epsg,
        "compare_server_default": False,
        "render_item": alembic_helpers.render_item,
        "process_revision_directives": alembic_helpers.writer,
        "transaction_per_migration": False,
    }


def _migrate(connection: Connection, analysis_epsg: int) -> None:
    def is_ours(item: Any, name: str | None, kind: str, is_reflected: bool, compared: Any) -> bool:  # noqa: ANN401, FBT001
        """Leave out what PostGIS keeps for itself, and partitions: code makes those, month by month."""
        if kind == "table" and is_reflected and connection.scalar(_PARTITION, {"name": f'"{name}"'}):
            return False
        return bool(alembic_helpers.include_object(item, name, kind, is_reflected, compared))

    context.configure(connection=connection, include_object=is_ours, **_options(analysis_epsg))
    with context.begin_transaction():
        context.run_migrations()


def _print_sql(analysis_epsg: int) -> None:
    context.configure(dialect_name="postgresql", literal_binds=True, **_options(analysis_epsg))
    with context.begin_transaction():
        context.run_migrations()


_attributes = context.config.attributes
if context.is_offline_mode():
    _print_sql(_attributes["analysis_epsg"])
elif "connection" in _attributes:
    _migrate(_attributes["connection"], _attributes["analysis_epsg"])
else:
    _engine = open_engine(url=os.environ.get("REDZONES_DATABASE_URL"), data_dir=None, time_zone="UTC")
    with _engine.begin() as _opened:
        _migrate(_opened, stored_analysis_epsg(_opened))
