"""`redzones areas`: how the areas of two geographies overlap, and counts carried over from one to the other."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from domain.areas import GeographyKey
from redzones.cli.context import console_out, engine_of, print_frame, print_json, settings_of, state_of

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Compare the boundaries of the police with those of partners.")

Source = Annotated[str, typer.Option("--from", help="Geography whose areas are split, such as unit:2025.")]
Target = Annotated[str, typer.Option("--to", help="Geography into which they are split, such as ward:2025.")]


class SplitBy(StrEnum):
    """What counts are split by."""

    RESIDENTS = "residents"
    GROUND = "ground"


@app.command()
def overlap(
    ctx: typer.Context,
    source: Source,
    target: Target,
    least: Annotated[float, typer.Option(help="Leave out overlaps with less than this share of both.")] = 0.001,
) -> None:
    """
    Tell which part of each area lies in which area of another geography: share of its residents and of its ground.

    Example: redzones areas overlap --from unit:2025 --to ward:2025
    """
    from db.overlaps import area_overlaps

    small_area = GeographyKey.parse(settings_of(ctx).geography.small_area)
    keys = GeographyKey.parse(source), GeographyKey.parse(target)
    with engine_of(ctx).connect() as connection:
        found = area_overlaps(connection, *keys, small_area=small_area)
    shares = ["share_of_residents", "share_of_ground"]
    found = found[found[shares].fillna(0.0).ge(least).any(axis=1)]
    if state_of(ctx).is_json:
        print_json(found.astype(object).where(found.notna(), None).to_dict("records"))
        return
    table = Table("area", f"in {target}", "of its residents", "of its ground")
    for row in found.astype(object).where(found.notna(), None).to_dict("records"):
        within = f"{row['target_name']} ({row['target_code']})" if row["target_code"] else "no such area"
        residents = "not known" if row["share_of_residents"] is None else f"{row['share_of_residents']:.1%}"
        table.add_row(
            f"{row['source_name']} ({row['source_code']})", within, residents, f"{row['share_of_ground']:.1%}"
        )
    console_out.print(table)


@app.command()
def dates(
    ctx: typer.Context,
    geography: Annotated[str | None, typer.Argument(help="Geography to date; without it, all are listed.")] = None,
    valid_from: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day on which it is in force; open if not given."),
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day on which it is in force; open if not given.")
    ] = None,
) -> None:
    """
    Say from when to when a geography is in force, or list what was said.

    Two vintages that hold the same codes on the same days are refused, and so is a refresh of a month for which another
    vintage is in force.

    Example: redzones areas dates ward:2019 --valid-from 2019-05-02 --valid-to 2025-04-30
    """
    from db.geography_dates import date_geography, geography_dates

    if geography is None:
        with engine_of(ctx).connect() as connection:
            print_frame(ctx, geography_dates(connection))
        return
    with engine_of(ctx).begin() as connection:
        said = date_geography(
            connection,
            GeographyKey.parse(geography),
            valid_from=valid_from.date() if valid_from else None,
            valid_to=valid_to.date() if valid_to else None,
        )
    if state_of(ctx).is_json:
        print_json({"said": said})
        return
    console_out.print(said, markup=False)


@app.command()
def rebase(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with area_code, any keys, and columns of counts.")],
    out: Annotated[Path, typer.Option(help="CSV to write.")],
    source: Source,
    target: Target,
    key: Annotated[list[str] | None, typer.Option(help="Column that keeps counts apart, such as month.")] = None,
    by: Annotated[SplitBy, typer.Option(help="Split by residents or by ground.")] = SplitBy.RESIDENTS,
) -> None:
    """
    Carry a table of counts over to other boundaries. Totals stay as they are; an empty area_code is what lies in none.

    Example: redzones areas rebase counts.csv --from ward:2019 --to ward:2025 --key month --out rebased.csv
    """
    from db.overlaps import area_overlaps, rebase_counts
    from sources.area_counts import read_area_counts

    keys = tuple(key or ())
    counts, values = read_area_counts(file, keys=keys)
    small_area = GeographyKey.parse(settings_of(ctx).geography.small_area)
    with engine_of(ctx).connect() as connection:
        overlaps = area_overlaps(
            connection, GeographyKey.parse(source), GeographyKey.parse(target), small_area=small_area
        )
    rebased = rebase_counts(counts, overlaps, values=values, by=by.value, keys=keys)
    rebased.to_csv(out, index=False, lineterminator="\n")
    console_out.print(f"{out}: {len(rebased):,} rows from {len(counts):,}; totals are the same", markup=False)
