"""The page of the back-test: charts with table twins, and differences that say in words when they may be luck."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hotspots.results import BacktestResult
from maps.backtest_views import backtest_view
from maps.charts import interval_chart, line_chart
from maps.lookup import index_site
from maps.page_builders import PageBuilder
from maps.render import render

MONTHS = ["2025-10", "2025-11", "2025-12"]
#: Gain over the best plain count with its interval, by way of ranking.
GAINS = {
    "prior counts, 12 months": (0.0, 0.0, 0.0),
    "blend": (0.06, 0.02, 0.09),
    "decayed counts": (0.01, -0.01, 0.03),
    "kernel density": (-0.08, -0.11, -0.04),
}


def made_result(*, jitters=(0.0, 35.0), scopes=("force", "built-up")) -> BacktestResult:
    rows = [
        {"candidate": name, "setting": "as it is", "month": month, "budget": budget, "area_share": share,
         "n_events": 100, "hits": 40 * (1 + gain[0]), "hit_rate": 0.4 * (1 + gain[0]) - j / 1000, "pai": 40.0,
         "pei": 0.6, "rri": 1.1, "scope": scope, "jitter_m": j, "share_of_seen": 0.9}
        for scope in scopes for j in jitters for budget, share in (("capacity", 0.004), ("1 %", 0.01))
        for name, gain in GAINS.items() for month in MONTHS
    ]  # fmt: skip
    ledger = pd.DataFrame(rows)
    keys = ["candidate", "setting", "budget", "area_share", "scope", "jitter_m"]
    means = ledger.groupby(keys, sort=False)[["hit_rate", "pai", "pei", "rri", "share_of_seen"]].mean().reset_index()
    gains = [GAINS[name] for name in means["candidate"]]
    summary = means.assign(
        n_months=3, n_events=300, hit_rate_lower=means["hit_rate"] - 0.02, hit_rate_upper=means["hit_rate"] + 0.02,
        gain_over_counts=[g[0] for g in gains], gain_lower=[g[1] for g in gains], gain_upper=[g[2] for g in gains],
    )  # fmt: skip
    return BacktestResult("street", ledger, summary, "blend", "The blend won.")


@pytest.fixture
def page(content) -> str:
    with_test = replace(content, backtests={"street": made_result()})
    return render("backtest.html.j2", PageBuilder(index_site(with_test), ()).backtest())


def test_every_difference_says_in_words_what_it_is_worth() -> None:
    verdicts = {d.candidate: d.verdict for d in backtest_view(made_result()).differences if d.budget == "capacity"}
    assert verdicts["blend"] == "clearly better than the best plain count"
    assert verdicts["decayed counts"] == "not significant: the interval holds zero"
    assert verdicts["kernel density"] == "clearly worse than the best plain count"
    assert verdicts["prior counts, 12 months"].startswith("the best plain count")


def test_the_page_has_a_chart_and_a_table_for_every_budget(page: str) -> None:
    for words in ("on the ground that patrol can cover", "on 1 % of the area"):
        assert f"Hit rate by month {words}" in page
    assert page.count("<svg viewBox") == 3
    assert page.count("<details>") == 2
    for month in MONTHS:
        assert f'<th scope="row">{month}</th>' in page


def test_the_page_says_not_significant_and_shows_moved_points_and_built_up_ground(page: str) -> None:
    assert "not significant" in page
    assert "moved by 35 m" in page
    assert "Built-up ground: hit rate by area budget." in page
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page).lower()


def test_lines_are_the_used_way_the_best_plain_count_and_the_best_other_way() -> None:
    columns = backtest_view(made_result()).charts[0].columns
    assert columns == ("blend (used)", "prior counts, 12 months")
    plain = replace(made_result(), chosen="prior counts, 12 months")
    assert backtest_view(plain).charts[0].columns == ("prior counts, 12 months (used)", "blend")


def test_a_ledger_of_old_without_scopes_and_jitters_still_has_a_page() -> None:
    made = made_result(jitters=(0.0,), scopes=("force",))
    new = ["scope", "jitter_m"]
    old = replace(made, ledger=made.ledger.drop(columns=new), summary=made.summary.drop(columns=new))
    view = backtest_view(old)
    assert len(view.charts) == 2
    assert view.moved == ()
    assert len(view.scopes) == 1


def test_a_past_too_short_has_a_reason_and_no_chart() -> None:
    made = made_result()
    empty = BacktestResult(
        "street", made.ledger.iloc[:0], made.summary.iloc[:0], "prior counts, 12 months", "Too short."
    )
    view = backtest_view(empty)
    assert (view.charts, view.differences, view.differences_chart) == ((), (), None)
    assert view.accuracy.reason == "Too short."


def test_a_period_without_a_figure_breaks_the_line_and_the_table_stays_empty_there() -> None:
    made = made_result()
    gap = (made.ledger["month"] == "2025-11") & (made.ledger["candidate"] == "blend")
    holed = replace(made, ledger=made.ledger.assign(hit_rate=made.ledger["hit_rate"].mask(gap, np.nan)))
    chart = backtest_view(holed).charts[0]
    assert len(chart.chart.series[0].runs) == 2
    assert "nan" not in str(chart.rows).lower()


def test_a_line_ends_at_the_top_for_the_greatest_value_and_at_the_foot_for_none() -> None:
    chart = line_chart({"a": [0.0, 1.0]}, ["first", "last"], top=1.0, ticks={0.0: "0", 1.0: "1"})
    (low, high) = (y for _, y in chart.series[0].dots)
    assert [low, high] == [y for y, _ in chart.ticks]


def test_an_interval_is_drawn_around_its_estimate_and_on_its_side_of_zero() -> None:
    chart = interval_chart([("a", 3.0, 1.0, 4.0, "better", "better"), ("b", -2.0, -5.0, 1.0, "unclear", "unclear")])
    better, unclear = chart.marks
    assert chart.zero < better.x_lower < better.x < better.x_upper
    assert unclear.x_lower < unclear.x < chart.zero < unclear.x_upper
    assert [text for _, text in chart.ticks] == ["-5 %", "0 %", "+5 %"]
