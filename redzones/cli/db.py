"""`redzones db`: the private server, and the schema of whichever database the settings name."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import SettingsError
from redzones.cli.context import console_out, engine_of, print_json, settings_of, state_of

if TYPE_CHECKING:
    from db.server import PrivateServer
    from redzones.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Start, stop and look after the database.")

AsSql = Annotated[bool, typer.Option("--sql", help="Print the SQL for a database administrator; change nothing.")]


def _url_of(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url else None


def _private_server(ctx: typer.Context) -> PrivateServer:
    from db.server import PrivateServer, default_data_dir

    settings = settings_of(ctx)
    if settings.database_url is not None:
        raise SettingsError(
            "the settings name a database server, which is not ours to start or stop",
            hint="Take REDZONES_DATABASE_URL out of the settings to use the private server.",
        )
    return PrivateServer(settings.data_dir or default_data_dir())


@app.command()
def start(ctx: typer.Context) -> None:
    """
    Start the private server; other commands do so themselves when they need it.

    Example: redzones db start
    """
    server = _private_server(ctx)
    server.ensure_running()
    console_out.print(f"running: {server.data_folder}", markup=False)


@app.command()
def stop(ctx: typer.Context) -> None:
    """
    Stop the private server cleanly.

    Example: redzones db stop
    """
    console_out.print("stopped" if _private_server(ctx).stop() else "was not running")


@app.command()
def status(ctx: typer.Context) -> None:
    """
    Tell whether the private server is running, and where its data lie.

    Example: redzones db status
    """
    found = _private_server(ctx).status()
    if state_of(ctx).is_json:
        print_json(asdict(found))
        return
    console_out.print(found.state)
    for name, value in asdict(found).items():
        if name != "state" and value is not None:
            console_out.print(f"  {name.replace('_', ' ')}: {value}", markup=False)


@app.command()
def upgrade(ctx: typer.Context, sql: AsSql = False) -> None:
    """
    Bring the schema up to date, in the analysis CRS of the settings.

    Example: redzones db upgrade
    """
    from db import schema

    epsg = settings_of(ctx).geography.analysis_epsg
    if sql:
        typer.echo(schema.upgrade_sql(analysis_epsg=epsg))
        return
    schema.upgrade(engine_of(ctx, needs_schema=False), analysis_epsg=epsg)
    console_out.print("the schema is up to date")


@app.command()
def bootstrap(ctx: typer.Context, sql: AsSql = False) -> None:
    """
    Make the private database ready; with --sql print what an administrator runs on a server of the force's own.

    Example: redzones db bootstrap --sql > bootstrap.sql
    """
    from db import schema
    from db.roles import bootstrap_roles_sql

    if sql:
        typer.echo(schema.bootstrap_sql())
        typer.echo(bootstrap_roles_sql())
        return
    if settings_of(ctx).database_url is not None:
        raise SettingsError(
            "on a server of your own, an administrator makes the database, the extension and the roles",
            hint="Print the SQL for them with: redzones db bootstrap --sql",
        )
    upgrade(ctx, sql=False)


@app.command()
def grants(ctx: typer.Context, sql: AsSql = False) -> None:
    """
    Give the roles owner, operator, analyst and reader exactly their rights; run it again after every upgrade.

    Example: redzones db grants
    """
    from db.roles import grant_rights, grants_sql

    if sql:
        typer.echo(grants_sql())
        return
    with engine_of(ctx).begin() as connection:
        grant_rights(connection)
    console_out.print("every role has its rights")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def shell(ctx: typer.Context) -> None:
    """
    Open psql on the database; arguments after -- go to psql.

    Example: redzones db shell -- -c "SELECT count(*) FROM incident"
    """
    from db.shell import psql_command

    settings = settings_of(ctx)
    url = _url_of(settings) or _private_server(ctx).ensure_running()
    command = psql_command(url, time_zone=settings.force.time_zone, arguments=ctx.args)
    os.execvpe(command.arguments[0], command.arguments, dict(command.environment))  # noqa: S606 - becomes psql
