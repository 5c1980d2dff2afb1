"""`redzones backtest`: how every way of ranking did on the force's own past."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from domain.months import LocalMonth
from redzones.cli.context import console_out, engine_of, print_json, settings_of, shown_progress, state_of

if TYPE_CHECKING:
    from hotspots.results import BacktestResult

__all__ = ["backtest"]


def backtest(
    ctx: typer.Context,
    month: Annotated[str, typer.Option(help="Last month to test, YYYY-MM.")],
    months: Annotated[
        int | None, typer.Option(min=1, max=60, help="Periods to test; hotspots.test_months by default.")
    ] = None,
    period: Annotated[
        str, typer.Option(help="What is forecast: month, or 28-days or week where incidents have a day.")
    ] = "month",
    nominations: Annotated[
        Path | None,
        typer.Option(
            help="CSV file of the places that inspectors name, columns x and y, best first, instead of those that are "
            "loaded (load nominations)."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the ledger as CSV and a page with charts.")] = None,
) -> None:
    """
    Forecast earlier months from those before them, with every way of ranking, and say how each did.

    Each is tested on the whole force and on built-up ground, with incidents where they are written and moved by
    35 and 70 m, beside the places that inspectors named before. The ledger is kept in the database; nothing that is
    published changes.

    Example: redzones backtest --month 2025-12 --months 9 --out ledger
    """
    from redzones.full_backtest import full_backtest, read_nominations, write_backtests

    settings = settings_of(ctx)
    n_months = months or settings.hotspots.test_months
    further = (read_nominations(nominations, radius_m=settings.hotspots.zone_radius_m),) if nominations else ()
    last, engine = LocalMonth.parse(month), engine_of(ctx)
    with shown_progress(ctx) as progress:
        tested = full_backtest(
            engine, settings, month=last, test_months=n_months, period=period, further=further, progress=progress
        )
    facts = (
        ("Tested", f"the last {n_months} periods ({tested.period}) to the end of {last}"),
        ("Ledger", f"number {tested.ledger_id} of the database"),
    )
    written = write_backtests(tested.results, out, settings=settings, facts=facts) if out else ()
    if state_of(ctx).is_json:
        print_json({"ledger": tested.ledger_id, "sets": [_plain(result) for result in tested.results]})
        return
    for result in tested.results:
        _print(result)
    console_out.print(f"kept as ledger {tested.ledger_id}", markup=False)
    for path in written:
        console_out.print(f"wrote {path}", markup=False)


def _print(result: BacktestResult) -> None:
    """Print the hit rates of the whole force, a table per jitter, and what follows."""
    whole = result.summary[result.summary["scope"] == "force"]
    for jitter_m in whole["jitter_m"].unique().tolist():
        part = whole[whole["jitter_m"] == jitter_m]
        rates = part.pivot_table(index="candidate", columns="budget", values="hit_rate", sort=False)
        moved = f"incidents moved by {jitter_m:g} m" if jitter_m else "incidents as written"
        table = Table("way of ranking", *map(str, rates.columns), title=f"{result.scoring_set}: hit rate, {moved}")
        for candidate, row in rates.iterrows():
            table.add_row(str(candidate), *(f"{rate:.3f}" for rate in row))
        console_out.print(table)
    console_out.print(result.reason, markup=False)


def _plain(result: BacktestResult) -> dict[str, object]:
    return {
        "scoring_set": result.scoring_set,
        "chosen": result.chosen,
        "reason": result.reason,
        "summary": result.summary.to_dict("records"),
    }
