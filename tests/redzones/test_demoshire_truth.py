"""The planted truth agrees with the incidents, and looks like what real data show."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from domain.crs import transform_points
from domain.months import LocalMonth, month_range
from redzones.demoshire import CountyFiles, write_county
from redzones.demoshire.clock import HourSampler, intervals, planted_week, usual_week
from redzones.demoshire.planted import CATEGORIES, HOURS

ASB = "Anti-social behaviour"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> CountyFiles:
    return write_county(tmp_path_factory.mktemp("demoshire"))


@pytest.fixture(scope="module")
def street(files) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path) for path in files.street], ignore_index=True)


@pytest.fixture(scope="module")
def log(files) -> pd.DataFrame:
    frame = pd.read_csv(files.force_log).dropna(subset=["easting", "from"])
    frame["begins"] = pd.to_datetime(frame["from"], format="%d/%m/%Y %H:%M")
    frame["is_asb"] = frame["closing_class"].str.startswith("ASB ")
    return frame


@pytest.fixture(scope="module")
def spots(files) -> list[dict]:
    text = (files.truth / "planted_hot_spots.geojson").read_text(encoding="utf-8")
    return json.loads(text)["features"]


def _areas_km2(files: CountyFiles) -> float:
    features = [f for path in files.lsoa_boundaries for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    whole = shapely.geometrycollections([shapely.geometry.shape(f["geometry"]) for f in features])
    return _in_metres(whole).area / 1e6


def _metres(feature: dict):
    return _in_metres(shapely.geometry.shape(feature["geometry"]))


def _in_metres(shape):
    def to_grid(xy):
        x, y = transform_points(xy[:, 0], xy[:, 1], source_epsg=4326, target_epsg=27700)
        return np.column_stack([x, y])

    return shapely.transform(shape, to_grid)


def test_the_default_county_has_the_size_that_was_promised(files, street):
    assert len(street) == 60_000
    assert street["Month"].nunique() == 24
    assert len(pd.read_csv(files.truth / "planted_groups.csv")) == 300
    points = street.groupby(["Longitude", "Latitude"]).size()
    assert 5 < points.mean() < 11
    assert 200 < points.max() < 1500


def test_one_per_cent_of_the_area_holds_a_realistic_share_of_asb(files, log):
    asb = log[log["is_asb"]]
    cells = asb.groupby([asb["easting"] // 250, asb["northing"] // 250]).size().sort_values(ascending=False)
    share = cells.head(int(0.01 * _areas_km2(files) / 0.25**2)).sum() / len(asb)
    assert 0.35 < share < 0.50


def test_asb_peaks_in_summer_and_is_least_in_winter(street):
    months = street[street["Crime type"] == ASB].groupby(street["Month"].str[5:]).size()
    assert months.idxmax() in {"06", "07", "08"}
    assert months.idxmin() in {"12", "01", "02"}


def test_about_thirty_hot_spots_hold_the_share_of_asb_that_was_planted(spots, street, log):
    assert len(spots) == 30
    planted = sum(f["properties"]["n_asb"] for f in spots) / (street["Crime type"] == ASB).sum()
    assert 0.18 < planted < 0.26
    ground = shapely.union_all([_metres(f) for f in spots])
    asb = log[log["is_asb"]]
    found = shapely.contains_xy(ground, asb["easting"], asb["northing"]).mean()
    assert 0.85 * planted < found < 1.35 * planted
    assert ground.area / 1e6 < 3


def test_hot_spots_come_go_and_return_as_the_truth_says(files, spots):
    months = [str(m) for m in month_range(files.first_month, files.last_month)]
    fates = {f["properties"]["fate"] for f in spots}
    assert fates == {"steady", "drifts", "begins", "ends", "summers"}
    for feature in spots:
        own = feature["properties"]
        hot = [n for month, n in zip(months, own["n_by_month"], strict=True) if month in own["active_months"]]
        assert sum(hot) == own["n_incidents"]
        assert (len(hot) == 24) == (own["fate"] in {"steady", "drifts"})


def test_hot_spots_are_lines_corners_clouds_and_single_addresses(spots):
    shapes = pd.Series([f["properties"]["shape"] for f in spots]).value_counts()
    assert set(shapes.index) == {"cloud", "line", "corner", "point"}
    for feature in spots:
        own, ground = feature["properties"], _metres(feature)
        assert ground.area == pytest.approx(np.pi * own["radius_m"] ** 2, rel=0.01)
        if own["shape"] == "point":
            assert own["radius_m"] < 12
        if own["fate"] == "drifts":
            assert np.hypot(own["drift_east_m"], own["drift_north_m"]) > 150


def test_hot_hours_are_recovered_from_the_log(files, spots, log):
    hours = pd.read_csv(files.truth / "planted_hot_hours.csv")
    assert set(hours["hours"]) == set(HOURS) - {"any hour"}
    of_week = 24 * log["begins"].dt.day_of_week + log["begins"].dt.hour
    for feature in spots[:6]:
        own = hours[hours["hot_spot_id"] == feature["properties"]["hot_spot_id"]]
        planted = {(24 * r.weekday + h) % 168 for r in own.itertuples() for h in range(r.begin_hour, r.end_hour)}
        here = shapely.contains_xy(_metres(feature), log["easting"], log["northing"])
        inside, outside = of_week[here].isin(planted).mean(), of_week[~here].isin(planted).mean()
        assert inside > 1.8 * outside


def test_planted_groups_show_in_the_tables_but_overlap(files):
    groups = pd.read_csv(files.truth / "planted_groups.csv").set_index("area_code")["group"]
    assert groups.value_counts().min() >= 6  # 2 % of areas
    assert groups.nunique() == 6
    by_name = {path.stem: path for path in files.people}
    cars = pd.read_csv(by_name["census2021-ts045-lsoa"], index_col="geography code")
    none = cars["Number of cars or vans: No cars or vans in household"] / cars.iloc[:, 2]
    means = none.groupby(groups).mean()
    assert means["town_centre_flats"] > means["estates"] > means["established_suburbs"] > means["villages"]
    assert none[groups == "established_suburbs"].max() > none[groups == "estates"].min()


def test_deprivation_follows_hardship_and_its_crime_domain_follows_crime(files, street):
    imd = pd.read_csv(files.people[-1], index_col="lsoa21_code")
    groups = pd.read_csv(files.truth / "planted_groups.csv").set_index("area_code")["group"]
    score = imd["IMD_score"].groupby(groups).mean()
    assert score["estates"] > score["established_suburbs"] > score["new_suburbs"]
    counts = street["LSOA code"].value_counts().reindex(imd.index).fillna(0)
    assert 0.3 < imd["Crime_score"].corr(counts, method="spearman") < 0.95


def test_some_local_times_fall_into_the_hours_when_clocks_change(log):
    assert (log["begins"].dt.floor("h") == pd.Timestamp(2025, 10, 26, 1)).sum() >= 1
    assert (log["begins"].dt.floor("h") == pd.Timestamp(2025, 3, 30, 1)).sum() >= 1


def test_drawn_times_stay_in_their_month_and_follow_the_week():
    rng = np.random.default_rng(5)
    times = pd.Series(HourSampler(LocalMonth(2025, 2)).draw(planted_week("after school"), 3000, rng=rng))
    assert (times.dt.strftime("%Y-%m") == "2025-02").all()
    assert times.dt.day_of_week.max() == 4
    assert set(times.dt.hour) == {15, 16, 17}
    assert (times.dt.minute % 5 == 0).mean() == pytest.approx(0.4 + 0.6 / 5, abs=0.04)


def test_planted_hours_over_midnight_belong_to_the_next_day():
    week = planted_week("weekend nights").reshape(7, 24)
    assert week[5, 0] > 0
    assert week[6, 2] > 0
    assert week[6, 3] == 0
    assert week[4, 20] == 0
    assert week.sum() == pytest.approx(1)


@pytest.mark.parametrize("category", CATEGORIES)
def test_usual_weeks_are_positive_and_sum_to_one(category):
    week = usual_week(category)
    assert week.shape == (168,)
    assert week.min() > 0
    assert week.sum() == pytest.approx(1)


def test_reported_intervals_hold_the_true_time_and_begin_in_its_month():
    rng = np.random.default_rng(1)
    happened = np.datetime64("2025-06-01T00:30") + rng.integers(0, 40_000, size=800).astype("timedelta64[m]")
    begins, ends = intervals(np.array(["Burglary"] * 800), happened, rng=rng)
    assert (begins <= happened).all()
    assert (happened <= ends).all()
    assert (begins.astype("datetime64[M]") == happened.astype("datetime64[M]")).all()
    assert 0.5 < (ends > begins).mean() < 0.7
    assert (ends - begins).max() <= np.timedelta64(28 * 60, "m")
    instant_begins, instant_ends = intervals(np.array(["Shoplifting"] * 800), happened, rng=rng)
    assert (instant_begins == instant_ends).all()
