"""Profiles of a small known place: Oldham Road, Mill Bank and Green End in two wards."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from domain.areas import PeopleVariable
from domain.errors import AnalysisError, SchemaError
from profiles.community import build_profiles
from profiles.results import ProfileResult
from spatialstats.poisson import e_test, garwood_interval
from spatialstats.shrinkage import empirical_bayes

LAST = 2025 * 12 + 11
SMALL = ("S1", "S2", "S3")
VARIABLES = (
    PeopleVariable("households_no_car", "Households without a car", "cars", "share", "TS045", "2021"),
    PeopleVariable("residents", "Usual residents", "residents", "count", "TS001", "2021", forms_segments=False),
    PeopleVariable("income", "Income deprivation", "deprivation", "score", "IoD", "2025"),
)


def areas(codes: tuple[str, ...]) -> gpd.GeoDataFrame:
    frame = {"area_code": list(codes), "area_name": [f"Name of {c}" for c in codes], "parent_code": None}
    return gpd.GeoDataFrame(frame, geometry=[Point(i, 0).buffer(1) for i in range(len(codes))], crs=27700)


def people(**changes: tuple[float, float]) -> pd.DataFrame:
    """Return values of the three areas; a keyword such as `S1_residents` changes one of them."""
    values = {
        "S1_residents": (1000, np.nan), "S2_residents": (3000, np.nan), "S3_residents": (2000, np.nan),
        "S1_households_no_car": (100, 400), "S2_households_no_car": (50, 1200), "S3_households_no_car": (30, 800),
        "S1_income": (0.4, np.nan), "S2_income": (0.2, np.nan), "S3_income": (0.1, np.nan),
    } | changes  # fmt: skip
    rows = [(*key.split("_", 1), *value) for key, value in values.items()]
    return pd.DataFrame(rows, columns=["area_code", "variable", "numerator", "denominator"])


KINDS = pd.DataFrame(
    {
        "kind_id": [1, 2, 3],
        "source": "police.uk street",
        "category": ["Anti-social behaviour", "Shoplifting", "Drugs"],
        "kind": ["asb", "minor_crime", "other"],
        "is_street": [True, False, False],
        "is_officer_generated": [False, False, True],
        "weight": 1.0,
    }
)


def counts(rows: list[tuple[str, int, int, int]]) -> pd.DataFrame:
    """Return counts from (area, months before the last, kind, number)."""
    frame = pd.DataFrame(rows, columns=["area_code", "age", "kind_id", "n"])
    frame["month_index"] = LAST - frame.pop("age")
    frame["is_officer_generated"] = frame["kind_id"] == 3
    return frame


STEADY = counts(
    [(area, age, 1, n) for age in range(24) for area, n in (("S1", 4), ("S2", 3), ("S3", 1))]
    + [("S1", 0, 2, 7), ("S2", 3, 2, 2), ("S1", 1, 3, 5)]
)
LINKS = pd.DataFrame({"source_code": SMALL, "target_code": ["W1", "W1", "W2"], "share": 1.0})


def profile(**changes: Any) -> ProfileResult:
    options: dict[str, Any] = {
        "people": people(),
        "variables": VARIABLES,
        "small_areas": areas(SMALL),
        "links": {"ward:2025": LINKS},
        "target_areas": {"ward:2025": areas(("W1", "W2"))},
        "small_area_key": "lsoa:2021",
        "area_counts": STEADY,
        "kinds": KINDS,
        "last_month_index": LAST,
        "months_available": range(LAST - 23, LAST + 1),
    }
    return build_profiles(**(options | changes))


def figure(result: ProfileResult, area: str, metric: str) -> dict[str, Any]:
    rows = result.metrics.query("area_code == @area and metric == @metric")
    assert len(rows) == 1
    return dict(rows.iloc[0])


def test_a_ward_passes_numerator_and_denominator_through_the_same_link() -> None:
    result = profile()
    ward = figure(result, "W1", "households_no_car")
    assert (ward["numerator"], ward["denominator"]) == (150, 1600)
    assert ward["estimate"] == pytest.approx(100 * 150 / 1600)
    assert ward["force_estimate"] == pytest.approx(100 * 180 / 2400)
    assert ward["index"] == pytest.approx(100 * ward["estimate"] / ward["force_estimate"])
    rate = figure(result, "W1", "asb_rate")
    assert (rate["numerator"], rate["denominator"]) == (84, 4000)
    assert rate["estimate"] == pytest.approx(21.0)


def test_residents_are_summed_and_scores_are_means_by_residents() -> None:
    result = profile()
    assert figure(result, "W1", "residents")["estimate"] == 4000
    assert figure(result, "W1", "residents")["force_estimate"] == 6000
    assert figure(result, "W1", "income")["estimate"] == pytest.approx((0.4 * 1000 + 0.2 * 3000) / 4000)
    assert np.isnan(figure(result, "W1", "income")["numerator"])


def test_rates_carry_the_exact_and_the_posterior_interval() -> None:
    result = profile()
    exposure = np.array([1.0, 3.0, 2.0])
    lower, upper = garwood_interval([48, 36, 12], exposure)
    shrunk = empirical_bayes([48, 36, 12], exposure)
    for i, area in enumerate(SMALL):
        crude, steadied = figure(result, area, "asb_rate"), figure(result, area, "asb_rate_eb")
        assert (crude["lower"], crude["upper"]) == (pytest.approx(lower[i]), pytest.approx(upper[i]))
        assert steadied["estimate"] == pytest.approx(shrunk.rate[i])
        assert (steadied["lower"], steadied["upper"]) == (
            pytest.approx(shrunk.lower[i]),
            pytest.approx(shrunk.upper[i]),
        )
        assert crude["force_estimate"] == pytest.approx(96 / 6)


def test_officer_generated_records_are_counted_beside_and_never_within() -> None:
    result = profile()
    assert figure(result, "S1", "officer_generated_count")["estimate"] == 5
    assert figure(result, "S1", "minor_crime_count")["estimate"] == 7
    flagged = STEADY.assign(is_officer_generated=True)
    assert figure(profile(area_counts=flagged), "S1", "asb_count")["estimate"] == 0


def test_only_the_last_twelve_months_are_counted() -> None:
    late = pd.concat([STEADY, counts([("S1", 12, 2, 500), ("S1", -1, 2, 500)])])
    assert figure(profile(area_counts=late), "S1", "minor_crime_count")["estimate"] == 7


def test_change_is_told_with_its_interval_and_whether_it_is_beyond_chance() -> None:
    rows = [("S1", age, 1, 9 if age < 12 else 3) for age in range(24)]
    rows += [("S2", age, 1, 3) for age in range(24)]
    change = profile(area_counts=counts(rows))
    rise, same, none = (figure(change, area, "asb_change") for area in SMALL)
    assert rise["estimate"] == pytest.approx(200.0)
    assert (rise["numerator"], rise["denominator"]) == (108, 36)
    assert rise["lower"] < 200 < rise["upper"]
    assert rise["note"].startswith("beyond chance")
    assert float(e_test(108, 36)) < 1e-6
    assert same["estimate"] == 0
    assert same["note"].startswith("within chance")
    assert (none["state"], none["note"]) == ("cannot_tell", "none in either year")


def test_a_rise_from_nothing_has_no_percentage() -> None:
    appeared = figure(profile(area_counts=counts([("S1", 0, 1, 5)])), "S1", "asb_change")
    assert (appeared["state"], appeared["numerator"]) == ("cannot_tell", 5)
    assert np.isnan(appeared["estimate"])


@pytest.mark.parametrize("missing", [range(LAST - 23, LAST - 11), range(LAST - 15, LAST - 14), range(LAST - 5, LAST)])
def test_change_cannot_be_told_when_any_of_24_months_is_missing(missing) -> None:
    available = sorted(set(range(LAST - 23, LAST + 1)) - set(missing))
    result = profile(months_available=available)
    rows = result.metrics[result.metrics["metric"] == "asb_change"]
    assert set(rows["state"]) == {"cannot_tell"}
    assert rows["note"].str.startswith("cannot tell: needs 24 months").all()


def test_fewer_than_twelve_months_are_scaled_to_a_year_and_say_so() -> None:
    six = STEADY[STEADY["month_index"] > LAST - 6]
    rate = figure(profile(area_counts=six, months_available=range(LAST - 5, LAST + 1)), "S1", "asb_rate")
    assert rate["estimate"] == pytest.approx(48.0)
    assert rate["numerator"] == 24
    assert rate["note"] == "scaled to a year from 6 of the last 12 months"


def test_no_month_at_all_is_no_data_and_never_zero() -> None:
    result = profile(area_counts=STEADY.iloc[:0], months_available=[])
    for metric in ("asb_count", "asb_rate", "asb_rate_eb"):
        assert figure(result, "S1", metric)["state"] == "no_data"
        assert np.isnan(figure(result, "S1", metric)["estimate"])


def test_an_area_without_residents_has_a_count_but_no_rate() -> None:
    result = profile(people=people(S1_residents=(0, np.nan)))
    assert figure(result, "S1", "asb_count")["estimate"] == 48
    for metric in ("asb_rate", "asb_rate_eb"):
        rate = figure(result, "S1", metric)
        assert (rate["state"], rate["note"]) == ("no_data", "nobody lives here, so there is no rate")
        assert np.isnan([rate[c] for c in ("estimate", "lower", "upper", "index", "force_estimate")]).all()
    assert figure(result, "W1", "asb_rate")["denominator"] == 3000
    assert figure(result, "S1", "income")["state"] == "no_data"


def test_a_share_of_nobody_is_no_data() -> None:
    share = figure(profile(people=people(S1_households_no_car=(0, 0))), "S1", "households_no_car")
    assert share["state"] == "no_data"
    assert np.isnan(share["estimate"])


def test_a_value_that_is_not_loaded_is_no_data_and_the_ward_says_what_it_rests_on() -> None:
    partial = people()
    partial = partial[~((partial["area_code"] == "S1") & (partial["variable"] == "households_no_car"))]
    result = profile(people=partial)
    assert figure(result, "S1", "households_no_car")["state"] == "no_data"
    ward = figure(result, "W1", "households_no_car")
    assert (ward["denominator"], ward["note"]) == (1200, "known for 1 of its 2 small areas")


def test_without_any_people_there_are_counts_but_no_rates() -> None:
    result = profile(people=people().iloc[:0], variables=())
    assert figure(result, "W1", "residents")["state"] == "no_data"
    assert figure(result, "W1", "asb_rate")["note"] == "the number of residents is not known"
    assert figure(result, "W1", "asb_count")["estimate"] == 84


def test_a_target_area_without_small_areas_has_no_data() -> None:
    result = profile(target_areas={"ward:2025": areas(("W1", "W2", "W3"))})
    rows = result.metrics.query("area_code == 'W3' and metric in ['residents', 'households_no_car', 'asb_rate']")
    assert set(rows["state"]) == {"no_data"}


def test_every_figure_stands_or_says_why_not() -> None:
    result = profile(people=people(S2_residents=(0, np.nan), S3_households_no_car=(0, 0)))
    stands = result.metrics["state"] == "ok"
    assert np.isfinite(result.metrics.loc[stands, "estimate"]).all()
    assert result.metrics.loc[~stands, "estimate"].isna().all()
    assert result.metrics.loc[~stands, "note"].notna().all()
    assert not result.metrics.duplicated(["geography", "area_code", "metric"]).any()
    assert set(result.metrics["metric"]) == {d.metric for d in result.definitions}


def test_the_small_areas_of_the_force_add_up_in_every_geography() -> None:
    metrics = profile().metrics
    for metric in ("residents", "asb_count", "minor_crime_count"):
        sums = metrics[metrics["metric"] == metric].groupby("geography")["estimate"].sum()
        assert sums["lsoa:2021"] == pytest.approx(sums["ward:2025"], rel=1e-9)


def test_the_order_of_the_input_rows_does_not_matter() -> None:
    shuffled = profile(
        people=people().sample(frac=1, random_state=1),
        small_areas=areas(SMALL[::-1]),
        area_counts=STEADY.sample(frac=1, random_state=2),
        links={"ward:2025": LINKS.iloc[::-1]},
    )
    pd.testing.assert_frame_equal(shuffled.metrics, profile().metrics)


def test_definitions_name_source_and_period() -> None:
    by_metric = {d.metric: d for d in profile().definitions}
    assert next(iter(by_metric)) == "residents"
    assert by_metric["asb_rate"].period == "2025-01 to 2025-12"
    assert by_metric["asb_rate"].source == "police.uk street"
    assert by_metric["households_no_car"].unit == "per cent"


def test_contradicting_people_values_are_named_together() -> None:
    doubled = pd.concat([people(S2_households_no_car=(-1, 10)), people().iloc[:1]])
    with pytest.raises(SchemaError) as caught:
        profile(people=doubled)
    text = " ".join(map(str, caught.value.faults))
    assert "S1 has two values of residents" in text
    assert "S2 has a negative share of households_no_car" in text


def test_no_small_areas_and_links_without_areas_are_refused() -> None:
    with pytest.raises(AnalysisError, match="no small areas"):
        profile(small_areas=areas(()))
    with pytest.raises(AnalysisError, match="no areas of it"):
        profile(target_areas={})
