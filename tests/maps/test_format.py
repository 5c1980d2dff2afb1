"""Numbers, dates and states in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.months import LocalMonth
from maps import format as fmt


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), -float("inf")])
def test_a_missing_figure_is_words_and_never_a_number(missing):
    texts = [fmt.count(missing), fmt.decimal(missing), fmt.per_cent(missing), fmt.figure(missing, "per cent")]
    assert [*texts, fmt.times(missing), fmt.area_km2(missing)] == [fmt.MISSING] * 6
    assert fmt.interval(missing, 2.0) == ""


def test_small_shares_keep_the_digits_that_tell_them_apart():
    assert [fmt.per_cent(s).replace("\xa0", " ") for s in (0, 0.004, 0.031, 0.1, 1)] == [
        "0 %", "0.40 %", "3.1 %", "10 %", "100 %",
    ]  # fmt: skip


def test_figures_follow_their_unit():
    assert fmt.figure(1234.4, "residents") == "1,234"
    assert fmt.figure(12.34, "per cent") == "12.3\xa0%"
    assert fmt.figure(0.1234, "score") == "0.12"
    assert fmt.figure(0.0, "score") == "0"


def test_a_state_gives_its_own_words_and_its_note():
    assert fmt.state_words("no_data") == "no data"
    assert fmt.state_words("suppressed", "fewer than 10") == "suppressed: fewer than 10"
    assert fmt.state_words("cannot_tell", "Cannot tell: needs 24 months") == "Cannot tell: needs 24 months"


def test_a_period_of_one_month_is_named_once():
    assert fmt.period(LocalMonth(2025, 12), LocalMonth(2025, 12)) == "December 2025"


@settings(max_examples=80, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_every_finite_number_is_written_without_a_negative_zero_or_an_exponent(value):
    text = fmt.decimal(value)
    assert set(text) <= set("0123456789,.\N{MINUS SIGN}")
    assert not (text.startswith("\N{MINUS SIGN}") and float(text[1:].replace(",", "")) == 0)
    written = float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
    assert math.isclose(written, value, abs_tol=0.0500001, rel_tol=1e-9)
