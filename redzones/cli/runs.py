"""`redzones runs`, `publish` and `rollback`: what was computed, and what is live."""

from __future__ import annotations

from typing import Annotated

import typer

from redzones.cli.context import console_out, engine_of, print_frame, settings_of, shown_progress

__all__ = ["publish", "rollback", "runs"]


def runs(ctx: typer.Context) -> None:
    """
    List every run with its month, state and whether it is live.

    Example: redzones runs
    """
    from db.runs import runs_list

    with engine_of(ctx).connect() as connection:
        frame = runs_list(connection)
    print_frame(ctx, frame)


def publish(ctx: typer.Context, run: Annotated[int, typer.Argument(help="Number of a finished run.")]) -> None:
    """
    Build the pages of a finished run again and make them current.

    Example: redzones publish 3
    """
    from redzones.publish import publish_run

    with shown_progress(ctx) as progress:
        site, is_unchanged = publish_run(engine_of(ctx), settings_of(ctx), run, progress=progress)
    console_out.print(f"{'already live' if is_unchanged else 'published'}: open {site}", markup=False)


def rollback(ctx: typer.Context) -> None:
    """
    Put the publication before the current one live again.

    Example: redzones rollback
    """
    from redzones.publish import rollback as go_back

    site, fingerprint = go_back(engine_of(ctx), settings_of(ctx))
    console_out.print(f"{fingerprint} is live again: open {site}", markup=False)
