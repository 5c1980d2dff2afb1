"""
How well survey figures of wards meet the planted truth of Demoshire, over many seeded surveys.

    .venv/bin/python benchmarks/small_areas.py [--surveys 200] [--per-ward 50] [--json]

Each survey draws its own interviews from the same planted opinion, or, with `--new-truth`, from an opinion planted anew
each time. It goes through the very functions of the refresh: raking, smoothed variances, Fay-Herriot, benchmark.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from domain.areas import GeographyKey
from domain.months import LocalMonth
from profiles.perception import measure_perception
from profiles.perception_inputs import AreasOfForce, PerceptionOptions
from profiles.results import PerceptionResult
from profiles.survey_groups import SurveyAnswers
from profiles.survey_margins import population_by_unit
from redzones.demoshire.county import County, make_county
from redzones.demoshire.opinion import Opinion, interview, plant_opinion
from redzones.demoshire.people import People, deprivation, make_people
from redzones.demoshire.survey import coded_wave, wave_mapping
from redzones.demoshire.writers import write_deprivation, write_people, write_table
from sources.people import read_people
from sources.surveys import read_survey, read_survey_mapping

WAVE = 2
#: Half width of an interval up to which a page shows a modelled figure (METHODS 11).
SHOWN_WITHIN = 0.10
LSOA = GeographyKey("lsoa", 2021)


def _metrics(values: pd.DataFrame, wards: dict[str, str]) -> pd.DataFrame:
    """Return the People metrics of wards as a profile has them: shares of sums, scores weighted by residents."""
    wide = values.pivot_table(index="area_code", columns="variable", values="numerator")
    residents = wide["residents"]
    ward = wide.index.map(wards)
    total = residents.groupby(ward).sum()
    made = {name: 100 * wide[name].groupby(ward).sum() / total for name in ("age_16_24", "age_65_over")}
    made["income_deprivation"] = (wide["income_deprivation"] * residents).groupby(ward).sum() / total
    return pd.DataFrame(made)


def _areas(folder: Path, county: County, people: People, seed: int) -> AreasOfForce:
    """Write and read the People tables, and return what is known of the areas."""
    figures = deprivation(people, np.zeros(len(people.group)), rng=np.random.default_rng([seed, 5]))
    paths = [*write_people(folder, county, people), write_deprivation(folder / "imd2025_x.csv", county, figures)]
    values = pd.concat([read_people(path, key=LSOA).frame for path in paths], ignore_index=True)
    codes = county.area_codes
    ward = dict(zip(codes, np.array(county.wards.codes, dtype=object)[county.wards.of_area], strict=True))
    district = dict(zip(codes, np.array(county.districts.codes, dtype=object)[county.districts.of_area], strict=True))
    return AreasOfForce(
        patrol_key="ward:2025",
        unit_key="district:2025",
        patrol_codes=sorted(county.wards.codes),
        unit_names=dict(zip(county.districts.codes, county.districts.names, strict=True)),
        segments=None,
        population=population_by_unit(values, district),
        metrics=_metrics(values, ward),
        asb=pd.DataFrame(columns=["estimate", "lower", "upper"]),
    )


def _survey(folder: Path, county: County, people: People, opinion: Opinion, per_ward: int, seed: int) -> SurveyAnswers:
    """Draw a wave, write it as the contractor would, and read it as a force does."""
    last = LocalMonth(2025, 11)
    rng = np.random.default_rng([seed, 9])
    drawn = interview(opinion, county, people, wave=WAVE, per_ward=per_ward, rng=rng)
    path = write_table(folder / "wave.csv", coded_wave(drawn, last, rng))
    mapping = folder / "wave.toml"
    mapping.write_text(wave_mapping(last, is_first=False), encoding="utf-8")
    table = read_survey(path, mapping=read_survey_mapping(mapping))
    codes = county.area_codes
    ward = dict(zip(codes, np.array(county.wards.codes, dtype=object)[county.wards.of_area], strict=True))
    district = dict(zip(codes, np.array(county.districts.codes, dtype=object)[county.districts.of_area], strict=True))
    return SurveyAnswers(table.wave, table.frame, {}, ward, district)


def _covers_force(
    found: PerceptionResult,
    truth: np.ndarray,
    sampled: np.ndarray,
    county: County,
    people: People,
    order: np.ndarray,
) -> float:
    """Tell whether the force's interval holds the truth of the sampled wards, by their adults within each district."""
    adults = np.bincount(county.wards.of_area, weights=people.ages[:, 1:].sum(axis=1))[order]
    unit = np.zeros(len(order), dtype=int)
    unit[county.wards.of_area] = county.districts.of_area
    unit = unit[order]
    share, total = 0.0, adults.sum()
    for one in np.unique(unit):  # every sampled ward has as many interviews, so it counts alike within its district
        mine = sampled & (unit == one)
        share += adults[unit == one].sum() / total * float(truth[mine].mean())
    row = found.force.iloc[0]
    return float(row["lower"] <= share <= row["upper"])


def simulate(*, n_surveys: int, per_ward: int, seed: int = 2009, is_new_truth: bool = True) -> dict[str, float]:
    """Return coverage and mean squared errors over seeded surveys of confidence."""
    county = make_county(n_small_areas=300, rng=np.random.default_rng([seed, 0]))
    people = make_people(county, rng=np.random.default_rng([seed, 1]))
    options = PerceptionOptions(least_effective_n=1.0, most_half_width=1.0)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        areas = _areas(folder, county, people, seed)
        order = np.argsort(county.wards.codes)
        for number in range(n_surveys):
            planted = np.random.default_rng([seed, 8, number if is_new_truth else 0])
            opinion = plant_opinion(county, people, rng=planted)
            survey = _survey(folder, county, people, opinion, per_ward, seed + number)
            found = measure_perception([survey.wave], {0: survey}, areas=areas, options=options)
            table = found.estimates[found.estimates["question"] == "confidence"]
            model, direct = (table[table["model"] == m] for m in ("modelled", "direct"))
            own = direct[direct["geography"] == "ward:2025"]
            truth = opinion.agree["confidence"][WAVE][order]
            sampled = opinion.is_sampled[order]
            inside = ((model["lower"] <= truth) & (truth <= model["upper"])).to_numpy()
            rows.append(
                {
                    "covered_sampled": inside[sampled].mean(),
                    "covered_unsampled": inside[~sampled].mean(),
                    "mse_model": float(np.mean((model["estimate"].to_numpy() - truth)[sampled] ** 2)),
                    "mse_direct": float(np.mean((own["estimate"].to_numpy() - truth)[sampled] ** 2)),
                    "stated_mse": float(np.mean(model["standard_error"].to_numpy()[sampled] ** 2)),
                    "design_effect": found.force["design_effect"].iloc[0],
                    "kish": float((own["n_respondents"] / own["effective_n"])[sampled].mean()),
                    "covered_direct": float(
                        ((own["lower"] <= truth) & (truth <= own["upper"])).to_numpy()[sampled].mean()
                    ),
                    "covered_force": _covers_force(found, truth, sampled, county, people, order),
                    "between_sd": found.force["between_area_sd"].iloc[0],
                    "half_width": float(((model["upper"] - model["lower"]) / 2)[sampled].mean()),
                    "shown": float((((model["upper"] - model["lower"]) / 2)[sampled] <= SHOWN_WITHIN).mean()),
                    "half_width_unsampled": float(((model["upper"] - model["lower"]) / 2)[~sampled].mean()),
                }
            )
    frame = pd.DataFrame(rows)
    result = {name: float(frame[name].mean()) for name in frame.columns}
    result["error_below_direct"] = 1 - result["mse_model"] / result["mse_direct"]
    result["full_design_effect"] = result.pop("kish")
    result["n_surveys"] = float(n_surveys)
    return result


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--surveys", type=int, default=200)
    parser.add_argument("--per-ward", type=int, default=50)
    parser.add_argument("--same-truth", action="store_true", help="plant opinion once, not anew for each survey")
    parser.add_argument("--json", action="store_true")
    stated = parser.parse_args()
    found = simulate(n_surveys=stated.surveys, per_ward=stated.per_ward, is_new_truth=not stated.same_truth)
    if stated.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    for name, value in found.items():
        sys.stdout.write(f"{name.replace('_', ' '):<24} {value:.4f}\n")


if __name__ == "__main__":
    main()
