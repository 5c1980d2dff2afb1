"""What every `redzones load` command shares: each file in a transaction of its own, and the account of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from redzones.cli.context import console_out, engine_of, print_json, state_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.loads import LoadReport

__all__ = ["Files", "load_each", "tell_each"]

Files = Annotated[list[Path], typer.Argument(help="One file or more, plain or gzipped.", show_default=False)]

_File = TypeVar("_File")


def load_each(
    ctx: typer.Context, files: Iterable[_File], store: Callable[[Connection, _File], LoadReport]
) -> list[LoadReport]:
    """Load each file in a transaction of its own, print what became of every row, and return the reports."""
    engine = engine_of(ctx)

    def stored(file: _File) -> LoadReport:
        with engine.begin() as connection:
            return store(connection, file)

    return tell_each(ctx, (stored(file) for file in files))


def tell_each(ctx: typer.Context, reports: Iterable[LoadReport]) -> list[LoadReport]:
    """Print what became of every row of each load when it is done, and return the reports."""
    told = []
    for report in reports:
        told.append(report)
        if not state_of(ctx).is_json:
            console_out.print(_sentence(report), markup=False)
    if state_of(ctx).is_json:
        print_json([_plain(report) for report in told])
    return told


def _sentence(report: LoadReport) -> str:
    notes = "".join(f"\n  note: {note}" for note in report.notes)
    if report.is_already_loaded:
        return f"{report.file_name}: already loaded (load {report.load_id}); nothing changed in its rows{notes}"
    text = f"{report.file_name}: {report.rows_in:,} rows in, {report.kept:,} kept, {report.rejected:,} rejected"
    reasons = "; ".join(f"{reason}: {n:,}" for reason, n in sorted(report.reasons.items()))
    replaced = f"; supersedes load {report.superseded}" if report.superseded else ""
    return f"{text}{f' ({reasons})' if reasons else ''} (load {report.load_id}{replaced}){notes}"


def _plain(report: LoadReport) -> dict[str, Any]:
    return {key: dict(value) if key == "reasons" else value for key, value in asdict(report).items()}
