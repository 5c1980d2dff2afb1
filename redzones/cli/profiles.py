"""`redzones profiles`: which community profiles are agreed with partners."""

from __future__ import annotations

from typing import Annotated

import typer

from redzones.cli.context import console_out, engine_of, print_frame, settings_of

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Say which community profiles are agreed with partners, and list them.")

Area = Annotated[str, typer.Argument(help="Code of the area, as on its page.", show_default=False)]
By = Annotated[str, typer.Option(help="Who decided for the force: a role, or a name at work.", show_default=False)]
On = Annotated[str, typer.Option(help="Day of the decision, YYYY-MM-DD.", show_default=False)]


@app.command()
def agree(
    ctx: typer.Context,
    area: Area,
    by: By,
    on: On,
    partners: Annotated[str | None, typer.Option("--with", help="With whom: the partnership or its members.")] = None,
    month: Annotated[str | None, typer.Option(help="Last month of the profile; of the latest run by default.")] = None,
) -> None:
    """
    Record that the profile of an area is agreed with partners; its page says so from the next refresh on.

    Example: redzones profiles agree E05012189 --by "Insp. Northgate" --on 2026-01-15 --with "Area Board"
    """
    from redzones.agreements import decide

    with engine_of(ctx).begin() as connection:
        report = decide(
            connection, settings_of(ctx), area, state="agreed", by=by, on=on, partners=partners, month=month
        )
    console_out.print(f"{area}: agreed on {on} (load {report.load_id}). redzones refresh shows it.", markup=False)


@app.command()
def reopen(
    ctx: typer.Context,
    area: Area,
    by: By,
    on: On,
    why: Annotated[str | None, typer.Option(help="Why it is a draft again.")] = None,
) -> None:
    """
    Record that the profile of an area is a draft again.

    Example: redzones profiles reopen E05012189 --by "Insp. Northgate" --on 2026-02-01 --why "New estate"
    """
    from redzones.agreements import decide

    with engine_of(ctx).begin() as connection:
        report = decide(connection, settings_of(ctx), area, state="draft", by=by, on=on, note=why)
    console_out.print(f"{area}: a draft again (load {report.load_id}). redzones refresh shows it.", markup=False)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """
    List the profiles of policing units and patrol areas: draft or agreed, by whom and when.

    Example: redzones profiles list
    """
    from redzones.agreements import states_of_profiles

    with engine_of(ctx).connect() as connection:
        frame = states_of_profiles(connection, settings_of(ctx))
    print_frame(ctx, frame)
