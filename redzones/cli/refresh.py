"""`redzones refresh`: the monthly job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from domain.months import LocalMonth
from redzones.cli.context import console_out, engine_of, print_json, settings_of, shown_progress, state_of

if TYPE_CHECKING:
    from redzones.refresh import RefreshReport

__all__ = ["print_report", "refresh"]


def refresh(
    ctx: typer.Context,
    month: Annotated[str, typer.Option(help="Last month of the data, YYYY-MM.")],
) -> None:
    """
    Compute profiles, segments, Red Zones and Red Times for a month and publish the pages.

    Run again after a failure, it resumes where it stopped; run again on the same data, it changes nothing.

    Example: redzones refresh --month 2025-12
    """
    from redzones.memory import rarely_collected
    from redzones.refresh import refresh as do_refresh

    with shown_progress(ctx) as progress, rarely_collected():
        report = do_refresh(engine_of(ctx), settings_of(ctx), month=LocalMonth.parse(month), progress=progress)
    if state_of(ctx).is_json:
        print_json(_plain(report))
    else:
        print_report(report)


def print_report(report: RefreshReport) -> None:
    """Print what a refresh did, for a person."""
    for step in report.steps:
        what = "kept from before" if step.is_reused else f"{step.seconds:.1f} s"
        console_out.print(f"{step.name:<12} {what}", markup=False)
    done = "nothing changed: this run was live already" if report.is_unchanged else f"published {report.fingerprint}"
    console_out.print(f"{report.month}: {done}\nOpen {report.site}", markup=False)


def _plain(report: RefreshReport) -> dict[str, object]:
    return {
        "run_id": report.run_id,
        "fingerprint": report.fingerprint,
        "month": str(report.month),
        "site": str(report.site),
        "is_unchanged": report.is_unchanged,
        "steps": [
            {"name": s.name, "seconds": round(s.seconds, 3), "is_reused": s.is_reused, "result": dict(s.result)}
            for s in report.steps
        ],
    }
