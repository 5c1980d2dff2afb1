"""Profiles in depth: the nation, hints, ambient rates, neighbours, the watch list, concentration, quality."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from domain.areas import PeopleVariable
from profiles.community import build_profiles
from profiles.hints import HINTS
from profiles.results import ProfileResult
from spatialstats.contiguity import contiguity
from spatialstats.shrinkage import spatial_empirical_bayes

LAST = 2025 * 12 + 11
CODES = [f"S{i}" for i in range(6)]
RESIDENTS = np.array([1000.0, 2000.0, 1500.0, 800.0, 1200.0, 900.0])
KINDS = pd.DataFrame(
    {
        "kind_id": [1, 2, 3, 4, 5, 6],
        "source": "police.uk street",
        "category": ["Anti-social behaviour", "Shoplifting", "Drugs", "Burglary", "Robbery", "Violent crime"],
        "kind": ["asb", "minor_crime", "other", "other", "other", "other"],
        "is_street": [True, False, False, False, False, False],
        "is_officer_generated": [False, False, True, False, False, False],
        "weight": 1.0,
    }
)
VARIABLES = (
    PeopleVariable("residents", "Usual residents", "residents", "count", "TS001", "2021", forms_segments=False),
    PeopleVariable("age_65_over", "Residents of 65 and over", "age", "share", "TS007", "2021"),
    PeopleVariable("income_deprivation", "Income deprivation", "deprivation", "score", "IoD", "2025"),
    PeopleVariable("imd_decile", "Index of Multiple Deprivation (tenth)", "deprivation", "score", "IoD", "2025"),
)


def squares() -> gpd.GeoDataFrame:
    shapes = [box(i, 0, i + 1, 1) for i in range(len(CODES))]
    return gpd.GeoDataFrame({"area_code": CODES, "area_name": CODES, "parent_code": None}, geometry=shapes, crs=27700)


def people(**extra: np.ndarray) -> pd.DataFrame:
    values = {
        "residents": (RESIDENTS, np.nan),
        "age_65_over": (0.1 * RESIDENTS * np.array([1, 1, 1, 1, 1, 4]), RESIDENTS),
        "income_deprivation": (np.linspace(0.05, 0.3, 6), np.nan),
        "imd_decile": (np.arange(1.0, 7.0), np.nan),
    } | {name: (numbers, np.nan) for name, numbers in extra.items()}
    return pd.concat(
        pd.DataFrame({"area_code": CODES, "variable": name, "numerator": n, "denominator": d})
        for name, (n, d) in values.items()
    )


def counts(rows: list[tuple[str, int, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["area_code", "age", "kind_id", "n"])
    frame["month_index"] = LAST - frame.pop("age")
    frame["is_officer_generated"] = frame["kind_id"] == 3
    return frame


ASB = [(code, age, 1, 2 + i) for age in range(24) for i, code in enumerate(CODES)]


def profile(rows: list[tuple[str, int, int, int]] | None = None, **changes: Any) -> ProfileResult:
    options: dict[str, Any] = {
        "people": people(),
        "variables": VARIABLES,
        "small_areas": squares(),
        "links": {},
        "target_areas": {},
        "small_area_key": "lsoa:2021",
        "area_counts": counts(ASB if rows is None else rows),
        "kinds": KINDS,
        "last_month_index": LAST,
        "months_available": range(LAST - 23, LAST + 1),
    }
    return build_profiles(**(options | changes))


def row(result: ProfileResult, area: str, metric: str) -> dict[str, Any]:
    found = result.metrics.query("area_code == @area and metric == @metric")
    assert len(found) == 1
    return dict(found.iloc[0])


NATION = pd.DataFrame(
    {
        "variable": ["age_65_over", "age_65_over", "income_deprivation", "imd_decile", "residents"],
        "place": ["England", "England and Wales", "England", "England", "England and Wales"],
        "n_areas": [100, 110, 100, 100, 110],
        "numerator": [18_000.0, 20_000.0, 15.0, 550.0, 100_000.0],
        "denominator": [90_000.0, 100_000.0, 100.0, 100.0, np.nan],
    }
)


def test_figures_are_set_against_the_widest_nation_that_has_one() -> None:
    result = profile(nation=NATION)
    older = row(result, "S5", "age_65_over")
    assert older["nation_estimate"] == pytest.approx(20.0)
    assert older["nation_index"] == pytest.approx(200.0)
    assert row(result, "S0", "income_deprivation")["nation_estimate"] == pytest.approx(0.15)
    residents = row(result, "S0", "residents")
    assert residents["nation_estimate"] == 100_000
    assert np.isnan(residents["nation_index"])  # a total is no yardstick
    nations = {d.metric: d.nation for d in result.definitions}
    assert (nations["age_65_over"], nations["income_deprivation"]) == ("England and Wales", "England")


def test_without_national_totals_there_is_no_national_figure() -> None:
    older = row(profile(), "S5", "age_65_over")
    assert np.isnan([older["nation_estimate"], older["nation_index"]]).all()
    assert older["state"] == "ok"


def test_a_place_in_an_order_has_no_index() -> None:
    tenth = row(profile(nation=NATION), "S0", "imd_decile")
    assert tenth["estimate"] == 1
    assert np.isnan([tenth["index"], tenth["nation_index"]]).all()


def test_a_hint_advises_only_where_its_share_stands_out() -> None:
    result = profile()
    there, elsewhere = (row(result, code, "hint_older_residents") for code in ("S5", "S0"))
    assert there["note"] == "offer print, telephone and face to face beside online"
    assert pd.isna(elsewhere["note"])
    silent = row(result, "S0", "hint_little_english")
    assert (silent["state"], silent["note"]) == ("no_data", "no loaded census table tells it")


def test_every_hint_says_what_it_cannot_tell() -> None:
    limits = {d.metric: d.limits for d in profile().definitions if d.part == "hints"}
    assert set(limits) == {hint.metric for hint in HINTS}
    assert all(len(text) > 20 for text in limits.values())


def test_rates_by_people_there_in_the_day_stand_beside_and_never_replace() -> None:
    in_day = np.array([10_000.0, 1000, 1000, 1000, 1000, 0])
    result = profile(people=people(workday_population=in_day))
    residential, ambient = row(result, "S0", "asb_rate"), row(result, "S0", "asb_rate_ambient")
    assert residential["estimate"] == pytest.approx(24.0)
    assert ambient["estimate"] == pytest.approx(2.4)
    assert "March 2021, in the pandemic" in ambient["note"]
    assert pd.isna(residential["note"])
    nobody = row(result, "S5", "asb_rate_ambient")
    assert (nobody["state"], nobody["note"]) == ("no_data", "nobody is counted here in the day, so there is no rate")
    assert row(profile(), "S0", "asb_rate_ambient_eb")["note"] == "no workday population is loaded"


def test_the_rate_by_neighbours_is_the_spatial_empirical_bayes_of_areas_that_touch() -> None:
    expected = spatial_empirical_bayes(
        [12 * (2 + i) for i in range(6)], RESIDENTS / 1000, contiguity(squares().geometry)
    )
    result = profile()
    for i, code in enumerate(CODES):
        shown = row(result, code, "asb_rate_eb_spatial")
        assert shown["estimate"] == pytest.approx(expected.rate[i])
        assert (shown["lower"], shown["upper"]) == (pytest.approx(expected.lower[i]), pytest.approx(expected.upper[i]))


def test_an_area_that_nothing_touches_keeps_its_own_rate_and_says_so() -> None:
    apart = squares()
    apart.geometry = [box(3 * i, 0, 3 * i + 1, 1) for i in range(len(CODES))]
    alone = row(profile(small_areas=apart), "S3", "asb_rate_eb_spatial")
    assert alone["note"] == "no area touches it, so its own rate stands alone"
    assert alone["estimate"] == pytest.approx(row(profile(), "S3", "asb_rate")["estimate"])


def test_without_polygons_neighbours_cannot_be_told() -> None:
    points = squares().set_geometry(squares().centroid)
    shown = row(profile(small_areas=points), "S0", "asb_rate_eb_spatial")
    assert (shown["state"], shown["note"]) == ("cannot_tell", "the boundaries do not tell which areas touch")


def test_the_watch_list_is_one_family_over_kinds_and_areas() -> None:
    rows = ASB + [("S0", age, 4, 5 if age < 12 else 1) for age in range(24)]
    rows += [("S1", age, 5, 1) for age in range(24)] + [("S2", 0, 6, 9)]
    result = profile(rows)
    burgled, robbed = row(result, "S0", "burglary_change"), row(result, "S1", "robbery_change")
    assert burgled["q_value"] < 0.001
    assert robbed["q_value"] == pytest.approx(1.0)
    appeared = row(result, "S2", "violence_change")  # a rise from nothing has no percentage, yet it is tested
    assert appeared["state"] == "cannot_tell"
    assert appeared["q_value"] < 0.05
    assert np.isnan(row(result, "S5", "robbery_change")["q_value"])
    parts = {d.metric: d.part for d in result.definitions}
    assert parts["burglary_change"] == "watch"


def test_a_watched_kind_of_which_no_source_has_a_category_is_no_data_and_not_nought() -> None:
    kinds = KINDS[KINDS["category"] != "Robbery"]
    shown = row(profile(kinds=kinds), "S0", "robbery_count")
    assert (shown["state"], shown["note"]) == ("no_data", "no loaded source has a category of robbery")
    assert np.isnan(shown["estimate"])


def test_a_force_names_its_own_watched_categories() -> None:
    result = profile([("S0", 0, 2, 7)], watch={"shop_theft": ("SHOPLIFTING",)})
    assert row(result, "S0", "shop_theft_count")["estimate"] == 7
    assert "burglary_count" not in set(result.metrics["metric"])


def test_reported_and_officer_generated_stand_side_by_side() -> None:
    result = profile([("S0", 0, 1, 30), ("S0", 0, 3, 10)])
    assert row(result, "S0", "reported_count")["estimate"] == 30
    share = row(result, "S0", "officer_generated_share")
    assert (share["estimate"], share["numerator"], share["denominator"]) == (25.0, 10, 40)
    assert share["lower"] < 25 < share["upper"]
    assert row(result, "S1", "officer_generated_share")["state"] == "no_data"


def _places(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place_id": np.arange(n), "x": 0.0, "y": 0.0, "location": None, "is_inside": True,
            "small_area_code": "S0", "patrol_code": None,
        }
    )  # fmt: skip


def _place_counts(n_by_place: list[int]) -> pd.DataFrame:
    frame = pd.DataFrame({"place_id": np.arange(len(n_by_place)), "n": n_by_place})
    return frame[frame["n"] > 0].assign(month_index=LAST, kind_id=1, is_officer_generated=False)


def test_concentration_is_told_against_what_chance_would_do() -> None:
    heaped = profile(places=_places(40), place_counts=_place_counts([60] + [1] * 20 + [0] * 19))
    top = row(heaped, "S0", "asb_top_5")
    assert top["estimate"] == pytest.approx(100 * 61 / 80)
    assert top["note"].startswith("more than chance")
    even = profile(places=_places(40), place_counts=_place_counts([2] * 40))
    assert row(even, "S0", "asb_gini")["estimate"] == pytest.approx(0.0)
    assert row(even, "S0", "asb_top_10")["note"].startswith("no more than chance")
    few = row(profile(places=_places(40), place_counts=_place_counts([5])), "S0", "asb_top_5")
    assert (few["state"], few["note"]) == ("cannot_tell", "cannot tell: needs 20 incidents on 20 known places")


def test_a_random_scatter_is_seldom_called_concentrated() -> None:
    rng = np.random.default_rng(7)
    called = 0
    for _ in range(40):
        drawn = rng.multinomial(60, [1 / 30] * 30).tolist()
        made = profile(places=_places(30), place_counts=_place_counts(drawn), rng=rng)
        called += row(made, "S0", "asb_gini")["note"].startswith("more than chance")
    assert called <= 5  # 2.5 per cent are expected; more than five of forty would be one chance in a thousand


def test_location_quality_is_shown_by_area_and_warns_where_few_have_a_point() -> None:
    audit = pd.DataFrame(
        {"area_code": ["S0", "S1"], "n": [100, 50], "n_placed": [70, 50], "n_stated": [70, 50], "n_elsewhere": [7, 0],
         "n_busiest": [30, 5]}
    )  # fmt: skip
    result = profile(quality=audit)
    placed = row(result, "S0", "placed_share")
    assert placed["estimate"] == 70
    assert placed["note"] == "under 85 %: the map of this area may mislead"
    assert row(result, "S0", "point_elsewhere_share")["estimate"] == pytest.approx(10.0)
    assert row(result, "S0", "busiest_place_share")["estimate"] == pytest.approx(100 * 30 / 70)
    assert row(result, "S2", "placed_share")["state"] == "no_data"


def test_a_change_across_a_shift_of_recording_says_so() -> None:
    levels = pd.DataFrame(
        {"geography": ["force", "force"], "kind": ["asb", "burglary"], "rank": [1, 1],
         "first_after": ["2025-03", "2020-01"]}
    )  # fmt: skip
    result = profile([*ASB, ("S0", 0, 4, 3), ("S0", 13, 4, 3)], levels=levels)
    assert row(result, "S0", "asb_change")["note"].endswith(
        "the force's level of recording changed in 2025-03, so the years are not alike"
    )
    assert "recording" not in row(result, "S0", "burglary_change")["note"]


@st.composite
def _odd_inputs(draw: st.DrawFn) -> dict[str, Any]:
    number = st.one_of(st.just(0.0), st.just(np.nan), st.floats(0, 5000, allow_nan=False).map(np.floor))
    residents = np.array(draw(st.lists(number, min_size=6, max_size=6)))
    below = np.array(draw(st.lists(number, min_size=6, max_size=6)))
    share = pd.DataFrame(
        {"area_code": CODES, "variable": "age_65_over", "denominator": below,
         "numerator": np.floor(below * draw(st.sampled_from([0, 0.5, 1])))}
    )  # fmt: skip
    held = pd.DataFrame({"area_code": CODES, "variable": "residents", "numerator": residents, "denominator": np.nan})
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from([*CODES, "GONE"]), st.integers(0, 23), st.integers(1, 6), st.integers(1, 40)),
            max_size=12,
        )
    )
    months = draw(st.sampled_from([[], [LAST], list(range(LAST - 11, LAST + 1)), list(range(LAST - 23, LAST + 1))]))
    return {
        "people": pd.concat([held, share]),
        "area_counts": counts(list({r[:3]: r for r in rows}.values())),
        "months_available": months,
        "kinds": KINDS[KINDS["kind_id"].isin(draw(st.sets(st.integers(1, 6), min_size=1)))],
    }


@settings(max_examples=40, deadline=None)
@given(_odd_inputs())
def test_whatever_comes_in_every_figure_stands_or_says_why_not(odd: dict[str, Any]) -> None:
    result = profile(**odd)
    stands = result.metrics["state"] == "ok"
    assert np.isfinite(result.metrics.loc[stands, "estimate"]).all()
    assert result.metrics.loc[~stands, ["estimate", "lower", "upper"]].isna().all().all()
    assert result.metrics.loc[~stands, "note"].str.len().gt(0).all()
    within = result.metrics[stands & result.metrics["lower"].notna() & result.metrics["upper"].notna()]
    assert (within["lower"] <= within["estimate"] + 1e-9).all()
    assert (within["estimate"] <= within["upper"] + 1e-9).all()
    assert not result.metrics.duplicated(["geography", "area_code", "metric"]).any()
