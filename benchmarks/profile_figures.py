"""Community profiles on Cheshire 2025: how fast, how they agree with the official rate, what shrinkage foretells."""

from __future__ import annotations

import argparse
import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson, spearmanr

from domain.areas import GeographyKey
from domain.crs import BRITISH_NATIONAL_GRID, WGS84, transform_points
from domain.incidents import WATCH_CATEGORIES
from domain.months import LocalMonth
from profiles.community import build_profiles, target_geography
from profiles.figures import Geography
from profiles.history import history_of, read_monthly_counts
from sources.people import read_people
from spatialstats.contiguity import contiguity
from spatialstats.shrinkage import empirical_bayes, spatial_empirical_bayes

_LAST = LocalMonth(2025, 12).index
_MINOR_CRIME = {"Criminal damage and arson", "Public order", "Shoplifting", "Other theft", "Bicycle theft"}
_OFFICER = {"Drugs", "Possession of weapons"}
_TABLES = ("census2021-ts021-lsoa", "census2021-ts045-lsoa", "census2021-ts062-lsoa", "census2021-ts067-lsoa",
           "census21_pop_agegroup_lsoa21", "imd2025_england_lsoa21")  # fmt: skip
_DISTRICTS = {"E06000006": "Halton", "E06000007": "Warrington", "E06000049": "Cheshire East",
              "E06000050": "Cheshire West and Chester"}  # fmt: skip
_RESAMPLES = 2_000


def _layer(folder: Path, code: str, name: str) -> gpd.GeoDataFrame:
    parts = []
    for file in sorted(folder.glob("*.geojson.gz")):
        frame = gpd.read_file(gzip.decompress(file.read_bytes())).to_crs(BRITISH_NATIONAL_GRID)
        parts.append(frame.assign(parent_code=file.name.split(".")[0]))
    frame = pd.concat(parts, ignore_index=True)
    columns = {"area_code": frame[code], "area_name": frame[name], "parent_code": frame["parent_code"]}
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=BRITISH_NATIONAL_GRID)


def _column(folder: Path, ending: str) -> str:
    file = min(folder.glob("*.geojson.gz"))
    columns = gpd.read_file(gzip.decompress(file.read_bytes()), rows=1).columns
    return next(c for c in columns if c.upper().endswith(ending))


def _areas(folder: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    lsoa, ward = (
        _layer(folder / "boundaries" / name, *(_column(folder / "boundaries" / name, end) for end in ("CD", "NM")))
        for name in ("lsoa", "ward")
    )
    district = lsoa.dissolve("parent_code").reset_index()
    district = district.assign(
        area_code=district["parent_code"], area_name=district["parent_code"].map(_DISTRICTS), parent_code=None
    )
    return lsoa, ward, district[["area_code", "area_name", "parent_code", "geometry"]]


def _links(folder: Path, lsoa: gpd.GeoDataFrame, ward: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    centroids = gpd.read_file(folder / "lookups" / "lsoa21_pwc" / "LSOA_PopCentroids_EW_2021_V3.shp")
    code = next(c for c in centroids.columns if c.upper().endswith("CD"))
    own = centroids[centroids[code].isin(lsoa["area_code"])].to_crs(BRITISH_NATIONAL_GRID)
    within = own.sjoin(ward, predicate="within").drop_duplicates(code)
    to_ward = pd.DataFrame({"source_code": within[code], "target_code": within["area_code"], "share": 1.0})
    to_district = pd.DataFrame({"source_code": lsoa["area_code"], "target_code": lsoa["parent_code"], "share": 1.0})
    return {"ward:2025": to_ward, "district:2025": to_district}


def _people(folder: Path, codes: frozenset[str]) -> dict[str, Any]:
    key = GeographyKey("lsoa", 2021)
    tables = [read_people(folder / "people" / f"{name}.csv.gz", key=key, areas=codes) for name in _TABLES]
    return {
        "people": pd.concat([table.frame for table in tables], ignore_index=True),
        "variables": [variable for table in tables for variable in table.variables],
        "nation": pd.concat([t.totals for t in tables if t.totals is not None], ignore_index=True),
    }


def _incidents(folder: Path, codes: frozenset[str]) -> dict[str, Any]:
    files = sorted((folder / "crime").glob("2025-*-cheshire-street.csv.gz"))
    rows = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    rows = rows[rows["LSOA code"].isin(codes)]
    kinds = pd.DataFrame({"category": sorted(rows["Crime type"].unique())})
    is_asb, is_minor = kinds["category"].eq("Anti-social behaviour"), kinds["category"].isin(_MINOR_CRIME)
    kinds = kinds.assign(
        kind_id=range(len(kinds)),
        source="police.uk street",
        kind=np.where(is_asb, "asb", np.where(is_minor, "minor_crime", "other")),
        is_street=is_asb,
        is_officer_generated=kinds["category"].isin(_OFFICER),
        weight=1.0,
    )
    x, y = transform_points(
        rows["Longitude"].to_numpy(), rows["Latitude"].to_numpy(), source_epsg=WGS84,
        target_epsg=BRITISH_NATIONAL_GRID,
    )  # fmt: skip
    rows = rows.assign(
        area_code=rows["LSOA code"],
        month_index=[LocalMonth.parse(month).index for month in rows["Month"]],
        place_id=pd.factorize(pd.Series(list(zip(np.round(x, 1), np.round(y, 1), strict=True))))[0],
        x=x,
        y=y,
    ).merge(kinds[["category", "kind_id", "is_officer_generated"]], left_on="Crime type", right_on="category")
    by = ["month_index", "kind_id", "is_officer_generated"]
    places = rows.drop_duplicates("place_id")[["place_id", "x", "y", "area_code"]]
    return {
        "kinds": kinds,
        "area_counts": rows.groupby(["area_code", *by]).size().rename("n").reset_index(),
        "place_counts": rows.groupby(["place_id", *by]).size().rename("n").reset_index(),
        "places": places.rename(columns={"area_code": "small_area_code"}).assign(
            location=None, is_inside=True, patrol_code=None
        ),
    }


def _timed(work: Callable[[], Any], times: int) -> tuple[Any, float, float]:
    seconds, result = [], None
    for _ in range(times):
        began = time.perf_counter(), time.process_time()
        result = work()
        seconds.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    wall, processor = np.median(seconds, axis=0)
    return result, float(wall), float(processor)


def _print_time(inputs: dict[str, Any], small: gpd.GeoDataFrame) -> pd.DataFrame:
    """Time profiles, seasons and levels; print it, and return the figures."""
    codes = np.array(sorted(small["area_code"]), dtype=object)
    months = range(_LAST - 11, _LAST + 1)

    def work() -> Any:
        targets = [
            target_geography(name, areas, inputs["links"], codes) for name, areas in inputs["target_areas"].items()
        ]
        monthly = read_monthly_counts(
            inputs["area_counts"], inputs["kinds"], codes, last_month_index=_LAST, months_available=months,
            watch=WATCH_CATEGORIES,
        )  # fmt: skip
        whole = [Geography.of_everything(len(codes)), *targets]
        history = history_of(monthly, seasons_of=whole, levels_of=whole[:1], rng=np.random.default_rng(1))
        return build_profiles(
            **inputs,
            small_areas=small,
            small_area_key="lsoa:2021",
            last_month_index=_LAST,
            months_available=months,
            levels=history.levels,
            rng=np.random.default_rng(1),
        )

    work()  # loads the compiled kernels
    result, wall, processor = _timed(work, 3)
    sizes = result.metrics.groupby("geography")["area_code"].nunique().to_dict()
    n = f"{len(result.metrics):,} figures"
    print(f"profiles of {sizes}: {n} in {wall:.2f} s, {processor:.2f} s of processor time (to reach: 10 s)")
    return pd.DataFrame(result.metrics)


def _print_agreement(folder: Path, metrics: pd.DataFrame) -> None:
    """Print how the rates of 2025 agree with the official one: two police-recorded sources, not a truth."""
    official = pd.read_csv(folder / "people" / "imd2025_england_lsoa21_indicators.csv.gz", index_col="lsoa21_code")
    column = "anti_social_behaviour_rate_per_1_000_at_risk_population"
    small = metrics[metrics["geography"] == "lsoa:2021"]
    print("\nSpearman correlation with the ASB rate of the Indices of Deprivation 2025, 678 LSOAs (to reach: 0.55)")
    for metric in ("asb_rate", "asb_rate_eb", "asb_rate_eb_spatial"):
        ours = small[small["metric"] == metric].set_index("area_code")["estimate"]
        both = pd.concat([ours, official[column]], axis=1, join="inner").dropna()
        print(f"  {metric:22} {spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic:.3f}  (n = {len(both)})")


def _scores(expected: NDArray[np.float64], seen: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return poisson.logpmf(seen, expected), np.abs(seen - expected)


def _print_prediction(inputs: dict[str, Any], geography: Geography, neighbours: Any, kind: str) -> None:
    """Print how rates of January to June foretell July to December of each area."""
    codes = np.array(sorted(inputs["people"]["area_code"].unique()), dtype=object)
    ids = inputs["kinds"].loc[inputs["kinds"]["kind"] == kind, "kind_id"]
    counts = inputs["area_counts"][inputs["area_counts"]["kind_id"].isin(ids)]
    is_first = counts["month_index"] <= _LAST - 6
    first, second = (
        geography.total(
            counts[where].groupby("area_code")["n"].sum().reindex(codes, fill_value=0).to_numpy(dtype=np.float64)
        )
        for where in (is_first, ~is_first)
    )
    people = inputs["people"].query("variable == 'residents'").set_index("area_code")["numerator"].reindex(codes)
    exposure = geography.total(people.to_numpy(dtype=np.float64)) / 2000.0
    rates = {
        "crude": (first + 0.5) / (exposure + 0.5 * exposure.mean()),
        "plain + 0.5": (first + 0.5) / exposure,
        "EB": empirical_bayes(first, exposure).rate,
        "spatial EB": spatial_empirical_bayes(first, exposure, neighbours).rate,
    }
    own = np.divide(first, exposure)
    rng = np.random.default_rng(1)
    drawn = rng.integers(len(first), size=(_RESAMPLES, len(first)))
    base, base_error = _scores(rates["crude"] * exposure, second)
    plain = float(np.abs(second - own * exposure).mean())
    print(f"\n{kind}, {len(first)} areas of {geography.name}; plain rate: mean absolute error {plain:.2f}")
    for name, rate in rates.items():
        log_score, error = _scores(rate * exposure, second)
        gain, less = log_score - base, error - base_error
        low, high = np.quantile(gain[drawn].mean(axis=1), (0.025, 0.975))
        low_e, high_e = np.quantile(less[drawn].mean(axis=1), (0.025, 0.975))
        against = f"against crude {gain.mean():+.3f}, {low:+.3f} to {high:+.3f}"
        errors = f"{error.mean():.2f} ({less.mean():+.2f}, {low_e:+.2f} to {high_e:+.2f})"
        print(f"  {name:11} log score {log_score.mean():8.3f} ({against})   mean absolute error {errors}")


def main() -> None:
    """Measure on the folder of real data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("REDZONES_DATA", "../shared/data")))
    folder = parser.parse_args().data / "cheshire"
    lsoa, ward, district = _areas(folder)
    codes = frozenset(lsoa["area_code"])
    inputs = {
        **_people(folder, codes),
        **_incidents(folder, codes),
        "links": _links(folder, lsoa, ward),
        "target_areas": {"ward:2025": ward, "district:2025": district},
    }
    metrics = _print_time(inputs, lsoa)
    _print_agreement(folder, metrics)
    ordered = np.array(sorted(codes), dtype=object)
    small = Geography.of_small_areas("lsoa:2021", ordered)
    wards = target_geography("ward:2025", ward, inputs["links"], ordered)
    by_code = {name: layer.set_index("area_code").geometry for name, layer in (("lsoa", lsoa), ("ward", ward))}
    for kind in ("asb", "minor_crime"):
        _print_prediction(inputs, small, contiguity(by_code["lsoa"].reindex(ordered)), kind)
        _print_prediction(inputs, wards, contiguity(by_code["ward"].reindex(wards.codes)), kind)


if __name__ == "__main__":
    main()
