"""
Staging ahead: while one file is stored, the next is copied into staging tables on a connection of its own.

Only what lasts is done one load at a time; PostgreSQL works on two processors where there are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RootTransaction

from db.incident_records import PreparedFile
from db.loads import LoadReport
from db.read_ahead import read_ahead
from db.write_incidents import StagedIncidents, stage_incidents, store_staged
from domain.progress import Progress, no_progress

__all__ = ["StagedFile", "stage_ahead"]


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A staged file and the transaction in which it waits: stored in its turn, or given up at the end."""

    connection: Connection
    transaction: RootTransaction
    staged: StagedIncidents

    def store(self) -> LoadReport:
        """Store the file and end its transaction; errors as `store_staged` raises them."""
        with self.connection, self.transaction:
            return store_staged(self.connection, self.staged)


@contextmanager
def stage_ahead(
    engine: Engine, files: Iterable[PreparedFile], *, progress: Progress = no_progress
) -> Iterator[Iterator[StagedFile]]:
    """
    Give the files of a call staged, at most two before they are asked for.

    What goes wrong with a file is raised where the file would have come. What was staged and not stored leaves nothing.

    Parameters
    ----------
    engine
        The database.
    files
        Files made ready for it, read in a thread, in order.
    progress
        Hears how many rows are read; called from that thread.
    """
    open_connections: list[Connection] = []

    def staged() -> Iterator[StagedFile]:
        for file in files:
            connection = engine.connect()
            open_connections.append(connection)
            transaction = connection.begin()
            yield StagedFile(connection, transaction, stage_incidents(connection, file, progress=progress))

    try:
        with read_ahead(staged(), most=1) as ready:
            yield ready
    finally:
        for connection in open_connections:
            connection.close()  # one that was stored is closed already
