"""The command line: each command parses, calls and prints."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import RedzonesError
from redzones import __version__
from redzones.cli import (
    areas,
    backtest,
    db,
    demo,
    doctor,
    export,
    load,
    loads,
    profiles,
    refresh,
    runs,
    segments,
    survey_plan,
)
from redzones.cli.context import CliState, console_err

__all__ = ["app", "main"]

_UNEXPECTED = 70

app = typer.Typer(
    name="redzones",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Community profiles, segments, Red Zones and Red Times for visible neighbourhood policing.",
)
app.add_typer(load.app, name="load")
app.add_typer(loads.app, name="loads")
app.add_typer(areas.app, name="areas")
app.add_typer(db.app, name="db")
app.add_typer(export.app, name="export")
app.add_typer(profiles.app, name="profiles")
app.add_typer(segments.app, name="segments")
app.command()(backtest.backtest)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(refresh.refresh)
app.command()(runs.runs)
app.command()(runs.publish)
app.command()(runs.rollback)
app.command(name="survey-plan")(survey_plan.survey_plan)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"redzones {__version__}\n")
        raise typer.Exit


@app.callback()
def _before_every_command(
    ctx: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings file; redzones.toml by default.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print results for machines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Community profiles, segments, Red Zones and Red Times for visible neighbourhood policing."""
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(name)s: %(message)s")
    ctx.obj = CliState(settings_file=config, is_debug=debug, is_json=json, is_quiet=quiet)


def _report(error: RedzonesError) -> None:
    console_err.print(f"redzones: {error.message}", style="red", markup=False)
    for fault in error.faults[:20]:
        if str(fault) not in error.message and fault.message not in error.message:
            console_err.print(f"  {fault}", markup=False)
    if error.hint:
        console_err.print(f"  {error.hint}", markup=False)


def main() -> None:
    """Run the command line; every error of ours becomes one line, a hint and an exit code."""
    is_debug = "--debug" in sys.argv
    try:
        app()
    except RedzonesError as error:
        if is_debug:
            raise
        _report(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as error:
        if is_debug:
            raise
        console_err.print(f"redzones: the Python package {error.name} is not installed", style="red", markup=False)
        console_err.print("  Run make setup: it installs what this version needs.")
        sys.exit(_UNEXPECTED)
    except Exception as error:  # the last line of defence: a person never meets a traceback unasked
        if is_debug:
            raise
        console_err.print(f"redzones: unexpected {type(error).__name__}: {error}", style="red", markup=False)
        console_err.print(
            "  This is a fault of Redzones: run the command again with --debug and report what it prints."
        )
        sys.exit(_UNEXPECTED)
