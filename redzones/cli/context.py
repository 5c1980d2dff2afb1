"""What every command shares: the state of the call, the settings, the engine, and the two consoles."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from domain.progress import Progress, no_progress
from redzones.settings import Settings, load_settings

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import TaskID
    from sqlalchemy import Engine

__all__ = [
    "CliState",
    "console_err",
    "console_out",
    "engine_of",
    "print_frame",
    "print_json",
    "settings_of",
    "shown_progress",
]

console_out = Console(highlight=False, soft_wrap=True)
console_err = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class CliState:
    """The options that stand before the command."""

    settings_file: Path | None = None
    is_debug: bool = False
    is_json: bool = False
    is_quiet: bool = False


def state_of(ctx: typer.Context) -> CliState:
    """Return the options that stand before the command."""
    return ctx.obj if isinstance(ctx.obj, CliState) else CliState()


def settings_of(ctx: typer.Context) -> Settings:
    """Return the settings of this call."""
    return load_settings(state_of(ctx).settings_file)


def engine_of(ctx: typer.Context, *, needs_schema: bool = True) -> Engine:
    """Return an engine for the settings' database; the private server is started if it is the one."""
    from db.engine import open_engine
    from db.schema import require_current

    settings = settings_of(ctx)
    url = settings.database_url.get_secret_value() if settings.database_url else None
    engine = open_engine(url=url, data_dir=settings.data_dir, time_zone=settings.force.time_zone)
    ctx.call_on_close(engine.dispose)
    if needs_schema:
        with engine.connect() as connection:
            require_current(connection)
    return engine


def print_json(value: Any) -> None:  # noqa: ANN401 - any plain value
    """Print a value for machines, keys in order."""
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, default=str, ensure_ascii=False) + "\n")


def print_frame(ctx: typer.Context, frame: pd.DataFrame) -> None:
    """Print the rows of a frame: a table for a person, or a list of records for machines."""
    if state_of(ctx).is_json:
        print_json(frame.to_dict("records"))
        return
    table = Table(*(str(column).replace("_", " ") for column in frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*("" if value is None else str(value) for value in row))
    console_out.print(table)


class _PlainProgress:
    """Progress for logs: a line when a piece of work begins."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        del done, total
        if what not in self._seen:
            self._seen.add(what)
            console_err.print(what)


class _BarProgress:
    """Progress for a terminal: a bar for each piece of work."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)


@contextmanager
def shown_progress(ctx: typer.Context) -> Iterator[Progress]:
    """Draw progress on stderr: bars on a terminal, plain lines otherwise, nothing where asked for quiet."""
    if state_of(ctx).is_quiet:
        yield no_progress
    elif not console_err.is_terminal:
        yield _PlainProgress()
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with RichProgress(*columns, console=console_err, transient=True) as bars:
            yield _BarProgress(bars)
