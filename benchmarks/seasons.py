"""
The same season of earlier years, in the ledger of Demoshire with 48 months: two of thirty hot spots return in summer.

Nothing is tuned here: the candidate has no constant of its own, and the county is the one of every demo, drawn over a
longer time.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from accuracy import SEED, open_data_tables

from domain.crs import BRITISH_NATIONAL_GRID
from domain.incidents import ScoringSet
from hotspots.backtest import backtest
from redzones.demoshire import write_county


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=48, help="Months of data.")
    n_months = parser.parse_args().months
    with tempfile.TemporaryDirectory() as folder:
        files = write_county(Path(folder), n_months=n_months, n_incidents=2_500 * n_months)
        areas = pd.concat([gpd.read_file(file) for file in files.lsoa_boundaries]).to_crs(BRITISH_NATIONAL_GRID)
        rows = pd.concat([pd.read_csv(file) for file in files.street]).dropna(subset=["Longitude"])
        tables = open_data_tables(
            rows, shapely.union_all(areas.geometry.to_numpy()), also_street={"Criminal damage and arson"}
        )
    result = backtest(
        **tables, scoring_set=ScoringSet.STREET, last_month_index=files.last_month.index, test_months=12, capacity=20,
        radius_m=141.0, rng=np.random.default_rng(SEED),
    )  # fmt: skip
    rates = result.summary.pivot_table(index="candidate", columns="budget", values="hit_rate", sort=False)
    print(rates.to_string(float_format="%.4f"))
    print(result.reason)


if __name__ == "__main__":
    main()
