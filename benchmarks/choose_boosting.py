"""
Choose the setting of Poisson boosting on Cheshire from February 2016 to February 2017 alone.

Stated before it was run: a grid of eight settings; antisocial behaviour, and with minor crime; incidents thinned by
chance to the level of 2025 (antisocial behaviour to 22 %, minor crime to 90 %), two draws; May 2016 to February 2017
forecast each from the months before it; one origin of the grid. A setting's figure is its hit rate over that of the
blend, the mean over both sets, both draws and 1, 2 and 5 % of the area. The highest is chosen; of settings within a
thousandth of it, that with the fewest leaves in all (trees times leaves), then the fewest target months.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from accuracy import SEED, read_cheshire

from domain.incidents import ScoringSet
from domain.months import LocalMonth
from hotspots.backtest import backtest
from hotspots.candidates import Blend, Candidate, PriorCounts
from hotspots.cell_candidates import PoissonBoosting

_LAST, _TEST_MONTHS = LocalMonth(2017, 2), 10
_BUDGETS = ("1 %", "2 %", "5 %")
_KEPT = {"asb": 0.22, "minor_crime": 0.90}
_TARGET_MONTHS, _TREES, _LEAVES = (3, 6), (40, 80), (4, 8)


def thinned(tables: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Return the tables with each incident kept by the chance of its kind."""
    kind = tables["place_counts"]["kind_id"].map(tables["kinds"].set_index("kind_id")["kind"])
    kept = rng.binomial(tables["place_counts"]["n"], kind.map(_KEPT).fillna(1.0))
    counts = tables["place_counts"].assign(n=kept)
    return {**tables, "place_counts": counts[counts["n"] > 0].reset_index(drop=True)}


def rates(tables: dict[str, Any], candidate: Candidate) -> pd.Series:
    """Return the hit rate of a candidate by set and budget."""
    found = {}
    candidates = (PriorCounts(), candidate)
    for scoring_set in (ScoringSet.STREET, ScoringSet.ASB_MINOR):
        summary = backtest(
            **tables, scoring_set=scoring_set, last_month_index=_LAST.index, test_months=_TEST_MONTHS, capacity=60,
            radius_m=141.0, origins=[(0.0, 0.0)], candidates=candidates, rng=np.random.default_rng(SEED),
        ).summary.set_index(["candidate", "budget"])["hit_rate"]  # fmt: skip
        found |= {(str(scoring_set), budget): float(summary[candidate.name, budget]) for budget in _BUDGETS}
    return pd.Series(found)


def chosen(table: pd.DataFrame) -> pd.Series:
    """Return the row that the stated rule takes."""
    near = table[table["over_blend"] >= table["over_blend"].max() - 0.001]
    size = near["trees"] * near["leaves"]
    return near.assign(size=size).sort_values(["size", "target_months"], kind="stable").iloc[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("REDZONES_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help="Folder of the real data.")
    tables = read_cheshire(parser.parse_args().data / "cheshire", files="201[67]-*-cheshire-street.csv.gz")
    draws = [thinned(tables, np.random.default_rng([SEED, draw])) for draw in (1, 2)]
    blends = [rates(draw, Blend()) for draw in draws]
    rows = []
    for target_months, trees, leaves in itertools.product(_TARGET_MONTHS, _TREES, _LEAVES):
        began = time.process_time()
        setting = PoissonBoosting(target_months=target_months, n_trees=trees, most_leaves=leaves)
        ratios = [rates(draw, setting) / blend for draw, blend in zip(draws, blends, strict=True)]
        by_set = pd.concat(ratios).groupby(level=0).mean()
        row = (target_months, trees, leaves, pd.concat(ratios).mean(), *by_set, time.process_time() - began)
        print("target months {}, trees {}, leaves {}: {:.4f} (asb_minor {:.4f}, street {:.4f}), {:.0f} s".format(*row))
        rows.append(row)
    table = pd.DataFrame(
        rows, columns=["target_months", "trees", "leaves", "over_blend", "asb_minor", "street", "cpu_s"]
    )
    best = chosen(table)
    print(f"chosen: {best['target_months']:g} target months, {best['trees']:g} trees of {best['leaves']:g} leaves")


if __name__ == "__main__":
    main()
