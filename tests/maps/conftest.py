"""A small made-up county for the pages: three wards in two districts, twelve small areas, every kind of result."""

from __future__ import annotations

import itertools
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from domain.months import LocalMonth, month_range
from hotspots.results import BacktestResult, ListComparison, RedTimesResult, RedZonesResult, VisibilityResult
from maps.content import QualityNote, RunFacts, SiteContent, SiteIdentity
from profiles.equality import EQUALITY_COLUMNS, EqualityReport
from profiles.results import CurrentPicture, MetricDefinition, PerceptionResult, PlaceHistory
from segmentation.results import CONTRAST_COLUMNS, MOVER_COLUMNS, Origin, Refit, SegmentationResult

EPSG = 27700
LAST = LocalMonth(2025, 12)
FIRST = LocalMonth(2025, 1)
HOSTILE = "<script>alert('x')</script>&\"'"

CATEGORIES = (
    ("Anti-social behaviour", "asb", True, False),
    ("Criminal damage and arson", "minor_crime", True, False),
    ("Shoplifting", "minor_crime", False, False),
    ("Public order", "minor_crime", False, False),
    ("Drugs", "other", False, True),
)
DEFINITIONS = (
    MetricDefinition("residents", "Residents", "residents", "residents", "TS001", "Census 2021", "people"),
    MetricDefinition(
        "age_65_plus", "Aged 65 and over", "age", "per cent", "TS007", "Census 2021", "people", nation="England"
    ),
    MetricDefinition("no_car", "Households without a car", "cars", "per cent", "TS045", "Census 2021", "people"),
    MetricDefinition(
        "hint_older", "Older residents, of whom more are offline", "reaching people", "per cent", "TS007", "2021",
        "hints", "A proxy by age alone.",
    ),
    MetricDefinition("asb_count", "Antisocial behaviour", "incidents", "incidents", "police.uk", "2025"),
    MetricDefinition(
        "asb_rate_eb", "Antisocial behaviour, steadied", "incidents", "per 1,000 residents a year", "police.uk", "2025"
    ),
    MetricDefinition("asb_change", "Change in antisocial behaviour", "incidents", "per cent", "police.uk", "2025"),
    *(
        MetricDefinition(f"burglary_{suffix}", f"Burglary {suffix}", "burglary", unit, "police.uk", "2025", "watch")
        for suffix, unit in [("count", "incidents"), ("rate_eb", "per 1,000 residents a year"), ("change", "per cent")]
    ),
    MetricDefinition("placed_share", "Incidents with a point", "placing", "per cent", "police.uk", "2025", "quality"),
)  # fmt: skip


def make_identity(**changes) -> SiteIdentity:
    values = {
        "force_name": "Testshire", "owner": "Neighbourhood analysis", "contact": "analysis@testshire.example",
        "marking": "OFFICIAL-SENSITIVE", "edition": "force", "first_month": FIRST, "last_month": LAST,
        "valid_until": date(2026, 3, 3), "fingerprint": "0123456789ab", "version": "0.1.0",
        "attributions": ("Contains public sector information licensed under the Open Government Licence v3.0.",),
        "is_approximate": True, "analysis_epsg": EPSG, "small_area_label": "LSOA", "patrol_label": "ward",
        "unit_label": "district", "patrol_note": "A ward is not a beat.",
    }  # fmt: skip
    return SiteIdentity(**{**values, **changes})


def make_areas(codes, names, parents, shapes) -> gpd.GeoDataFrame:
    columns = {"area_code": list(codes), "area_name": list(names), "parent_code": list(parents)}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=EPSG)


def square_county() -> dict[str, object]:
    """Return a 4 x 3 county of 1 km small areas; each column of wards is 4, 4 and 4 small areas."""
    cells = [(x, y) for x in range(4) for y in range(3)]
    shapes = [box(350000 + 1000 * x, 380000 + 1000 * y, 351000 + 1000 * x, 381000 + 1000 * y) for x, y in cells]
    codes = [f"E0100{i:04d}" for i in range(12)]
    names = [f"Testshire {i // 4 + 1:03d}{'ABCD'[i % 4]}" for i in range(12)]
    ward_of = [f"E0500000{1 + y}" for _, y in cells]
    small = make_areas(codes, names, [None] * 12, shapes)
    wards = small.assign(area_code=ward_of).dissolve("area_code").geometry
    patrol = make_areas(
        wards.index, ["Northgate", "Market & Docks", "Upton"], ["E06000001", "E06000001", "E06000002"], wards
    )
    units = make_areas(
        ["E06000001", "E06000002"],
        ["Eastchester", "Westchester"],
        [None, None],
        [wards.iloc[:2].union_all(), wards.iloc[2]],
    )
    force = make_areas(["F1"], ["Testshire"], [None], [wards.union_all()])
    links = pd.DataFrame({"source_code": codes, "target_code": ward_of, "share": 1.0})
    return {"small_areas": small, "patrol_areas": patrol, "units": units, "force": force, "small_to_patrol": links}


def make_kinds() -> pd.DataFrame:
    rows = [
        {"kind_id": i, "source": "police.uk street", "category": c, "kind": k, "is_street": s,
         "is_officer_generated": o, "weight": 1.0}
        for i, (c, k, s, o) in enumerate(CATEGORIES, start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def make_counts(codes, rng) -> pd.DataFrame:
    cells = itertools.product(codes, [m.index for m in month_range(FIRST, LAST)], range(1, len(CATEGORIES) + 1))
    table = pd.DataFrame(cells, columns=["area_code", "month_index", "kind_id"])
    table["is_officer_generated"] = table["kind_id"] == len(CATEGORIES)
    table["n"] = rng.poisson(1.6, len(table))
    return table[table["n"] > 0].reset_index(drop=True)


def make_metrics(layers, rng) -> pd.DataFrame:
    """Return figures of every area: one small area has no data, one is suppressed, changes cannot be told."""
    rows = []
    for geography, codes in layers.items():
        for i, code in enumerate(codes):
            for d in DEFINITIONS:
                estimate = {"residents": 1600.0, "asb_count": 14.0}.get(d.metric, 9.0) * rng.uniform(0.5, 1.6)
                state, note = "ok", None
                if d.metric == "asb_change":
                    state, note = "cannot_tell", "cannot tell: needs 24 months"
                elif geography.startswith("lsoa") and d.metric == "asb_rate_eb" and i < 2:
                    state = ("no_data", "suppressed")[i]
                elif d.metric == "burglary_change":
                    estimate = 50.0 if i == 0 else 5.0
                is_ok = state == "ok"
                is_watched = d.metric == "burglary_change"
                has_interval = is_ok and d.metric == "asb_rate_eb"
                value = estimate if is_ok else np.nan
                rows.append(
                    (geography, code, d.metric, value, 0.8 * value if has_interval else np.nan,
                     1.3 * value if has_interval else np.nan, 30.0 if is_watched else np.nan,
                     20.0 if is_watched else np.nan, 9.0 if is_ok else np.nan,
                     100 * estimate / 9 if is_ok else np.nan, 8.0 if d.nation else np.nan,
                     100 * estimate / 8 if d.nation else np.nan,
                     (0.001 if i == 0 else 0.8) if is_watched else np.nan, state, note)
                )  # fmt: skip
    columns = ["geography", "area_code", "metric", "estimate", "lower", "upper", "numerator", "denominator",
               "force_estimate", "index", "nation_estimate", "nation_index", "q_value", "state", "note"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def make_history(patrol, units) -> PlaceHistory:
    """Return a season of every larger area, and one change of the level of recording in the force."""
    where = [("force", "force"), *(("ward:2025", c) for c in patrol), *(("district:2025", c) for c in units)]
    seasons = pd.DataFrame(
        [
            (g, code, "asb", month, 100.0 + 8 * (month - 6), 80.0 + 8 * (month - 6), 120.0 + 8 * (month - 6), 30.0, 2,
             "ok", "interval of chance alone")
            for g, code in where
            for month in range(1, 13)
        ],
        columns=["geography", "area_code", "kind", "calendar_month", "estimate", "lower", "upper", "n", "n_years",
                 "state", "note"],
    )  # fmt: skip
    levels = pd.DataFrame(
        [("force", "force", "asb", 1, "2025-02", "2025-03", 0.5, 0.4, 0.6, 0.001, "ok", None)],
        columns=["geography", "area_code", "kind", "rank", "last_before", "first_after", "ratio", "lower", "upper",
                 "p_value", "state", "note"],
    )  # fmt: skip
    return PlaceHistory(seasons, levels)


def make_current(patrol, units) -> CurrentPicture:
    """Return the latest days of every larger area, and the freshness of two sources."""
    where = [("force", "force"), *(("ward:2025", c) for c in patrol), *(("district:2025", c) for c in units)]
    figures = pd.DataFrame(
        [
            (g, code, "asb", days, 9, 4.0, 1.0, 8.0, 0.01, "ok", "more than usual")
            for g, code in where
            for days in (7, 28)
        ],
        columns=["geography", "area_code", "kind", "days", "n", "usual", "lower", "upper", "q_value", "state", "note"],
    )  # fmt: skip
    freshness = pd.DataFrame(
        [("force log", False, "2025-01", "2025-12", "2025-12-31 22:40", 500, 500),
         ("police.uk street", True, "2025-01", "2025-12", None, 900, 0)],
        columns=["source", "is_counted", "first_month", "last_month", "last_at", "n", "n_timed"],
    )  # fmt: skip
    return CurrentPicture("ok", "", "2025-12-31 22:40", figures, freshness)


def make_segmentation(codes, rng, *, n_groups=2) -> SegmentationResult:
    segments = []
    for g in range(n_groups):
        letter = chr(ord("A") + g)
        for code, parent in [(letter, None), (f"{letter}1", letter), (f"{letter}2", letter)]:
            level = "environment" if parent else "group"
            name = (
                f"Settled suburbs {letter}" if level == "group" else f"{'Quiet' if code[1] == '1' else 'Busy'} streets"
            )
            portrait = [
                {"variable": "no_car", "label": "No car", "value": 0.2, "force_value": 0.15, "index": 133.0,
                 "text": "More households without a car (index 133)"},
                {"variable": "rented", "label": "Rented", "value": 0.2, "force_value": 0.25, "index": 80.0,
                 "text": "Fewer rented homes (index 80)"},
            ]  # fmt: skip
            segments.append((code, level, parent, name, "proposed", len(codes) // 2, 1 / n_groups, portrait, 0.91))
    columns = ["segment_code", "level", "parent_code", "name", "name_state", "n_areas", "residents_share", "portrait",
               "stability"]  # fmt: skip
    groups = [chr(ord("A") + int(i)) for i in rng.integers(0, n_groups, len(codes))]
    membership = pd.DataFrame(
        {
            "area_code": codes,
            "group_code": groups,
            "environment_code": [f"{g}{1 + i % 2}" for i, g in enumerate(groups)],
            "distance": 0.3,
            "second_code": "B",
            "second_ratio": 1.3,
            "is_doubtful": [i == 3 for i in range(len(codes))],
        }
    )
    diagnostics = pd.DataFrame(
        [("group", None, k, 10.0 / k, 0.3, 40.0, 0.9 - 0.01 * k, 0.2, k == n_groups) for k in range(2, 6)],
        columns=["level", "parent_code", "k", "inertia", "silhouette", "calinski_harabasz", "stability_ari",
                 "smallest_share", "is_chosen"],
    )  # fmt: skip
    empty = pd.DataFrame()
    return SegmentationResult(
        segments=pd.DataFrame(segments, columns=columns), membership=membership, diagnostics=diagnostics,
        clustergram=make_clustergram(len(codes)), centroids=empty, scaling=empty,
        dropped=pd.DataFrame(
            [("rented", "no_car", 0.86, "like no_car"), ("flat", None, np.nan, "it is the same in every area")],
            columns=["variable", "because_of", "correlation", "reason"],
        ),
        reason="Two groups are the most stable choice.", origin=make_origin(codes), contrasts=make_contrasts(codes),
    )  # fmt: skip


def make_clustergram(n_areas) -> pd.DataFrame:
    half = n_areas // 2
    rows = [
        (2, 0, 0.4, half, []), (2, 1, -0.4, n_areas - half, []),
        (3, 0, 0.5, half, [half, 0]), (3, 1, -0.2, 2, [0, 2]),
        (3, 2, -0.6, n_areas - half - 2, [0, n_areas - half - 2]),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["k", "cluster", "mean_component", "n_areas", "n_from"])


def make_origin(codes) -> Origin:
    def moved(*rows):
        return pd.DataFrame(list(rows), columns=list(MOVER_COLUMNS), dtype=object)

    refit = Refit("A new census", 0.87, len(codes), moved((codes[0], "A", "B")), ("C",), ("D",), ("A",))
    return Origin("2025-06", is_frozen=True, movers=moved((codes[1], "A1", "A2")), new_areas=(codes[2],), refit=refit)


def make_contrasts(codes) -> pd.DataFrame:
    rows = [
        ("place_asb_rate", "A", codes[0], 42.0, 35.0, 50.0, codes[5], 12.0, 8.0, 17.0, 3.5, 1e-7),
        ("place_minor_crime_rate", "A", codes[6], 30.0, 25.0, 36.0, codes[7], 15.0, 11.0, 20.0, 2.0, 0.001),
    ]
    return pd.DataFrame(rows, columns=list(CONTRAST_COLUMNS))


def make_zones(scoring_set, patrol, n, rng) -> RedZonesResult:
    """Return `n` zones inside the patrol areas, in order of rank; the second is a single address."""
    rows, shapes, ranks = [], [], {}
    wards = patrol.to_dict("records")
    for i in range(n):
        ward = wards[int(rng.integers(0, len(wards)))] if i else wards[0]
        west, south, east, north = ward["geometry"].bounds
        centre = Point(rng.uniform(west, east), rng.uniform(south, north))
        if not ward["geometry"].contains(centre):
            centre = ward["geometry"].representative_point()
        code = ward["area_code"]
        ranks[code] = ranks.get(code, 0) + 1
        expected = 9.0 / (1 + i / 8)
        rows.append(
            {
                "zone_id": f"{scoring_set}-{i + 1:03d}", "rank_force": i + 1, "rank_patrol": ranks[code],
                "patrol_code": code, "unit_code": ward["parent_code"], "name": f"Mill Lane / Bridge Street {i + 1}",
                "grid_reference": f"SJ {500 + i} {660 + i}", "centre_x": centre.x, "centre_y": centre.y,
                "radius_m": 141.0, "area_km2": 0.0625, "score": expected, "expected_per_month": expected,
                "expected_lower": 0.5 * expected, "expected_upper": 1.8 * expected, "n_incidents": int(12 * expected),
                "n_places": 6, "kinds": {"Anti-social behaviour": 40, "Criminal damage and arson": 12},
                "top_place_share": 0.62 if i == 1 else 0.21, "is_single_address": i == 1,
                "repeat_caller_share": np.nan if i == 2 else 0.4 if i == 1 else 0.05, "has_repeat_callers": i == 1,
                "n_officer_generated": i % 3,
                "segment_code": "A1" if i % 4 else None, "firmness": 0.83, "firmness_margin": 4, "rank_unit": i + 1,
                "part_counts": 1.2 * expected, "part_age": -0.4 * expected, "part_other_kinds": 0.1 * expected,
                "part_spread": 0.1 * expected, "part_adjusted": 0.0, "nudge_factor": 1.0, "confidence_factor": 1.0,
                "rank_without_nudges": i + 1.0, "rank_without_confidence": i + 1.0,
                "sensitive_near": ["hospital"] if i == 2 else [], "group_id": f"R-{scoring_set}-{i + 1:03d}",
                "group_members": [f"{scoring_set}-{i + 1:03d}"], "group_walk_m": 0.0,
            }
        )  # fmt: skip
        shapes.append(centre.buffer(141, quad_segs=16))
    zones = gpd.GeoDataFrame(rows, geometry=shapes, crs=EPSG)
    return RedZonesResult(
        scoring_set,
        zones,
        window_months=12,
        capacity=n + 2,
        notes=("Two zones fewer than capacity.",),
        comparison=make_comparison(patrol),
        overrides=make_overrides(),
    )


def make_comparison(patrol) -> ListComparison:
    """Return two lists of which one zone differs, at a small price."""
    code = patrol["area_code"].iloc[0]
    zones = pd.DataFrame(
        [
            ("Mill Lane 1", "SJ 500 660", code, 1.0, 1.0, "stays", 1.0),
            ("Mill Lane 9", "SJ 509 669", code, np.nan, 2.0, "enters", 1.25),
            ("Mill Lane 2", "SJ 501 661", code, 2.0, np.nan, "leaves", 1.0),
        ],
        columns=["name", "grid_reference", "patrol_code", "rank_without", "rank_with", "change", "confidence_factor"],
    )
    periods = pd.DataFrame(
        {"month_index": [2025 * 12 + 10, 2025 * 12 + 11], "n_events": [400, 380], "hits_without": [60, 50],
         "hits_with": [57, 50]}
    )  # fmt: skip
    reason = "The list with perception is the one that is published."
    return ListComparison("ok", reason, 0.25, True, zones, periods, 3 / 780, 0.0, 0.0075)


def make_overrides() -> pd.DataFrame:
    return pd.DataFrame(
        [("X1", "exclude", 1.0, 2.0, 100.0, np.nan, "the station", "analyst", 12, 0),
         ("N1", "nudge", 1.0, 2.0, 200.0, 1.5, "new skate park", "Insp Northgate", 9, 1)],
        columns=["override_id", "rule", "x", "y", "radius_m", "factor", "reason", "owner", "n_incidents", "n_zones"],
    )  # fmt: skip


def make_visibility(patrol) -> VisibilityResult:
    """Return two places for each patrol area; the first area is one of low confidence."""
    rows, points = [], []
    for i, ward in enumerate(patrol.to_dict("records")):
        centre = ward["geometry"].representative_point()
        for rank, kind in enumerate(("people", "school"), start=1):
            rows.append(
                {
                    "patrol_code": ward["area_code"], "rank": rank, "kind": kind,
                    "name": "near Mill Lane" if rank == 1 else "", "grid_reference": f"SJ 60{rank} 66{i % 10}",
                    "x": centre.x, "y": centre.y, "residents": 1234.0 - i, "workers": np.nan, "people": 1234.0 - i,
                    "in_sight": {"shop": 12, "school": 1} if rank == 1 else {},
                    "is_low_confidence": i == 0,
                }
            )  # fmt: skip
            points.append(centre)
    places = gpd.GeoDataFrame(rows, geometry=points, crs=EPSG)
    return VisibilityResult("ok", "", places, ("At what hour people are there is not known from these data.",))


def make_backtest(scoring_set) -> BacktestResult:
    rows = [
        (
            name,
            "12 months",
            budget,
            share,
            6,
            900,
            rate,
            rate - 0.02,
            rate + 0.02,
            rate / share,
            0.6,
            1.05,
            gain,
            low,
            high,
        )
        for name, rate, gain, low, high in [
            ("counts", 0.44, np.nan, np.nan, np.nan),
            ("decayed", 0.46, 0.04, -0.01, 0.09),
        ]
        for budget, share in [("capacity", 0.004), ("1 %", 0.01)]
    ]
    columns = ["candidate", "setting", "budget", "area_share", "n_months", "n_events", "hit_rate", "hit_rate_lower",
               "hit_rate_upper", "pai", "pei", "rri", "gain_over_counts", "gain_lower", "gain_upper"]  # fmt: skip
    return BacktestResult(
        scoring_set, ledger=pd.DataFrame(), summary=pd.DataFrame(rows, columns=columns), chosen="counts",
        reason="No model beat the plain count clearly, so the plain count is used.",
    )  # fmt: skip


def make_red_times(patrol_codes, zone_ids, rng) -> RedTimesResult:
    frames = []
    scopes = [("force", "force"), *(("patrol", c) for c in patrol_codes), *(("zone", z) for z in zone_ids)]
    hours = pd.DataFrame(itertools.product(range(7), range(24)), columns=["weekday", "hour"])
    for scope, code in scopes:
        weight = rng.gamma(2, 1, 168) * (1 + 2 * (hours["hour"].to_numpy() > 17))
        share = weight / weight.sum()
        frames.append(hours.assign(scope=scope, code=code, weight=weight, share=share, force_share=1 / 168))
    windows = pd.DataFrame(
        [
            (scope, code, rank, 4 + rank - 1, 20, 22, 12.0, 0.031, 2.4, 0.001, 0.0004, "Fri 20:00-22:00")
            for scope, code in scopes
            for rank in (1, 2)
        ],
        columns=["scope", "code", "rank", "weekday", "begin_hour", "end_hour", "weight", "share", "ratio", "p_value",
                 "q_value", "label"],
    )  # fmt: skip
    return RedTimesResult("ok", "", pd.concat(frames, ignore_index=True), windows, n_timed=5200, n_untimed=40)


def no_red_times() -> RedTimesResult:
    reason = "Red Times need times: monthly data do not say at what hour an incident happened."
    return RedTimesResult("no_data", reason, pd.DataFrame(), pd.DataFrame(), n_timed=0, n_untimed=900)


def make_perception(patrol_codes, unit_codes) -> PerceptionResult:
    """Return survey figures: the first ward is low, the second hardly differs, the third is too thin to tell."""
    codes, n = list(patrol_codes), len(patrol_codes)
    share = {"confidence": 0.52, "worry_asb": 0.3}
    low = [0.95, *[0.4] * (n - 2), 0.6]
    rows = []
    for question, force in share.items():
        for model in ("direct", "modelled"):
            for i, code in enumerate(codes):
                is_thin = i == n - 1
                hidden = is_thin and model == "direct"
                middle = np.nan if hidden else force - 0.08 + 0.04 * i
                rows.append(
                    {"geography": "ward:2025", "area_code": code, "question": question, "model": model,
                     "estimate": middle, "standard_error": 0.04, "lower": middle - 0.08, "upper": middle + 0.08,
                     "n_respondents": 5 if is_thin else 80, "effective_n": 4.0 if is_thin else 60.0,
                     "probability_below_force": np.nan if hidden else low[i],
                     "state": ("suppressed" if hidden else "cannot_tell") if is_thin else "ok",
                     "note": "too few answers to show" if is_thin else None}
                )  # fmt: skip
        rows += [
            {"geography": "district:2025", "area_code": code, "question": question, "model": "direct",
             "estimate": force, "standard_error": 0.02, "lower": force - 0.04, "upper": force + 0.04,
             "n_respondents": 400, "effective_n": 300.0, "probability_below_force": 0.5, "state": "ok", "note": None}
            for code in unit_codes
        ]  # fmt: skip
    shares = [
        {"geography": geography, "area_code": code, "code": i, "answer": answer, "share": 0.6 - 0.2 * i, "lower": 0.1,
         "upper": 0.7, "force_share": 0.5 - 0.1 * i, "n_respondents": 80, "state": "ok", "note": None}
        for geography, area_codes in (("ward:2025", codes), ("force", ["force"]))
        for code in area_codes
        for i, answer in enumerate((HOSTILE, "Speeding"))
    ]  # fmt: skip
    changes = [
        {"geography": geography, "area_code": code, "question": "confidence", "from_wave": "2024", "to_wave": "2025",
         "change": 0.05, "standard_error": 0.02, "lower": 0.01, "upper": 0.09, "verdict": verdict,
         "state": "ok" if verdict == "rose" else "cannot_tell", "note": None}
        for geography, code, verdict in (("ward:2025", codes[0], "cannot_tell"), ("force", "force", "rose"))
    ]  # fmt: skip
    changes.append({**changes[1], "question": "worry_asb", "from_wave": None, "change": np.nan, "lower": np.nan,
                    "upper": np.nan, "verdict": "cannot_tell", "state": "no_data",
                    "note": "no change can be shown: the mode changed"})  # fmt: skip
    gaps = [
        {"geography": "ward:2025", "area_code": code, "gap": gap, "lower": gap - 1, "upper": gap + 1,
         "worry_score": gap, "asb_score": 0.0, "state": "ok", "note": None}
        for code, gap in zip(codes, (1.5, 0.2, -2.0), strict=False)
    ]  # fmt: skip
    force = [
        {"question": question, "wording": f"How about {question}?", "wave": "2025", "estimate": middle,
         "standard_error": 0.01, "lower": middle - 0.02, "upper": middle + 0.02, "between_area_sd": 0.06,
         "model_variance": 0.002, "design_effect": 1.1, "n_respondents": 900, "effective_n": 700.0, "state": "ok",
         "note": None}
        for question, middle in share.items()
    ]  # fmt: skip
    wave = {"wave": "2025", "survey": HOSTILE, "first_day": "2025-09-01", "last_day": "2025-11-28", "mode": "post",
            "frame": "addresses", "response_rate": np.nan, "n_respondents": 900.0, "is_current": True}  # fmt: skip
    target = {"question": "confidence", "owner": "Chief Constable", "unit": "points", "baseline": 0.5,
              "baseline_day": "2025-01-01", "end_day": "2027-01-01", "goal": 0.56, "due": 0.53, "probability": 0.16,
              "verdict": "behind", "state": "ok", "note": ""}  # fmt: skip
    tables = map(pd.DataFrame, ([wave], rows, force, shares, shares, changes, gaps, [target]))
    return PerceptionResult(*tables, low_confidence_probability=0.9, notes=("Two age bands were merged.",))


def equality_row(label, *, zones, against, state="ok", note="") -> dict:
    shown = dict.fromkeys(EQUALITY_COLUMNS, np.nan)
    difference, lower, upper = against
    return shown | {
        "dimension": "sex", "group": label, "label": label, "residents_share": 0.5, "incidents_share": 0.5,
        "zone_share": zones, "against_residents": difference, "against_residents_lower": lower,
        "against_residents_upper": upper, "against_incidents": difference, "against_incidents_lower": lower,
        "against_incidents_upper": upper, "state": state, "note": note,
    }  # fmt: skip


NO_DATA = (np.nan, np.nan, np.nan)
SHARES = pd.DataFrame(
    [
        equality_row("Women", zones=0.6, against=(0.1, 0.05, 0.15)),
        equality_row("Men", zones=0.4, against=(-0.1, -0.15, -0.05)),
        equality_row("Others", zones=0.5, against=(0.0, -0.1, 0.1)),
        equality_row("Religion", zones=np.nan, against=NO_DATA, state="no_data", note="not loaded"),
    ]
)
PRICE = pd.DataFrame(
    {
        "slack": [np.nan, 0.1, 0.0], "n_months": 6, "n_zones": 10.0, "hit_rate": [0.3, 0.29, 0.27],
        "lost": [0.0, 0.03, 0.1], "lost_lower": [0.0, -0.02, 0.04], "lost_upper": [0.0, 0.08, 0.16],
        "n_moved": [0.0, 1.0, 3.0], "largest_excess": [0.3, 0.1, 0.0],
    }
)  # fmt: skip
PRICE_SHARES = pd.DataFrame(
    {"slack": [np.nan, 0.1, 0.0], "class_code": "1", "report_share": 0.4, "zones_share": [0.7, 0.5, 0.4]}
)
REPORT = EqualityReport("street", "ok", "", SHARES, PRICE, PRICE_SHARES, "", ("We cannot see who is affected.",))
FACTS = RunFacts(
    {"seed": "1", "capacity": "40 visits a day", "legal_basis": "Common law", "appeals": ""},
    ("No zone near the works.",),
    pd.DataFrame({"kind": ["incidents"], "source": ["log"], "files": 2, "rows_in": 9, "kept": 8, "rejected": 1}),
)


def make_content(county, *, n_zones=6, n_groups=2, is_timed=True, **changes) -> SiteContent:
    """Return the content of a site over any county; keyword arguments replace its parts."""
    rng = np.random.default_rng(1)
    small, patrol, units = (county[name]["area_code"] for name in ("small_areas", "patrol_areas", "units"))
    zones = {name: make_zones(name, county["patrol_areas"], n_zones, rng) for name in ("street", "asb_minor")}
    zone_ids = [z for result in zones.values() for z in result.zones["zone_id"]]
    parts = {
        **county,
        "identity": make_identity(),
        "kinds": make_kinds(),
        "area_counts": make_counts(small, rng),
        "metrics": make_metrics({"lsoa:2021": small, "ward:2025": patrol, "district:2025": units}, rng),
        "definitions": DEFINITIONS,
        "segmentation": make_segmentation(list(small), rng, n_groups=n_groups),
        "segmentation_note": "",
        "zones": zones,
        "backtests": {name: make_backtest(name) for name in zones},
        "red_times": make_red_times(patrol, zone_ids, rng) if is_timed else no_red_times(),
        "history": make_history(patrol, units),
        "current": make_current(patrol, units),
        "perception": make_perception(patrol, units),
        "visibility": make_visibility(county["patrol_areas"]),
        "quality": (
            QualityNote("Rows read", "1,234", "Every row is kept or rejected with a reason."),
            QualityNote("Rows rejected", "12", "No coordinates.", is_warning=True),
        ),
        "equality": {"street": REPORT},
        "run_facts": FACTS,
    }
    return SiteContent(**{**parts, **changes})


@pytest.fixture(scope="session")
def content() -> SiteContent:
    """Return the content of a small site with every kind of result."""
    return make_content(square_county())


@pytest.fixture(scope="session")
def bare_content() -> SiteContent:
    """Return a site of a force with little: monthly data, no segments, no zones, no tests of the past."""
    empty = make_zones("street", square_county()["patrol_areas"], 1, np.random.default_rng(1))
    empty = RedZonesResult("street", empty.zones.iloc[:0], 12, 10, ("No incident lies in the force.",))
    return make_content(
        square_county(),
        is_timed=False,
        segmentation=None,
        segmentation_note="There are fewer areas than segments.",
        zones={"street": empty},
        backtests={},
        perception=None,
        visibility=None,
        identity=make_identity(is_approximate=False, attributions=(), patrol_note="", contact=""),
        history=None,
        current=None,
        quality=(),
        equality={},
        run_facts=None,
    )


@pytest.fixture(scope="session")
def hostile_content() -> SiteContent:
    """Return a site whose names try to break out of HTML, scripts, file names, CSV cells and shapefiles."""
    county = square_county()
    wards = county["patrol_areas"]
    codes = ["../../evil", "a/b", "A-B"]
    renamed = dict(zip(wards["area_code"], codes, strict=True))
    wards = wards.assign(area_code=codes, area_name=[HOSTILE, "=1+1", "</script><img src=x onerror=alert(1)>"])
    small = county["small_areas"].assign(area_name=[f"{HOSTILE} {i}" for i in range(12)])
    links = county["small_to_patrol"].assign(target_code=county["small_to_patrol"]["target_code"].map(renamed))
    made = make_content({**county, "patrol_areas": wards, "small_areas": small, "small_to_patrol": links})
    zones = made.zones["street"].zones.copy()
    zones["name"] = [HOSTILE, "=HYPERLINK(1)", "é" * 300, "</script>", "{{ 7 * 7 }}", "-2+3"]
    zones["kinds"] = [{f"{HOSTILE} category number {i}": 90 - i for i in range(12)} for _ in range(len(zones))]
    street = RedZonesResult("street", zones, 12, 8, (HOSTILE,))
    return make_content(
        {**county, "patrol_areas": wards, "small_areas": small, "small_to_patrol": links},
        zones={"street": street},
        identity=make_identity(force_name=HOSTILE, owner=HOSTILE, marking="OFFICIAL & <b>"),
    )


@pytest.fixture(scope="session")
def site(content, tmp_path_factory):
    """Return the folder of a built site."""
    from maps.site import build_site

    return build_site(tmp_path_factory.mktemp("site"), content).folder


@pytest.fixture(scope="session")
def bare_site(bare_content, tmp_path_factory):
    """Return the folder of a built site of a force with little."""
    from maps.site import build_site

    return build_site(tmp_path_factory.mktemp("bare"), bare_content).folder


@pytest.fixture(scope="session")
def hostile_site(hostile_content, tmp_path_factory):
    """Return the folder of a built site with hostile names."""
    from maps.site import build_site

    return build_site(tmp_path_factory.mktemp("hostile"), hostile_content).folder
