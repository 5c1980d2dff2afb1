"""The first step: every incident in its area, joined in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.audits
import db.write

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["join"]


def join(connection: Connection, work: Work) -> dict[str, Any]:
    """Join People and Place: every incident in its area, by its stated code or by its point; and audit the loads."""
    joined = db.write.refresh_assignments(connection, small_area=work.small_area, patrol=work.patrol)
    db.audits.audit_loads(connection, work.load_ids, seed=work.settings.seed)
    levels = db.audits.recording_levels(
        connection, work.load_ids, sources=work.settings.incidents.counted_sources, seed=work.settings.seed
    )
    return {"assigned": joined, "levels": levels}
